"""Accounting months: closed oldest first with a closing entry per store and a digest, reopened newest first."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, literal, select, union_all

from app import audit, clock
from app.columns import Base, Document
from app.enums import AccountKind, EntryKind, PeriodState, Purpose, State
from app.errors import NotAllowed, NotThere, Refused, WrongState
from app.extensions import db
from app.fields import storable
from app.ledger.chart import Chart
from app.ledger.months import first_day, first_month, made, next_open_day, period_for, run_of_months
from app.ledger.posting import DIMENSION_OF, Heading, Leg, standing, withdraw_entry, write
from app.models import Account, CompanyProfile, JournalEntry, JournalLine, Period, Store
from app.money import ZERO
from app.queries import Actor

__all__ = ["calendar", "close", "close_preview", "digests", "made", "months", "next_open_day", "period_for", "reopen"]

KIND = Period.__tablename__
"""What closing entries name as their document's kind; the id is the period's."""
FEN_PER_YUAN = 100


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a page lists it; `period_id` is None for one that nothing has asked for yet."""

    month: str
    state: PeriodState
    period_id: int | None = None
    digest: str | None = None
    closed_at: dt.datetime | None = None
    closed_by_id: int | None = None
    reopened_at: dt.datetime | None = None
    reopened_by_id: int | None = None


def months() -> list[Period]:
    """Every month from the company's first to today's, oldest first, made where missing: within a unit of work."""
    made(clock.month_of(clock.today()))
    return list(db.session.scalars(select(Period).order_by(Period.month)))


def calendar() -> list[Month]:
    """The same for reading: nothing is written; months not made yet are open."""
    columns = [getattr(Period, name) for name in Month.__slots__ if name != "period_id"]
    rows = db.session.execute(select(Period.id.label("period_id"), *columns))
    known = {row.month: Month(**row._mapping) for row in rows}
    names = sorted({*known, *run_of_months(first_month(), clock.month_of(clock.today()))})
    return [known.get(name) or Month(name, PeriodState.open) for name in names]


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def close(period_id: int, actor: Actor) -> Period:
    """Close a month: a closing entry per store, the digest of its trial balance, the audit line. The caller commits.

    A month can be closed on its last day at the earliest, and only when all before it are closed. Draft papers dated in
    it do not stop it (`close_preview` counts them): they are approved under a later date. Takes the right `close`.
    Raises NotThere, NotAllowed, WrongState or Refused.
    """
    period = _locked(period_id, actor, "close")
    if period.state is PeriodState.closed:
        raise WrongState(_("%(month)s 已经结账。", month=period.month))
    made(period.month)  # those before it too, should the company's first month have moved
    if obstacles := list(_obstacles(period.month)):
        raise Refused("".join(obstacles))
    day = clock.last_day(period.month)
    for store_id, legs in closing_legs(day).items():
        write(_heading(period, store_id, day), legs, actor.user_id)
    period.digest = digests(period.month)[period.month]
    period.state, period.closed_at, period.closed_by_id = PeriodState.closed, clock.now(), actor.user_id
    db.session.flush()
    audit.record(
        actor, "period.closed", period, before={"state": "open"}, after={"state": "closed", "digest": period.digest}
    )
    return period


def reopen(period_id: int, actor: Actor, reason: str) -> Period:
    """Open the newest closed month again: its closing entries are withdrawn by red ones. The caller commits.

    Takes the right `reopen` and a reason. Raises NotThere, NotAllowed, WrongState or Refused.
    """
    period = _locked(period_id, actor, "reopen")
    reason = reason.strip()[:200]
    if period.state is PeriodState.open:
        raise WrongState(_("%(month)s 没有结账。", month=period.month))
    if not reason:
        raise Refused(_("请写明原因。"))
    if not storable(reason):
        raise Refused(_("含有无法保存的字符。"))
    later = db.session.scalar(select(func.max(Period.month)).where(Period.state == PeriodState.closed))
    if later != period.month:
        raise Refused(_("只能先反结账最近的 %(later)s。", later=later))
    digest = period.digest
    period.state, period.digest, period.closed_at, period.closed_by_id = PeriodState.open, None, None, None
    period.reopened_at, period.reopened_by_id = clock.now(), actor.user_id
    db.session.flush()
    for entry in standing(KIND, period.id):
        withdraw_entry(entry, reason, actor.user_id)
    before = {"state": "closed", "digest": digest}
    audit.record(actor, "period.reopened", period, before=before, after={"state": "open"}, reason=reason)
    return period


