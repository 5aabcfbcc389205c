"""What leaves: rows as JSON, and refusals with `code` and `message`.

Money and rates are decimal strings, days and moments ISO 8601, words their value; a reference is `x_id` and `x: {id, label}`.
What the actor may not see of a row is not in it.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.exceptions import HTTPException

from app import clock, identity, money
from app.columns import Base, Document
from app.enums import Word
from app.errors import Blocked, Blocker, Invalid, Refused, Stale
from app.extensions import db
from app.fields import Field, Kind, Spec, spec
from app.memo import once
from app.models import Employee, Login
from app.queries import Actor, masks, sees_cost, sees_floor
from app.views.lists import eager, relation_of
from app.views.named import describe
from app.workflows import engine

HEAD = ("id", "number", "state", "submitted", "revision", "version", "moves")
"""What the answer of a paper begins with."""


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    """`content` as JSON in UTF-8; nobody keeps a copy."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_words)
    response = Response(
        text.encode("utf-8", "backslashreplace"), status, content_type="application/json; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response


def _words(text: Any) -> str:
    """A text that waits for the reader's language. TypeError for anything else that JSON does not know."""
    if isinstance(text, LazyString):
        return str(text)
    raise TypeError(f"{type(text).__name__} in an answer")


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@once
def shown(model: type[Base]) -> dict[str, Field]:
    """The fields of a row's answer. A line leaves out its order and its paper: it stands in them."""
    fields = spec(model).fields
    papers = {
        column.key
        for relation in model.__mapper__.relationships
        if issubclass(relation.mapper.class_, Document)
        and relation.back_populates in _line_names(relation.mapper.class_)
        for column in relation.local_columns
    }
    return {key: field for key, field in fields.items() if not papers or (key not in papers and key != "position")}


def _line_names(model: type[Base]) -> set[str]:
    return set(spec(model).lines)


@once
def loads(model: type[Base]) -> list[Any]:
    """Loader options so that no answer asks the database row by row."""
    lines = [
        selectinload(getattr(model, name)).options(*eager(line.model, shown(line.model)))
        for name, line in spec(model).lines.items()
    ]
    return [*eager(model, shown(model)), *lines]


def rows_out(rows: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    """Rows of one table as JSON; one statement more, for the names of people."""
    if not rows:
        return []
    of = spec(type(rows[0]))
    stamps = [key for key, field in of.fields.items() if field.target is Login]
    people = names({getattr(row, key) for row in rows for key in stamps})
    return [row_out(of, row, actor, people) for row in rows]


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Log-ins by id, called as the employee they belong to."""
    wanted = {one for one in user_ids if one is not None}
    if not wanted:
        return {}
    statement = select(Login.id, Employee.name, Login.last_name, Login.first_name).outerjoin(
        Employee, Employee.id == Login.employee_id
    )
    return {
        row.id: row.name or f"{row.last_name}{row.first_name}"
        for row in db.session.execute(statement.where(Login.id.in_(wanted)))
    }


def row_out(of: Spec, row: Any, actor: Actor, people: dict[int, str]) -> dict[str, Any]:
    """One row with its lines, as far as the actor may see it."""
    gated = [*of.fields.values(), *(field for line in of.lines.values() for field in line.fields.values())]
    cost = any(field.cost for field in gated) and sees_cost(actor, row)
    found = {"id": row.id, **_fields(row, actor, people, cost=cost)}
    for name, line_spec in of.lines.items():
        lines = getattr(row, name)
        found[name] = [
            {"id": line.id, **_fields(line, actor, people, cost=cost)}
            for line in lines
            if line_spec.model is type(line)
        ]
    if isinstance(row, Document):
        found["submitted"] = row.submitted_at is not None
        found["moves"] = [step.name for step in engine.offered(row, actor)]
        found = {key: found[key] for key in HEAD} | found
    return found


def _fields(row: Any, actor: Actor, people: dict[int, str], *, cost: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, field in shown(type(row)).items():
        if (field.cost and not cost) or (field.floor and not sees_floor(actor)):
            continue
        value = getattr(row, key)
        found[key] = identity.masked(value) if field.masked and value and masks(actor, row) else plain(value, field)
        if field.kind is Kind.ref:
            found[key.removesuffix("_id")] = _named(row, key, field, people)
            if key == "holding_id":
                car = row.holding.vehicle if row.holding else None
                found["vehicle_id"], found["vehicle"] = (car.id, _label(car)) if car else (None, None)
    return found


def _named(row: Any, key: str, field: Field, people: dict[int, str]) -> dict[str, Any] | None:
    value = getattr(row, key)
    if value is None:
        return None
    if field.target is Login:
        return {"id": value, "label": people.get(value, "")}
    relation = relation_of(type(row), key)
    return _label(getattr(row, relation)) if relation else {"id": value, "label": str(value)}


def _label(row: Any) -> dict[str, Any]:
    return {"id": row.id, "label": str(describe(row).label)}


def plain(value: Any, field: Field | None = None) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Word):
        return value.value
    if isinstance(value, Decimal):
        return (
            format(value.normalize(), "f") if field is not None and field.kind is Kind.decimal else money.plain(value)
        )
    if isinstance(value, dt.datetime):
        return clock.local(value).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(one if isinstance(one, Word) else getattr(one, "role", str(one))) for one in value]
    return value


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────
WORDS = {
    400: ("bad_request", _l("请求有误。")),
    401: ("unauthorized", _l("请先登录。")),
    403: ("not_allowed", _l("您没有这项权限。")),
    404: ("not_there", _l("没有这条记录，或者您无权查看。")),
    405: ("wrong_method", _l("这个地址不支持这种请求方法。")),
    413: ("too_large", _l("请求内容太大。")),
    415: ("not_json", _l("请求内容应为 application/json。")),
    429: ("too_many", _l("尝试太频繁，请稍后再试。")),
    500: ("fault", _l("系统出错了，已记录下来。请稍后再试。")),
    503: ("busy", _l("数据库正忙，请稍后再试。")),
}


def refusal(fault: Refused) -> Response:
    """A refusal as JSON: `code`, `message`, and by kind `errors`, `blockers` or `version`."""
    content: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if isinstance(fault, Invalid):
        content["errors"] = [{"field": field[:200], "message": str(message)} for field, message in fault.problems]
    if isinstance(fault, Blocked):
        content["blockers"] = [blocker_out(one) for one in fault.blockers]
    if isinstance(fault, Stale):
        content |= {"version": fault.version, "changed": fault.changed}
    return answer(content, fault.status)


def http_fault(fault: HTTPException) -> Response:
    """What the web server's layer refuses, as JSON."""
    status = fault.code or 500
    if isinstance(fault, CSRFError):
        return answer({"code": "csrf", "message": _("缺少或过期的 X-CSRFToken，请刷新页面再试。")}, 400)
    if fault.response is not None or status < 400:
        return fault.get_response()  # type: ignore[return-value]  # a redirect to the address with its slash
    code, message = WORDS.get(status, ("refused", fault.name))
    headers = {key: value for key, value in fault.get_headers() if key in ("Allow", "Retry-After")}
    if isinstance(fault, RateLimitExceeded) and fault.limit is not None:
        headers["Retry-After"] = str(fault.limit.limit.get_expiry())
    return answer({"code": code, "message": str(message)}, status, **headers)


def is_api() -> bool:
    """Is this request at the API's door?"""
    return request.path.startswith("/api/")


def blocker_out(one: Blocker) -> dict[str, Any]:
    """A paper in the way; `visible` tells whether the actor may open it."""
    return asdict(one)
