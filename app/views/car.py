"""A car's page: its whole life on one page, each figure only for those who may see it.

What one may not see is not there, and its place is filled with what one may use (the price line of a salesperson tells
the asking price, what it saves against a new car, its age; that of a manager what was paid, spent, asked and earned).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock, identity, labels, money
from app.columns import Document
from app.enums import AccountKind, ClosedBy, EntryKind, Purpose, State, TaxKind, VehicleStatus
from app.errors import NotThere, Refused
from app.extensions import db
from app.ledger.statements import Margin, margins
from app.ledger.taxes import split
from app.models import (
    Account,
    Audit,
    CarModel,
    Expense,
    ExpenseLine,
    Holding,
    JournalEntry,
    JournalLine,
    Login,
    Maker,
    Match,
    OpenItem,
    Party,
    PriceChange,
    Purchase,
    Sale,
    Series,
    Settlement,
    SettlementItem,
    Vehicle,
    Warehouse,
)
from app.money import ZERO
from app.queries import Actor, masks, may_any, sees_cost, sees_floor, sees_price, visible, within
from app.views import links, trail
from app.views.lists import shown_plate
from app.views.named import car as named

LONG, LONGER = 45, 60
"""Days in stock from which a car's age is shown in amber, then in red."""
MOST_TRAIL = 60
PAPERS: dict[type[Any], Any] = {
    Purchase: lambda vehicle_id, _ids: Purchase.vehicle_id == vehicle_id,
    PriceChange: lambda _vehicle_id, ids: PriceChange.holding_id.in_(ids),
    Expense: lambda _vehicle_id, ids: Expense.id.in_(
        select(ExpenseLine.expense_id).where(ExpenseLine.holding_id.in_(ids))
    ),
    Sale: lambda _vehicle_id, ids: Sale.holding_id.in_(ids),
}
"""The kinds of papers that speak of a car, and how one finds them."""
LOADS: dict[type[Any], Any] = {
    Purchase: lambda: [joinedload(Purchase.seller).lazyload(Party.roles), joinedload(Purchase.handler)],
    PriceChange: lambda: [joinedload(PriceChange.handler)],
    Expense: lambda: [
        joinedload(Expense.handler),
        joinedload(Expense.party).lazyload(Party.roles),
        selectinload(Expense.lines).joinedload(ExpenseLine.fee_item),
    ],
    Sale: lambda: [
        joinedload(Sale.buyer).lazyload(Party.roles),
        joinedload(Sale.salesperson),
        joinedload(Sale.handler),
    ],
    Settlement: lambda: [joinedload(Settlement.handler), joinedload(Settlement.party).lazyload(Party.roles)],
}

ART = (
    ("SUV", "car-suv"),
    ("MPV", "car-suv"),
    ("皮卡", "car-suv"),
    ("轻客", "car-suv"),
    ("微面", "car-suv"),
    ("跑车", "car-coupe"),
    ("微型", "car-hatch"),
    ("小型", "car-hatch"),
)
PAINT = (
    ("白", "p-white"),
    ("黑", "p-black"),
    ("蓝", "p-blue"),
    ("紫", "p-blue"),
    ("红", "p-red"),
    ("橙", "p-red"),
    ("棕", "p-gold"),
    ("香槟", "p-gold"),
    ("金", "p-gold"),
    ("黄", "p-gold"),
    ("绿", "p-green"),
)


def drawing(vehicle: Vehicle) -> tuple[str, str]:
    """(outline, paint) of the drawn car until it has photos, after its body type and colour."""
    model = vehicle.car_model
    body = model.body_type.name if model is not None and model.body_type is not None else ""
    colour = vehicle.colour.name if vehicle.colour is not None else ""
    art = next((art for word, art in ART if word in body), "car-sedan")
    return art, next((paint for word, paint in PAINT if word in colour), "p-silver")


def age_of(holding: Holding) -> int:
    """Days from its first day in stock to its last, or to today."""
    return ((holding.closed_on or clock.today()) - (holding.opened_on or clock.today())).days


def tone_of_age(days: int) -> str:
    """amber above 45 days, red above 60."""
    return "red" if days > LONGER else "amber" if days > LONG else ""


