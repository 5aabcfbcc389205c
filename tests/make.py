"""Factories: what tests need around the thing they tell of, made as a person would make it.

Everything goes through `fields.read` and `records.save`, like at a door; amounts and dates are given as they are typed.
"""

from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from app import identity
from app.columns import Base, Document
from app.database import unit_of_work
from app.enums import VehicleStatus
from app.errors import Invalid
from app.extensions import db
from app.fields import read, spec
from app.ledger import posting
from app.models import (
    Account,
    Brand,
    CarModel,
    Employee,
    Expense,
    FeeItem,
    Holding,
    Login,
    Maker,
    ManualEntry,
    MoneyAccount,
    OpenItem,
    Party,
    PriceChange,
    Purchase,
    Sale,
    Series,
    Setting,
    Settlement,
    Store,
    Vehicle,
    Warehouse,
)
from app.queries import SYSTEM, Actor, actor_of
from app.workflows import engine, records

B = TypeVar("B", bound=Base)

_serial = count(100001)


# ── people and base rows ─────────────────────────────────────────────────────────────────────────────────────────────
def person(username: str) -> Actor:
    """The person as workflows see them, with today's rights."""
    found = actor_of(db.session.scalars(select(Login.id).where(Login.username == username)).one())
    assert found is not None
    return found


def named(model: type[B], name: str) -> B:
    """The base row with this name."""
    return db.session.scalars(select(model).where(model.name == name)).one()


def store(name: str = "城东店") -> int:
    """A store's id."""
    return named(Store, name).id


def warehouse(name: str = "城东展厅") -> int:
    """A warehouse's id."""
    return named(Warehouse, name).id


def money(name: str = "基本户") -> int:
    """A money account's id."""
    return named(MoneyAccount, name).id


def fee(name: str) -> int:
    """A fee item's id."""
    return named(FeeItem, name).id


def employee(name: str) -> int:
    """An employee's id."""
    return named(Employee, name).id


def account(number: str) -> int:
    """A ledger account's id."""
    return db.session.scalars(select(Account.id).where(Account.number == number)).one()


def setting(key: str, value: Any) -> None:
    """Set a setting of the company."""
    from app import clock

    with unit_of_work():
        row = db.session.scalars(select(Setting).where(Setting.key == key)).one_or_none() or Setting(key=key)
        row.value, row.changed_at = value, clock.now()
        db.session.add(row)


# ── saving and moving, as at a door ──────────────────────────────────────────────────────────────────────────────────
def saved(model: type[B], by: Actor | str, pk: int | None = None, version: int | None = None, **raw: Any) -> B:
    """Save a row from what was typed. Raises Invalid with everything wrong at once, as a door would tell it."""
    who = person(by) if isinstance(by, str) else by
    with unit_of_work():
        values, problems = read(spec(model), raw)
        return records.save(model, pk, values, who, version=version, earlier=problems)


def move(paper: Any, name: str, by: Actor | str, reason: str = "", version: int | None = None) -> Any:
    """Make a move of a paper."""
    who = person(by) if isinstance(by, str) else by
    with unit_of_work():
        return engine.run(type(paper), paper.id, name, who, version=version, reason=reason)


def approved(paper: Any, by: Actor | str) -> Any:
    """Approve a paper."""
    return move(paper, "approve", by)


def problems_of(refusal: Invalid) -> dict[str, str]:
    """What a refusal says at which field."""
    return dict(refusal.problems)


# ── parties and cars ─────────────────────────────────────────────────────────────────────────────────────────────────
def party(name: str, *roles: str, by: Actor | str = SYSTEM, **raw: Any) -> Party:
    """A party with this name, made when first asked for (a buyer and seller unless roles are given)."""
    known = db.session.scalars(select(Party).where(Party.name == name)).first()
    return known or saved(Party, by, name=name, roles=list(roles) or ["buyer", "seller"], **raw)


def somebody(name: str, by: Actor | str) -> Party:
    """A customer with this name whom `by` looks after, so that whoever sees only their own may pick them."""
    owner = (person(by) if isinstance(by, str) else by).employee_id
    known = db.session.scalars(select(Party).where(Party.name == name, Party.owner_id == owner)).first()
    return known or saved(Party, SYSTEM, name=name, roles=["buyer", "seller"], owner_id=owner)


def vin(serial: int | None = None) -> str:
    """A VIN with a true check digit; a new one at each call unless a serial number is given."""
    head, tail = "LFV3A23C", f"N3{serial if serial is not None else next(_serial):06d}"
    return head + identity.vin_check_digit(f"{head}0{tail}") + tail


def car_model() -> CarModel:
    """A model of the catalogue, made when first asked for."""
    known = db.session.scalars(select(CarModel).limit(1)).first()
    if known is not None:
        return known
    with unit_of_work():
        brand = Brand(name="大众", initial="D")
        series = Series(name="迈腾", maker=Maker(name="一汽大众", brand=brand))
        model = CarModel(code="CX000001", name="迈腾 2022款 330TSI", model_year=2022, series=series)
        db.session.add(model)
    return model


