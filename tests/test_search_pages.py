"""One search for everything: what it finds, for whom, and what it never tells."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Holding, Party, Sale
from tests import make

As = Callable[[str | None], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]
Lot = tuple[Holding, Sale, Party, Holding]


@pytest.fixture
def lot(app: Flask) -> Lot:
    """A priced car of the first store with a sale to 欧阳慧敏, one car of the second store."""
    holding = make.bought(price="43217", plate="浙D8K2Q6")
    make.priced(holding)
    buyer = make.party("欧阳慧敏", mobile="13605752086", owner_id=make.employee("sales"), store_id=make.store())
    sale = make.sale(holding, buyer_id=buyer.id)
    west = make.approved(
        make.purchase("buyer2", warehouse_id=make.warehouse("城西展厅"), plate="浙D9H1U5"), "buyer2"
    ).holding
    assert west is not None
    return holding, sale, buyer, west


def found(as_: As, who: str, q: str, *, dialog: bool = True) -> TestResponse:
    answer = as_(who).get("/search", query_string={"q": q, **({"in": "dialog"} if dialog else {})})
    assert answer.status_code in (200, 302), answer.text[:300]
    return answer


@pytest.mark.parametrize("q", ["8K2Q6", "8k2q6", "浙D8K2Q6", "浙D·8K2Q6", "tail", "stock"])
def test_a_car_is_found_by_plate_vin_tail_and_stock_number(as_: As, lot: Lot, q: str) -> None:
    holding = lot[0]
    text = {"tail": holding.vehicle.vin[-6:], "stock": holding.stock_no}.get(q, q)
    assert f"/vehicle/{holding.vehicle_id}" in found(as_, "sales", text).text


def test_exactly_one_hit_is_jumped_to(as_: As, lot: Lot) -> None:
    answer = found(as_, "sales", "8K2Q6", dialog=False)
    assert answer.status_code == 302
    assert answer.location == f"/vehicle/{lot[0].vehicle_id}"


def test_several_hits_are_listed_and_none_says_so(as_: As, lot: Lot) -> None:
    answer = found(as_, "boss", "迈腾", dialog=False)
    assert answer.status_code == 200
    assert f"/vehicle/{lot[3].vehicle_id}" in answer.text
    assert "没有「库里南」" in found(as_, "boss", "库里南", dialog=False).text


def test_while_typing_nothing_jumps(as_: As, lot: Lot) -> None:
    assert found(as_, "sales", "8K2Q6").status_code == 200


@pytest.mark.parametrize("number", ["whole", "tail", "series"])
def test_a_paper_is_found_by_its_number(as_: As, lot: Lot, number: str) -> None:
    sale = lot[1]
    q = {"whole": sale.number, "tail": sale.number[-9:], "series": "xs"}[number]
    assert f"/sale/{sale.id}" in found(as_, "sales", q).text


def test_a_customer_is_found_by_name_and_phone_tail(as_: As, lot: Lot) -> None:
    for q in ("欧阳", "2086", "13605752086"):
        assert f"/party/{lot[2].id}" in found(as_, "sales", q).text


def test_papers_and_customers_of_others_are_not_found(as_: As, lot: Lot) -> None:
    _holding, sale, buyer, _west = lot
    assert f"/sale/{sale.id}" not in found(as_, "sales2", sale.number).text
    assert f"/party/{buyer.id}" not in found(as_, "sales2", "欧阳").text
    assert f"/sale/{sale.id}" not in found(as_, "cashier", sale.number).text


def test_cars_of_another_store_are_not_found_by_those_of_one_store(as_: As, lot: Lot) -> None:
    assert f"/vehicle/{lot[0].vehicle_id}" not in found(as_, "buyer2", "8K2Q6").text
    assert f"/vehicle/{lot[3].vehicle_id}" in found(as_, "sales", "9H1U5").text, "a salesperson sees every car"


def test_a_purchase_is_found_only_by_those_who_may_see_it(as_: As, lot: Lot) -> None:
    purchase = lot[0].purchase
    assert purchase is not None
    assert f"/purchase/{purchase.id}" in found(as_, "buyer", purchase.number).text
    assert purchase.number not in found(as_, "sales", purchase.number).text.replace(f"「{purchase.number}」", "")


def test_a_masked_phone_cannot_be_guessed_by_searching(as_: As, lot: Lot) -> None:
    text = found(as_, "cashier", "2086").text
    assert f"/party/{lot[2].id}" not in text
    text = found(as_, "cashier", "欧阳").text
    assert f"/party/{lot[2].id}" in text
    assert "13605752086" not in text
    assert as_("cashier").get("/pick/party?q=13605752").json["results"] == []
    assert as_("sales").get("/pick/party?q=13605752").json["results"][0]["id"] == lot[2].id


@pytest.mark.parametrize("q", ["43217", "43,217", "8K2Q6", "SC2611", "刘强"])
def test_no_cost_is_found_or_told(as_: As, lot: Lot, q: str) -> None:
    for dialog in (True, False):
        text = found(as_, "sales", q, dialog=dialog).text
        for canary in ("43217", "43,217"):
            assert canary not in text.replace(f"「{q}」", "").replace(f'value="{q}"', "").replace(f"搜索 {q}", "")


@pytest.mark.parametrize(
    "q", ["", " ", "a", "%", "%%", "__", "\\", "'; drop", "\x00\x00", "长" * 500, "9" * 80, "😀😀"]
)
def test_nonsense_finds_nothing_and_breaks_nothing(as_: As, lot: Lot, q: str) -> None:
    for who in ("boss", "sales", "admin"):
        for dialog in (True, False):
            assert found(as_, who, q, dialog=dialog).status_code in (200, 302)


def test_percent_and_underscore_mean_themselves(as_: As, lot: Lot) -> None:
    assert "/vehicle/" not in found(as_, "boss", "%%").text
    assert "/vehicle/" not in found(as_, "boss", "__").text


def test_a_search_takes_few_statements(as_: As, lot: Lot, statements: Statements) -> None:
    browser = as_("boss")
    with statements() as seen:
        browser.get("/search?in=dialog&q=100")
    assert len(seen) <= 13, seen
