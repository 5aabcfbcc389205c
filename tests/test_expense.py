"""费用单: general costs, and costs of cars before and after they are sold."""

from typing import Any

import pytest

from app.errors import Blocked, Invalid
from app.extensions import db
from app.models import Expense
from tests import make
from tests.cases import DocumentCase, books
from tests.test_settlement import shape, told


class TestExpense(DocumentCase):
    model = Expense
    author = "sales"
    approver = "accountant"
    unapprover = "boss"
    outsider = "sales_manager"
    elsewhere = "buyer2"
    second_pair = "boss"

    def draft(self) -> Any:
        return make.expense(by="sales")


def cost(holding: Any = None, amount: str = "300", **raw: Any) -> dict[str, Any]:
    line = {"fee_item_id": make.fee("检测费"), "amount": amount, **raw}
    return line | ({"holding_id": holding.id} if holding else {})


def test_a_general_cost_goes_where_its_fee_item_says(app: Any) -> None:
    paper = make.approved(make.expense(lines=[cost(), cost(amount="20")]), "accountant")
    assert shape(paper) == [("5601", make.yuan("300"), 0), ("5601", make.yuan("20"), 0), ("1002", 0, make.yuan("320"))]


def test_what_is_owed_opens_an_item(app: Any) -> None:
    vendor = make.party("钣喷B", "vendor")
    paper = make.approved(make.expense(lines=[cost()], party_id=vendor.id, due_on="2026-12-12"), "accountant")
    item = make.item_of(paper)
    assert (item.party_id, item.open, str(item.due_on)) == (vendor.id, make.yuan("300"), "2026-12-12")


def test_a_cost_of_a_car_in_stock_is_its_cost_whatever_the_line_says(app: Any) -> None:
    holding = make.bought()
    paper = make.approved(make.expense(lines=[cost(holding), cost(holding, belongs_to="selling")]), "accountant")
    assert [number for number, *_rest in shape(paper)] == ["1405", "1405", "1002"]


def test_a_cost_that_comes_late_never_enters_stock(app: Any) -> None:
    holding = make.bought()
    make.sold(holding)
    lines = [cost(holding, "480", belongs_to="sale"), cost(holding, "20", belongs_to="selling")]
    paper = make.approved(make.expense(lines=lines, dated_on="2026-12-05"), "accountant")
    assert shape(paper) == [("5401", make.yuan("480"), 0), ("5601", make.yuan("20"), 0), ("1002", 0, make.yuan("500"))]


def test_a_late_cost_says_where_it_belongs_and_comes_after_the_sale(app: Any) -> None:
    holding = make.bought()
    make.sold(holding)
    assert set(told(make.expense(lines=[cost(holding)], dated_on="2026-12-05"))) == {"lines.0.belongs_to"}
    early = make.expense(lines=[cost(holding, belongs_to="sale")], dated_on="2026-11-11")
    assert set(told(early)) == {"dated_on"}


def test_a_car_that_never_came_bears_no_cost(app: Any) -> None:
    holding = make.bought()
    make.move(holding.purchase, "unapprove", "boss", "错")
    assert set(told(make.expense(lines=[cost(holding)]))) == {"lines.0.holding_id"}


def test_nothing_is_spent_on_a_car_before_it_came(app: Any) -> None:
    assert set(told(make.expense(lines=[cost(make.bought())], dated_on="2026-11-06"))) == {"dated_on"}


def test_cars_of_two_stores_do_not_share_a_paper(app: Any) -> None:
    here = make.bought()
    west = make.purchase(by="buyer2", warehouse_id=make.warehouse("城西展厅"))
    there = make.approved(west, "buyer2").holding
    with pytest.raises(Invalid) as caught:
        make.expense(lines=[cost(here), cost(there)])
    assert set(make.problems_of(caught.value)) == {"lines.1.holding_id"}
    assert make.expense(lines=[cost(there)]).store_id == make.store("城西店")


def test_it_is_paid_or_owed_one_of_the_two(app: Any) -> None:
    vendor = make.party("钣喷B", "vendor")
    with pytest.raises(Invalid) as caught:
        make.expense(party_id=vendor.id, paid_from_id=make.money())
    assert set(make.problems_of(caught.value)) == {"paid_from_id"}
    with pytest.raises(Invalid):
        make.expense(party_id=None, paid_from_id=None)
    paper = make.expense()
    make.saved(Expense, "accountant", paper.id, party_id=vendor.id)
    assert (paper.paid_from_id, paper.party_id) == (None, vendor.id)


def test_lines_are_of_something(app: Any) -> None:
    with pytest.raises(Invalid) as caught:
        make.expense(lines=[cost(amount="0")])
    assert set(make.problems_of(caught.value)) == {"lines.0.amount"}
    assert set(told(make.expense(lines=[]))) == {"lines"}


def test_the_till_holds_what_leaves_it(app: Any) -> None:
    make.cash("299.99")
    till = make.money("门店现金")
    assert set(told(make.expense(lines=[cost()], paid_from_id=till))) == {"paid_from_id"}


def test_a_payment_of_its_item_stands_in_the_way(app: Any) -> None:
    vendor = make.party("钣喷B", "vendor")
    paper = make.approved(make.expense(lines=[cost()], party_id=vendor.id), "accountant")
    payment = make.approved(make.settlement(make.item_of(paper), "300"), "accountant")
    before = books()
    with pytest.raises(Blocked) as caught:
        make.move(paper, "unapprove", "accountant", "错")
    db.session.expire_all()
    assert payment.number in str(caught.value)
    assert books() == before


def test_a_cost_of_the_car_stands_in_the_way_of_its_purchase(app: Any) -> None:
    holding = make.bought()
    paper = make.approved(make.expense(lines=[cost(holding)]), "accountant")
    with pytest.raises(Blocked) as caught:
        make.move(holding.purchase, "unapprove", "boss", "错")
    assert paper.number in str(caught.value)


def test_a_cost_that_was_written_off_again_is_not_taken_back(app: Any) -> None:
    """The car's inventory would stand below 0 from that day on."""
    holding = make.bought()
    paper = make.approved(make.expense(lines=[cost(holding)]), "accountant")
    off = (
        {"account": "inventory", "credit": "45300", "holding_id": holding.id},
        {"account": "loss", "debit": "45300", "holding_id": holding.id},
    )
    written_off = make.approved(make.manual_entry(*off, dated_on="2026-11-15"), "accountant")
    before = books()
    with pytest.raises(Blocked):
        make.move(paper, "unapprove", "accountant", "错")
    db.session.expire_all()
    assert books() == before
    make.move(written_off, "unapprove", "accountant", "错")
    make.move(paper, "unapprove", "accountant", "错")
