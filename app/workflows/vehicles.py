"""Cars and their time in stock: identity by VIN, the status that follows from papers, what a paper on a car checks.

A car is found or made when a purchase draft that describes it is saved; its identity changes from there only while no
approved paper names it, afterwards in its own window.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, Update, bindparam, case, exists, literal, or_, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app import audit, clock, identity
from app.enums import ClosedBy, State, VehicleStatus
from app.errors import Invalid, Problem
from app.extensions import db
from app.fields import spec
from app.memo import once
from app.models import Holding, PriceChange, Purchase, Vehicle, Warehouse
from app.queries import Actor
from app.workflows import records
from app.workflows.records import Values, checks, prepare


# ── identity ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def tidied(values: Values) -> None:
    """VIN, plate and engine number in capitals without blanks, where they are given."""
    for key in ("vin", "plate", "engine_no"):
        if values.get(key):
            values[key] = identity.tidy(values[key]) if key != "engine_no" else values[key].strip().upper()


def vin_faults(vin: str | None, field: str = "vin") -> Iterator[Problem]:
    """A wrong length or letter is refused always; the check digit is `vin_warning`'s business."""
    fault = identity.judge_vin(vin).fault if vin else None
    if fault == "length":
        yield field, _("车架号应为 17 位，现在 %(now)s 位。", now=len(vin or ""))
    elif fault == "letter":
        yield field, _("车架号只有数字和字母，且没有 I、O、Q。")


def vin_warning(vehicle: Vehicle) -> str | None:
    """What to tell about a check digit that is wrong and not overridden by a reason; None: nothing.

    Warned of when saved, refused when a paper on the car is approved: it may be a car made for another market.
    """
    verdict = identity.judge_vin(vehicle.vin)
    if verdict.fault != "check" or vehicle.vin_override_reason:
        return None
    words: str = _(
        "车架号第 9 位校验码应为 %(expected)s，请核对；确实无误（如平行进口车）请写明仍用它的原因。",
        expected=verdict.expected,
    )
    return words


def plate_faults(plate: str | None, field: str = "plate") -> Iterator[Problem]:
    """A plate in a form that GA 36 knows."""
    if plate and not identity.is_plate(plate):
        yield field, _("车牌号格式不对。")


@prepare(Vehicle)
def _tidy(_vehicle: Vehicle, values: Values, _actor: Actor) -> Iterable[Problem]:
    tidied(values)
    return ()


@checks(Vehicle)
def identity_faults(vehicle: Vehicle, _actor: Actor) -> Iterator[Problem]:
    """What no car may be saved with."""
    yield from vin_faults(vehicle.vin)
    yield from plate_faults(vehicle.plate)


def is_named(vehicle: Vehicle) -> bool:
    """Does an approved paper (or opening stock) name the car? Then its identity is not a purchase form's to change."""
    bought = exists().where(Purchase.vehicle_id == vehicle.id, Purchase.state == State.approved)
    stocked = exists().where(Holding.vehicle_id == vehicle.id, Holding.opened_on.is_not(None))
    return bool(db.session.scalar(select(or_(bought, stocked))))


@prepare(Purchase)
def find_or_make(purchase: Purchase, values: Values, actor: Actor) -> Iterator[Problem]:
    """The car that a purchase draft describes in `vehicle`: found by its VIN, whoever may see it, or made."""
    tidied(values)
    given: Values | None = values.get("vehicle")
    if given is None:
        _locked({values.get("vehicle_id"), purchase.vehicle_id})
        return
    tidied(given)
    faults = list(vin_faults(given.get("vin"), "vehicle.vin")) + list(plate_faults(given.get("plate"), "vehicle.plate"))
    if faults:
        yield from faults
        return
    known = _locked({values.get("vehicle_id"), purchase.vehicle_id}, given.get("vin"))
    vehicle = _meant(given, values, known, purchase)
    if vehicle is None:
        yield "vehicle.vin", _("请填写车架号。")
        return
    current = known.get(purchase.vehicle_id)
    before = audit.snapshot(vehicle) if vehicle.id else None
    if vehicle is not current and before is not None:
        given = {key: value for key, value in given.items() if value is not None}  # blanks say nothing of a known car
    faults = list(_describe(vehicle, given, actor))
    yield from faults
    if faults:
        return
    if before is None:
        vehicle.created_by_id, vehicle.status = actor.user_id, VehicleStatus.arriving
    if before is None or before != audit.snapshot(vehicle):
        vehicle.changed_at, vehicle.changed_by_id = clock.now(), actor.user_id
    if not _written(vehicle):
        yield from find_or_make(purchase, values, actor)
        return
    _trail(vehicle, before, actor)
    purchase.vehicle, purchase.vehicle_id = vehicle, vehicle.id
    values.pop("vehicle_id", None)


