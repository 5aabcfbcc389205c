"""A list of rows: which columns, which filters, which order, which page. One piece of code for every list of the product.

Only what the actor may see can be shown, searched, filtered, sorted or added up; a list never loads more than its page.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import RelationshipProperty, joinedload

from app import clock, identity, money
from app.columns import Base, Document
from app.enums import PeriodState, State, VehicleStatus, Word
from app.extensions import db
from app.fields import Field, Kind, spec, storable, whole
from app.models import Party
from app.queries import Actor, hidden_columns, masks, sees_contacts, sees_cost, sees_cost_of_all, visible
from app.views.named import describe, loads, state_face

SIZES = (25, 50, 100, 200)
COUNT_CAP = 1000
MOST_OPTIONS = 50
MONTH = "month"
"""The word of the address that narrows a list to months of its window's `months` column: `?month=2026-11`."""
_MONTH = re.compile(r"^(19|20)\d\d-(0[1-9]|1[0-2])$", re.ASCII)


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
        return self.kind in ("money", "int", "decimal", "age")


@dataclass(frozen=True)
class Computed:
    """A column that SQL works out beside each row: shown by `cell(row, value, actor)`, sorted, added up.

    `seen`: does the actor see it on any row (else there is no such column); `whole`: on every row (else it is neither
    sorted nor added up). `total` writes its sum.
    """

    kind: str
    label: Any
    value: Callable[[Actor], ColumnElement[Any]]
    cell: Callable[[Any, Any, Actor], dict[str, Any]]
    seen: Callable[[Actor], bool] = lambda _actor: True
    whole: Callable[[Actor], bool] = lambda _actor: True
    total: Callable[[Decimal], str] = money.whole


