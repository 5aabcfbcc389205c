"""结算单: what is settled, let off, paid in advance, and what a till can give."""

from typing import Any

import pytest
from sqlalchemy import select

from app.database import unit_of_work
from app.errors import Blocked, Invalid, NotAllowed
from app.extensions import db
from app.models import OpenItem, Settlement
from tests import make
from tests.cases import DocumentCase, books, standing_entries
from tests.test_purchase import legs


def shape(paper: Any) -> list[tuple[Any, ...]]:
    """(account, debit, credit) of the standing entry, in its order."""
    return [(number, debit, credit) for number, _party, _holding, debit, credit in legs(paper)]


class ReceiptOrPayment(DocumentCase):
    model = Settlement
    author = "cashier"
    approver = "accountant"
    outsider = "sales"
    elsewhere = "cashier2"


class TestReceipt(ReceiptOrPayment):
    unapprover = "boss"
    second_pair = "cashier"

    def draft(self) -> Any:
        return make.settlement(make.item_of(make.sold(make.bought(dated_on="2026-11-01"))), "10000")


class TestPayment(ReceiptOrPayment):
    unapprover = "accountant"
    second_pair = "boss"

    def draft(self) -> Any:
        return make.settlement(make.item_of(make.bought(dated_on="2026-11-01").purchase), "10000")


class TestOffset(ReceiptOrPayment):
    unapprover = "accountant"
    second_pair = "boss"

    def draft(self) -> Any:
        """刘强 sold us a car and bought another: the smaller is set against the larger."""
        seller = make.somebody("刘强", "buyer")
        payable = make.item_of(make.bought(dated_on="2026-11-01", seller_id=seller.id).purchase)
        other = make.bought(dated_on="2026-11-01")
        receivable = make.item_of(make.approved(make.sale(other, by="boss", buyer_id=seller.id), "boss"))
        items = [{"item_id": payable.id, "amount": "45000"}, {"item_id": receivable.id, "amount": "45000"}]
        return make.settlement(payable, "45000", direction="offset", items=items, money=[])

    def test_both_sides_are_settled_without_money(self) -> None:
        paper = self.approve(self.draft())
        assert shape(paper) == [("2202", make.yuan("45000"), 0), ("1122", 0, make.yuan("45000"))]
        assert [line.item.open for line in paper.items] == [0, make.yuan("13000")]

    def test_sides_that_differ_are_refused(self) -> None:
        paper = self.draft()
        lines = [
            {"item_id": line.item_id, "amount": amount}
            for line, amount in zip(paper.items, ("45000", "44000"), strict=True)
        ]
        make.saved(Settlement, "cashier", paper.id, items=lines)
        with pytest.raises(Invalid) as caught:
            self.approve(paper)
        assert "1,000.00" in make.problems_of(caught.value)["items"]

    def test_an_offset_counts_as_a_payment(self) -> None:
        paper = self.draft()
        make.setting("payment_approval_limit", "44999")
        with pytest.raises(NotAllowed):
            self.approve(paper)
        self.approve(paper, "boss")


@pytest.fixture
def receivable(app: Any) -> OpenItem:
    return make.item_of(make.sold(make.bought()))


@pytest.fixture
def payable(app: Any) -> OpenItem:
    return make.item_of(make.bought().purchase)


def told(paper: Any, by: str = "accountant") -> dict[str, str]:
    """What approving is refused for; nothing changed."""
    before = books()
    with pytest.raises(Invalid) as caught:
        make.approved(paper, by)
    db.session.expire_all()
    assert books() == before
    return make.problems_of(caught.value)


def test_a_receipt_through_two_accounts_keeps_back_the_fee(receivable: OpenItem) -> None:
    paper = make.settlement(
        receivable,
        "13080",
        money=[
            {"money_account_id": make.money("门店现金"), "amount": "3080"},
            {"money_account_id": make.money("基本户"), "amount": "10000", "fee": "60"},
        ],
    )
    make.approved(paper, "cashier")
    assert shape(paper) == [
        ("1001", make.yuan("3080"), 0),
        ("1002", make.yuan("9940"), 0),
        ("5603", make.yuan("60"), 0),
        ("1122", 0, make.yuan("13080")),
    ]
    assert receivable.open == make.yuan("44920")


