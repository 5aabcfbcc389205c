"""Tables, and nothing but tables: columns, relationships, constraints, `__str__`. No query, no verb.

Chapters, as everywhere in the product:
company · parties · catalogue · customers · acquisition · vehicles · reconditioning · sales · aftersales · finance · messages · system

A document's lines follow it directly; foreign keys point upwards. Every class says what one row is and who writes it.
"""

from decimal import Decimal
from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import User as FrameworkUser
from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.columns import (
    AppendOnly,
    Base,
    Code,
    CostMoney,
    Day,
    Document,
    Line,
    Mileage,
    Moment,
    Money,
    Name,
    Named,
    Note,
    Rate,
    Retirable,
    Stamped,
    check,
    fk,
    index,
    unique,
    word,
)
from app.enums import (
    AccountKind,
    BelongsTo,
    ClosedBy,
    Control,
    Direction,
    EntryKind,
    ExpensePurpose,
    FeeSide,
    IdKind,
    LetOff,
    PartyKind,
    PartyRole,
    PeriodState,
    Precision,
    PurchaseKind,
    Purpose,
    Side,
    TaxKind,
    TaxMethod,
    Taxpayer,
    VehicleStatus,
    WarehouseKind,
)

SYSTEM: dict[str, Any] = {"system": True}
MASKED: dict[str, Any] = {"masked": True}


# ── company ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class CompanyProfile(Stamped, Base):
    """One row is the company itself; there is exactly one. Written in its window by administrator and general manager."""

    __writes__: ClassVar = frozenset({"change"})
    __rules__ = (check("only_one_company", "id = 1"),)

    name: Mapped[Name]
    credit_code: Mapped[str | None] = mapped_column(String(18))
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(30))
    taxpayer: Mapped[Taxpayer] = word(Taxpayer, default=Taxpayer.small)
    first_period_on: Mapped[Day]
    is_demo: Mapped[bool] = mapped_column(default=False, info=SYSTEM)

    def __str__(self) -> str:
        return self.name


class Store(Named, Base):
    """One row is a store (门店), the dimension of every paper, person and entry. Written in its window."""

    code: Mapped[str] = mapped_column(String(20), unique=True)
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(30))


class Department(Named, Base):
    """One row is a department; they form a tree. Written in its window."""

    parent_id: Mapped[int | None] = fk("department.id")
    store_id: Mapped[int | None] = fk("store.id")

    parent: Mapped["Department | None"] = relationship(remote_side="Department.id")
    store: Mapped[Store | None] = relationship()


class Employee(Stamped, Retirable, Base):
    """One row is somebody who works here, with or without a log-in. Written in its window."""

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[Name]
    store_id: Mapped[int] = fk("store.id")
    department_id: Mapped[int | None] = fk("department.id")
    mobile: Mapped[str | None] = mapped_column(String(20))

    store: Mapped[Store] = relationship()
    department: Mapped[Department | None] = relationship()

    def __str__(self) -> str:
        return self.name


class Warehouse(Named, Base):
    """One row is a place where cars stand. Written in its window."""

    code: Mapped[str] = mapped_column(String(20), unique=True)
    store_id: Mapped[int] = fk("store.id")
    kind: Mapped[WarehouseKind] = word(WarehouseKind, default=WarehouseKind.showroom)
    capacity: Mapped[int | None]
    keeper_id: Mapped[int | None] = fk("employee.id")

    store: Mapped[Store] = relationship()
    keeper: Mapped[Employee | None] = relationship()


class Login(FrameworkUser):
    """One row is a log-in. Written by the users window and the framework's log-in.

    `session_stamp` is copied into sessions and tokens; renewing it ends them all.
    """

    employee_id: Mapped[int | None] = mapped_column(
        ForeignKey("employee.id", ondelete="RESTRICT", use_alter=True),
        unique=True,  # stamps of employee point back here
    )
    session_stamp: Mapped[str | None] = mapped_column(String(32))
    must_change_password: Mapped[bool | None] = mapped_column(default=False)

    employee: Mapped[Employee | None] = relationship(foreign_keys=[employee_id])


