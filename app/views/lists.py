"""A list of rows: which columns, which filters, which order, which page. One piece of code for every list of the product.

Only what the actor may see can be shown, searched, filtered, sorted or added up; a list never loads more than its page.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import RelationshipProperty, joinedload

from app import clock, identity, money
from app.columns import Base, Document
from app.enums import State, Word
from app.extensions import db
from app.fields import Field, Kind, spec
from app.models import Party
from app.queries import Actor, hidden_columns, masks, sees_cost, sees_cost_of_all, visible
from app.views.named import describe, loads

SIZES = (25, 50, 100, 200)
COUNT_CAP = 1000
MOST_OPTIONS = 50


@dataclass(frozen=True)
class Column:
    """A column of a list: a key of the table's specification, or a path over references (`holding.vehicle.plate`)."""

    key: str
    label: Any
    kind: str
    m: str = ""
    """Where it stands on a phone's card: title line pair state fig price; empty: not at all."""

    @property
    def num(self) -> bool:
        """Aligned right."""
        return self.kind in ("money", "int", "decimal")


@dataclass(frozen=True)
class Asked:
    """What the address asks for, made safe: unknown columns, sizes and pages fall back to the list's own."""

    q: str = ""
    filters: dict[str, list[str]] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    size: int = SIZES[0]


