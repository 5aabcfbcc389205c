"""The one door to the books: append-only in SQL too, red entries, open items and matches."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import ledger
from app.database import unit_of_work
from app.enums import Purpose, State
from app.errors import Invalid, Refused
from app.extensions import db
from app.ledger import Settle, credit, debit
from app.ledger.posting import Heading, standing, withdraw_entry, write
from app.models import Account, JournalEntry, JournalLine, Match, OpenItem
from app.workflows.books import check_books
from tests import make
from tests.make import yuan

DAY = dt.date(2026, 11, 5)


def heading(number="XX-1", document_id=1, **facts):
    """An entry to be, of a paper that no table knows: what `write` gets from the ledger itself."""
    values = {"revision": 1, "dated_on": DAY, "store_id": make.store(), **facts}
    return Heading("thing", document_id, number, **values)


def written(*effects, **facts):
    with unit_of_work():
        return write(heading(**facts), effects, None)


def lines_of(entry_id):
    columns = (
        JournalLine.position,
        JournalLine.account_id,
        JournalLine.store_id,
        JournalLine.party_id,
        JournalLine.holding_id,
        JournalLine.money_account_id,
        JournalLine.debit,
        JournalLine.credit,
    )
    return db.session.execute(
        select(*columns).where(JournalLine.entry_id == entry_id).order_by(JournalLine.position)
    ).all()


def items():
    """(account number, party id, side, amount, settled) of every item that is not 0."""
    statement = select(Account.number, OpenItem.party_id, OpenItem.side, OpenItem.amount, OpenItem.settled)
    return sorted(db.session.execute(statement.join(Account).where(OpenItem.amount > 0)).all())


# ── append-only ──────────────────────────────────────────────────────────────────────────────────────────────────────
ATTACKS = [
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})",
]
IN_THEIR_OWN_TONGUE = {
    "sqlite": ["INSERT OR REPLACE INTO {table} SELECT * FROM {table}", "REPLACE INTO {table} SELECT * FROM {table}"],
    "postgresql": [
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET id = excluded.id",
    ],
}


@pytest.mark.parametrize("table", ["journal_entry", "journal_line", "audit"])
def test_the_database_itself_refuses_to_change_what_was_written(app, table):
    make.cash("100")
    dialect = db.engine.dialect.name
    before = db.session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()  # noqa: S608  # the table is ours
    for attack in ATTACKS + IN_THEIR_OWN_TONGUE[dialect]:
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(text(attack.format(table=table)))
    assert db.session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() == before  # noqa: S608


def test_the_database_itself_refuses_to_lose_a_paper(app):
    make.cash("100")
    with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
        db.session.execute(text("DELETE FROM manual_entry"))


@pytest.mark.parametrize(
    ("debits", "credits_", "red"),
    [(5, 5, False), (0, 0, False), (-5, 0, False), (5, 0, True)],
    ids=["both", "none", "negative in black", "positive in red"],
)
def test_the_database_itself_refuses_a_line_that_is_no_line(app, debits, credits_, red):
    paper = make.cash("100")
    (entry,) = standing("manual_entry", paper.id)
    values = {"entry_id": entry.id, "is_red": red, "account_id": make.account("1001"), "store_id": entry.store_id}
    statement = JournalLine.__table__.insert().values(position=9, debit=debits, credit=credits_, **values)
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.execute(statement)


# ── posting ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_legs_that_do_not_balance_are_a_fault_of_the_program_and_write_nothing(app):
    till = make.money("门店现金")
    with pytest.raises(ValueError, match="does not balance"):
        written(debit(Purpose.cash, yuan("5"), money_account_id=till), credit(Purpose.capital, yuan("4.99")))
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 0


@pytest.mark.parametrize(
    "leg",
    [
        debit(Purpose.receivable, Decimal(5)),
        debit(Purpose.inventory, Decimal(5)),
        debit(Purpose.bank, Decimal(5)),
        debit(Purpose.wages, Decimal(5)),
        debit(Purpose.admin_expense, Decimal(-5)),
    ],
)
def test_a_leg_without_its_dimension_or_below_zero_is_refused(app, leg):
    with pytest.raises(ValueError, match=r"needs its|never negative"):
        written(leg, credit(Purpose.capital, leg.debit))
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 0


def test_legs_of_nothing_are_dropped_and_a_paper_without_legs_still_has_its_entry(app):
    entry = written(debit(Purpose.admin_expense, Decimal(0)), credit(Purpose.capital, Decimal(0)))
    assert db.session.get(JournalEntry, entry) is not None
    assert lines_of(entry) == []


def test_a_purpose_that_the_chart_lacks_is_told_in_words(app):
    with unit_of_work():
        db.session.scalars(select(Account).where(Account.purpose == Purpose.gain)).one().purpose = None
    with pytest.raises(Refused, match="营业外收入"):
        written(debit(Purpose.admin_expense, Decimal(5)), credit(Purpose.gain, Decimal(5)))


def test_two_legs_of_one_party_net_into_one_item(app):
    li = make.party("李雷").id
    written(
        debit(Purpose.receivable, yuan("110000"), party_id=li),
        debit(Purpose.receivable, yuan("1800"), party_id=li),
        credit(Purpose.receivable, yuan("300"), party_id=li),
        credit(Purpose.capital, yuan("111500")),
    )
    assert items() == [("1122", li, "D", yuan("111500"), 0)]


# ── red entries ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_red_entry_repeats_the_entry_line_by_line_with_negative_amounts(app):
    car = make.bought(
        fees=[{"fee_item_id": make.fee("代办费"), "party_id": make.party("顺达", "agent").id, "amount": "460"}]
    )
    (entry,) = standing("purchase", car.purchase_id)
    make.move(car.purchase, "unapprove", "buyer", "价格写错")
    red = db.session.scalars(select(JournalEntry).where(JournalEntry.withdraws_id == entry.id)).one()
    was, undone = lines_of(entry.id), lines_of(red.id)
    assert len(was) == 3
    assert [row[:6] for row in undone] == [row[:6] for row in was]
    assert [(-row.debit, -row.credit) for row in undone] == [(row.debit, row.credit) for row in was]
    assert (red.dated_on, red.store_id, red.period_id, red.revision) == (
        entry.dated_on,
        entry.store_id,
        entry.period_id,
        1,
    )
    assert (red.reason, red.is_red) == ("价格写错", True)
    assert red.written_by_id == make.person("buyer").user_id
    assert standing("purchase", car.purchase_id) == []


def test_an_entry_is_withdrawn_once_and_a_red_entry_never(app):
    paper = make.cash("100")
    (entry,) = standing("manual_entry", paper.id)
    with unit_of_work():
        red_id = withdraw_entry(entry, "once", None)
    lines = db.session.scalar(select(func.count()).select_from(JournalLine))
    with pytest.raises(DBAPIError), unit_of_work():
        withdraw_entry(entry, "twice", None)
    with pytest.raises(ValueError, match="red"), unit_of_work():
        withdraw_entry(db.session.get(JournalEntry, red_id), "red", None)
    with pytest.raises(ValueError, match="no entry"), unit_of_work():
        ledger.withdraw(paper, "again", None)
    assert db.session.scalar(select(func.count()).select_from(JournalLine)) == lines


def test_approving_again_posts_a_new_revision_under_the_same_number(app):
    paper = make.cash("100")
    make.move(paper, "unapprove", "accountant", "typo")
    make.saved(type(paper), "accountant", paper.id, text="again")
    make.approved(paper, "accountant")
    (entry,) = standing("manual_entry", paper.id)
    assert (entry.number, entry.revision) == (paper.number, 2)
    assert db.session.scalar(select(func.sum(JournalLine.debit))) == yuan("100")


# ── open items and matches ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_match_takes_from_the_paper_that_settles_and_the_rest_opens_an_item(app):
    """A receipt of 500 against 300 owed: nothing is left of the item, 200 more than owed stands on the other side."""
    li, bank = make.party("李雷").id, make.money()
    written(debit(Purpose.receivable, yuan("300"), party_id=li), credit(Purpose.capital, yuan("300")))
    owed = db.session.scalars(select(OpenItem)).one()
    written(
        debit(Purpose.bank, yuan("500"), money_account_id=bank),
        credit(Purpose.receivable, yuan("500"), party_id=li),
        Settle(owed, yuan("300")),
        number="XX-2",
        document_id=2,
    )
    assert items() == [("1122", li, "C", yuan("200"), 0), ("1122", li, "D", yuan("300"), yuan("300"))]


def test_one_item_may_settle_another_without_a_leg(app):
    """CT against SC of one party, as in W7: the two sides are matched, nothing new is opened."""
    seller = make.party("宏达").id
    written(credit(Purpose.payable, yuan("150"), party_id=seller), debit(Purpose.admin_expense, yuan("150")))
    written(
        debit(Purpose.payable, yuan("390"), party_id=seller),
        credit(Purpose.capital, yuan("390")),
        number="B",
        document_id=2,
    )
    mine, theirs = db.session.scalars(select(OpenItem).order_by(OpenItem.id)).all()
    written(Settle(mine, yuan("150")), Settle(theirs, yuan("150")), number="C", document_id=3)
    assert items() == [("2202", seller, "C", yuan("150"), yuan("150")), ("2202", seller, "D", yuan("390"), yuan("150"))]


def test_more_than_is_open_is_refused_and_nothing_is_settled(app):
    li = make.party("李雷").id
    written(debit(Purpose.receivable, yuan("300"), party_id=li), credit(Purpose.capital, yuan("300")))
    owed = db.session.scalars(select(OpenItem)).one()
    effects = (debit(Purpose.admin_expense, yuan("301")), credit(Purpose.receivable, yuan("301"), party_id=li))
    with pytest.raises(Invalid, match="未结"):
        written(*effects, Settle(owed, yuan("301")), number="XX-2", document_id=2)
    assert items() == [("1122", li, "D", yuan("300"), 0)]
    assert db.session.scalar(select(func.count()).select_from(Match)) == 0


def test_taking_a_settlement_back_opens_what_it_settled_and_its_own_item_is_gone(app):
    sale = make.sold(price="58000")
    owed = make.item_of(sale)
    receipt = make.approved(make.settlement(owed, "20000"), "cashier")
    assert (owed.settled, db.session.scalar(select(func.sum(Match.amount)))) == (yuan("20000"), yuan("20000"))
    make.move(receipt, "unapprove", "accountant", "wrong account")
    db.session.expire_all()
    assert (owed.amount, owed.settled) == (yuan("58000"), 0)
    assert db.session.scalar(select(func.count()).select_from(Match)) == 0


def test_an_item_keeps_its_row_through_revisions(app):
    sale = make.sold(price="58000")
    first = make.item_of(sale).id
    make.move(sale, "unapprove", "accountant", "wrong price")
    assert db.session.execute(select(OpenItem.amount).where(OpenItem.id == first)).scalar_one() == 0
    make.saved(type(sale), "sales", sale.id, price="56800")
    make.approved(sale, "sales_manager")
    again = make.item_of(sale)
    assert (again.id, again.amount) == (first, yuan("56800"))


# ── whatever is done and undone, the books hold ──────────────────────────────────────────────────────────────────────
AMOUNT = st.integers(1, 5_000_000).map(lambda fen: Decimal(fen) / 100)
ENTRY = st.tuples(
    st.sampled_from(["receivable", "payable", "advances", "prepaid", "agency", "other_receivable"]),
    st.sampled_from(["debit", "credit"]),
    st.sampled_from(["甲", "乙"]),
    AMOUNT,
)
STEP = st.one_of(
    st.tuples(st.just("enter"), ENTRY),
    st.tuples(st.sampled_from(["toggle", "void"]), st.integers(0, 9)),
)


@given(st.lists(STEP, min_size=1, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_whatever_is_approved_and_unapproved_the_books_hold(app, steps):
    papers = []
    for step, what in steps:
        if step == "enter":
            account, side, party, amount = what
            other = "credit" if side == "debit" else "debit"
            lines = (
                {"account": account, side: str(amount), "party_id": make.party(party).id},
                {"account": "other_income", other: str(amount)},
            )
            papers.append(make.approved(make.manual_entry(*lines), "accountant"))
        elif papers:
            paper = papers[what % len(papers)]
            if step == "toggle" and paper.state is not State.void:
                make.move(paper, "unapprove" if paper.state is State.approved else "approve", "accountant", "again")
            elif step == "void" and paper.state is State.draft:
                make.move(paper, "void", "accountant", "not needed")
    assert [breach for finding in check_books() for breach in finding.breaches] == []
    standing_amount = sum(
        (line.debit for paper in papers if paper.state is State.approved for line in paper.lines), Decimal(0)
    )
    ours = select(func.sum(JournalLine.debit)).join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
    ours = ours.where(
        JournalEntry.document_kind == "manual_entry", JournalEntry.document_id.in_([paper.id for paper in papers])
    )
    assert (db.session.scalar(ours) or 0) == standing_amount
