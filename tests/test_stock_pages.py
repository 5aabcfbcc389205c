"""The stock list: whose cars, which columns, which tabs and filters, and how much SQL it takes."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Brand, Holding
from tests import make

As = Callable[[str | None], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]
Stock = tuple[Holding, Holding, Holding]

COST = "43,217"
"""The canary: what the car cost, as lists write it."""
ASKING, FLOOR = "58,321", "55,123"
NONSENSE = [
    "tab=nowhere",
    "sort=cost",
    "sort=-floor",
    "sort=purchase_id",
    "sort=vehicle.vin",
    "page=-1&size=abc",
    "page=99999999999999999999",
    "warehouse_id=x&warehouse_id=99999999999",
    "warehouse.store_id=%27",
    "vehicle.status=nonsense",
    "vehicle.car_model.series.maker.brand_id=9%00",
    "month=2026-13",
    "q=%00",
    "q=" + "长" * 300,
    "q=%25_%5C",
]


@pytest.fixture
def stock(app: Flask) -> Stock:
    """A car in the first store (43,217 with its fee, asked 58,321, floor 55,123), an unpriced one, one in the second store."""
    fees = [{"fee_item_id": make.fee("查档过户费"), "party_id": make.party("代办", "agent").id, "amount": "217"}]
    priced = make.bought(price="43000", fees=fees, plate="浙D8K2Q6", mileage_km=68420)
    make.priced(priced, asking="58321", floor="55123")
    unpriced = make.bought(price="31000", dated_on="2026-12-20", plate="浙D5M3R8")
    west = make.approved(
        make.purchase("buyer2", price="77123", warehouse_id=make.warehouse("城西展厅"), plate="浙D9H1U5"), "buyer2"
    ).holding
    assert west is not None
    return priced, unpriced, west


def page(as_: As, who: str, query: str = "") -> str:
    answer = as_(who).get(f"/holding/{query}")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_the_list_opens_with_what_is_in_stock_oldest_first(as_: As, stock: Stock) -> None:
    priced, unpriced, _west = stock
    text = page(as_, "boss")
    assert text.index(priced.stock_no) < text.index(unpriced.stock_no)
    assert "浙D·8K2Q6" in text
    assert f"/vehicle/{priced.vehicle_id}" in text


def test_a_sold_car_moves_from_one_tab_to_the_other(as_: As, stock: Stock) -> None:
    priced = stock[0]
    make.sold(priced)
    assert priced.stock_no not in page(as_, "boss")
    assert priced.stock_no in page(as_, "boss", "?tab=sold")
    assert priced.stock_no in page(as_, "boss", "?tab=all")


def test_tabs_tell_the_unpriced_from_those_too_long_in_stock(as_: As, stock: Stock) -> None:
    priced, unpriced, _west = stock
    old = make.bought(dated_on="2026-10-01")
    text = page(as_, "boss", "?tab=unpriced")
    assert unpriced.stock_no in text
    assert priced.stock_no not in text
    text = page(as_, "boss", "?tab=over60")
    assert old.stock_no in text
    assert priced.stock_no not in text


def test_a_purchase_taken_back_is_no_stock(as_: As, app: Flask) -> None:
    holding = make.bought()
    assert holding.purchase is not None
    make.move(holding.purchase, "unapprove", "buyer", "写错了")
    assert holding.stock_no not in page(as_, "boss", "?tab=all")


def test_the_general_manager_sees_cost_price_and_their_totals(as_: As, stock: Stock) -> None:
    text = page(as_, "boss")
    for figure in (COST, ASKING, FLOOR, "77,123"):
        assert figure in text
    assert re.search(r"<tfoot>.*151,340.*</tfoot>", text, re.DOTALL), "43,217 + 31,000 + 77,123"


def test_the_sales_manager_sees_cost_of_the_own_store_only_and_no_total_of_it(as_: As, stock: Stock) -> None:
    text = page(as_, "sales_manager")
    assert COST in text
    assert stock[2].stock_no in text
    assert "77,123" not in text
    assert "151,340" not in text


def test_the_salesperson_sees_prices_and_never_a_cost(as_: As, stock: Stock) -> None:
    for query in ("", "?tab=sold", "?tab=all", "?sort=cost", "?sort=-cost"):
        text = page(as_, "sales", query)
        assert COST not in text
        assert "成本" not in text
    assert ASKING in page(as_, "sales")
    assert FLOOR in page(as_, "sales")


@pytest.mark.parametrize("who", ["cashier", "workshop", "storekeeper", "aftersales"])
def test_who_only_handles_cars_sees_no_price(as_: As, stock: Stock, who: str) -> None:
    text = page(as_, who)
    assert stock[0].stock_no in text
    for figure in (COST, ASKING, FLOOR):
        assert figure not in text


def test_the_reader_sees_what_is_asked_but_no_floor(as_: As, stock: Stock) -> None:
    text = page(as_, "readonly")
    assert ASKING in text
    assert FLOOR not in text


def test_a_buyer_sees_cars_of_the_own_store_only(as_: As, stock: Stock) -> None:
    text = page(as_, "buyer")
    assert stock[0].stock_no in text
    assert stock[2].stock_no not in text
    assert "浙D·9H1U5" not in text
    assert "城西展厅" not in text, "nor what its filters would offer"


def test_who_may_see_no_cars_is_refused(as_: As, stock: Stock) -> None:
    assert as_("admin").get("/holding/").status_code == 403


def test_sorting_by_a_hidden_column_says_nothing(as_: As, app: Flask) -> None:
    cheap, dear = make.bought(price="100"), make.bought(price="900000")
    assert cheap.stock_no != dear.stock_no
    one, other = (re.findall(r"KC2611-\d+", page(as_, "sales", f"?sort={key}")) for key in ("cost", "-cost"))
    assert one == other
    one, other = (re.findall(r"KC2611-\d+", page(as_, "boss", f"?sort={key}")) for key in ("cost", "-cost"))
    assert one != other


@pytest.mark.parametrize("q", ["8K2Q6", "100", "迈腾", "KC2611"])
def test_search_finds_by_plate_vin_model_and_stock_number(as_: As, stock: Stock, q: str) -> None:
    text = q if q != "100" else stock[0].vehicle.vin[-6:]
    assert stock[0].stock_no in page(as_, "boss", f"?q={text}")


def test_filters_reach_over_references(as_: As, stock: Stock) -> None:
    model = stock[0].vehicle.car_model
    assert model is not None
    brand = model.series.maker.brand_id
    key = "vehicle.car_model.series.maker.brand_id"
    assert stock[0].stock_no in page(as_, "boss", f"?{key}={brand}")
    other = make.saved(Brand, "boss", name="别的", initial="B")
    assert stock[0].stock_no not in page(as_, "boss", f"?{key}={other.id}")
    west = page(as_, "boss", f"?warehouse.store_id={make.store('城西店')}")
    assert stock[2].stock_no in west
    assert stock[0].stock_no not in west
    assert stock[1].stock_no not in page(as_, "boss", "?vehicle.status=for_sale")


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_is_no_fault(as_: As, stock: Stock, query: str) -> None:
    for who in ("boss", "sales"):
        assert as_(who).get(f"/holding/?{query}").status_code == 200


def test_a_page_takes_eight_statements_however_many_cars(as_: As, stock: Stock, statements: Statements) -> None:
    for _one in range(6):
        make.bought()
    for who in ("boss", "appraiser", "sales"):
        browser = as_(who)
        with statements() as seen:
            assert browser.get("/holding/").status_code == 200
        assert len(seen) <= 8, seen


def test_a_missing_tab_means_the_first(as_: As, stock: Stock) -> None:
    assert page(as_, "boss", "?tab=nowhere").count("data-href") == page(as_, "boss").count("data-href")


def test_rows_of_a_month_only(as_: As, stock: Stock) -> None:
    make.sold(stock[0])
    assert "XS2611" in as_("boss").get("/sale/?month=2026-11").text
    assert "XS2611" not in as_("boss").get("/sale/?month=2026-10").text
