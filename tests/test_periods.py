"""Accounting months: closed oldest first, reopened newest first, and nothing is posted into a closed one."""

import datetime as dt
import threading
import time
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.database import unit_of_work
from app.enums import EntryKind, PeriodState
from app.errors import Invalid, NotAllowed, NotThere, Refused, WrongState
from app.extensions import db
from app.ledger import periods, statements
from app.ledger.months import first_month, made, period_for
from app.ledger.posting import standing
from app.models import Account, Audit, CompanyProfile, JournalEntry, JournalLine, Period
from app.workflows.books import check_books
from tests import make
from tests.conftest import DATABASES, new_app, new_database
from tests.main_road import travelled
from tests.make import yuan


def period(month):
    with unit_of_work():
        return made(month)


def close(month, by="accountant"):
    with unit_of_work():
        return periods.close(made(month).id, make.person(by))


def close_up_to(month):
    for one in [name.month for name in periods.calendar()]:
        if one <= month and period(one).state is PeriodState.open:
            close(one)


def reopen(month, by="boss", reason="漏记一笔"):
    with unit_of_work():
        return periods.reopen(period_id_of(month), make.person(by), reason)


def period_id_of(month):
    return db.session.scalars(select(Period.id).where(Period.month == month)).one()


def state_of(month):
    return db.session.scalar(select(Period.state).where(Period.month == month))


def closing_lines(month):
    """(account number, debit, credit) of the closing entries that stand, in order."""
    rows = []
    for entry in standing("period", period_id_of(month)):
        statement = select(Account.number, JournalLine.debit, JournalLine.credit).join(
            Account, Account.id == JournalLine.account_id
        )
        rows += db.session.execute(
            statement.where(JournalLine.entry_id == entry.id).order_by(JournalLine.position)
        ).all()
    return rows


def earned(amount, day, store=None, account="other_income"):
    """Income (or with another account a cost's other side) without VAT."""
    lines = (
        {"account": "bank", "debit": amount, "money_account_id": make.money()},
        {"account": account, "credit": amount},
    )
    return make.approved(
        make.manual_entry(*lines, dated_on=day, **({"store_id": store} if store else {})), "accountant"
    )


def spent(amount, day):
    lines = (
        {"account": "admin_expense", "debit": amount},
        {"account": "bank", "credit": amount, "money_account_id": make.money()},
    )
    return make.approved(make.manual_entry(*lines, dated_on=day), "accountant")


# ── months ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_months_run_from_the_companys_first_to_todays_and_are_made_when_asked_for(app):
    assert [one.period_id for one in periods.calendar()] == [None] * 12
    assert db.session.scalar(select(func.count()).select_from(Period)) == 0
    with unit_of_work():
        found = periods.months()
    assert [one.month for one in found] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert [one.period_id for one in periods.calendar()] == [one.id for one in found]


def test_a_month_that_is_not_the_companys_yet_cannot_be_asked_for(app):
    for month in ("2025-12", "2027-01", "9999-12"):
        with pytest.raises(Invalid), unit_of_work():
            made(month)
    assert db.session.scalar(select(func.count()).select_from(Period)) == 0


@pytest.mark.parametrize(("day", "word"), [("2027-01-01", "今天之后"), ("2025-12-31", "2026-01")])
def test_a_day_outside_the_books_is_refused_with_the_reason(app, day, word):
    with pytest.raises(Invalid, match=word) as caught:
        period_for(dt.date.fromisoformat(day))
    assert [field for field, _words in caught.value.problems] == ["dated_on"]


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_novembers_closing_entry_is_the_worked_one_line_for_line(app):
    travelled()
    close_up_to("2026-11")
    assert closing_lines("2026-11") == [
        ("5001", yuan("202453.73"), 0),
        ("5051", yuan("594.06"), 0),
        ("5401", 0, yuan("162140.50")),
        ("5403", 0, yuan("61.09")),
        ("5603", 0, yuan("75.00")),
        ("3103", 0, yuan("40771.20")),
    ]
    (entry,) = standing("period", period_id_of("2026-11"))
    assert (entry.kind, entry.dated_on, entry.number) == (EntryKind.closing, dt.date(2026, 11, 30), "QM2611")
    assert [breach for finding in check_books() for breach in finding.breaches] == []


