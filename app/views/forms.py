"""Forms from the one specification: a WTForms class per table (lines are FieldList(FormField), by id) and what templates show.

WTForms reads what was posted; `fields.read` turns it into typed values, the same call that serves the API; nothing typed
is lost: a refused form shows every text as it was typed, with its errors beside it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app import clock, identity, labels, money
from app.columns import Base
from app.errors import Problem
from app.extensions import db
from app.fields import Field, Kind, Spec, spec, whole
from app.memo import once
from app.models import Party
from app.queries import Actor, hidden_columns, masks, sees_cost
from app.views.named import describe, loads
from app.workflows.records import pick_reach

UNITS = {"km": _l("公里"), "ml": "mL"}
PICK_ONLY = {"open_item"}
_PLAIN_AMOUNT = re.compile(r"[0-9]{4,11}\.[0-9]{2}")


class Typed(wtforms.Field):
    """One input: `data` is the text as typed (a list for several words)."""

    def __init__(self, of: Field, **options: Any) -> None:
        super().__init__(label=of.label, **options)
        self.of = of

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Several values: ticked words, or a tick box with its hidden partner (which comes last and is empty)."""
        if self.of.kind is Kind.words:
            self.data: Any = [value for value in valuelist if value]
        else:
            self.data = next((value for value in valuelist if value), "") if valuelist else None


class LineForm(wtforms.Form):
    """Base of line forms; `id` names the line that is changed."""

    id = wtforms.StringField()


@once
def form_class(model: type[Base]) -> type[FlaskForm]:
    """The form of a table: an input per editable column, line grids by name, embedded rows as forms within."""
    of = spec(model)
    members: dict[str, Any] = {key: Typed(field) for key, field in of.editable.items()}
    members |= {
        name: wtforms.FieldList(wtforms.FormField(_line_class(line.model)), max_entries=500)
        for name, line in of.lines.items()
    }
    members |= {name: wtforms.FormField(_line_class(inner.model)) for name, inner in of.embedded.values()}
    return type(
        f"{model.__name__}Form", (FlaskForm,), {**members, "Meta": type("Meta", (FlaskForm.Meta,), {"csrf": False})}
    )


@once
def _line_class(model: type[Base]) -> type[wtforms.Form]:
    return type(
        f"{model.__name__}Form", (LineForm,), {key: Typed(field) for key, field in spec(model).editable.items()}
    )


def posted(model: type[Base], formdata: MultiDict[str, str]) -> dict[str, Any]:
    """What was posted, as `fields.read` takes it: only inputs that were there; lines without any text are left out."""
    form = form_class(model)(formdata=_safe(formdata))
    of = spec(model)
    raw = {key: form[key].data for key in of.editable if key in formdata}
    for name, line in of.lines.items():
        if any(key.startswith(f"{name}-") for key in formdata):
            raw[name] = [row for entry in form[name].entries if (row := _row(entry.form, line, entry.name, formdata))]
    for name, inner in of.embedded.values():
        if any(key.startswith(f"{name}-") for key in formdata):
            raw[name] = {key: form[name].form[key].data for key in inner.editable if f"{name}-{key}" in formdata}
    return raw


def _row(form: Any, line: Spec, prefix: str, formdata: Mapping[str, str]) -> dict[str, Any]:
    row = {key: form[key].data for key in line.editable if f"{prefix}-{key}" in formdata}
    typed = {key: value for key, value in row.items() if value and not _as_given(line.editable[key], value)}
    if form["id"].data:
        row["id"] = form["id"].data
    return row if typed or row.get("id") else {}


def _as_given(of: Field, value: Any) -> bool:
    """Does an input of a new line still say what it said from the start? Then nobody has typed it."""
    return of.kind is Kind.enum or (of.default is not None and value == text_of(of.default, of))


def _safe(formdata: MultiDict[str, str]) -> MultiDict[str, str]:
    """Names that no input of ours has are dropped: FieldList would make rows of them, or stumble over `lines-²-debit`."""
    return MultiDict((key, value) for key, value in formdata.items(multi=True) if len(key) < 80 and key.isascii())


