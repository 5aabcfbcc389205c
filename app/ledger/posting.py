"""Post and withdraw: entries, lines, open items and matches are written here and nowhere else."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Executable, and_, delete, exists, insert, select, union
from sqlalchemy.orm import aliased

from app import clock, memo
from app.columns import Document
from app.database import upsert
from app.enums import Control, EntryKind, Purpose, Side
from app.errors import Invalid, Refused
from app.extensions import db
from app.ledger.chart import ITEM_PURPOSES, AccountFacts, Chart
from app.ledger.months import period_for
from app.memo import once
from app.models import JournalEntry, JournalLine, Match, MoneyAccount, OpenItem
from app.money import ZERO

DIMENSION_OF = {
    Control.party: "party_id",
    Control.holding: "holding_id",
    Control.money: "money_account_id",
    Control.employee: "employee_id",
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One line to be: an account by purpose (or id), a debit or a credit, its dimensions.

    `rate_id` and `taxed_gross` stand on VAT lines and let `ledger check` recompute them.
    """

    account: Purpose | int
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    party_id: int | None = None
    holding_id: int | None = None
    money_account_id: int | None = None
    employee_id: int | None = None
    rate_id: int | None = None
    taxed_gross: Decimal | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """A match to be: this paper settles `amount` of a locked open item."""

    item: OpenItem
    amount: Decimal


def debit(account: Purpose | int, amount: Decimal, **dimensions: object) -> Leg:
    """A debit leg; `debit(Purpose.inventory, cost, holding_id=7)`."""
    return Leg(account, debit=amount, **dimensions)  # type: ignore[arg-type]  # the dataclass checks the names


def credit(account: Purpose | int, amount: Decimal, **dimensions: object) -> Leg:
    """A credit leg."""
    return Leg(account, credit=amount, **dimensions)  # type: ignore[arg-type]


def key(paper: Document) -> tuple[str, int]:
    """How a paper is named elsewhere, for ever: (kind, id)."""
    return paper.__tablename__, paper.id


@dataclass(frozen=True, slots=True)
class Heading:
    """What an entry says about itself: the paper (or the month that closes) it belongs to, its date and store."""

    document_kind: str
    document_id: int
    number: str
    revision: int
    dated_on: dt.date
    store_id: int
    kind: EntryKind = EntryKind.normal
    due_on: dt.date | None = None

    def __str__(self) -> str:
        return self.number


def post(
    paper: Document,
    effects: Iterable[Leg | Settle],
    written_by: int | None,
    *,
    kind: EntryKind = EntryKind.normal,
) -> int:
    """Write the entry of a paper: proves that it balances and that every leg has its dimension; returns its id.

    What the legs leave after the paper's own matches opens an item per account, party and side. Legs of 0 are dropped;
    a paper without legs gets an entry without lines. ValueError when legs do not balance: a fault of the workflow.
    """
    document_kind, document_id = key(paper)
    due_on = getattr(paper, "due_on", None)
    heading = Heading(
        document_kind, document_id, paper.number, paper.revision, paper.dated_on, paper.store_id, kind, due_on
    )
    return write(heading, effects, written_by)


def write(heading: Heading, effects: Iterable[Leg | Settle], written_by: int | None) -> int:
    """Write one entry under `heading` (see `post`, which makes it of a paper); for the ledger's own use."""
    everything = list(effects)
    legs = [leg for leg in everything if isinstance(leg, Leg) and (leg.debit or leg.credit)]
    matches = [match for match in everything if isinstance(match, Settle) and match.amount]
    chart = Chart()
    accounts = [chart[leg.account] for leg in legs]
    _prove(heading, legs, accounts)
    entry_id = _entry(
        document_kind=heading.document_kind,
        document_id=heading.document_id,
        number=heading.number,
        revision=heading.revision,
        kind=heading.kind,
        dated_on=heading.dated_on,
        period_id=period_for(heading.dated_on).id,
        store_id=heading.store_id,
        is_red=False,
        written_by_id=written_by,
    )
    booked = list(zip(legs, accounts, strict=True))
    if legs:
        db.session.execute(
            insert(JournalLine.__table__),
            [_line(entry_id, n, heading, leg, facts) for n, (leg, facts) in enumerate(booked)],
        )
    _open_items(heading, booked, matches)
    memo.stirred()
    return entry_id


def _entry(**values: object) -> int:
    table = JournalEntry.__table__
    return int(
        db.session.execute(insert(table).returning(table.c.id), {"written_at": clock.now(), **values}).scalar_one()
    )


