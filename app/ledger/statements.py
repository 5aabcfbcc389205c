"""What the books say: trial balance, journal, account ledger, statement of a party, open items, margins, money.

Every figure is a sum over journal lines; no second truth is kept. All take the actor: rows of stores beyond the right
are left out, amounts that tell a cost (queries.cost_bearing) are None for those who may not see it, and so is every
total and balance that such an amount went into. Withdrawn pairs are hidden where lines are listed; sums do not mind.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.columns import Fen
from app.enums import AccountKind, Control, EntryKind, Purpose, Scope, Side
from app.errors import NotAllowed
from app.extensions import db
from app.ledger.posting import stands
from app.models import (
    Account,
    Employee,
    Holding,
    JournalEntry,
    JournalLine,
    Login,
    Match,
    MoneyAccount,
    OpenItem,
    Party,
    Store,
)
from app.money import ZERO
from app.queries import (
    COST_ACCOUNTS,
    OWED_ACCOUNTS,
    Actor,
    cost_reach,
    cost_scope,
    dealings,
    item_reach,
    reach,
    sees_amount,
    sees_money,
    visible,
)

NET: ColumnElement[Decimal] = JournalLine.debit - JournalLine.credit
"""A line's amount, debit positive."""
NOTHING = literal(Decimal(0), Fen)
Rows = Select[*tuple[Any, ...]]
Amount = Decimal | None
"""Yuan; None: the actor may not see it."""


def _books(actor: Actor) -> None:
    if not actor.may("read", "Ledger"):
        raise NotAllowed(_("您没有查看账务的权限。"))


def _sum(*amounts: Amount) -> Amount:
    """None as soon as one of them is hidden."""
    return None if any(one is None for one in amounts) else sum((one for one in amounts if one is not None), ZERO)


def _either_side(net: Amount) -> tuple[Amount, Amount]:
    """A balance as (debit, credit): the other one is 0."""
    if net is None:
        return None, None
    return (net, ZERO) if net >= 0 else (ZERO, -net)


# ── trial balance ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Balances:
    """Three pairs of columns: opening balance, turnover of the month, closing balance. Balances stand on one side."""

    opening_debit: Amount
    opening_credit: Amount
    debit: Amount
    credit: Amount
    closing_debit: Amount
    closing_credit: Amount


@dataclass(frozen=True, slots=True)
class BalanceRow(Balances):
    """The balances of one account, all stores asked for together."""

    account_id: int
    number: str
    name: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """`rows` by account number, accounts at 0 throughout left out; in `totals` debits equal credits, pair by pair."""

    on: dt.date
    closing: str
    rows: list[BalanceRow]
    totals: Balances