# ── what the page knows ──────────────────────────────────────────────────────────────────────────────────────────────
class Life:
    """A car with all that this person may see of it: its times in stock, its papers, what it cost and earned."""

    def __init__(self, pk: int, who: Actor) -> None:
        self.who = who
        self.vehicle = _found(pk, who)
        ids = [holding.id for holding in self.vehicle.holdings]
        opened = [
            holding
            for holding in self.vehicle.holdings
            if holding.opened_on is not None and within(holding, who, "read")
        ]
        self.holdings = sorted(
            opened, key=lambda one: (one.closed_on is not None, -(one.opened_on or dt.date.min).toordinal(), -one.id)
        )
        self.holding = self.holdings[0] if self.holdings else None
        self.papers: list[Any] = []
        for model, condition in PAPERS.items():
            if may_any(who, "read", model) and (ids or model is Purchase):
                self.papers += _seen(model, condition(self.vehicle.id, ids), who)
        self.papers += _settlements(self.papers, who)
        self.papers.sort(key=lambda paper: (paper.dated_on, paper.created_at, paper.id))
        self.margins = (
            margins([holding.id for holding in self.holdings], who)
            if any(sees_cost(who, one) for one in self.holdings)
            else {}
        )

    def of(self, model: type[Any], *, state: State | None = State.approved) -> list[Any]:
        """Papers of a kind, oldest first; those of the present time in stock where they name one."""
        ids = {self.holding.id} if self.holding else set()
        return [
            paper
            for paper in self.papers
            if isinstance(paper, model)
            and (state is None or paper.state is state)
            and (not hasattr(paper, "holding_id") or paper.holding_id in ids)
        ]

    @property
    def margin(self) -> Margin | None:
        """What the books say of its present or last time in stock; None for those who may not see it."""
        return self.margins.get(self.holding.id) if self.holding and sees_cost(self.who, self.holding) else None

    @property
    def price(self) -> PriceChange | None:
        """The price paper in force; None for those who may not see prices."""
        if self.holding is None or not sees_price(self.who, self.holding):
            return None
        day = self.holding.closed_on or clock.today()
        held = [paper for paper in self.of(PriceChange) if paper.effective_on <= day]
        return max(held, key=lambda paper: (paper.effective_on, paper.id), default=None)

    @property
    def sale(self) -> Sale | None:
        """The approved sale that ended its time in stock, where this person may see it."""
        return next(iter(self.of(Sale)), None)

    @property
    def purchase(self) -> Purchase | None:
        """The purchase that began its time in stock, or the draft that will, where this person may see it."""
        if self.holding is not None and self.vehicle.status is not VehicleStatus.arriving:
            return next(
                (
                    paper
                    for paper in self.papers
                    if isinstance(paper, Purchase) and paper.id == self.holding.purchase_id
                ),
                None,
            )
        return next(
            (paper for paper in reversed(self.papers) if isinstance(paper, Purchase) and paper.state is State.draft),
            None,
        )


def _found(pk: int, who: Actor) -> Vehicle:
    model = joinedload(Vehicle.car_model)
    statement = (
        visible(select(Vehicle).where(Vehicle.id == pk), Vehicle, who)
        .options(
            model.joinedload(CarModel.series).joinedload(Series.maker).joinedload(Maker.brand),
            *(
                model.joinedload(one)
                for one in (CarModel.energy_type, CarModel.gearbox, CarModel.emission_standard, CarModel.body_type)
            ),
            joinedload(Vehicle.colour),
            selectinload(Vehicle.holdings).options(
                joinedload(Holding.warehouse).joinedload(Warehouse.store), joinedload(Holding.purchase)
            ),
        )
        .execution_options(populate_existing=True)
    )
    vehicle = db.session.scalars(statement).unique().one_or_none() if pk < 2**31 else None
    if vehicle is None:
        raise NotThere
    return vehicle


def _seen(model: type[Any], condition: ColumnElement[bool], who: Actor) -> list[Any]:
    statement = select(model).where(condition, model.state != State.void).options(*LOADS[model]()).limit(links.MOST)
    return list(db.session.scalars(visible(statement, model, who).order_by(model.id.desc())).unique())