def test_a_payment_carries_its_fee_besides(payable: OpenItem) -> None:
    paper = make.settlement(payable, "45000", money=[{"money_account_id": make.money(), "amount": "45000", "fee": "5"}])
    make.approved(paper, "accountant")
    assert shape(paper) == [
        ("2202", make.yuan("45000"), 0),
        ("5603", make.yuan("5"), 0),
        ("1002", 0, make.yuan("45005")),
    ]
    assert payable.open == 0


def test_a_cashier_above_the_limit_submits_instead(receivable: OpenItem) -> None:
    paper = make.settlement(receivable, "20000.01")
    before = books()
    with pytest.raises(NotAllowed) as caught:
        make.approved(paper, "cashier")
    assert "20,000.00" in str(caught.value)
    assert books() == before
    make.move(paper, "submit", "cashier")
    make.approved(paper, "accountant")


def test_a_payment_above_the_limit_is_the_general_managers(payable: OpenItem) -> None:
    make.setting("payment_approval_limit", "9999")
    paper = make.settlement(payable, "10000")
    with pytest.raises(NotAllowed):
        make.approved(paper, "accountant")
    make.approved(paper, "boss")


@pytest.mark.parametrize(
    ("reason", "legs_of_it"),
    [
        ("rounding", [("5603", "10", "0")]),
        ("cash_discount", [("5603", "10", "0")]),
        ("bad_debt", [("5711", "10", "0")]),
        ("price_cut", [("5001", "9.95", "0"), ("2221.01", "0.05", "0")]),
    ],
)
def test_what_is_let_off_goes_where_its_reason_says(receivable: OpenItem, reason: str, legs_of_it: Any) -> None:
    line = {"item_id": receivable.id, "amount": "57990", "let_off": "10", "let_off_reason": reason}
    paper = make.settlement(receivable, "57990", items=[line])
    make.approved(paper, "accountant")
    assert shape(paper) == [
        ("1002", make.yuan("57990"), 0),
        *((number, make.yuan(debit), make.yuan(credit)) for number, debit, credit in legs_of_it),
        ("1122", 0, make.yuan("58000")),
    ]
    assert receivable.open == 0


def test_a_price_cut_is_taxed_at_the_rate_of_its_sale_and_lowers_that_cars_income(receivable: OpenItem) -> None:
    from app.models import Sale

    sale = db.session.get_one(Sale, receivable.document_id)
    line = {"item_id": receivable.id, "amount": "0", "let_off": "1000", "let_off_reason": "price_cut"}
    paper = make.approved(make.settlement(receivable, "0", items=[line], money=[]), "accountant")
    (entry,) = standing_entries(paper)
    cut, vat, _receivable = entry.lines
    (sold,) = standing_entries(sale)
    assert (cut.holding_id, cut.debit) == (sale.holding_id, make.yuan("995.02"))
    assert (vat.tax_rate_id, vat.debit, vat.taxed_gross) == (
        sold.lines[2].tax_rate_id,
        make.yuan("4.98"),
        make.yuan("-1000"),
    )


def test_a_price_cut_on_a_sale_whose_tax_came_to_nothing_is_none_the_worse(app: Any) -> None:
    receivable = make.item_of(make.sold(price="0.50"))
    line = {"item_id": receivable.id, "amount": "0", "let_off": "0.20", "let_off_reason": "price_cut"}
    paper = make.approved(make.settlement(receivable, "0", items=[line], money=[]), "accountant")
    assert shape(paper) == [("5001", make.yuan("0.20"), 0), ("1122", 0, make.yuan("0.20"))]


