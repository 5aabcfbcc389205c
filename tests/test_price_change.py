"""定价调价: which price holds when, and what rests on it."""

import datetime as dt
from typing import Any

import pytest

from app.enums import VehicleStatus
from app.errors import Blocked, Invalid
from app.models import PriceChange
from app.workflows.price_change import price_in_force
from tests import make
from tests.cases import DocumentCase


class TestPriceChange(DocumentCase):
    model = PriceChange
    author = "sales_manager"
    approver = "boss"
    unapprover = "boss"
    outsider = "sales"
    elsewhere = "buyer2"
    same_day_only = "sales_manager"
    posts = False

    def draft(self) -> Any:
        return make.price_change(make.bought(dated_on="2026-11-01"))

    def test_the_first_price_puts_the_car_on_sale_and_its_undoing_takes_it_off(self) -> None:
        paper = self.draft()
        assert make.status(paper.holding) is VehicleStatus.to_recondition
        self.approve(paper)
        assert make.status(paper.holding) is VehicleStatus.for_sale
        self.unapprove(paper)
        assert make.status(paper.holding) is VehicleStatus.to_recondition

    def test_the_latest_effective_price_is_in_force(self) -> None:
        holding = make.bought()
        make.priced(holding, effective_on="2026-11-08", asking="58000")
        make.priced(holding, effective_on="2026-11-20", asking="56000")
        make.price_change(holding, effective_on="2026-11-10", asking="1000", floor="1")  # a draft holds nothing

        def asked(day: str) -> Any:
            found = price_in_force(holding.id, dt.date.fromisoformat(day))
            return found and found.asking

        assert [asked(day) for day in ("2026-11-07", "2026-11-08", "2026-11-19", "2026-11-20")] == [
            None,
            make.yuan("58000"),
            make.yuan("58000"),
            make.yuan("56000"),
        ]

    def test_a_later_price_and_the_sale_stand_in_the_way(self) -> None:
        holding = make.bought()
        first = make.priced(holding)
        second = make.priced(holding, effective_on="2026-11-10", asking="57000")
        sale = make.sold(holding)
        with pytest.raises(Blocked) as caught:
            make.move(first, "unapprove", "boss", "改")
        assert {blocker.number for blocker in caught.value.blockers} == {second.number, sale.number}
        make.move(sale, "unapprove", "boss", "改")
        make.move(second, "unapprove", "boss", "改")
        make.move(first, "unapprove", "boss", "改")

    def test_only_a_car_in_stock_is_priced_from_when_it_came(self) -> None:
        holding = make.bought()
        early = make.price_change(holding, dated_on="2026-11-06", effective_on="2026-11-05")
        with pytest.raises(Invalid) as caught:
            self.approve(early)
        assert set(make.problems_of(caught.value)) == {"dated_on", "effective_on"}
        late = make.price_change(holding)
        make.sold(holding)
        with pytest.raises(Invalid) as caught:
            self.approve(late)
        assert holding.stock_no in make.problems_of(caught.value)["holding_id"]

    def test_the_floor_is_not_above_the_asking_price(self) -> None:
        with pytest.raises(Invalid) as caught:
            make.price_change(make.bought(), asking="50000", floor="50000.01")
        assert set(make.problems_of(caught.value)) == {"floor"}

    def test_a_price_may_name_the_car_instead_of_its_holding(self) -> None:
        holding = make.bought()
        paper = make.saved(PriceChange, "sales_manager", vehicle_id=holding.vehicle_id, asking="58000", floor="1")
        assert paper.holding_id == holding.id
        assert paper.effective_on == paper.dated_on == dt.date(2026, 12, 31)

    def test_prices_are_made_in_the_store_of_the_car(self) -> None:
        holding = make.bought()
        with pytest.raises(Invalid) as caught:
            make.price_change(holding, by="sales_manager2")
        assert "store_id" in make.problems_of(caught.value)
        with pytest.raises(Invalid) as caught:
            make.price_change(holding, by="sales_manager2", store_id=make.store("城西店"))
        assert "store_id" in make.problems_of(caught.value)