def _settlements(papers: Sequence[Any], who: Actor) -> list[Any]:
    """What settled these papers."""
    if not may_any(who, "read", Settlement) or not papers:
        return []
    named_by = [
        and_(OpenItem.document_kind == kind, OpenItem.document_id.in_(ids)) for kind, ids in _by_kind(papers).items()
    ]
    items = select(OpenItem.id).where(or_(*named_by))
    matched = select(Match.document_id).where(Match.document_kind == "settlement", Match.item_id.in_(items))
    drafted = select(SettlementItem.settlement_id).where(SettlementItem.item_id.in_(items))
    return _seen(Settlement, Settlement.id.in_(matched) | Settlement.id.in_(drafted), who)


def _by_kind(papers: Iterable[Any]) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = {}
    for paper in papers:
        kinds.setdefault(paper.__tablename__, []).append(paper.id)
    return kinds


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def car_page(pk: int, who: Actor) -> dict[str, Any]:
    """Everything that car.html shows. NotThere for a car that this person may not see."""
    life = Life(pk, who)
    vehicle, holding = life.vehicle, life.holding
    art, paint = drawing(vehicle)
    actions, more = buttons(life)
    return {
        "id": vehicle.id,
        "title": named(vehicle).label,
        "plate": shown_plate(vehicle.plate) if vehicle.plate else "",
        "vin": vehicle.vin,
        "status": vehicle.status.label,
        "tone": vehicle.status.tone,
        "subtitle": _subtitle(life),
        "back_url": "/holding/",
        "art": art,
        "paint": paint,
        "facts": list(facts(life)),
        "price": price_line(life),
        "costs": costs(life),
        "earlier": [_earlier(life, one) for one in life.holdings[1:]],
        "papers": [_paper(life, paper) for paper in life.papers],
        "people": list(people(life)),
        "prices": _prices(life),
        "timeline": timeline(life),
        "actions": actions,
        "more": more,
        "note": vehicle.note,
        "waiting": holding is None,
    }


def _subtitle(life: Life) -> str:
    holding = life.holding
    if holding is None:
        return ""
    days = age_of(holding)
    if holding.closed_on is None:
        words = _("在库 %(days)s 天", days=days)
    elif holding.closed_by is ClosedBy.sale:
        words = _("在库 %(days)s 天售出", days=days)
    else:
        words = _("在库 %(days)s 天离库", days=days)
    return f"{holding.stock_no} · {holding.warehouse.name} · {words}"


def facts(life: Life) -> Iterable[dict[str, Any]]:
    """What stays true of the car, unknown ones left out."""
    vehicle, model = life.vehicle, life.vehicle.car_model
    yield {"label": labels.COLUMNS["vin"], "kind": "copyvin", "text": vehicle.vin, "wide": True}
    if vehicle.vin_override_reason:
        yield {"label": labels.COLUMNS["vin_override_reason"], "text": vehicle.vin_override_reason, "wide": True}
    known: list[tuple[Any, Any]] = [(labels.COLUMNS["engine_no"], vehicle.engine_no)]
    if model is not None:
        known += [
            (labels.COLUMNS["car_model.code"], model.code),
            (labels.COLUMNS["maker_id"], model.series.maker.name),
        ]
    known += [
        (labels.COLUMNS["first_registered_on"], _registered(vehicle)),
        (
            labels.COLUMNS["mileage_km"],
            _("%(km)s 公里", km=f"{vehicle.mileage_km:,}") if vehicle.mileage_km is not None else "",
        ),
        (labels.COLUMNS["colour_id"], vehicle.colour.name if vehicle.colour else ""),
    ]
    if model is not None:
        displacement = f"{model.displacement_ml:,} mL" if model.displacement_ml else ""
        energy = model.energy_type.name if model.energy_type else ""
        known += [
            (_("动力"), " ".join(part for part in (displacement, energy) if part)),
            (labels.COLUMNS["gearbox_id"], model.gearbox.name if model.gearbox else ""),
            (labels.COLUMNS["emission_standard_id"], model.emission_standard.name if model.emission_standard else ""),
            (labels.COLUMNS["body_type_id"], model.body_type.name if model.body_type else ""),
            (labels.COLUMNS["seats"], model.seats or ""),
            (labels.COLUMNS["new_price"], money.whole(model.new_price) if model.new_price else ""),
        ]
    if life.holding is not None:
        known += [
            (labels.COLUMNS["store_id"], life.holding.warehouse.store.name),
            (labels.COLUMNS["warehouse_id"], life.holding.warehouse.name),
        ]
    if life.purchase is not None and life.purchase.key_count is not None:
        known += [(labels.COLUMNS["key_count"], _("%(n)s 把", n=life.purchase.key_count))]
    yield from ({"label": label, "text": text} for label, text in known if text not in ("", None))
    if vehicle.note:
        yield {"label": labels.COLUMNS["note"], "text": vehicle.note, "wide": True}