def _locked(ids: Iterable[int | None], vin: str | None = None) -> dict[int, Vehicle]:
    """Cars by id and VIN, locked in id order: before the paper's number is drawn, after which nothing may be waited for."""
    wanted = or_(Vehicle.id.in_([pk for pk in ids if pk is not None]), Vehicle.vin == vin)
    statement = select(Vehicle).where(wanted).order_by(Vehicle.id).with_for_update(key_share=True)
    return {car.id: car for car in db.session.scalars(statement.execution_options(populate_existing=True))}


def _meant(given: Values, values: Values, known: dict[int, Vehicle], purchase: Purchase) -> Vehicle | None:
    """The car with the VIN that was typed, the one picked or there already, a new one; None: there is nothing to go by.

    A draft that is alone in naming its car may correct the VIN: a typing error leaves no second car behind.
    """
    vin = given.get("vin")
    current = known.get(purchase.vehicle_id)
    if not vin:
        return known.get(values["vehicle_id"]) if values.get("vehicle_id") else current
    found = next((car for car in known.values() if car.vin == vin), None)
    if found is not None:
        return found
    if current is not None and not _named_beside(current, purchase):
        return current
    return Vehicle(vin=vin)


def _written(vehicle: Vehicle) -> bool:
    """Flushed; False when somebody else made the car with this VIN at this very moment: then theirs is the car."""
    if vehicle.id:
        records.flush(vehicle)
        return True
    vin = vehicle.vin
    try:
        with db.session.begin_nested():
            db.session.add(vehicle)
            records.flush(vehicle)
    except Invalid:
        if not _locked((), vin):
            raise
        return False
    return True


def _named_beside(vehicle: Vehicle, purchase: Purchase) -> bool:
    other = exists().where(Purchase.vehicle_id == vehicle.id, Purchase.id != purchase.id)
    stocked = exists().where(Holding.vehicle_id == vehicle.id)
    return bool(db.session.scalar(select(or_(other, stocked))))


def _describe(vehicle: Vehicle, given: Values, actor: Actor) -> Iterator[Problem]:
    changed = {key: value for key, value in given.items() if getattr(vehicle, key) != value}
    if vehicle.id and changed and is_named(vehicle):
        for key in changed:
            yield f"vehicle.{key}", _("这台车已有审核过的单据，请到车辆资料里修改。")
        return
    known = vehicle if vehicle.id else None
    faults = records.references(spec(Vehicle), known, given, actor, "vehicle.")
    yield from faults
    if not faults:
        records.assign(vehicle, given)


def _trail(vehicle: Vehicle, before: audit.Snapshot | None, actor: Actor) -> None:
    after = audit.snapshot(vehicle)
    if before is None:
        audit.record(actor, "vehicle.created", vehicle, after=after)
    elif before != after:
        was, now = audit.difference(before, after)
        audit.record(actor, "vehicle.changed", vehicle, before=was, after=now)


