"""The audit trail: who did what, when, through which door, with before and after. Written by workflows alone."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from app import clock
from app.columns import Base, Line
from app.extensions import db
from app.fields import spec
from app.models import Audit, Employee, Login
from app.queries import Actor, store_of

Snapshot = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON keeps it: money and dates as text, words by value."""
    if isinstance(value, Decimal | dt.date | dt.datetime):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list):
        return [snapshot(row) if isinstance(row, Line) else str(getattr(row, "role", row)) for row in value]
    return value


def snapshot(row: Base) -> Snapshot:
    """What a person could have changed of a row, lines included."""
    of = spec(type(row))
    return {key: plain(getattr(row, key)) for key in [*of.editable, *of.lines]}


def difference(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Only what changed."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in changed}, {key: after.get(key) for key in changed}


def _gated(model: type[Any]) -> set[str]:
    if not issubclass(model, Base):  # log-ins are the framework's rows, and have no money
        return set()
    of = spec(model)
    lines = {name for name, line in of.lines.items() if any(field.cost for field in line.fields.values())}
    return {key for key, field in of.fields.items() if field.cost or field.floor} | lines


def record(
    actor: Actor,
    code: str,
    row: Base,
    *,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
    reason: str | None = None,
) -> None:
    """Write one line of the trail. Values of cost-gated columns go to columns of their own."""
    gated = _gated(type(row))

    def halves(values: Snapshot | None) -> tuple[Snapshot | None, Snapshot | None]:
        if values is None:
            return None, None
        return {k: v for k, v in values.items() if k not in gated} or None, {
            k: v for k, v in values.items() if k in gated
        } or None

    open_before, cost_before = halves(before)
    open_after, cost_after = halves(after)
    db.session.execute(
        insert(Audit.__table__),
        {
            "at": clock.now(),
            "user_id": actor.user_id,
            "code": code,
            "table_name": row.__tablename__,
            "row_id": row.id,
            "number": (getattr(row, "number", None) or getattr(row, "code", None) or str(row))[:30],
            "store_id": store_of(row) if hasattr(type(row), "store_id") else None,
            "before": open_before,
            "after": open_after,
            "cost_before": cost_before,
            "cost_after": cost_after,
            "reason": reason,
            "door": actor.door,
        },
    )


def last_change(row: Base) -> tuple[str, dt.datetime, list[str]] | None:
    """(who, when, which columns and lists) of the newest line of the row's trail; None where it has none."""
    line = db.session.execute(
        select(Audit.at, Audit.after, Audit.cost_after, Employee.name, Login.username)
        .outerjoin(Login, Login.id == Audit.user_id)
        .outerjoin(Employee, Employee.id == Login.employee_id)
        .where(Audit.table_name == row.__tablename__, Audit.row_id == row.id)
        .order_by(Audit.id.desc())
        .limit(1)
    ).first()
    return line and (line.name or line.username or "", line.at, [*(line.after or {}), *(line.cost_after or {})])
