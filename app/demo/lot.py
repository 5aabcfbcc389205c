"""Loading the demonstration lot: three months of papers, each written by whoever writes it, on its own day.

What happens is laid out first as a list of (moment, what to do), then done in the order of time with the clock set to
each moment. The plan is the same for the same day: one random generator with a fixed seed.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.columns import Document
from app.demo import cars, catalogue, invented, people
from app.demo.cars import ADVERTISER, AGENT, BEAUTY, FLEET, GARAGE, HAULIER, LANDLORD, LENDER, TESTER, TEXTILES, TRADER
from app.demo.people import EAST, WEST
from app.enums import BelongsTo, Direction, IdKind, LetOff, PartyKind, PartyRole, Precision, PurchaseKind, Side
from app.extensions import db
from app.ledger import periods
from app.models import (
    BodyType,
    Brand,
    CarModel,
    Colour,
    CompanyProfile,
    EmissionStandard,
    EnergyType,
    Expense,
    FeeItem,
    Gearbox,
    Holding,
    Maker,
    ManualEntry,
    MoneyAccount,
    OpenItem,
    Party,
    PaymentMethod,
    Period,
    PriceChange,
    Purchase,
    Sale,
    Series,
    Settlement,
    Store,
    TaxRate,
    Vehicle,
    Warehouse,
)
from app.queries import SYSTEM, Actor
from app.workflows import engine, records

COMPANY = "安途二手车"
DAYS = 95
"""How far the papers go back."""
SEED = 20_261_124
OPENING = {EAST: Decimal(5_600_000), WEST: Decimal(2_400_000)}
IN_TILL = Decimal(20_000)

Deed = Callable[[], object]
Say = Callable[[str], None]
Seed = Callable[..., None]


def load(seed: Seed, say: Say) -> None:
    """Fill an empty database; `seed(name, first_period_on=…)` makes the company. The caller commits.

    Takes some seconds and says how far it is.
    """
    say("载入演示车行 … Loading the demonstration lot …")
    today = clock.today()
    first = today - dt.timedelta(days=DAYS)
    with clock.pretend(at(first - dt.timedelta(days=3), 9)):
        seed(COMPANY, first_period_on=first)
        _profile(today)
        staff = people.settle_in()
        models = _catalogue(staff["buyer"])
    lot = Lot(today, staff, models)
    deeds = lot.plan()
    ceiling = clock.now() if clock.local(clock.now()).date() == today else at(today, 18)
    for done, (moment, deed) in enumerate(deeds):
        with clock.pretend(min(moment, ceiling)):
            deed()
        if done and done % (len(deeds) // 5) == 0:
            say(f"  {done}/{len(deeds)}")


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment on the lot's clock."""
    return dt.datetime.combine(day, dt.time(hour, minute), clock.SHANGHAI)


def _profile(today: dt.date) -> None:
    profile = db.session.scalars(select(CompanyProfile)).one()
    profile.is_demo = True
    profile.credit_code = invented.credit_code(1)
    profile.address, profile.phone = "江城市城东大道 188 号", "0575-80000001"
    # a lot is shown whenever somebody starts it, also after the rates we know have ended
    db.session.execute(update(TaxRate).where(TaxRate.to_on < today).values(to_on=None))


def _catalogue(actor: Actor) -> list[CarModel]:
    """Brands, makers, series and models; those of the cars, in the order of `catalogue.DESCRIBED`."""
    brands: dict[str, Brand] = {}
    makers: dict[tuple[str, str], Maker] = {}
    series: dict[tuple[str, str, str], Series] = {}

    def place(initial: str, brand: str, maker: str, name: str) -> int:
        if brand not in brands:
            brands[brand] = Brand(name=brand, initial=initial)
        if (brand, maker) not in makers:
            makers[brand, maker] = Maker(name=maker, brand=brands[brand])
        if (brand, maker, name) not in series:
            series[brand, maker, name] = Series(name=name, maker=makers[brand, maker])
            db.session.add(series[brand, maker, name])
            db.session.flush()
        return series[brand, maker, name].id

    words = {model: ids_by_name(model) for model in (BodyType, EnergyType, Gearbox, EmissionStandard)}
    described = []
    for (
        initial,
        brand,
        maker,
        name,
        year,
        model,
        code,
        ml,
        energy,
        gearbox,
        emission,
        body,
        seats,
        price,
    ) in catalogue.DESCRIBED:
        values = {
            "series_id": place(initial, brand, maker, name),
            "name": model,
            "model_year": year,
            "displacement_ml": ml,
            "energy_type_id": words[EnergyType][energy],
            "gearbox_id": words[Gearbox][gearbox],
            "emission_standard_id": words[EmissionStandard][emission] if emission else None,
            "body_type_id": words[BodyType][body],
            "seats": seats,
            "new_price": None if price is None else Decimal(price),
        }
        if code:
            row = CarModel(code=code, **values)
            db.session.add(row)
        else:
            row = records.save(CarModel, None, values, actor)
        described.append(row)
    for initial, brand, maker, name, year, model, code in catalogue.NAMED:
        db.session.add(CarModel(code=code, series_id=place(initial, brand, maker, name), name=model, model_year=year))
    db.session.flush()
    return described


def ids_by_name(model: Any) -> dict[str, int]:
    """Name → id of a small table."""
    return {row.name: row.id for row in db.session.execute(select(model.name, model.id))}