def test_what_need_not_be_paid_is_a_gain(payable: OpenItem) -> None:
    line = {"item_id": payable.id, "amount": "44995", "let_off": "5", "let_off_reason": "not_payable"}
    paper = make.approved(make.settlement(payable, "44995", items=[line]), "accountant")
    assert shape(paper) == [
        ("2202", make.yuan("45000"), 0),
        ("1002", 0, make.yuan("44995")),
        ("5301", 0, make.yuan("5")),
    ]


def test_a_reason_on_the_wrong_side_is_refused(receivable: OpenItem, payable: OpenItem) -> None:
    wrong = make.settlement(
        payable,
        "44995",
        items=[{"item_id": payable.id, "amount": "44995", "let_off": "5", "let_off_reason": "rounding"}],
    )
    assert set(told(wrong)) == {"items.0.let_off_reason"}
    wrong = make.settlement(
        receivable,
        "1",
        items=[{"item_id": receivable.id, "amount": "1", "let_off": "5", "let_off_reason": "not_payable"}],
    )
    assert set(told(wrong)) == {"items.0.let_off_reason"}


def test_a_large_let_off_takes_a_right_of_its_own(receivable: OpenItem) -> None:
    line = {"item_id": receivable.id, "amount": "10000", "let_off": "10.01", "let_off_reason": "rounding"}
    paper = make.settlement(receivable, "10000", items=[line])
    with pytest.raises(NotAllowed) as caught:
        make.approved(paper, "cashier")
    assert "10.01" in str(caught.value)
    make.approved(paper, "accountant")


def test_a_let_off_and_its_reason_come_together(receivable: OpenItem) -> None:
    for line, field in (({"let_off": "5"}, "let_off_reason"), ({"let_off_reason": "rounding"}, "let_off")):
        with pytest.raises(Invalid) as caught:
            make.settlement(receivable, "1", items=[{"item_id": receivable.id, "amount": "1", **line}])
        assert set(make.problems_of(caught.value)) == {f"items.0.{field}"}


def test_more_than_is_open_is_refused(receivable: OpenItem) -> None:
    assert "58,000.00" in told(make.settlement(receivable, "58000.01"))["items.0.amount"]


def test_two_settlements_do_not_take_the_same_money_twice(receivable: OpenItem) -> None:
    first, second = make.settlement(receivable, "10000"), make.settlement(receivable, "50000")
    make.approved(first, "accountant")
    assert "48,000.00" in told(second)["items.0.amount"]


def test_money_and_items_must_come_out_even(receivable: OpenItem) -> None:
    money = [{"money_account_id": make.money(), "amount": "999"}]
    assert set(told(make.settlement(receivable, "1000", money=money))) == {"money"}


def test_what_is_more_becomes_an_advance_that_another_paper_may_use(receivable: OpenItem) -> None:
    money = [{"money_account_id": make.money(), "amount": "60000"}]
    paper = make.approved(make.settlement(receivable, "58000", money=money, advance="2000"), "accountant")
    assert shape(paper) == [
        ("1002", make.yuan("60000"), 0),
        ("1122", 0, make.yuan("58000")),
        ("2203", 0, make.yuan("2000")),
    ]
    advance = make.item_of(paper)
    assert (advance.side, advance.open) == ("C", make.yuan("2000"))
    back = make.approved(make.settlement(advance, "500", by="cashier"), "accountant")
    with pytest.raises(Blocked) as caught:
        make.move(paper, "unapprove", "accountant", "错")
    assert back.number in str(caught.value)


def test_more_paid_than_owed_is_prepaid(payable: OpenItem) -> None:
    money = [{"money_account_id": make.money(), "amount": "46000"}]
    paper = make.approved(make.settlement(payable, "45000", money=money, advance="1000"), "accountant")
    assert make.item_of(paper, "prepaid").open == make.yuan("1000")


