"""`flask ledger check`: quiet over good books, and every kind of breach, planted behind the triggers, is found."""

import datetime as dt
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import String, cast, func, insert, literal, select, text

from app import clock, triggers
from app.database import unit_of_work
from app.enums import AccountKind, ClosedBy, EntryKind, PeriodState, PurchaseKind, VehicleStatus
from app.extensions import db
from app.ledger import periods
from app.ledger.months import made
from app.models import (
    Account,
    Audit,
    Holding,
    JournalEntry,
    JournalLine,
    ManualEntry,
    Match,
    MoneyAccount,
    OpenItem,
    Period,
    PriceChange,
    Purchase,
    TaxRate,
    Vehicle,
)
from app.workflows.books import check_books
from tests import make
from tests.main_road import travelled
from tests.make import yuan


@contextmanager
def behind_the_triggers():
    """What a person with the database's password could do: the triggers and CHECKs do not look for a moment."""
    connection = db.session.connection()
    dialect = connection.dialect.name
    guarded = [one for one in triggers.guarded() if one[0].startswith("journal") or one[0] == "audit"]
    with unit_of_work():
        for table, operations in guarded:
            for statement in triggers.table_drop_ddl(dialect, table, operations):
                db.session.execute(text(statement))
        if dialect == "sqlite":
            db.session.execute(text("PRAGMA ignore_check_constraints=ON"))
        yield
        if dialect == "sqlite":
            db.session.execute(text("PRAGMA ignore_check_constraints=OFF"))
        for table, operations in guarded:
            for statement in triggers.table_ddl(dialect, table, operations):
                db.session.execute(text(statement))
    db.session.expire_all()


def breaches():
    """Number of the invariant → its sentences."""
    return {finding.number: finding.breaches for finding in check_books() if not finding.ok}


def change(model, *conditions, **values):
    """UPDATE as the database lets it: no engine, no guard. Meets at least one row."""
    result = db.session.execute(model.__table__.update().where(*conditions).values(**values))
    assert result.rowcount


def entry_of(paper):
    """The first entry of a paper."""
    statement = select(JournalEntry.id).where(
        JournalEntry.document_kind == paper.__tablename__, JournalEntry.document_id == paper.id
    )
    return db.session.scalars(statement.order_by(JournalEntry.id)).first()


def line_on(entry_id, number):
    """The id of an entry's line on an account."""
    statement = select(JournalLine.id).join(Account, Account.id == JournalLine.account_id)
    return db.session.scalars(statement.where(JournalLine.entry_id == entry_id, Account.number == number)).first()


def typed(debit_account, credit_account, amount="100", on="2026-11-05", **dimensions):
    """An approved manual entry of two lines; dimensions as `debit_party_id` or `credit_money_account_id`."""
    lines = []
    for side, account in (("debit", debit_account), ("credit", credit_account)):
        own = {key.removeprefix(f"{side}_"): value for key, value in dimensions.items() if key.startswith(side)}
        lines.append({"account": account, side: amount, **own})
    return make.approved(make.manual_entry(*lines, dated_on=on), "accountant")


def shut(month):
    with unit_of_work():
        return periods.close(made(month).id, make.person("accountant"))


@pytest.fixture
def road(app):
    return travelled()


# ── good books ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_main_road_leaves_nothing_to_find(road):
    findings = check_books()
    assert [finding.number for finding in findings] == list(range(1, 11))
    assert all(finding.ok for finding in findings), breaches()


def test_empty_books_hold(app):
    assert breaches() == {}


def test_every_line_tells_its_figures_and_the_status_is_0(road, app):
    result = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("✓") for line in lines)
    told = dict(enumerate(lines, 1))
    assert "在库 1 台，成本合计 52,000.00" in told[2]
    assert "1,018.21" in told[8]
    assert "423,765.00" in told[9]
    assert "40,427.29" in told[10]


def test_a_breach_is_printed_under_its_line_and_the_status_is_1(road, app):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "1122"), debit=yuan("36666.01"))
    result = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("✗  1")
    assert road.to_sun.number in lines[1]
    assert "66,966.01" in lines[1]


def test_many_breaches_are_counted_and_not_all_printed(app):
    for _number in range(22):
        make.cash("1")
    with behind_the_triggers():
        change(JournalLine, JournalLine.credit > 0, credit=yuan("2"))
    result = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert result.exit_code == 1
    assert "     … " in result.output


# ── 1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_entry_out_of_balance_is_found_in_entry_store_and_whole(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "5001"), credit=yuan("36483.59"))
    found = breaches()
    assert len(found[1]) == 3
    assert road.to_sun.number in found[1][0]