class Setting(Base):
    """One row is a setting that differs from its declared default (app/settings.py). Written by the settings window."""

    key: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[Moment]
    changed_by_id: Mapped[int | None] = fk("ab_user.id")


class Counter(Base):
    """One row is the last number drawn of a series in a month. Written by one upsert in workflows/numbers.py."""

    __rules__ = (unique("series", "month"),)

    series: Mapped[str] = mapped_column(String(10))
    month: Mapped[str] = mapped_column(String(4), default="")
    value: Mapped[int] = mapped_column(default=0)


# ── parties ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Party(Stamped, Retirable, Base):
    """One row is somebody we deal with: customer, vendor, agent, lender, insurer. Written in its window.

    `is_public` marks the vendor-like, whom all may pick; the others are seen by owner, store and those who see all.
    """

    __rules__ = (index("mobile"),)
    __kinds__: ClassVar = ("is_public", {False: "Customer", True: "Vendor"})

    code: Mapped[str] = mapped_column(String(20), unique=True, info=SYSTEM)
    name: Mapped[Name] = mapped_column(index=True)
    kind: Mapped[PartyKind] = word(PartyKind, default=PartyKind.person)
    mobile: Mapped[str | None] = mapped_column(String(20), info=MASKED)
    id_kind: Mapped[IdKind | None] = word(IdKind)
    id_number: Mapped[str | None] = mapped_column(String(30), info=MASKED)
    credit_code: Mapped[str | None] = mapped_column(String(18))
    address: Mapped[str | None] = mapped_column(String(200))
    store_id: Mapped[int | None] = fk("store.id")
    owner_id: Mapped[int | None] = fk("employee.id", info={"own": "employee"})
    is_public: Mapped[bool] = mapped_column(default=False, info=SYSTEM)
    note: Mapped[Note | None]

    store: Mapped[Store | None] = relationship()
    owner: Mapped[Employee | None] = relationship()
    roles: Mapped[list["PartyRoleOf"]] = relationship(
        back_populates="party", cascade="all, delete-orphan", order_by="PartyRoleOf.role", lazy="selectin"
    )

    def __str__(self) -> str:
        return self.name


class PartyRoleOf(Base):
    """One row is a role that a party plays. Written with its party."""

    __tablename__ = "party_role"
    __rules__ = (unique("party_id", "role"),)

    party_id: Mapped[int] = fk("party.id")
    role: Mapped[PartyRole] = word(PartyRole)

    party: Mapped[Party] = relationship(back_populates="roles")


# ── catalogue ────────────────────────────────────────────────────────────────────────────────────────────────────────
class Brand(Named, Base):
    """One row is a brand (品牌). Written in its window and by the catalogue import."""

    initial: Mapped[str | None] = mapped_column(String(1))


class Maker(Stamped, Retirable, Base):
    """One row is a manufacturer under a brand (厂商). Written in its window and by the catalogue import.

    One firm may make cars of several brands (广汽本田: 本田, 理念): it is a row under each.
    """

    __rules__ = (unique("brand_id", "name"),)

    name: Mapped[Name]
    brand_id: Mapped[int] = fk("brand.id")

    brand: Mapped[Brand] = relationship()

    def __str__(self) -> str:
        return self.name


class Series(Stamped, Retirable, Base):
    """One row is a series of a maker (车系). Written in its window and by the catalogue import."""

    __rules__ = (unique("maker_id", "name"),)

    name: Mapped[Name]
    maker_id: Mapped[int] = fk("maker.id")

    maker: Mapped[Maker] = relationship()

    def __str__(self) -> str:
        return self.name


class BodyType(Named, Base):
    """One row is a body type (车辆类型). Written in its window."""


class Colour(Named, Base):
    """One row is a body colour offered when a car is described. Written in its window."""


class EnergyType(Named, Base):
    """One row is what drives a car (能源类型). Written in its window."""


class Gearbox(Named, Base):
    """One row is a kind of gearbox. Written in its window."""


class EmissionStandard(Named, Base):
    """One row is an emission standard (环保标准). Written in its window."""