def _locked(period_id: int, actor: Actor, right: str) -> Period:
    """The period, locked against posting and then read. Whoever closes or reopens queues at the company's row."""
    if not actor.may(right, "Period"):
        raise NotAllowed(_("您没有结账的权限。") if right == "close" else _("您没有反结账的权限。"))
    db.session.execute(select(CompanyProfile.id).with_for_update(key_share=True))
    statement = select(Period).where(Period.id == period_id).with_for_update()
    period: Period | None = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if period is None:
        raise NotThere
    return period


def _obstacles(month: str) -> Iterator[str]:
    """In words, why this open month cannot be closed now."""
    last = clock.last_day(month)
    if last > clock.today():
        yield _("%(month)s 要到 %(last)s 才能结账。", month=month, last=last)
    open_before = db.session.scalar(
        select(func.min(Period.month)).where(Period.state == PeriodState.open, Period.month < month)
    )
    if open_before:
        yield _("请先结账 %(earlier)s。", earlier=open_before)


def _heading(period: Period, store_id: int, day: dt.date) -> Heading:
    revisions = select(func.count()).where(
        JournalEntry.document_kind == KIND,
        JournalEntry.document_id == period.id,
        JournalEntry.store_id == store_id,
        JournalEntry.is_red.is_(False),
    )
    revision = 1 + (db.session.scalar(revisions) or 0)
    return Heading(KIND, period.id, f"QM{day:%y%m}", revision, day, store_id, EntryKind.closing)


def closing_legs(day: dt.date) -> dict[int, list[Leg]]:
    """Per store the legs that bring income and cost to 0 at the end of `day`, the difference to profit.

    On 31 December profit goes on to retained earnings. Stores with nothing to carry are absent. An account with a
    control dimension is carried by that dimension.
    """
    by_store: dict[int, list[Leg]] = defaultdict(list)
    profit = _profit_so_far(day) if (day.month, day.day) == (12, 31) else None
    for store_id, legs in _results(day).items():
        by_store[store_id] = legs
        earned = sum((leg.debit - leg.credit for leg in legs), ZERO)
        by_store[store_id].append(_leg(Purpose.profit, -earned))
        if profit is not None:
            profit[store_id] = profit.get(store_id, ZERO) - earned
    for store_id, balance in (profit or {}).items():
        if balance:
            by_store[store_id] += [_leg(Purpose.profit, -balance), _leg(Purpose.retained, balance)]
    return {
        store_id: legs for store_id, legs in sorted(by_store.items()) if any(leg.debit or leg.credit for leg in legs)
    }


def _leg(account: Purpose | int, net: Decimal, **dimensions: Any) -> Leg:
    """A leg of `net` yuan, debit positive."""
    return Leg(account, debit=max(net, ZERO), credit=max(-net, ZERO), **dimensions)


def _results(day: dt.date) -> dict[int, list[Leg]]:
    """Per store the legs that take back the balance of every income and cost account, by account number."""
    # grouped by label: PostgreSQL takes an expression with parameters for another one when it is repeated
    carried = {
        name: case((Account.control == control, getattr(JournalLine, name))).label(f"by_{name}")
        for control, name in DIMENSION_OF.items()
    }
    net = func.sum(JournalLine.debit - JournalLine.credit)
    statement = (
        select(JournalLine.store_id, Account.id, net.label("net"), *carried.values())
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(Account.kind.in_((AccountKind.income, AccountKind.cost)), JournalEntry.dated_on <= day)
        .group_by(JournalLine.store_id, Account.id, *(column.name for column in carried.values()))
        .having(net != ZERO)
        .order_by(JournalLine.store_id, Account.number)
    )
    legs: dict[int, list[Leg]] = defaultdict(list)
    for row in db.session.execute(statement):
        legs[row.store_id].append(_leg(row.id, -row.net, **{name: getattr(row, f"by_{name}") for name in carried}))
    return legs


def _profit_so_far(day: dt.date) -> dict[int, Decimal]:
    """Per store the balance of the profit account at the end of `day`, debit positive."""
    net = func.sum(JournalLine.debit - JournalLine.credit)
    statement = (
        select(JournalLine.store_id, net.label("net"))
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(Account.purpose == Purpose.profit, JournalEntry.dated_on <= day)
        .group_by(JournalLine.store_id)
    )
    return {row.store_id: row.net for row in db.session.execute(statement)}