def test_each_store_has_a_closing_entry_of_its_own(app):
    west = make.store("城西店")
    earned("100", "2026-01-05")
    earned("30", "2026-01-06", store=west)
    close("2026-01")
    profits = {
        entry.store_id: db.session.scalar(
            select(func.sum(JournalLine.credit))
            .join(Account)
            .where(JournalLine.entry_id == entry.id, Account.number == "3103")
        )
        for entry in standing("period", period_id_of("2026-01"))
    }
    assert profits == {make.store(): 100, west: 30}


def test_a_loss_stands_on_the_debit_side_of_profit(app):
    spent("70", "2026-01-05")
    close("2026-01")
    assert closing_lines("2026-01") == [("5602", 0, 70), ("3103", 70, 0)]


def test_a_month_without_income_or_cost_closes_without_an_entry(app):
    make.cash("500", on="2026-01-05")
    close("2026-01")
    assert state_of("2026-01") is PeriodState.closed
    assert standing("period", period_id_of("2026-01")) == []
    earned("100", "2026-02-05")
    spent("100", "2026-02-06")
    close("2026-02")
    assert closing_lines("2026-02") == [("5051", 100, 0), ("5602", 0, 100)]


def test_an_account_that_asks_for_a_dimension_is_carried_by_it(app):
    from app.enums import Control

    with unit_of_work():
        db.session.scalars(select(Account).where(Account.number == "5602")).one().control = Control.employee
    people = [make.employee("sales"), make.employee("boss")]
    for employee in people:
        lines = (
            {"account": "admin_expense", "debit": "5", "employee_id": employee},
            {"account": "capital", "credit": "5"},
        )
        make.approved(make.manual_entry(*lines, dated_on="2026-01-05"), "accountant")
    close("2026-01")
    (entry,) = standing("period", period_id_of("2026-01"))
    lines = select(JournalLine.employee_id, JournalLine.credit).where(
        JournalLine.entry_id == entry.id, JournalLine.credit > 0
    )
    assert sorted(db.session.execute(lines).all()) == sorted((one, Decimal(5)) for one in people)


def test_december_carries_the_years_profit_to_retained_earnings(app):
    earned("1000", "2026-03-05")
    spent("300", "2026-12-10")
    close_up_to("2026-12")
    assert closing_lines("2026-12") == [("5602", 0, 300), ("3103", 300, 0), ("3103", 700, 0), ("3104", 0, 700)]
    after = {row.number: row for row in statements.trial_balance(dt.date(2026, 12, 31), make.person("boss")).rows}
    assert after["3103"].closing_debit == after["3103"].closing_credit == 0
    assert after["3104"].closing_credit == 700
    assert [breach for finding in check_books() for breach in finding.breaches] == []


def test_december_carries_profit_on_even_when_it_earned_nothing_itself(app):
    earned("1000", "2026-03-05")
    close_up_to("2026-12")
    assert closing_lines("2026-12") == [("3103", 1000, 0), ("3104", 0, 1000)]


def test_months_close_oldest_first(app):
    period("2026-12")
    with pytest.raises(Refused, match="2026-01"):
        close("2026-02")
    assert state_of("2026-02") is PeriodState.open
    close("2026-01")
    close("2026-02")
    with pytest.raises(WrongState):
        close("2026-02")


def test_a_month_closes_on_its_last_day_at_the_earliest(app, monkeypatch):
    period("2026-12")
    for day, allowed in ((dt.date(2026, 1, 30), False), (dt.date(2026, 1, 31), True)):
        monkeypatch.setitem(app.config, "CARYARD_TODAY", day)
        if not allowed:
            with pytest.raises(Refused, match="2026-01-31"):
                close("2026-01")
        else:
            assert close("2026-01").state is PeriodState.closed


@pytest.mark.parametrize("username", ["boss", "admin", "cashier", "sales_manager", "readonly"])
def test_only_the_accountant_closes(app, username):
    period("2026-12")
    with pytest.raises(NotAllowed):
        close("2026-01", by=username)
    assert state_of("2026-01") is PeriodState.open
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 0


def test_a_period_that_is_not_there_is_not_there(app):
    with pytest.raises(NotThere), unit_of_work():
        periods.close(999_999, make.person("accountant"))


def test_closing_and_reopening_stand_in_the_audit_trail(app):
    close("2026-01")
    reopen("2026-01")
    rows = db.session.execute(
        select(Audit.code, Audit.number, Audit.reason).where(Audit.table_name == "period").order_by(Audit.id)
    )
    assert rows.all() == [("period.closed", "2026-01", None), ("period.reopened", "2026-01", "漏记一笔")]


