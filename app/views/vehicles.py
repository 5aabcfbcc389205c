"""车辆: stock, cars and prices."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, Integer, func, literal, select, type_coerce
from sqlalchemy.orm import joinedload

from app import clock, labels, money
from app.enums import ClosedBy, VehicleStatus
from app.extensions import db
from app.ledger.statements import cost_beside
from app.models import CarModel, Holding, PriceChange, Vehicle
from app.queries import RANK, Actor, cost_scope, sees_cost, sees_cost_of_all, sees_floor, sees_price
from app.views.base import Window
from app.views.car import LONGER, car_page, drawing, tone_of_age
from app.views.documents import DocumentWindow, Section, Total
from app.views.lists import Computed, Tab, shown_plate
from app.views.named import car, loads
from app.views.sales import cost_of, picked
from app.views.security import actor
from app.workflows import vehicles
from app.workflows.price_change import in_force

IN_STOCK = (
    VehicleStatus.to_recondition,
    VehicleStatus.reconditioning,
    VehicleStatus.for_sale,
    VehicleStatus.reserved,
    VehicleStatus.in_transit,
)


# ── what stands beside a row of the stock list ───────────────────────────────────────────────────────────────────────
def open_now() -> ColumnElement[bool]:
    """In stock: opened and not closed."""
    return Holding.opened_on.is_not(None) & Holding.closed_on.is_(None)


def days_in_stock(_who: Actor) -> ColumnElement[int]:
    """From its first day to its last, or to today."""
    until = func.coalesce(Holding.closed_on, literal(clock.today(), Date))
    if db.session.get_bind().dialect.name == "sqlite":
        return type_coerce(func.julianday(until) - func.julianday(Holding.opened_on), Integer)
    return type_coerce(until - Holding.opened_on, Integer)


def of_car(column: Any) -> Any:
    """A column of the holding's car."""
    return select(column).where(Vehicle.id == Holding.vehicle_id).correlate_except(Vehicle).scalar_subquery()


