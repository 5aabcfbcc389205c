"""What must hold, always (ledger.md): ten invariants, each proven over the whole books by a few set queries.

A check returns its figures and, for every breach, a sentence that names what is wrong; no sentence means that it holds.
What only the floor above knows (which papers post, which status a car should have) is handed in as `Expected`.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, extract, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.columns import Base, Document
from app.enums import AccountKind, Control, EntryKind, PeriodState, PurchaseKind, Purpose, State, VehicleStatus
from app.extensions import db
from app.ledger.chart import ITEM_PURPOSES
from app.ledger.periods import KIND as PERIOD
from app.ledger.periods import digests
from app.ledger.posting import stands
from app.ledger.statements import NET, NOTHING, margins, money_balances
from app.ledger.taxes import TAXED_AS_BEFORE
from app.models import (
    Account,
    Audit,
    Holding,
    JournalEntry,
    JournalLine,
    Match,
    MoneyAccount,
    OpenItem,
    Party,
    Period,
    Purchase,
    Store,
    TaxRate,
    Vehicle,
)
from app.money import ZERO, shown, tax_within
from app.queries import SYSTEM

IN_STOCK = frozenset(
    {
        VehicleStatus.to_recondition,
        VehicleStatus.reconditioning,
        VehicleStatus.for_sale,
        VehicleStatus.reserved,
        VehicleStatus.in_transit,
    }
)
TAXED_BY_HAND = frozenset({"manual_entry"})
"""Papers whose VAT lines are typed, not computed."""
CAR_PAPERS = ("purchase", "sale")
"""Papers all of whose income and cost belongs to a car."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`posting`: the kinds of paper (table names) that have an entry when approved; all others have none.

    `status`: the status that follows from a car's papers, as SQL over `Vehicle.id`.
    """

    posting: frozenset[str]
    status: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant: its number in ledger.md, what it says, its figures now, and a sentence per breach."""

    number: int
    sentence: str
    figures: str
    breaches: list[str]

    @property
    def ok(self) -> bool:
        """It holds."""
        return not self.breaches


Breaches = Generator[str, None, Any]
"""Yields a sentence per breach, returns the figures."""
Check = Callable[[Expected], Breaches]
CHECKS: list[tuple[int, LazyString, Check]] = []


def invariant(number: int, sentence: LazyString) -> Callable[[Check], Check]:
    """Declare the check of one invariant."""

    def register(check: Check) -> Check:
        CHECKS.append((number, sentence, check))
        return check

    return register


def run_checks(expected: Expected) -> list[Finding]:
    """Every invariant in order. Reads only; for figures that agree while others write, call it within one snapshot."""
    found = []
    for number, sentence, check in CHECKS:
        said = _Said(check(expected))
        breaches = list(said)
        found.append(Finding(number, str(sentence), said.figures, breaches))
    return found


class _Said:
    """A check's sentences as they come and, once they are read, its figures."""

    figures = ""

    def __init__(self, breaches: Breaches) -> None:
        self.breaches = breaches

    def __iter__(self) -> Iterator[str]:
        self.figures = str((yield from self.breaches))


def _rows(statement: Any) -> Iterator[Any]:
    yield from db.session.execute(statement)


def _one(statement: Any) -> Any:
    return db.session.execute(statement).one()


def _lines(*columns: Any) -> "Select[*tuple[Any, ...]]":
    """Lines with their entries and accounts."""
    return (
        select(*columns)
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
    )


def _balance_below_zero(of: Any, *conditions: ColumnElement[bool]) -> Any:
    """(of, dated_on, balance) on every day at whose end the standing lines of `of` leave less than 0."""
    daily = _lines(of.label("of"), JournalEntry.dated_on, func.sum(NET).label("net"))
    days = daily.where(of.is_not(None), stands(), *conditions).group_by(of, JournalEntry.dated_on).subquery()
    running = func.sum(days.c.net).over(partition_by=days.c.of, order_by=days.c.dated_on)
    balances = select(days.c.of, days.c.dated_on, running.label("balance")).subquery()
    return select(balances).where(balances.c.balance < NOTHING).order_by(balances.c.of, balances.c.dated_on)


