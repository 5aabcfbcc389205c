"""销售: the window of sales."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app import clock, money
from app.enums import Purpose, State, TaxKind
from app.errors import Refused
from app.extensions import db
from app.fields import whole
from app.ledger.taxes import split
from app.models import Account, Holding, JournalLine, OpenItem, Sale
from app.money import ZERO
from app.queries import Actor, sees_cost, sees_floor, sees_price
from app.views.documents import DocumentWindow, Section, Total, may_edit
from app.views.named import car, loads


class SaleWindow(DocumentWindow, model=Sale, chapter="sales"):
    """车辆销售: a car from stock, its price, agency fees passed on and kept."""

    icon = "tag"
    columns = [
        "number|pair",
        "dated_on|line",
        "holding_id|title",
        "buyer_id|line",
        "list_price",
        "price|price",
        "salesperson_id|line",
        "due_on",
        "state|state",
    ]
    filters = ["state", "salesperson_id", "store_id", "buyer_id"]
    search = [
        "number",
        "own_number",
        "buyer.name",
        "holding.vehicle.vin",
        "holding.vehicle.plate",
        "holding.vehicle.car_model.name",
    ]
    search_hint = _l("单号、客户、车架号、号牌、车型")
    totals = ["price"]
    long = ("holding_id",)
    new_label = _l("销售单")
    empty_text = _l("卖一台车：选在库车辆和客户，写成交价，审核后等收款。")
    sections: ClassVar[list[Section]] = [
        Section(
            _l("客户"),
            (
                "buyer_id",
                "dated_on",
                "salesperson_id",
                "payment_method_id",
                "due_on",
                "own_number",
                "handler_id",
                "store_id",
                "note",
            ),
        ),
        Section(_l("车辆与价格"), ("holding_id", "price")),
        Section(_l("代办费用"), grid="fees", keys=("fee_item_id", "charged", "passed_on", "party_id"), sum_key="fees"),
    ]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """Sold by me; the asking price as a start."""
        found = super().defaults(who, args)
        if who.employee_id and "salesperson_id" not in found and who.scope("edit", "Sale") is not None:
            found["salesperson_id"] = str(who.employee_id)
        price = in_force(found.get("holding_id"))
        if price is not None and "price" not in found:
            found["price"] = money.plain(price.asking)
        return found

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """price + fees = what the buyer owes; for those who see cost: cost, VAT, margin."""
        price = paper.price or ZERO
        fees = sum((fee.charged or ZERO for fee in paper.fees), ZERO)
        yield Total("price", _("成交价"), price)
        yield Total("fees", _("代办"), fees, "+")
        yield Total("due", _("客户应付"), price + fees, "=", big=True)
        if paper.id is not None and paper.state is State.approved:
            paid = db.session.scalar(
                select(func.sum(OpenItem.settled)).where(
                    OpenItem.document_kind == "sale",
                    OpenItem.document_id == paper.id,
                    OpenItem.party_id == paper.buyer_id,
                )
            )
            yield Total("rest", _("待收"), price + fees - (paid or ZERO), "", tone="")
        if paper.holding_id and (paper.id is None or sees_cost(who, paper)):
            yield from self._margin(paper, price, who)

    def _margin(self, paper: Any, price: Decimal, who: Actor) -> Iterable[Total]:
        holding = db.session.get(Holding, paper.holding_id)
        if holding is None or not sees_cost(who, holding):
            return
        cost = cost_of(paper.holding_id, sold=paper.id is not None and paper.state is State.approved)
        try:
            taxed = split(price, TaxKind.used_car, paper.dated_on or clock.today())
        except Refused:
            return
        yield Total("holding_cost", _("成本"), cost, cost=True, aside=True)
        yield Total("vat", _("增值税"), taxed.vat, cost=True)
        yield Total("margin", _("毛利"), taxed.net - cost, cost=True, tone="pos" if taxed.net >= cost else "neg")

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Only cars in stock, only fee items of sales."""
        wide = {"buyer_id": "two", "holding_id": "two"}
        field |= {"wide": wide.get(key, field["wide"])}
        if key == "holding_id":
            field |= {"picker_url": "/pick/holding?open=1", "fills": {"price": "asking"}}
        if key == "buyer_id" and "create_url" in field:
            field["create_url"] += "&roles=buyer"
        if key == "price":
            field["live"] = [("below_floor", below_floor(paper, who), "wrong")]
        if key == "fees.fee_item_id":
            field["picker_url"] = "/pick/fee_item?side=sale"
        return field

    def extra_sections(self, paper: Any, who: Actor, *, editable: bool) -> dict[str, dict[str, Any]]:
        """The chosen car with asking and floor price."""
        return {"s1": picked(paper, who)} if paper.holding_id else {}

    def warnings(self, paper: Any, who: Actor) -> Iterable[str]:
        """Below the floor in force, for those who only read it; below the asking price is nobody's business."""
        if paper.state is State.draft and not may_edit(paper, who) and (text := below_floor(paper, who)):
            yield text

    def live(self, paper: Any, who: Actor) -> dict[str, str]:
        """Told while the price is typed, not only when it is approved."""
        return {"below_floor": below_floor(paper, who)}

    def afterwards(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """The car leaves stock, the buyer owes."""
        yield "car", _("车辆出库，状态“已售待交付”"), _("在库期关闭，成本结转")
        if paper.price:
            fees = sum((fee.charged or ZERO for fee in paper.fees), ZERO)
            yield "yuan", _("应收客户 %(amount)s", amount=money.shown(paper.price + fees)), _("在“结算单”里收款")

    def next_steps(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """Collect the money."""
        if who.may("edit", "Receipt"):
            yield (
                _("收款结算"),
                "yuan",
                f"/settlement/new?direction=receipt&party_id={paper.buyer_id}&from=sale-{paper.id}",
            )

    def takes_back(self, paper: Any, who: Actor) -> Iterable[tuple[str, str]]:
        """The car is back in stock."""
        yield _("车辆回到 %(place)s，可以再卖", place=paper.warehouse.name), _("在库期重新打开，库龄照旧")


def in_force(holding_id: Any, day: Any = None) -> Any:
    """The price paper in force for a holding, or None."""
    from app.workflows.price_change import price_in_force

    pk = whole(holding_id)
    return None if pk is None else price_in_force(pk, day or clock.today())


def below_floor(paper: Any, who: Actor) -> str:
    """What a price below the floor in force means; "" where it is not, or where this person may not see the floor."""
    if not paper.holding_id or paper.price is None or not sees_floor(who):
        return ""
    holding = db.session.get(Holding, paper.holding_id)
    price = in_force(holding.id, paper.dated_on) if holding is not None and sees_price(who, holding) else None
    if price is None or paper.price >= price.floor:
        return ""
    return str(
        _(
            "比底价 %(floor)s 低 %(gap)s，要总经理审核",
            floor=money.whole(price.floor),
            gap=money.shown(price.floor - paper.price),
        )
    )


def cost_of(holding_id: int, *, sold: bool) -> Decimal:
    """What the holding cost: its inventory balance, once sold its cost of sales."""
    purpose = Purpose.cost_of_sales if sold else Purpose.inventory
    statement = (
        select(func.sum(JournalLine.debit) - func.sum(JournalLine.credit))
        .join(Account)
        .where(JournalLine.holding_id == holding_id, Account.purpose == purpose)
    )
    return db.session.scalar(statement) or ZERO


def picked(paper: Any, who: Actor) -> dict[str, Any]:
    """The chosen car as a card, with the prices this person may see."""
    from app.views.car import drawing

    holding = db.session.get(Holding, paper.holding_id, options=loads(Holding))
    if holding is None:
        return {}
    vehicle = holding.vehicle
    price = in_force(holding.id, paper.dated_on) if sees_price(who, holding) else None
    prices = [{"label": _("标价"), "text": money.whole(price.asking)}] if price is not None else []
    if price is not None and sees_floor(who):
        prices.append({"label": _("底价"), "text": money.whole(price.floor), "own": True})
    facts = [holding.stock_no, holding.warehouse.name]
    if vehicle.first_registered_on:
        facts.append(_("%(month)s 上牌", month=f"{vehicle.first_registered_on:%Y-%m}"))
    if vehicle.mileage_km is not None:
        facts.append(_("%(km)s 公里", km=f"{vehicle.mileage_km:,}"))
    art, paint = drawing(vehicle)
    card = {"title": car(vehicle).label, "url": f"/vehicle/{vehicle.id}", "plate": vehicle.plate, "vin": vehicle.vin}
    return {"picked": card | {"facts": facts, "prices": prices, "art": art, "paint": paint}}