def test_a_line_in_another_store_than_its_entry_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.entry_id == entry_of(road.to_sun), store_id=make.store("城西店"))
    assert any(road.to_sun.number in sentence for sentence in breaches()[1])


# ── 2 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_inventory_without_a_car_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.h002.purchase), "1405"), holding_id=None)
    assert any("没有车辆" in sentence for sentence in breaches()[2])


def test_inventory_below_zero_on_one_day_is_found(road):
    """The sale is dated before the purchase: at the end all is 0, in between it is not."""
    with behind_the_triggers():
        change(JournalEntry, JournalEntry.id == entry_of(road.to_sun), dated_on=dt.date(2026, 11, 2))
    found = breaches()[2]
    assert any("2026-11-02" in sentence and "−30,300.00" in sentence for sentence in found)


def test_inventory_booked_after_the_car_left_is_found(road):
    with behind_the_triggers():
        late = db.session.scalars(select(JournalLine.id).where(JournalLine.debit == yuan("480"))).one()
        change(JournalLine, JournalLine.id == late, account_id=make.account("1405"))
    found = breaches()[2]
    assert any("2026-12-05" in sentence and road.h006.stock_no in sentence for sentence in found)
    assert any("不在库" in sentence for sentence in found)


def test_inventory_of_a_car_that_was_never_opened_is_found(road):
    with behind_the_triggers():
        change(Holding, Holding.id == road.h002.id, opened_on=None)
    assert any(road.h002.stock_no in sentence for sentence in breaches()[2])


def test_a_consigned_car_with_a_cost_is_found(road):
    with behind_the_triggers():
        change(Purchase, Purchase.id == road.h002.purchase_id, kind=PurchaseKind.consigned)
    assert any("寄售" in sentence for sentence in breaches()[2])


# ── 3 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_value_on_the_account_of_parts_is_found_while_parts_are_not_kept(road):
    with behind_the_triggers():
        change(
            JournalLine,
            JournalLine.id == line_on(entry_of(road.h002.purchase), "1405"),
            account_id=make.account("1403"),
        )
    assert len(breaches()[3]) == 1


# ── 4 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_draft_that_still_has_an_entry_is_found(road):
    with behind_the_triggers():
        change(ManualEntry, ManualEntry.number == "JZ2611-0001", state="draft", approved_at=None)
    found = breaches()[4]
    assert any("JZ2611-0001" in sentence and "未审核" in sentence for sentence in found)


def test_an_approved_paper_whose_entry_is_gone_is_found(app):
    paper = make.cash("100")
    with behind_the_triggers():
        db.session.execute(text("DELETE FROM journal_line"))
        db.session.execute(text("DELETE FROM journal_entry"))
    assert any(paper.number in sentence for sentence in breaches()[4])


def test_a_second_entry_of_one_paper_is_found(app):
    paper = make.cash("100")
    twice = {
        name: getattr(db.session.get(JournalEntry, entry_of(paper)), name)
        for name in (
            "document_kind",
            "document_id",
            "number",
            "revision",
            "kind",
            "dated_on",
            "period_id",
            "store_id",
            "written_at",
        )
    }
    with unit_of_work():
        db.session.execute(insert(JournalEntry).values(**twice, is_red=False))
    assert any(paper.number in sentence and "2" in sentence for sentence in breaches()[4])


def test_an_entry_of_no_paper_and_one_of_a_price_paper_are_found(road):
    price = make.priced(road.h002)
    facts = {
        "revision": 1,
        "kind": EntryKind.normal,
        "dated_on": price.dated_on,
        "store_id": price.store_id,
        "is_red": False,
    }
    with unit_of_work():
        facts |= {"period_id": made("2026-11").id, "written_at": price.approved_at}
        db.session.execute(insert(JournalEntry).values(document_kind="ghost", document_id=1, number="XX-1", **facts))
        db.session.execute(
            insert(JournalEntry).values(
                document_kind="price_change", document_id=price.id, number=price.number, **facts
            )
        )
    found = breaches()[4]
    assert any("XX-1" in sentence for sentence in found)
    assert any(price.number in sentence for sentence in found)
    assert db.session.scalar(select(func.count()).select_from(PriceChange)) == 1


@pytest.mark.parametrize("change_of_head", [{"number": "XX-9"}, {"revision": 7}, {"dated_on": dt.date(2026, 11, 24)}])
def test_an_entry_that_says_something_else_than_its_paper_is_found(road, change_of_head):
    with behind_the_triggers():
        change(JournalEntry, JournalEntry.id == entry_of(road.to_sun), **change_of_head)
    assert any(road.to_sun.number in sentence for sentence in breaches()[4])