# ── 1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(1, _l("每张凭证、每家门店、整套账借贷相等"))
def balanced(_expected: Expected) -> Breaches:
    """Per entry, per store, in all; every line has the store of its entry."""
    sums = (func.sum(JournalLine.debit), func.sum(JournalLine.credit))
    crooked = _lines(JournalEntry.id, JournalEntry.number, *sums).group_by(JournalEntry.id).having(sums[0] != sums[1])
    for entry_id, number, debit, credit in _rows(crooked):
        yield _(
            "凭证 %(id)s（%(number)s）：借 %(debit)s，贷 %(credit)s。",
            id=entry_id,
            number=number,
            debit=shown(debit),
            credit=shown(credit),
        )
    stores = (
        select(Store.name, *sums)
        .join(JournalLine, JournalLine.store_id == Store.id)
        .group_by(Store.id)
        .having(sums[0] != sums[1])
    )
    for name, debit, credit in _rows(stores):
        yield _("%(store)s：借 %(debit)s，贷 %(credit)s。", store=name, debit=shown(debit), credit=shown(credit))
    for entry_id, number in _rows(
        _lines(JournalEntry.id, JournalEntry.number).where(JournalLine.store_id != JournalEntry.store_id).distinct()
    ):
        yield _("凭证 %(id)s（%(number)s）有别家门店的分录。", id=entry_id, number=number)
    entries = _one(select(func.count()).select_from(JournalEntry))[0]
    lines, debit, credit = _one(select(func.count(), *sums).select_from(JournalLine))
    if (debit or ZERO) != (credit or ZERO):
        yield _("整套账：借 %(debit)s，贷 %(credit)s。", debit=shown(debit), credit=shown(credit))
    return _(
        "%(entries)s 张凭证、%(lines)s 行分录，借 %(debit)s，贷 %(credit)s",
        entries=entries,
        lines=lines,
        debit=shown(debit or ZERO),
        credit=shown(credit or ZERO),
    )


# ── 2 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(2, _l("每台车的库存成本从不为负，离库后为 0，不在在库期之外记账，寄售车恒为 0"))
def holdings(_expected: Expected) -> Breaches:
    """Inventory per holding and day; what stands in stock is the balance of the account."""
    on_inventory = Account.purpose == Purpose.inventory
    loose = _lines(JournalEntry.number, JournalEntry.id).where(on_inventory, JournalLine.holding_id.is_(None), stands())
    for number, entry_id in _rows(loose.distinct()):
        yield _("%(number)s（凭证 %(id)s）的库存分录没有车辆。", number=number, id=entry_id)
    names = dict(db.session.execute(select(Holding.id, Holding.stock_no)).all())
    for holding_id, day, balance in _rows(_balance_below_zero(JournalLine.holding_id, on_inventory)):
        yield _(
            "%(stock_no)s 在 %(day)s 的库存成本为 %(balance)s。",
            stock_no=names[holding_id],
            day=day,
            balance=shown(balance),
        )
    outside = or_(
        Holding.opened_on.is_(None),
        JournalEntry.dated_on < Holding.opened_on,
        JournalEntry.dated_on > Holding.closed_on,
    )
    on_holdings = _lines(Holding.stock_no, JournalEntry.number, JournalEntry.dated_on).join(
        Holding, Holding.id == JournalLine.holding_id
    )
    for stock_no, number, day in _rows(on_holdings.where(on_inventory, stands(), outside).distinct()):
        yield _(
            "%(number)s 在 %(day)s 记了 %(stock_no)s 的库存，不在它的在库期内。",
            number=number,
            day=day,
            stock_no=stock_no,
        )
    balance = func.sum(NET)
    by_holding = _lines(Holding.id, Holding.stock_no, Holding.opened_on, Holding.closed_on, balance.label("balance"))
    by_holding = by_holding.join(Holding, Holding.id == JournalLine.holding_id).where(on_inventory).group_by(Holding.id)
    standing = ZERO
    for row in _rows(by_holding):
        if row.opened_on is not None and row.closed_on is None:
            standing += row.balance
        elif row.balance:
            yield _(
                "%(stock_no)s 不在库，库存成本却有 %(balance)s。", stock_no=row.stock_no, balance=shown(row.balance)
            )
    consigned = on_holdings.join(Purchase, Purchase.id == Holding.purchase_id).where(
        Purchase.kind == PurchaseKind.consigned
    )
    for stock_no, number, _day in _rows(consigned.where(on_inventory, stands()).distinct()):
        yield _("%(number)s 给寄售车 %(stock_no)s 记了库存成本。", number=number, stock_no=stock_no)
    account = _one(_lines(balance).where(on_inventory))[0] or ZERO
    if account != standing:
        yield _(
            "库存科目余额 %(account)s，在库车成本合计 %(standing)s。",
            account=shown(account),
            standing=shown(standing),
        )
    open_now = select(func.count()).where(Holding.opened_on.is_not(None), Holding.closed_on.is_(None))
    return _(
        "在库 %(cars)s 台，成本合计 %(standing)s，科目余额 %(account)s",
        cars=_one(open_now)[0],
        standing=shown(standing),
        account=shown(account),
    )