def car(**raw: Any) -> dict[str, Any]:
    """A car as typed into a purchase: VIN, engine number, model."""
    return {"vin": vin(), "engine_no": "EA888", "car_model_id": car_model().id, **raw}


def vehicle(**raw: Any) -> Vehicle:
    """A car without papers."""
    return saved(Vehicle, SYSTEM, **car(**raw))


def status(of: Any) -> VehicleStatus:
    """The kept status of the car that a purchase or a holding brought in."""
    found: VehicleStatus = of.vehicle.status
    return found


# ── papers: drafts ───────────────────────────────────────────────────────────────────────────────────────────────────
def purchase(by: Actor | str = "buyer", **raw: Any) -> Any:
    """A purchase draft: 45,000.00 from 刘强 on 2026-11-07 into the first store."""
    typed = {"dated_on": "2026-11-07", "warehouse_id": warehouse(), "mileage_km": 60000, "price": "45000.00", **raw}
    if "seller_id" not in typed:
        typed["seller_id"] = somebody("刘强", by).id
    if "vehicle_id" not in typed and "vehicle" not in typed:
        typed["vehicle"] = car()
    return saved(Purchase, by, **typed)


def price_change(holding: Holding, by: Actor | str = "sales_manager", **raw: Any) -> Any:
    """A price paper draft: asks 58,000, not below 55,000, from 2026-11-08."""
    typed = {"dated_on": "2026-11-08", "holding_id": holding.id, "asking": "58000", "floor": "55000", **raw}
    return saved(PriceChange, by, **typed)


def sale(holding: Holding, by: Actor | str = "sales", **raw: Any) -> Any:
    """A sale draft: to 韩梅 at 58,000.00 on 2026-11-12."""
    typed = {"dated_on": "2026-11-12", "holding_id": holding.id, "price": "58000.00", **raw}
    if "buyer_id" not in typed:
        typed["buyer_id"] = somebody("韩梅", by).id
    return saved(Sale, by, **typed)


def settlement(
    item: OpenItem, amount: str, by: Actor | str = "cashier", account_name: str = "基本户", **raw: Any
) -> Any:
    """A settlement draft of one item, all of it through one money account; dated 2026-11-20."""
    typed: dict[str, Any] = {
        "dated_on": "2026-11-20",
        "direction": "receipt" if item.side == "D" else "payment",
        "party_id": item.party_id,
        "items": [{"item_id": item.id, "amount": amount}],
        "money": [{"money_account_id": money(account_name), "amount": amount}],
        **raw,
    }
    return saved(Settlement, by, **typed)


def expense(by: Actor | str = "accountant", **raw: Any) -> Any:
    """An expense draft: 300.00 of inspection, paid from the bank on 2026-11-12."""
    typed = {"dated_on": "2026-11-12", "lines": [{"fee_item_id": fee("检测费"), "amount": "300"}], **raw}
    if "paid_from_id" not in typed and "party_id" not in typed:
        typed["paid_from_id"] = money()
    return saved(Expense, by, **typed)


def manual_entry(*lines: dict[str, Any], by: Actor | str = "accountant", **raw: Any) -> Any:
    """A manual entry draft; without lines 1,000.00 of capital into the bank, on 2026-11-01."""
    standard = [
        {"account": "bank", "debit": "1000", "money_account_id": money()},
        {"account": "capital", "credit": "1000"},
    ]
    return saved(ManualEntry, by, **{"text": "入账", "dated_on": "2026-11-01", "lines": list(lines) or standard, **raw})


# ── papers: approved ─────────────────────────────────────────────────────────────────────────────────────────────────
def bought(**raw: Any) -> Any:
    """A car in stock; arguments as for `purchase`."""
    holding = approved(purchase(**raw), "buyer").holding
    assert holding is not None
    return holding


def priced(holding: Holding, **raw: Any) -> Any:
    """An approved price of a car in stock."""
    return approved(price_change(holding, **raw), "sales_manager")


def sold(holding: Holding | None = None, **raw: Any) -> Any:
    """A car that was sold."""
    return approved(sale(holding or bought(), **raw), "sales_manager")


def cash(amount: str, name: str = "门店现金", on: str = "2026-11-01") -> Any:
    """Money in a till (or another money account), as capital."""
    where = named(MoneyAccount, name)
    lines = (
        {"account_id": where.account_id, "debit": amount, "money_account_id": where.id},
        {"account": "capital", "credit": amount},
    )
    return approved(manual_entry(*lines, dated_on=on), "accountant")


def item_of(paper: Document, purpose: str | None = None, owed_to: str | None = None) -> Any:
    """The one open item that a paper opened (on this account, with this party)."""
    kind, pk = posting.key(paper)
    statement = select(OpenItem).where(OpenItem.document_kind == kind, OpenItem.document_id == pk, OpenItem.amount > 0)
    if purpose:
        statement = statement.join(Account, Account.id == OpenItem.account_id).where(Account.purpose == purpose)
    if owed_to:
        statement = statement.join(Party, Party.id == OpenItem.party_id).where(Party.name == owed_to)
    return db.session.scalars(statement).one()


def yuan(text: str) -> Decimal:
    """`yuan("86,840.50")`."""
    return Decimal(text.replace(",", ""))
