"""A year of a real market: three hundred offers are bought, two hundred priced, sold and settled, many taken back and changed.

After every tenth step the books are checked; in the end everything is undone, newest first, and nothing is left.
"""

import csv
import datetime as dt
import random
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

import config
from app import money
from app.catalogue_import import import_catalogue
from app.columns import Base, Document
from app.database import one_moment, unit_of_work
from app.enums import State
from app.extensions import db
from app.fields import read, spec
from app.ledger.posting import stands
from app.models import (
    Account,
    Brand,
    CarModel,
    Colour,
    Expense,
    Holding,
    JournalEntry,
    JournalLine,
    Maker,
    ManualEntry,
    Match,
    OpenItem,
    Party,
    PriceChange,
    Purchase,
    Sale,
    Series,
    Settlement,
    Vehicle,
)
from app.queries import SYSTEM, Actor
from app.workflows import engine, records
from app.workflows.books import check_books
from tests import make
from tests.conftest import DATABASES, new_app, new_database

OFFERS, SOLD, TAKEN_BACK, CHANGED = 300, 200, 60, 40
CHECKED_EVERY = 10
FIRST_DAY = dt.date(2026, 1, 5)
DATA = config.read_checks().data

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DATA is None or not (DATA / "market_listings.csv").is_file(), reason="real data missing"),
]


@pytest.fixture(
    params=[pytest.param(kind, marks=pytest.mark.postgres if kind == "postgresql" else ()) for kind in DATABASES]
)
def lot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own: what is saved here is committed."""
    url, drop = new_database(request.param, tmp_path)
    app = new_app(url, tmp_path / "home")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    drop()


# ── what the market offers ───────────────────────────────────────────────────────────────────────────────────────────
class Offer(NamedTuple):
    """A line of the market's list, as far as a purchase needs it."""

    maker: str
    name: str
    asked: Decimal
    mileage_km: int
    colour: str
    year: int
    registered: str
    displacement_ml: str


def offers() -> list[Offer]:
    """The first good lines of the market's list."""
    assert DATA is not None
    found: list[Offer] = []
    with (DATA / "market_listings.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            mileage = row["表显里程"].removesuffix("万公里")
            if not mileage or len(found) == OFFERS:
                continue
            found.append(
                Offer(
                    row["厂商"],
                    row["名称"],
                    money.typed(f"{row['报价(万)']}万"),
                    int(Decimal(mileage) * 10000),
                    row["颜色"],
                    int(row["年份"]),
                    row["上牌时间"],
                    row["排量(mL)"],
                )
            )
    return found


def load_catalogue(wanted: list[Offer], folder: Path) -> dict[tuple[str, str], int]:
    """The catalogue's lines of the series on offer, imported; ids by (maker, full name)."""
    assert DATA is not None
    series = {(offer.maker, offer.name.partition(" ")[0]) for offer in wanted}
    with (DATA / "vehicle_catalogue.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        head = next(lines)
        kept = [line for line in lines if (line[2], line[3]) in series]
    part = folder / "catalogue.csv"
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *kept])
    with unit_of_work():
        import_catalogue(part, SYSTEM.through("cli"))
    rows = select(Maker.name, Series.name, CarModel.name, CarModel.id).select_from(CarModel).join(Series).join(Maker)
    return {(maker, f"{of} {model}"): pk for maker, of, model, pk in db.session.execute(rows)}