@pytest.mark.parametrize(
    ("of_line", "values"),
    [
        ("5001", {"credit": yuan("-57711.43")}),
        ("1122", {"party_id": None}),
        ("5001", {"text": "other"}),
        ("1405", {"position": 77}),
    ],
)
def test_a_red_entry_that_does_not_cancel_line_by_line_is_found(road, of_line, values):
    red = db.session.scalars(select(JournalEntry.id).where(JournalEntry.is_red)).one()
    with behind_the_triggers():
        if "party_id" in values:
            values = {"party_id": make.party("顺达代办").id}
        change(JournalLine, JournalLine.id == line_on(red, of_line), **values)
    assert any("逐行" in sentence for sentence in breaches()[4])


def test_a_red_entry_with_another_head_is_found(road):
    with behind_the_triggers():
        change(JournalEntry, JournalEntry.is_red, dated_on=dt.date(2026, 11, 13))
    assert any("红字" in sentence for sentence in breaches()[4])


def test_a_closing_entry_in_an_open_month_is_found(app):
    typed("bank", "other_income", debit_money_account_id=make.money(), on="2026-01-05")
    shut("2026-01")
    with behind_the_triggers():
        change(Period, Period.month == "2026-01", state=PeriodState.open, digest=None)
    assert any("2026-01" in sentence for sentence in breaches()[4])


# ── 5 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_item_settled_without_a_match_is_found(road):
    with behind_the_triggers():
        change(OpenItem, OpenItem.id == make.item_of(road.to_sun).id, settled=yuan("1"))
    found = breaches()[5]
    assert any(road.to_sun.number in sentence for sentence in found)
    assert any("孙丽" in sentence and "36,665.00" in sentence for sentence in found)


def test_an_item_settled_beyond_its_amount_is_found(app):
    if db.engine.dialect.name == "postgresql":
        with unit_of_work():
            db.session.execute(text("ALTER TABLE open_item DROP CONSTRAINT ck_open_item_settled_within_amount"))
    sale = make.sold(price="58000")
    receipt = make.approved(make.settlement(make.item_of(sale), "20000"), "accountant")
    with behind_the_triggers():
        change(OpenItem, OpenItem.document_id == sale.id, OpenItem.document_kind == "sale", settled=yuan("60000"))
        change(Match, Match.document_id == receipt.id, amount=yuan("60000"))
    assert any(sale.number in sentence for sentence in breaches()[5])


def test_a_match_of_a_paper_that_does_not_stand_is_found(road):
    with behind_the_triggers():
        db.session.execute(
            insert(Match).values(
                document_kind="settlement",
                document_id=999,
                number="JS-X",
                item_id=make.item_of(road.to_sun).id,
                amount=yuan("5"),
            )
        )
    assert any("JS-X" in sentence for sentence in breaches()[5])


def test_an_item_of_a_paper_that_does_not_stand_is_found(road):
    with behind_the_triggers():
        values = {
            "document_kind": "sale",
            "document_id": 999,
            "number": "XS-X",
            "account_id": make.account("1122"),
            "side": "D",
        }
        values |= {"party_id": road.to_sun.buyer_id, "store_id": road.to_sun.store_id, "dated_on": dt.date(2026, 11, 1)}
        db.session.execute(insert(OpenItem).values(**values, amount=yuan("5"), settled=0))
    found = breaches()[5]
    assert any("XS-X" in sentence for sentence in found)
    assert any("孙丽" in sentence for sentence in found)


def test_a_balance_moved_from_one_party_to_another_is_found_at_both(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "1122"), party_id=road.to_han.buyer_id)
    found = breaches()[5]
    assert {name for name in ("孙丽", "韩梅") if any(name in sentence for sentence in found)} == {"孙丽", "韩梅"}


def test_a_receivable_without_a_party_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "1122"), party_id=None)
    assert any("36,666.00" in sentence and "孙丽" not in sentence for sentence in breaches()[5])


# ── 6 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_status_that_its_papers_do_not_give_is_found(road):
    with behind_the_triggers():
        change(Vehicle, Vehicle.id == road.h002.vehicle_id, status=VehicleStatus.for_sale)
    (sentence,) = breaches()[6]
    assert road.h002.vehicle.vin in sentence


def test_a_sold_car_whose_holding_is_open_again_is_found(road):
    with behind_the_triggers():
        change(Holding, Holding.id == road.h006.id, closed_on=None, closed_by=None)
    found = breaches()
    assert any(road.h006.vehicle.vin in sentence for sentence in found[6])


