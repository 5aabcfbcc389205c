"""Every kind of page, at the desk, on the phone and in the dark: axe finds nothing serious, nothing sticks out sideways."""

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from app.enums import State
from app.extensions import db
from app.models import Party, Purchase, Sale, Settlement, Vehicle

LOOKS = [("desk", "light"), ("desk", "dark"), ("phone", "light")]


def pages(app: Any) -> dict[str, list[str]]:
    """Addresses by who looks at them: one of each kind of page."""
    with app.app_context():
        sold = db.session.scalars(select(Sale).where(Sale.state == State.approved).order_by(Sale.id.desc())).first()
        draft = db.session.scalars(select(Sale).where(Sale.state == State.draft).order_by(Sale.id.desc())).first()
        bought = db.session.scalars(select(Purchase).where(Purchase.state == State.approved)).first()
        settled = db.session.scalars(select(Settlement).where(Settlement.state == State.approved)).first()
        car = db.session.scalars(select(Vehicle.id)).first()
        party = db.session.scalars(select(Party.id)).first()
        assert sold is not None
        assert draft is not None
        assert bought is not None
        assert settled is not None
        return {
            "boss": [
                "/",
                "/holding/",
                f"/vehicle/{car}",
                f"/sale/{sold.id}",
                f"/sale/{sold.id}/unapprove",
                "/ledger/",
                "/ledger/journal",
            ],
            "sales_manager": [f"/sale/{draft.id}", "/sale/", "/price_change/new"],
            "sales": ["/", "/sale/new", "/party/new", f"/vehicle/{car}", "/search?q=浙D"],
            "buyer": ["/purchase/new", f"/purchase/{bought.id}", "/colour/", "/colour/new"],
            "cashier": ["/", "/settlement/new", f"/settlement/{settled.id}"],
            "accountant": [f"/party/{party}/statement", "/period/", "/account/", "/manual_entry/new", "/expense/new"],
            "admin": ["/user/", "/user/new", "/rights/", "/setting/", "/audit/", "/nowhere"],
        }


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_everybody_can_read_every_kind_of_page(lot: tuple[Any, str], sit_down: Any, size: str, scheme: str) -> None:
    app, base = lot
    faults: list[str] = []
    axe, folder = Axe(), os.environ.get("CARYARD_TEST_SHOTS")
    for who, addresses in [(None, ["/login/"]), *pages(app).items()]:
        page = sit_down(who, size, scheme)
        for address in addresses:
            page.goto(base + address)
            page.wait_for_load_state("networkidle")
            found = axe.run(page).response["violations"]
            faults += [
                f"{who} {address}: {v['id']} {v['nodes'][0]['html'][:140]}"
                for v in found
                if v["impact"] in ("serious", "critical")
            ]
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            faults += [f"{who} {address}: {wide}px too wide"] if wide > 0 else []
            if folder:
                name = f"{who or 'stranger'}-{address.strip('/').replace('/', '-').replace('?', '-') or 'home'}-{size}-{scheme}"
                page.screenshot(path=f"{folder}/{name}.png")
    assert faults == []