def test_before_closing_the_preview_tells_the_entry_and_the_drafts_and_writes_nothing(app):
    earned("1000", "2026-01-05")
    make.manual_entry(dated_on="2026-01-09")
    make.purchase(dated_on="2026-01-10")
    lines = db.session.scalar(select(func.count()).select_from(JournalLine))
    told = periods.close_preview("2026-01", make.person("accountant"))
    assert told.drafts == {"manual_entry": 1, "purchase": 1}
    assert told.profit == 1000
    assert told.obstacles == []
    assert [(line.number, line.debit, line.credit) for line in told.entries["城东店"]] == [
        ("5051", 1000, 0),
        ("3103", 0, 1000),
    ]
    assert db.session.scalar(select(func.count()).select_from(JournalLine)) == lines
    assert periods.close_preview("2026-02", make.person("boss")).obstacles
    with pytest.raises(NotAllowed):
        periods.close_preview("2026-01", make.person("sales"))
    close("2026-01")
    assert closing_lines("2026-01") == [("5051", 1000, 0), ("3103", 0, 1000)]
    assert periods.close_preview("2026-01", make.person("boss")).obstacles


# ── a closed month ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_posting_into_a_closed_month_is_refused_and_a_date_is_offered(app):
    close_up_to("2026-11")
    draft = make.manual_entry(dated_on="2026-11-05")
    with pytest.raises(Invalid, match="2026-12-01") as caught:
        make.approved(draft, "accountant")
    assert "dated_on" in make.problems_of(caught.value)
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 0
    make.saved(type(draft), "accountant", draft.id, dated_on="2026-12-01")
    make.approved(draft, "accountant")


def test_nothing_is_withdrawn_from_a_closed_month(app):
    paper = make.cash("100", on="2026-01-05")
    close("2026-01")
    with pytest.raises(Refused, match="已结账"):
        make.move(paper, "unapprove", "accountant", "typo")
    assert len(standing("manual_entry", paper.id)) == 1


# ── reopening ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_reopening_withdraws_the_closing_entry_and_closing_again_posts_the_next_revision(app):
    earned("100", "2026-01-05")
    first = close("2026-01").digest
    reopen("2026-01")
    assert standing("period", period_id_of("2026-01")) == []
    assert state_of("2026-01") is PeriodState.open
    assert db.session.scalar(select(func.sum(JournalLine.credit)).join(Account).where(Account.number == "3103")) == 0
    assert close("2026-01").digest == first
    (entry,) = standing("period", period_id_of("2026-01"))
    assert entry.revision == 2
    reopen("2026-01")
    spent("40", "2026-01-06")
    assert close("2026-01").digest != first
    assert closing_lines("2026-01") == [("5051", 100, 0), ("5602", 0, 40), ("3103", 0, 60)]
    assert [breach for finding in check_books() for breach in finding.breaches] == []


def test_months_reopen_newest_first(app):
    close_up_to("2026-03")
    with pytest.raises(Refused, match="2026-03"):
        reopen("2026-02")
    reopen("2026-03")
    reopen("2026-02")
    with pytest.raises(WrongState):
        reopen("2026-02")
    assert [state_of(f"2026-0{month}") for month in (1, 2, 3)] == [
        PeriodState.closed,
        PeriodState.open,
        PeriodState.open,
    ]


@pytest.mark.parametrize("username", ["accountant", "admin", "cashier"])
def test_only_the_general_manager_reopens(app, username):
    close("2026-01")
    with pytest.raises(NotAllowed):
        reopen("2026-01", by=username)
    assert state_of("2026-01") is PeriodState.closed


def test_reopening_wants_a_reason(app):
    close("2026-01")
    with pytest.raises(Refused, match="原因"):
        reopen("2026-01", reason="  ")
    assert state_of("2026-01") is PeriodState.closed


def test_renaming_an_account_does_not_touch_a_digest(app):
    earned("100", "2026-01-05")
    digest = close("2026-01").digest
    with unit_of_work():
        account = db.session.scalars(select(Account).where(Account.number == "5051")).one()
        account.number, account.name = "5052", "renamed"
    assert periods.digests("2026-01")["2026-01"] == digest
    assert len(digest) == 64