# ── 3 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(3, _l("配件金额合计等于科目余额（配件管理尚未启用：科目上没有分录）"))
def parts(_expected: Expected) -> Breaches:
    """Parts are not kept yet, so their account is untouched."""
    for number, entry_id in _rows(
        _lines(JournalEntry.number, JournalEntry.id).where(Account.purpose == Purpose.parts, stands()).distinct()
    ):
        yield _("%(number)s（凭证 %(id)s）记了配件科目。", number=number, id=entry_id)
    return "0 / 0.00"


# ── 4 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(4, _l("审核过的单据恰有一张有效凭证，未审核和作废的没有；红字逐行抵消"))
def papers(expected: Expected) -> Breaches:
    """Papers against standing entries, entries against papers, red entries against what they withdraw."""
    known = _all_papers().subquery()
    standing = _standing_entries().subquery()
    same = and_(standing.c.document_kind == known.c.kind, standing.c.document_id == known.c.id)
    number_of = func.count(standing.c.document_id)
    counted = select(known, number_of.label("entries")).outerjoin(standing, same)
    for row in _rows(counted.group_by(*known.c).having(or_(number_of != 0, known.c.state == State.approved))):
        wanted = 1 if row.state == State.approved and row.kind in expected.posting else 0
        if row.entries != wanted:
            yield _(
                "%(number)s 是“%(state)s”，应有 %(wanted)s 张有效凭证，现有 %(entries)s 张。",
                number=row.number,
                state=State[row.state].label,
                wanted=wanted,
                entries=row.entries,
            )
    differs = or_(*(standing.c[name] != known.c[name] for name in ("number", "revision", "dated_on", "store_id")))
    for row in _rows(select(known.c.number, standing.c.id).join(standing, and_(same, differs))):
        yield _("凭证 %(id)s 的单号、版次、日期或门店与单据 %(number)s 不符。", id=row.id, number=row.number)
    orphans = select(standing.c.id, standing.c.number).outerjoin(known, same)
    orphans = orphans.where(known.c.id.is_(None), standing.c.kind != EntryKind.opening)
    for row in _rows(orphans):
        yield _("凭证 %(id)s（%(number)s）没有对应的单据。", id=row.id, number=row.number)
    yield from _closing_entries()
    pairs = yield from _red_entries()
    approved = (
        select(func.count())
        .select_from(known)
        .where(known.c.state == State.approved, known.c.kind.in_(expected.posting))
    )
    return _(
        "应记账的已审核单据 %(papers)s 张，有效凭证 %(entries)s 张，红字 %(pairs)s 对",
        papers=_one(approved)[0],
        entries=_one(select(func.count()).select_from(standing))[0],
        pairs=pairs,
    )


def _all_papers() -> Any:
    kinds: list[Any] = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Document)]
    return union_all(
        *(
            select(
                literal(kind.__tablename__).label("kind"),
                kind.id.label("id"),
                kind.number.label("number"),
                kind.state.label("state"),
                kind.revision.label("revision"),
                kind.dated_on.label("dated_on"),
                kind.store_id.label("store_id"),
            )
            for kind in kinds
        )
    )


def _standing_entries() -> Any:
    """Standing entries of papers: those of closed months are looked at apart."""
    names = ("id", "document_kind", "document_id", "number", "revision", "dated_on", "store_id", "kind")
    columns = [getattr(JournalEntry, name) for name in names]
    return select(*columns).where(stands(), JournalEntry.document_kind != PERIOD)