class CarModel(Stamped, Retirable, Base):
    """One row is a model (车型) with its code (车型代码). Written by the catalogue import and, in place, by staff (CX…)."""

    __rules__ = (index("name"),)

    code: Mapped[str] = mapped_column(String(30), unique=True, info=SYSTEM)
    series_id: Mapped[int] = fk("series.id")
    name: Mapped[str] = mapped_column(String(160))
    model_year: Mapped[int | None]
    displacement_ml: Mapped[int | None] = mapped_column(info={"unit": "ml"})
    energy_type_id: Mapped[int | None] = fk("energy_type.id")
    gearbox_id: Mapped[int | None] = fk("gearbox.id")
    emission_standard_id: Mapped[int | None] = fk("emission_standard.id")
    body_type_id: Mapped[int | None] = fk("body_type.id")
    seats: Mapped[int | None]
    new_price: Mapped[Money | None]

    series: Mapped[Series] = relationship()
    energy_type: Mapped[EnergyType | None] = relationship()
    gearbox: Mapped[Gearbox | None] = relationship()
    emission_standard: Mapped[EmissionStandard | None] = relationship()
    body_type: Mapped[BodyType | None] = relationship()

    def __str__(self) -> str:
        return self.name


class PaymentMethod(Named, Base):
    """One row is a way of paying (付款方式), for statistics only. Written in its window."""


class FeeItem(Named, Base):
    """One row is a fee (收费项目) of a purchase, a sale or an expense; says where it posts. Written in its window."""

    side: Mapped[FeeSide] = word(FeeSide, default=FeeSide.sale)
    tax_kind: Mapped[TaxKind] = word(TaxKind, default=TaxKind.service)
    purpose: Mapped[ExpensePurpose] = word(ExpensePurpose, default=ExpensePurpose.selling_expense)


# ── customers ────────────────────────────────────────────────────────────────────────────────────────────────────────
# Prospects, intents, contacts and appointments arrive with their own issue.


# ── acquisition ──────────────────────────────────────────────────────────────────────────────────────────────────────
class Vehicle(Stamped, Base):
    """One row is a car, by its VIN, with everything that stays true of it. Written from purchases and in its window.

    `status`, `mileage_km`, `plate` are kept: what its papers last said.
    """

    __rules__ = (check("vin_has_17_characters", "length(vin) = 17"), index("plate"))

    vin: Mapped[str] = mapped_column(String(17), unique=True)
    vin_override_reason: Mapped[str | None] = mapped_column(String(100))
    engine_no: Mapped[str | None] = mapped_column(String(30))
    car_model_id: Mapped[int | None] = fk("car_model.id")
    colour_id: Mapped[int | None] = fk("colour.id")
    first_registered_on: Mapped[Day | None]
    registered_precision: Mapped[Precision] = word(Precision, default=Precision.day)
    mileage_km: Mapped[Mileage | None]
    plate: Mapped[str | None] = mapped_column(String(12))
    status: Mapped[VehicleStatus] = word(VehicleStatus, default=VehicleStatus.appraising, index=True, info=SYSTEM)
    note: Mapped[Note | None]

    car_model: Mapped[CarModel | None] = relationship()
    colour: Mapped[Colour | None] = relationship()
    holdings: Mapped[list["Holding"]] = relationship(back_populates="vehicle", order_by="Holding.id")

    def __str__(self) -> str:
        return self.vin