def _registered(vehicle: Vehicle) -> str:
    day = vehicle.first_registered_on
    if day is None:
        return ""
    return f"{day:%Y-%m}" if vehicle.registered_precision == "month" else day.isoformat()


# ── the price line ───────────────────────────────────────────────────────────────────────────────────────────────────
def price_line(life: Life) -> dict[str, Any]:
    """Six figures: of the dealer's own business for those who see this car's cost, else what one may tell a customer."""
    margin = life.margin
    own = margin is not None
    cells = list(_own_figures(life, margin)) if margin is not None else []
    cells += [cell for cell in _public_figures(life) if cell["label"] not in {one["label"] for one in cells}]
    cells = cells[:6]
    if own:
        cells.sort(key=lambda cell: bool(cell.get("hl")))  # what is earned stands last
        title, note = _("价格线"), _("成本只给有权的人看")
    elif life.price is not None:
        title, note = _("报价"), _("%(day)s 起", day=life.price.effective_on)
    else:
        title, note = _("车况一览"), ""
    return {"title": title, "note": note, "locked": own, "cells": cells}


def _own_figures(life: Life, margin: Margin) -> Iterable[dict[str, Any]]:
    holding, price, sale, purchase = life.holding, life.price, life.sale, life.purchase
    if holding is None or holding.opened_on is None:
        return
    bought = (
        purchase.price if purchase is not None else holding.purchase.price if holding.purchase is not None else None
    )
    if bought is not None:
        yield _cell(_("收购"), money.whole(bought), holding.opened_on.isoformat())
        spent = margin.cost - bought
        share = f"{spent * 100 / bought:.1f}%" if bought else ""
        yield _cell(
            _("+ 费用"),
            money.whole(spent),
            _("占收购价 %(share)s", share=share) if spent and share else _("还没有费用") if not spent else "",
        )
    else:
        yield _cell(_("成本"), money.whole(margin.cost), _("期初"))
    if price is not None:
        yield _asking(life, price)
        if sees_floor(life.who):
            yield _cell(_("底价"), money.whole(price.floor), _by(price), no_print=True)
    if sale is not None:
        yield _cell(_("成交"), money.whole(sale.price), sale.buyer.name)
        rate = f"{margin.total * 100 / sale.price:.2f}%" if sale.price else ""
        beside = _("，含代办和费用") if margin.total != margin.car else ""
        yield _cell(_("毛利"), money.shown(margin.total), f"{rate}{beside}", hl=True, neg=margin.total < 0)
    elif price is not None and holding.closed_on is None:
        expected = _expected(price.asking, margin.cost)
        if expected is not None:
            yield _cell(_("预计毛利"), money.whole(expected), _("按标价，扣增值税"), hl=True, neg=expected < 0)


def _expected(asking: Decimal, cost: Decimal) -> Decimal | None:
    try:
        return split(asking, TaxKind.used_car, clock.today()).net - cost
    except Refused:
        return None


def _public_figures(life: Life) -> Iterable[dict[str, Any]]:
    vehicle, holding, price, sale = life.vehicle, life.holding, life.price, life.sale
    model = vehicle.car_model
    if price is not None:
        yield _asking(life, price, hl=True)
    if sale is not None:
        yield _cell(_("成交"), money.whole(sale.price), sale.buyer.name)
    if model is not None and model.new_price:
        saved = model.new_price - price.asking if price is not None else ZERO
        yield _cell(
            _("新车指导价"),
            money.whole(model.new_price),
            _("省 %(saved)s", saved=money.whole(saved)) if saved > 0 else "",
        )
    if price is not None and sees_floor(life.who):
        yield _cell(_("底价"), money.whole(price.floor), _("不对客户说"), no_print=True)
    if vehicle.first_registered_on is not None:
        years = Decimal((clock.today() - vehicle.first_registered_on).days) / Decimal("365.25")
        yield _cell(
            _("车龄"),
            _("%(years)s 年", years=f"{years:.1f}"),
            _("%(month)s 上牌", month=f"{vehicle.first_registered_on:%Y-%m}"),
        )
        if vehicle.mileage_km is not None and years >= 1:
            yield _cell(
                _("年均里程"),
                _("%(km)s 公里", km=money.whole(vehicle.mileage_km / years)),
                _("共 %(km)s 公里", km=f"{vehicle.mileage_km:,}"),
            )
    if holding is not None:
        yield _cell(_("库龄"), _("%(days)s 天", days=age_of(holding)), _("%(day)s 入库", day=holding.opened_on))
        yield _cell(_("仓库"), holding.warehouse.name, holding.warehouse.store.name)


