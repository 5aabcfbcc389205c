"""车辆销售. Approved: the car leaves stock at its whole cost, the buyer owes price and fees. Undone: it stands there again."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, Select, bindparam, or_, select

from app.enums import ClosedBy, Purpose, State, TaxKind
from app.errors import Problem
from app.extensions import db
from app.ledger import Leg, credit, debit
from app.ledger.balances import inventory_of
from app.ledger.taxes import Splitter
from app.memo import once
from app.models import FeeItem, Holding, PriceChange, Purchase, Sale, SaleFee
from app.money import ZERO
from app.queries import Actor
from app.settings import setting
from app.workflows import vehicles
from app.workflows.engine import locks, move, rests_on
from app.workflows.limits import four_eyes, within_limit
from app.workflows.price_change import price_in_force
from app.workflows.records import Values, checks, prepare


def owed(sale: Sale) -> Decimal:
    """What the buyer is to pay: the price and every fee charged."""
    return sale.price + sum((fee.charged for fee in sale.fees), ZERO)


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@prepare(Sale)
def _fill(sale: Sale, values: Values, actor: Actor) -> Iterator[Problem]:
    """The warehouse is where the car stands; the salesperson is whoever writes it, unless said otherwise."""
    vehicles.follow_the_car(sale, values)
    holding = db.session.get(Holding, values["holding_id"]) if values.get("holding_id") else None
    if holding is not None:
        sale.warehouse_id = holding.warehouse_id
    if not sale.salesperson_id and values.get("salesperson_id") is None and actor.employee_id:
        values["salesperson_id"] = actor.employee_id
    yield from ()


@checks(Sale)
def faults(sale: Sale, _actor: Actor) -> Iterator[Problem]:
    """What no draft may be saved with: no price, a store that is not the car's, more passed on than charged."""
    if sale.price <= 0:
        yield "price", _("成交价要大于 0。")
    if sale.due_on and sale.due_on < sale.dated_on:
        yield "due_on", _("应收日期不能早于单据日期。")
    yield from vehicles.same_store(sale, sale.warehouse_id, "store_id")
    for position, fee in enumerate(sale.fees):
        if fee.passed_on > fee.charged:
            yield f"fees.{position}.passed_on", _("代付的不能多于收取的。")
        if fee.passed_on and fee.party_id is None:
            yield f"fees.{position}.party_id", _("代付给谁？")


# ── approving ────────────────────────────────────────────────────────────────────────────────────────────────────────
@locks(Sale)
def ground(sale: Sale) -> None:
    """The car's time in stock: of two sales of one car the second finds it gone."""
    vehicles.lock_holdings_of([sale])


def missing(sale: Sale, _actor: Actor) -> Iterator[Problem]:
    """The car is in stock and was on that day, with all its cost; priced, where the company sells none without."""
    yield from vehicles.stock_faults(sale, sale.holding)
    _cost, last = inventory_of(sale.holding_id)
    if last is not None and sale.dated_on < last:
        yield "dated_on", _("这台车 %(last)s 还有成本入账，销售日期不能更早。", last=last)
    if not setting("sell_unpriced") and price_in_force(sale.holding_id, sale.dated_on) is None:
        yield "holding_id", _("这台车还没有定价，不能销售。")


def needs(sale: Sale, actor: Actor) -> Iterator[str]:
    """Below the floor, above the limit, four eyes. The floor itself is not told."""
    price = price_in_force(sale.holding_id, sale.dated_on) if not actor.may("below_floor", "Sale") else None
    if price is not None and sale.price < price.floor:
        yield _("成交价低于底价，审核需要“低于底价审核”权限（总经理）。")
    yield from within_limit(sale, owed(sale), actor, "sale_approval_limit")
    yield from four_eyes(sale, owed(sale), actor)