class Purchase(Document):
    """One row is a paper by which a car enters stock (收车入库). Written by workflows/purchase.py."""

    __series__ = "SC"
    __embeds__: ClassVar = {"vehicle_id": "vehicle"}
    __rules__ = (check("price_not_negative", "price >= 0"), check("mileage_not_negative", "mileage_km >= 0"))

    kind: Mapped[PurchaseKind] = word(PurchaseKind, default=PurchaseKind.own)
    seller_id: Mapped[int] = fk("party.id")
    vehicle_id: Mapped[int] = fk("vehicle.id")
    warehouse_id: Mapped[int] = fk("warehouse.id")
    mileage_km: Mapped[Mileage]
    plate: Mapped[str | None] = mapped_column(String(12))
    key_count: Mapped[int | None]
    price: Mapped[CostMoney]
    payment_method_id: Mapped[int | None] = fk("payment_method.id")
    due_on: Mapped[Day | None]
    fees_into_cost: Mapped[bool] = mapped_column(default=True, info=SYSTEM)

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship()
    seller: Mapped[Party] = relationship()
    vehicle: Mapped[Vehicle] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    payment_method: Mapped[PaymentMethod | None] = relationship()
    fees: Mapped[list["PurchaseFee"]] = relationship(
        back_populates="purchase", cascade="all, delete-orphan", order_by="PurchaseFee.position"
    )
    holding: Mapped["Holding | None"] = relationship(back_populates="purchase")


class PurchaseFee(Line):
    """One row is a fee that the dealer bears on a purchase. Written with its purchase."""

    __rules__ = (check("amount_positive", "amount > 0"),)

    purchase_id: Mapped[int] = fk("purchase.id", info=SYSTEM)
    fee_item_id: Mapped[int] = fk("fee_item.id")
    party_id: Mapped[int] = fk("party.id")
    amount: Mapped[CostMoney]

    purchase: Mapped[Purchase] = relationship(back_populates="fees")
    fee_item: Mapped[FeeItem] = relationship()
    party: Mapped[Party] = relationship()


# ── vehicles ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class Holding(Base):
    """One row is a car's time in stock (在库期), from one purchase to its sale. Written by workflows alone.

    Made at the first approval and kept for ever: journal lines point at it. Not opened: `opened_on` is empty.
    It is the row that purchase, price, expense, sale and their undoing lock.
    """

    __writes__: ClassVar = frozenset()
    __rules__ = (
        check("closes_after_opening", "closed_on IS NULL OR closed_on >= opened_on"),
        check("closing_says_by_what", "(closed_on IS NULL) = (closed_by IS NULL)"),
        lambda: Index(
            "uq_holding_one_open_per_vehicle",
            "vehicle_id",
            unique=True,
            sqlite_where=text("opened_on IS NOT NULL AND closed_on IS NULL"),
            postgresql_where=text("opened_on IS NOT NULL AND closed_on IS NULL"),
        ),
    )

    purchase_id: Mapped[int | None] = fk("purchase.id", unique=True)
    vehicle_id: Mapped[int] = fk("vehicle.id")
    stock_no: Mapped[str] = mapped_column(String(20), unique=True)
    warehouse_id: Mapped[int] = fk("warehouse.id")
    opened_on: Mapped[Day | None] = mapped_column(index=True)
    closed_on: Mapped[Day | None]
    closed_by: Mapped[ClosedBy | None] = word(ClosedBy)

    purchase: Mapped[Purchase | None] = relationship(back_populates="holding")
    vehicle: Mapped[Vehicle] = relationship(back_populates="holdings")
    warehouse: Mapped[Warehouse] = relationship()

    def __str__(self) -> str:
        return self.stock_no


class PriceChange(Document):
    """One row is a paper with asking and floor price from a date (定价调价). Written by workflows/price_change.py."""

    __series__ = "TJ"
    __rules__ = (
        check("asking_positive", "asking > 0"),
        check("floor_between_zero_and_asking", "floor >= 0 AND floor <= asking"),
    )

    holding_id: Mapped[int] = fk("holding.id")
    asking: Mapped[Money]
    floor: Mapped[Money] = mapped_column(info={"floor": True})
    effective_on: Mapped[Day]
    reason: Mapped[str | None] = mapped_column(String(200))

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship()
    holding: Mapped[Holding] = relationship()


# ── reconditioning ───────────────────────────────────────────────────────────────────────────────────────────────────
# Fittings, repairs and parts arrive with their own issue.


