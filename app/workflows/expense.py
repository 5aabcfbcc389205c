"""费用单. Approved: general costs, or costs of cars, are paid at once or owed. Undone: they are not.

A car's cost goes into inventory while it is in stock; afterwards, never there, but where its line says (ledger.md).
"""

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from app.enums import BelongsTo, ClosedBy, Purpose, State
from app.errors import Problem
from app.extensions import db
from app.ledger import Leg, credit, debit
from app.models import Expense, ExpenseLine, Holding, Warehouse
from app.money import ZERO
from app.queries import Actor
from app.workflows import cash, vehicles
from app.workflows.engine import locks, move
from app.workflows.limits import four_eyes
from app.workflows.on_cars import costs_cars
from app.workflows.records import Values, checks, prepare

AFTER_SALE = {BelongsTo.sale: Purpose.cost_of_sales, BelongsTo.selling: Purpose.selling_expense}


def total(expense: Expense) -> Decimal:
    """The sum of its lines."""
    return sum((line.amount for line in expense.lines), ZERO)


def leaving(expense: Expense) -> dict[int, Decimal]:
    """What leaves which money account."""
    return {expense.paid_from_id: total(expense)} if expense.paid_from_id else {}


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@prepare(Expense)
def _fill(expense: Expense, values: Values, _actor: Actor) -> Iterator[Problem]:
    """A new paper on cars has the store of the first of them, unless one is named; paid or owed: naming one ends the other."""
    if not expense.id and values.get("store_id") is None:
        first = next((line["holding_id"] for line in values.get("lines") or () if line.get("holding_id")), None)
        if first is not None:
            values["store_id"] = _store_of(first)
    if values.get("paid_from_id") and "party_id" not in values:
        values["party_id"] = None
    elif values.get("party_id") and "paid_from_id" not in values:
        values["paid_from_id"] = None
    yield from ()


def _store_of(holding_id: int) -> int | None:
    statement = (
        select(Warehouse.store_id).join(Holding, Holding.warehouse_id == Warehouse.id).where(Holding.id == holding_id)
    )
    return db.session.scalar(statement)


@checks(Expense)
def faults(expense: Expense, _actor: Actor) -> Iterator[Problem]:
    """Paid at once or owed to somebody, one of the two; lines of something; cars of the paper's store."""
    if (expense.paid_from_id is None) == (expense.party_id is None):
        yield "paid_from_id", _("请填写付款账户或欠付对象，二者填一个。")
    for position, line in enumerate(expense.lines):
        if line.amount <= 0:
            yield f"lines.{position}.amount", _("金额要大于 0。")
        if line.holding_id is not None and _store_of(line.holding_id) != expense.store_id:
            yield f"lines.{position}.holding_id", _("这台车在另一家门店，单据的门店要与它一致。")


# ── approving ────────────────────────────────────────────────────────────────────────────────────────────────────────
@locks(Expense)
def ground(expense: Expense) -> None:
    """The cars it names, then the account it is paid from."""
    vehicles.lock_holdings_of(expense.lines)
    if expense.state is State.draft:
        cash.lock(leaving(expense))


def missing(expense: Expense, _actor: Actor) -> Iterator[Problem]:
    """Something to book, on cars that came and were not given back, out of a till that holds it."""
    if not expense.lines:
        yield "lines", _("至少要有一行费用。")
    for position, line in enumerate(expense.lines):
        if line.holding is not None:
            yield from _car_faults(expense, line, line.holding, f"lines.{position}.")
    if expense.paid_from is not None:
        yield from cash.of_store(expense.paid_from, expense.store_id, "paid_from_id")
        yield from cash.short_at(leaving(expense), expense.dated_on, {expense.paid_from.id: "paid_from_id"})


def _car_faults(expense: Expense, line: ExpenseLine, holding: Holding, prefix: str) -> Iterator[Problem]:
    yield from vehicles.same_store(expense, holding.warehouse_id, f"{prefix}holding_id")
    yield from vehicles.not_before(expense.dated_on, holding)
    if holding.opened_on is None:
        yield f"{prefix}holding_id", _("这台车（%(stock_no)s）还没有入库。", stock_no=holding.stock_no)
    elif holding.closed_on is None:
        return
    elif holding.closed_by is not ClosedBy.sale:
        yield f"{prefix}holding_id", _("这台车（%(stock_no)s）已不在库，也没有卖出。", stock_no=holding.stock_no)
    elif line.belongs_to is BelongsTo.stock:
        yield f"{prefix}belongs_to", _("这台车已售出，请选“属本次销售”或“属销售费用”。")
    elif expense.dated_on < holding.closed_on:
        yield "dated_on", _("这台车 %(closed)s 已售出，之后到的费用日期不能更早。", closed=holding.closed_on)


def needs(expense: Expense, actor: Actor) -> Iterator[str]:
    """Four eyes above the amount that is set."""
    yield from four_eyes(expense, total(expense), actor)


@move(Expense, State.draft, State.approved, check=missing, needs=needs)
def approve(expense: Expense, _actor: Actor) -> list[Leg]:
    """Each line is a cost where it belongs; all of it is paid from one account or owed to one party."""
    costs = [debit(_purpose(line), line.amount, holding_id=line.holding_id, text=line.text) for line in expense.lines]
    if expense.paid_from is not None:
        paid = credit(expense.paid_from.account_id, total(expense), money_account_id=expense.paid_from.id)
    else:
        paid = credit(Purpose.payable, total(expense), party_id=expense.party_id)
    return [*costs, paid]


def _purpose(line: ExpenseLine) -> Purpose:
    if line.holding is None:
        return Purpose(line.fee_item.purpose.value)
    return Purpose.inventory if vehicles.in_stock(line.holding) else AFTER_SALE[line.belongs_to]


@move(Expense, State.approved, State.draft)
def unapprove(_expense: Expense, _actor: Actor) -> None:
    """Nothing beyond its entry is taken back."""


costs_cars(
    Expense, ExpenseLine, lambda expense: (line.holding_id for line in expense.lines if line.holding_id is not None)
)