def _prove(heading: Heading, legs: Sequence[Leg], accounts: Sequence[AccountFacts]) -> None:
    if sum((leg.debit - leg.credit for leg in legs), ZERO):
        raise ValueError(f"{heading} does not balance: {legs}")
    for leg, facts in zip(legs, accounts, strict=True):
        if leg.debit < 0 or leg.credit < 0 or (leg.debit and leg.credit):
            raise ValueError(f"{heading}: a leg is a debit or a credit, never negative: {leg}")
        needed = DIMENSION_OF.get(facts.control)
        if needed and getattr(leg, needed) is None:
            raise ValueError(f"{heading}: a line on {facts.number} needs its {needed}: {leg}")


def _line(entry_id: int, position: int, heading: Heading, leg: Leg, facts: AccountFacts) -> dict[str, object]:
    return {
        "entry_id": entry_id,
        "is_red": False,
        "position": position,
        "account_id": facts.id,
        "store_id": heading.store_id,
        "debit": leg.debit,
        "credit": leg.credit,
        "party_id": leg.party_id,
        "holding_id": leg.holding_id,
        "money_account_id": leg.money_account_id,
        "employee_id": leg.employee_id,
        "tax_rate_id": leg.rate_id,
        "taxed_gross": leg.taxed_gross,
        "text": leg.text,
    }


# ── open items and matches ───────────────────────────────────────────────────────────────────────────────────────────
def lock_items(ids: Iterable[int]) -> dict[int, OpenItem]:
    """Open items by id, locked in id order and read afresh: lock, then look."""
    statement = select(OpenItem).where(OpenItem.id.in_(sorted(set(ids)))).order_by(OpenItem.id).with_for_update()
    return {item.id: item for item in db.session.scalars(statement.execution_options(populate_existing=True))}


def _open_items(heading: Heading, legs: Sequence[tuple[Leg, AccountFacts]], matches: Sequence[Settle]) -> None:
    """item = Σ legs − Σ matches, per account and party: debit positive. A match takes from the other side of the leg."""
    rest: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for leg, facts in legs:
        if facts.purpose in ITEM_PURPOSES and leg.party_id is not None:
            rest[facts.id, leg.party_id] += leg.debit - leg.credit
    for match in matches:
        item = match.item
        if not 0 < match.amount <= item.open:
            raise Invalid([("items", _("%(number)s 只剩 %(open)s 未结。", number=item.number, open=item.open))])
        item.settled += match.amount
        # settling a debit item is a credit on its account, so the leg that did it is used up
        rest[item.account_id, item.party_id] += match.amount if item.side is Side.D else -match.amount
    paper = {"document_kind": heading.document_kind, "document_id": heading.document_id}
    if matches:
        merged: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for match in matches:
            merged[match.item.id] += match.amount
        db.session.flush()
        db.session.execute(
            insert(Match),
            [
                {**paper, "number": heading.number, "item_id": item_id, "amount": amount}
                for item_id, amount in merged.items()
            ],
        )
    rows: list[dict[str, object]] = [
        {
            **paper,
            "number": heading.number,
            "account_id": account_id,
            "party_id": party_id,
            "side": Side.D if amount > 0 else Side.C,
            "store_id": heading.store_id,
            "dated_on": heading.dated_on,
            "due_on": heading.due_on,
            "amount": abs(amount),
            "settled": ZERO,
        }
        for (account_id, party_id), amount in rest.items()
        if amount
    ]
    if rows:
        db.session.execute(_item_kept(db.engine.dialect.name), rows)


@once
def _item_kept(_dialect: str) -> Executable:
    """An item keeps its row through revisions: one statement on both databases."""
    statement = upsert(OpenItem.__table__)
    stated = {name: statement.excluded[name] for name in ("number", "store_id", "dated_on", "due_on", "amount")}
    identity = ("document_kind", "document_id", "account_id", "party_id", "side")
    return statement.on_conflict_do_update(index_elements=identity, set_=stated)  # type: ignore[no-any-return]  # either dialect's insert


# ── taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────
def stands() -> ColumnElement[bool]:
    """The condition on journal entries that leaves withdrawn pairs out: not red, not withdrawn."""
    red = aliased(JournalEntry)
    return and_(JournalEntry.is_red.is_(False), ~exists().where(red.withdraws_id == JournalEntry.id))


