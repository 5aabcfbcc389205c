"""One search box for everything: VIN tail, plate, stock number, paper number, customer, phone tail; only what one may see."""

from collections.abc import Iterable
from typing import Any

from flask import redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from app import identity
from app.extensions import db
from app.models import CarModel, Holding, Party, PriceChange, Purchase, Sale, Series, Settlement, Vehicle
from app.queries import Actor, masks, may_any, sees_contacts, visible
from app.views import links
from app.views.base import in_dialog
from app.views.lists import _escaped, _searchable, shown_plate
from app.views.named import car
from app.views.security import actor
from app.workflows import engine

MOST = {True: 5, False: 20}
"""Rows of a group: under the box while typing, on the page."""
SHORTEST = 2
SUBJECT: dict[type[Any], Any] = {
    Purchase: lambda: [joinedload(Purchase.seller)],
    Sale: lambda: [joinedload(Sale.buyer)],
    Settlement: lambda: [joinedload(Settlement.party)],
    PriceChange: lambda: [
        joinedload(PriceChange.holding)
        .joinedload(Holding.vehicle)
        .joinedload(Vehicle.car_model)
        .joinedload(CarModel.series)
    ],
}
"""What says what a paper is about, by kind."""


class SearchView(BaseView):
    """`/search?q=`: a page that jumps when there is exactly one hit; `in=dialog`: the fragment under the box."""

    route_base = ""
    default_view = "search"

    @expose("/search")
    def search(self) -> Any:
        """Cars, papers, customers."""
        who, q, dialog = actor(), _searchable(request.args.get("q")), in_dialog()
        groups = [group for group in find(q, who, most=MOST[dialog]) if group["items"]] if len(q) >= SHORTEST else []
        hits = [item for group in groups for item in group["items"]]
        if len(hits) == 1 and not dialog:
            return redirect(hits[0]["url"])
        view = {"q": q, "groups": groups, "total": len(hits)}
        return self.render_template("search_fragment.html" if dialog else "search.html", search=view)


VIEWS = (SearchView,)


def find(q: str, who: Actor, *, most: int) -> Iterable[dict[str, Any]]:
    """Groups of hits, best first: cars, papers, parties. Papers are asked for only by what looks like their number."""
    if may_any(who, "read", Vehicle):
        yield {
            "label": _("车辆"),
            "icon": "car",
            "items": [car_hit(one) for one in cars(q, who, most)],
            "more_url": None,
        }
    papers = [hit for model in kinds_like(q, who) for hit in paper_hits(model, q, who, most)]
    yield {"label": _("单据"), "icon": "file", "items": papers[:most], "more_url": None}
    if may_any(who, "read", Party):
        yield {
            "label": _("客户和往来单位"),
            "icon": "users",
            "items": [party_hit(one, who) for one in parties(q, who, most)],
            "more_url": None,
        }


def _like(q: str) -> str:
    return f"%{_escaped(q)}%"


# ── cars ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def cars(q: str, who: Actor, most: int) -> Iterable[Vehicle]:
    """By VIN, plate, stock number and model; every word must be found. Exact tails come first."""
    statement = select(Vehicle).options(
        joinedload(Vehicle.car_model).joinedload(CarModel.series),
        joinedload(Vehicle.colour),
        joinedload(Vehicle.car_model).joinedload(CarModel.body_type),
    )
    words = q.split() or [q]
    for word in words:
        statement = statement.where(_car_like(word))
    tail = f"%{_escaped(_bare(words[0]))}"
    best = or_(Vehicle.vin.ilike(tail, escape="\\"), Vehicle.plate.ilike(tail, escape="\\"))
    statement = visible(statement, Vehicle, who).order_by(best.desc(), Vehicle.id.desc()).limit(most)
    return db.session.scalars(statement).unique()


def _bare(word: str) -> str:
    """A VIN or plate without the dot and blanks that people write into them; what has nothing else is left as it is."""
    return word.replace("·", "").replace("-", "") or word