# ── what templates show ──────────────────────────────────────────────────────────────────────────────────────────────
class Faces:
    """Field views for one row and one actor: typed text first, else the row's value; errors by path.

    `prefix` keeps the ids of a dialog's inputs apart from those of the page it opens over.
    """

    def __init__(
        self,
        model: type[Base],
        row: Any,
        actor: Actor,
        *,
        raw: Mapping[str, Any] | None = None,
        problems: Iterable[Problem] = (),
        prefix: str = "",
    ) -> None:
        self.model, self.row, self.actor, self.raw, self.prefix = model, row, actor, raw, prefix
        self.spec = spec(model)
        self.errors: dict[str, list[str]] = {}
        for path, message in problems:
            self.errors.setdefault(path, []).append(message)
        self._names: dict[tuple[type[Base], int], Any] = {}

    def field(self, key: str, *, editable: bool = True, **more: Any) -> dict[str, Any] | None:
        """The view of a column (`vehicle.vin` for one of an embedded row); None where the actor may not see it."""
        inner, _dot, last = key.rpartition(".")
        of_spec = next(s for name, s in self.spec.embedded.values() if name == inner) if inner else self.spec
        row = getattr(self.row, inner, None) if inner and self.row is not None else self.row
        raw = (self.raw or {}).get(inner) or {} if inner else self.raw
        return self.face(
            of_spec,
            last,
            row,
            raw if isinstance(raw, Mapping) else {},
            name=key.replace(".", "-"),
            path=key,
            editable=editable,
            more=more,
        )

    def face(
        self,
        of_spec: Spec,
        key: str,
        row: Any,
        raw: Mapping[str, Any] | None,
        *,
        name: str,
        path: str,
        editable: bool,
        more: dict[str, Any],
    ) -> dict[str, Any] | None:
        of = of_spec.fields[key]
        if key in hidden_columns(of_spec.model, self.actor) or (
            of.cost and self.row is not None and self.row.id and not sees_cost(self.actor, self.row)
        ):
            return None
        kept = getattr(row, key, None) if row is not None else None
        if kept is None and (row is None or row.id is None) and of.default is not None:
            kept = of.default
        value = raw[key] if raw and key in raw else text_of(kept, of)
        masked = (
            of.key in ("mobile", "id_number") and isinstance(row, Party) and kept is not None and masks(self.actor, row)
        )
        view: dict[str, Any] = {
            "name": name,
            "id": self.prefix + name,
            "label": of.label,
            "kind": of.kind.value,
            "value": identity.masked(kept) if masked else grouped(value, of),
            "required": of.required,
            "readonly": not editable or of.system or masked,
            "error": self.errors.get(path, []),
            "wide": "wide" if of.kind is Kind.textarea else "",
            "unit": UNITS.get(of.unit or ""),
            "maxlength": of.max_length,
            "vin": key == "vin",
            "text": None if editable else identity.masked(kept) if masked else shown(kept, of),
        }
        if of.choices is not None:
            view["choices"] = [(word.value, word.label) for word in of.choices]
        if of.kind is Kind.ref and of.target is not None:
            view |= self._reference(of.target, value, row, key)
        return view | more

    def _reference(self, model: type[Base], value: Any, row: Any, key: str) -> dict[str, Any]:
        from app.views.base import page_of

        target = self._target(model, value, row, key)
        described = describe(target) if target is not None else None
        return {
            "value": value if target is not None else "",
            "value_label": described.label if described else "",
            "value_hint": described.hint if described else "",
            "link": page_of(target, self.actor) if target is not None else None,
            "picker_url": f"/pick/{model.__tablename__}",
        } | creation(model, self.actor)

    def _target(self, target: type[Base], value: Any, row: Any, key: str) -> Any:
        pk = whole(value)
        if not pk:
            return None
        name = key.removesuffix("_id")
        if (
            row is not None
            and str(getattr(row, key, None)) == str(value)
            and name in type(row).__mapper__.relationships
        ):
            loaded = getattr(row, name)
            if loaded is not None:
                return loaded
        wanted = target, pk
        if wanted not in self._names:
            self._names[wanted] = self._named(target, pk)
        return self._names[wanted]

    def _named(self, target: type[Base], pk: int) -> Any:
        """A row that this person may name; of any other not even what it is called is shown."""
        statement = select(target).where(target.id == pk).options(*loads(target))
        reach = pick_reach(target, self.actor)
        return db.session.scalars(statement if reach is None else statement.where(reach)).one_or_none()

    def grid(self, name: str, keys: Iterable[str], *, editable: bool = True, title: str = "") -> dict[str, Any]:
        """The view of a line grid: columns, the rows as typed or kept, and the blank row that 增一行 copies."""
        line = self.spec.lines[name]
        hidden = hidden_columns(line.model, self.actor)
        gate = self.row is not None and self.row.id and not sees_cost(self.actor, self.row)
        shown_keys = [key for key in keys if key not in hidden and not (gate and line.fields[key].cost)]
        kept = {kept.id: kept for kept in (getattr(self.row, name) if self.row is not None else [])}
        if self.raw is not None and isinstance(self.raw.get(name), list):
            pairs = [(raw, kept.get(whole(raw.get("id")) or 0)) for raw in self.raw[name]]
        else:
            pairs = (
                [(None, one) for one in kept.values()]
                if kept
                else [(None, one) for one in (getattr(self.row, name) if self.row is not None else [])]
            )
        columns = [
            {
                "key": key,
                "label": line.fields[key].label,
                "kind": line.fields[key].kind.value,
                "num": line.fields[key].kind in (Kind.money, Kind.int),
                "required": line.fields[key].required,
                **({"sum": ""} if line.fields[key].kind is Kind.money else {}),
            }
            for key in shown_keys
        ]
        rows = [
            {
                "id": (raw or {}).get("id") or (one.id if one is not None else None),
                "fields": {
                    key: self.line_face(line, key, one, raw, name=name, at=str(i), editable=editable)
                    for key in shown_keys
                },
                "errors": self.errors.get(f"{name}.{i}", []),
            }
            for i, (raw, one) in enumerate(pairs)
        ]
        blank = {
            "id": None,
            "fields": {
                key: self.line_face(line, key, None, {}, name=name, at="__i__", editable=editable) for key in shown_keys
            },
        }
        return {
            "name": name,
            "title": title,
            "columns": columns,
            "rows": rows,
            "blank": blank,
            "can_add": editable,
            "readonly": not editable,
        }

    def line_face(
        self, line: Spec, key: str, row: Any, raw: Mapping[str, Any] | None, *, name: str, at: str, editable: bool
    ) -> dict[str, Any] | None:
        """The view of one cell of a line grid; `at` is its line's place."""
        return self.face(
            line,
            key,
            row,
            raw,
            name=f"{name}-{at}-{key}",
            path=f"{name}.{at}.{key}",
            editable=editable,
            more={"means": False},
        )

    def blank_line(self, name: str, keys: Iterable[str], at: int) -> dict[str, Any]:
        """One more empty line of a grid, at its place: what a new paper starts with."""
        line = self.spec.lines[name]
        faces = {key: self.line_face(line, key, None, {}, name=name, at=str(at), editable=True) for key in keys}
        return {"id": None, "fields": faces, "errors": []}

    def summary(self, order: Iterable[str] = ()) -> list[dict[str, str]]:
        """Every error with its label and anchor, for the banner on top, in the page's order of fields and grids."""
        places = {key: place for place, key in enumerate(order)}

        def place(path: str) -> int:
            head = path.split(".", maxsplit=1)[0]
            return places.get(path, places.get(head, len(places))) if path else -1

        return [
            {
                "label": self.label_of(path),
                "text": message.removesuffix("。"),
                "anchor": self.prefix + path.replace(".", "-") if path else "",
            }
            for path, messages in sorted(self.errors.items(), key=lambda error: place(error[0]))
            for message in messages
        ]

    def label_of(self, path: str) -> str:
        """What a path of a problem is called: `费用 第 2 行 金额`."""
        head, *rest = path.split(".")
        if not path or path == "reason":
            return _("原因") if path else ""
        if head in self.spec.lines and rest:
            line = self.spec.lines[head]
            label = line.fields[rest[1]].label if len(rest) > 1 and rest[1] in line.fields else ""
            row = int(rest[0]) + 1 if rest[0].isdigit() else rest[0]
            return f"{labels.column(self.model.__tablename__, head)} {_('第 %(n)s 行', n=row)} {label}".strip()
        embedded = dict(self.spec.embedded.values())
        if head in embedded and rest:
            return str(embedded[head].fields[rest[0]].label) if rest[0] in embedded[head].fields else head
        of = self.spec.fields.get(head)
        return str(of.label) if of is not None else str(labels.COLUMNS.get(head, ""))