# ── sales ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Sale(Document):
    """One row is a paper by which a car leaves stock (车辆销售). Written by workflows/sale.py.

    `list_price` and `floor` are copied from the price in force at approval.
    """

    __series__ = "XS"
    __rules__ = (check("price_positive", "price > 0"),)

    own_number: Mapped[str | None] = mapped_column(String(30))
    buyer_id: Mapped[int] = fk("party.id")
    holding_id: Mapped[int] = fk("holding.id")
    salesperson_id: Mapped[int] = fk("employee.id", info={"own": "employee"})
    warehouse_id: Mapped[int] = fk("warehouse.id", info=SYSTEM)
    price: Mapped[Money]
    list_price: Mapped[Money | None] = mapped_column(info=SYSTEM)
    floor: Mapped[Money | None] = mapped_column(info={"system": True, "floor": True})
    payment_method_id: Mapped[int | None] = fk("payment_method.id")
    due_on: Mapped[Day | None]
    below_floor_by_id: Mapped[int | None] = fk("ab_user.id", info=SYSTEM)

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship(foreign_keys="Sale.handler_id")
    buyer: Mapped[Party] = relationship()
    holding: Mapped[Holding] = relationship()
    salesperson: Mapped[Employee] = relationship(foreign_keys="Sale.salesperson_id")
    warehouse: Mapped[Warehouse] = relationship()
    payment_method: Mapped[PaymentMethod | None] = relationship()
    fees: Mapped[list["SaleFee"]] = relationship(
        back_populates="sale", cascade="all, delete-orphan", order_by="SaleFee.position"
    )


class SaleFee(Line):
    """One row is an agency fee (代办) charged with a sale: a part is passed on, the rest kept. Written with its sale."""

    __rules__ = (
        check("charged_not_negative", "charged >= 0"),
        check("passed_on_within_charged", "passed_on >= 0 AND passed_on <= charged"),
        check("passed_on_names_its_party", "passed_on = 0 OR party_id IS NOT NULL"),
    )

    sale_id: Mapped[int] = fk("sale.id", info=SYSTEM)
    fee_item_id: Mapped[int] = fk("fee_item.id")
    charged: Mapped[Money]
    passed_on: Mapped[Money] = mapped_column(default=Decimal(0))
    party_id: Mapped[int | None] = fk("party.id")

    sale: Mapped[Sale] = relationship(back_populates="fees")
    fee_item: Mapped[FeeItem] = relationship()
    party: Mapped[Party | None] = relationship()


# ── aftersales ───────────────────────────────────────────────────────────────────────────────────────────────────────
# Transfers and surveys arrive with their own issue.


# ── finance ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Account(Stamped, Retirable, Base):
    """One row is a ledger account (科目). Rules name it by purpose. Written in its window by the accountant."""

    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[Name]
    purpose: Mapped[Purpose | None] = word(Purpose, unique=True)
    kind: Mapped[AccountKind] = word(AccountKind)
    control: Mapped[Control] = word(Control, default=Control.none)
    parent_id: Mapped[int | None] = fk("account.id")

    parent: Mapped["Account | None"] = relationship(remote_side="Account.id")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class MoneyAccount(Named, Base):
    """One row is a till, a bank account or a payment app (资金账户). Without store it serves all. Written in its window."""

    account_id: Mapped[int] = fk("account.id")
    store_id: Mapped[int | None] = fk("store.id")
    is_till: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = relationship()
    store: Mapped[Store | None] = relationship()


class TaxRate(Stamped, Base):
    """One row is a VAT rate valid from a day to a day (empty: until further notice). Written in its window.

    No two rows of one (tax_kind, taxpayer, method) overlap: checked by window and ledger check.
    """

    __rules__ = (
        check("ends_after_it_starts", "to_on IS NULL OR to_on >= from_on"),
        check("rate_is_a_share", "rate >= 0 AND rate < 1"),
    )

    tax_kind: Mapped[TaxKind] = word(TaxKind)
    taxpayer: Mapped[Taxpayer] = word(Taxpayer)
    method: Mapped[TaxMethod] = word(TaxMethod)
    rate: Mapped[Rate]
    from_on: Mapped[Day]
    to_on: Mapped[Day | None]

    def __str__(self) -> str:
        return f"{self.tax_kind.label} {self.rate * 100:.3g}%"


