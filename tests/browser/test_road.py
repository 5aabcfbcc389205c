"""One car goes the whole road in a real browser, each step as the right person, at the desk and on the phone."""

import re
from typing import Any

import pytest

from tests import make

SIZES = ["desk", "phone"]


def pick(page: Any, field: str, typed: str) -> None:
    """Choose in a picker by typing; the first hit is taken by Enter."""
    box = page.locator(f"[data-picker]:has(input[type=hidden][name='{field}'])")
    chosen = box.locator(".chosen button")
    if chosen.count() and chosen.is_visible():
        chosen.click()
    entry = box.locator("input[role=combobox]")
    entry.fill(typed)
    page.locator("[role=listbox] [role=option]:visible").first.wait_for()
    entry.press("Enter")
    page.wait_for_function(
        "name => document.querySelector(`input[type=hidden][name='${name}']`).value !== ''", arg=field
    )


def create(page: Any, field: str, typed: str, **filled: str) -> None:
    """Create in place what a picker does not find."""
    box = page.locator(f"[data-picker]:has(input[type=hidden][name='{field}'])")
    box.locator("input[role=combobox]").fill(typed)
    page.get_by_role("button", name=re.compile("新建")).first.click()
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    for name, value in filled.items():
        dialog.locator(f"[name='{name}']").fill(value)
    dialog.locator("button[type=submit][name=_do]").click()
    page.wait_for_function(
        "name => document.querySelector(`input[type=hidden][name='${name}']`).value !== ''", arg=field
    )


def press(page: Any, name: str) -> None:
    """Press a button of the page's head by its move."""
    page.locator(f"header.dochead [name=_do][value={name}], header.dochead button[form=do-{name}]").first.click()


def state(page: Any) -> str:
    """The badge of the page's head."""
    return str(page.locator("header.dochead .badge").first.inner_text())


@pytest.mark.parametrize("size", SIZES)
def test_one_car_goes_the_whole_road(served: tuple[Any, str], sit_down: Any, size: str) -> None:  # noqa: PLR0915  # one story
    base = served[1]
    vin = make.vin(1 if size == "desk" else 2)
    plate = "浙D8K2Q6" if size == "desk" else "浙D8K2Q7"

    with served[0].app_context():
        model = make.car_model().name

    # the purchasing manager buys it; the seller is created without leaving the page
    page = sit_down("buyer", size)
    page.goto(base + "/purchase/new")
    create(page, "seller_id", f"王建国{size}", mobile="13605754471")
    pick(page, "warehouse_id", "城东")
    page.fill("[name='vehicle-vin']", vin)
    page.fill("[name='vehicle-engine_no']", "2AR-1234567")
    page.fill("[name='plate']", plate)
    page.fill("[name='mileage_km']", "68420")
    page.fill("[name='price']", "8.6万")
    pick(page, "vehicle-car_model_id", model)
    page.wait_for_function("() => document.querySelector('[data-total=cost]').innerText === '86,000.00'")
    press(page, "approve")
    page.wait_for_url(re.compile(r"/purchase/\d+"))
    assert state(page) == "已审核"
    purchase = page.url

    # the sales manager prices it from the purchase's car
    page = sit_down("sales_manager", size)
    page.goto(base + "/price_change/new")
    pick(page, "holding_id", plate)
    page.fill("[name='asking']", "11.28万")
    page.fill("[name='floor']", "10.5万")
    press(page, "approve")
    page.wait_for_url(re.compile(r"/price_change/\d+"))
    assert state(page) == "已审核"

    # the salesperson sells it and submits
    page = sit_down("sales", size)
    page.goto(base + "/sale/new")
    create(page, "buyer_id", f"李雷{size}", mobile="13905753312")
    pick(page, "holding_id", plate)
    page.fill("[name='price']", "11万")
    press(page, "submit")
    page.wait_for_url(re.compile(r"/sale/\d+"))
    sale = page.url
    assert "已提交" in page.locator("header.dochead").inner_text()
    assert "86,000" not in page.content()

    # the sales manager approves it
    page = sit_down("sales_manager", size)
    page.goto(sale)
    press(page, "approve")
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")

    # the cashier takes a part, the accountant pays the seller
    page = sit_down("cashier", size)
    page.goto(base + "/settlement/new?direction=receipt&party_id=" + party_of(served[0], f"李雷{size}"))
    page.fill("[name='items-0-amount']", "10000")
    pick(page, "money-0-money_account_id", "门店现金")
    page.fill("[name='money-0-amount']", "10000")
    press(page, "save")
    page.wait_for_url(re.compile(r"/settlement/\d+"))
    press(page, "approve")
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")

    # the rest is above the cashier's limit: she submits it, the accountant approves it and pays the seller
    page.goto(base + "/settlement/new?direction=receipt&party_id=" + party_of(served[0], f"李雷{size}"))
    pick(page, "money-0-money_account_id", "基本户")
    press(page, "save")
    page.wait_for_url(re.compile(r"/settlement/\d+"))
    press(page, "submit")
    page.wait_for_function("() => document.querySelector('header.dochead').innerText.includes('已提交')")
    receipt = page.url
    page = sit_down("accountant", size)
    page.goto(receipt)
    press(page, "approve")
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")
    page.goto(base + "/settlement/new?direction=payment&party_id=" + party_of(served[0], f"王建国{size}"))
    pick(page, "money-0-money_account_id", "基本户")
    press(page, "approve")
    page.wait_for_url(re.compile(r"/settlement/\d+"))
    assert state(page) == "已审核"

    # the general manager sees the margin, and what stands in the way of taking it back
    page = sit_down("boss", size)
    page.goto(sale)
    margin = page.locator("[data-total=margin]")
    assert margin.inner_text() == "23,452.74"  # 109,452.74 net of VAT − 86,000.00
    page.goto(purchase + "/unapprove")
    assert "不能反审核" in page.content()


def party_of(app: Any, name: str) -> str:
    """The id of a party, looked up behind the scenes."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Party

    with app.app_context():
        return str(db.session.scalars(select(Party.id).where(Party.name == name)).one())