def _closing_entries() -> Iterator[str]:
    """A closed month has at most one closing entry per store, an open month none; nothing else is of kind closing."""
    statement = (
        select(JournalEntry.number, Period.month, Period.state, func.count().label("entries"))
        .outerjoin(Period, and_(JournalEntry.document_kind == PERIOD, Period.id == JournalEntry.document_id))
        .where(stands(), or_(JournalEntry.kind == EntryKind.closing, JournalEntry.document_kind == PERIOD))
        .group_by(JournalEntry.number, Period.month, Period.state, JournalEntry.store_id, JournalEntry.kind)
    )
    for row in _rows(statement):
        if row.month is None:
            yield _("%(number)s 是期末结转，却不属于会计期间。", number=row.number)
        elif row.state is not PeriodState.closed or row.entries != 1:
            yield _(
                "%(month)s 是“%(state)s”，有 %(entries)s 张结转凭证。",
                month=row.month,
                state=row.state.label,
                entries=row.entries,
            )


def _red_entries() -> Generator[str, None, int]:
    """A red entry has the head of what it withdraws and cancels it line by line; returns how many there are."""
    original = aliased(JournalEntry)
    head = ("document_kind", "document_id", "number", "revision", "kind", "dated_on", "period_id", "store_id")
    differs = or_(original.is_red, *(getattr(original, name) != getattr(JournalEntry, name) for name in head))
    statement = select(JournalEntry.id, JournalEntry.number, differs.label("differs"))
    count = 0
    for row in _rows(statement.join(original, original.id == JournalEntry.withdraws_id)):
        count += 1
        if row.differs:
            yield _("红字凭证 %(id)s（%(number)s）与它撤回的凭证不符。", id=row.id, number=row.number)
    red = aliased(JournalEntry)
    origin = func.coalesce(JournalEntry.withdraws_id, JournalEntry.id)
    dimensions = (
        "position",
        "account_id",
        "store_id",
        "party_id",
        "holding_id",
        "money_account_id",
        "employee_id",
        "tax_rate_id",
        "text",
    )
    columns = [getattr(JournalLine, name) for name in dimensions]
    left = or_(
        func.count() != 2,
        func.sum(JournalLine.debit) != NOTHING,
        func.sum(JournalLine.credit) != NOTHING,
        func.sum(JournalLine.taxed_gross) != NOTHING,
    )
    paired = or_(JournalEntry.is_red, exists().where(red.withdraws_id == JournalEntry.id))
    uncancelled = (
        _lines(origin.label("origin"), func.min(JournalEntry.number).label("number"))
        .where(paired)
        .group_by(origin, *columns)
        .having(left)
    )
    for entry_id, number in sorted({(row.origin, row.number) for row in _rows(uncancelled)}):
        yield _("凭证 %(id)s（%(number)s）没有被红字逐行抵消。", id=entry_id, number=number)
    return count


# ── 5 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(5, _l("已结金额等于有效核销合计；未结项按科目和往来单位合计等于账面余额"))
def items(_expected: Expected) -> Breaches:
    """Settled = Σ matches of live papers, within the amount; Σ open per account and party = balance."""
    matched = select(Match.item_id, func.sum(Match.amount).label("amount")).group_by(Match.item_id).subquery()
    settled = func.coalesce(matched.c.amount, NOTHING)
    wrong = or_(OpenItem.settled != settled, OpenItem.settled < NOTHING, OpenItem.settled > OpenItem.amount)
    statement = select(OpenItem.id, OpenItem.number, OpenItem.amount, OpenItem.settled, settled.label("matched"))
    for row in _rows(statement.outerjoin(matched, matched.c.item_id == OpenItem.id).where(wrong)):
        yield _(
            "%(number)s 的未结项 %(id)s：金额 %(amount)s，已结 %(settled)s，核销合计 %(matched)s。",
            number=row.number,
            id=row.id,
            amount=shown(row.amount),
            settled=shown(row.settled),
            matched=shown(row.matched),
        )
    for model, sentence in (
        (Match, _l("%(number)s 没有有效凭证，却还有核销。")),
        (OpenItem, _l("%(number)s 没有有效凭证，却还有未结项。")),
    ):
        same = (JournalEntry.document_kind == model.document_kind, JournalEntry.document_id == model.document_id)
        dead = select(model.number).where(model.amount != NOTHING, ~exists().where(stands(), *same)).distinct()
        for (number,) in _rows(dead):
            yield str(sentence) % {"number": number}
    kept: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for account_id, party_id, side, amount in _rows(
        select(
            OpenItem.account_id, OpenItem.party_id, OpenItem.side, func.sum(OpenItem.amount - OpenItem.settled)
        ).group_by(OpenItem.account_id, OpenItem.party_id, OpenItem.side)
    ):
        kept[account_id, party_id] += amount if side.value == "D" else -amount
    booked = {
        (row.account_id, row.party_id): row.net
        for row in _rows(
            _lines(JournalLine.account_id, JournalLine.party_id, func.sum(NET).label("net"))
            .where(Account.purpose.in_(ITEM_PURPOSES))
            .group_by(JournalLine.account_id, JournalLine.party_id)
        )
    }
    apart = [key for key in {*kept, *booked} if kept.get(key, ZERO) != booked.get(key, ZERO)]
    accounts = dict(db.session.execute(select(Account.id, Account.number)).all())
    for account_id, party_id in sorted(apart, key=lambda key: (key[0], key[1] or 0)):
        key = (account_id, party_id)
        party = db.session.scalar(select(Party.name).where(Party.id == party_id)) if party_id else _("（无往来单位）")
        yield _(
            "%(account)s %(party)s：未结项合计 %(open)s，账面余额 %(booked)s。",
            account=accounts[account_id],
            party=party,
            open=shown(kept.get(key, ZERO)),
            booked=shown(booked.get(key, ZERO)),
        )
    open_items = _one(select(func.count()).where(OpenItem.amount > OpenItem.settled))[0]
    return _(
        "未结 %(items)s 项，净额 %(open)s，账面 %(booked)s",
        items=open_items,
        open=shown(sum(kept.values(), ZERO)),
        booked=shown(sum(booked.values(), ZERO)),
    )