@move(Sale, State.draft, State.approved, check=missing, needs=needs)
def approve(sale: Sale, actor: Actor) -> list[Leg]:
    """The car leaves stock at its whole cost; the buyer owes; what is passed on is owed to others; the rest is taxed."""
    with db.session.no_autoflush:  # look first, then write the paper once
        price = price_in_force(sale.holding_id, sale.dated_on)
        cost, _last = inventory_of(sale.holding_id)
    sale.list_price, sale.floor = (price.asking, price.floor) if price else (None, None)
    sale.below_floor_by_id = actor.user_id if price and sale.price < price.floor else None
    sale.warehouse_id = sale.holding.warehouse_id
    sale.holding.closed_on, sale.holding.closed_by = sale.dated_on, ClosedBy.sale
    vehicles.refresh_status(sale.holding.vehicle_id)
    taxes = Splitter(sale.dated_on)
    car = taxes.split(sale.price, TaxKind.used_car)
    return [
        debit(Purpose.receivable, sale.price, party_id=sale.buyer_id),
        credit(Purpose.sales, car.net, holding_id=sale.holding_id),
        credit(Purpose.vat, car.vat, rate_id=car.rate_id, taxed_gross=car.gross),
        *_fee_legs(sale, taxes),
        debit(Purpose.cost_of_sales, cost, holding_id=sale.holding_id),
        credit(Purpose.inventory, cost, holding_id=sale.holding_id),
    ]


def _fee_legs(sale: Sale, taxes: Splitter) -> Iterator[Leg]:
    """Charged to the buyer; a part passed on to others, the rest kept and taxed."""
    kinds = dict(db.session.execute(_fee_kinds(), {"sale": sale.id}).all()) if sale.fees else {}
    for fee in sale.fees:
        yield debit(Purpose.receivable, fee.charged, party_id=sale.buyer_id)
        yield credit(Purpose.agency, fee.passed_on, party_id=fee.party_id)
        kept = fee.charged - fee.passed_on
        if kept:
            taxed = taxes.split(kept, kinds[fee.fee_item_id])
            yield credit(Purpose.other_income, taxed.net, holding_id=sale.holding_id)
            yield credit(Purpose.vat, taxed.vat, rate_id=taxed.rate_id, taxed_gross=taxed.gross)


@once
def _fee_kinds() -> Select[int, TaxKind]:
    fees = select(SaleFee.fee_item_id).where(SaleFee.sale_id == bindparam("sale", type_=Integer))
    return select(FeeItem.id, FeeItem.tax_kind).where(FeeItem.id.in_(fees))


@move(Sale, State.approved, State.draft)
def unapprove(sale: Sale, _actor: Actor) -> None:
    """The car stands in stock again; what was copied at approval is no longer true."""
    sale.list_price = sale.floor = sale.below_floor_by_id = None
    sale.holding.closed_on = sale.holding.closed_by = None
    vehicles.refresh_status(sale.holding.vehicle_id)


# ── who rests on whom ────────────────────────────────────────────────────────────────────────────────────────────────
@rests_on(Purchase, dependent=Sale)
def sold(purchase: Purchase) -> Select[Any]:
    """Sales of the car that it brought in."""
    return select(Sale).join(Holding, Holding.id == Sale.holding_id).where(Holding.purchase_id == purchase.id)


@rests_on(PriceChange, dependent=Sale)
def sold_at(price: PriceChange) -> Select[Any]:
    """The sale of the car, once the price held."""
    return select(Sale).where(Sale.holding_id == price.holding_id, Sale.dated_on >= price.effective_on)


@rests_on(Sale, dependent=Purchase)
def bought_back(sale: Sale) -> Select[Any]:
    """A later purchase of the same car."""
    holding = sale.holding
    later = or_(
        Purchase.approved_at > sale.approved_at,
        (Purchase.state == State.draft) & (Purchase.id > (holding.purchase_id or 0)),
    )
    return select(Purchase).where(Purchase.vehicle_id == holding.vehicle_id, later)