def _car_like(word: str) -> ColumnElement[bool]:
    like, bare = _like(word), _like(_bare(word))
    model = select(CarModel.id).join(Series, Series.id == CarModel.series_id)
    named = model.where(or_(CarModel.name.ilike(like, escape="\\"), Series.name.ilike(like, escape="\\")))
    return or_(
        Vehicle.vin.ilike(bare, escape="\\"),
        Vehicle.plate.ilike(bare, escape="\\"),
        Vehicle.id.in_(select(Holding.vehicle_id).where(Holding.stock_no.ilike(like, escape="\\"))),
        Vehicle.car_model_id.in_(named),
    )


def car_hit(vehicle: Vehicle) -> dict[str, Any]:
    """A car as a hit."""
    hint = [_("车架号尾号 %(tail)s", tail=vehicle.vin[-6:])]
    if vehicle.colour is not None:
        hint.append(vehicle.colour.name)
    return {
        "url": f"/vehicle/{vehicle.id}",
        "title": car(vehicle).label,
        "plate": shown_plate(vehicle.plate) if vehicle.plate else "",
        "hint": " · ".join(hint),
        "icon": "car",
        "state_label": vehicle.status.label,
        "tone": vehicle.status.tone,
    }


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def kinds_like(q: str, who: Actor) -> list[type[Any]]:
    """The kinds of papers whose numbers may hold this: of one series, or (digits and a dash) of any."""
    text = q.upper().replace(" ", "")
    if not text.isascii():
        return []
    known: list[type[Any]] = [model for model in engine.kinds().values() if may_any(who, "read", model)]
    return [model for model in known if text[0].isdigit() or text.startswith(model.__series__)]


def paper_hits(model: type[Any], q: str, who: Actor, most: int) -> Iterable[dict[str, Any]]:
    """Papers by number, newest first."""
    like = _like(q.upper().replace(" ", ""))
    statement = select(model).where(model.number.like(like, escape="\\")).options(*SUBJECT.get(model, list)())
    for paper in db.session.scalars(visible(statement, model, who).order_by(model.id.desc()).limit(most)).unique():
        view = links.view(paper)
        hint = [paper.dated_on.isoformat(), _subject(paper)]
        yield {
            "url": view["url"],
            "title": f"{view['kind_label']} {paper.number}",
            "hint": " · ".join(part for part in hint if part),
            "icon": "file",
            "state_label": view["state_label"],
            "tone": view["tone"],
        }


def _subject(paper: Any) -> str:
    match paper:
        case Purchase():
            return str(paper.seller.name)
        case Sale():
            return str(paper.buyer.name)
        case Settlement():
            return str(paper.party.name)
        case PriceChange():
            return car(paper.holding.vehicle).label
    return ""


# ── parties ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def parties(q: str, who: Actor, most: int) -> Iterable[Party]:
    """By name, code and phone; by phone only those whose phone one may see whole."""
    like = _like(q)
    found: list[ColumnElement[bool]] = [Party.name.ilike(like, escape="\\"), Party.code.ilike(like, escape="\\")]
    if q.isascii() and q.isdigit() and len(q) >= 4:
        tail = Party.mobile.like(f"%{q}", escape="\\")
        found.append(tail if sees_contacts(who) else tail & Party.is_public)
    statement = select(Party).where(or_(*found), Party.retired_at.is_(None)).options(joinedload(Party.owner))
    return db.session.scalars(visible(statement, Party, who).order_by(Party.id.desc()).limit(most)).unique()


def party_hit(party: Party, who: Actor) -> dict[str, Any]:
    """A customer or vendor as a hit, the phone masked for those who need not see it."""
    phone = identity.masked(party.mobile) if party.mobile and masks(who, party) else party.mobile or ""
    owner = _("归 %(name)s", name=party.owner.name) if party.owner is not None else ""
    return {
        "url": f"/party/{party.id}",
        "title": party.name,
        "hint": " · ".join(
            part for part in (phone, "、".join(str(one.role.label) for one in party.roles), owner) if part
        ),
        "right": party.code,
        "icon": "user",
    }