def _asking(life: Life, price: PriceChange, *, hl: bool = False) -> dict[str, Any]:
    changes = len(life.of(PriceChange)) - 1
    return _cell(
        _("标价"),
        money.whole(price.asking),
        _("调过 %(n)s 次", n=changes) if changes else _("%(day)s 定价", day=price.effective_on),
        hl=hl,
    )


def _cell(label: str, text: str, sub: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "text": text, "sub": sub, **more}


def _by(paper: Any) -> str:
    return f"{paper.handler.name if paper.handler else ''} {paper.dated_on:%m-%d}".strip()


# ── costs by paper ───────────────────────────────────────────────────────────────────────────────────────────────────
def costs(life: Life) -> dict[str, Any] | None:
    """What went into the car, paper by paper, as the journal has it; None for those who may not see it."""
    if life.margin is None or life.holding is None:
        return None
    into_cost = Account.purpose.in_((Purpose.inventory, Purpose.cost_of_sales))
    statement = (
        select(
            JournalEntry.document_kind,
            JournalEntry.document_id,
            JournalEntry.number,
            into_cost.label("into_cost"),
            func.max(JournalEntry.dated_on).label("dated_on"),
            func.sum(JournalLine.debit - JournalLine.credit).label("amount"),
        )
        .select_from(JournalLine)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(Account, Account.id == JournalLine.account_id)
        .where(
            JournalLine.holding_id == life.holding.id,
            JournalEntry.kind != EntryKind.closing,
            or_(into_cost, Account.kind == AccountKind.cost),
        )
        .group_by(JournalEntry.document_kind, JournalEntry.document_id, JournalEntry.number, into_cost)
        .order_by(func.max(JournalEntry.dated_on), JournalEntry.number)
    )
    known = {(paper.__tablename__, paper.id): paper for paper in life.papers}
    found = [row for row in db.session.execute(statement) if row.amount]
    rows = [_cost_row(row, known.get((row.document_kind, row.document_id))) for row in found]
    beside = sum((row.amount for row in found if not row.into_cost), ZERO)
    return {
        "rows": rows,
        "total": money.shown(life.margin.cost),
        "beside": money.shown(beside) if beside else "",
    }


def _cost_row(row: Any, paper: Any) -> dict[str, Any]:
    return {
        "dated_on": row.dated_on.isoformat(),
        "number": row.number,
        "url": f"/{row.document_kind}/{row.document_id}" if paper is not None else None,
        "text": _spent_on(row.document_kind, paper),
        "party": _paid_to(paper),
        "badge": "" if row.into_cost else _("不进车价"),
        "amount": money.shown(row.amount),
    }


def _spent_on(kind: str, paper: Any) -> str:
    if isinstance(paper, Purchase):
        return str(_("收购价和费用") if paper.fees_into_cost and paper.fees else _("收购价"))
    if isinstance(paper, Expense):
        return "、".join(dict.fromkeys(line.text or line.fee_item.name for line in paper.lines))
    return str(labels.TABLES.get(kind, kind))


def _paid_to(paper: Any) -> str:
    party = paper.seller if isinstance(paper, Purchase) else paper.party if isinstance(paper, Expense) else None
    return party.name if party is not None else ""