class Period(Base):
    """One row is an accounting month. Made when first asked for; closed and reopened by ledger/periods.py."""

    __writes__: ClassVar = frozenset()
    __rules__ = (check("closed_has_its_digest", "(state = 'closed') = (digest IS NOT NULL)"),)

    month: Mapped[str] = mapped_column(String(7), unique=True, info=SYSTEM)
    state: Mapped[PeriodState] = word(PeriodState, default=PeriodState.open, info=SYSTEM)
    digest: Mapped[str | None] = mapped_column(String(64), info=SYSTEM)
    closed_at: Mapped[Moment | None] = mapped_column(info=SYSTEM)
    closed_by_id: Mapped[int | None] = fk("ab_user.id", info=SYSTEM)
    reopened_at: Mapped[Moment | None] = mapped_column(info=SYSTEM)
    reopened_by_id: Mapped[int | None] = fk("ab_user.id", info=SYSTEM)

    def __str__(self) -> str:
        return self.month


class JournalEntry(AppendOnly, Base):
    """One row is a journal entry (凭证) of one revision of one paper. Written by ledger.post and ledger.withdraw alone.

    A red entry (红字) names the one it withdraws; that name is unique, so an entry is withdrawn once.
    """

    __rules__ = (
        lambda: UniqueConstraint("id", "is_red"),
        check("red_names_what_it_withdraws", "is_red = (withdraws_id IS NOT NULL)"),
        index("document_kind", "document_id"),
        index("dated_on"),
    )

    document_kind: Mapped[Code]
    document_id: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    kind: Mapped[EntryKind] = word(EntryKind, default=EntryKind.normal)
    dated_on: Mapped[Day]
    period_id: Mapped[int] = fk("period.id")
    store_id: Mapped[int] = fk("store.id")
    withdraws_id: Mapped[int | None] = fk("journal_entry.id", unique=True)
    is_red: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(String(200))
    written_at: Mapped[Moment]
    written_by_id: Mapped[int | None] = fk("ab_user.id")

    lines: Mapped[list["JournalLine"]] = relationship(
        back_populates="entry", order_by="JournalLine.position", foreign_keys="JournalLine.entry_id", viewonly=True
    )


class JournalLine(AppendOnly, Base):
    """One row is a leg of an entry: a debit or a credit, never both, never 0; negative only in red. Written by ledger."""

    __rules__ = (
        lambda: ForeignKeyConstraint(
            ["entry_id", "is_red"], ["journal_entry.id", "journal_entry.is_red"], name="fk_journal_line_entry_red"
        ),
        check("debit_or_credit", "(debit = 0) <> (credit = 0)"),
        check(
            "negative_only_in_red",
            "(is_red AND debit <= 0 AND credit <= 0) OR (NOT is_red AND debit >= 0 AND credit >= 0)",
        ),
        index("account_id", "party_id"),
    )

    entry_id: Mapped[int] = mapped_column(index=True)
    is_red: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    account_id: Mapped[int] = fk("account.id")
    store_id: Mapped[int] = fk("store.id")
    debit: Mapped[Money] = mapped_column(default=Decimal(0))
    credit: Mapped[Money] = mapped_column(default=Decimal(0))
    party_id: Mapped[int | None] = fk("party.id")
    holding_id: Mapped[int | None] = fk("holding.id")
    money_account_id: Mapped[int | None] = fk("money_account.id")
    employee_id: Mapped[int | None] = fk("employee.id")
    tax_rate_id: Mapped[int | None] = fk("tax_rate.id")
    taxed_gross: Mapped[Money | None]
    text: Mapped[str | None] = mapped_column(String(200))

    entry: Mapped[JournalEntry] = relationship(
        back_populates="lines",
        foreign_keys=[entry_id],
        primaryjoin="JournalLine.entry_id == JournalEntry.id",
        viewonly=True,
    )
    account: Mapped[Account] = relationship(viewonly=True)