@dataclass(frozen=True)
class Tab:
    """A view of a list under a word of the address (`?tab=sold`); the first one is what the list opens with.

    `rows` is None for all of them. `columns`, `totals` and `order` are the window's own unless named.
    """

    key: str
    label: Any
    rows: Callable[[], ColumnElement[bool]] | None = None
    columns: tuple[str, ...] = ()
    totals: tuple[str, ...] | None = None
    order: str = ""
    hot: bool = False


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
        self.tab = self._tab(args)
        self.order = (self.tab.order if self.tab else "") or window.order
        declared = (self.tab.columns if self.tab else ()) or window.columns
        self.columns = [column for column in (self.column(key) for key in declared) if column is not None]
        self.asked = self._read(args)
        self.beside: dict[int, dict[str, Any]] = {}

    # what there is
    def column(self, declared: str) -> Column | None:
        """`key` or `key|m`, where m says what it is on a phone's card; None for one the actor may not see."""
        path, _sep, m = declared.partition("|")
        if path in self.hidden:
            return None
        if path in self.window.computed:
            computed = self.window.computed[path]
            return Column(path, computed.label, computed.kind, m) if computed.seen(self.actor) else None
        owner, of = field_at(self.model, path)
        if of is None:
            return Column(path, self.window.column_label(path), self.window.virtual.get(path, "text"), m)
        if (of.key in hidden_columns(owner, self.actor)) or (of.cost and "." in path):
            return None
        label = self.window.column_label(path) or of.label
        return Column(path, label, "ref" if of.kind is Kind.ref else of.kind.value, m)

    def may_order_by(self, key: str) -> bool:
        """Is this a column the list may be sorted, filtered and totalled by?"""
        if key in self.window.computed:
            return bool(self.window.computed[key].seen(self.actor) and self.window.computed[key].whole(self.actor))
        of = self.spec.fields.get(key)
        return (
            of is not None
            and key not in self.hidden
            and of.kind is not Kind.words
            and (not of.cost or self.whole_cost)
            and not _partly(of, self.actor)
        )

    def may_filter(self, path: str) -> bool:
        """Is this a column, here or over references, that the list may be filtered by?"""
        if "." not in path:
            return (path == MONTH and bool(self.window.months)) or self.may_order_by(path)
        owner, of = field_at(self.model, path)
        return (
            of is not None
            and not of.cost
            and of.kind is not Kind.words
            and of.key not in hidden_columns(owner, self.actor)
        )

    def _tab(self, args: Mapping[str, Any]) -> Tab | None:
        tabs: list[Tab] = self.window.tabs
        return next((tab for tab in tabs if tab.key == args.get("tab")), tabs[0] if tabs else None)

    def _read(self, args: Mapping[str, Any]) -> Asked:
        get = getattr(args, "getlist", lambda key: [args[key]] if key in args else [])
        sort = str(args.get("sort", ""))[:60]
        if not self.may_order_by(sort.lstrip("-")):
            sort = self.order
        keys = [*self.window.filters, *([MONTH] if self.window.months else [])]
        filters = {
            key: clean for key in keys if (clean := [v for v in get(key) if v and _clean(v)]) and self.may_filter(key)
        }
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
        found = [
            condition
            for key, values in self.asked.filters.items()
            if (condition := self._equal(key, values)) is not None
        ]
        if self.asked.q and self.window.search:
            like = f"%{_escaped(self.asked.q)}%"
            found.append(
                or_(
                    *(
                        matches(self.model, path, like)
                        for path in searchable(self.model, self.window.search, self.actor)
                    )
                )
            )
        return found

    def _equal(self, key: str, values: Iterable[str]) -> ColumnElement[bool] | None:
        if key == MONTH:
            column = getattr(self.model, self.window.months)
            days = [dt.date.fromisoformat(f"{value}-01") for value in values if _MONTH.match(value)]
            return or_(*(column.between(day, clock.last_day(clock.month_of(day))) for day in days)) if days else None
        _owner, of = field_at(self.model, key)
        if of is None:
            return None
        parsed: list[Any] = []
        for value in values:
            try:
                parsed.append(of.parse(value))
            except ValueError:
                continue
        return at(self.model, key, lambda column: column.in_(parsed)) if parsed else None

    def narrowed(self, statement: Select[Any]) -> Select[Any]:
        """`statement` over the model, narrowed to what the actor may see and asked for."""
        statement = visible(statement, self.model, self.actor)
        return statement.where(*self.conditions(), *self._standing(self.tab))

    def _standing(self, tab: Tab | None) -> list[ColumnElement[bool]]:
        """What holds for the window and a tab of it whatever is asked for."""
        own = self.window.narrow(self.actor)
        return [condition for condition in (own, tab.rows() if tab and tab.rows else None) if condition is not None]

    def counts(self) -> tuple[int, dict[str, int]]:
        """(rows of this list, rows under each tab), capped at COUNT_CAP + 1; one statement."""

        def capped(statement: Select[Any]) -> Any:
            return select(func.count()).select_from(statement.limit(COUNT_CAP + 1).subquery()).scalar_subquery()

        tabs: list[Tab] = self.window.tabs
        visible_ids = visible(select(self.model.id), self.model, self.actor)
        under = [capped(visible_ids.where(*self._standing(tab))) for tab in tabs]
        here, *rest = db.session.execute(select(capped(self.narrowed(select(self.model.id))), *under)).one()
        return here, {tab.key: count for tab, count in zip(tabs, rest, strict=True)}

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """In the order asked for; id breaks ties so that pages neither repeat nor lose a row."""
        key = self.asked.sort.lstrip("-")
        descending = self.asked.sort.startswith("-")
        computed = self.window.computed.get(key)
        column = computed.value(self.actor) if computed else order_column(self.model, key)
        ordered = column.desc() if descending else column.asc()
        statement = statement.order_by(ordered.nulls_last() if computed else ordered)
        return statement.order_by(self.model.id.desc() if descending else self.model.id)

    def rows(self) -> Sequence[Any]:
        """This page's rows with everything that its cells show."""
        computed = {
            column.key: self.window.computed[column.key]
            for column in self.columns
            if column.key in self.window.computed
        }
        values = [one.value(self.actor).label(f"beside_{key}") for key, one in computed.items()]
        statement = self.ordered(self.narrowed(select(self.model, *values)))
        statement = statement.options(
            *eager(self.model, [column.key for column in self.columns]), *self.window.options()
        )
        statement = statement.limit(self.asked.size).offset((self.asked.page - 1) * self.asked.size)
        found = db.session.execute(statement).unique().all()
        self.beside = {row[0].id: dict(zip(computed, row[1:], strict=True)) for row in found}
        return [row[0] for row in found]

    def totals(self) -> dict[str, Decimal]:
        """Sums of the declared money columns over the whole filter, where no row's figure is hidden."""
        declared = self.window.totals if self.tab is None or self.tab.totals is None else self.tab.totals
        keys = [key for key in declared if self.may_order_by(key)]
        if not keys:
            return {}
        computed = self.window.computed
        values = [computed[key].value(self.actor) if key in computed else getattr(self.model, key) for key in keys]
        inner = self.narrowed(select(*(value.label(key) for key, value in zip(keys, values, strict=True)))).subquery()
        sums = db.session.execute(select(*(func.sum(column) for column in inner.c))).one()
        return {key: value if value is not None else money.ZERO for key, value in zip(keys, sums, strict=True)}

    # addresses
    def url(self, **changes: Any) -> str:
        """This list's address with changes; a None takes a part away, any change but `page` starts on page one."""
        state: dict[str, Any] = {
            "tab": self.tab.key if self.tab else None,
            "q": self.asked.q,
            **self.asked.filters,
            "sort": self.asked.sort,
            "size": self.asked.size,
            "page": self.asked.page,
        }
        state |= {"page": 1} | changes
        default = {
            "tab": self.window.tabs[0].key if self.window.tabs else None,
            "q": "",
            "sort": self.order,
            "size": SIZES[0],
            "page": 1,
        }
        pairs = [(key, value) for key, value in state.items() if value not in (None, [], default.get(key))]
        query = urlencode(
            [(key, one) for key, value in pairs for one in (value if isinstance(value, list) else [value])]
        )
        return f"{self.window.url}?{query}" if query else self.window.url

    def bare_url(self) -> str:
        """This list, this tab, nothing asked for."""
        return self.url(q="", **dict.fromkeys(self.asked.filters))

    def tab_url(self, tab: Tab) -> str:
        """Another tab with the same question, in its own order."""
        state = {
            "tab": tab.key if tab is not self.window.tabs[0] else None,
            "q": self.asked.q or None,
            **self.asked.filters,
        }
        query = urlencode(
            [
                (key, one)
                for key, value in state.items()
                if value is not None
                for one in (value if isinstance(value, list) else [value])
            ]
        )
        return f"{self.window.url}?{query}" if query else self.window.url

    # the view
    def view(self) -> dict[str, Any]:
        """What the template list.html shows."""
        rows, (count, under) = self.rows(), self.counts()
        totals = self.totals() if rows else {}
        pages = max(1, -(-count // self.asked.size)) if count <= COUNT_CAP else None
        more = len(rows) == self.asked.size and (pages is None or self.asked.page < pages)
        return {
            "title": self.window.title,
            "kind": self.window.kind,
            "count_text": _("%(count)s 条", count=_capped(count)),
            "can_new": self.window.can_new(self.actor),
            "new_url": self.window.url + "new",
            "new_label": self.window.new_label,
            "q": self.asked.q,
            "search_hint": self.window.search_hint or _("查找"),
            "clear_url": self.bare_url() if self.asked.q or self.asked.filters else None,
            "tabs": [
                {
                    "label": tab.label,
                    "url": self.tab_url(tab),
                    "on": tab is self.tab,
                    "count": _capped(under[tab.key]),
                    "hot": tab.hot and under[tab.key] > 0,
                }
                for tab in self.window.tabs
            ],
            "hidden": [
                *([("tab", self.tab.key)] if self.tab else []),
                ("sort", self.asked.sort),
                ("size", self.asked.size),
                ("q", self.asked.q),
            ]
            + [(key, value) for key, values in self.asked.filters.items() for value in values],
            "chips": self._chips(),
            "columns": [self._head(column) for column in self.columns],
            "rows": [self._row(row) for row in rows],
            "totals": [self._total(key, value) for key, value in totals.items()],
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
                "action_url": self.bare_url(),
                "action_label": _("清除筛选"),
            }
        if self.tab is not None and self.tab is not self.window.tabs[0]:
            return {"title": _("“%(tab)s”里没有记录", tab=self.tab.label), "icon": self.window.icon}
        return {
            "title": _("还没有%(what)s", what=self.window.title),
            "text": self.window.empty_text,
            "icon": self.window.icon,
        }

    def _head(self, column: Column) -> dict[str, Any]:
        sortable = self.may_order_by(column.key)
        current = self.asked.sort.lstrip("-") == column.key
        descending = self.asked.sort.startswith("-")
        return {
            "key": column.key,
            "label": column.label,
            "num": column.num,
            "kind": column.kind,
            "m": column.m,
            "sort_url": self.url(sort=f"-{column.key}" if current and not descending else column.key)
            if sortable
            else None,
            "dir": ("descending" if descending else "ascending") if current and sortable else None,
            "long": column.key in self.window.long,
        }

    def _total(self, key: str, value: Decimal) -> dict[str, Any]:
        computed = self.window.computed.get(key)
        label = computed.label if computed else self.spec.fields[key].label
        return {"key": key, "label": label, "text": computed.total(value) if computed else money.shown(value)}

    # chips
    def _chips(self) -> list[dict[str, Any]]:
        keys = [key for key in self.window.filters if self.may_filter(key)]
        offers = self._offers([key for key in keys if self._named_target(key) is not None])
        chips = [self._chip(key, offers.get(key)) for key in keys]
        return [
            *([self._months()] if self.window.months else []),
            *(chip for chip in chips if chip["values"] or chip["active"]),
        ]

    def _chip(self, key: str, offered: list[dict[str, Any]] | None) -> dict[str, Any]:
        chosen = self.asked.filters.get(key, [])
        of = field_of(self.model, key)
        values = offered if offered is not None else self._options(key, of, chosen)
        return self._chip_view(key, self.window.column_label(key) or of.label, values)

    def _chip_view(self, key: str, label: Any, values: list[dict[str, Any]]) -> dict[str, Any]:
        names = "、".join(str(value["label"]) for value in values if value["on"])
        active = key in self.asked.filters
        return {
            "key": key,
            "label": label,
            "text": f"{label}：{names}" if active else str(label),
            "active": active,
            "clear_url": self.url(**{key: None}),
            "values": values,
        }

    def _months(self) -> dict[str, Any]:
        """The last twelve months, and whichever the address names."""
        chosen = [value for value in self.asked.filters.get(MONTH, []) if _MONTH.match(value)]
        day = clock.today().replace(day=1)
        months = []
        for _one in range(12):
            months.append(clock.month_of(day))
            day = (day - dt.timedelta(days=1)).replace(day=1)
        values = sorted({*months, *chosen}, reverse=True)
        return self._chip_view(
            MONTH, _("月份"), [{"value": value, "label": value, "on": value in chosen} for value in values]
        )

    def _named_target(self, key: str) -> type[Any] | None:
        """The table a chip offers rows of, where their name alone tells them."""
        _owner, of = field_at(self.model, key)
        target = of.target if of is not None and of.choices is None else None
        return target if target is not None and hasattr(target, "name") and not loads(target) else None

    def _offers(self, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
        """What the chips over tables of names offer, all of them in one statement."""
        if not keys:
            return {}
        parts = []
        for key in keys:
            target = field_of(self.model, key).target
            if target is None:
                continue
            where = target.id.in_(self.used(key)) | target.id.in_(_ids(self.asked.filters.get(key, [])))
            position = getattr(target, "position", literal(0)).label("position")
            part = select(literal(key).label("key"), target.id.label("id"), target.name.label("name"), position)
            parts.append(select(part.where(where).limit(MOST_OPTIONS).subquery()))
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
        for row in sorted(db.session.execute(union_all(*parts)), key=lambda row: (row.position, row.name)):
            found[row.key].append(
                {"value": str(row.id), "label": row.name, "on": str(row.id) in self.asked.filters.get(row.key, [])}
            )
        return found

    def _options(self, key: str, of: Field, chosen: list[str]) -> list[dict[str, Any]]:
        if of.choices is not None:
            return [
                {"value": word.value, "label": word.label, "on": word.value in chosen}
                for word in self.window.words(key) or of.choices
            ]
        if of.kind is Kind.bool:
            return [
                {"value": value, "label": label, "on": value in chosen}
                for value, label in (("1", _("是")), ("0", _("否")))
            ]
        target: Any = of.target
        statement = select(target).where(or_(target.id.in_(self.used(key)), target.id.in_(_ids(chosen))))
        rows = db.session.scalars(statement.options(*loads(target)).limit(MOST_OPTIONS)).unique().all()
        return [{"value": str(row.id), "label": describe(row).label, "on": str(row.id) in chosen} for row in rows]

    def used(self, path: str) -> Select[Any]:
        """Ids that stand at the end of a path in rows that the actor may see: what its chip may offer."""
        first, *steps = path.split(".")
        found = self.narrowed_without(
            f"{first}_id" if steps else first, select(getattr(self.model, f"{first}_id" if steps else first))
        )
        owner = self.model
        for at_step, step in enumerate(steps):
            owner = owner.__mapper__.relationships[path.split(".")[at_step]].mapper.class_
            column = getattr(owner, step if at_step == len(steps) - 1 else f"{step}_id")
            found = select(column).where(owner.id.in_(found), column.is_not(None))
        return found.distinct()

    def narrowed_without(self, key: str, statement: Select[Any]) -> Select[Any]:
        """Rows of this tab that the actor may see, whatever the filter."""
        return visible(statement, self.model, self.actor).where(
            getattr(self.model, key).is_not(None), *self._standing(self.tab)
        )

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
        if column.key in self.window.computed:
            return self.window.computed[column.key].cell(row, self.beside[row.id][column.key], self.actor)  # type: ignore[no-any-return]  # the window is Any
        custom = self.window.cell(row, column.key, self.actor)
        if custom is not None:
            return custom  # type: ignore[no-any-return]
        if column.key == "state" and isinstance(row, Document):
            label, tone = state_face(row)
            return {"text": label, "kind": "badge", "tone": tone}
        _owner, of = field_at(self.model, column.key)
        if of is not None and of.cost and not sees_cost(self.actor, row):
            return {"text": "", "kind": "text"}
        return cell(follow(row, column.key), of, row, self.actor)


# ── cells ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def cell(value: Any, of: Field | None, row: Any, actor: Actor) -> dict[str, Any]:
    """One value as the list's cell: text with the kind that aligns and colours it."""
    if value is None or value == "":
        return {"text": "", "kind": "text"}
    if of is not None and of.key in ("mobile", "id_number") and isinstance(row, Party) and masks(actor, row):
        return {"text": identity.masked(value), "kind": "text"}
    for kind, write in CELLS:
        if isinstance(value, kind):
            return write(value, of)
    return {"text": str(value), "kind": "text"}


def _word(value: Word, _of: Field | None) -> dict[str, Any]:
    marked = value.tone != "grey" or isinstance(value, State | VehicleStatus | PeriodState)
    return {"text": value.label, "kind": "badge" if marked else "text", "tone": value.tone if marked else ""}


def _decimal(value: Decimal, of: Field | None) -> dict[str, Any]:
    rate = of is not None and of.kind is Kind.decimal
    return {"text": f"{value * 100:.4g}%" if rate else money.shown(value), "kind": "text" if rate else "money"}


def _int(value: int, of: Field | None) -> dict[str, Any]:
    return {"text": f"{value:,}" if of is not None and of.key != "model_year" else str(value), "kind": "text"}


def _row_cell(value: Base, _of: Field | None) -> dict[str, Any]:
    described = describe(value)
    return {
        "text": described.label,
        "kind": "text",
        "sub": described.hint if described.show_hint else "",
        "title": described.label,
    }


def _text(value: str, of: Field | None) -> dict[str, Any]:
    key = of.key if of is not None else ""
    if key == "plate":
        return {"text": shown_plate(value), "kind": "plate"}
    return {"text": value, "kind": "vin" if key == "vin" else "text"} | (
        {"strong": True} if key in ("number", "code", "stock_no") else {}
    )


CELLS: list[tuple[type[Any], Callable[[Any, Field | None], dict[str, Any]]]] = [
    (Word, _word),
    (bool, lambda value, _of: {"text": _("是") if value else _("否"), "kind": "text"}),
    (Decimal, _decimal),
    (int, _int),
    (dt.datetime, lambda value, _of: {"text": f"{clock.local(value):%Y-%m-%d %H:%M}", "kind": "date"}),
    (dt.date, lambda value, _of: {"text": value.isoformat(), "kind": "date"}),
    (Base, _row_cell),
    (list, lambda value, _of: {"text": "、".join(str(one.role.label) for one in value), "kind": "text"}),
    (str, _text),
]
"""How a value of each type is written; the first that fits (a word is text, a truth a number, a moment a day)."""


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


def field_of(model: type[Any], path: str) -> Field:
    """The field that a path ends at. KeyError: there is none."""
    _owner, of = field_at(model, path)
    if of is None:
        raise KeyError(path)
    return of


def searchable(model: type[Any], paths: Iterable[str], actor: Actor) -> list[str]:
    """Those of a search's paths at whose end the actor sees every value whole: what is masked cannot be guessed by searching."""
    found = []
    for path in paths:
        owner, of = field_at(model, path)
        if of is None or not (of.cost or of.key in hidden_columns(owner, actor) or _partly(of, actor)):
            found.append(path)
    return found


def _partly(of: Field, actor: Actor) -> bool:
    return of.masked and not sees_contacts(actor)


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
    return at(model, path, lambda column: column.ilike(like, escape="\\"))


def at(model: type[Any], path: str, test: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """`test` of the column that a path ends at, over references by EXISTS."""
    head, _sep, rest = path.partition(".")
    attribute = getattr(model, head)
    if isinstance(attribute.property, RelationshipProperty):
        condition = at(attribute.property.mapper.class_, rest, test)
        return attribute.any(condition) if attribute.property.uselist else attribute.has(condition)  # type: ignore[no-any-return]
    return test(attribute)


def order_column(model: type[Any], key: str) -> Any:
    """What to order by: a reference by the name it shows, everything else by itself."""
    column = getattr(model, key)
    of = spec(model).fields.get(key)
    if of is not None and of.kind is Kind.ref and of.target is not None:
        named = (
            getattr(of.target, "name", None)
            or getattr(of.target, "number", None)
            or getattr(of.target, "stock_no", None)
        )
        if named is not None:
            return select(named).where(of.target.id == column).correlate(model).scalar_subquery()
    return column


# ── what was typed into the address ──────────────────────────────────────────────────────────────────────────────────
def _number(raw: Any, default: int) -> int:
    found = whole(raw)
    return default if found is None else found


def _ids(values: Iterable[str]) -> list[int]:
    return [pk for value in values if (pk := whole(value)) is not None]


def _capped(count: int) -> Any:
    return count if count <= COUNT_CAP else f"{COUNT_CAP}+"


def _clean(text: str) -> bool:
    return len(text) <= 100 and storable(text)


def _searchable(raw: Any) -> str:
    text = str(raw or "").strip()[:60]
    return text if _clean(text) else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
