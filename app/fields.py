"""One specification per table, derived from its columns: it serves the form, the API's schema and the OpenAPI document.

`spec(Purchase)` knows every column that a person may fill in, its lines, their labels, limits and targets; `read` turns
what arrives (text of a form, values of JSON) into typed values and all problems at once.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import Boolean, Date, Enum, Integer, Numeric, String

from app import labels, money
from app.columns import Base, Fen, Line, UtcDateTime
from app.enums import Word
from app.errors import Problem
from app.memo import once

MOST_INT = 2_000_000_000
MOST_LINES = 500


class Kind(enum.StrEnum):
    """What an input holds."""

    text = "text"
    textarea = "textarea"
    int = "int"
    money = "money"
    decimal = "decimal"
    date = "date"
    bool = "bool"
    enum = "enum"
    ref = "ref"
    words = "words"
    moment = "moment"


ALIASES = {"holding_id": ("vehicle_id", Kind.ref), "account_id": ("account", Kind.text)}


def whole(raw: Any) -> int | None:
    """The id, version or page number that was typed or sent; None for whatever is none. No row has a larger id."""
    text = "" if isinstance(raw, bool) else str(raw)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def storable(text: str) -> bool:
    """Can every database keep these characters?"""
    return "\x00" not in text and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _as_spoken(text: str) -> str:
    """A mileage as people say it: `5.2万` is `52000`. What is no whole number stays as it is."""
    if text.isdigit():
        return text
    try:
        amount = money.typed(text)
    except money.NotMoney:
        return text
    return str(int(amount)) if amount == int(amount) else text


@dataclass(frozen=True)
class Field:
    """One column as a person meets it. `target` is the table a reference points at; `choices` the words of an enum."""

    key: str
    kind: Kind
    label: LazyString
    required: bool = False
    max_length: int | None = None
    target: type[Base] | None = None
    choices: type[Word] | None = None
    unit: str | None = None
    cost: bool = False
    floor: bool = False
    masked: bool = False
    system: bool = False
    default: Any = None

    def parse(self, raw: Any) -> Any:
        """The typed value of what was typed or sent; None for nothing. Raises ValueError with words for the person."""
        if isinstance(raw, str):
            raw = raw.strip()
            if not storable(raw):
                raise ValueError(_("含有无法保存的字符。"))
        if raw is None or raw == "":
            if self.kind is Kind.bool and raw == "":
                return False
            return None
        if isinstance(raw, dict) or (isinstance(raw, list) and self.kind is not Kind.words):
            raise ValueError(_("格式不对。"))
        return getattr(self, f"_{self.kind.value}")(raw)

    def _text(self, raw: Any) -> str:
        if isinstance(raw, (bool, float)):
            raise ValueError(_("应为文字。"))
        text = str(raw)
        if self.max_length and len(text) > self.max_length:
            raise ValueError(_("最多 %(most)s 个字，现在 %(now)s 个。", most=self.max_length, now=len(text)))
        return text

    _textarea = _text

    def _int(self, raw: Any) -> int:
        text = str(raw).replace(",", "").replace("，", "")
        if self.unit == "km":
            text = _as_spoken(text)
        if isinstance(raw, bool) or not text.removeprefix("-").isdigit() or not text.isascii():
            raise ValueError(_("应为整数。"))
        value = int(text) if len(text) < 16 else MOST_INT + 1
        if value < 0:
            raise ValueError(_("不能小于 0。"))
        if value > MOST_INT:
            raise ValueError(_("数字太大。"))
        return value

    def _money(self, raw: Any) -> Decimal:
        if isinstance(raw, bool):
            raise ValueError(_("应为金额，例如 86000 或 8.6万。"))
        try:
            amount = money.typed(str(raw))
        except money.NotMoney as fault:
            words = {
                "format": _("应为金额，例如 86000 或 8.6万。"),
                "decimals": _("金额最多两位小数，不会替您四舍五入。"),
                "range": _("金额太大。"),
            }
            raise ValueError(words[str(fault)]) from None
        if amount < 0:
            raise ValueError(_("金额不能为负。"))
        return amount

    def _decimal(self, raw: Any) -> Decimal:
        text = str(raw)
        percent = text.endswith("%")
        try:
            value = Decimal(text.rstrip("%").strip())
        except InvalidOperation:
            raise ValueError(_("应为数字。")) from None
        if isinstance(raw, bool) or not value.is_finite():
            raise ValueError(_("应为数字。"))
        value = value / 100 if percent else value
        if not 0 <= value < 1:
            raise ValueError(_("税率在 0 和 100% 之间，例如 0.5% 或 0.005。"))
        if value != value.quantize(Decimal("0.00001")):
            raise ValueError(_("小数位太多。"))
        return value

    def _date(self, raw: Any) -> dt.date:
        text = str(raw).replace("/", "-").replace(".", "-")
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError(_("应为日期，例如 2026-11-03。")) from None
        if not 1950 <= day.year <= 2100:
            raise ValueError(_("年份不对。"))
        return day

    def _moment(self, raw: Any) -> Any:
        raise ValueError(_("不能修改。"))

    def _bool(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if str(raw).lower() in ("1", "on", "true", "y", "yes"):
            return True
        if str(raw).lower() in ("0", "off", "false", "n", "no"):
            return False
        raise ValueError(_("应为是或否。"))

    def _enum(self, raw: Any) -> Word:
        words: Any = self.choices
        try:
            return cast("Word", words(str(raw)))
        except ValueError:
            raise ValueError(_("没有这个选项。")) from None

    def _words(self, raw: Any) -> list[Word]:
        given = raw if isinstance(raw, list) else str(raw).split(",")
        return list(dict.fromkeys(self._enum(one) for one in given if one != ""))

    def _ref(self, raw: Any) -> int:
        pk = whole(raw)
        if pk is None:
            raise ValueError(_("请从列表中选一个。"))
        return pk


@dataclass(frozen=True)
class Spec:
    """A table's fields in column order and its line tables by relationship name.

    `aliases`: another way to name a reference (`vehicle_id` for the holding that the car is in, `account` for a ledger
    account by number or purpose). `embedded`: a row described within this one (`vehicle` of a purchase), by the key of
    the reference that it stands for. workflows/records.py resolves both.
    """

    model: type[Base]
    fields: dict[str, Field]
    lines: dict[str, "Spec"]
    label: LazyString
    aliases: dict[str, Field]
    embedded: dict[str, tuple[str, "Spec"]]

    @property
    def editable(self) -> dict[str, Field]:
        """Those that a person may fill in."""
        return {key: field for key, field in self.fields.items() if not field.system}


@once
def spec(model: type[Base]) -> Spec:
    """The specification of a table; computed once."""
    table = model.__table__
    found = {column.key: _field(model, column) for column in model.__mapper__.columns if not column.primary_key}
    lines = {
        relation.key: spec(relation.mapper.class_)
        for relation in model.__mapper__.relationships
        if relation.uselist and issubclass(relation.mapper.class_, Line)
    }
    found |= {
        relation.key: _words_field(model, relation)
        for relation in model.__mapper__.relationships
        if relation.uselist and relation.cascade.delete_orphan and relation.key not in lines
    }
    aliases = {
        key: Field(alias, kind, labels.column(table.name, key))
        for key, (alias, kind) in ALIASES.items()
        if key in found
    }
    embedded = {
        key: (name, spec(model.__mapper__.relationships[name].mapper.class_))
        for key, name in getattr(model, "__embeds__", {}).items()
    }
    return Spec(model, found, lines, labels.table(table.name), aliases, embedded)


def _words_field(model: type[Base], relation: Any) -> Field:
    """A list of words kept in a table of their own (the roles of a party)."""
    column = next(c for c in relation.mapper.columns if isinstance(c.type, Enum))
    return Field(
        relation.key, Kind.words, labels.column(model.__tablename__, relation.key), choices=column.type.enum_class
    )


def _field(model: type[Base], column: Any) -> Field:
    name = column.key
    info = {**column.info}
    target, max_length = None, None
    choices: Any = None
    match column.type:
        case Fen():
            kind = Kind.money
        case UtcDateTime():
            kind = Kind.moment
        case Enum(enum_class=words) if words is not None:
            kind, choices = Kind.enum, words
        case Boolean():
            kind = Kind.bool
        case Date():
            kind = Kind.date
        case Numeric():
            kind = Kind.decimal
        case Integer() if column.foreign_keys:
            kind, target = Kind.ref, _class_of(next(iter(column.foreign_keys)).column.table)
        case Integer():
            kind = Kind.int
        case String(length=length):
            kind, max_length = (Kind.textarea if length and length >= 500 else Kind.text), length
        case _:
            kind = Kind.text
    default = column.default.arg if column.default is not None and not callable(column.default.arg) else None
    system = bool(info.get("system"))
    return Field(
        key=name,
        kind=kind,
        label=_label(model, name, system=system),
        required=not column.nullable and default is None and kind is not Kind.bool,
        max_length=max_length,
        target=target,
        choices=choices,
        unit=info.get("unit"),
        cost=bool(info.get("cost")),
        floor=bool(info.get("floor")),
        masked=bool(info.get("masked")),
        system=system,
        default=default,
    )


def _label(model: type[Base], key: str, *, system: bool) -> LazyString:
    try:
        return labels.column(model.__tablename__, key)
    except KeyError:
        if system:
            return LazyString(lambda: key)
        raise


def _class_of(table: Any) -> type[Base]:
    for mapper in Base.registry.mappers:
        if mapper.local_table is table and (issubclass(mapper.class_, Base) or mapper.class_.__name__ == "Login"):
            found: type[Base] = mapper.class_
            return found
    raise KeyError(table.name)


def read(of: Spec, raw: Mapping[str, Any], prefix: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """Typed values of `raw` and every problem, named `fees.0.amount` for lines.

    A field that is not given is not in the values: a change names only what it changes, and what a new row still lacks
    is found by `records.save` after its defaults. A list of lines given is the whole list; each line may carry `id`.
    Unknown keys are problems: a misspelt field must not be lost in silence.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, field in {**of.editable, **{alias.key: alias for alias in of.aliases.values()}}.items():
        if key in raw:
            try:
                values[key] = field.parse(raw[key])
            except ValueError as fault:
                problems.append((f"{prefix}{key}", str(fault)))
    for name, inner in of.embedded.values():
        if isinstance(raw.get(name), Mapping):
            values[name], faults = read(inner, raw[name], f"{prefix}{name}.")
            problems += faults
        elif name in raw:
            problems.append((f"{prefix}{name}", _("格式不对。")))
    for name, line_spec in of.lines.items():
        if name in raw:
            lines, faults = _read_lines(line_spec, raw[name], f"{prefix}{name}")
            values |= {name: lines} if lines is not None else {}
            problems += faults
    known = {
        *of.editable,
        *of.lines,
        *(alias.key for alias in of.aliases.values()),
        *(name for name, _spec in of.embedded.values()),
    }
    problems += [(f"{prefix}{key}", _("没有这个字段，或者不能修改。")) for key in raw if key not in known]
    return values, problems


def _read_lines(of: Spec, rows: Any, name: str) -> tuple[list[dict[str, Any]] | None, list[Problem]]:
    """`read` for each line; None for what is no list of lines."""
    if not isinstance(rows, list) or len(rows) > MOST_LINES or not all(isinstance(row, Mapping) for row in rows):
        return None, [(name, _("应为明细列表，最多 500 行。"))]
    lines: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for position, row in enumerate(rows):
        line, faults = read(of, {key: value for key, value in row.items() if key != "id"}, f"{name}.{position}.")
        if row.get("id") not in (None, ""):
            pk = whole(row["id"])
            line["id"] = -1 if pk is None else pk
        lines.append(line)
        problems += faults
    return lines, problems
