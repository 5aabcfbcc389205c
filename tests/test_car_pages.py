"""A car's page: its life told to each as far as he may see it, its next step, its own data."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Holding, Vehicle
from tests import make

As = Callable[[str | None], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]

BOUGHT, FEE, COST, SPENT = "43,000", "217", "43,217.00", "611.00"
"""Canaries: the price paid, the fee, the cost that follows, what was spent later."""


@pytest.fixture
def car(app: Flask) -> Holding:
    """A priced car in the first store that cost 43,217 and 611 more."""
    fees = [{"fee_item_id": make.fee("查档过户费"), "party_id": make.party("代办", "agent").id, "amount": "217"}]
    holding = make.bought(price="43000", fees=fees, plate="浙D8K2Q6", mileage_km=68420, key_count=2)
    make.priced(holding, asking="58321", floor="55123", reason="上架")
    line = {"fee_item_id": make.fee("检测费"), "holding_id": holding.id, "amount": "611", "text": "补漆"}
    make.approved(make.expense(dated_on="2026-11-10", lines=[line]), "accountant")
    return holding


def page(as_: As, who: str, holding: Holding) -> str:
    answer = as_(who).get(f"/vehicle/{holding.vehicle_id}")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def number_of(holding: Holding) -> str:
    """The number of the purchase that brought it."""
    assert holding.purchase is not None
    return holding.purchase.number


def mileage_of(pk: int) -> int | None:
    """What stands in the database."""
    return db.session.scalars(select(Vehicle.mileage_km).where(Vehicle.id == pk)).one()


def test_the_buyer_sees_what_it_cost_paper_by_paper(as_: As, car: Holding) -> None:
    text = page(as_, "buyer", car)
    for words in (BOUGHT, COST, SPENT, "43,828.00", number_of(car), "刘强", "收购价和费用"):
        assert words in text


def test_costs_add_up_to_the_books_before_and_after_the_sale(as_: As, car: Holding) -> None:
    make.sold(car, price="58000")
    text = page(as_, "boss", car)
    assert "43,828.00" in text
    assert "13,883.44" in text, "58,000 − 288.56 VAT − 43,828"
    assert "在库 5 天售出" in text


def test_what_was_taken_back_is_no_cost(as_: As, car: Holding) -> None:
    line = {"fee_item_id": make.fee("检测费"), "holding_id": car.id, "amount": "777"}
    expense = make.approved(make.expense(dated_on="2026-11-11", lines=[line]), "accountant")
    assert "777.00" in page(as_, "boss", car)
    make.move(expense, "unapprove", "accountant", "记错了")
    text = page(as_, "boss", car)
    assert text.count("777.00") == 1, "the draft on the rail, not the cost"
    assert "43,828.00" in text


@pytest.mark.parametrize("who", ["sales", "cashier", "workshop", "storekeeper", "aftersales", "readonly"])
def test_who_sees_no_cost_finds_none_anywhere_on_the_page(as_: As, car: Holding, who: str) -> None:
    make.sale(car)
    text = page(as_, who, car)
    paper = () if who == "storekeeper" else ("刘强", number_of(car))  # who sees what came in, without its price
    for canary in (BOUGHT, COST, SPENT, "43,828", "43000", "成本", "毛利", *paper):
        assert canary not in text
    assert car.stock_no in text


@pytest.mark.parametrize("who", ["cashier", "workshop", "storekeeper", "aftersales"])
def test_who_only_handles_cars_is_told_no_price(as_: As, car: Holding, who: str) -> None:
    text = page(as_, who, car)
    assert "58,321" not in text
    assert "55,123" not in text
    assert "车况一览" in text


def test_the_salesperson_gets_the_asking_price_and_the_way_to_a_sale(as_: As, car: Holding) -> None:
    text = page(as_, "sales", car)
    assert "58,321" in text
    assert "55,123" in text
    assert f"/sale/new?holding_id={car.id}" in text
    assert "/price_change/new" not in text
    assert f"/vehicle/{car.vehicle_id}/edit" not in text


def test_the_manager_of_another_store_sees_the_car_without_its_cost(as_: As, car: Holding) -> None:
    text = page(as_, "sales_manager2", car)
    assert "58,321" in text
    assert "43,828" not in text
    assert "/sale/new" not in text, "a sale belongs to the car's store"


def test_a_buyer_of_another_store_does_not_find_the_car(as_: As, car: Holding) -> None:
    assert as_("buyer2").get(f"/vehicle/{car.vehicle_id}").status_code == 404
    assert as_("buyer2").get(f"/vehicle/{car.vehicle_id}/edit").status_code == 404


def test_who_may_see_no_cars_finds_none(as_: As, car: Holding) -> None:
    assert as_("admin").get(f"/vehicle/{car.vehicle_id}").status_code == 404


def test_the_first_step_of_an_unpriced_car_is_its_price(as_: As, app: Flask) -> None:
    holding = make.bought()
    assert re.search(
        rf'class="btn primary" href="/price_change/new\?holding_id={holding.id}"', page(as_, "sales_manager", holding)
    )


def test_a_car_that_came_back_tells_of_its_first_time(as_: As, car: Holding) -> None:
    make.sold(car, price="58000")
    again = make.bought(
        dated_on="2026-12-20", price="50100", vehicle={"vin": car.vehicle.vin}, seller_id=make.party("韩梅").id
    )
    text = page(as_, "boss", again)
    assert "以前来过" in text
    assert car.stock_no in text
    assert "50,100" in text
    assert "43,828.00" in text
    assert "43,828" not in page(as_, "sales", again)


def test_its_life_is_told_without_what_is_hidden(as_: As, car: Holding) -> None:
    purchase = make.purchase(price="43999", dated_on="2026-12-01")
    make.saved(type(purchase), "buyer", purchase.id, price="44111")
    holding = make.approved(purchase, "buyer").holding
    assert holding is not None
    text = page(as_, "boss", holding)
    assert "43,999.00 → 44,111.00" in text
    text = page(as_, "sales", holding)
    assert "44,111" not in text
    assert "43,999" not in text


def test_a_car_still_to_come_shows_its_purchase_draft_to_those_who_may_see_it(as_: As, app: Flask) -> None:
    draft = make.purchase()
    text = as_("buyer").get(f"/vehicle/{draft.vehicle_id}").text
    assert f"/purchase/{draft.id}" in text
    assert draft.number not in as_("sales").get(f"/vehicle/{draft.vehicle_id}").text


def test_a_sold_car_asks_for_the_money(as_: As, car: Holding) -> None:
    sale = make.sold(car)
    assert f"/settlement/new?direction=receipt&amp;party_id={sale.buyer_id}" not in page(as_, "cashier", car), (
        "its sale is not hers to see"
    )
    assert f"/expense/new?holding_id={car.id}" in page(as_, "accountant", car)


def test_its_own_data_is_changed_on_a_form_of_its_own(as_: As, car: Holding) -> None:
    pk = car.vehicle_id
    form = as_("buyer").get(f"/vehicle/{pk}/edit").text
    (version,) = re.findall(r'name="version" value="(\d+)"', form)[:1]
    answer = as_("buyer").post(f"/vehicle/{pk}/edit", data={"version": version, "mileage_km": "70001"})
    assert answer.status_code == 302
    assert answer.location == f"/vehicle/{pk}"
    assert mileage_of(pk) == 70001
    version = str(int(version) + 1)
    refused = as_("buyer").post(f"/vehicle/{pk}/edit", data={"version": version, "plate": "nonsense"})
    assert refused.status_code == 422
    assert "nonsense" in refused.text


def test_who_may_not_change_it_changes_nothing(as_: As, car: Holding) -> None:
    pk, before = car.vehicle_id, car.vehicle.mileage_km
    answer = as_("sales").post(f"/vehicle/{pk}/edit", data={"version": "1", "mileage_km": "1"})
    assert answer.status_code in (403, 404)
    db.session.expire_all()
    assert mileage_of(pk) == before
    assert as_("sales").post(f"/vehicle/{pk}", data={"mileage_km": "1"}).status_code == 405


@pytest.mark.parametrize("pk", ["0", "999999999", "99999999999999999999", "x", "-1"])
def test_a_car_that_is_not_there_is_told_in_words(as_: As, app: Flask, pk: str) -> None:
    assert as_("boss").get(f"/vehicle/{pk}").status_code == 404


def test_a_page_takes_few_statements_however_many_papers(as_: As, car: Holding, statements: Statements) -> None:
    for number in range(4):
        make.priced(car, asking=f"5700{number}", floor="55000", dated_on="2026-11-09", effective_on="2026-11-09")
    browser, url = as_("boss"), f"/vehicle/{car.vehicle_id}"
    with statements() as seen:
        assert browser.get(url).status_code == 200
    assert len(seen) <= 16, "\n".join(seen)


def test_a_car_without_a_model_or_papers_has_a_page(as_: As, app: Flask) -> None:
    vehicle = make.saved(Vehicle, "boss", vin=make.vin())
    text = as_("boss").get(f"/vehicle/{vehicle.id}").text
    assert vehicle.vin in text
    assert f"/purchase/new?vehicle_id={vehicle.id}" not in text, "the general manager writes no purchases"