# ── 6 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(6, _l("在库的车恰有一个开着的在库期，其余没有；记的状态等于单据推出的状态"))
def cars(expected: Expected) -> Breaches:
    """Status against holdings and against papers."""
    open_now = and_(Holding.vehicle_id == Vehicle.id, Holding.opened_on.is_not(None), Holding.closed_on.is_(None))
    number_of = select(func.count()).select_from(Holding).where(open_now).correlate(Vehicle).scalar_subquery()
    seen = select(Vehicle.vin, Vehicle.status, expected.status.label("derived"), number_of.label("open")).subquery()
    wrong_count = or_(
        and_(seen.c.status.in_(IN_STOCK), seen.c.open != 1), and_(seen.c.status.not_in(IN_STOCK), seen.c.open != 0)
    )
    for row in _rows(select(seen).where(or_(seen.c.status != seen.c.derived, wrong_count))):
        if row.status != row.derived:
            yield _(
                "%(vin)s 记为“%(kept)s”，按单据应为“%(derived)s”。",
                vin=row.vin,
                kept=row.status.label,
                derived=row.derived.label,
            )
        if row.open != (1 if row.status in IN_STOCK else 0):
            yield _(
                "%(vin)s 是“%(kept)s”，有 %(open)s 个开着的在库期。",
                vin=row.vin,
                kept=row.status.label,
                open=row.open,
            )
    tally = Tally(
        {
            row.status: row.number
            for row in _rows(select(Vehicle.status, func.count().label("number")).group_by(Vehicle.status))
        }
    )
    in_stock = sum(number for status, number in tally.items() if status in IN_STOCK)
    return _("%(cars)s 台车，在库 %(in_stock)s 台", cars=tally.total(), in_stock=in_stock)


# ── 7 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(7, _l("已结账期间的试算表与结账时的摘要一致，损益已结转；反结账从最近的开始并有记录"))
def periods(_expected: Expected) -> Breaches:
    """Digests, order, trail, and nothing written into a month since it closed."""
    known = db.session.scalars(select(Period).order_by(Period.month)).all()
    closed = [period for period in known if period.state is PeriodState.closed]
    now = digests(closed[-1].month) if closed else {}
    for period in closed:
        if now.get(period.month) != period.digest:
            yield _("%(month)s 的试算表与结账时不同。", month=period.month)
    for earlier, later in pairwise(known):
        if earlier.state is PeriodState.open and later.state is PeriodState.closed:
            yield _("%(later)s 已结账，更早的 %(earlier)s 却没有。", later=later.month, earlier=earlier.month)
    yield from _trail(known)
    late = select(JournalEntry.id, JournalEntry.number, Period.month).join(Period, Period.id == JournalEntry.period_id)
    for entry_id, number, month in _rows(late.where(JournalEntry.written_at > Period.closed_at)):
        yield _("凭证 %(id)s（%(number)s）写于 %(month)s 结账之后。", id=entry_id, number=number, month=month)
    year, month_no = extract("year", JournalEntry.dated_on), extract("month", JournalEntry.dated_on)
    dated = select(Period.month, year, month_no).join(Period, Period.id == JournalEntry.period_id).distinct()
    for month, in_year, in_month in _rows(dated):
        if month != f"{int(in_year):04d}-{int(in_month):02d}":
            yield _(
                "期间 %(month)s 里有 %(year)s 年 %(in_month)s 月的凭证。",
                month=month,
                year=int(in_year),
                in_month=int(in_month),
            )
    yield from _carried_forward([period.month for period in closed])
    return _(
        "%(known)s 个期间，已结账 %(closed)s 个，最近 %(last)s",
        known=len(known),
        closed=len(closed),
        last=closed[-1].month if closed else "—",
    )


