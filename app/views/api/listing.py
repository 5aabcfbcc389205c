"""Lists: `page`, `page_size`, `order`, `q` and one equality filter per visible column. Nonsense is told, never guessed at."""

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from werkzeug.datastructures import MultiDict

from app.columns import Base, Document
from app.errors import Invalid, Problem
from app.extensions import db
from app.fields import Field, Kind, spec, storable
from app.queries import Actor, hidden_columns, sees_contacts, sees_cost_of_all, visible
from app.views.api.answers import loads, rows_out, shown
from app.views.api.bodies import MOST_ID
from app.views.base import WINDOWS
from app.views.lists import _escaped, matches, searchable

PAGE_SIZE, MOST_PAGE_SIZE = 25, 200
MOST_PAGE = 1_000_000
OWN = ("page", "page_size", "order", "q")


def listing(model: type[Base], actor: Actor, args: MultiDict[str, str]) -> dict[str, Any]:
    """`{count, result}` of the rows that the actor may see; every problem of the address at once (Invalid)."""
    problems: list[Problem] = []
    columns = askable(model, actor)
    page = whole(args, "page", 0, MOST_PAGE, problems)
    size = whole(args, "page_size", PAGE_SIZE, MOST_PAGE_SIZE, problems, least=1)
    order = _order(model, columns, args, problems)
    conditions = _conditions(model, columns, args, problems)
    conditions += _search(model, actor, args.get("q", ""), problems)
    if problems:
        raise Invalid(problems)
    narrowed = visible(select(model.id), model, actor).where(*conditions)
    count = db.session.scalar(select(func.count()).select_from(narrowed.subquery())) or 0
    statement = visible(select(model), model, actor).where(*conditions).order_by(*order).options(*loads(model))
    rows = db.session.scalars(statement.limit(size).offset(page * size)).unique().all() if count > page * size else ()
    return {"count": count, "result": rows_out(rows, actor)}


def askable(model: type[Base], actor: Actor) -> dict[str, Field]:
    """Columns to sort and filter by: those of which the actor sees every visible row's value."""
    hidden = hidden_columns(model, actor)
    return {
        key: field
        for key, field in shown(model).items()
        if key not in hidden
        and (not field.cost or sees_cost_of_all(actor, model))
        and (not field.masked or sees_contacts(actor))
    }


def whole(
    args: MultiDict[str, str], name: str, default: int, most: int, problems: list[Problem], *, least: int = 0
) -> int:
    """A whole number from the address between `least` and `most`."""
    given = args.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,7}", given) or not least <= int(given) <= most:
        problems.append((name, _("应为 %(least)s 到 %(most)s 的整数。", least=least, most=most)))
        return default
    return int(given)


def _order(
    model: type[Base], columns: dict[str, Field], args: MultiDict[str, str], problems: list[Problem]
) -> list[Any]:
    given = args.get("order", "-id" if issubclass(model, Document) else "id")
    key = given.removeprefix("-")
    if key != "id" and (key not in columns or columns[key].kind is Kind.words):
        problems.append(("order", _("不能按“%(key)s”排序。", key=key[:60])))
        return []
    down = given.startswith("-")
    parts = [getattr(model, key)] if key == "id" else [getattr(model, key), model.id]
    return [part.desc() if down else part.asc() for part in parts]


def _conditions(
    model: type[Base], columns: dict[str, Field], args: MultiDict[str, str], problems: list[Problem]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for key in args:
        if key in OWN:
            continue
        field = columns.get(key)
        if key == "id":
            found.append(model.id.in_(_ids(args.getlist(key), problems)))
        elif field is None or field.kind is Kind.moment:
            problems.append((key, _("不能按“%(key)s”筛选。", key=key[:60])))
        else:
            found += _equal(model, field, args.getlist(key), problems)
    return found


def _ids(given: Iterable[str], problems: list[Problem]) -> list[int]:
    ids = [int(one) for one in given if re.fullmatch(r"[0-9]{1,10}", one) and int(one) <= MOST_ID]
    if len(ids) != len(list(given)):
        problems.append(("id", _("应为整数。")))
    return ids


def _equal(model: type[Base], field: Field, given: list[str], problems: list[Problem]) -> list[ColumnElement[bool]]:
    """Any of the values given; an empty one means "not filled in"."""
    column = getattr(model, field.key)
    try:
        values = [None if one == "" else field.parse(one) for one in given]
    except ValueError as fault:
        problems.append((field.key, str(fault)))
        return []
    if field.kind is Kind.words:
        target = column.property.mapper.class_
        words = [word for value in values for word in value or ()]
        return [column.any(target.role.in_(words))]
    parts = [column.is_(None)] if None in values else []
    return [or_(*parts, column.in_([value for value in values if value is not None]))]


def _search(model: type[Base], actor: Actor, text: str, problems: list[Problem]) -> list[ColumnElement[bool]]:
    text = text.strip()
    if not text:
        return []
    if len(text) > 60 or not storable(text):
        problems.append(("q", _("查找的文字最多 60 个字。")))
        return []
    window = WINDOWS.get(model.__tablename__)
    named = [key for key in ("number", "code", "name") if key in spec(model).fields]
    paths = searchable(model, window.search if window else named, actor)
    if not paths:
        problems.append(("q", _("这里不能查找。")))
        return []
    return [or_(*(matches(model, path, f"%{_escaped(text)}%") for path in paths))]