def trial_balance(
    on: dt.date, actor: Actor, closing: Literal["before", "after"] = "after", store_id: int | None = None
) -> TrialBalance:
    """Balances at the end of `on`; turnover is that of its month up to `on`, opening what stood before the month.

    Entries of kind opening count as opening balance whenever dated. `closing="before"` leaves out the closing entries
    of the month itself: income and cost as earned.
    """
    _books(actor)
    first = on.replace(day=1)
    earlier = or_(JournalEntry.kind == EntryKind.opening, JournalEntry.dated_on < first)
    statement = (
        select(
            Account.id,
            Account.number,
            Account.name,
            Account.kind,
            Account.purpose,
            func.sum(case((earlier, NET), else_=NOTHING)).label("opening"),
            func.sum(case((earlier, NOTHING), else_=JournalLine.debit)).label("debit"),
            func.sum(case((earlier, NOTHING), else_=JournalLine.credit)).label("credit"),
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(JournalEntry.dated_on <= on)
        .group_by(Account.id)
        .order_by(Account.number)
    )
    if closing == "before":
        statement = statement.where(or_(JournalEntry.kind != EntryKind.closing, JournalEntry.dated_on < first))
    if store_id is not None:
        statement = statement.where(JournalLine.store_id == store_id)
    hidden = frozenset() if cost_scope(actor) is Scope.all else COST_ACCOUNTS | OWED_ACCOUNTS
    rows = [
        _balance_row(row, hide=row.purpose in hidden)
        for row in db.session.execute(visible(statement, JournalLine, actor))
        if row.opening or row.debit or row.credit
    ]
    return TrialBalance(on, closing, rows, _totals(rows))


def _balance_row(row: Row[Any], *, hide: bool) -> BalanceRow:
    opening, debit, credit = (None, None, None) if hide else (row.opening, row.debit, row.credit)
    closing = None if hide else row.opening + row.debit - row.credit
    return BalanceRow(
        *_either_side(opening), debit, credit, *_either_side(closing), row.id, row.number, row.name, row.kind
    )


def _totals(rows: Sequence[BalanceRow]) -> Balances:
    return Balances(*(_sum(*(getattr(row, name) for row in rows)) for name in Balances.__slots__))


# ── lines as they are listed ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class LineShown:
    """One leg of an entry with the names of its dimensions. Debit and credit are None where the actor sees no cost."""

    account_id: int
    account: str
    account_name: str
    debit: Amount
    credit: Amount
    party_id: int | None
    party: str | None
    holding_id: int | None
    stock_no: str | None
    money_account_id: int | None
    money_account: str | None
    employee_id: int | None
    employee: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its lines. `withdraws_id` stands on a red one, `withdrawn_by_id` on the one that it withdraws."""

    id: int
    document_kind: str
    document_id: int
    number: str
    revision: int
    kind: EntryKind
    dated_on: dt.date
    store_id: int
    store: str
    is_red: bool
    withdraws_id: int | None
    withdrawn_by_id: int | None
    reason: str | None
    written_at: dt.datetime
    written_by: str | None
    lines: tuple[LineShown, ...]

    @property
    def total(self) -> Amount:
        """The sum of its debits."""
        return _sum(*(line.debit for line in self.lines))


def _line_columns() -> Rows:
    """Lines with their entry, account and names: what every listing starts from."""
    return (
        select(
            JournalLine.entry_id,
            JournalLine.account_id,
            Account.number.label("account"),
            Account.name.label("account_name"),
            Account.purpose,
            JournalLine.store_id,
            JournalLine.debit,
            JournalLine.credit,
            JournalLine.party_id,
            Party.name.label("party"),
            JournalLine.holding_id,
            Holding.stock_no,
            JournalLine.money_account_id,
            MoneyAccount.name.label("money_account"),
            JournalLine.employee_id,
            Employee.name.label("employee"),
            JournalLine.text,
            JournalEntry.document_kind,
            JournalEntry.document_id,
            JournalEntry.number,
            JournalEntry.dated_on,
            JournalEntry.kind,
            JournalEntry.is_red,
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .outerjoin(Party, Party.id == JournalLine.party_id)
        .outerjoin(Holding, Holding.id == JournalLine.holding_id)
        .outerjoin(MoneyAccount, MoneyAccount.id == JournalLine.money_account_id)
        .outerjoin(Employee, Employee.id == JournalLine.employee_id)
    )


def _sees(row: Row[Any], actor: Actor) -> bool:
    return sees_amount(actor, row.purpose, row.document_kind, row.store_id)


def _line_shown(row: Row[Any], actor: Actor) -> LineShown:
    seen = _sees(row, actor)
    names = [name for name in LineShown.__slots__ if name not in ("debit", "credit")]
    return LineShown(
        debit=row.debit if seen else None,
        credit=row.credit if seen else None,
        **{name: getattr(row, name) for name in names},
    )


# ── journal ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Wanted:
    """What a journal is narrowed to; None: everything. `number` is the paper's number or how it begins."""

    since: dt.date | None = None
    until: dt.date | None = None
    store_id: int | None = None
    account_id: int | None = None
    party_id: int | None = None
    holding_id: int | None = None
    money_account_id: int | None = None
    document_kind: str | None = None
    number: str | None = None
    kind: EntryKind | None = None
    with_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class JournalPage:
    """One page of entries, newest first; `more` says whether another follows."""

    entries: list[EntryShown]
    more: bool


def journal(wanted: Wanted, actor: Actor, *, page: int = 1, size: int = 50) -> JournalPage:
    """Entries with their lines, newest first; withdrawn pairs only with `with_withdrawn`. Two statements."""
    _books(actor)
    conditions = list(_entry_conditions(wanted))
    statement = visible(_entry_columns().where(*conditions), JournalEntry, actor)
    statement = statement.order_by(JournalEntry.dated_on.desc(), JournalEntry.id.desc())
    rows = db.session.execute(statement.limit(size + 1).offset((max(page, 1) - 1) * size)).all()
    return JournalPage(_shown(rows[:size], actor), more=len(rows) > size)


def entries_of(document_kind: str, document_id: int, actor: Actor, *, with_red: bool = False) -> list[EntryShown]:
    """The entries of one paper, oldest first: the one that stands, or with `with_red` all that ever were."""
    _books(actor)
    statement = _entry_columns().where(
        JournalEntry.document_kind == document_kind, JournalEntry.document_id == document_id
    )
    if not with_red:
        statement = statement.where(stands())
    rows = db.session.execute(visible(statement, JournalEntry, actor).order_by(JournalEntry.id)).all()
    return _shown(rows, actor)


def _entry_columns() -> Rows:
    red = aliased(JournalEntry)
    columns = [
        getattr(JournalEntry, name)
        for name in EntryShown.__slots__
        if name not in ("store", "withdrawn_by_id", "written_by", "lines")
    ]
    return (
        select(
            *columns,
            Store.name.label("store"),
            red.id.label("withdrawn_by_id"),
            Login.first_name,
            Login.last_name,
            Employee.name,
        )
        .join(Store, Store.id == JournalEntry.store_id)
        .outerjoin(red, red.withdraws_id == JournalEntry.id)
        .outerjoin(Login, Login.id == JournalEntry.written_by_id)
        .outerjoin(Employee, Employee.id == Login.employee_id)
    )


def _entry_conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.since:
        yield JournalEntry.dated_on >= wanted.since
    if wanted.until:
        yield JournalEntry.dated_on <= wanted.until
    for name in ("store_id", "document_kind", "kind"):
        if (value := getattr(wanted, name)) is not None:
            yield getattr(JournalEntry, name) == value
    if wanted.number:
        yield JournalEntry.number.startswith(wanted.number, autoescape=True)
    dimensions = ("account_id", "party_id", "holding_id", "money_account_id")
    of_lines = [
        getattr(JournalLine, name) == value for name in dimensions if (value := getattr(wanted, name)) is not None
    ]
    if of_lines:
        yield JournalEntry.id.in_(select(JournalLine.entry_id).where(*of_lines))
    if not wanted.with_withdrawn:
        yield stands()


def _shown(entries: Sequence[Row[Any]], actor: Actor) -> list[EntryShown]:
    lines: dict[int, list[LineShown]] = defaultdict(list)
    statement = _line_columns().where(JournalLine.entry_id.in_([row.id for row in entries]))
    for line in db.session.execute(statement.order_by(JournalLine.entry_id, JournalLine.position)) if entries else ():
        lines[line.entry_id].append(_line_shown(line, actor))
    names = [name for name in EntryShown.__slots__ if name not in ("written_by", "lines")]
    return [
        EntryShown(
            written_by=row.name or (f"{row.last_name}{row.first_name}" if row.first_name else None),
            lines=tuple(lines[row.id]),
            **{name: getattr(row, name) for name in names},
        )
        for row in entries
    ]


# ── account ledger and statement of a party ──────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Running:
    """One line of an account or a party with the balance after it, debit positive."""

    entry_id: int
    dated_on: dt.date
    document_kind: str
    document_id: int
    number: str
    line: LineShown
    balance: Amount


@dataclass(frozen=True, slots=True)
class AccountLedger:
    """Lines of a span with what stood before and after. `more`: the span has lines beyond this page."""

    opening: Amount
    lines: list[Running]
    debit: Amount
    credit: Amount
    closing: Amount
    more: bool = False


def account_ledger(
    account_id: int,
    since: dt.date,
    until: dt.date,
    actor: Actor,
    *,
    store_id: int | None = None,
    party_id: int | None = None,
    holding_id: int | None = None,
    money_account_id: int | None = None,
    page: int = 1,
    size: int = 200,
) -> AccountLedger:
    """The lines of one account, oldest first, with running balance; turnover and closing are of the whole span.

    Entries of kind opening are lines here like any other. Withdrawn pairs are left out: they cancel on the day.
    """
    _books(actor)
    given = {"store_id": store_id, "party_id": party_id, "holding_id": holding_id, "money_account_id": money_account_id}
    conditions = [getattr(JournalLine, name) == value for name, value in given.items() if value is not None]
    return _ledger([JournalLine.account_id == account_id, *conditions], since, until, actor, page=page, size=size)


def _ledger(
    conditions: Sequence[ColumnElement[bool]],
    since: dt.date,
    until: dt.date,
    actor: Actor,
    *,
    page: int,
    size: int,
    clear: bool = False,
) -> AccountLedger:
    """`clear`: on these accounts no line ever tells a cost, so that nothing need be looked up."""
    within = JournalEntry.dated_on >= since
    sums = (
        select(
            func.sum(case((within, NOTHING), else_=NET)).label("opening"),
            func.sum(case((within, JournalLine.debit), else_=NOTHING)).label("debit"),
            func.sum(case((within, JournalLine.credit), else_=NOTHING)).label("credit"),
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(JournalEntry.dated_on <= until, *conditions)
    )
    row = db.session.execute(_within(sums, actor)).one()
    opening, debit, credit = (value or ZERO for value in row)
    order = (JournalEntry.dated_on, JournalLine.entry_id, JournalLine.position)
    statement = _line_columns().add_columns(func.sum(NET).over(order_by=order).label("running"))
    statement = _within(statement.where(within, JournalEntry.dated_on <= until, stands(), *conditions), actor)
    rows = db.session.execute(statement.order_by(*order).limit(size + 1).offset((max(page, 1) - 1) * size)).all()
    # one hidden line would be the difference of two balances: then none is told
    clear = clear or cost_scope(actor) is Scope.all or _all_seen(conditions, until, actor)
    lines = [
        Running(
            line.entry_id,
            line.dated_on,
            line.document_kind,
            line.document_id,
            line.number,
            _line_shown(line, actor),
            opening + line.running if clear else None,
        )
        for line in rows[:size]
    ]
    if not clear:
        return AccountLedger(None, lines, None, None, None, more=len(rows) > size)
    return AccountLedger(opening, lines, debit, credit, opening + debit - credit, more=len(rows) > size)


def _within(statement: Rows, actor: Actor) -> Rows:
    """Lines as far as the right to the books goes; without it, as far as that to receipts and payments."""
    if actor.may("read", "Ledger"):
        return visible(statement, JournalLine, actor)
    reachable = item_reach(actor, JournalLine)
    return statement if reachable is None else statement.where(reachable)


def _all_seen(conditions: Sequence[ColumnElement[bool]], until: dt.date, actor: Actor) -> bool:
    statement = (
        select(Account.purpose, JournalEntry.document_kind, JournalLine.store_id)
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(JournalEntry.dated_on <= until, *conditions)
        .distinct()
    )
    return all(_sees(row, actor) for row in db.session.execute(_within(statement, actor)))


@dataclass(frozen=True, slots=True)
class PartyStatement:
    """What happened with a party on its accounts, what is open at the end, and how old that is."""

    ledger: AccountLedger
    items: list["ItemShown"]
    ageing: dict[Side, "Ageing"]


def party_statement(
    party_id: int, since: dt.date, until: dt.date, actor: Actor, *, page: int = 1, size: int = 500
) -> PartyStatement:
    """The lines of a party on control accounts with running balance (positive: the party owes us), its open items and
    their ageing at `until`."""
    _books(actor)
    conditions = [JournalLine.party_id == party_id, Account.control == Control.party]
    items = open_items(actor, party_id=party_id, on=until)
    return PartyStatement(_ledger(conditions, since, until, actor, page=page, size=size), items, ageing(items, until))


OWED_TO_US = (Purpose.receivable, Purpose.other_receivable, Purpose.advances)
"""The accounts of which a party's own statement speaks: none of them tells what a car cost."""


def customer_statement(
    party_id: int, since: dt.date, until: dt.date, actor: Actor, *, page: int = 1, size: int = 500
) -> PartyStatement:
    """`party_statement` for those who settle without reading the books: what the party owes us and has paid.

    As far as `queries.item_reach` goes; open items whose amount the actor may not see are left out.
    NotAllowed without a right to books, receipts or payments.
    """
    items = [item for item in open_items(actor, party_id=party_id, on=until) if item.open is not None]
    conditions = [JournalLine.party_id == party_id, Account.purpose.in_(OWED_TO_US)]
    found = _ledger(conditions, since, until, actor, page=page, size=size, clear=True)
    return PartyStatement(found, items, ageing(items, until))


# ── open items ───────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class ItemShown:
    """An open item with its names. Side D: the party owes us; C: we owe. Amounts are None where it tells a cost."""

    id: int
    document_kind: str
    document_id: int
    number: str
    account_id: int
    account: str
    account_name: str
    party_id: int
    party: str
    store_id: int
    side: Side
    dated_on: dt.date
    due_on: dt.date | None
    amount: Amount
    settled: Amount
    open: Amount

    def days_over(self, on: dt.date) -> int:
        """How many days past due (no due date: past the paper's date); 0 or less is not due."""
        return (on - (self.due_on or self.dated_on)).days


def open_items(
    actor: Actor, *, party_id: int | None = None, on: dt.date | None = None, store_id: int | None = None
) -> list[ItemShown]:
    """What is open at the end of `on` (None: now), oldest first. Σ open per account and party is the ledger's balance.

    For those with a right to books, receipts or payments (queries.item_reach); NotAllowed otherwise.
    """
    if dealings(actor) is None:
        raise NotAllowed(_("您没有查看未结款项的权限。"))
    past = on is not None and on < clock.today()
    matched = _matched_until(on).subquery() if past and on else None
    settled: Any = OpenItem.settled if matched is None else func.coalesce(matched.c.settled, NOTHING)
    plain = [
        getattr(OpenItem, name)
        for name in ItemShown.__slots__
        if name not in ("account", "account_name", "party", "settled", "open")
    ]
    statement = (
        select(
            *plain,
            Account.number.label("account"),
            Account.name.label("account_name"),
            Account.purpose,
            Party.name.label("party"),
            settled.label("settled"),
        )
        .select_from(OpenItem)
        .join(Account, Account.id == OpenItem.account_id)
        .join(Party, Party.id == OpenItem.party_id)
        .where(OpenItem.amount > settled)
        .order_by(OpenItem.dated_on, OpenItem.id)
    )
    if matched is not None:
        statement = statement.outerjoin(matched, matched.c.item_id == OpenItem.id)
    conditions = {"party_id": party_id, "store_id": store_id}
    statement = statement.where(
        *(getattr(OpenItem, name) == value for name, value in conditions.items() if value is not None)
    )
    if on is not None:
        statement = statement.where(OpenItem.dated_on <= on)
    if (reachable := item_reach(actor)) is not None:
        statement = statement.where(reachable)
    return [_item_shown(row, actor) for row in db.session.execute(statement)]


def _matched_until(on: dt.date) -> Rows:
    """What papers dated up to `on` settle of each item."""
    same = and_(
        JournalEntry.document_kind == Match.document_kind, JournalEntry.document_id == Match.document_id, stands()
    )
    return (
        select(Match.item_id, func.sum(Match.amount).label("settled"))
        .join(JournalEntry, same)
        .where(JournalEntry.dated_on <= on)
        .group_by(Match.item_id)
    )


def _item_shown(row: Any, actor: Actor) -> ItemShown:
    seen = sees_amount(actor, row.purpose, row.document_kind, row.store_id, owed=True)
    amounts = {"amount": row.amount, "settled": row.settled, "open": row.amount - row.settled}
    names = [name for name in ItemShown.__slots__ if name not in amounts]
    return ItemShown(**{name: getattr(row, name) for name in names}, **(amounts if seen else dict.fromkeys(amounts)))


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is open on one side by days past due."""

    not_due: Amount = ZERO
    to_30: Amount = ZERO
    to_60: Amount = ZERO
    to_90: Amount = ZERO
    over_90: Amount = ZERO


def bucket(days_over: int) -> str:
    """The field of `Ageing` for so many days past due."""
    bounds = ((0, "not_due"), (30, "to_30"), (60, "to_60"), (90, "to_90"))
    return next((name for bound, name in bounds if days_over <= bound), "over_90")


def ageing(items: Iterable[ItemShown], on: dt.date) -> dict[Side, Ageing]:
    """Open items by side and age at `on`, by due date, else by the paper's date."""
    sums: dict[Side, dict[str, Amount]] = {side: {} for side in Side}
    for item in items:
        name = bucket(item.days_over(on))
        sums[item.side][name] = _sum(sums[item.side].get(name, ZERO), item.open)
    return {side: Ageing(**found) for side, found in sums.items()}


# ── cars ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Margin:
    """What the books say of one holding: sums over the lines that carry it, closing entries left out."""

    inventory: Decimal = ZERO
    """What it stands at in stock now."""
    sales: Decimal = ZERO
    other_income: Decimal = ZERO
    cost_of_sales: Decimal = ZERO
    other_costs: Decimal = ZERO
    """Expenses and losses of the car beside its cost of sales."""

    @property
    def cost(self) -> Decimal:
        """What the car has cost: in stock, or by its sale."""
        return self.inventory + self.cost_of_sales

    @property
    def car(self) -> Decimal:
        """Margin of the car alone."""
        return self.sales - self.cost_of_sales

    @property
    def total(self) -> Decimal:
        """Margin with agency fees, commissions, gifts, warranty and whatever else carries the car."""
        return self.sales + self.other_income - self.cost_of_sales - self.other_costs


def margins(
    holding_ids: Collection[int] | Rows, actor: Actor, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[int, Margin]:
    """Cost and margin of many holdings in one statement; those whose cost the actor may not see are absent."""
    lines = (
        select(JournalLine.holding_id, Account.purpose, Account.kind, func.sum(-NET).label("amount"))
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(JournalLine.holding_id.in_(holding_ids), JournalEntry.kind != EntryKind.closing)
        .group_by(JournalLine.holding_id, Account.purpose, Account.kind)
    )
    if since:
        lines = lines.where(JournalEntry.dated_on >= since)
    if until:
        lines = lines.where(JournalEntry.dated_on <= until)
    sums = lines.subquery()
    statement = select(Holding.id, sums.c.purpose, sums.c.kind, sums.c.amount)
    statement = statement.outerjoin(sums, sums.c.holding_id == Holding.id).where(Holding.id.in_(holding_ids))
    if (reachable := cost_reach(actor)) is not None:
        statement = statement.where(reachable)
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for row in db.session.execute(statement):
        name = _part_of_margin(row.purpose, row.kind)
        parts = found[row.id]
        if name:
            parts[name] += row.amount if name in ("sales", "other_income") else -row.amount
    return {holding_id: Margin(**parts) for holding_id, parts in found.items()}


def cost_beside(holding_id: ColumnElement[int]) -> ScalarSelect[Any]:
    """`Margin.cost` as SQL beside rows whose holding is `holding_id`. The caller asks whose cost the actor may see."""
    return (
        select(func.coalesce(func.sum(NET), NOTHING))
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(
            JournalLine.holding_id == holding_id,
            JournalEntry.kind != EntryKind.closing,
            Account.purpose.in_((Purpose.inventory, Purpose.cost_of_sales)),
        )
        .correlate_except(JournalLine, JournalEntry, Account)
        .scalar_subquery()
    )


def _part_of_margin(purpose: Purpose | None, kind: AccountKind | None) -> str | None:
    if purpose in (Purpose.inventory, Purpose.sales, Purpose.cost_of_sales):
        return purpose.value
    return {AccountKind.income: "other_income", AccountKind.cost: "other_costs"}.get(kind) if kind else None


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class MoneyBalance:
    """What stands on a money account."""

    money_account_id: int
    name: str
    account: str
    store_id: int | None
    is_till: bool
    balance: Decimal
    store: str | None = None


def money_balances(actor: Actor, on: dt.date | None = None) -> list[MoneyBalance]:
    """Balances of the money accounts at the end of `on` (None: with everything posted).

    For those who see the books, and for those who handle money, as far as they see money accounts.
    """
    if not sees_money(actor):
        raise NotAllowed(_("您没有查看资金余额的权限。"))
    sums = (
        select(JournalLine.money_account_id, func.sum(NET).label("balance"))
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.money_account_id.is_not(None))
        .group_by(JournalLine.money_account_id)
    )
    if on is not None:
        sums = sums.where(JournalEntry.dated_on <= on)
    known = sums.subquery()
    statement = (
        select(
            MoneyAccount.id,
            MoneyAccount.name,
            Account.number,
            MoneyAccount.store_id,
            MoneyAccount.is_till,
            known.c.balance,
            Store.name.label("store"),
        )
        .join(Account, Account.id == MoneyAccount.account_id)
        .outerjoin(Store, Store.id == MoneyAccount.store_id)
        .outerjoin(known, known.c.money_account_id == MoneyAccount.id)
        .order_by(Account.number, MoneyAccount.position, MoneyAccount.id)
    )
    if not actor.may("read", "Ledger") and (reachable := reach(MoneyAccount, actor)) is not None:
        statement = statement.where(reachable)
    return [
        MoneyBalance(row.id, row.name, row.number, row.store_id, row.is_till, row.balance or ZERO, row.store)
        for row in db.session.execute(statement)
    ]


def _money_lines(actor: Actor) -> list[ColumnElement[bool]]:
    """The lines on money accounts that the actor may see: the books, or those of one's own store on accounts one sees."""
    if not sees_money(actor):
        raise NotAllowed(_("您没有查看资金余额的权限。"))
    found: list[ColumnElement[bool]] = [JournalLine.money_account_id.is_not(None)]
    if not actor.may("read", "Ledger"):
        accounts = reach(MoneyAccount, actor)
        if accounts is not None:
            found.append(JournalLine.money_account_id.in_(select(MoneyAccount.id).where(accounts)))
    return found


def money_movements(actor: Actor, *, size: int = 30) -> list[Running]:
    """What last went through the money accounts, newest first, without balances; withdrawn pairs left out."""
    statement = _within(_line_columns().where(*_money_lines(actor), stands()), actor)
    order = (JournalEntry.dated_on.desc(), JournalLine.entry_id.desc(), JournalLine.position)
    return [
        Running(
            line.entry_id,
            line.dated_on,
            line.document_kind,
            line.document_id,
            line.number,
            _line_shown(line, actor),
            None,
        )
        for line in db.session.execute(statement.order_by(*order).limit(size))
    ]


def money_ledger(
    money_account_id: int, since: dt.date, until: dt.date, actor: Actor, *, page: int = 1, size: int = 200
) -> AccountLedger:
    """The day book of one money account, oldest first; for those whose right ends at a store, of that store's papers."""
    conditions = [*_money_lines(actor), JournalLine.money_account_id == money_account_id]
    return _ledger(conditions, since, until, actor, page=page, size=size, clear=True)


def parties_of(entry_ids: Collection[int]) -> dict[int, str]:
    """entry id → whom it names: for lines on money accounts, which carry no party themselves. One statement."""
    statement = (
        select(JournalLine.entry_id, Party.name)
        .join(Party, Party.id == JournalLine.party_id)
        .where(JournalLine.entry_id.in_(entry_ids))
        .distinct()
        .order_by(JournalLine.entry_id, Party.name)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(statement) if entry_ids else ():
        found[row.entry_id].append(row.name)
    return {entry_id: "、".join(names) for entry_id, names in found.items()}


# ── an account by what its lines carry ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class PartRow(Balances):
    """The balances of an account with one party, car, money account or employee."""

    id: int
    name: str


NAMES: dict[Control, tuple[Any, Any]] = {
    Control.party: (Party, Party.name),
    Control.holding: (Holding, Holding.stock_no),
    Control.money: (MoneyAccount, MoneyAccount.name),
    Control.employee: (Employee, Employee.name),
}
"""What a dimension's rows are called by."""


def account_parts(
    account_id: int,
    control: Control,
    since: dt.date,
    until: dt.date,
    actor: Actor,
    *,
    store_id: int | None = None,
    size: int = 500,
) -> list[PartRow]:
    """An account split by the dimension that it must carry, by name; at most `size` rows, those at 0 throughout left out.

    Empty for an account without such a dimension, and for those to whom any of its amounts would tell a cost.
    """
    _books(actor)
    if control not in NAMES:
        return []
    model, name = NAMES[control]
    column = getattr(JournalLine, f"{'money_account' if control is Control.money else control.value}_id")
    earlier = or_(JournalEntry.kind == EntryKind.opening, JournalEntry.dated_on < since)
    opening = func.sum(case((earlier, NET), else_=NOTHING))
    debit = func.sum(case((earlier, NOTHING), else_=JournalLine.debit))
    credit = func.sum(case((earlier, NOTHING), else_=JournalLine.credit))
    conditions = [JournalLine.account_id == account_id, JournalEntry.dated_on <= until]
    if store_id is not None:
        conditions.append(JournalLine.store_id == store_id)
    statement = (
        select(
            column.label("id"),
            name.label("name"),
            opening.label("opening"),
            debit.label("debit"),
            credit.label("credit"),
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .join(model, model.id == column)
        .where(*conditions)
        .group_by(column, name)
        .having(or_(opening != NOTHING, debit != NOTHING, credit != NOTHING))
        .order_by(name, column)
        .limit(size)
    )
    if cost_scope(actor) is not Scope.all and not _all_seen(conditions[:1], until, actor):
        return []
    return [
        PartRow(
            *_either_side(row.opening),
            row.debit,
            row.credit,
            *_either_side(row.opening + row.debit - row.credit),
            row.id,
            row.name,
        )
        for row in db.session.execute(visible(statement, JournalLine, actor))
    ]