def _trail(known: Sequence[Period]) -> Iterator[str]:
    """Every closing and reopening stands in the audit trail: they alternate, so a closed month has one closing more."""
    codes = ("period.closed", "period.reopened")
    statement = (
        select(Audit.row_id, Audit.code, func.count()).where(Audit.code.in_(codes)).group_by(Audit.row_id, Audit.code)
    )
    counts = {(row_id, code): number for row_id, code, number in _rows(statement)}
    for period in known:
        ahead = counts.get((period.id, codes[0]), 0) - counts.get((period.id, codes[1]), 0)
        if ahead != (1 if period.state is PeriodState.closed else 0):
            yield _("%(month)s 的结账、反结账记录与“%(state)s”不符。", month=period.month, state=period.state.label)


def _carried_forward(closed: list[str]) -> Iterator[str]:
    """At the end of every closed month income and cost stand at 0 in every store."""
    statement = (
        _lines(Period.month, JournalLine.store_id, Account.number, func.sum(NET).label("net"))
        .join(Period, Period.id == JournalEntry.period_id)
        .where(Account.kind.in_((AccountKind.income, AccountKind.cost)), Period.month.in_(closed))
        .group_by(Period.month, JournalLine.store_id, Account.number)
        .having(func.sum(NET) != NOTHING)
    )
    for month, _store, number, net in _rows(statement):
        yield _("%(month)s 已结账，科目 %(number)s 还有 %(net)s 未结转。", month=month, number=number, net=shown(net))


# ── 8 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(8, _l("每行增值税等于按当日税率重算的税额；科目余额等于它们加手工和期初"))
def vat(_expected: Expected) -> Breaches:
    """VAT lines recomputed; what was typed or brought forward is shown apart."""
    columns = ("number", "document_kind", "kind", "dated_on")
    statement = _lines(
        *(getattr(JournalEntry, name) for name in columns),
        -NET,
        JournalLine.taxed_gross,
        TaxRate.rate,
        TaxRate.from_on,
        TaxRate.to_on,
    )
    statement = statement.outerjoin(TaxRate, TaxRate.id == JournalLine.tax_rate_id).where(stands())
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for number, document_kind, kind, day, tax, gross, rate, from_on, to_on in _rows(
        statement.where(Account.purpose == Purpose.vat)
    ):
        origin = "opening" if kind is EntryKind.opening else "typed" if document_kind in TAXED_BY_HAND else "papers"
        sums[origin] += tax
        if origin != "papers":
            continue
        if rate is None or gross is None:
            yield _("%(number)s 的税额 %(tax)s 没有税率。", number=number, tax=shown(tax))
            continue
        again = tax_within(abs(gross), rate)
        if again != abs(tax):
            yield _(
                "%(number)s 的税额 %(tax)s，按 %(gross)s 重算为 %(again)s。",
                number=number,
                tax=shown(tax),
                gross=shown(gross),
                again=shown(again),
            )
        if document_kind not in TAXED_AS_BEFORE and not (from_on <= day and (to_on is None or day <= to_on)):
            yield _("%(number)s 用了 %(day)s 无效的税率。", number=number, day=day)
    strays = statement.where(
        JournalLine.tax_rate_id.is_not(None), or_(Account.purpose != Purpose.vat, Account.purpose.is_(None))
    )
    for row in _rows(strays):
        yield _("%(number)s 的税额记在别的科目上。", number=row.number)
    yield from _overlapping_rates()
    account = _one(_lines(func.sum(-NET)).where(Account.purpose == Purpose.vat))[0] or ZERO
    if account != sum(sums.values(), ZERO):
        yield _(
            "增值税科目余额 %(account)s，各行合计 %(sum)s。",
            account=shown(account),
            sum=shown(sum(sums.values(), ZERO)),
        )
    return _(
        "单据 %(papers)s，手工 %(typed)s，期初 %(opening)s，科目余额 %(account)s",
        papers=shown(sums["papers"]),
        typed=shown(sums["typed"]),
        opening=shown(sums["opening"]),
        account=shown(account),
    )


