"""What becomes of each car: bought, made ready, priced, sold, paid; or stuck somewhere on the way."""

import datetime as dt
from decimal import Decimal
from functools import partial

from app.demo import cars
from app.demo.cars import AGENT, FLEET, GARAGE, HAULIER, TESTER, TEXTILES, TRADER
from app.demo.hands import Car, Hands, at, to_hundreds
from app.demo.people import EAST, WEST
from app.enums import Direction, Side
from app.extensions import db
from app.models import (
    Party,
    Purchase,
)
from app.workflows import records

PURCHASE_FEES = (("代办费", AGENT, 200, 500), ("物流费", HAULIER, 300, 1800), ("第三方检测费", TESTER, 200, 480))
"""(fee, party, from, to): what may come on top of a purchase."""

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


class Fates(Hands):
    """The lives of cars; each puts its deeds into the plan."""

    def car(self, index: int, fate: str) -> Car:
        """A car with its price and the day it was bought, as its fate asks."""
        _colour, _registered, _km, market = cars.CARS[index]
        oldest, youngest = BOUGHT[fate]
        price = Decimal(round(market * self.rng.uniform(0.83, 0.89), -2)).quantize(Decimal("0.01"))
        store = WEST if index % 3 == 2 else EAST
        return Car(index, store, self.day(self.rng.randint(youngest, oldest)), price, Decimal(market))

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

    def pay_seller(self, car: Car, day: dt.date, *, share: Decimal = Decimal(1)) -> None:
        """The cashier writes the payment, the accountant approves it."""
        moment = self.hour(day, 14, 17)

        def write() -> None:
            items = self.open_items(car.purchase, self.parties[car.seller], Side.C)
            if items:  # else the offset has taken them
                self.settle(Direction.payment, items, self.role("cashier", car.store), share)

        self.when(moment, write)

    def recondition(self, car: Car, after: dt.datetime) -> dt.datetime:
        """Testing and washing in cash, a repair owed to the garage."""
        day = after.date() + dt.timedelta(days=1)
        cash = [("检测费", 200 + 20 * (car.index % 4)), ("洗车美容费", 80 + 30 * (car.index % 3))]
        self.when(self.hour(day), lambda: self.spend(car.store, cash, holding=car.holding, till=True))
        if car.index % 3:
            repair = [("整备维修费", 600 + self.rng.randrange(0, 3600, 50))]
            later = day + dt.timedelta(days=self.rng.randint(1, 3))
            self.when(self.hour(later), lambda: self.spend(car.store, repair, holding=car.holding, owed_to=GARAGE))
            day = later
        return at(day, 17, 30)

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
