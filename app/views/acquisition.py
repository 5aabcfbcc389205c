"""收车: the window of purchases."""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import identity, money
from app.extensions import db
from app.models import Purchase, Vehicle, Warehouse
from app.money import ZERO
from app.queries import Actor, sees_cost
from app.views.base import page_of
from app.views.documents import DocumentWindow, Section, Total


class PurchaseWindow(DocumentWindow, model=Purchase, chapter="acquisition"):
    """收车入库: seller, car, price and fees on one page; the car is found or made by its VIN."""

    icon = "buyin"
    columns = [
        "number|pair",
        "dated_on|line",
        "vehicle.car_model_id|title",
        "plate|line",
        "seller_id|line",
        "warehouse_id",
        "price|price",
        "due_on",
        "handler_id",
        "state|state",
    ]
    filters = ["state", "warehouse_id", "seller_id", "store_id", "handler_id"]
    search = ["number", "seller.name", "vehicle.vin", "plate", "vehicle.car_model.name"]
    search_hint = _l("单号、卖方、车架号、号牌、车型")
    totals = ["price"]
    long = ("vehicle.car_model_id",)
    new_label = _l("收一台车")
    empty_text = _l("收一台车：选卖方，输入车架号，写价格，审核后车就在库里。")
    sections: ClassVar[list[Section]] = [
        Section(
            _l("卖方"),
            ("seller_id", "dated_on", "warehouse_id", "handler_id", "payment_method_id", "due_on", "store_id", "note"),
        ),
        Section(
            _l("车辆"),
            (
                "vehicle.vin",
                "vehicle.vin_override_reason",
                "vehicle.car_model_id",
                "vehicle.engine_no",
                "plate",
                "vehicle.first_registered_on",
                "mileage_km",
                "vehicle.colour_id",
                "key_count",
            ),
        ),
        Section(_l("价款"), ("price",)),
        Section(_l("费用"), grid="fees", keys=("fee_item_id", "party_id", "amount"), sum_key="fees"),
    ]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """Into the warehouse that this person used last."""
        found = super().defaults(who, args)
        mine = select(Purchase.warehouse_id).where(Purchase.created_by_id == who.user_id).order_by(Purchase.id.desc())
        if "warehouse_id" not in found and (last := db.session.scalar(mine.limit(1))) is not None:
            found["warehouse_id"] = str(last)
        return found

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """price + fees = what the car costs; the seller is owed the price."""
        price = paper.price or ZERO
        fees = sum((fee.amount or ZERO for fee in paper.fees), ZERO)
        yield Total("price", _("收购价"), price, cost=True)
        yield Total("fees", _("费用"), fees, "+", cost=True)
        yield Total("cost", _("入库成本"), price + fees, "=", big=True, cost=True)

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Wider inputs, what the VIN says, fee items of purchases only, warehouses of the store."""
        wide = {"seller_id": "two", "vehicle.vin": "two", "vehicle.car_model_id": "two"}
        field |= {"wide": wide.get(key, field["wide"])}
        if key == "seller_id" and "create_url" in field:
            field["create_url"] += "&roles=seller"
        if key == "vehicle.vin":
            told = vin_told(str(field.get("value") or ""))
            field |= {
                "counter": True,
                "live": [("vin_right", told["vin_right"], ""), ("vin_wrong", told["vin_wrong"], "wrong")],
            }
        if key == "vehicle.vin_override_reason":
            field |= {"only_with": "vin_wrong", "hint": _("没有抄错才填，例如平行进口车")}
        if key in ("vehicle.car_model_id", "vehicle.engine_no"):
            field["required"] = True  # a draft is saved without them, but the car does not enter stock
        if key == "fees.fee_item_id":
            field["picker_url"] = "/pick/fee_item?side=purchase"
        if key == "warehouse_id" and who.store_id and who.scope("edit", "Purchase") != "all":
            field["picker_url"] = f"/pick/warehouse?store_id={who.store_id}"
        return field

    def live(self, paper: Any, who: Actor) -> dict[str, str]:
        """What the VIN says as soon as it is whole."""
        return vin_told(request.form.get("vehicle-vin", ""))

    def warnings(self, paper: Any, who: Actor) -> Iterable[str]:
        """A wrong check digit, and whether this car was here before."""
        verdict = identity.judge_vin(paper.vehicle.vin)
        if verdict.fault == "check" and not paper.vehicle.vin_override_reason:
            yield _(
                "车架号第 9 位是校验位，算出来应为 %(expected)s，现在是 %(now)s；没有抄错就写明原因。",
                expected=verdict.expected,
                now=paper.vehicle.vin[8],
            )
        earlier = db.session.scalars(
            select(Purchase.number).where(
                Purchase.vehicle_id == paper.vehicle_id, Purchase.id != paper.id, Purchase.approved_at.is_not(None)
            )
        ).all()
        if earlier and paper.approved_at is None:
            yield _("这台车来过：%(numbers)s。这次另开一个在库期，成本从零算。", numbers="、".join(earlier))

    def afterwards(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """Into the warehouse, the seller owed."""
        place = db.session.get(Warehouse, paper.warehouse_id) if paper.warehouse_id else None
        yield (
            "car",
            _("进 %(place)s，状态“待整备”", place=place.name if place else _("仓库")),
            _("生成库存号，库龄从收车日期算"),
        )
        if paper.price and (paper.id is None or sees_cost(who, paper)):
            yield "yuan", _("应付卖方 %(amount)s", amount=money.shown(paper.price)), ""

    def next_steps(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """Price it, pay it."""
        if paper.holding is not None and paper.holding.closed_on is None and who.may("edit", "PriceChange"):
            yield _("定价"), "tag", f"/price_change/new?holding_id={paper.holding.id}"
        if who.may("edit", "Payment"):
            yield (
                _("付款结算"),
                "yuan",
                f"/settlement/new?direction=payment&party_id={paper.seller_id}&from=purchase-{paper.id}",
            )
        if (url := page_of(paper.vehicle, who)) is not None:
            yield _("看这台车"), "car", url

    def takes_back(self, paper: Any, who: Actor) -> Iterable[tuple[str, str]]:
        """The car leaves stock."""
        yield _("车辆离开 %(place)s，状态回到“待入库”", place=paper.warehouse.name), _("在库期保留，再次审核时重新打开")

    @classmethod
    def options(cls) -> list[Any]:
        """Series names stand in the car's title."""
        from sqlalchemy.orm import joinedload

        return [joinedload(Purchase.vehicle).joinedload(Vehicle.car_model)]


def vin_told(vin: str) -> dict[str, str]:
    """What a whole VIN says, good news or bad; nothing while it is being typed (its length is counted beside)."""
    tidy = identity.tidy(vin)
    verdict = identity.judge_vin(tidy)
    wrong = ""
    if verdict.fault == "check":
        wrong = _(
            "第 9 位是校验位，算出来应为 %(expected)s，现在是 %(now)s：先核对，没有抄错再写原因",
            expected=verdict.expected,
            now=tidy[8],
        )
    elif verdict.fault == "letter":
        wrong = _("不能有 I、O、Q，多半是 1 和 0")
    return {"vin_right": _("校验位正确") if verdict.fault is None else "", "vin_wrong": wrong}
