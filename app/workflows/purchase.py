"""收车入库. Approved: the car enters a warehouse, a holding opens, seller and fees' parties are owed. Undone: not so."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, or_, select

from app.enums import PurchaseKind, Purpose, State
from app.errors import Problem
from app.extensions import db
from app.ledger import Leg, credit, debit
from app.models import Holding, Purchase, Vehicle
from app.money import ZERO
from app.queries import Actor
from app.settings import setting
from app.workflows import vehicles
from app.workflows.engine import locks, move, rests_on
from app.workflows.limits import four_eyes
from app.workflows.numbers import draw
from app.workflows.records import checks, kept


def fees(purchase: Purchase) -> Decimal:
    """What the dealer bears besides the price."""
    return sum((fee.amount for fee in purchase.fees), ZERO)


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@checks(Purchase)
def faults(purchase: Purchase, _actor: Actor) -> Iterator[Problem]:
    """What no draft may be saved with: a warehouse of another store, an impossible plate, a fee of nothing."""
    yield from vehicles.plate_faults(purchase.plate)
    if vehicles.store_of_warehouse(purchase.warehouse_id) != purchase.store_id:
        yield "warehouse_id", _("仓库要属于单据的门店。")
    if purchase.due_on and purchase.due_on < purchase.dated_on:
        yield "due_on", _("应付日期不能早于单据日期。")
    for position, fee in enumerate(purchase.fees):
        if fee.amount <= 0:
            yield f"fees.{position}.amount", _("金额要大于 0。")


@kept(Purchase)
def _arriving(purchase: Purchase, before: dict[str, Any] | None) -> None:
    """A draft makes its car 待入库; a car it no longer names falls back."""
    vehicles.refresh_status(purchase.vehicle_id)
    if before and before.get("vehicle_id") not in (None, purchase.vehicle_id):
        vehicles.refresh_status(before["vehicle_id"])


# ── approving ────────────────────────────────────────────────────────────────────────────────────────────────────────
@locks(Purchase)
def ground(purchase: Purchase) -> None:
    """Its holding, then the car: two purchases of one VIN are approved one after the other."""
    vehicles.lock_holdings([purchase.holding.id if purchase.holding else None])
    statement = select(Vehicle).where(Vehicle.id == purchase.vehicle_id).with_for_update(key_share=True)
    db.session.scalars(statement.execution_options(populate_existing=True)).one()


def missing(purchase: Purchase, _actor: Actor) -> Iterator[Problem]:
    """Whole and true: a kind that is built, a car fully named, its one place in stock free (product.md §1, §2)."""
    if purchase.kind is not PurchaseKind.own:
        yield "kind", _("“%(kind)s”还没有开通，目前只能审核“收购”。", kind=purchase.kind.label)
    yield from vehicles.same_store(purchase, purchase.warehouse_id, "warehouse_id")
    yield from _car_faults(purchase.vehicle)
    yield from _stock_faults(purchase)


def _car_faults(vehicle: Vehicle) -> Iterator[Problem]:
    yield from vehicles.vin_faults(vehicle.vin, "vehicle.vin")
    if warning := vehicles.vin_warning(vehicle):
        yield "vehicle.vin_override_reason", warning
    if not vehicle.engine_no:
        yield "vehicle.engine_no", _("没有发动机号不能入库。")
    if vehicle.car_model_id is None:
        yield "vehicle.car_model_id", _("没有车型代码不能入库。")


def _stock_faults(purchase: Purchase) -> Iterator[Problem]:
    """One car, one stock: no other holding of the car is open, none was closed after this paper's day."""
    statement = select(Holding).where(Holding.vehicle_id == purchase.vehicle_id, Holding.opened_on.is_not(None))
    for holding in db.session.scalars(statement.order_by(Holding.id)):
        if holding.purchase_id == purchase.id:
            continue
        if holding.closed_on is None:
            paper = holding.purchase.number if holding.purchase else _("期初")
            yield (
                "vehicle_id",
                _("这台车已在库（%(stock_no)s，%(paper)s），不能再入库。", stock_no=holding.stock_no, paper=paper),
            )
        elif holding.closed_on > purchase.dated_on:
            yield "dated_on", _("这台车 %(closed)s 才离库，收车日期不能更早。", closed=holding.closed_on)


def needs(purchase: Purchase, actor: Actor) -> Iterator[str]:
    """Four eyes above the amount that is set."""
    yield from four_eyes(purchase, purchase.price + fees(purchase), actor)


@move(Purchase, State.draft, State.approved, check=missing, needs=needs)
def approve(purchase: Purchase, _actor: Actor) -> list[Leg]:
    """The car enters stock; its seller and the fees' parties are owed."""
    purchase.fees_into_cost = setting("purchase_fees_into_cost")
    holding = open_holding(purchase)
    purchase.vehicle.mileage_km = purchase.mileage_km  # facts, not books: undoing leaves them
    if purchase.plate:
        purchase.vehicle.plate = purchase.plate
    vehicles.refresh_status(purchase.vehicle_id)
    borne = fees(purchase)
    into_cost, expensed = (borne, ZERO) if purchase.fees_into_cost else (ZERO, borne)
    return [
        debit(Purpose.inventory, purchase.price + into_cost, holding_id=holding.id),
        debit(Purpose.selling_expense, expensed, holding_id=holding.id),
        credit(Purpose.payable, purchase.price, party_id=purchase.seller_id),
        *(credit(Purpose.payable, fee.amount, party_id=fee.party_id) for fee in purchase.fees),
    ]


def open_holding(purchase: Purchase) -> Holding:
    """The paper's holding: made by the first approval, the same row opened again by every later one."""
    holding = purchase.holding
    if holding is None:
        holding = Holding(stock_no=draw("KC", purchase.dated_on), purchase=purchase)
        db.session.add(holding)
    holding.vehicle_id, holding.warehouse_id = purchase.vehicle_id, purchase.warehouse_id
    holding.opened_on = purchase.dated_on
    db.session.flush()
    return holding


@move(Purchase, State.approved, State.draft)
def unapprove(purchase: Purchase, _actor: Actor) -> None:
    """The car is not in stock; its holding waits for the next approval."""
    if purchase.holding is not None:
        purchase.holding.opened_on = None
    vehicles.refresh_status(purchase.vehicle_id)


@move(Purchase, State.draft, State.void, posts=False)
def void(purchase: Purchase, _actor: Actor) -> None:
    """The car is no longer expected."""
    vehicles.refresh_status(purchase.vehicle_id)


@rests_on(Purchase, dependent=Purchase)
def bought_again(purchase: Purchase) -> Select[Any]:
    """A later purchase of the same car."""
    later = or_(
        Purchase.approved_at > purchase.approved_at, (Purchase.state == State.draft) & (Purchase.id > purchase.id)
    )
    return select(Purchase).where(Purchase.vehicle_id == purchase.vehicle_id, later)