def text_of(value: Any, of: Field | None = None) -> Any:
    """A value as an input holds it."""
    match value:
        case None | False:
            found: Any = ""
        case True:
            found = "1"
        case Decimal():
            rate = of is not None and of.kind is Kind.decimal
            found = f"{(value * 100).normalize():f}%" if rate else money.plain(value)
        case list():
            found = [one.role.value if hasattr(one, "role") else str(one) for one in value]
        case _:
            found = str(value)
    return found


def grouped(value: Any, of: Field) -> Any:
    """An amount or a mileage as it stands in an input once it is kept: `86,000.00`, `52,000`; what is half typed stays."""
    if of.kind is Kind.money and isinstance(value, str) and _PLAIN_AMOUNT.fullmatch(value):
        return f"{Decimal(value):,.2f}"
    if of.unit == "km" and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return f"{int(value):,}"
    return value


def shown(value: Any, of: Field) -> str | None:
    """A value as it is read; None where the template knows better (references, words)."""
    if value is None or of.kind in (Kind.ref, Kind.words, Kind.enum, Kind.bool):
        return None
    if isinstance(value, dt.datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if of.kind is Kind.money:
        return money.shown(value)
    if of.kind is Kind.decimal:
        return f"{value * 100:.4g}%"
    if of.kind is Kind.int and of.key != "model_year":
        return f"{value:,}"
    return str(value)


def creation(target: type[Base], actor: Actor) -> dict[str, Any]:
    """May what is missing be created in place, and where."""
    from app.views.base import WINDOWS

    window = WINDOWS.get(target.__tablename__)
    if window is None or not window.creates_in_place or not window.can_new(actor):
        return {}
    return {"can_create": True, "create_url": f"{window.url}new?in=dialog"}
