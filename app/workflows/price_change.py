"""定价调价. Approved: asking and floor price hold from a day on; the first one puts the car on sale. It keeps no books."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Date, Integer, ScalarSelect, Select, bindparam, select, tuple_

from app import clock
from app.enums import State
from app.errors import Problem
from app.extensions import db
from app.memo import once, while_still
from app.models import Holding, PriceChange, Purchase
from app.queries import Actor
from app.workflows import vehicles
from app.workflows.engine import locks, move, rests_on
from app.workflows.records import Values, checks, prepare


class InForce(NamedTuple):
    """What a price paper says."""

    asking: Decimal
    floor: Decimal


@while_still
def price_in_force(holding_id: int, day: dt.date) -> InForce | None:
    """The price that holds for a car on a day: that of the latest approved paper effective by then."""
    found = db.session.execute(_in_force(), {"holding": holding_id, "day": day}).first()
    return InForce(*found) if found else None


@once
def _in_force() -> Select[Decimal, Decimal]:
    holding, day = bindparam("holding", type_=Integer), bindparam("day", type_=Date)
    return (
        select(PriceChange.asking, PriceChange.floor)
        .where(PriceChange.holding_id == holding, PriceChange.state == State.approved, PriceChange.effective_on <= day)
        .order_by(PriceChange.effective_on.desc(), PriceChange.id.desc())
        .limit(1)
    )


def in_force(column: Any, holding_id: ColumnElement[int], day: dt.date) -> ScalarSelect[Any]:
    """`column` of the price paper that holds on a day, as SQL beside rows whose holding is `holding_id`; the same rule."""
    statement = select(column).where(
        PriceChange.holding_id == holding_id, PriceChange.state == State.approved, PriceChange.effective_on <= day
    )
    latest = statement.order_by(PriceChange.effective_on.desc(), PriceChange.id.desc()).limit(1)
    return latest.correlate_except(PriceChange).scalar_subquery()


@prepare(PriceChange)
def _fill(price: PriceChange, values: Values, _actor: Actor) -> Iterator[Problem]:
    """Effective on the paper's day unless said otherwise."""
    vehicles.follow_the_car(price, values)
    if not price.id and values.get("effective_on") is None:
        values["effective_on"] = values.get("dated_on") or clock.today()
    yield from ()


@checks(PriceChange)
def faults(price: PriceChange, _actor: Actor) -> Iterator[Problem]:
    """A price to ask, and a floor not above it."""
    if price.asking <= 0:
        yield "asking", _("标价要大于 0。")
    elif price.floor > price.asking:
        yield "floor", _("底价不能高于标价。")
    yield from vehicles.same_store(price, _warehouse(price.holding_id), "store_id")


def _warehouse(holding_id: int) -> int | None:
    return db.session.scalar(select(Holding.warehouse_id).where(Holding.id == holding_id))


@locks(PriceChange)
def ground(price: PriceChange) -> None:
    """The car's time in stock."""
    vehicles.lock_holdings_of([price])


def missing(price: PriceChange, _actor: Actor) -> Iterator[Problem]:
    """The car is in stock; nothing is dated or holds before it came."""
    yield from vehicles.stock_faults(price, price.holding)
    yield from vehicles.not_before(price.effective_on, price.holding, "effective_on")
    if price.dated_on > clock.today():
        yield "dated_on", _("日期 %(day)s 在今天之后。", day=price.dated_on)


@move(PriceChange, State.draft, State.approved, check=missing, posts=False)
def approve(price: PriceChange, _actor: Actor) -> None:
    """The price holds from its day on; the car is on sale."""
    vehicles.refresh_status(price.holding.vehicle_id)


@move(PriceChange, State.approved, State.draft, posts=False)
def unapprove(price: PriceChange, _actor: Actor) -> None:
    """The price before it holds again; without one the car is not on sale."""
    vehicles.refresh_status(price.holding.vehicle_id)


@rests_on(Purchase, dependent=PriceChange)
def priced(purchase: Purchase) -> Select[Any]:
    """Prices of the car that it brought in."""
    return (
        select(PriceChange)
        .join(Holding, Holding.id == PriceChange.holding_id)
        .where(Holding.purchase_id == purchase.id)
    )


@rests_on(PriceChange, dependent=PriceChange)
def changed_again(price: PriceChange) -> Select[Any]:
    """A later price of the same car."""
    later = tuple_(PriceChange.effective_on, PriceChange.id) > (price.effective_on, price.id)
    return select(PriceChange).where(PriceChange.holding_id == price.holding_id, later)