def test_the_books_may_begin_in_the_middle_of_a_year(app):
    with unit_of_work():
        db.session.get(CompanyProfile, 1).first_period_on = dt.date(2026, 11, 1)
    assert first_month() == "2026-11"
    assert [one.month for one in periods.calendar()] == ["2026-11", "2026-12"]
    close("2026-11")
    assert state_of("2026-11") is PeriodState.closed


# ── at the same time ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def own_app(tmp_path):
    """The application on a PostgreSQL database of its own, where several threads may commit."""
    if "postgresql" not in DATABASES:
        pytest.skip("needs a PostgreSQL server")
    url, drop = new_database("postgresql", tmp_path)
    application = new_app(url, tmp_path)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    drop()


def in_threads(application, *deeds):
    """Run each in a thread with its own session; returns what each returned or raised."""
    outcomes = [None] * len(deeds)

    def run(position, deed):
        with application.app_context():
            try:
                outcomes[position] = deed()
            except Exception as error:  # noqa: BLE001  # told to the test
                outcomes[position] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


@pytest.mark.postgres
def test_who_closes_waits_for_who_posts_and_counts_what_was_posted(own_app):
    posted, closing = threading.Event(), threading.Event()

    with own_app.app_context():
        draft_id = make.manual_entry(
            {"account": "bank", "debit": "100", "money_account_id": make.money()},
            {"account": "other_income", "credit": "100"},
            dated_on="2026-01-05",
        ).id
        period("2026-12")

    def post():
        from app.models import ManualEntry
        from app.workflows import engine

        accountant = make.person("accountant")
        db.session.rollback()
        with unit_of_work():
            engine.run(ManualEntry, draft_id, "approve", accountant)
            posted.set()
            closing.wait(10)
            time.sleep(0.5)  # the closer is at the lock by now

    def shut():
        posted.wait(10)
        closing.set()
        return close("2026-01").digest

    posting, digest = in_threads(own_app, post, shut)
    assert posting is None
    with own_app.app_context():
        assert closing_lines("2026-01") == [("5051", 100, 0), ("3103", 0, 100)]
        assert periods.digests("2026-01")["2026-01"] == digest
        assert [breach for finding in check_books() for breach in finding.breaches] == []


@pytest.mark.postgres
def test_who_posts_while_a_month_closes_is_told_and_offered_a_date(own_app):
    closed, posting = threading.Event(), threading.Event()
    with own_app.app_context():
        draft = make.manual_entry(dated_on="2026-01-05")
        period("2026-12")
        db.session.refresh(draft)
        db.session.expunge(draft)

    def shut():
        accountant = make.person("accountant")
        with unit_of_work():
            periods.close(period_id_of("2026-01"), accountant)
            closed.set()
            posting.wait(10)
            time.sleep(0.5)

    def post():
        closed.wait(10)
        posting.set()
        return make.approved(draft, "accountant")

    done, refusal = in_threads(own_app, shut, post)
    assert done is None
    assert isinstance(refusal, Invalid)
    assert "2026-02-01" in str(refusal)
    with own_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 0


@pytest.mark.postgres
def test_two_first_clerks_of_a_month_make_it_once(own_app):
    def ask():
        with unit_of_work():
            return period_for(dt.date(2026, 6, 5)).id

    outcomes = in_threads(own_app, *[ask] * 6)
    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], int)
    with own_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Period)) == 6


@pytest.mark.postgres
def test_of_two_who_close_one_month_one_does_and_the_other_is_told(own_app):
    with own_app.app_context():
        earned("100", "2026-01-05")
        period("2026-12")
    outcomes = in_threads(own_app, lambda: close("2026-01").month, lambda: close("2026-01").month)
    assert sorted(type(one).__name__ for one in outcomes) == ["WrongState", "str"]
    with own_app.app_context():
        assert len(standing("period", period_id_of("2026-01"))) == 1


@pytest.mark.postgres
def test_closing_the_next_month_and_reopening_the_last_do_not_pass_each_other(own_app):
    with own_app.app_context():
        period("2026-12")
        close("2026-01")
    for _round in range(4):
        in_threads(own_app, lambda: close("2026-02").month, lambda: reopen("2026-01").month)
        with own_app.app_context():
            states = (state_of("2026-01"), state_of("2026-02"))
            assert states != (PeriodState.open, PeriodState.closed)
            if states == (PeriodState.closed, PeriodState.closed):
                reopen("2026-02")
            if state_of("2026-01") is PeriodState.open:
                close("2026-01")
