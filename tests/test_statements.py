"""What the books say, on the main road of the worked examples (W0): figures to the cent, worked out by hand."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import event

from app.database import unit_of_work
from app.enums import Side
from app.errors import NotAllowed
from app.extensions import db
from app.ledger import periods, statements
from app.ledger.statements import Wanted
from tests import make
from tests.main_road import travelled
from tests.make import yuan

END = dt.date(2026, 11, 30)
START = dt.date(2026, 11, 1)


@pytest.fixture
def road(app):
    return travelled()


def close_november():
    with unit_of_work():
        for period in periods.months():
            if period.month <= "2026-11":
                periods.close(period.id, make.person("accountant"))


class CountedStatements:
    """How many statements reach the database inside."""

    def __enter__(self):
        self.number = 0
        event.listen(db.engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_error):
        event.remove(db.engine, "before_cursor_execute", self._count)

    def _count(self, *_args):
        self.number += 1


def closing_balances(found):
    return {row.number: net for row in found.rows if (net := row.closing_debit - row.closing_credit)}


BEFORE = {
    "1001": "3780.00",
    "1002": "412995.00",
    "1012": "6990.00",
    "1122": "93466.00",
    "1405": "52000.00",
    "2202": "-127380.50",
    "2221.01": "-1018.21",
    "2221.02": "-61.09",
    "3001": "-400000.00",
    "5001": "-202453.73",
    "5051": "-594.06",
    "5401": "162140.50",
    "5403": "61.09",
    "5603": "75.00",
}
RESULTS = ("5001", "5051", "5401", "5403", "5603")


def test_the_trial_balance_of_november_is_the_worked_one_before_and_after_closing(road, actor):
    accountant = actor("accountant")
    open_month = statements.trial_balance(END, accountant)
    close_november()
    before = statements.trial_balance(END, accountant, "before")
    after = statements.trial_balance(END, accountant, "after")
    assert closing_balances(before) == {number: yuan(amount) for number, amount in BEFORE.items()}
    assert closing_balances(before) == closing_balances(open_month)
    assert (before.totals.closing_debit, before.totals.closing_credit) == (yuan("731,507.59"), yuan("731,507.59"))
    expected = {number: yuan(amount) for number, amount in BEFORE.items() if number not in RESULTS}
    assert closing_balances(after) == {**expected, "3103": yuan("-40771.20")}
    assert (after.totals.closing_debit, after.totals.closing_credit) == (yuan("569,231.00"), yuan("569,231.00"))
    assert after.totals.debit == after.totals.credit
    assert after.totals.opening_debit == after.totals.opening_credit == 0


def test_a_withdrawn_sale_leaves_no_turnover_behind(road, actor):
    rows = {row.number: row for row in statements.trial_balance(END, actor("boss")).rows}
    assert rows["5001"].credit == yuan("202,453.73")
    assert rows["5001"].debit == 0


def test_december_opens_where_november_ended(road, actor):
    close_november()
    found = statements.trial_balance(dt.date(2026, 12, 31), actor("accountant"))
    rows = {row.number: row for row in found.rows}
    assert rows["1002"].opening_debit == rows["1002"].closing_debit == yuan("412,995.00")
    assert (rows["5401"].opening_debit, rows["5401"].debit, rows["5401"].closing_debit) == (
        0,
        yuan("480.00"),
        yuan("480.00"),
    )
    assert rows["3103"].opening_credit == yuan("40,771.20")


def test_a_trial_balance_in_the_middle_of_a_month_stops_at_its_day(road, actor):
    found = statements.trial_balance(dt.date(2026, 11, 10), actor("accountant"))
    assert closing_balances(found)["2202"] == yuan("-213840.50")
    assert "5001" not in closing_balances(found)


def test_one_store_is_told_apart_from_the_other(road, actor):
    west = make.store("城西店")
    lines = ({"account": "admin_expense", "debit": "10"}, {"account": "surtax_payable", "credit": "10"})
    make.approved(make.manual_entry(*lines, store_id=west), "accountant")
    found = statements.trial_balance(END, actor("accountant"), store_id=west)
    assert closing_balances(found) == {"2221.02": -10, "5602": 10}


@pytest.mark.parametrize("username", ["admin", "sales_manager", "sales", "buyer", "cashier", "readonly", "workshop"])
def test_those_without_a_right_to_the_books_see_none(road, actor, username):
    who = actor(username)
    for deed in (
        lambda: statements.trial_balance(END, who),
        lambda: statements.journal(Wanted(), who),
        lambda: statements.entries_of("sale", road.to_li.id, who),
        lambda: statements.account_ledger(make.account("1002"), START, END, who),
        lambda: statements.party_statement(road.to_li.buyer_id, START, END, who),
    ):
        with pytest.raises(NotAllowed):
            deed()


# ── journal ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_everyday_lists_show_neither_of_a_withdrawn_pair_and_a_switch_shows_both(road, actor):
    accountant = actor("accountant")
    of_sale = {"document_kind": "sale", "number": road.to_han.number}
    shown = statements.journal(Wanted(**of_sale), accountant).entries
    assert [(entry.revision, entry.is_red) for entry in shown] == [(2, False)]
    everything = statements.journal(Wanted(**of_sale, with_withdrawn=True), accountant).entries
    assert [(entry.revision, entry.is_red) for entry in everything] == [(2, False), (1, True), (1, False)]
    first, red = everything[2], everything[1]
    assert red.withdraws_id == first.id
    assert first.withdrawn_by_id == red.id
    assert red.reason == "价格写错"
    assert red.written_by == "accountant"
    assert (first.total, red.total) == (yuan("103,000.00"), yuan("-103,000.00"))


def test_the_journal_comes_newest_first_in_pages_of_two_statements(road, actor):
    accountant = actor("accountant")
    with CountedStatements() as counted:
        page = statements.journal(Wanted(until=END), accountant, size=5)
    assert counted.number == 2
    second = statements.journal(Wanted(until=END), accountant, page=2, size=5)
    assert page.more
    days = [entry.dated_on for entry in page.entries + second.entries]
    assert days == sorted(days, reverse=True)
    assert len({entry.id for entry in page.entries + second.entries}) == 10


def test_the_journal_finds_the_entries_of_a_car_and_of_a_party(road, actor):
    accountant = actor("accountant")
    of_car = statements.journal(Wanted(holding_id=road.h006.id), accountant).entries
    assert [entry.document_kind for entry in of_car] == ["expense", "sale", "expense", "purchase"]
    of_party = statements.journal(Wanted(party_id=road.to_li.buyer_id), accountant).entries
    assert [entry.document_kind for entry in of_party] == ["settlement", "settlement", "settlement", "sale"]


def test_an_entry_names_what_its_lines_are_about(road, actor):
    (entry,) = statements.entries_of("sale", road.to_li.id, actor("accountant"))
    told = [(line.account, line.party or line.stock_no, line.debit, line.credit) for line in entry.lines]
    stock_no = road.h001.stock_no
    assert told == [
        ("1122", "李雷", yuan("110000.00"), 0),
        ("5001", stock_no, 0, yuan("109452.74")),
        ("2221.01", None, 0, yuan("547.26")),
        ("1122", "李雷", yuan("1800.00"), 0),
        ("2241", "顺达代办", 0, yuan("1200.00")),
        ("5051", stock_no, 0, yuan("594.06")),
        ("2221.01", None, 0, yuan("5.94")),
        ("5401", stock_no, yuan("86840.50"), 0),
        ("1405", stock_no, 0, yuan("86840.50")),
    ]


# ── account ledger, party statement ──────────────────────────────────────────────────────────────────────────────────
def test_an_account_ledger_runs_from_its_opening_to_its_closing_balance(road, actor):
    accountant = actor("accountant")
    found = statements.account_ledger(make.account("1002"), dt.date(2026, 11, 20), END, accountant)
    assert found.opening == yuan("408,940.00")
    assert [line.balance for line in found.lines] == [
        yuan(amount) for amount in ("500660.00", "499000.00", "449000.00", "412995.00")
    ]
    assert found.closing == yuan("412,995.00")
    assert (found.debit, found.credit) == (yuan("91,720.00"), yuan("87,665.00"))
    second = statements.account_ledger(make.account("1002"), dt.date(2026, 11, 20), END, accountant, page=2, size=3)
    assert [line.balance for line in second.lines] == [yuan("412,995.00")]


def test_a_withdrawn_pair_is_not_in_the_account_ledger(road, actor):
    found = statements.account_ledger(make.account("5001"), START, END, actor("accountant"), holding_id=road.h004.id)
    assert [line.line.credit for line in found.lines] == [yuan("56,517.41")]


def test_a_party_statement_runs_down_to_what_is_open(road, actor):
    accountant = actor("accountant")
    found = statements.party_statement(road.to_li.buyer_id, START, dt.date(2026, 11, 20), accountant)
    assert [line.balance for line in found.ledger.lines][-1] == yuan("91,720.00")
    (item,) = found.items
    assert (item.side, item.amount, item.settled, item.open) == (
        Side.D,
        yuan("111,800.00"),
        yuan("20,080.00"),
        yuan("91,720.00"),
    )
    assert found.ageing[Side.D].to_30 == yuan("91,720.00")
    done = statements.party_statement(road.to_li.buyer_id, START, END, accountant)
    assert done.ledger.closing == 0
    assert done.items == []


def test_what_is_open_at_the_end_of_november_is_what_the_story_says(road, actor):
    found = statements.open_items(actor("accountant"), on=END)
    assert {(item.party, item.side, item.open) for item in found} == {
        ("韩梅", Side.D, yuan("56,800.00")),
        ("孙丽", Side.D, yuan("36,666.00")),
        ("速运物流", Side.C, yuan("380.50")),
        ("宏达公司", Side.C, yuan("52,000.00")),
        ("刘强", Side.C, yuan("45,000.00")),
        ("陈静", Side.C, yuan("30,000.00")),
    }


def test_open_items_of_an_earlier_day_equal_the_balance_of_that_day(road, actor):
    accountant = actor("accountant")
    for day in (dt.date(2026, 11, 15), dt.date(2026, 11, 17), dt.date(2026, 11, 22), END):
        items = statements.open_items(accountant, on=day)
        balances = closing_balances(statements.trial_balance(day, accountant))
        open_by_account = {}
        for item in items:
            signed = item.open if item.side is Side.D else -item.open
            open_by_account[item.account] = open_by_account.get(item.account, 0) + signed
        for number in ("1122", "2202", "2241"):
            assert open_by_account.get(number, 0) == balances.get(number, 0), (day, number)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "to_30"),
        (30, "to_30"),
        (31, "to_60"),
        (60, "to_60"),
        (61, "to_90"),
        (90, "to_90"),
        (91, "over_90"),
    ],
)
def test_ageing_puts_a_day_into_its_bucket(days, name):
    assert statements.bucket(days) == name


def test_ageing_goes_by_the_due_date_where_there_is_one(app, actor):
    make.sold(make.bought(), due_on="2026-12-20")
    (item,) = [one for one in statements.open_items(actor("accountant")) if one.side is Side.D]
    assert item.days_over(dt.date(2026, 12, 19)) == -1
    assert statements.ageing([item], dt.date(2026, 12, 31))[Side.D].to_30 == yuan("58,000.00")


# ── the cost gate ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_cashier_sees_what_is_owed_for_cars_of_her_store_and_no_other_store(road, actor):
    found = statements.open_items(actor("cashier"))
    assert yuan("52,000.00") in [item.open for item in found]
    assert statements.open_items(actor("cashier2")) == []


def test_a_salesperson_sees_what_their_own_customers_owe_and_no_purchase_price(road, actor):
    found = statements.open_items(actor("sales"))
    assert {(item.party, item.open) for item in found} == {("韩梅", yuan("56,800.00")), ("孙丽", yuan("36,666.00"))}
    assert statements.open_items(actor("sales2")) == []


def test_a_sales_manager_of_the_store_sees_the_costs_and_one_of_the_other_none(road, actor):
    ids = [road.h001.id, road.h002.id]
    assert set(statements.margins(ids, actor("sales_manager"))) == set(ids)
    assert statements.margins(ids, actor("sales_manager2")) == {}
    assert statements.margins(ids, actor("sales")) == {}


def test_an_appraiser_sees_the_cost_of_the_cars_they_bought_themselves(road, actor):
    own = make.approved(make.purchase(by="appraiser"), "buyer").holding
    assert set(statements.margins([own.id, road.h002.id], actor("appraiser"))) == {own.id}


def test_whoever_reads_the_books_without_a_right_to_cost_gets_no_cost_and_no_sum_of_it(road, actor):
    full = actor("accountant")
    blind = replace(full, scopes={key: scope for key, scope in full.scopes.items() if key[1] != "Cost"})
    (entry,) = statements.entries_of("sale", road.to_li.id, blind)
    hidden = {line.account for line in entry.lines if line.debit is None}
    assert hidden == {"5401", "1405"}
    assert entry.total is None
    seller = statements.party_statement(road.h001.purchase.seller_id, START, END, blind)
    assert all(line.line.debit is None and line.balance is None for line in seller.ledger.lines)
    assert seller.ledger.closing is None
    rows = {row.number: row for row in statements.trial_balance(END, blind).rows}
    assert rows["5401"].debit is None
    assert rows["5001"].credit == yuan("202,453.73")
    assert statements.trial_balance(END, blind).totals.debit is None
    buyer = statements.party_statement(road.to_li.buyer_id, START, END, blind)
    assert buyer.ledger.closing == 0


# ── cars and money ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_margins_of_many_cars_come_in_one_statement_and_to_the_cent(road, actor):
    boss = actor("boss")
    ids = [road.h001.id, road.h002.id, road.h004.id, road.h006.id]
    with CountedStatements() as counted:
        found = statements.margins(ids, boss)
    assert counted.number == 1
    assert (found[road.h001.id].car, found[road.h001.id].total) == (yuan("22,612.24"), yuan("23,206.30"))
    assert found[road.h004.id].car == yuan("11,517.41")
    assert found[road.h006.id].total == yuan("5,703.58")
    assert statements.margins(ids, boss, until=END)[road.h006.id].total == yuan("6,183.58")
    assert (found[road.h002.id].inventory, found[road.h002.id].cost) == (yuan("52,000.00"), yuan("52,000.00"))


def test_closing_a_month_leaves_margins_alone(road, actor):
    before = statements.margins([road.h001.id], actor("boss"))
    close_november()
    assert statements.margins([road.h001.id], actor("boss")) == before


def test_money_accounts_stand_where_the_story_leaves_them(road, actor):
    found = {one.name: one.balance for one in statements.money_balances(actor("accountant"), END)}
    assert found == {"门店现金": yuan("3,780.00"), "基本户": yuan("412,995.00"), "微信": yuan("6,990.00")}
    assert statements.money_balances(actor("cashier"))
    for username in ("admin", "sales", "readonly"):
        with pytest.raises(NotAllowed):
            statements.money_balances(actor(username))