def standing(kind: str, document_id: int) -> list[JournalEntry]:
    """The entries of a paper (at most one) or of a closed month (one per store) that stand."""
    statement = select(JournalEntry).where(
        JournalEntry.document_kind == kind, JournalEntry.document_id == document_id, stands()
    )
    return list(db.session.scalars(statement.order_by(JournalEntry.id)))


def entry_of(paper: Document) -> JournalEntry | None:
    """The paper's entry that stands (not red, not withdrawn), or None."""
    found = standing(*key(paper))
    if len(found) > 1:
        raise ValueError(f"{paper} has more than one standing entry")
    return found[0] if found else None


def withdraw(paper: Document, reason: str, written_by: int | None) -> int:
    """Write the red entry: same date, accounts and sides, amounts negative; items to 0, matches gone; returns its id.

    Refused when the entry's period is closed. Who rests on its items is the engine's question, asked before.
    """
    entry = entry_of(paper)
    if entry is None:
        raise ValueError(f"{paper} has no entry to withdraw")
    return withdraw_entry(entry, reason, written_by)


def withdraw_entry(entry: JournalEntry, reason: str, written_by: int | None) -> int:
    """Withdraw one standing entry (see `withdraw`). ValueError for a red one; the database refuses a second time."""
    if entry.is_red:
        raise ValueError(f"entry {entry.id} is red: a red entry is never withdrawn")
    try:
        period = period_for(entry.dated_on)
    except Invalid as closed:
        raise Refused(_("凭证所在期间已结账，不能撤回：请用退货、退车或记账凭证更正。")) from closed
    red_id = _entry(
        document_kind=entry.document_kind,
        document_id=entry.document_id,
        number=entry.number,
        revision=entry.revision,
        kind=entry.kind,
        dated_on=entry.dated_on,
        period_id=period.id,
        store_id=entry.store_id,
        withdraws_id=entry.id,
        is_red=True,
        reason=reason,
        written_by_id=written_by,
    )
    copied = (
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
    columns = [getattr(JournalLine, name) for name in copied]
    rows = db.session.execute(
        select(*columns, JournalLine.debit, JournalLine.credit, JournalLine.taxed_gross).where(
            JournalLine.entry_id == entry.id
        )
    ).all()
    if rows:
        db.session.execute(
            insert(JournalLine.__table__),
            [
                {
                    **{name: getattr(row, name) for name in copied},
                    "entry_id": red_id,
                    "is_red": True,
                    "debit": -row.debit,
                    "credit": -row.credit,
                    "taxed_gross": None if row.taxed_gross is None else -row.taxed_gross,
                }
                for row in rows
            ],
        )
    _close_items(entry.document_kind, entry.document_id)
    memo.stirred()
    return red_id


def lock_items_of(paper: Document) -> dict[int, OpenItem]:
    """The items that an approved paper opened or settled, locked in id order: before looking at who else settles them."""
    return _lock_items_of(*key(paper))


def _lock_items_of(kind: str, paper_id: int) -> dict[int, OpenItem]:
    own = select(OpenItem.id).where(OpenItem.document_kind == kind, OpenItem.document_id == paper_id)
    settled = select(Match.item_id).where(Match.document_kind == kind, Match.document_id == paper_id)
    return lock_items(db.session.scalars(union(own, settled)))


def _close_items(kind: str, paper_id: int) -> None:
    """Give back what the paper settled and set its own items to 0, all locked in id order."""
    items = _lock_items_of(kind, paper_id)
    own = [item.id for item in items.values() if (item.document_kind, item.document_id) == (kind, paper_id)]
    taken = db.session.execute(
        select(Match.item_id, Match.amount).where(Match.document_kind == kind, Match.document_id == paper_id)
    ).all()
    for row in taken:
        items[row.item_id].settled -= row.amount
    for item_id in own:
        if items[item_id].settled:
            raise Refused(_("%(number)s 的未结项已被结算，不能撤回。", number=items[item_id].number))
        items[item_id].amount = ZERO
    db.session.flush()
    if taken:
        db.session.execute(delete(Match).where(Match.document_kind == kind, Match.document_id == paper_id))


def lock_money_accounts(ids: Iterable[int]) -> None:
    """Lock money accounts in id order, before looking whether a till would stand below 0.

    NO KEY UPDATE: who takes money out waits for the other who does, but receipts that only name the row do not.
    """
    statement = select(MoneyAccount).where(MoneyAccount.id.in_(sorted(set(ids)))).order_by(MoneyAccount.id)
    db.session.scalars(statement.with_for_update(key_share=True)).all()
