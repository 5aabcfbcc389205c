"""Running balances by day: whether a till or a car's inventory would stand below 0 on a later date."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, case, func, literal, select, type_coerce

from app.columns import Fen
from app.enums import Purpose
from app.extensions import db
from app.memo import once, while_still
from app.models import Account, Holding, JournalEntry, JournalLine
from app.money import ZERO

MOVED = type_coerce(func.sum(JournalLine.debit - JournalLine.credit), Fen)


def lowest(lines: ColumnElement[bool], day: dt.date) -> Decimal:
    """The lowest end-of-day balance (debit − credit) from `day` on, over the journal lines that `lines` picks."""
    bucket = case((JournalEntry.dated_on <= day, literal(day, Date)), else_=JournalEntry.dated_on).label("bucket")
    statement = (
        select(bucket, MOVED.label("moved"))
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(lines)
        .group_by("bucket")
        .order_by("bucket")
    )
    running, least = ZERO, None
    for row in db.session.execute(statement):
        running += row.moved
        least = running if least is None else min(least, running)
    return least if least is not None else ZERO


def lowest_money(money_account_id: int, day: dt.date) -> Decimal:
    """What a money account holds at least at the end of `day` or of any later day."""
    return lowest(JournalLine.money_account_id == money_account_id, day)


def on_inventory(holding_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """The inventory lines of a car's time in stock."""
    account = select(Account.id).where(Account.purpose == Purpose.inventory).scalar_subquery()
    return (JournalLine.holding_id == holding_id) & (JournalLine.account_id == account)


@while_still
def inventory_of(holding_id: int) -> tuple[Decimal, dt.date | None]:
    """(inventory balance of a holding, the last day on which it moved); what was withdrawn leaves no trace in either."""
    moved = [row for row in db.session.execute(_inventory_by_day(), {"holding": holding_id}) if row.moved]
    return sum((row.moved for row in moved), ZERO), max((row.dated_on for row in moved), default=None)


def inventory_by(kind: str, document_id: int) -> dict[int, Decimal]:
    """holding → what one paper's standing entry adds to its inventory, of those still in stock."""
    statement = (
        select(JournalLine.holding_id, MOVED.label("moved"))
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .join(Holding, Holding.id == JournalLine.holding_id)
        .where(JournalEntry.document_kind == kind, JournalEntry.document_id == document_id)
        .where(Account.purpose == Purpose.inventory, Holding.closed_on.is_(None))
        .group_by(JournalLine.holding_id)
        .order_by(JournalLine.holding_id)
    )
    return {row.holding_id: row.moved for row in db.session.execute(statement)}


@once
def _inventory_by_day() -> Select[dt.date, Decimal]:
    return (
        select(JournalEntry.dated_on, MOVED.label("moved"))
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(on_inventory(bindparam("holding", type_=Integer)))
        .group_by(JournalEntry.dated_on)
    )