# ── what came before, papers, people, prices ─────────────────────────────────────────────────────────────────────────
def _earlier(life: Life, holding: Holding) -> dict[str, Any]:
    margin = life.margins.get(holding.id) if sees_cost(life.who, holding) else None
    ended = {ClosedBy.sale: _("售出"), ClosedBy.returned: _("退卖方"), ClosedBy.scrap: _("报废")}
    purchase = next(
        (paper for paper in life.papers if isinstance(paper, Purchase) and paper.id == holding.purchase_id), None
    )
    sale = next(
        (
            paper
            for paper in life.papers
            if isinstance(paper, Sale) and paper.holding_id == holding.id and paper.state is State.approved
        ),
        None,
    )
    return {
        "stock_no": holding.stock_no,
        "period": f"{holding.opened_on} — {holding.closed_on or ''}",
        "days": age_of(holding),
        "ended": ended.get(holding.closed_by, "") if holding.closed_by else "",
        "papers": [
            {"number": paper.number, "url": f"/{paper.__tablename__}/{paper.id}"}
            for paper in (purchase, sale)
            if paper is not None
        ],
        "cost": money.shown(margin.cost) if margin else "",
        "margin": money.shown(margin.total) if margin and sale is not None else "",
    }


def _paper(life: Life, paper: Any) -> dict[str, Any]:
    """One step of the rail: date, who, and the amount where its own page would show it to this person."""
    view = links.view(paper)
    handler = paper.salesperson if isinstance(paper, Sale) else paper.handler
    amount = _amount(life, paper)
    view["sub"] = " · ".join(
        part for part in (paper.dated_on.isoformat(), handler.name if handler else "", amount) if part
    )
    return view


def _amount(life: Life, paper: Any) -> str:
    if isinstance(paper, Purchase):
        return money.shown(paper.price) if sees_cost(life.who, paper) else ""
    if isinstance(paper, PriceChange):
        return str(_("标价 %(asking)s", asking=money.whole(paper.asking)))
    if isinstance(paper, Sale):
        return money.shown(paper.price)
    if isinstance(paper, Expense):
        if not sees_cost(life.who, paper):
            return ""
        ids = {holding.id for holding in life.vehicle.holdings}
        return money.shown(sum((line.amount for line in paper.lines if line.holding_id in ids), ZERO))
    return str(paper.direction.label) if isinstance(paper, Settlement) else ""


def people(life: Life) -> Iterable[dict[str, Any]]:
    """Who sold it, who bought it, who dealt with it: from the papers that this person may see."""
    purchase, sale = life.purchase, life.sale
    if purchase is not None:
        yield _person(_("原车主"), purchase.seller, life.who)
        if purchase.handler is not None:
            yield {"label": _("收车"), "text": purchase.handler.name}
    if sale is not None:
        yield _person(_("买主"), sale.buyer, life.who)
        yield {"label": labels.COLUMNS["salesperson_id"], "text": sale.salesperson.name}
    for draft in life.of(Sale, state=State.draft):
        yield _person(_("在谈"), draft.buyer, life.who)


def _person(label: str, party: Party, who: Actor) -> dict[str, Any]:
    phone = ""
    if party.mobile:
        phone = identity.masked(party.mobile) if masks(who, party) else party.mobile
    href = f"/party/{party.id}" if within(party, who, "read") else None
    return {"label": label, "text": party.name, "href": href, "sub": phone}


def _prices(life: Life) -> list[dict[str, Any]]:
    """Every price there was, newest first, where this person may see prices."""
    if life.price is None:
        return []
    return [
        {
            "text": money.whole(paper.asking),
            "url": f"/price_change/{paper.id}",
            "current": paper is life.price,
            "sub": " · ".join(
                part
                for part in (
                    paper.effective_on.isoformat(),
                    paper.handler.name if paper.handler else "",
                    paper.reason or "",
                )
                if part
            ),
        }
        for paper in sorted(life.of(PriceChange), key=lambda one: (one.effective_on, one.id), reverse=True)
    ]


# ── its life ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def timeline(life: Life) -> list[dict[str, Any]]:
    """What was done with the car and with every paper of it that this person may see, newest first."""
    rows = {
        ("vehicle", life.vehicle.id): life.vehicle,
        **{(paper.__tablename__, paper.id): paper for paper in life.papers},
    }
    kinds = {"vehicle": [life.vehicle.id], **_by_kind(life.papers)}
    statement = (
        select(Audit)
        .where(or_(*(and_(Audit.table_name == kind, Audit.row_id.in_(ids)) for kind, ids in kinds.items())))
        .order_by(Audit.id.desc())
        .limit(MOST_TRAIL)
        .options(joinedload(Audit.user).joinedload(Login.employee))
    )
    return [
        _told(line, rows[line.table_name, line.row_id], life.who) for line in db.session.scalars(statement).unique()
    ]