def _overlapping_rates() -> Iterator[str]:
    other = aliased(TaxRate)
    same = and_(
        other.id > TaxRate.id,
        *(getattr(other, name) == getattr(TaxRate, name) for name in ("tax_kind", "taxpayer", "method")),
    )
    meets = and_(
        or_(TaxRate.to_on.is_(None), other.from_on <= TaxRate.to_on),
        or_(other.to_on.is_(None), TaxRate.from_on <= other.to_on),
    )
    for kind, since in _rows(select(TaxRate.tax_kind, other.from_on).join(other, and_(same, meets))):
        yield _("“%(kind)s”从 %(since)s 起有两个税率。", kind=kind.label, since=since)


# ── 9 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(9, _l("资金账户余额等于其分录，且等于所属科目余额；现金从不为负"))
def money(_expected: Expected) -> Breaches:
    """Lines on money accounts name one, lines that name one stand on its account; tills never below 0."""
    belongs = and_(JournalLine.money_account_id.is_not(None), MoneyAccount.account_id == JournalLine.account_id)
    about_money = or_(Account.control == Control.money, JournalLine.money_account_id.is_not(None))
    loose = _lines(JournalEntry.number, JournalEntry.id).outerjoin(
        MoneyAccount, MoneyAccount.id == JournalLine.money_account_id
    )
    for number, entry_id in _rows(loose.where(about_money, stands(), ~func.coalesce(belongs, False)).distinct()):
        yield _("%(number)s（凭证 %(id)s）的资金分录没有资金账户，或科目不对。", number=number, id=entry_id)
    kept: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in money_balances(SYSTEM):
        kept[one.account] += one.balance
    booked = dict(
        db.session.execute(
            _lines(Account.number, func.sum(NET)).where(Account.control == Control.money).group_by(Account.number)
        ).all()
    )
    for number in sorted({*kept, *booked}):
        if kept.get(number, ZERO) != booked.get(number, ZERO):
            yield _(
                "科目 %(number)s 余额 %(booked)s，资金账户合计 %(kept)s。",
                number=number,
                booked=shown(booked.get(number, ZERO)),
                kept=shown(kept.get(number, ZERO)),
            )
    tills = dict(db.session.execute(select(MoneyAccount.id, MoneyAccount.name).where(MoneyAccount.is_till)).all())
    for till, day, balance in _rows(
        _balance_below_zero(JournalLine.money_account_id, JournalLine.money_account_id.in_(tills))
    ):
        yield _("%(till)s 在 %(day)s 的余额为 %(balance)s。", till=tills[till], day=day, balance=shown(balance))
    return _(
        "资金账户合计 %(kept)s，科目余额 %(booked)s",
        kept=shown(sum(kept.values(), ZERO)),
        booked=shown(sum(booked.values(), ZERO)),
    )


# ── 10 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
@invariant(10, _l("毛利合计等于带车辆的收入与成本分录之和；车辆单据的损益都带车辆"))
def margin(_expected: Expected) -> Breaches:
    """What the margin report tells, summed, against the lines; no income or cost of a car's paper without its car."""
    reported = sum((one.total for one in margins(select(Holding.id), SYSTEM).values()), ZERO)
    results = Account.kind.in_((AccountKind.income, AccountKind.cost))
    with_car = and_(results, JournalLine.holding_id.is_not(None), JournalEntry.kind != EntryKind.closing)
    booked = _one(_lines(func.sum(-NET)).where(with_car))[0] or ZERO
    if reported != booked:
        yield _("毛利合计 %(reported)s，分录合计 %(booked)s。", reported=shown(reported), booked=shown(booked))
    loose = and_(results, JournalLine.holding_id.is_(None), JournalEntry.document_kind.in_(CAR_PAPERS), stands())
    for number, entry_id in _rows(_lines(JournalEntry.number, JournalEntry.id).where(loose).distinct()):
        yield _("%(number)s（凭证 %(id)s）的损益分录没有车辆。", number=number, id=entry_id)
    return _("毛利合计 %(reported)s，分录合计 %(booked)s", reported=shown(reported), booked=shown(booked))