def test_a_receipt_may_set_what_we_owe_against_what_is_owed(app: Any) -> None:
    """JS-9 of the worked examples, with what exists so far: 58,000 owed, 45,000 owing, the rest comes in."""
    who = make.somebody("刘强", "buyer")
    owing = make.item_of(make.bought(seller_id=who.id).purchase)
    owed = make.item_of(make.approved(make.sale(make.bought(), by="boss", buyer_id=who.id), "boss"))
    items = [{"item_id": owed.id, "amount": "58000"}, {"item_id": owing.id, "amount": "45000"}]
    paper = make.settlement(owed, "13000", items=items)
    make.approved(paper, "accountant")
    assert shape(paper) == [
        ("1002", make.yuan("13000"), 0),
        ("2202", make.yuan("45000"), 0),
        ("1122", 0, make.yuan("58000")),
    ]
    assert (owed.open, owing.open) == (0, 0)


def test_items_of_somebody_else_are_not_settled(receivable: OpenItem, payable: OpenItem) -> None:
    with pytest.raises(Invalid) as caught:
        make.settlement(receivable, "1", items=[{"item_id": payable.id, "amount": "1"}])
    assert set(make.problems_of(caught.value)) == {"items.0.item_id"}


def test_items_of_another_store_are_not_settled(receivable: OpenItem) -> None:
    with pytest.raises(Invalid) as caught:
        make.settlement(receivable, "1", by="cashier2", store_id=make.store("城西店"))
    assert "items.0.item_id" in make.problems_of(caught.value)


def test_nothing_is_settled_before_it_was_owed(receivable: OpenItem) -> None:
    assert set(told(make.settlement(receivable, "1", dated_on="2026-11-11"))) == {"dated_on"}


def test_an_item_stands_in_one_line(receivable: OpenItem) -> None:
    line = {"item_id": receivable.id, "amount": "1"}
    with pytest.raises(Invalid) as caught:
        make.settlement(receivable, "2", items=[line, line])
    assert set(make.problems_of(caught.value)) == {"items.1.item_id"}


def test_a_settlement_of_nothing_is_refused(receivable: OpenItem) -> None:
    assert set(told(make.settlement(receivable, "0", items=[], money=[]))) == {"items"}


def test_a_till_gives_no_more_than_it_holds_on_any_later_day(payable: OpenItem) -> None:
    make.cash("1000", on="2026-11-10")
    out = {"fee_item_id": make.fee("检测费"), "amount": "900"}
    make.approved(make.expense(lines=[out], dated_on="2026-11-25", paid_from_id=make.money("门店现金")), "accountant")
    paper = make.settlement(payable, "100.01", account_name="门店现金", dated_on="2026-11-20")
    assert "100.00" in told(paper)["money.0.money_account_id"]
    make.approved(make.settlement(payable, "100", account_name="门店现金", dated_on="2026-11-20"), "accountant")


def test_a_receipt_whose_cash_was_spent_is_not_taken_back(receivable: OpenItem) -> None:
    receipt = make.approved(make.settlement(receivable, "1000", account_name="门店现金"), "accountant")
    out = {"fee_item_id": make.fee("检测费"), "amount": "300"}
    spent = make.expense(lines=[out], dated_on="2026-11-25", paid_from_id=make.money("门店现金"))
    make.approved(spent, "accountant")
    before = books()
    with pytest.raises(Blocked) as caught:
        make.move(receipt, "unapprove", "accountant", "错")
    db.session.expire_all()
    assert "门店现金" in str(caught.value)
    assert books() == before
    make.move(spent, "unapprove", "accountant", "错")
    make.move(receipt, "unapprove", "accountant", "错")


def test_a_bank_account_may_be_overdrawn(payable: OpenItem) -> None:
    make.approved(make.settlement(payable, "45000"), "accountant")


def test_a_till_of_another_store_does_not_serve(receivable: OpenItem) -> None:
    from app.models import MoneyAccount

    with unit_of_work():
        db.session.add(
            MoneyAccount(name="城西现金", account_id=make.account("1001"), store_id=make.store("城西店"), is_till=True)
        )
    paper = make.settlement(receivable, "1", account_name="城西现金")
    assert set(told(paper)) == {"money.0.money_account_id"}
    assert db.session.scalars(select(Settlement)).one() is paper