def test_a_car_in_stock_whose_holding_is_closed_is_found(road):
    with behind_the_triggers():
        change(Holding, Holding.id == road.h002.id, closed_on=dt.date(2026, 11, 30), closed_by=ClosedBy.sale)
    found = breaches()
    assert any(road.h002.vehicle.vin in sentence for sentence in found[6])
    assert any(road.h002.stock_no in sentence and "52,000.00" in sentence for sentence in found[2])


# ── 7 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def closed(app):
    """Income of 100 in January and February, both closed."""
    for month in ("2026-01", "2026-02"):
        typed("bank", "other_income", debit_money_account_id=make.money(), on=f"{month}-05")
        shut(month)


def test_closed_months_hold_until_somebody_changes_them(closed):
    assert breaches() == {}


def test_a_changed_amount_in_a_closed_month_is_found(closed):
    first = db.session.scalars(select(func.min(JournalEntry.id))).one()
    with behind_the_triggers():
        change(JournalLine, JournalLine.entry_id == first, JournalLine.debit > 0, debit=yuan("101"))
        change(JournalLine, JournalLine.entry_id == first, JournalLine.credit > 0, credit=yuan("101"))
    found = breaches()[7]
    assert any("2026-01" in sentence for sentence in found)
    assert any("2026-02" in sentence for sentence in found)  # its opening balance moved along
    assert any("未结转" in sentence for sentence in found)


def test_a_changed_digest_is_found(closed):
    with behind_the_triggers():
        change(Period, Period.month == "2026-02", digest="0" * 64)
    assert breaches()[7] == ["2026-02 的试算表与结账时不同。"]


def test_a_month_reopened_out_of_order_and_without_a_trail_is_found(closed):
    with behind_the_triggers():
        change(Period, Period.month == "2026-01", state=PeriodState.open, digest=None)
    found = breaches()[7]
    assert any("更早的 2026-01" in sentence for sentence in found)
    assert any("记录" in sentence for sentence in found)


def test_a_closing_wiped_from_the_trail_is_found(closed):
    with behind_the_triggers():
        db.session.execute(Audit.__table__.delete().where(Audit.code == "period.closed", Audit.number == "2026-02"))
    (sentence,) = breaches()[7]
    assert "2026-02" in sentence


def test_a_pair_slipped_into_a_closed_month_is_found_though_it_changes_no_balance(closed):
    with behind_the_triggers():
        later = db.session.scalars(select(Period.closed_at).where(Period.month == "2026-02")).one() + dt.timedelta(
            seconds=5
        )
        first = db.session.scalars(select(func.min(JournalEntry.id))).one()
        change(JournalEntry, JournalEntry.id == first, written_at=later)
    assert any("之后" in sentence for sentence in breaches()[7])


def test_an_entry_dated_outside_its_period_is_found(closed):
    make.cash("5", on="2026-03-05")
    last = db.session.scalars(select(func.max(JournalEntry.id))).one()
    with behind_the_triggers():
        change(JournalEntry, JournalEntry.id == last, dated_on=dt.date(2026, 4, 5))
    assert any("2026-03" in sentence for sentence in breaches()[7])


# ── 8 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "values", [{"credit": yuan("182.43")}, {"taxed_gross": yuan("36000")}, {"tax_rate_id": None}, {"taxed_gross": None}]
)
def test_a_vat_line_that_is_not_the_tax_of_its_amount_is_found(road, values):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "2221.01"), **values)
    assert any(road.to_sun.number in sentence for sentence in breaches()[8])


def test_a_rate_that_was_not_valid_on_the_day_is_found(road):
    rate = db.session.scalars(
        select(JournalLine.tax_rate_id).where(JournalLine.id == line_on(entry_of(road.to_sun), "2221.01"))
    ).one()
    with behind_the_triggers():
        change(TaxRate, TaxRate.id == rate, to_on=dt.date(2026, 11, 20))
    assert [road.to_sun.number in sentence for sentence in breaches()[8]] == [True]


def test_tax_on_another_account_is_found(road):
    with behind_the_triggers():
        change(
            JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "2221.01"), account_id=make.account("2221.02")
        )
    assert any("别的科目" in sentence for sentence in breaches()[8])


def test_two_rates_for_one_thing_on_one_day_are_found(app):
    with unit_of_work():
        rate = db.session.scalars(select(TaxRate).order_by(TaxRate.id)).first()
        same = {name: getattr(rate, name) for name in ("tax_kind", "taxpayer", "method", "rate")}
        db.session.add(TaxRate(**same, from_on=dt.date(2027, 12, 31)))
    assert len(breaches()[8]) == 1


