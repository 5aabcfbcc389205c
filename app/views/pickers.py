"""Search-as-you-type for every reference: `GET /pick/<kind>?q=…` answers a page of rows that this person may name."""

from collections.abc import Sequence
from typing import Any

from flask import jsonify, request
from flask_appbuilder import BaseView, expose
from sqlalchemy import or_, select

from app import clock, money
from app.columns import Base, Retirable
from app.errors import NotThere
from app.extensions import db
from app.fields import spec, whole
from app.memo import once
from app.models import (
    Account,
    CarModel,
    Employee,
    FeeItem,
    Holding,
    OpenItem,
    Party,
    PriceChange,
    Settlement,
    Vehicle,
    Warehouse,
)
from app.queries import Actor, may_any, sees_price
from app.views.base import WINDOWS
from app.views.forms import creation
from app.views.lists import _escaped, _searchable, matches, searchable
from app.views.named import describe, loads
from app.views.security import actor
from app.workflows.price_change import in_force
from app.workflows.records import pick_reach

PAGE = 20

SEARCH: dict[type[Base], list[str]] = {
    Party: ["name", "code", "mobile"],
    Holding: ["stock_no", "vehicle.vin", "vehicle.plate", "vehicle.car_model.name"],
    Vehicle: ["vin", "plate", "car_model.name"],
    CarModel: ["name", "code", "series.name"],
    Account: ["number", "name"],
    Employee: ["name", "code"],
    OpenItem: ["number"],
}
"""What people search by; every other table: name and code."""

NARROW: dict[type[Base], Any] = {
    FeeItem: lambda args: FeeItem.side == args["side"] if args.get("side") in ("sale", "purchase", "expense") else None,
    Holding: lambda args: (Holding.opened_on.is_not(None) & Holding.closed_on.is_(None)) if args.get("open") else None,
    Warehouse: lambda args: _by_id(Warehouse.store_id, args.get("store_id")),
    OpenItem: lambda args: (
        (OpenItem.settled < OpenItem.amount) & (_by_id(OpenItem.party_id, args.get("party_id"), strict=True))
    ),
}
"""How the rest of a form narrows what is offered."""


def _by_id(column: Any, raw: Any, *, strict: bool = False) -> Any:
    pk = whole(raw)
    if pk is not None:
        return column == pk
    return column == -1 if strict else None


class PickView(BaseView):
    """The one picker door."""

    route_base = "/pick"
    default_view = "pick"

    @expose("/<kind>")
    def pick(self, kind: str) -> Any:
        """`{"results": [{id, label, hint, right, …}], "more": bool, "can_create": bool}`."""
        who = actor()
        model = next(
            (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Base) and m.class_.__tablename__ == kind),
            None,
        )
        if model is None or not pickable_kind(model, who):
            raise NotThere
        rows = db.session.scalars(statement(model, who, _searchable(request.args.get("q")))).unique().all()
        results = [result(row) for row in rows[:PAGE]]
        if model is Holding:
            add_prices(rows, results, who)
        return jsonify(results=results, more=len(rows) > PAGE, can_create=bool(creation(model, who)))


def pickable_kind(model: type[Base], who: Actor) -> bool:
    """Is this a table that forms refer to? Open items only for those who settle."""
    if model is OpenItem:
        return may_any(who, "edit", Settlement)
    return model in targets()


@once
def targets() -> frozenset[type[Base]]:
    """Every table that some form's reference points at."""
    specs = [spec(window.model) for window in WINDOWS.values()]
    specs += [
        inner for of in specs for inner in (*of.lines.values(), *(embedded for _name, embedded in of.embedded.values()))
    ]
    return frozenset(field.target for of in specs for field in of.editable.values() if field.target is not None)


def statement(model: type[Base], who: Actor, q: str) -> Any:
    """One row more than a page, best first: exact beginnings before the rest."""
    paths = SEARCH.get(model) or [key for key in ("name", "code", "number") if hasattr(model, key)]
    if model is not OpenItem:  # a row of the ledger: no form of its own, nothing masked
        paths = searchable(model, paths, who)
    query = select(model).options(*loads(model)).limit(PAGE + 1)
    if issubclass(model, Retirable):
        query = query.where(model.retired_at.is_(None))
    reach = pick_reach(model, who)
    if reach is not None:
        query = query.where(reach)
    narrow = NARROW[model](request.args) if model in NARROW else None
    if narrow is not None:
        query = query.where(narrow)
    for word in q.split():
        query = query.where(or_(*(matches(model, path, f"%{_escaped(word)}%") for path in paths)))
    first = getattr(model, paths[0].partition(".")[0])
    if q and not hasattr(first.property, "mapper"):
        query = query.order_by(first.ilike(f"{_escaped(q)}%", escape="\\").desc())
    if hasattr(model, "position"):
        query = query.order_by(model.position)
    return query.order_by(model.id.desc() if model in (Holding, Vehicle, Party) else model.id)


def result(row: Any) -> dict[str, Any]:
    """One row as the picker shows it."""
    described = describe(row)
    return {"id": row.id, "label": described.label, "hint": described.hint, "right": described.right, **described.extra}


def add_prices(holdings: Sequence[Holding], results: list[dict[str, Any]], who: Actor) -> None:
    """What is asked for these cars now, for those who may see it; fills the price of a new sale. One statement."""
    ids = [holding.id for holding in holdings if sees_price(who, holding)]
    asking = in_force(PriceChange.asking, Holding.__table__.c.id, clock.today())
    prices = {
        row.id: row.asking
        for row in db.session.execute(select(Holding.id, asking.label("asking")).where(Holding.id.in_(ids)))
    }
    for answer in results:
        if prices.get(answer["id"]) is not None:
            answer |= {"asking": money.plain(prices[answer["id"]]), "right": money.whole(prices[answer["id"]])}
