"""车辆: stock, cars and prices."""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.models import PriceChange, Vehicle
from app.queries import Actor
from app.views.base import Window
from app.views.documents import DocumentWindow, Section
from app.views.sales import picked


class VehicleWindow(Window, model=Vehicle, chapter="vehicles"):
    """Every car by its VIN."""

    icon = "car"
    columns = ["vin|pair", "car_model_id|title", "plate|line", "first_registered_on", "mileage_km|line", "colour_id", "status|state"]
    search = ["vin", "plate", "car_model.name"]
    filters = ["status", "colour_id", "car_model_id"]
    order = "-id"
    creates_in_place = False


class PriceChangeWindow(DocumentWindow, model=PriceChange, chapter="vehicles"):
    """定价调价: asking and floor price from a date."""

    icon = "tag"
    columns = ["number|pair", "holding_id|title", "asking|price", "floor", "effective_on|line", "reason", "handler_id", "state|state"]
    search = ["number", "holding.stock_no", "holding.vehicle.vin", "holding.vehicle.plate", "holding.vehicle.car_model.name"]
    long = ("holding_id",)
    new_label = _l("定价")
    sections: ClassVar[list[Section]] = [
        Section(_l("车辆"), ("holding_id", "dated_on", "handler_id", "store_id")),
        Section(_l("价格"), ("asking", "floor", "effective_on", "reason", "note")),
    ]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """From today."""
        return {"effective_on": clock.today().isoformat(), **super().defaults(who, args)}

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