ENDED = {
    ClosedBy.sale: VehicleStatus.sold,
    ClosedBy.returned: VehicleStatus.returned,
    ClosedBy.scrap: VehicleStatus.scrapped,
}
"""What a car is once its last time in stock ended so."""


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def derived_status(vehicle_id: ColumnElement[int]) -> ColumnElement[VehicleStatus]:
    """The status that follows from a car's papers (product.md §1), as SQL over any expression for its id.

    In stock: for sale once a price paper stands. Else a purchase draft: arriving. Else how its last time in stock ended.
    """

    def word(status: VehicleStatus) -> ColumnElement[Any]:
        return literal(status, Vehicle.status.type)

    in_stock = (Holding.vehicle_id == vehicle_id) & Holding.opened_on.is_not(None) & Holding.closed_on.is_(None)
    priced = exists().where(PriceChange.holding_id == Holding.id, PriceChange.state == State.approved, in_stock)
    arriving = exists().where(Purchase.vehicle_id == vehicle_id, Purchase.state == State.draft)
    ended_by = (
        select(Holding.closed_by)
        .where(Holding.vehicle_id == vehicle_id, Holding.opened_on.is_not(None), Holding.closed_on.is_not(None))
        .order_by(Holding.closed_on.desc(), Holding.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return case(
        (priced, word(VehicleStatus.for_sale)),
        (exists().where(in_stock), word(VehicleStatus.to_recondition)),
        (arriving, word(VehicleStatus.arriving)),
        else_=case(
            {how: word(status) for how, status in ENDED.items()}, value=ended_by, else_=word(VehicleStatus.appraising)
        ),
    )


def status_of(vehicle: Vehicle) -> VehicleStatus:
    """The status that follows from the car's papers now; one statement."""
    return db.session.scalars(select(derived_status(literal(vehicle.id)))).one()


def refresh_status(vehicle_id: int) -> None:
    """Keep the status that follows from the papers. `version` stays: it counts what people change."""
    db.session.flush()
    db.session.execute(_refreshing(), {"of": vehicle_id})
    loaded = db.session.identity_map.get(db.session.identity_key(Vehicle, vehicle_id))
    if loaded is not None:
        db.session.expire(loaded, ["status"])


@once
def _refreshing() -> Update:
    """Built once: it is a long statement."""
    table = Vehicle.__table__
    return update(table).where(table.c.id == bindparam("of")).values(status=derived_status(table.c.id))


# ── time in stock ────────────────────────────────────────────────────────────────────────────────────────────────────
def lock_holdings(ids: Iterable[int | None]) -> list[Holding]:
    """Holdings locked in id order and read afresh: the row that purchase, price, expense, sale and their undoing lock."""
    wanted = sorted({pk for pk in ids if pk is not None})
    return list(db.session.scalars(_locking(), {"wanted": wanted})) if wanted else []


@once
def _locking() -> Select[Holding]:
    store = joinedload(Holding.warehouse, innerjoin=True).load_only(Warehouse.store_id)  # asked for next by all of them
    wanted = bindparam("wanted", expanding=True, type_=Integer)
    statement = select(Holding).where(Holding.id.in_(wanted)).order_by(Holding.id).options(store)
    return statement.with_for_update(of=Holding, key_share=True).execution_options(populate_existing=True)


def lock_holdings_of(rows: Iterable[Any]) -> None:
    """Lock the holdings that a paper or its lines name, and keep them there: none is read twice."""
    found = {holding.id: holding for holding in lock_holdings(row.holding_id for row in rows)}
    for row in rows:
        set_committed_value(row, "holding", found.get(row.holding_id))


def in_stock(holding: Holding) -> bool:
    """Opened and not closed."""
    return holding.opened_on is not None and holding.closed_on is None


def store_of_warehouse(warehouse_id: int) -> int:
    """The store that a warehouse belongs to; one statement unless it is loaded."""
    loaded = db.session.identity_map.get(db.session.identity_key(Warehouse, warehouse_id))
    if loaded is not None:
        return int(loaded.store_id)
    return db.session.scalars(_store(), {"warehouse": warehouse_id}).one()


@once
def _store() -> Select[int]:
    return select(Warehouse.store_id).where(Warehouse.id == bindparam("warehouse", type_=Integer))


def same_store(paper: Any, warehouse_id: int | None, field: str) -> Iterator[Problem]:
    """A paper on a car has the store of the car's warehouse (ledger.md, dimensions)."""
    if warehouse_id is not None and paper.store_id != store_of_warehouse(warehouse_id):
        yield field, _("这台车在另一家门店，单据的门店要与它一致。")


def stock_faults(paper: Any, holding: Holding, field: str = "holding_id") -> Iterator[Problem]:
    """A price or sale: its car is in stock, in the paper's store, and was so on the paper's day."""
    if not in_stock(holding):
        words = _("这台车（%(stock_no)s）已不在库。") if holding.opened_on else _("这台车（%(stock_no)s）还没有入库。")
        yield field, words % {"stock_no": holding.stock_no}
    else:
        yield from not_before(paper.dated_on, holding)
    yield from same_store(paper, holding.warehouse_id, "store_id")


def not_before(day: dt.date, holding: Holding, field: str = "dated_on") -> Iterator[Problem]:
    """Nothing happens to a car's stock before it came."""
    if holding.opened_on is not None and day < holding.opened_on:
        yield field, _("这台车 %(opened)s 才入库，日期不能更早。", opened=holding.opened_on)


def follow_the_car(paper: Any, values: Values) -> None:
    """A draft that changes its car takes the store of the car along, unless one is named."""
    holding_id = values.get("holding_id")
    if holding_id and paper.id and values.get("store_id") is None and holding_id != paper.holding_id:
        holding = db.session.get(Holding, holding_id)
        if holding is not None:
            values["store_id"] = store_of_warehouse(holding.warehouse_id)