@dataclass
class Car:
    """One car of the lot and what has become of it so far."""

    index: int
    store: str
    bought_on: dt.date
    price: Decimal
    market: Decimal
    deadline: dt.date | None = None
    fees: list[tuple[str, str, int]] = field(default_factory=list)
    seller: str = ""
    writer: Actor = SYSTEM
    purchase: Any = None
    sale: Any = None

    @property
    def holding(self) -> Holding:
        """Its time in stock; there once its purchase was approved."""
        found: Holding = self.purchase.holding
        return found


class Lot:
    """The plan of three months and the hands that carry it out."""

    def __init__(self, today: dt.date, staff: dict[str, Actor], models: list[CarModel]) -> None:
        self.today, self.staff, self.models = today, staff, models
        self.rng = random.Random(SEED)  # noqa: S311  # the same lot every time, no secret
        self.deeds: list[tuple[dt.datetime, int, Deed]] = []
        self.names = iter(cars.PEOPLE)
        self.parties: dict[str, Party] = {}
        self.stores = ids_by_name(Store)
        self.warehouses = ids_by_name(Warehouse)
        self.fee_items = ids_by_name(FeeItem)
        self.methods = ids_by_name(PaymentMethod)
        self.colours = ids_by_name(Colour)
        self.money = ids_by_name(MoneyAccount)

    # ── hands ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def when(self, moment: dt.datetime, deed: Deed) -> None:
        """Put something into the plan; after today it does not happen."""
        if moment.date() <= self.today:
            self.deeds.append((moment, len(self.deeds), deed))

    def day(self, ago: int) -> dt.date:
        """So many days ago."""
        return self.today - dt.timedelta(days=ago)

    def hour(self, day: dt.date, earliest: int = 9, latest: int = 17) -> dt.datetime:
        """Some moment of a working day."""
        return at(day, self.rng.randint(earliest, latest - 1), self.rng.randrange(0, 60, 3))

    def role(self, name: str, store: str) -> Actor:
        """Who does it in that store: `role("buyer", WEST)` is buyer2."""
        return self.staff[name + "2" if store == WEST and name + "2" in self.staff else name]

    def run(self, paper: Document, move: str, who: Actor, reason: str = "") -> None:
        """One move of a paper."""
        engine.run(type(paper), paper.id, move, who, reason=reason)

    def submitted(self, paper: Document, who: Actor) -> None:
        """Ask for approval."""
        self.run(paper, "submit", who)

    def party(self, name: str, roles: Iterable[PartyRole], who: Actor, *, firm: bool = False) -> Party:
        """Somebody we deal with: known already, or registered by `who` now."""
        if name not in self.parties:
            serial = len(self.parties) + 1
            values: dict[str, Any] = {"name": name, "roles": list(roles), "mobile": invented.mobile(serial)}
            if firm:
                values |= {"kind": PartyKind.company, "credit_code": invented.credit_code(1000 + serial)}
            else:
                born = dt.date(1958 + serial * 7 % 44, 1 + serial % 12, 1 + serial * 5 % 28)
                values |= {
                    "kind": PartyKind.person,
                    "id_kind": IdKind.resident,
                    "id_number": invented.resident_id(serial, born),
                }
            self.parties[name] = records.save(Party, None, values, who)
        return self.parties[name]

    def firms(self) -> None:
        """Those who serve us, and the firms we buy from and sell to."""
        accountant, boss = self.staff["accountant"], self.staff["boss"]
        for name, role in (
            (AGENT, PartyRole.agent),
            (HAULIER, PartyRole.vendor),
            (GARAGE, PartyRole.vendor),
            (BEAUTY, PartyRole.vendor),
            (TESTER, PartyRole.vendor),
            (LANDLORD, PartyRole.vendor),
            (ADVERTISER, PartyRole.vendor),
            (LENDER, PartyRole.lender),
        ):
            self.party(name, [role], accountant, firm=True)
        for name in (FLEET, TRADER):  # firms that both stores know, looked after by 陈思远
            party = self.party(name, [PartyRole.seller, PartyRole.buyer], boss, firm=True)
            records.save(Party, party.id, {"store_id": None, "owner_id": self.staff["sales"].employee_id}, boss)

    # ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def plan(self) -> list[tuple[dt.datetime, Deed]]:
        """Everything that happens, in the order of time."""
        self.when(at(self.day(DAYS), 8, 30), self.firms)
        for store in (EAST, WEST):
            self.when(at(self.day(DAYS), 9), partial(self.opening, store))
        fates = [fate for fate, count in FATES for _ in range(count)]
        self.rng.shuffle(fates)
        for index, fate in enumerate(fates):
            getattr(self, fate)(self.car(index, fate))
        self.monthly()
        self.oddities()
        return [(moment, deed) for moment, _order, deed in sorted(self.deeds, key=lambda one: one[:2])]

    def car(self, index: int, fate: str) -> Car:
        """A car with its price and the day it was bought, as its fate asks."""
        _colour, _registered, _km, market = cars.CARS[index]
        oldest, youngest = BOUGHT[fate]
        price = Decimal(round(market * self.rng.uniform(0.83, 0.89), -2)).quantize(Decimal("0.01"))
        store = WEST if index % 3 == 2 else EAST
        return Car(index, store, self.day(self.rng.randint(youngest, oldest)), price, Decimal(market))

    # ── buying ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def buy(self, car: Car, *, approved: bool = True) -> dt.datetime:
        """The purchase paper, and its approval; the moment when it is done."""
        start = self.hour(car.bought_on, 9, 14)
        if car.index % 9 == 4:
            car.seller, firm = FLEET, True
        elif car.index % 9 == 7:
            car.seller, firm = TRADER, True
        else:
            car.seller, firm = next(self.names), False
        by_appraiser = car.index % 2 == 0 and car.store == EAST and not firm
        writer = self.staff["appraiser"] if by_appraiser else self.role("buyer", car.store)
        car.deadline = car.bought_on + dt.timedelta(days=30 if firm else 5)
        car.fees = [
            (name, party, self.rng.randrange(low, high, 10))
            for name, party, low, high in PURCHASE_FEES
            if self.rng.random() < 0.45
        ]
        self.when(start, lambda: self.write_purchase(car, writer))
        car.writer = writer
        if by_appraiser and approved:
            self.when(start + dt.timedelta(minutes=10), lambda: self.submitted(car.purchase, writer))
        done = start + dt.timedelta(hours=2)
        if approved:
            self.when(done, lambda: self.run(car.purchase, "approve", self.role("buyer", car.store)))
        return done

    def write_purchase(self, car: Car, who: Actor) -> None:
        """A draft, with its car described."""
        colour, registered, km, _market = cars.CARS[car.index]
        described = catalogue.DESCRIBED[car.index]
        year, month = map(int, registered.split("-"))
        serial, maker, energy = car.index + 1, described[2], described[8]
        seller = self.party(car.seller, [PartyRole.seller], who)
        values = {
            "kind": PurchaseKind.own,
            "seller_id": seller.id,
            "vehicle": {
                "vin": invented.vin(cars.WMI[maker], serial, described[4]),
                "engine_no": invented.engine_no(serial),
                "car_model_id": self.models[car.index].id,
                "colour_id": self.colours[colour],
                "first_registered_on": dt.date(year, month, 1),
                "registered_precision": Precision.month,
            },
            "warehouse_id": self.warehouses[self.place(car)],
            "mileage_km": km,
            "plate": invented.plate(serial, new_energy=energy in GREEN),
            "key_count": 2 - (car.index % 8 == 3),
            "price": car.price,
            "payment_method_id": self.methods["银行转账"],
            "due_on": car.deadline,
            "fees": [
                {"fee_item_id": self.fee_items[name], "party_id": self.parties[party].id, "amount": Decimal(amount)}
                for name, party, amount in car.fees
            ],
        }
        car.purchase = records.save(Purchase, None, values, who)

    def place(self, car: Car) -> str:
        """Where it stands: every third car outside the showroom."""
        hall, yard = ("城东展厅", "城东停车场") if car.store == EAST else ("城西展厅", "城西停车场")
        return yard if car.index % 4 == 1 else hall

    def pay_seller(self, car: Car, day: dt.date, *, share: Decimal = Decimal(1)) -> None:
        """The cashier writes the payment, the accountant approves it."""
        moment = self.hour(day, 14, 17)

        def write() -> None:
            items = self.open_items(car.purchase, self.parties[car.seller], Side.C)
            if items:  # else the offset has taken them
                self.settle(Direction.payment, items, self.role("cashier", car.store), share)

        self.when(moment, write)

    # ── in stock ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def recondition(self, car: Car, after: dt.datetime) -> dt.datetime:
        """Testing and washing in cash, a repair owed to the garage."""
        day = after.date() + dt.timedelta(days=1)
        cash = [("检测费", 200 + 20 * (car.index % 4)), ("洗车美容费", 80 + 30 * (car.index % 3))]
        self.when(self.hour(day), lambda: self.spend(car.store, cash, car=car, till=True))
        if car.index % 3:
            repair = [("整备维修费", 600 + self.rng.randrange(0, 3600, 50))]
            later = day + dt.timedelta(days=self.rng.randint(1, 3))
            self.when(self.hour(later), lambda: self.spend(car.store, repair, car=car, owed_to=GARAGE))
            day = later
        return at(day, 17, 30)

    def spend(
        self,
        store: str,
        lines: list[tuple[str, int]],
        *,
        car: Car | None = None,
        till: bool = False,
        owed_to: str = "",
        belongs_to: BelongsTo = BelongsTo.stock,
        approved: bool = True,
        text: str | None = None,
    ) -> Expense:
        """The cashier writes an expense, the accountant approves it."""
        cashier = self.role("cashier", store)
        paid_from = None if owed_to else self.money[f"{store[:2]}现金" if till else "基本户"]
        values = {
            "store_id": self.stores[store],
            "paid_from_id": paid_from,
            "party_id": self.parties[owed_to].id if owed_to else None,
            "due_on": clock.today() + dt.timedelta(days=30) if owed_to else None,
            "lines": [
                {
                    "fee_item_id": self.fee_items[name],
                    "amount": Decimal(amount),
                    "holding_id": car.holding.id if car else None,
                    "belongs_to": belongs_to,
                    "text": text,
                }
                for name, amount in lines
            ],
        }
        paper = records.save(Expense, None, values, cashier)
        if approved:
            self.run(paper, "submit", cashier)
            self.run(paper, "approve", self.staff["accountant"])
        return paper

    def price(self, car: Car, after: dt.datetime, times: int = 0) -> None:
        """On sale, and cheaper each fortnight it stands."""
        day = after.date() + dt.timedelta(days=1)
        self.when(self.hour(day), lambda: self.write_price(car, Decimal(1), "整备完成，上架"))
        for turn in range(1, times + 1):
            cut = Decimal(1) - Decimal("0.03") * turn
            self.when(
                self.hour(day + dt.timedelta(days=14 * turn)),
                partial(self.write_price, car, cut, "库龄较长，下调促销"),
            )

    def write_price(self, car: Car, share: Decimal, reason: str, *, approved: bool = True) -> PriceChange:
        """The sales manager's paper."""
        manager = self.role("sales_manager", car.store)
        asking = to_hundreds(car.market * share)
        floor = min(asking, max(to_hundreds(asking * Decimal("0.95")), to_hundreds(car.price)))
        values = {
            "holding_id": car.holding.id,
            "asking": asking,
            "floor": floor,
            "effective_on": clock.today(),
            "reason": reason,
        }
        paper = records.save(PriceChange, None, values, manager)
        if approved:
            self.run(paper, "approve", manager)
        return paper

    # ── selling ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def write_sale(self, car: Car, share: Decimal, due_in: int, *, buyer: str = "", discount: int = 0) -> Sale:
        """The salesperson's draft, at a share of the market price."""
        seller = self.role("sales", car.store)
        who = self.party(buyer or next(self.names), [PartyRole.buyer], seller, firm=buyer == TEXTILES)
        fees = [
            {
                "fee_item_id": self.fee_items["过户代办费"],
                "charged": Decimal(1200),
                "passed_on": Decimal(800),
                "party_id": self.parties[AGENT].id,
            }
        ]
        loan = car.index % 4 == 1
        if loan:
            fees.append(
                {
                    "fee_item_id": self.fee_items["按揭服务费"],
                    "charged": Decimal(2000),
                    "passed_on": Decimal(0),
                    "party_id": None,
                }
            )
        values = {
            "holding_id": car.holding.id,
            "buyer_id": who.id,
            "price": to_hundreds(car.market * share) - discount,
            "payment_method_id": self.methods["按揭贷款" if loan else "全款"],
            "due_on": clock.today() + dt.timedelta(days=due_in),
            "own_number": f"{car.store[1]}-{car.index + 1:03d}",
            "fees": fees if car.index % 5 else [],
        }
        car.sale = records.save(Sale, None, values, seller)
        return car.sale  # type: ignore[no-any-return]

    def sell(self, car: Car, day: dt.date, *, due_in: int = 7, buyer: str = "") -> dt.datetime:
        """Written by the salesperson, submitted, approved by the sales manager; the moment of approval."""
        start = self.hour(day, 9, 15)
        share = Decimal(str(round(self.rng.uniform(0.965, 0.995), 3)))
        self.when(start, lambda: self.write_sale(car, share, due_in, buyer=buyer))
        self.when(start + dt.timedelta(minutes=6), lambda: self.submitted(car.sale, self.role("sales", car.store)))
        done = start + dt.timedelta(hours=1)
        self.when(done, lambda: self.run(car.sale, "approve", self.role("sales_manager", car.store)))
        return done

    def receive(self, car: Car, day: dt.date, share: Decimal = Decimal(1), *, let_off: int = 0) -> None:
        """The cashier writes the receipt; above her limit the accountant approves it."""

        def write() -> None:
            party = db.session.get_one(Party, car.sale.buyer_id)
            items = self.open_items(car.sale, party, Side.D)
            self.settle(Direction.receipt, items, self.role("cashier", car.store), share, let_off=Decimal(let_off))

        self.when(self.hour(day, 15, 18), write)

    # ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def open_items(self, paper: Document | None, party: Party, side: Side, store: str = "") -> list[OpenItem]:
        """What is open with a party: of one paper, or (None) of a store."""
        statement = select(OpenItem).where(
            OpenItem.party_id == party.id, OpenItem.side == side, OpenItem.amount > OpenItem.settled
        )
        if paper is not None:
            statement = statement.where(OpenItem.document_kind == paper.__tablename__, OpenItem.document_id == paper.id)
        else:
            statement = statement.where(OpenItem.store_id == self.stores[store])
        return list(db.session.scalars(statement.order_by(OpenItem.id).execution_options(populate_existing=True)))

    def settle(
        self,
        direction: Direction,
        items: list[OpenItem],
        who: Actor,
        share: Decimal = Decimal(1),
        *,
        let_off: Decimal = Decimal(0),
        approved: bool = True,
    ) -> Settlement:
        """A settlement of a share of these items of one party and store."""
        lines: list[dict[str, Any]] = [
            {
                "item_id": item.id,
                "amount": (item.open if share == 1 else to_hundreds(item.open * share)) - (let_off if n == 0 else 0),
                "let_off": let_off if n == 0 else Decimal(0),
                "let_off_reason": LetOff.rounding if let_off and n == 0 else None,
            }
            for n, item in enumerate(items)
        ]
        total = sum((line["amount"] for line in lines), Decimal(0))
        values = {
            "direction": direction,
            "party_id": items[0].party_id,
            "store_id": items[0].store_id,
            "items": lines,
            "money": self.ways(direction, total),
        }
        paper = records.save(Settlement, None, values, who)
        if approved:
            self.approve_money(paper, total, who)
        return paper

    def ways(self, direction: Direction, total: Decimal) -> list[dict[str, Any]]:
        """Through which accounts: of a receipt a part by phone, for which the app takes its fee."""
        if direction is Direction.receipt and total > 6000 and int(total) % 3 == 0:
            return [
                {"money_account_id": self.money["微信"], "amount": Decimal(5000), "fee": Decimal(30)},
                {"money_account_id": self.money["基本户"], "amount": total - 5000, "fee": Decimal(0)},
            ]
        return [{"money_account_id": self.money["基本户"], "amount": total, "fee": Decimal(0)}]

    def approve_money(self, paper: Settlement, total: Decimal, cashier: Actor) -> None:
        """By the cashier herself to her limit, by the accountant above it and for all that goes out."""
        if paper.direction is Direction.receipt and total <= 20_000:
            self.run(paper, "approve", cashier)
        else:
            self.run(paper, "submit", cashier)
            self.run(paper, "approve", self.staff["accountant"])

    # ── fates ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def sold_and_paid(self, car: Car) -> None:
        """Bought, paid for, made ready, priced, sold, paid: the whole road."""
        ready = self.to_sale(car)
        sold = ready.date() + dt.timedelta(days=self.rng.randint(3, 24))
        sold = min(sold, self.day(2))
        self.sell(car, sold)
        if car.index % 2:
            self.receive(car, sold, Decimal("0.3"))
        self.receive(
            car, sold + dt.timedelta(days=self.rng.randint(0, 2)), let_off=car.index % 6 if car.index % 7 == 0 else 0
        )

    def sold_in_part(self, car: Car) -> None:
        """Sold; a part of the money came."""
        self.to_sale(car)
        sold = self.day(self.rng.randint(4, 26))
        self.sell(car, sold, due_in=self.rng.choice((7, 14, 30)))
        self.receive(car, sold, Decimal("0.4"))

    def sold_and_owed(self, car: Car) -> None:
        """Sold; no money yet, overdue or nearly."""
        self.to_sale(car)
        self.sell(car, self.day(self.rng.randint(3, 20)), due_in=7)

    def sold_to_fleet(self, car: Car) -> None:
        """Sold to the firm that we buy from: nobody pays, it is set against what we owe (`offset`)."""
        car.store = EAST
        self.to_sale(car)
        self.sell(car, self.day(22), due_in=30, buyer=FLEET)

    def for_sale(self, car: Car) -> None:
        """On the lot, some for long and cheaper by now."""
        self.to_sale(car, times=3)

    def to_sale(self, car: Car, times: int = 0) -> dt.datetime:
        """Up to the price paper; the seller paid, mostly."""
        done = self.buy(car)
        if car.index % 16:
            if car.index % 6 == 1:
                self.pay_seller(car, car.bought_on, share=Decimal("0.5"))
            soon = car.bought_on + dt.timedelta(days=self.rng.randint(1, 4))
            self.pay_seller(car, car.deadline or soon if car.seller == FLEET else soon)
        ready = self.recondition(car, done)
        self.price(car, ready, times)
        return ready + dt.timedelta(days=1)

    def to_recondition(self, car: Car) -> None:
        """In stock, without a price yet."""
        self.buy(car)

    def arriving_draft(self, car: Car) -> None:
        """A draft that waits for the car's papers."""
        self.buy(car, approved=False)

    def arriving_submitted(self, car: Car) -> None:
        """A draft on the purchasing manager's desk."""
        done = self.buy(car, approved=False)
        self.when(done, lambda: self.submitted(car.purchase, car.writer))

    def arriving_sent_back(self, car: Car) -> None:
        """Submitted, and sent back with a word why."""
        self.arriving_submitted(car)
        self.when(
            at(car.bought_on, 18),
            lambda: self.run(car.purchase, "send_back", self.staff["boss"], "行驶证照片不清楚，请补拍后再提交"),
        )

    def void_purchase(self, car: Car) -> None:
        """The seller changed his mind."""
        done = self.buy(car, approved=False)
        self.when(
            done + dt.timedelta(hours=3),
            lambda: self.run(car.purchase, "void", self.role("buyer", car.store), "卖方临时反悔，不卖了"),
        )

    def corrected(self, car: Car) -> None:
        """Approved with a wrong price, taken back the same day, put right."""
        done = self.buy(car)
        buyer = self.role("buyer", car.store)

        def correct() -> None:
            self.run(car.purchase, "unapprove", buyer, "收购价录错，少录了 1000 元")
            records.save(Purchase, car.purchase.id, {"price": car.price + 1000}, buyer)
            self.run(car.purchase, "approve", buyer)

        self.when(done + dt.timedelta(minutes=40), correct)
        self.pay_seller(car, car.bought_on + dt.timedelta(days=2))
        self.price(car, self.recondition(car, done))

    def sale_draft(self, car: Car) -> None:
        """For sale, and a sale is being written."""
        self.to_sale(car)
        self.when(self.hour(self.today, 9, 12), lambda: self.write_sale(car, Decimal("0.98"), 7))

    def sale_submitted(self, car: Car) -> None:
        """A sale on the sales manager's desk."""
        self.sale_draft(car)
        self.when(at(self.today, 13), lambda: self.submitted(car.sale, self.role("sales", car.store)))

    def sale_below_floor(self, car: Car) -> None:
        """A sale below the floor: the general manager alone may approve it."""
        car.store = EAST
        self.price_lost(car)

    def price_lost(self, car: Car) -> None:
        """Submitted at a price below the floor."""
        self.to_sale(car)
        moment = self.hour(self.day(1), 14, 17)
        buyer = TEXTILES if car.store == EAST else ""
        self.when(moment, lambda: self.write_sale(car, Decimal("0.90"), 7, buyer=buyer))
        self.when(moment + dt.timedelta(minutes=9), lambda: self.submitted(car.sale, self.role("sales", car.store)))

    def sale_sent_back(self, car: Car) -> None:
        """A sale sent back to the salesperson."""
        car.store = WEST
        self.price_lost(car)
        self.when(
            at(self.day(1), 17, 30),
            lambda: self.run(
                car.sale, "send_back", self.role("sales_manager", car.store), "价格低于底价，请再与客户谈谈"
            ),
        )

    def sale_void(self, car: Car) -> None:
        """A sale that came to nothing."""
        self.to_sale(car)
        moment = self.hour(self.day(5), 9, 12)
        self.when(moment, lambda: self.write_sale(car, Decimal("0.97"), 7))
        self.when(
            moment + dt.timedelta(hours=4),
            lambda: self.run(car.sale, "void", self.role("sales", car.store), "客户贷款未批，放弃购买"),
        )

    def bought_again(self, car: Car) -> None:
        """Sold, and bought back weeks later: the same car, a second time in stock."""
        self.sold_and_paid(car)
        again = Car(
            car.index,
            car.store,
            self.day(9),
            to_hundreds(car.price * Decimal("0.93")),
            to_hundreds(car.market * Decimal("0.94")),
        )
        done = self.buy(again)
        self.pay_seller(again, self.day(7))
        self.price(again, done)

    # ── beside the cars ──────────────────────────────────────────────────────────────────────────────────────────────
    def opening(self, store: str) -> None:
        """The owners' money."""
        amount = OPENING[store]
        self.entry(
            store,
            f"投入资本（{store}）",
            [
                {"account": "1002", "debit": amount, "money_account_id": self.money["基本户"]},
                {"account": "1001", "debit": IN_TILL, "money_account_id": self.money[f"{store[:2]}现金"]},
                {"account": "3001", "credit": amount + IN_TILL},
            ],
        )

    def entry(self, store: str, text: str, lines: list[dict[str, Any]], *, approved: bool = True) -> ManualEntry:
        """What the accountant types."""
        accountant = self.staff["accountant"]
        values = {"text": text, "store_id": self.stores[store], "lines": lines}
        paper = records.save(ManualEntry, None, values, accountant)
        if approved:
            self.run(paper, "approve", accountant)
        return paper

    def monthly(self) -> None:
        """Rent, wages and the rest; what vendors are owed; surtax; the first month is closed."""
        month = clock.month_of(self.day(DAYS))
        while month <= clock.month_of(self.today):
            first = dt.date.fromisoformat(f"{month}-01")
            for store, size in ((EAST, 3), (WEST, 2)):
                for number, (name, day, amount, owed_to) in enumerate(RUNNING):
                    self.once(first, day, self.running(store, name, amount * size, owed_to), 10 + number)
                for day in (5, 15, 25):
                    self.once(first, day, partial(self.pay_vendors, store), 15)
            self.once(clock.last_day(month), clock.last_day(month).day, self.surtax, 17)
            month = clock.next_month(month)
        first_month = clock.month_of(self.day(DAYS))
        closing = dt.date.fromisoformat(clock.next_month(first_month) + "-08")
        self.when(at(closing, 17, 45), lambda: self.close(first_month))

    def once(self, month: dt.date, day: int, deed: Deed, hour: int) -> None:
        """On that day of the month, if the papers go back so far."""
        moment = at(month.replace(day=day), hour)
        if moment.date() > self.day(DAYS):
            self.when(moment, deed)

    def running(self, store: str, name: str, amount: int, owed_to: str) -> Deed:
        """A cost of every month."""
        return lambda: self.spend(
            store, [(name, amount)], owed_to=owed_to, text=f"{clock.month_of(clock.today())} {name}"
        )

    def pay_vendors(self, store: str) -> None:
        """Everybody who serves us, everything that is open, each in one settlement over several papers."""
        for name in (AGENT, HAULIER, GARAGE, TESTER, LANDLORD, ADVERTISER):
            if items := self.open_items(None, self.parties[name], Side.C, store):
                self.settle(Direction.payment, items, self.role("cashier", store))

    def surtax(self) -> None:
        """Put by at the end of the month."""
        lines = [
            {"account": "surtax", "debit": Decimal("186.40")},
            {"account": "surtax_payable", "credit": Decimal("186.40")},
        ]
        self.entry(EAST, f"计提 {clock.month_of(clock.today())} 附加税费", lines)

    def close(self, month: str) -> None:
        """The accountant closes a month."""
        found = db.session.scalars(select(Period.id).where(Period.month == month)).one()
        periods.close(found, self.staff["accountant"])

    def oddities(self) -> None:
        """What happens beside the straight road: every state of every kind of paper, and wrong things put right."""
        self.when(at(self.day(20), 11), self.offset)
        self.when(at(self.day(12), 11), self.advance)
        self.when(at(self.day(15), 16), self.late_costs)
        self.when(at(self.day(6), 10), self.wrong_expense)
        self.when(at(self.day(4), 10), self.wrong_entry)
        self.when(at(self.day(2), 16), self.wrong_payment)
        self.when(at(self.day(1), 10), self.on_the_desk)
        self.when(at(self.today, 8, 40), self.drafts_of_today)

    def offset(self) -> None:
        """The fleet bought a car from us, we owe it for others: set against each other as far as they go."""
        for store in (EAST, WEST):
            fleet, cashier = self.parties[FLEET], self.role("cashier", store)
            owed, owing = self.open_items(None, fleet, Side.C, store), self.open_items(None, fleet, Side.D, store)
            amount = min(sum((one.open for one in owed), Decimal(0)), sum((one.open for one in owing), Decimal(0)))
            if amount:
                lines = [*_upto(owed, amount), *_upto(owing, amount)]
                values = {
                    "direction": Direction.offset,
                    "party_id": fleet.id,
                    "store_id": self.stores[store],
                    "items": lines,
                }
                self.approve_money(records.save(Settlement, None, values, cashier), amount, cashier)

    def advance(self) -> None:
        """A buyer pays before there is a paper."""
        buyer = self.party("上官婉清", [PartyRole.buyer], self.staff["sales"])
        money = [{"money_account_id": self.money["微信"], "amount": Decimal(5000), "fee": Decimal(30)}]
        values = {
            "direction": Direction.receipt,
            "party_id": buyer.id,
            "store_id": self.stores[EAST],
            "advance": Decimal(5000),
            "money": money,
            "note": "看中 Model 3，先付诚意金",
        }
        cashier = self.staff["cashier"]
        self.run(records.save(Settlement, None, values, cashier), "approve", cashier)

    def late_costs(self) -> None:
        """Bills that come after the car has gone: of the sale itself, and out of goodwill."""
        sold = db.session.scalars(
            select(Sale).where(Sale.state == "approved", Sale.store_id == self.stores[EAST]).order_by(Sale.id).limit(2)
        ).all()
        for sale, (name, amount, belongs_to, text) in zip(sold, LATE, strict=False):
            holding = db.session.get_one(Holding, sale.holding_id)
            car = Car(0, EAST, self.today, Decimal(0), Decimal(0), purchase=holding.purchase)
            self.spend(EAST, [(name, amount)], car=car, owed_to=GARAGE, belongs_to=belongs_to, text=text)

    def wrong_expense(self) -> None:
        """One void, one sent back."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        twice = self.spend(EAST, [("办公费", 368)], till=True, approved=False, text="打印纸、硒鼓")
        self.run(twice, "void", cashier, "重复登记")
        dinner = self.spend(EAST, [("业务招待费", 1280)], till=True, approved=False, text="客户接待")
        self.run(dinner, "submit", cashier)
        self.run(dinner, "send_back", accountant, "请附发票和参加人员")

    def wrong_entry(self) -> None:
        """One approved with the wrong amount, taken back and put right; one void; one sent back."""
        accountant = self.staff["accountant"]
        lines = [
            {"account": "admin_expense", "debit": Decimal("4500.00")},
            {"account": "wages", "credit": Decimal("4500.00"), "employee_id": accountant.employee_id},
        ]
        paper = self.entry(EAST, "计提本月财务人员工资", lines)
        self.run(paper, "unapprove", accountant, "金额录错")
        right = [
            {
                "id": line.id,
                "debit": line.debit and Decimal(5400),
                "credit": line.credit and Decimal(5400),
                "account_id": line.account_id,
                "employee_id": line.employee_id,
            }
            for line in paper.lines
        ]
        records.save(ManualEntry, paper.id, {"lines": right}, accountant)
        self.run(paper, "approve", accountant)
        self.run(self.entry(EAST, "误开", lines, approved=False), "void", accountant, "误开")
        unclear = self.entry(WEST, "调整跨店费用", lines, approved=False)
        self.run(unclear, "submit", accountant)
        self.run(unclear, "send_back", accountant, "先与两店核对金额")

    def wrong_payment(self) -> None:
        """A payment sent back, one void."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        items = self.washing(EAST)
        early, twice = (self.settle(Direction.payment, items, cashier, approved=False) for _turn in range(2))
        self.run(early, "submit", cashier)
        self.run(early, "send_back", accountant, "等对方开票后再付")
        self.run(twice, "void", cashier, "与上一张重复")

    def on_the_desk(self) -> None:
        """Yesterday's papers that wait for somebody who may."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        fuel = self.spend(EAST, [("油费过路费", 460), ("差旅费", 880)], approved=False, text="去杭州提车")
        self.run(fuel, "submit", cashier)
        sellers = select(OpenItem).where(
            OpenItem.document_kind == "purchase", OpenItem.side == Side.C, OpenItem.amount > OpenItem.settled
        )
        owed = db.session.scalars(
            sellers.where(OpenItem.store_id == self.stores[EAST]).order_by(OpenItem.id.desc())
        ).first()
        if owed is not None:
            self.submitted(self.settle(Direction.payment, [owed], cashier, approved=False), cashier)
        buyers = select(OpenItem).where(
            OpenItem.document_kind == "sale", OpenItem.side == Side.D, OpenItem.amount - OpenItem.settled > 20_000
        )
        owing = db.session.scalars(
            buyers.where(OpenItem.store_id == self.stores[EAST]).order_by(OpenItem.id.desc())
        ).first()
        if owing is not None:
            half = self.settle(Direction.receipt, [owing], cashier, Decimal("0.5"), approved=False)
            self.submitted(half, cashier)
        lines = [
            {"account": "finance_expense", "debit": Decimal("215.60")},
            {"account": "1002", "credit": Decimal("215.60"), "money_account_id": self.money["基本户"]},
        ]
        self.run(self.entry(EAST, "银行账户管理费", lines, approved=False), "submit", accountant)
        self.prices_on_the_desk()

    def prices_on_the_desk(self) -> None:
        """Price papers in every state but the ordinary one."""
        on_sale = db.session.scalars(
            select(Holding)
            .join(Vehicle, Vehicle.id == Holding.vehicle_id)
            .join(Warehouse, Warehouse.id == Holding.warehouse_id)
            .where(Vehicle.status == "for_sale", Holding.closed_on.is_(None), Warehouse.store_id == self.stores[EAST])
            .order_by(Holding.id)
            .limit(4)
        ).all()
        manager, boss = self.staff["sales_manager"], self.staff["boss"]
        for holding, what in zip(on_sale, ("submit", "send_back", "void", ""), strict=False):
            last = db.session.scalars(
                select(PriceChange).where(PriceChange.holding_id == holding.id).order_by(PriceChange.id.desc()).limit(1)
            ).one()
            asking = to_hundreds(last.asking * Decimal("0.96"))
            values = {
                "holding_id": holding.id,
                "asking": asking,
                "floor": min(last.floor, asking),
                "effective_on": clock.today(),
                "reason": "月底促销",
            }
            paper = records.save(PriceChange, None, values, manager)
            if what in ("submit", "send_back"):
                self.run(paper, "submit", manager)
            if what == "send_back":
                self.run(paper, "send_back", boss, "上周刚调过，先看一周")
            if what == "void":
                self.run(paper, "void", manager, "已有客户按原价下定")

    def drafts_of_today(self) -> None:
        """What was begun this morning."""
        self.spend(EAST, [("办公费", 126)], till=True, approved=False, text="饮用水")
        self.spend(WEST, [("停车场地费", 600)], till=True, approved=False)
        lines = [
            {"account": "admin_expense", "debit": Decimal(3000)},
            {"account": "surtax_payable", "credit": Decimal(3000)},
        ]
        self.entry(WEST, "暂估费用（待核）", lines, approved=False)
        self.settle(Direction.payment, self.washing(WEST), self.staff["cashier2"], approved=False)

    def washing(self, store: str) -> list[OpenItem]:
        """A bill for washing, still to be paid."""
        bill = self.spend(store, [("洗车美容费", 960)], owed_to=BEAUTY, text="展车月度清洗")
        return self.open_items(bill, self.parties[BEAUTY], Side.C)


def _upto(items: list[OpenItem], amount: Decimal) -> list[dict[str, Any]]:
    """Lines that take `amount` of these items, oldest first."""
    lines = []
    for item in items:
        taken = min(item.open, amount)
        amount -= taken
        if taken:
            lines.append({"item_id": item.id, "amount": taken})
    return lines


def to_hundreds(amount: Decimal) -> Decimal:
    """A price as people name it: whole hundreds."""
    return Decimal(round(amount, -2)).quantize(Decimal("0.01"))


GREEN = frozenset({"纯电动", "插电式混合动力", "增程式"})
"""Energy types whose cars carry the green plate."""

PURCHASE_FEES = (("代办费", AGENT, 200, 500), ("物流费", HAULIER, 300, 1800), ("第三方检测费", TESTER, 200, 480))
"""(fee, party, from, to): what may come on top of a purchase."""

RUNNING = (
    ("房租", 3, 9000, LANDLORD),
    ("水电费", 10, 820, ""),
    ("工资", 15, 14500, ""),
    ("广告推广费", 20, 2600, ADVERTISER),
    ("银行手续费", 28, 35, ""),
)
"""(cost, day of the month, yuan per size of store, owed to)."""

LATE = (
    ("整备维修费", 480, BelongsTo.sale, "售前喷漆，账单迟到"),
    ("整备维修费", 620, BelongsTo.selling, "售后善意维修"),
)

FATES = (
    ("sold_and_paid", 21),
    ("sold_to_fleet", 1),
    ("sold_in_part", 4),
    ("sold_and_owed", 4),
    ("for_sale", 19),
    ("to_recondition", 3),
    ("arriving_draft", 1),
    ("arriving_submitted", 1),
    ("arriving_sent_back", 1),
    ("void_purchase", 1),
    ("corrected", 2),
    ("sale_draft", 1),
    ("sale_submitted", 1),
    ("sale_below_floor", 1),
    ("sale_sent_back", 1),
    ("sale_void", 1),
    ("bought_again", 1),
)
"""How many cars go which way; together as many as there are cars."""

BOUGHT = {
    "sold_and_paid": (94, 24),
    "sold_to_fleet": (60, 50),
    "sold_in_part": (70, 40),
    "sold_and_owed": (70, 35),
    "for_sale": (88, 12),
    "to_recondition": (4, 1),
    "arriving_draft": (3, 1),
    "arriving_submitted": (2, 1),
    "arriving_sent_back": (4, 2),
    "void_purchase": (30, 10),
    "corrected": (40, 14),
    "sale_draft": (40, 15),
    "sale_submitted": (40, 15),
    "sale_below_floor": (60, 25),
    "sale_sent_back": (60, 25),
    "sale_void": (50, 20),
    "bought_again": (80, 70),
}
"""Bought so many days ago: from, to."""
