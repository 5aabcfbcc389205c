"""What arrives: a JSON object, read strictly. Everything else is a refusal in words, never a fault of the program."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import UnsupportedMediaType

from app.errors import Invalid, NotThere, Problem, Refused
from app.fields import Spec, read, storable
from app.queries import Actor, hidden_columns

MOST_BYTES = 1024 * 1024
"""A paper of 500 lines is a tenth of that."""
MOST_ID = 2**31 - 1
MOST_REASON = 200


class BadJson(Refused):
    """The body is no JSON object."""

    code = "bad_json"
    status = 400


def body() -> dict[str, Any]:
    """The request's JSON object.

    Raises BadJson for anything else: broken text, no UTF-8, NaN, a key given twice, numbers or nesting beyond measure.
    """
    request.max_content_length = MOST_BYTES
    data = request.get_data()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise BadJson(_("请求内容不是有效的 JSON。")) from None
    if not isinstance(found, dict):
        raise BadJson(_("请求内容应为一个 JSON 对象。"))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def number(pk: int) -> int:
    """An id from an address; one that no row can have is not there."""
    if not 0 < pk <= MOST_ID:
        raise NotThere
    return pk


def version(raw: dict[str, Any], problems: list[Problem]) -> int | None:
    """Take `version` out of a body; missing or nonsense is a problem."""
    given = raw.pop("version", None)
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= MOST_ID:
        return given
    problems.append(("version", _("请给出您看到的版本号（整数）。")))
    return None


def reason(raw: dict[str, Any], problems: list[Problem]) -> str:
    """Take `reason` out of a body; whether it is needed is the move's business."""
    given = raw.pop("reason", None)
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > MOST_REASON or not storable(given):
        problems.append(("reason", _("原因应为文字，最多 %(most)s 个字。", most=MOST_REASON)))
        return ""
    return given


def nothing_else(raw: Mapping[str, Any], problems: Iterable[Problem]) -> None:
    """Raise Invalid with `problems` and every key that is left in `raw`."""
    found = [*problems, *((key, _("没有这个字段。")) for key in raw)]
    if found:
        raise Invalid(found)


def values_of(of: Spec, raw: Mapping[str, Any], actor: Actor) -> tuple[dict[str, Any], list[Problem]]:
    """Typed values and all problems; a column that the actor may not see is one that does not exist."""
    hidden = hidden_columns(of.model, actor) | {
        f"{name}.{key}" for name, line in of.lines.items() for key in hidden_columns(line.model, actor)
    }
    problems = [(key, _("没有这个字段，或者不能修改。")) for key in raw if key in hidden]
    values, more = read(of, {key: value for key, value in raw.items() if key not in hidden})
    return values, problems + more


def without_echo(of: Spec, raw: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` without what it merely repeats of an answer: a row may be fetched, changed and sent back whole.

    A read-only key with another value than the row's stays, and is told as a problem.
    """
    found: dict[str, Any] = {}
    for key, value in raw.items():
        if key in of.lines and isinstance(value, list):
            known = {line["id"]: line for line in current.get(key) or ()}
            found[key] = [_line(of.lines[key], line, known) for line in value]
        elif key in of.editable or key not in current or current[key] != value:
            found[key] = value
    return found


def _line(of: Spec, line: Any, known: Mapping[Any, Mapping[str, Any]]) -> Any:
    if not isinstance(line, Mapping) or not isinstance(line.get("id"), int):
        return line
    bare = without_echo(of, {key: value for key, value in line.items() if key != "id"}, known.get(line["id"], {}))
    return {"id": line["id"], **bare}
