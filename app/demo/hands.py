"""Who writes which paper of the demonstration lot, and how: each through the same doors as staff."""

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import clock
from app.columns import Document
from app.demo import cars, catalogue, invented
from app.demo.cars import AGENT, TEXTILES
from app.demo.people import EAST, WEST
from app.enums import BelongsTo, Direction, IdKind, LetOff, PartyKind, PartyRole, Precision, PurchaseKind, Side
from app.extensions import db
from app.models import (
    CarModel,
    Colour,
    Expense,
    FeeItem,
    Holding,
    ManualEntry,
    MoneyAccount,
    OpenItem,
    Party,
    PaymentMethod,
    PriceChange,
    Purchase,
    Sale,
    Settlement,
    Store,
    Warehouse,
)
from app.queries import SYSTEM, Actor
from app.workflows import engine, records

SEED = 20_261_124
"""The same lot every time."""
DAYS = 95
"""How far the papers go back."""
"""How far the papers go back."""
GREEN = frozenset({"纯电动", "插电式混合动力", "增程式"})
"""Energy types whose cars carry the green plate."""


Deed = Callable[[], object]


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment on the lot's clock."""
    return dt.datetime.combine(day, dt.time(hour, minute), clock.SHANGHAI)


def ids_by_name(model: Any) -> dict[str, int]:
    """Name → id of a small table."""
    return {row.name: row.id for row in db.session.execute(select(model.name, model.id))}


def to_hundreds(amount: Decimal) -> Decimal:
    """A price as people name it: whole hundreds."""
    return Decimal(round(amount, -2)).quantize(Decimal("0.01"))


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


class Hands:
    """What staff do, by the role that does it; and the plan into which it is put."""

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

    def place(self, car: Car) -> str:
        """Where it stands: every third car outside the showroom."""
        hall, yard = ("城东展厅", "城东停车场") if car.store == EAST else ("城西展厅", "城西停车场")
        return yard if car.index % 4 == 1 else hall

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

    def spend(
        self,
        store: str,
        lines: list[tuple[str, int]],
        *,
        holding: Holding | None = None,
        till: bool = False,
        owed_to: str = "",
        belongs_to: BelongsTo = BelongsTo.stock,
        approved: bool = True,
        text: str | None = None,
    ) -> Expense:
        """The cashier writes an expense, the accountant approves it: in cash, from the bank, or owed to somebody."""
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
                    "holding_id": holding.id if holding else None,
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
        return car.sale  # type: ignore[no-any-return]  # set just before

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

    def entry(self, store: str, text: str, lines: list[dict[str, Any]], *, approved: bool = True) -> ManualEntry:
        """What the accountant types."""
        accountant = self.staff["accountant"]
        values = {"text": text, "store_id": self.stores[store], "lines": lines}
        paper = records.save(ManualEntry, None, values, accountant)
        if approved:
            self.run(paper, "approve", accountant)
        return paper