def _told(line: Audit, row: Any, who: Actor) -> dict[str, Any]:
    gate = sees_cost(who, row) and sees_floor(who)
    entry = trail.entry(line, type(row), who, cost=gate)
    deed, _sep, changes = entry["what"].partition("：")
    if not isinstance(row, Document):
        entry["what"] = _("%(deed)s车辆资料", deed=deed) + (f"：{changes}" if changes else "")
    else:
        entry["what"] = f"{deed} {labels.TABLES[row.__tablename__]} {row.number}" + (f"：{changes}" if changes else "")
    return entry


# ── what next ────────────────────────────────────────────────────────────────────────────────────────────────────────
def buttons(life: Life) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(next steps with the one that is due as primary, the rest under 更多), by status and rights."""
    steps = list(_steps(life))
    edit = within(life.vehicle, life.who, "edit")
    actions = [{**step, "primary": position == 0} for position, step in enumerate(steps[:2])]
    more = steps[2:]
    if edit:
        actions.append(
            {"label": _("改资料"), "icon": "edit", "url": f"/vehicle/{life.vehicle.id}/edit", "primary": not actions}
        )
    return actions, more


def _steps(life: Life) -> Iterable[dict[str, Any]]:
    who, holding, vehicle = life.who, life.holding, life.vehicle
    if holding is not None and holding.closed_on is None:
        yield from _steps_in_stock(life, holding)
    elif vehicle.status is VehicleStatus.arriving and life.purchase is not None:
        yield {"label": _("收车单"), "icon": "buyin", "url": f"/purchase/{life.purchase.id}"}
    elif holding is not None and holding.closed_by is ClosedBy.sale:
        if life.sale is not None and who.may("edit", "Receipt"):
            yield {
                "label": _("收款"),
                "icon": "yuan",
                "url": f"/settlement/new?direction=receipt&party_id={life.sale.buyer_id}&from=sale-{life.sale.id}",
            }
        if may_write(who, "Expense", holding):
            yield {"label": _("记费用"), "icon": "file", "url": f"/expense/new?holding_id={holding.id}"}
        if who.may("edit", "Purchase"):
            yield {"label": _("再收回来"), "icon": "buyin", "url": f"/purchase/new?vehicle_id={vehicle.id}"}
    elif who.may("edit", "Purchase"):
        yield {"label": _("收车"), "icon": "buyin", "url": f"/purchase/new?vehicle_id={vehicle.id}"}


def _steps_in_stock(life: Life, holding: Holding) -> Iterable[dict[str, Any]]:
    who = life.who
    priced = life.vehicle.status is not VehicleStatus.to_recondition
    price = {
        "label": _("调价") if priced else _("定价"),
        "icon": "tag",
        "url": f"/price_change/new?holding_id={holding.id}",
    }
    drafts = life.of(Sale, state=State.draft)
    sale = {"label": _("开销售单"), "icon": "tag", "url": f"/sale/new?holding_id={holding.id}"}
    if drafts:
        sale = {"label": _("看销售单"), "icon": "tag", "url": f"/sale/{drafts[-1].id}"}
    prices, sells = may_write(who, "PriceChange", holding), may_write(who, "Sale", holding) or bool(drafts)
    if prices and not priced:
        yield price
    if sells:
        yield sale
    if prices and priced:
        yield price
    if may_write(who, "Expense", holding):
        yield {"label": _("记费用"), "icon": "file", "url": f"/expense/new?holding_id={holding.id}"}
    if life.purchase is not None:
        yield {"label": _("收车单"), "icon": "buyin", "url": f"/purchase/{life.purchase.id}"}


def may_write(who: Actor, kind: str, holding: Holding) -> bool:
    """May this person draft a paper of a kind on this car? A paper on a car belongs to the store of its warehouse."""
    scope = who.scope("edit", kind)
    return scope is not None and (scope != "store" or holding.warehouse.store_id == who.store_id)