# ── the people ───────────────────────────────────────────────────────────────────────────────────────────────────────
class Story:
    """Everything that is done, in order, with the check of the books after every tenth step."""

    def __init__(self) -> None:
        self.dice = random.Random(2026)  # noqa: S311  # the same story every time
        self.who = {
            name: make.person(name) for name in ("buyer", "sales", "sales_manager", "accountant", "cashier", "boss")
        }
        self.standing: list[tuple[type[Document], int, str]] = []
        """Approved papers with who may take them back, oldest first."""
        self.steps = self.checks = 0
        self.checking_s = 0.0
        self.base = {
            "warehouse": make.warehouse(),
            "bank": make.money("基本户"),
            "agent": make.party("顺达代办", "agent").id,
            "fee": make.fee("过户代办费"),
            "purchase fee": make.fee("代办费"),
            "inspection": make.fee("检测费"),
        }
        self.colours = dict(db.session.execute(select(Colour.name, Colour.id)).all())
        self.models: dict[tuple[str, str], int] = {}
        self.parties: dict[str, int] = {}

    def actor(self, name: str) -> Actor:
        """The person as workflows see them."""
        return self.who[name]

    def save(self, model: type[Base], by: Actor | str, pk: int | None = None, **raw: Any) -> int:
        """Save a row from what was typed, as a door would; its id."""
        with unit_of_work():
            values, problems = read(spec(model), raw)
            saved = records.save(model, pk, values, self.who[by] if isinstance(by, str) else by, earlier=problems)
            return int(saved.id)

    def approve(self, model: type[Document], pk: int, by: str, undone_by: str) -> None:
        """Approve a paper: a step."""
        with unit_of_work():
            engine.run(model, pk, "approve", self.who[by])
        self.standing.append((model, pk, undone_by))
        self.step()

    def take_back(self, model: type[Document], pk: int, by: str) -> None:
        """Unapprove a paper: a step."""
        with unit_of_work():
            engine.run(model, pk, "unapprove", self.who[by], reason="故事需要")
        self.standing.remove((model, pk, by))
        self.step()

    def step(self) -> None:
        """One step further; after every tenth the books must hold."""
        self.steps += 1
        db.session.remove()
        if self.steps % CHECKED_EVERY == 0:
            self.check()

    def check(self) -> None:
        """`flask ledger check` finds nothing."""
        began = time.perf_counter()
        with one_moment():
            breaches = [sentence for finding in check_books() for sentence in finding.breaches]
        self.checks += 1
        self.checking_s += time.perf_counter() - began
        assert not breaches, (self.steps, *breaches)

    def party(self, name: str) -> int:
        """Somebody of that name whom everybody in the store may pick."""
        if name not in self.parties:
            self.parties[name] = self.save(Party, "buyer", name=name, roles=["buyer", "seller"], store_id=make.store())
        return self.parties[name]

    # what happens
    def model_of(self, offer: Offer) -> int:
        """The model in the catalogue; where there is none the buyer makes it in place, with its series and maker."""
        known = self.models.get((offer.maker, offer.name))
        if known is None:
            maker = self.named(Maker, offer.maker, brand_id=lambda: self.named(Brand, offer.maker))
            series = self.named(Series, offer.name.partition(" ")[0], maker_id=lambda: maker)
            typed: dict[str, Any] = {"displacement_ml": offer.displacement_ml} if offer.displacement_ml else {}
            known = self.save(CarModel, "buyer", name=offer.name, series_id=series, model_year=offer.year, **typed)
            self.models[offer.maker, offer.name] = known
        return known

    def named(self, model: Any, name: str, **made_with: Any) -> int:
        """The catalogue's row of that name under what stands above it, made when missing."""
        above = {key: value() for key, value in made_with.items()} if model is not Maker else {}
        found = db.session.scalars(
            select(model.id).where(model.name == name, *(getattr(model, key) == pk for key, pk in above.items()))
        ).first()
        if found is None:
            found = self.save(
                model, "buyer", name=name, **(above or {key: value() for key, value in made_with.items()})
            )
        return int(found)

    def buy(self, number: int, offer: Offer) -> int:
        """A car is bought a tenth below what the market asks, every third with a fee."""
        car: dict[str, Any] = {
            "vin": make.vin(500000 + number),
            "engine_no": f"E{number:05d}",
            "car_model_id": self.model_of(offer),
        }
        if offer.colour in self.colours:
            car["colour_id"] = self.colours[offer.colour]
        if month := re.fullmatch(r"(\d{4})年(\d\d)月", offer.registered):
            car |= {"first_registered_on": f"{month[1]}-{month[2]}-01", "registered_precision": "month"}
        fees = (
            [{"fee_item_id": self.base["purchase fee"], "party_id": self.base["agent"], "amount": "260.50"}]
            if number % 3 == 0
            else []
        )
        day = FIRST_DAY + dt.timedelta(days=number // 3)
        pk = self.save(
            Purchase,
            "buyer",
            dated_on=str(day),
            warehouse_id=self.base["warehouse"],
            seller_id=self.party(f"卖家{number % 60:02d}"),
            vehicle=car,
            mileage_km=offer.mileage_km,
            price=str(money.rounded(offer.asked * Decimal("0.9"))),
            fees=fees,
        )
        self.approve(Purchase, pk, "buyer", "buyer")
        return pk

    def price(self, holding: int, offer: Offer, day: dt.date) -> None:
        """It is put on sale at what the market asks, and not below 95 % of that."""
        floor = money.rounded(offer.asked * Decimal("0.95"))
        pk = self.save(
            PriceChange,
            "sales_manager",
            dated_on=str(day),
            holding_id=holding,
            asking=str(offer.asked),
            floor=str(floor),
        )
        self.approve(PriceChange, pk, "sales_manager", "sales_manager")

    def spend(self, holding: int, day: dt.date) -> None:
        """An inspection before the sale."""
        line = {"fee_item_id": self.base["inspection"], "holding_id": holding, "amount": "300"}
        pk = self.save(Expense, "accountant", dated_on=str(day), party_id=self.base["agent"], lines=[line])
        self.approve(Expense, pk, "accountant", "accountant")

    def sell(self, number: int, holding: int, offer: Offer, day: dt.date) -> int:
        """Sold at up to 4 % off, every other with an agency fee of which most is passed on."""
        fee = {"fee_item_id": self.base["fee"], "charged": "1800", "passed_on": "1200", "party_id": self.base["agent"]}
        pk = self.save(
            Sale,
            "sales_manager",
            dated_on=str(day),
            holding_id=holding,
            buyer_id=self.party(f"买家{number % 70:02d}"),
            salesperson_id=self.who["sales"].employee_id,
            price=str(money.rounded(offer.asked * (100 - self.dice.randrange(5)) / 100)),
            fees=[fee] if number % 2 else [],
        )
        self.approve(Sale, pk, "sales_manager", "sales_manager")
        return pk

    def settle(self, paper: type[Document], pk: int, part: Decimal, day: dt.date) -> None:
        """What the buyer owes comes in, or what the seller is owed goes out, a part of it or what is left."""
        item = db.session.scalars(
            select(OpenItem)
            .where(
                OpenItem.document_kind == paper.__tablename__,
                OpenItem.document_id == pk,
                OpenItem.amount > OpenItem.settled,
            )
            .order_by(OpenItem.amount.desc())
        ).first()
        assert item is not None
        amount = str(money.rounded(item.open * part))
        made = self.save(
            Settlement,
            "cashier",
            dated_on=str(day),
            direction="receipt" if item.side == "D" else "payment",
            party_id=item.party_id,
            items=[{"item_id": item.id, "amount": amount}],
            money=[{"money_account_id": self.base["bank"], "amount": amount}],
        )
        self.approve(Settlement, made, "accountant", "accountant")

    def again(self, model: type[Document], pk: int, by: str, *, changed: bool) -> None:
        """A paper is taken back, perhaps mended, and approved again."""
        self.take_back(model, pk, by)
        if changed:
            paper = db.session.get_one(model, pk)
            self.save(model, by, pk, price=str(paper.price - 100), note="价格更正")
        self.approve(model, pk, by, by)


def test_a_market_is_bought_and_sold_and_all_of_it_can_be_taken_back(
    lot: Flask, tmp_path: Path, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.perf_counter()
    story = Story()
    market = offers()
    assert len(market) == OFFERS
    story.models = load_catalogue(market, tmp_path)
    known = set(story.models.values())
    in_catalogue = sum((offer.maker, offer.name) in story.models for offer in market)
    capital = [
        {"account": "bank", "debit": "90000000", "money_account_id": story.base["bank"]},
        {"account": "capital", "credit": "90000000"},
    ]
    opening = story.save(ManualEntry, "accountant", text="投入资本", dated_on="2026-01-01", lines=capital)
    story.approve(ManualEntry, opening, "accountant", "accountant")

    # bought
    bought = [story.buy(number, offer) for number, offer in enumerate(market)]
    holding_of = dict(db.session.execute(select(Holding.purchase_id, Holding.id)).all())
    assert len(holding_of) == OFFERS
    assert 0 < in_catalogue < OFFERS
    ours = set(db.session.scalars(select(CarModel.id).where(CarModel.code.like("CX%"))))
    assert ours == {story.models[offer.maker, offer.name] for offer in market} - known

    # priced, some inspected, sold
    sold: list[int] = []
    for number in range(SOLD):
        day, holding = FIRST_DAY + dt.timedelta(days=110 + number // 4), holding_of[bought[number]]
        story.price(holding, market[number], day)
        if number % 10 == 0:
            story.spend(holding, day)
        sold.append(story.sell(number, holding, market[number], day + dt.timedelta(days=5)))

    # taken back, mended and approved again: sales, and purchases of cars that still stand there
    for number in range(TAKEN_BACK):
        model, pk, by = (
            (Sale, sold[number * 3], "sales_manager") if number % 2 else (Purchase, bought[SOLD + number], "buyer")
        )
        story.again(model, pk, by, changed=number < CHANGED)

    # settled, in part and in full
    for number, pk in enumerate(sold):
        day = FIRST_DAY + dt.timedelta(days=200 + number // 4)
        if number % 2:
            story.settle(Sale, pk, Decimal("0.3"), day)
        if number % 4 < 3:
            story.settle(Sale, pk, Decimal(1), day)
    for number, pk in enumerate(bought[:90]):
        story.settle(Purchase, pk, Decimal("0.5") if number % 3 else Decimal(1), FIRST_DAY + dt.timedelta(days=260))
    there = time.perf_counter()
    assert_halfway(story)

    # and all of it undone, newest first
    forward = story.steps
    while story.standing:
        story.take_back(*story.standing[-1])
    story.check()
    assert_nothing_is_left()

    told = (
        f"{db.engine.dialect.name}: {OFFERS} offers ({in_catalogue} in the catalogue), {story.steps} steps ({forward} forward), {story.checks} checks; "
        f"{time.perf_counter() - began:.0f} s in all, there {there - began:.0f} s, checks {story.checking_s:.0f} s"
    )
    record_property("timing", told)
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201  # how long it took is worth knowing


def assert_halfway(story: Story) -> None:
    """Cars, items and papers stand as they were told."""
    in_stock = select(func.count()).where(Holding.opened_on.is_not(None), Holding.closed_on.is_(None))
    assert db.session.scalar(in_stock) == OFFERS - SOLD
    settled = select(func.count()).where(OpenItem.document_kind == "sale", OpenItem.side == "D")
    assert db.session.scalar(settled) == SOLD
    assert db.session.scalar(settled.where(OpenItem.settled == OpenItem.amount)) == SOLD * 3 // 4
    assert db.session.scalar(settled.where(OpenItem.settled > 0, OpenItem.settled < OpenItem.amount)) == SOLD // 4
    approved_again = [
        db.session.scalar(select(func.count()).where(model.revision == 2, model.state == State.approved)) or 0
        for model in (Sale, Purchase)
    ]
    assert sum(approved_again) == TAKEN_BACK
    assert len(story.standing) == 1 + OFFERS + 2 * SOLD + SOLD // 10 + SOLD + SOLD // 4 + 90


def assert_nothing_is_left() -> None:
    """Zero on every account, no item open, no car in stock, no entry that stands; the papers are drafts again."""
    balances = select(Account.number, func.sum(JournalLine.debit), func.sum(JournalLine.credit)).join(
        JournalLine, JournalLine.account_id == Account.id
    )
    assert all(debit == credit == 0 for _number, debit, credit in db.session.execute(balances.group_by(Account.number)))
    assert db.session.scalar(select(func.count()).select_from(JournalEntry).where(stands())) == 0
    assert db.session.scalar(select(func.count()).select_from(Match)) == 0
    assert (
        db.session.scalar(
            select(func.count()).select_from(OpenItem).where((OpenItem.amount != 0) | (OpenItem.settled != 0))
        )
        == 0
    )
    assert db.session.scalar(select(func.count()).select_from(Holding).where(Holding.opened_on.is_not(None))) == 0
    for model in engine.MOVES:
        assert db.session.scalar(select(func.count()).select_from(model).where(model.state != State.draft)) == 0
    assert set(db.session.scalars(select(Vehicle.status))) == {"arriving"}