class OpenItem(Base):
    """One row is what one paper left open with one party on one account and side (未结项). Written by ledger alone.

    By construction item = Σ legs − Σ matches of that paper. Kept through revisions; withdrawn it stands at 0.
    """

    __rules__ = (
        unique("document_kind", "document_id", "account_id", "party_id", "side"),
        check("settled_within_amount", "settled >= 0 AND settled <= amount"),
    )

    document_kind: Mapped[Code]
    document_id: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int] = fk("account.id")
    party_id: Mapped[int] = fk("party.id")
    side: Mapped[Side] = word(Side)
    store_id: Mapped[int] = fk("store.id")
    dated_on: Mapped[Day]
    due_on: Mapped[Day | None]
    amount: Mapped[Money]
    settled: Mapped[Money] = mapped_column(default=Decimal(0))

    account: Mapped[Account] = relationship()
    party: Mapped[Party] = relationship()
    store: Mapped[Store] = relationship()

    @property
    def open(self) -> Decimal:
        """What is still to be settled."""
        return self.amount - self.settled

    def __str__(self) -> str:
        return self.number


class Match(Base):
    """One row is how much a paper settles of an open item (核销). Written by ledger; gone when its paper is unapproved."""

    __rules__ = (unique("document_kind", "document_id", "item_id"), check("amount_positive", "amount > 0"))

    document_kind: Mapped[Code]
    document_id: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    item_id: Mapped[int] = fk("open_item.id")
    amount: Mapped[Money]

    item: Mapped[OpenItem] = relationship()


class Settlement(Document):
    """One row is a paper that settles open items (结算单): money in, money out or offset. Written by workflows/settlement.py.

    `advance` is what is more than the items take: → advances (receipt) or prepaid (payment).
    """

    __series__ = "JS"
    __rules__ = (check("advance_not_negative", "advance >= 0"),)
    __kinds__: ClassVar = (
        "direction",
        {Direction.receipt: "Receipt", Direction.payment: "Payment", Direction.offset: "Payment"},
    )

    direction: Mapped[Direction] = word(Direction, default=Direction.receipt)
    party_id: Mapped[int] = fk("party.id")
    advance: Mapped[Money] = mapped_column(default=Decimal(0))

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship()
    party: Mapped[Party] = relationship()
    items: Mapped[list["SettlementItem"]] = relationship(
        back_populates="settlement", cascade="all, delete-orphan", order_by="SettlementItem.position"
    )
    money: Mapped[list["SettlementMoney"]] = relationship(
        back_populates="settlement", cascade="all, delete-orphan", order_by="SettlementMoney.position"
    )


class SettlementItem(Line):
    """One row is how much of an open item a settlement takes and lets off. Written with its settlement."""

    __rules__ = (
        check("amount_not_negative", "amount >= 0"),
        check("let_off_has_its_reason", "let_off >= 0 AND (let_off > 0) = (let_off_reason IS NOT NULL)"),
    )

    settlement_id: Mapped[int] = fk("settlement.id", info=SYSTEM)
    item_id: Mapped[int] = fk("open_item.id")
    amount: Mapped[Money]
    let_off: Mapped[Money] = mapped_column(default=Decimal(0))
    let_off_reason: Mapped[LetOff | None] = word(LetOff)

    settlement: Mapped[Settlement] = relationship(back_populates="items")
    item: Mapped[OpenItem] = relationship()


class SettlementMoney(Line):
    """One row is the money of a settlement through one money account. Written with its settlement.

    `amount` counts against the items; of a receipt amount − fee arrives, of a payment amount + fee leaves.
    """

    __rules__ = (check("amount_positive", "amount > 0"), check("fee_not_negative", "fee >= 0"))

    settlement_id: Mapped[int] = fk("settlement.id", info=SYSTEM)
    money_account_id: Mapped[int] = fk("money_account.id")
    amount: Mapped[Money]
    fee: Mapped[Money] = mapped_column(default=Decimal(0))

    settlement: Mapped[Settlement] = relationship(back_populates="money")
    money_account: Mapped[MoneyAccount] = relationship()