class Listing:
    """One list for one actor. `window` declares columns, search paths, filters, default order and totals."""

    def __init__(self, window: Any, actor: Actor, args: Mapping[str, Any]) -> None:
        self.window, self.actor, self.model = window, actor, window.model
        self.spec = spec(self.model)
        self.hidden = hidden_columns(self.model, actor)
        self.whole_cost = sees_cost_of_all(actor, self.model)
        self.columns = [column for column in (self.column(key) for key in window.columns) if column is not None]
        self.asked = self._read(args)

    # what there is
    def column(self, declared: str) -> Column | None:
        """`key` or `key|m`, where m says what it is on a phone's card; None for one the actor may not see."""
        path, _sep, m = declared.partition("|")
        if path in self.hidden:
            return None
        owner, of = field_at(self.model, path)
        if of is None:
            return Column(path, self.window.column_label(path), self.window.virtual.get(path, "text"), m)
        if (of.key in hidden_columns(owner, self.actor)) or (of.cost and "." in path):
            return None
        label = self.window.column_label(path) or of.label
        return Column(path, label, "ref" if of.kind is Kind.ref else of.kind.value, m)

    def may_order_by(self, key: str) -> bool:
        """Is this a column the list may be sorted, filtered and totalled by?"""
        of = self.spec.fields.get(key)
        return of is not None and key not in self.hidden and of.kind is not Kind.words and (not of.cost or self.whole_cost)

    def _read(self, args: Mapping[str, Any]) -> Asked:
        get = getattr(args, "getlist", lambda key: [args[key]] if key in args else [])
        sort = str(args.get("sort", ""))[:60]
        if not self.may_order_by(sort.lstrip("-")):
            sort = self.window.order
        filters = {key: clean for key in self.window.filters if (clean := [v for v in get(key) if v and _clean(v)]) and key not in self.hidden}
        size = _number(args.get("size"), SIZES[0])
        return Asked(
            q=_searchable(args.get("q")),
            filters=filters,
            sort=sort,
            page=min(max(_number(args.get("page"), 1), 1), 1_000_000),
            size=size if size in SIZES else SIZES[0],
        )

    # SQL
    def conditions(self) -> list[ColumnElement[bool]]:
        """What is asked for, beside what the actor may see."""
        found = [condition for key, values in self.asked.filters.items() if (condition := self._equal(key, values)) is not None]
        if self.asked.q and self.window.search:
            like = f"%{_escaped(self.asked.q)}%"
            found.append(or_(*(matches(self.model, path, like) for path in self.window.search if path not in self.hidden)))
        return found

    def _equal(self, key: str, values: Iterable[str]) -> ColumnElement[bool] | None:
        of, column = self.spec.fields[key], getattr(self.model, key)
        if not self.may_order_by(key):
            return None
        parsed: list[Any] = []
        for value in values:
            try:
                parsed.append(of.parse(value))
            except ValueError:
                continue
        return column.in_(parsed) if parsed else None

    def narrowed(self, statement: Select[Any]) -> Select[Any]:
        """`statement` over the model, narrowed to what the actor may see and asked for."""
        statement = visible(statement, self.model, self.actor)
        own = self.window.narrow(self.actor)
        return statement.where(*self.conditions(), *([own] if own is not None else []))

    def count(self) -> int:
        """How many rows, capped at COUNT_CAP + 1."""
        inner = self.narrowed(select(self.model.id)).limit(COUNT_CAP + 1).subquery()
        return db.session.scalar(select(func.count()).select_from(inner)) or 0

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """In the order asked for; id breaks ties so that pages neither repeat nor lose a row."""
        key = self.asked.sort.lstrip("-")
        descending = self.asked.sort.startswith("-")
        column = order_column(self.model, key)
        statement = statement.order_by(column.desc() if descending else column)
        return statement.order_by(self.model.id.desc() if descending else self.model.id)

    def rows(self) -> Sequence[Any]:
        """This page's rows with everything that its cells show."""
        statement = self.ordered(self.narrowed(select(self.model)))
        statement = statement.options(*eager(self.model, [column.key for column in self.columns]), *self.window.options())
        statement = statement.limit(self.asked.size).offset((self.asked.page - 1) * self.asked.size)
        return db.session.scalars(statement).unique().all()

    def totals(self) -> dict[str, Decimal]:
        """Sums of the declared money columns over the whole filter, where no row's figure is hidden."""
        keys = [key for key in self.window.totals if self.may_order_by(key)]
        if not keys:
            return {}
        sums = db.session.execute(self.narrowed(select(*(func.sum(getattr(self.model, key)) for key in keys)))).one()
        return {key: value if value is not None else money.ZERO for key, value in zip(keys, sums, strict=True)}

    # addresses
    def url(self, **changes: Any) -> str:
        """This list's address with changes; a None takes a part away, any change but `page` starts on page one."""
        state: dict[str, Any] = {"q": self.asked.q, **self.asked.filters, "sort": self.asked.sort, "size": self.asked.size, "page": self.asked.page}
        state |= {"page": 1} | changes
        default = {"q": "", "sort": self.window.order, "size": SIZES[0], "page": 1}
        pairs = [(key, value) for key, value in state.items() if value not in (None, [], default.get(key))]
        query = urlencode([(key, one) for key, value in pairs for one in (value if isinstance(value, list) else [value])])
        return f"{self.window.url}?{query}" if query else self.window.url

    # the view
    def view(self) -> dict[str, Any]:
        """What the template list.html shows."""
        rows, count = self.rows(), self.count()
        totals = self.totals() if rows else {}
        pages = max(1, -(-count // self.asked.size)) if count <= COUNT_CAP else None
        more = len(rows) == self.asked.size and (pages is None or self.asked.page < pages)
        return {
            "title": self.window.title,
            "kind": self.window.kind,
            "count_text": _("%(count)s 条", count=count if count <= COUNT_CAP else f"{COUNT_CAP}+"),
            "can_new": self.window.can_new(self.actor),
            "new_url": self.window.url + "new",
            "new_label": self.window.new_label,
            "q": self.asked.q,
            "search_hint": self.window.search_hint or _("查找"),
            "clear_url": self.window.url if self.asked.q or self.asked.filters else None,
            "hidden": [("sort", self.asked.sort), ("size", self.asked.size), ("q", self.asked.q)]
            + [(key, value) for key, values in self.asked.filters.items() for value in values],
            "chips": [self._chip(key) for key in self.window.filters if self.may_order_by(key)],
            "columns": [self._head(column) for column in self.columns],
            "rows": [self._row(row) for row in rows],
            "totals": [{"key": key, "label": self.spec.fields[key].label, "text": money.shown(value)} for key, value in totals.items()],
            "pages": {
                "number": self.asked.page,
                "of": pages,
                "prev_url": self.url(page=self.asked.page - 1) if self.asked.page > 1 else None,
                "next_url": self.url(page=self.asked.page + 1) if more else None,
                "sizes": [(size, self.url(size=size), size == self.asked.size) for size in SIZES],
            },
            "empty": self._empty(),
            **self.window.extras(self.actor),
        }

    def _empty(self) -> dict[str, Any]:
        if self.asked.q or self.asked.filters:
            return {
                "title": _("没有符合条件的记录"),
                "text": _("换个词，或者清除筛选。"),
                "action_url": self.window.url,
                "action_label": _("清除筛选"),
            }
        return {"title": _("还没有%(what)s", what=self.window.title), "text": self.window.empty_text, "icon": self.window.icon}

    def _head(self, column: Column) -> dict[str, Any]:
        sortable = self.may_order_by(column.key)
        current = self.asked.sort.lstrip("-") == column.key
        descending = self.asked.sort.startswith("-")
        return {
            "key": column.key,
            "label": column.label,
            "num": column.num,
            "m": column.m,
            "sort_url": self.url(sort=column.key if current and descending or not current else f"-{column.key}") if sortable else None,
            "dir": ("descending" if descending else "ascending") if current and sortable else None,
            "long": column.key in self.window.long,
        }

    def _chip(self, key: str) -> dict[str, Any]:
        chosen = self.asked.filters.get(key, [])
        values = self._options(self.spec.fields[key], chosen)
        names = "、".join(str(value["label"]) for value in values if value["on"])
        label = self.spec.fields[key].label
        return {
            "key": key,
            "label": label,
            "text": f"{label}：{names}" if chosen else str(label),
            "active": bool(chosen),
            "clear_url": self.url(**{key: None}),
            "values": values,
        }

    def _options(self, of: Field, chosen: list[str]) -> list[dict[str, Any]]:
        if of.choices is not None:
            return [{"value": word.value, "label": word.label, "on": word.value in chosen} for word in of.choices]
        if of.kind is Kind.bool:
            return [{"value": value, "label": label, "on": value in chosen} for value, label in (("1", _("是")), ("0", _("否")))]
        assert of.target is not None
        target = of.target
        ids = [int(value) for value in chosen if value.isdigit() and len(value) < 10]
        used = self.narrowed_without(of.key, select(getattr(self.model, of.key))).distinct().limit(MOST_OPTIONS)
        statement = select(target).where(or_(target.id.in_(used), target.id.in_(ids))).options(*loads(target)).limit(MOST_OPTIONS)
        rows = db.session.scalars(statement).unique().all()
        return [{"value": str(row.id), "label": describe(row).label, "on": str(row.id) in chosen} for row in rows]

    def narrowed_without(self, key: str, statement: Select[Any]) -> Select[Any]:
        """Rows that the actor may see, whatever the filter: what a chip may offer."""
        own = self.window.narrow(self.actor)
        return visible(statement, self.model, self.actor).where(getattr(self.model, key).is_not(None), *([own] if own is not None else []))

    def _row(self, row: Any) -> dict[str, Any]:
        tone = "void" if isinstance(row, Document) and row.state is State.void else ""
        if getattr(row, "retired_at", None):
            tone = "void"
        return {
            "id": row.id,
            "url": self.window.row_url(row),
            "tone": tone,
            "cells": [self._cell(row, column) for column in self.columns],
        }

    def _cell(self, row: Any, column: Column) -> dict[str, Any]:
        custom = self.window.cell(row, column.key, self.actor)
        if custom is not None:
            return custom  # type: ignore[no-any-return]
        owner, of = field_at(self.model, column.key)
        if of is not None and of.cost and not sees_cost(self.actor, row):
            return {"text": "", "kind": "text"}
        return cell(follow(row, column.key), of, row, self.actor)


# ── cells ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def cell(value: Any, of: Field | None, row: Any, actor: Actor) -> dict[str, Any]:
    """One value as the list's cell: text with the kind that aligns and colours it."""
    if value is None or value == "":
        return {"text": "", "kind": "text"}
    if isinstance(value, Word):
        return {"text": value.label, "kind": "badge", "tone": value.tone}
    if isinstance(value, bool):
        return {"text": _("是") if value else _("否"), "kind": "text"}
    if isinstance(value, Decimal):
        rate = of is not None and of.kind is Kind.decimal
        return {"text": f"{value * 100:.4g}%" if rate else money.shown(value), "kind": "text" if rate else "money"}
    if isinstance(value, dt.datetime):
        return {"text": f"{clock.local(value):%Y-%m-%d %H:%M}", "kind": "date"}
    if isinstance(value, dt.date):
        return {"text": value.isoformat(), "kind": "date"}
    if isinstance(value, Base):
        described = describe(value)
        return {"text": described.label, "kind": "text", "sub": described.hint if described.show_hint else "", "title": described.label}
    if of is not None and of.key == "vin":
        return {"text": value, "kind": "vin"}
    if of is not None and of.key == "plate":
        return {"text": shown_plate(value), "kind": "plate"}
    if of is not None and of.key in ("mobile", "id_number") and isinstance(row, Party) and masks(actor, row):
        return {"text": identity.masked(value), "kind": "text"}
    if of is not None and of.key in ("number", "code", "stock_no"):
        return {"text": value, "kind": "text", "strong": True}
    if isinstance(value, list):
        return {"text": "、".join(str(one.role.label) for one in value), "kind": "text"}
    return {"text": f"{value:,}" if isinstance(value, int) and of is not None and of.key != "model_year" else str(value), "kind": "text"}


def shown_plate(plate: str) -> str:
    """`浙D·8K2Q6`."""
    return f"{plate[:2]}·{plate[2:]}" if len(plate) >= 7 and "·" not in plate else plate


# ── paths ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def field_at(model: type[Any], path: str) -> tuple[type[Any], Field | None]:
    """The table and field that a path ends at; (model, None) for a column that only the window knows."""
    *steps, last = path.split(".")
    for step in steps:
        model = model.__mapper__.relationships[step].mapper.class_
    return model, spec(model).fields.get(last)


def follow(row: Any, path: str) -> Any:
    """The value a path leads to; a reference gives the row it points at, a missing step None."""
    *steps, last = path.split(".")
    for step in steps:
        row = getattr(row, step)
        if row is None:
            return None
    relation = relation_of(type(row), last)
    return getattr(row, relation) if relation else getattr(row, last, None)


def relation_of(model: type[Any], key: str) -> str | None:
    """`seller` for `seller_id`, where the table has that relationship."""
    name = key.removesuffix("_id")
    return name if name != key and name in model.__mapper__.relationships else None


def eager(model: type[Any], paths: Iterable[str]) -> list[Any]:
    """Loader options so that no cell asks the database again."""
    options = []
    for path in paths:
        option, at = None, model
        *steps, last = path.split(".")
        names = [*steps, *([relation] if (relation := relation_of(field_at(model, path)[0], last)) else [])]
        for name in names:
            attribute = getattr(at, name)
            option = option.joinedload(attribute) if option is not None else joinedload(attribute)
            at = attribute.property.mapper.class_
        if option is not None:
            options += [option.options(*loads(at))] if loads(at) else [option]
    return options


def matches(model: type[Any], path: str, like: str) -> ColumnElement[bool]:
    """`path` LIKE, over references by EXISTS: search never multiplies rows."""
    head, _sep, rest = path.partition(".")
    attribute = getattr(model, head)
    if isinstance(attribute.property, RelationshipProperty):
        target = attribute.property.mapper.class_
        return attribute.has(matches(target, rest, like))  # type: ignore[no-any-return]
    return attribute.ilike(like, escape="\\")  # type: ignore[no-any-return]


def order_column(model: type[Any], key: str) -> Any:
    """What to order by: a reference by the name it shows, everything else by itself."""
    column = getattr(model, key)
    of = spec(model).fields.get(key)
    if of is not None and of.kind is Kind.ref and of.target is not None:
        named = getattr(of.target, "name", None) or getattr(of.target, "number", None) or getattr(of.target, "stock_no", None)
        if named is not None:
            return select(named).where(of.target.id == column).correlate(model).scalar_subquery()
    return column


# ── what was typed into the address ──────────────────────────────────────────────────────────────────────────────────
def _number(raw: Any, default: int) -> int:
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _clean(text: str) -> bool:
    return len(text) <= 100 and "\x00" not in text and not any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def _searchable(raw: Any) -> str:
    text = str(raw or "").strip()[:60]
    return text if _clean(text) else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