def _age(_row: Holding, days: Any, _who: Actor) -> dict[str, Any]:
    days = int(days or 0)
    return {"text": days, "kind": "age", "tone": tone_of_age(days), "width": min(100, days * 100 // (2 * LONGER))}


def _registered(row: Holding, day: dt.date | None, _who: Actor) -> dict[str, Any]:
    km = row.vehicle.mileage_km
    phone = " · ".join([_(" 上牌"), *([_("%(km)s 公里", km=f"{km:,}")] if km is not None else [])]) if day else ""
    return {"text": f"{day:%Y-%m}" if day else "", "kind": "text", "phone": phone}


def _mileage(_row: Holding, km: int | None, _who: Actor) -> dict[str, Any]:
    return {"text": f"{Decimal(km) / 10000:.2f}" if km is not None else "", "kind": "int"}


def _cost(row: Holding, cost: Decimal, who: Actor) -> dict[str, Any]:
    return {"text": money.whole(cost), "kind": "money"} if sees_cost(who, row) else {"text": "", "kind": "text"}


def _asking(row: Holding, asking: Decimal | None, who: Actor) -> dict[str, Any]:
    if not sees_price(who, row):
        return {"text": "", "kind": "text"}
    return {"text": money.whole(asking), "kind": "money", "strong": True}


def _floor(row: Holding, floor: Decimal | None, who: Actor) -> dict[str, Any]:
    return {"text": money.whole(floor), "kind": "money"} if sees_price(who, row) else {"text": "", "kind": "text"}


def _prices_of_all(who: Actor) -> bool:
    return RANK[who.scope("read", "PriceChange")] >= RANK[who.scope("read", "Vehicle")]


class HoldingWindow(Window, model=Holding, chapter="vehicles"):
    """车辆库存: the cars in stock with age and price, those sold, all of them. A row opens the car's page."""

    icon = "car"
    include_route_methods = {"list"}
    creates_in_place = False
    columns = [
        "car|title",
        "registered|pair",
        "mileage",
        "warehouse_id",
        "stands|state",
        "age|fig",
        "cost",
        "asking|price",
        "floor|fig",
    ]
    virtual = {"car": "car", "stands": "text"}
    computed = {
        "registered": Computed("text", _l("上牌"), lambda _who: of_car(Vehicle.first_registered_on), _registered),
        "mileage": Computed("int", _l("里程(万)"), lambda _who: of_car(Vehicle.mileage_km), _mileage),
        "age": Computed("age", _l("库龄(天)"), days_in_stock, _age),
        "cost": Computed(
            "money",
            _l("成本"),
            lambda _who: cost_beside(Holding.__table__.c.id),
            _cost,
            seen=lambda who: cost_scope(who) is not None,
            whole=lambda who: sees_cost_of_all(who, Holding),
        ),
        "asking": Computed(
            "money",
            _l("标价"),
            lambda _who: in_force(PriceChange.asking, Holding.__table__.c.id, clock.today()),
            _asking,
            seen=lambda who: who.may("read", "PriceChange"),
            whole=_prices_of_all,
        ),
        "floor": Computed(
            "money",
            _l("底价"),
            lambda _who: in_force(PriceChange.floor, Holding.__table__.c.id, clock.today()),
            _floor,
            seen=lambda who: who.may("read", "PriceChange") and sees_floor(who),
            whole=_prices_of_all,
        ),
    }
    tabs: ClassVar[list[Tab]] = [
        Tab("stock", _l("在库"), open_now, totals=("cost", "asking", "floor")),
        Tab(
            "unpriced",
            _l("待定价"),
            lambda: open_now() & Holding.vehicle.has(Vehicle.status == VehicleStatus.to_recondition),
            totals=("cost",),
        ),
        Tab(
            "over60",
            _l("超期 60 天"),
            lambda: open_now() & (Holding.opened_on < clock.today() - dt.timedelta(days=LONGER)),
            totals=("cost", "asking", "floor"),
            hot=True,
        ),
        Tab(
            "sold",
            _l("已售"),
            lambda: Holding.closed_by == ClosedBy.sale,
            columns=(
                "car|title",
                "registered|pair",
                "mileage",
                "warehouse_id",
                "opened_on",
                "closed_on|fig",
                "stands|state",
                "age|fig",
                "cost|price",
            ),
            totals=(),
            order="-closed_on",
        ),
        Tab("all", _l("全部"), totals=(), order="-opened_on"),
    ]
    order = "-age"
    search = ["stock_no", "vehicle.vin", "vehicle.plate", "vehicle.car_model.name", "vehicle.car_model.series.name"]
    search_hint = _l("型号、号牌、车架号、库存号")
    filters = [
        "vehicle.status",
        "warehouse_id",
        "warehouse.store_id",
        "vehicle.car_model.series.maker.brand_id",
        "vehicle.car_model.body_type_id",
        "vehicle.car_model.energy_type_id",
        "vehicle.colour_id",
    ]
    empty_text = _l("收一台车，审核后就在库里。")

    @classmethod
    def row_url(cls, row: Any) -> str:
        """The page of its car."""
        return f"/vehicle/{row.vehicle_id}"

    @classmethod
    def can_new(cls, who: Actor) -> bool:
        """A car enters stock by a purchase."""
        return False

    @classmethod
    def narrow(cls, who: Actor) -> Any:
        """Not what was taken back before it began."""
        return Holding.opened_on.is_not(None)

    @classmethod
    def words(cls, path: str) -> Any:
        """What a car that came can be."""
        return (VehicleStatus.to_recondition, VehicleStatus.for_sale, *dict.fromkeys(vehicles.ENDED.values()))

    @classmethod
    def column_label(cls, path: str) -> Any:
        """Filters and columns over references by their own name."""
        own = {"car": _l("车辆"), "stands": labels.COLUMNS["status"]}
        return own.get(path) or super().column_label(path) or labels.COLUMNS.get(path.rpartition(".")[2])

    @classmethod
    def options(cls) -> list[Any]:
        """The car's title, colour and body; whose purchase it was."""
        vehicle = joinedload(Holding.vehicle)
        return [
            *loads(Holding),
            vehicle.joinedload(Vehicle.colour),
            vehicle.joinedload(Vehicle.car_model).joinedload(CarModel.body_type),
            joinedload(Holding.purchase),
        ]

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """The car with its picture, plate, stock number and VIN tail; where it stands, or how this time in stock ended."""
        if key == "car":
            return car_cell(row.vehicle, stock_no=row.stock_no)
        if key == "stands":
            status = row.vehicle.status
            came_back = row.closed_by is not None and status in (*IN_STOCK, VehicleStatus.arriving)
            word = vehicles.ENDED[row.closed_by] if came_back else status
            return {"text": word.label, "tone": word.tone, "kind": "badge"}
        return None

    @classmethod
    def extras(cls, who: Actor) -> dict[str, Any]:
        """The way in is a purchase."""
        return {"can_new": who.may("edit", "Purchase"), "new_url": "/purchase/new", "new_label": _("收一台车")}


def car_cell(vehicle: Vehicle, stock_no: str = "") -> dict[str, Any]:
    """A car as lists show it."""
    art, paint = drawing(vehicle)
    return {
        "kind": "car",
        "text": car(vehicle).label,
        "href": f"/vehicle/{vehicle.id}",
        "art": art,
        "paint": paint,
        "plate": shown_plate(vehicle.plate) if vehicle.plate else "",
        "vin": vehicle.vin,
        "stock_no": stock_no,
        "facts": [vehicle.colour.name] if vehicle.colour else [],
    }


# ── cars ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
class VehicleWindow(Window, model=Vehicle, chapter="vehicles"):
    """Every car by its VIN, in stock or not; its page tells its whole life, its form changes its own data."""

    title = _l("车辆档案")
    icon = "car"
    columns = ["car|title", "vin|pair", "first_registered_on", "mileage_km|line", "status|state"]
    virtual = {"car": "car"}
    search = ["vin", "plate", "car_model.name", "car_model.series.name", "holdings.stock_no"]
    search_hint = _l("型号、号牌、车架号、库存号")
    filters = ["status", "car_model.series.maker.brand_id", "colour_id"]
    order = "-id"
    creates_in_place = False
    include_route_methods = {"list", "new", "show", "change", "delete", "retire"}

    @classmethod
    def column_label(cls, path: str) -> Any:
        """Filters and columns over references by their own name."""
        return (
            _l("车辆") if path == "car" else super().column_label(path) or labels.COLUMNS.get(path.rpartition(".")[2])
        )

    @classmethod
    def options(cls) -> list[Any]:
        """The car's title, colour and body."""
        return [
            *loads(Vehicle),
            joinedload(Vehicle.colour),
            joinedload(Vehicle.car_model).joinedload(CarModel.body_type),
        ]

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """The car with its picture."""
        return car_cell(row) if key == "car" else None

    @classmethod
    def form_url(cls, row: Any) -> str:
        """Its page is another."""
        return f"{cls.url}{row.id}/edit"

    @classmethod
    def back_url(cls, row: Any) -> str:
        """To the car's page."""
        return cls.row_url(row) if row is not None else cls.url

    def notes(self, row: Any, who: Actor) -> list[dict[str, Any]]:
        """A wrong check digit."""
        warning = vehicles.vin_warning(row)
        return [{"tone": "amber", "text": warning}] if warning else []

    @expose("/<int:pk>")
    def show(self, pk: int) -> Any:
        """The car's page: its whole life."""
        return self.render_template("car.html", car=car_page(pk, actor()))

    @expose("/<int:pk>/edit", methods=["GET", "POST"])
    def change(self, pk: int) -> Any:
        """The car's own data: a form for those who may change it, else to read."""
        return super().show(pk)


# ── prices ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class PriceChangeWindow(DocumentWindow, model=PriceChange, chapter="vehicles"):
    """定价调价: asking and floor price from a date."""

    icon = "tag"
    columns = [
        "number|pair",
        "holding_id|title",
        "asking|price",
        "floor",
        "effective_on|line",
        "reason",
        "handler_id",
        "state|state",
    ]
    search = [
        "number",
        "holding.stock_no",
        "holding.vehicle.vin",
        "holding.vehicle.plate",
        "holding.vehicle.car_model.name",
    ]
    search_hint = _l("单号、库存号、型号、号牌、车架号")
    filters = ["state", "store_id", "handler_id"]
    long = ("holding_id",)
    new_label = _l("定价")
    empty_text = _l("给在库的车定标价和底价，审核后车就“在售”。")
    sections: ClassVar[list[Section]] = [
        Section(_l("车辆"), ("holding_id", "dated_on", "handler_id", "store_id")),
        Section(_l("价格"), ("asking", "floor", "effective_on", "reason", "note")),
    ]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """From today."""
        return {"effective_on": clock.today().isoformat(), **super().defaults(who, args)}

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """What is asked, what the car cost so far, and what is between them."""
        if paper.asking is None:
            return
        yield Total("asking", _("标价"), paper.asking, big=True)
        holding = db.session.get(Holding, paper.holding_id) if paper.holding_id else None
        if holding is None or not sees_cost(who, holding):
            return
        cost = cost_of(holding.id, sold=holding.closed_on is not None)
        yield Total("cost", _("成本"), cost, cost=True, aside=True)
        yield Total(
            "gap", _("标价与成本之差"), paper.asking - cost, cost=True, tone="pos" if paper.asking >= cost else "neg"
        )

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Only cars in stock."""
        if key == "holding_id":
            field |= {"picker_url": "/pick/holding?open=1", "wide": "two"}
        return field

    def extra_sections(self, paper: Any, who: Actor, *, editable: bool) -> dict[str, dict[str, Any]]:
        """The car with the price in force."""
        return {"s0": picked(paper, who)} if paper.holding_id else {}

    def afterwards(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """The first one puts the car on sale."""
        yield "tag", _("新价从生效日期起有效"), _("第一张定价单使车辆上架“在售”")

    def next_steps(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """Sell it."""
        if paper.holding.closed_on is None and who.may("edit", "Sale"):
            yield _("销售单"), "tag", f"/sale/new?holding_id={paper.holding_id}"
