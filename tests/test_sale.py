"""车辆销售: the car leaves at its whole cost, the buyer owes, and some sales need a higher hand."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from app.enums import ClosedBy, VehicleStatus
from app.errors import Blocked, Invalid, NotAllowed
from app.extensions import db
from app.models import Sale, TaxRate
from tests import make
from tests.cases import DocumentCase, books, standing_entries
from tests.test_purchase import legs


class TestSale(DocumentCase):
    model = Sale
    author = "sales"
    approver = "sales_manager"
    unapprover = "accountant"
    outsider = "readonly"
    elsewhere = "sales_manager2"
    same_day_only = "sales_manager"
    second_pair = "boss"

    def draft(self) -> Any:
        return make.sale(make.bought(dated_on="2026-11-01"))

    def with_fee(self, charged: str = "1800", passed_on: str = "1200") -> Any:
        agent = make.party("顺达代办", "agent")
        fee = {"fee_item_id": make.fee("过户代办费"), "charged": charged, "passed_on": passed_on, "party_id": agent.id}
        return make.sale(make.bought(price="86840.50"), price="110000", fees=[fee])

    def test_price_tax_fee_and_cost_post_leg_by_leg(self) -> None:
        paper = self.approve(self.with_fee())
        buyer, agent, holding = paper.buyer_id, make.party("顺达代办").id, paper.holding_id
        assert legs(paper) == [
            ("1122", buyer, None, make.yuan("110000"), 0),
            ("5001", None, holding, 0, make.yuan("109452.74")),
            ("2221.01", None, None, 0, make.yuan("547.26")),
            ("1122", buyer, None, make.yuan("1800"), 0),
            ("2241", agent, None, 0, make.yuan("1200")),
            ("5051", None, holding, 0, make.yuan("594.06")),
            ("2221.01", None, None, 0, make.yuan("5.94")),
            ("5401", None, holding, make.yuan("86840.50"), 0),
            ("1405", None, holding, 0, make.yuan("86840.50")),
        ]
        taxed = [
            (line.taxed_gross, line.tax_rate_id is not None)
            for entry in standing_entries(paper)
            for line in entry.lines
            if line.taxed_gross
        ]
        assert taxed == [(make.yuan("110000"), True), (make.yuan("600"), True)]
        assert make.item_of(paper, "receivable").open == make.yuan("111800")

    def test_what_is_wholly_passed_on_is_not_taxed(self) -> None:
        paper = self.approve(self.with_fee("1200", "1200"))
        assert "5051" not in {number for number, *_rest in legs(paper)}

    def test_the_car_leaves_and_comes_back_with_its_undoing(self) -> None:
        paper = self.draft()
        holding = paper.holding
        self.approve(paper)
        assert (holding.closed_on, holding.closed_by) == (paper.dated_on, ClosedBy.sale)
        assert make.status(holding) is VehicleStatus.sold
        self.unapprove(paper)
        assert (holding.closed_on, holding.closed_by) == (None, None)
        assert make.status(holding) is VehicleStatus.to_recondition

    def test_a_car_is_sold_once(self) -> None:
        holding = make.bought()
        first, second = make.sale(holding), make.sale(holding, price="60000")
        self.approve(first)
        words = self.refused(Invalid, lambda: self.approve(second), paper=second)
        assert holding.stock_no in words

    def test_all_cost_booked_so_far_goes_with_the_car_and_none_may_come_after_its_day(self) -> None:
        holding = make.bought()
        cost = [{"fee_item_id": make.fee("检测费"), "amount": "300", "holding_id": holding.id}]
        make.approved(make.expense(lines=cost, dated_on="2026-11-20"), "accountant")
        paper = make.sale(holding, dated_on="2026-11-19")
        assert "dated_on" in make.problems_of(self.invalid(paper))
        make.saved(Sale, "sales", paper.id, dated_on="2026-11-20")
        self.approve(paper)
        assert legs(paper)[-1][-1] == make.yuan("45300")

    def invalid(self, paper: Any) -> Invalid:
        before = books()
        with pytest.raises(Invalid) as caught:
            self.approve(paper)
        db.session.expire_all()
        assert books() == before
        return caught.value

    def test_a_car_is_not_sold_before_it_came(self) -> None:
        paper = make.sale(make.bought(dated_on="2026-11-13"), dated_on="2026-11-12")
        assert "dated_on" in make.problems_of(self.invalid(paper))

    def test_the_price_in_force_is_copied_and_taken_back(self) -> None:
        holding = make.bought()
        make.priced(holding)
        paper = self.approve(make.sale(holding, price="56000"))
        assert (paper.list_price, paper.floor, paper.below_floor_by_id) == (
            make.yuan("58000"),
            make.yuan("55000"),
            None,
        )
        self.unapprove(paper)
        assert (paper.list_price, paper.floor) == (None, None)

    def test_below_the_floor_the_general_manager_decides_and_the_floor_is_not_told(self) -> None:
        holding = make.bought()
        make.priced(holding)
        paper = make.sale(holding, price="54999.99")
        words = self.refused(NotAllowed, lambda: self.approve(paper), paper=paper)
        assert "底价" in words
        assert "55" not in words.replace("54", "")
        self.approve(paper, "boss")
        assert paper.below_floor_by_id == make.person("boss").user_id
        self.unapprove(paper)
        assert paper.below_floor_by_id is None

    def test_above_the_limit_the_general_manager_decides(self) -> None:
        make.setting("sale_approval_limit", "57999.99")
        paper = self.draft()
        words = self.refused(NotAllowed, lambda: self.approve(paper), paper=paper)
        assert "57,999.99" in words
        self.approve(paper, "boss")

    def test_unpriced_cars_are_sold_only_where_the_company_allows_it(self) -> None:
        make.setting("sell_unpriced", False)
        paper = self.draft()
        assert "holding_id" in make.problems_of(self.invalid(paper))
        make.priced(paper.holding)
        self.approve(paper)

    def test_no_rate_of_tax_no_sale(self) -> None:
        paper = self.draft()
        db.session.execute(update(TaxRate).values(to_on=dt.date(2026, 11, 11)))
        assert "税率" in str(self.invalid(paper))

    def test_what_no_draft_may_hold_is_told_at_its_field(self) -> None:
        holding = make.bought()
        fees = [
            {"fee_item_id": make.fee("过户代办费"), "charged": "100", "passed_on": "200"},
            {"fee_item_id": make.fee("过户代办费"), "charged": "-1"},
        ]
        with pytest.raises(Invalid) as caught:
            make.sale(holding, price="0", fees=fees[:1], due_on="2026-11-01")
        assert set(make.problems_of(caught.value)) == {"price", "due_on", "fees.0.passed_on", "fees.0.party_id"}
        with pytest.raises(Invalid) as caught:
            make.sale(holding, fees=fees)
        assert "fees.1.charged" in make.problems_of(caught.value)

    def test_a_salesperson_sells_the_other_stores_car_in_its_store(self) -> None:
        holding = make.bought()
        paper = make.sale(holding, by="sales2")
        assert paper.store_id == make.store()
        assert paper.salesperson_id == make.person("sales2").employee_id
        self.approve(paper)

    def test_receipts_late_costs_and_late_entries_stand_in_the_way(self) -> None:
        paper = self.approve(self.draft())
        holding = paper.holding
        receipt = make.approved(make.settlement(make.item_of(paper), "1000"), "accountant")
        cost = [{"fee_item_id": make.fee("检测费"), "amount": "480", "holding_id": holding.id, "belongs_to": "sale"}]
        late = make.approved(make.expense(lines=cost, dated_on="2026-12-05"), "accountant")
        entry = make.manual_entry(
            {"account": "cost_of_sales", "debit": "50", "holding_id": holding.id},
            {"account": "bank", "credit": "50", "money_account_id": make.money()},
            dated_on="2026-12-05",
        )
        make.approved(entry, "accountant")
        with pytest.raises(Blocked) as caught:
            self.unapprove(paper)
        assert {blocker.number for blocker in caught.value.blockers} == {receipt.number, late.number, entry.number}

    def test_a_sale_stands_on_the_costs_that_went_with_the_car(self) -> None:
        holding = make.bought()
        cost = [{"fee_item_id": make.fee("检测费"), "amount": "300", "holding_id": holding.id}]
        expense = make.approved(make.expense(lines=cost), "accountant")
        entry = make.manual_entry(
            {"account": "inventory", "debit": "20", "holding_id": holding.id},
            {"account": "bank", "credit": "20", "money_account_id": make.money()},
            dated_on="2026-11-10",
        )
        make.approved(entry, "accountant")
        sale = make.sold(holding)
        for ground in (expense, entry):
            words = self.refused(Blocked, partial(make.move, ground, "unapprove", "accountant", "错"), paper=ground)
            assert sale.number in words
        make.move(sale, "unapprove", "accountant", "错")
        make.move(expense, "unapprove", "accountant", "错")
        make.move(entry, "unapprove", "accountant", "错")

    def test_approving_a_sale_takes_few_statements(self, statements: Any) -> None:
        paper = self.with_fee()
        who = make.person("sales_manager")
        db.session.expire_all()
        with statements() as seen:
            make.approved(paper, who)
        assert len(seen) <= MOST_STATEMENTS, "\n".join(seen)


MOST_STATEMENTS = 18