class Expense(Document):
    """One row is a paper of general costs or costs of cars (费用单). Written by workflows/expense.py.

    Paid at once from a money account, or owed to a party: exactly one of the two.
    """

    __series__ = "FY"
    __rules__ = (check("paid_or_owed", "(paid_from_id IS NULL) <> (party_id IS NULL)"),)

    paid_from_id: Mapped[int | None] = fk("money_account.id")
    party_id: Mapped[int | None] = fk("party.id")
    due_on: Mapped[Day | None]

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship()
    paid_from: Mapped[MoneyAccount | None] = relationship()
    party: Mapped[Party | None] = relationship()
    lines: Mapped[list["ExpenseLine"]] = relationship(
        back_populates="expense", cascade="all, delete-orphan", order_by="ExpenseLine.position"
    )


class ExpenseLine(Line):
    """One row is one cost, general or of a car. Written with its expense."""

    __rules__ = (check("amount_positive", "amount > 0"),)

    expense_id: Mapped[int] = fk("expense.id", info=SYSTEM)
    fee_item_id: Mapped[int] = fk("fee_item.id")
    holding_id: Mapped[int | None] = fk("holding.id")
    amount: Mapped[Money]
    belongs_to: Mapped[BelongsTo] = word(BelongsTo, default=BelongsTo.stock)
    text: Mapped[str | None] = mapped_column(String(200))

    expense: Mapped[Expense] = relationship(back_populates="lines")
    fee_item: Mapped[FeeItem] = relationship()
    holding: Mapped[Holding | None] = relationship()


class ManualEntry(Document):
    """One row is an entry as an accountant types it (记账凭证). Written by workflows/manual_entry.py."""

    __series__ = "JZ"

    text: Mapped[str] = mapped_column(String(200))

    store: Mapped[Store] = relationship()
    handler: Mapped[Employee | None] = relationship()
    lines: Mapped[list["ManualEntryLine"]] = relationship(
        back_populates="manual_entry", cascade="all, delete-orphan", order_by="ManualEntryLine.position"
    )


class ManualEntryLine(Line):
    """One row is a leg of a manual entry. Written with it."""

    __rules__ = (check("debit_or_credit", "debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)"),)

    manual_entry_id: Mapped[int] = fk("manual_entry.id", info=SYSTEM)
    account_id: Mapped[int] = fk("account.id")
    debit: Mapped[Money] = mapped_column(default=Decimal(0))
    credit: Mapped[Money] = mapped_column(default=Decimal(0))
    party_id: Mapped[int | None] = fk("party.id")
    holding_id: Mapped[int | None] = fk("holding.id")
    money_account_id: Mapped[int | None] = fk("money_account.id")
    employee_id: Mapped[int | None] = fk("employee.id")
    text: Mapped[str | None] = mapped_column(String(200))

    manual_entry: Mapped[ManualEntry] = relationship(back_populates="lines")
    account: Mapped[Account] = relationship()
    party: Mapped[Party | None] = relationship()
    holding: Mapped[Holding | None] = relationship()
    money_account: Mapped[MoneyAccount | None] = relationship()
    employee: Mapped[Employee | None] = relationship()


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────
# The outbox arrives with its own issue.


# ── system ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class Audit(AppendOnly, Base):
    """One row is something somebody did (`sale.approved`), with before and after. Written by workflows alone.

    Values of cost-gated columns stand apart, so that whoever may not see cost can still read the rest.
    """

    __rules__ = (index("table_name", "row_id"), index("at"))

    at: Mapped[Moment]
    user_id: Mapped[int | None] = fk("ab_user.id")
    code: Mapped[str] = mapped_column(String(60))
    table_name: Mapped[Code]
    row_id: Mapped[int]
    number: Mapped[str | None] = mapped_column(String(30))
    store_id: Mapped[int | None] = fk("store.id")
    before: Mapped[Any | None] = mapped_column(JSON)
    after: Mapped[Any | None] = mapped_column(JSON)
    cost_before: Mapped[Any | None] = mapped_column(JSON)
    cost_after: Mapped[Any | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(String(200))
    door: Mapped[str] = mapped_column(String(20), default="")

    user: Mapped[Login | None] = relationship(viewonly=True)