def test_vat_typed_by_hand_is_no_breach_and_shown_apart(road):
    typed("surtax", "vat", "12.34")
    found = {finding.number: finding for finding in check_books()}
    assert found[8].ok
    assert "手工 12.34" in found[8].figures


# ── 9 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_money_without_its_account_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.money_account_id == make.money("微信"), money_account_id=None)
    found = breaches()[9]
    assert any("没有资金账户" in sentence for sentence in found)
    assert any("1012" in sentence for sentence in found)


def test_money_on_the_wrong_ledger_account_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.money_account_id == make.money("微信"), account_id=make.account("1002"))
    assert any("科目不对" in sentence for sentence in breaches()[9])


def test_a_till_below_zero_between_two_days_is_found(app):
    make.cash("100", on="2026-11-03")
    with behind_the_triggers():
        change(MoneyAccount, MoneyAccount.name == "门店现金", is_till=False)
    typed("admin_expense", "cash", "60", on="2026-11-02", credit_money_account_id=make.money("门店现金"))
    with behind_the_triggers():
        change(MoneyAccount, MoneyAccount.name == "门店现金", is_till=True)
    (sentence,) = breaches()[9]
    assert "2026-11-02" in sentence
    assert "−60.00" in sentence


# ── 10 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_income_of_a_sale_without_its_car_is_found(road):
    with behind_the_triggers():
        change(JournalLine, JournalLine.id == line_on(entry_of(road.to_sun), "5001"), holding_id=None)
    (sentence,) = breaches()[10]
    assert road.to_sun.number in sentence


def test_a_margin_report_that_leaves_an_account_out_is_found(road, monkeypatch):
    from app.ledger import statements

    whole = statements._part_of_margin  # the report is what is broken here
    monkeypatch.setattr(
        statements,
        "_part_of_margin",
        lambda purpose, kind: None if kind is AccountKind.income else whole(purpose, kind),
    )
    assert len(breaches()[10]) == 1


# ── triggers are back, and it is quick ───────────────────────────────────────────────────────────────────────────────
def test_after_planting_the_triggers_guard_again(app):
    make.cash("100")
    with behind_the_triggers():
        change(JournalLine, JournalLine.debit > 0, text="x")
    with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
        db.session.execute(text("UPDATE journal_line SET text = 'y'"))


def fill(model, numbers, **values):
    """A row of `model` for each of `numbers`, made inside the database; values may be expressions over the number."""
    table = model.__table__
    columns = [
        value if hasattr(value, "self_group") else literal(value, table.c[key].type) for key, value in values.items()
    ]
    db.session.execute(insert(table).from_select(list(values), select(*columns).select_from(numbers)))


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_proven_in_seconds(app):
    """50,000 entries on 20 parties; the check stays a handful of set queries."""
    parties = [make.party(f"P{number}").id for number in range(20)]
    numbers = select(literal(1_000_000).label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 1_049_999))
    n = numbers.c.n
    party = parties[0] + n % len(parties)
    assert parties == list(range(parties[0], parties[0] + len(parties)))
    now, day, store, ten = clock.now(), dt.date(2026, 11, 5), make.store(), yuan("10")
    number = "JZ-" + cast(n, String)
    paper = {"document_kind": "manual_entry", "document_id": n, "number": number, "dated_on": day, "store_id": store}
    line = {"entry_id": n, "is_red": False, "store_id": store}
    with unit_of_work():
        stamps = {
            "created_at": now,
            "changed_at": now,
            "version": 1,
            "revision": 1,
            "state": "approved",
            "approved_at": now,
        }
        fill(ManualEntry, numbers, id=n, number=number, dated_on=day, store_id=store, text="x", **stamps)
        head = {"revision": 1, "kind": "normal", "period_id": made("2026-11").id, "is_red": False, "written_at": now}
        fill(JournalEntry, numbers, id=n, **paper, **head)
        receivable = {"account_id": make.account("1122"), "party_id": party}
        fill(JournalLine, numbers, **line, **receivable, position=0, debit=ten, credit=yuan("0"))
        fill(JournalLine, numbers, **line, account_id=make.account("5051"), position=1, debit=yuan("0"), credit=ten)
        fill(OpenItem, numbers, **paper, **receivable, side="D", amount=ten, settled=yuan("0"))
    assert db.session.scalar(select(func.count()).select_from(JournalLine)) == 100_000
    started = time.perf_counter()
    assert breaches() == {}
    assert time.perf_counter() - started < 10
