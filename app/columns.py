"""What tables are made of: the base, column types, mixins, and the rules that live in the database.

A column's `info` says what the machine must know: `system` (written by the machine, in no form), `cost` (behind the cost
gate), `masked` (shown in part to those who need not know it), `own` (names an employee or user whose own row it is), `unit` (shown behind the input).
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import Mapped, MappedColumn, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem, conv
from sqlalchemy.types import Numeric, TypeDecorator

from app import clock
from app.enums import State, Word
from app.money import FEN

Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _name_what_came_before() -> None:
    """The framework's tables were there before the convention: name their constraints by it, too."""
    for table in Model.metadata.tables.values():
        for constraint in table.constraints:
            columns = "_".join(column.name for column in getattr(constraint, "columns", ()))
            match constraint:
                case PrimaryKeyConstraint():
                    constraint.name = conv(f"pk_{table.name}")
                case UniqueConstraint():
                    constraint.name = conv(f"uq_{table.name}_{columns}")
                case ForeignKeyConstraint():
                    constraint.name = conv(f"fk_{table.name}_{columns}")


_name_what_came_before()

Rule = Callable[[], SchemaItem]


class Fen(TypeDecorator[Decimal]):
    """Yuan as Decimal in Python, whole fen as BIGINT in both databases: the same SQL, the same CHECKs, no drift.

    Refuses floats and parts of a fen. SUM, + and − in SQL keep the type; multiply and average in Python.
    """

    impl = BigInteger
    cache_ok = True
    comparator_factory = TypeDecorator.Comparator  # BIGINT's own would make a difference of money a whole number

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("money is never a float")
        fen = Decimal(value) * 100
        if fen != int(fen):
            raise ValueError(f"{value} has parts of a fen")
        return int(fen)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(FEN)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment; stored as UTC. Refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment knows its time zone")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Money = Annotated[Decimal, mapped_column(Fen)]
"""Yuan, two decimals, exact."""
CostMoney = Annotated[Decimal, mapped_column(Fen, info={"cost": True})]
"""Yuan behind the cost gate."""
Moment = Annotated[dt.datetime, mapped_column(UtcDateTime)]
Day = Annotated[dt.date, mapped_column(Date)]
Code = Annotated[str, mapped_column(String(30))]
Name = Annotated[str, mapped_column(String(80))]
Note = Annotated[str, mapped_column(String(500))]
Rate = Annotated[Decimal, mapped_column(Numeric(6, 5))]
"""A share of one: 0.005 is 0.5 %."""
Mileage = Annotated[int, mapped_column(info={"unit": "km"})]
Position = Annotated[int, mapped_column(info={"system": True}, default=0)]


def word(kind: type[Word], *, info: dict[str, Any] | None = None, **options: Any) -> MappedColumn[Any]:
    """A column that holds one of `kind`'s words: VARCHAR with a CHECK on both databases."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    column_type = SqlEnum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=30,
        values_callable=lambda words: [w.value for w in words],
    )
    return mapped_column(column_type, info=info or {}, **options)


def fk(target: str, *, info: dict[str, Any] | None = None, **options: Any) -> MappedColumn[Any]:
    """A foreign key: indexed, and the database refuses to lose what it points at."""
    return mapped_column(ForeignKey(target, ondelete="RESTRICT"), index=True, info=info or {}, **options)


def check(name: str, sql: str) -> Rule:
    """A CHECK whose name reads as the rule."""
    return lambda: CheckConstraint(sql, name=name)


def unique(*columns: str) -> Rule:
    """No two rows with the same values in `columns`."""
    return lambda: UniqueConstraint(*columns)


def index(*columns: str, name: str | None = None) -> Rule:
    """An index over `columns`."""
    return lambda: Index(name, *columns)


def _table_name(class_name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class Base(Model):
    """One table per class, named after it; `__rules__` of the class and its mixins become constraints and indexes."""

    __abstract__ = True
    __rules__: ClassVar[tuple[Rule, ...]] = ()
    __writes__: ClassVar[frozenset[str]] = frozenset({"make", "change", "delete"})
    """What doors may do with rows, given the right; what is missing here is done by workflows alone."""

    id: Mapped[int] = mapped_column(primary_key=True, info={"system": True})

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # a declared_attr gets the class
        return _table_name(cls.__name__)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:  # noqa: N805
        return tuple(rule() for klass in cls.__mro__ for rule in klass.__dict__.get("__rules__", ()))


class Stamped:
    """Who made and last changed a row, and how often it was saved (the optimistic lock)."""

    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=clock.now, info={"system": True})
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=clock.now, info={"system": True})
    version: Mapped[int] = mapped_column(default=1, info={"system": True})

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        return fk("ab_user.id", info={"system": True, "own": "user"})

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        return fk("ab_user.id", info={"system": True})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.version if hasattr(cls, "__table__") else cls.version}


class Retirable:
    """A row in use is never deleted, only retired: no longer offered, still shown where it stands."""

    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"system": True})


class Named(Stamped, Retirable):
    """A base-data row: a unique name, an order, may be retired."""

    name: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int] = mapped_column(default=0, info={"system": True})

    def __str__(self) -> str:
        return self.name


class AppendOnly:
    """Rows that are never updated or deleted, in SQL too: triggers on both databases refuse it (app/triggers.py)."""


class Line(Base):
    """A line of a paper: edited only with it, by id, in its order."""

    __abstract__ = True

    position: Mapped[int] = mapped_column(default=0, info={"system": True})


class Document(Stamped, Base):
    """A numbered paper with a state. Never deleted (a trigger refuses it); number and id are for ever.

    `revision` counts how often it was approved anew; `version` counts edits.
    """

    __writes__: ClassVar[frozenset[str]] = frozenset({"make", "change"})
    __abstract__ = True
    __series__: ClassVar[str]
    """Two letters that numbers start with, product.md §1."""

    __rules__: ClassVar[tuple[Rule, ...]] = (
        check("only_a_draft_is_submitted", "state = 'draft' OR submitted_at IS NULL"),
        check("approved_has_its_moment", "(state = 'approved') = (approved_at IS NOT NULL)"),
        check("revision_counts_from_one", "revision >= 1"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True, info={"system": True})
    dated_on: Mapped[dt.date] = mapped_column(Date, index=True)
    state: Mapped[State] = word(State, default=State.draft, index=True, info={"system": True})
    revision: Mapped[int] = mapped_column(default=1, info={"system": True})
    note: Mapped[str | None] = mapped_column(String(500))
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"system": True})
    sent_back_reason: Mapped[str | None] = mapped_column(String(200), info={"system": True})
    approved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"system": True})
    void_reason: Mapped[str | None] = mapped_column(String(200), info={"system": True})

    @declared_attr
    def store_id(cls) -> Mapped[int]:  # noqa: N805
        return fk("store.id")

    @declared_attr
    def handler_id(cls) -> Mapped[int | None]:  # noqa: N805
        return fk("employee.id", info={"own": "employee"})

    @declared_attr
    def submitted_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        return fk("ab_user.id", info={"system": True})

    @declared_attr
    def approved_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        return fk("ab_user.id", info={"system": True})

    def __str__(self) -> str:
        return self.number