# ── the digest ───────────────────────────────────────────────────────────────────────────────────────────────────────
def digests(last: str) -> dict[str, str]:
    """Per month up to `last` the SHA-256 of its trial balance, in one statement over the books.

    Canonical text: the month, then per store and account (by id, so that renaming changes nothing) a line
    `store|account|opening|debit|credit` in fen, in order of ids, lines at 0 left out. Withdrawn pairs cancel.
    """
    statement = (
        select(
            Period.month,
            JournalLine.store_id,
            JournalLine.account_id,
            func.sum(JournalLine.debit),
            func.sum(JournalLine.credit),
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Period, Period.id == JournalEntry.period_id)
        .where(Period.month <= last)
        .group_by(Period.month, JournalLine.store_id, JournalLine.account_id)
    )
    turnover: dict[str, dict[tuple[int, int], tuple[Decimal, Decimal]]] = defaultdict(dict)
    for month, store_id, account_id, debit, credit in db.session.execute(statement):
        turnover[month][store_id, account_id] = (debit, credit)
    opening: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    found = {}
    for month in run_of_months(min([first_month(), *turnover]), last):
        found[month] = _digest(month, opening, turnover[month])
        for key, (debit, credit) in turnover[month].items():
            opening[key] += debit - credit
    return found


def _digest(
    month: str, opening: Mapping[tuple[int, int], Decimal], turnover: Mapping[tuple[int, int], tuple[Decimal, Decimal]]
) -> str:
    lines = [month]
    for store_id, account_id in sorted({*opening, *turnover}):
        key = (store_id, account_id)
        figures = (opening.get(key, ZERO), *turnover.get(key, (ZERO, ZERO)))
        if any(figures):
            lines.append(
                "|".join(str(number) for number in (*key, *(int(figure * FEN_PER_YUAN) for figure in figures)))
            )
    return sha256("\n".join(lines).encode()).hexdigest()


# ── before closing ───────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class ClosingLine:
    """One line of the closing entry to be."""

    number: str
    name: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class ClosePreview:
    """What closing a month would do. `obstacles`: why not now, in words; `drafts`: kind of paper → how many stay."""

    month: str
    obstacles: list[str]
    drafts: dict[str, int]
    entries: dict[str, list[ClosingLine]]
    """Store → lines."""
    profit: Decimal
    """What the month earns, all stores; negative is a loss."""


def close_preview(month: str, actor: Actor) -> ClosePreview:
    """Before closing `2026-11`, without changing anything. NotAllowed for those who neither close nor read the books."""
    if not (actor.may("close", "Period") or actor.may("read", "Ledger")):
        raise NotAllowed(_("您没有查看账务的权限。"))
    closed = db.session.scalar(select(Period.state).where(Period.month == month)) is PeriodState.closed
    obstacles = [_("%(month)s 已经结账。", month=month)] if closed else list(_obstacles(month))
    names = dict(db.session.execute(select(Store.id, Store.name)).all())
    accounts = {row.id: row for row in db.session.execute(select(Account.id, Account.number, Account.name))}
    chart = Chart()
    entries: dict[str, list[ClosingLine]] = {}
    profit = ZERO
    for store_id, legs in closing_legs(clock.last_day(month)).items():
        told = [(accounts[chart[leg.account].id], leg) for leg in legs]
        entries[names[store_id]] = [ClosingLine(row.number, row.name, leg.debit, leg.credit) for row, leg in told]
        profit += sum((leg.debit - leg.credit for leg in legs if isinstance(leg.account, int)), ZERO)
    return ClosePreview(month, obstacles, _drafts(month), entries, profit)


def _drafts(month: str) -> dict[str, int]:
    """How many draft papers of each kind are dated in the month."""
    first, last = first_day(month), clock.last_day(month)
    kinds: list[type[Document]] = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Document)]
    counts = union_all(
        *(
            select(literal(kind.__tablename__).label("kind"), func.count().label("number"))
            .select_from(kind)
            .where(kind.state == State.draft, kind.dated_on.between(first, last))
            for kind in kinds
        )
    )
    return {row.kind: row.number for row in db.session.execute(counts) if row.number}
