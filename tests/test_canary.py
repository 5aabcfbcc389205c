"""The cost canary: what a car cost is in no answer to those who may not see it, wherever they look.

Amounts that occur nowhere else are planted as cost; then every page that a person can reach by clicking, every API
answer, every sort and filter is read and searched for them. The general manager, on the same walk, finds them.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from app.fields import spec
from app.views.base import BASE_CHAPTERS, WINDOWS
from tests import make

Client = Callable[[str | None], FlaskClient]

PRICE, FEE, REPAIR = Decimal("77531.77"), Decimal("39173.33"), Decimal("12874.41")
SECOND = Decimal("61943.29")
COSTS = [PRICE, FEE, REPAIR, SECOND, PRICE + FEE, PRICE + FEE + REPAIR]
BLIND = ["sales", "readonly", "aftersales", "admin", "storekeeper"]
MOST_PAGES = 150
"""Pages followed by their links, beside the addresses that are tried one by one."""


def faces(amount: Decimal) -> list[str]:
    """Every way in which an amount may be written: with and without commas, whole yuan, 万, fen."""
    whole = amount.quantize(Decimal(1))
    return [f"{amount:.2f}", f"{amount:,.2f}", f"{whole:,}", str(whole), str(int(amount * 100))]


def planted(text: str) -> list[str]:
    """The planted amounts that stand in a text, leaving out what is drawn by lot: digests, nonces, CSRF tokens."""
    text = re.sub(r'\?v=[0-9a-f]+|nonce="[^"]*"|(content|value)="[\w.-]{60,}"', "", text)
    return [
        face for amount in COSTS for face in faces(amount) if re.search(rf"(?<![\d.,]){re.escape(face)}(?![\d])", text)
    ]


@pytest.fixture
def lot(app: object) -> None:
    """One car bought with a fee, repaired, priced and sold, its seller paid in part; one still in stock."""
    make.cash("500000", "基本户")
    fee = {"fee_item_id": make.fee("代办费"), "party_id": make.party("顺达代办", "agent").id, "amount": str(FEE)}
    holding = make.bought(price=str(PRICE), fees=[fee])
    line = {"fee_item_id": make.fee("检测费"), "holding_id": holding.id, "amount": str(REPAIR)}
    make.approved(make.expense(lines=[line]), "accountant")
    make.priced(holding, asking="112800", floor="105000")
    make.sold(holding, price="110000", dated_on="2026-11-20")
    owed = make.item_of(holding.purchase, owed_to="刘强")
    make.approved(make.settlement(owed, str(PRICE), dated_on="2026-11-22"), "accountant")
    make.priced(make.bought(price=str(SECOND)), asking="98000", floor="90000")
    make.purchase(price=str(SECOND))  # a draft, whose page tells what approving will do


def walk(browser: FlaskClient) -> dict[str, str]:
    """Every page reachable by links from the workbench, the search and the lists' own addresses."""
    waiting = ["/", "/search?q=浙", "/search?q=000", "/search?q=77531.77", "/search?q=77531"]
    for window in WINDOWS.values():
        keys = [] if window.chapter in BASE_CHAPTERS else list(spec(window.model).fields)
        waiting += [
            window.url,
            *(f"{window.url}?sort={key}" for key in keys),
            *(f"{window.url}?{key}={PRICE}" for key in keys),
        ]
        waiting += [f"/pick/{window.kind}", f"/pick/{window.kind}?q=77531", f"/api/v1/{window.kind}/"]
        waiting += [f"/api/v1/{window.kind}/?order={key}" for key in keys] + [
            f"/api/v1/{window.kind}/?{key}={PRICE}" for key in keys
        ]
        waiting += [f"{at}{pk}" for at in (f"/api/v1/{window.kind}/", window.url) for pk in range(1, 4) if keys]
    waiting += [
        "/api/v1/ledger/trial_balance?on=2026-12-31",
        "/api/v1/ledger/open_items",
        "/api/v1/ledger/entries?kind=purchase&document_id=1",
    ]
    waiting += ["/api/v1/party/1/statement", "/api/v1/sale/1/unapprove", "/api/v1/purchase/1/unapprove"]
    seen: dict[str, str] = {}
    linked = 0
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        answer = browser.get(address)
        seen[address] = answer.get_data(as_text=True)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html" and linked < MOST_PAGES:
            found = [
                urljoin(address, link)
                for link in re.findall(r'href="([^"#]+)"', seen[address])
                if link.startswith(("/", "?"))
            ]
            fresh = [
                link.replace("&amp;", "&") for link in found if not link.startswith(("/static", "/logout", "/lang"))
            ]
            fresh = [link for link in dict.fromkeys(fresh) if link not in seen and link not in waiting]
            linked += len(fresh)
            waiting += fresh
    return seen


def without_question(address: str, text: str) -> str:
    """An answer without the words that the person typed into the address: they knew those already."""
    for face in faces(PRICE):
        if face in address:
            text = text.replace(face, "")
    return text


@pytest.mark.parametrize("username", BLIND)
def test_who_may_not_see_cost_finds_it_nowhere(lot: None, as_: Client, username: str) -> None:
    leaks = {
        address: found
        for address, text in walk(as_(username)).items()
        if (found := planted(without_question(address, text)))
    }
    assert leaks == {}


def test_the_general_manager_finds_it(lot: None, as_: Client) -> None:
    found = {face for text in walk(as_("boss")).values() for face in planted(text)}
    for amount in (PRICE, FEE, REPAIR, SECOND):
        assert f"{amount:,.2f}" in found or f"{amount:.2f}" in found, amount


def test_cost_cannot_be_guessed_by_sorting_or_filtering(lot: None, as_: Client) -> None:
    sales = as_("sales")
    plain = sales.get("/api/v1/holding/").json["result"]
    for wish in ("order=price", "order=-cost", "price=77531.77"):
        answer = sales.get(f"/api/v1/purchase/?{wish}")
        assert answer.status_code in (403, 422)
    assert [row["id"] for row in sales.get("/api/v1/holding/").json["result"]] == [row["id"] for row in plain]


@pytest.mark.parametrize("username", ["sales", "readonly", "workshop", "storekeeper", "sales_manager2", "cashier"])
def test_figures_of_what_is_typed_tell_no_cost_of_a_car(lot: None, as_: Client, username: str) -> None:
    browser = as_(username)
    for kind, typed in (
        ("sale", {"price": "110000"}),
        ("price_change", {"asking": "110000", "floor": "1"}),
        ("expense", {"lines-0-amount": "1"}),
        ("settlement", {"direction": "payment", "party_id": "1", "items-0-item_id": "1", "items-0-amount": "1"}),
    ):
        for pk in ("1", "2"):
            answer = browser.post(f"/{kind}/totals", data={**typed, "holding_id": pk, "lines-0-holding_id": pk})
            assert answer.status_code in (200, 403), (kind, answer.text)
            if username != "cashier" or kind != "settlement":  # what is due the cashier sees
                assert planted(answer.text) == [], kind
