"""记账凭证: as an accountant types it, within what the books can bear."""

from typing import Any

import pytest

from app.errors import Blocked, Invalid, NotAllowed
from app.extensions import db
from app.models import ManualEntry
from tests import make
from tests.cases import DocumentCase, books
from tests.test_settlement import shape, told


def bank(side: str, amount: str) -> dict[str, Any]:
    return {"account": "bank", side: amount, "money_account_id": make.money()}


class TestManualEntry(DocumentCase):
    model = ManualEntry
    author = "accountant"
    approver = "accountant"
    unapprover = "accountant"
    outsider = "boss"

    def draft(self) -> Any:
        return make.manual_entry()

    def test_above_an_amount_the_last_editor_does_not_approve(self) -> None:
        make.setting("four_eyes_above", "999.99")
        paper = self.draft()
        self.refused(NotAllowed, lambda: self.approve(paper), paper=paper)


def test_it_stands_in_the_books_as_typed(app: Any) -> None:
    paper = make.approved(
        make.manual_entry(bank("debit", "40万"), {"account": "3001", "credit": "400,000.00"}), "accountant"
    )
    assert shape(paper) == [("1002", make.yuan("400000"), 0), ("3001", 0, make.yuan("400000"))]


def test_it_balances_and_every_control_account_has_its_dimension(app: Any) -> None:
    paper = make.manual_entry(
        {"account": "bank", "debit": "100"},
        {"account": "receivable", "debit": "1"},
        {"account": "parts", "credit": "100"},
    )
    assert set(told(paper)) == {"lines", "lines.0.money_account_id", "lines.1.party_id", "lines.2.account_id"}


def test_a_line_is_a_debit_or_a_credit(app: Any) -> None:
    with pytest.raises(Invalid) as caught:
        make.manual_entry({"account": "capital", "debit": "1", "credit": "1"}, {"account": "capital"})
    assert set(make.problems_of(caught.value)) == {"lines.0.debit", "lines.1.debit"}


def test_a_money_account_stands_on_its_own_ledger_account(app: Any) -> None:
    paper = make.manual_entry(
        {"account": "cash", "debit": "1", "money_account_id": make.money("基本户")},
        {"account": "capital", "credit": "1"},
    )
    assert set(told(paper)) == {"lines.0.money_account_id"}


def test_inventory_is_only_of_a_car_in_stock(app: Any) -> None:
    holding = make.bought()
    paper = make.manual_entry(
        {"account": "inventory", "debit": "20", "holding_id": holding.id}, bank("credit", "20"), dated_on="2026-11-20"
    )
    make.sold(holding)
    assert set(told(paper)) == {"lines.0.holding_id"}


def test_it_leaves_no_cars_inventory_below_zero(app: Any) -> None:
    holding = make.bought(price="100")
    taken = make.manual_entry(
        {"account": "inventory", "credit": "100.01", "holding_id": holding.id},
        bank("debit", "100.01"),
        dated_on="2026-11-20",
    )
    assert "lines" in told(taken)
    added = make.manual_entry(
        {"account": "inventory", "debit": "50", "holding_id": holding.id}, bank("credit", "50"), dated_on="2026-11-20"
    )
    make.approved(added, "accountant")
    off = make.manual_entry(
        {"account": "inventory", "credit": "120", "holding_id": holding.id}, bank("debit", "120"), dated_on="2026-11-21"
    )
    make.approved(off, "accountant")
    before = books()
    with pytest.raises(Blocked):
        make.move(added, "unapprove", "accountant", "错")
    db.session.expire_all()
    assert books() == before


def test_it_leaves_no_till_below_zero_neither_done_nor_undone(app: Any) -> None:
    brought = make.cash("1000")
    till = {"account": "cash", "credit": "600", "money_account_id": make.money("门店现金")}
    out = make.approved(make.manual_entry(till, bank("debit", "600"), dated_on="2026-11-20"), "accountant")
    assert set(told(make.manual_entry(till, bank("debit", "600"), dated_on="2026-11-10"))) == {
        "lines.0.money_account_id"
    }
    with pytest.raises(Blocked) as caught:
        make.move(brought, "unapprove", "accountant", "错")
    assert "门店现金" in str(caught.value)
    make.move(out, "unapprove", "accountant", "错")
    make.move(brought, "unapprove", "accountant", "错")


def test_a_match_on_its_item_stands_in_the_way(app: Any) -> None:
    owed = make.manual_entry(
        {"account": "other_receivable", "debit": "70", "party_id": make.party("李雷").id}, bank("credit", "70")
    )
    make.approved(owed, "accountant")
    receipt = make.approved(make.settlement(make.item_of(owed), "70"), "accountant")
    with pytest.raises(Blocked) as caught:
        make.move(owed, "unapprove", "accountant", "错")
    assert receipt.number in str(caught.value)


def test_a_car_of_another_store_is_not_booked_here(app: Any) -> None:
    west = make.approved(make.purchase(by="buyer2", warehouse_id=make.warehouse("城西展厅")), "buyer2").holding
    paper = make.manual_entry(
        {"account": "selling_expense", "debit": "20", "holding_id": west.id},
        bank("credit", "20"),
        dated_on="2026-11-20",
    )
    assert set(told(paper)) == {"lines.0.holding_id"}
