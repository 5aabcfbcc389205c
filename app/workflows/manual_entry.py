"""记账凭证. Approved: it is posted as typed. Unapproved: it is withdrawn."""

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _

from app.enums import Control, Purpose, State
from app.errors import Problem
from app.ledger import Leg
from app.ledger.balances import lowest, on_inventory
from app.ledger.posting import DIMENSION_OF, lock_items_of
from app.models import ManualEntry, ManualEntryLine
from app.money import ZERO, shown
from app.queries import Actor
from app.workflows import cash, vehicles
from app.workflows.engine import locks, move, obstacle
from app.workflows.limits import four_eyes
from app.workflows.on_cars import costs_cars
from app.workflows.records import checks


def total(entry: ManualEntry) -> Decimal:
    """The sum of its debits."""
    return sum((line.debit for line in entry.lines), ZERO)


def money_moved(entry: ManualEntry) -> dict[int, Decimal]:
    """What arrives in each money account it names (leaves it: negative)."""
    return _sums((line.money_account_id, line.debit - line.credit) for line in entry.lines)


def inventory_moved(entry: ManualEntry) -> dict[int, Decimal]:
    """What it adds to the inventory of each holding (takes from it: negative)."""
    on_stock = [line for line in entry.lines if line.account.purpose is Purpose.inventory]
    return _sums((line.holding_id, line.debit - line.credit) for line in on_stock)


def _sums(pairs: Iterator[tuple[int | None, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for pk, amount in pairs:
        if pk is not None:
            sums[pk] = sums.get(pk, ZERO) + amount
    return sums


@checks(ManualEntry)
def faults(entry: ManualEntry, _actor: Actor) -> Iterator[Problem]:
    """A line is a debit or a credit."""
    for position, line in enumerate(entry.lines):
        if (line.debit == 0) == (line.credit == 0):
            yield f"lines.{position}.debit", _("借方、贷方填一个，且不为 0。")


@locks(ManualEntry)
def ground(entry: ManualEntry) -> None:
    """The cars it names, then the accounts that money leaves."""
    vehicles.lock_holdings_of(entry.lines)
    taking_back = entry.state is State.approved
    if taking_back:
        lock_items_of(entry)
    cash.lock({pk: amount if taking_back else -amount for pk, amount in money_moved(entry).items()})


def missing(entry: ManualEntry, _actor: Actor) -> Iterator[Problem]:
    """Balanced, every control account with its dimension, no till and no car's inventory below 0 (ledger.md)."""
    difference = sum((line.debit - line.credit for line in entry.lines), ZERO)
    if not entry.lines:
        yield "lines", _("至少要有一借一贷。")
    if difference:
        yield "lines", _("借贷不平，相差 %(difference)s。", difference=shown(abs(difference)))
    for position, line in enumerate(entry.lines):
        yield from _line_faults(entry, line, f"lines.{position}.")
    yield from _below_zero(entry)


def _line_faults(entry: ManualEntry, line: ManualEntryLine, prefix: str) -> Iterator[Problem]:
    needed = DIMENSION_OF.get(line.account.control)
    if needed and getattr(line, needed) is None:
        yield f"{prefix}{needed}", _("科目“%(account)s”要填这一项。", account=str(line.account))
    if line.account.control is Control.part:
        yield f"{prefix}account_id", _("配件科目不能手工记账。")
    if line.money_account is not None:
        if line.money_account.account_id != line.account_id:
            yield f"{prefix}money_account_id", _("这个资金账户属于另一个科目。")
        yield from cash.of_store(line.money_account, entry.store_id, f"{prefix}money_account_id")
    if line.holding is not None:
        yield from vehicles.same_store(entry, line.holding.warehouse_id, f"{prefix}holding_id")
        yield from vehicles.not_before(entry.dated_on, line.holding)
        if line.account.purpose is Purpose.inventory and not vehicles.in_stock(line.holding):
            yield f"{prefix}holding_id", _("这台车不在库，不能记入库存。")
        elif line.holding.opened_on is None:
            yield f"{prefix}holding_id", _("这台车（%(stock_no)s）还没有入库。", stock_no=line.holding.stock_no)


def _below_zero(entry: ManualEntry) -> Iterator[Problem]:
    leaving = {pk: -amount for pk, amount in money_moved(entry).items()}
    fields = {
        line.money_account_id: f"lines.{n}.money_account_id"
        for n, line in enumerate(entry.lines)
        if line.money_account_id
    }
    yield from cash.short_at(leaving, entry.dated_on, fields)
    for holding_id, added in inventory_moved(entry).items():
        if added < 0 and lowest(on_inventory(holding_id), entry.dated_on) + added < 0:
            yield "lines", _("这台车的库存成本会小于 0。")


def needs(entry: ManualEntry, actor: Actor) -> Iterator[str]:
    """Four eyes above the amount that is set."""
    yield from four_eyes(entry, total(entry), actor)


@move(ManualEntry, State.draft, State.approved, check=missing, needs=needs)
def approve(entry: ManualEntry, _actor: Actor) -> list[Leg]:
    """It stands in the books as typed."""
    return [
        Leg(
            line.account_id,
            debit=line.debit,
            credit=line.credit,
            party_id=line.party_id,
            holding_id=line.holding_id,
            money_account_id=line.money_account_id,
            employee_id=line.employee_id,
            text=line.text or entry.text,
        )
        for line in entry.lines
    ]


@move(ManualEntry, State.approved, State.draft)
def unapprove(_entry: ManualEntry, _actor: Actor) -> None:
    """Nothing beyond its entry is taken back."""


@obstacle(ManualEntry)
def left_below_zero(entry: ManualEntry) -> Iterator[str]:
    """A till that would stand below 0 on some later day without it."""
    for _account, words in cash.short(money_moved(entry), entry.dated_on):
        yield words


costs_cars(ManualEntry, ManualEntryLine, inventory_moved)
