"""The OpenAPI 3 document at /api/v1/_openapi, made from the same specifications as the API, and the page that shows it.

Nothing is loaded from the internet: the page's script and style come with the framework.
"""

from typing import Any

from flask import Flask, Response, current_app, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.api import expose as expose_api
from flask_babel import lazy_gettext as _l

from app import labels
from app.columns import Base, Document
from app.enums import Word
from app.fields import Field, Kind, Spec, spec
from app.models import Login
from app.views.api import answers, tables
from app.views.api.books import EXTRAS
from app.views.api.listing import MOST_PAGE, MOST_PAGE_SIZE, PAGE_SIZE
from app.views.api.resource import Api, methods_of
from app.workflows import engine

Schema = dict[str, Any]
VERSION = "v1"

MONEY: Schema = {
    "type": "string",
    "pattern": r"^-?\d+\.\d{2}$",
    "example": "86000.00",
    "description": _l("元，两位小数"),
}
REFERENCE: Schema = {"$ref": "#/components/schemas/Reference"}
VALUES: dict[Kind, Schema] = {
    Kind.text: {"type": "string"},
    Kind.textarea: {"type": "string"},
    Kind.int: {"type": "integer", "minimum": 0, "example": 3},
    Kind.money: MONEY,
    Kind.decimal: {"type": "string", "pattern": r"^0(\.\d{1,5})?$", "example": "0.005"},
    Kind.date: {"type": "string", "format": "date", "example": "2026-11-03"},
    Kind.moment: {"type": "string", "format": "date-time"},
    Kind.bool: {"type": "boolean"},
    Kind.ref: {"type": "integer", "minimum": 1, "example": 1},
}
AMOUNT: Schema = {**MONEY, "nullable": True, "description": _l("元；无权查看时为 null")}


def document() -> dict[str, Any]:
    """The whole document, for everybody alike: it speaks of columns, never of rows."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {**FIXED}
    for name, model in tables().items():
        schemas |= _schemas(model)
        paths |= _paths(name, model)
    paths |= LEDGER_PATHS | SECURITY_PATHS
    return {
        "openapi": "3.0.3",
        "info": {
            "title": current_app.config["APP_NAME"],
            "version": VERSION,
            "description": _l(
                "金额为十进制字符串；日期为 ISO 8601；引用以 x_id 传入，以 x_id 和 x: {id, label} 传出。详见 docs/api.md。"
            ),
        },
        "servers": [{"url": url_for("Docs.openapi").removesuffix("/_openapi")}],
        "security": [{"bearer": []}, {"cookie": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": RESPONSES,
            "parameters": PARAMETERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]},
                "csrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CSRFToken",
                    "description": _l("用 cookie 登录时，POST、PUT、DELETE 需要"),
                },
            },
        },
    }


# ── schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _schemas(model: type[Base]) -> dict[str, Schema]:
    name, found = model.__name__, {}
    for line in spec(model).lines.values():
        found[line.model.__name__] = _object(_out(line.model), str(line.label))
        found[f"{line.model.__name__}In"] = _object(
            {"id": {"type": "integer", "description": _l("给出：改这一行；不给：新增")}, **_in(line)}, str(line.label)
        )
    found[name] = _object(_out(model), str(labels.table(model.__tablename__)))
    if model.__writes__:
        of = spec(model)
        found[f"{name}In"] = (
            {**_object(_in(of), str(of.label)), "required": needed}
            if (needed := _needed(of))
            else _object(_in(of), str(of.label))
        )
        found[f"{name}Change"] = {
            **_object({"version": {"type": "integer"}, **_in(of)}, str(of.label)),
            "required": ["version"],
        }
    return found


def _or_null(schema: Schema) -> Schema:
    """The same, or null; an enum then names null too (OpenAPI 3.0.3)."""
    return {**schema, "nullable": True} | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _object(properties: dict[str, Schema], description: Any) -> Schema:
    return {"type": "object", "description": description, "properties": properties}


def value(field: Field) -> Schema:
    """What a field's value looks like."""
    if field.kind is Kind.words:
        return {"type": "array", "items": _enum(field), "description": str(field.label)}
    found: Schema = {**(_enum(field) if field.kind is Kind.enum else VALUES[field.kind]), "title": str(field.label)}
    if field.max_length:
        found["maxLength"] = field.max_length
    if field.unit:
        found["description"] = field.unit
    if field.default is not None and not field.system:
        found["default"] = answers.plain(field.default, field)
    return found


def _enum(field: Field) -> Schema:
    words: list[Word] = list(field.choices or ())
    return {
        "type": "string",
        "enum": [word.value for word in words],
        "description": "；".join(f"{word.value} {word.label}" for word in words),
    }


def _out(model: type[Base]) -> dict[str, Schema]:
    of = spec(model)
    found: dict[str, Schema] = {"id": {"type": "integer"}}
    if issubclass(model, Document):
        moves = {
            "type": "array",
            "items": {"type": "string", "enum": list(engine.LABELS)},
            "description": _l("您现在可以做的动作"),
        }
        found |= {"submitted": {"type": "boolean"}, "moves": moves}
    for key, field in answers.shown(model).items():
        found[key] = value(field) if field.required or field.default is not None else _or_null(value(field))
        if field.cost or field.floor:
            found[key]["description"] = _l("无权查看时不在答复里")
        if field.kind is Kind.ref:
            found[key.removesuffix("_id")] = REFERENCE
            if key == "holding_id":
                found |= {"vehicle_id": {"type": "integer", "nullable": True}, "vehicle": REFERENCE}
    return found | {name: {"type": "array", "items": _ref(line.model.__name__)} for name, line in of.lines.items()}


def _in(of: Spec) -> dict[str, Schema]:
    found = {key: value(field) if field.required else _or_null(value(field)) for key, field in of.editable.items()}
    for key, alias in of.aliases.items():
        found[alias.key] = {**value(alias), "description": _l("代替 %(key)s", key=key)}
    for key, (name, inner) in of.embedded.items():
        found[name] = {**_object(_in(inner), str(inner.label)), "description": _l("代替 %(key)s", key=key)}
    return found | {
        name: {"type": "array", "items": _ref(f"{line.model.__name__}In"), "maxItems": 500}
        for name, line in of.lines.items()
    }


DEFAULTED = ("dated_on", "store_id", "handler_id", "effective_on", "salesperson_id")
"""Of a paper: today, one's own store, oneself; what a kind's `prepare` fills in."""


def _needed(of: Spec) -> list[str]:
    replaced = {*of.aliases, *of.embedded, *(DEFAULTED if issubclass(of.model, Document) else ())}
    return [key for key, field in of.editable.items() if field.required and key not in replaced]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


NAMED = {"type": "string"}
FIXED: dict[str, Schema] = {
    "Reference": {**_object({"id": {"type": "integer"}, "label": NAMED}, _l("所指的记录及其名称")), "nullable": True},
    "Problem": {
        **_object({"code": NAMED, "message": NAMED}, _l("拒绝：code 供程序用，message 供人看")),
        "required": ["code", "message"],
        "example": {"code": "not_there", "message": _l("没有这条记录，或者您无权查看。")},
    },
    "Invalid": {
        "allOf": [
            _ref("Problem"),
            _object(
                {"errors": {"type": "array", "items": _object({"field": NAMED, "message": NAMED}, _l("字段与问题"))}},
                _l("全部问题一次给出"),
            ),
        ],
        "example": {
            "code": "invalid",
            "message": _l("请填写。"),
            "errors": [{"field": "fees.0.amount", "message": _l("请填写。")}],
        },
    },
    "Blocker": {
        **_object(
            {
                "kind": NAMED,
                "id": {"type": "integer"},
                "number": NAMED,
                "reason": NAMED,
                "visible": {"type": "boolean"},
            },
            _l("挡住的单据"),
        ),
        "example": {
            "kind": "sale",
            "id": 7,
            "number": "XS2611-0001",
            "reason": _l("建立在这张单据上"),
            "visible": True,
        },
    },
    "Conflict": {
        "allOf": [
            _ref("Problem"),
            _object(
                {
                    "blockers": {"type": "array", "items": _ref("Blocker")},
                    "version": {"type": "integer", "description": _l("现在的版本（code: stale）")},
                },
                _l("状态不对、版本过时，或者被后面的单据挡住"),
            ),
        ]
    },
    "Move": {
        **_object(
            {
                "version": {"type": "integer"},
                "reason": {"type": "string", "maxLength": 200, "description": _l("退回、反审核、作废需要")},
            },
            _l("单据动作"),
        ),
        "required": ["version"],
        "example": {"version": 3, "reason": _l("录错金额")},
    },
    "Preview": _object(
        {
            "id": {"type": "integer"},
            "number": NAMED,
            "version": {"type": "integer"},
            "possible": {"type": "boolean"},
            "blockers": {"type": "array", "items": _ref("Blocker")},
            "drafts": {"type": "array", "items": _ref("Blocker")},
            "obstacles": {"type": "array", "items": NAMED},
            "lacking": {"type": "array", "items": NAMED},
            "entry_id": {"type": "integer", "nullable": True},
        },
        _l("反审核之前看：会撤回什么，什么挡着"),
    ),
    "TrialBalance": _object(
        {
            "on": VALUES[Kind.date],
            "closing": NAMED,
            "rows": {"type": "array", "items": _ref("BalanceRow")},
            "totals": _ref("Balances"),
        },
        _l("科目余额表"),
    ),
    "Balances": _object(
        dict.fromkeys(
            ("opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit"), AMOUNT
        ),
        _l("期初、本期、期末"),
    ),
    "BalanceRow": {
        "allOf": [
            _ref("Balances"),
            _object({"account_id": {"type": "integer"}, "number": NAMED, "name": NAMED, "kind": NAMED}, _l("一个科目")),
        ]
    },
    "OpenItem": _object(
        {
            "id": {"type": "integer"},
            "kind": {**NAMED, "description": _l("单据种类")},
            "document_id": {"type": "integer"},
            "number": NAMED,
            "account": NAMED,
            "party_id": {"type": "integer"},
            "party": NAMED,
            "side": {"type": "string", "enum": ["D", "C"], "description": _l("D 对方欠我们；C 我们欠对方")},
            "dated_on": VALUES[Kind.date],
            "due_on": {**VALUES[Kind.date], "nullable": True},
            "amount": AMOUNT,
            "settled": AMOUNT,
            "open": AMOUNT,
        },
        _l("未结项"),
    ),
    "Entry": _object(
        {
            "id": {"type": "integer"},
            "document_kind": NAMED,
            "document_id": {"type": "integer"},
            "number": NAMED,
            "revision": {"type": "integer"},
            "kind": NAMED,
            "dated_on": VALUES[Kind.date],
            "is_red": {"type": "boolean"},
            "withdraws_id": {"type": "integer", "nullable": True},
            "withdrawn_by_id": {"type": "integer", "nullable": True},
            "lines": {
                "type": "array",
                "items": _object(
                    {"account": NAMED, "account_name": NAMED, "debit": AMOUNT, "credit": AMOUNT}, _l("分录")
                ),
            },
        },
        _l("凭证"),
    ),
    "LogIn": {
        **_object(
            {"username": NAMED, "password": {"type": "string", "format": "password"}, "refresh": {"type": "boolean"}},
            _l("登录"),
        ),
        "required": ["username", "password"],
    },
    "Tokens": _object({"access_token": NAMED, "refresh_token": NAMED}, _l("登录凭证")),
}


# ── paths ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _told(description: Any, schema: Schema) -> Schema:
    return {"description": description, "content": _json(schema)}


RESPONSES: dict[str, Any] = {
    "400": _told(_l("不是有效的 JSON"), _ref("Problem")),
    "401": _told(_l("未登录，或登录凭证无效"), _ref("Problem")),
    "403": _told(_l("没有权限"), _ref("Problem")),
    "404": _told(_l("没有，或者无权查看"), _ref("Problem")),
    "409": _told(_l("状态不对、版本过时或被挡住"), _ref("Conflict")),
    "413": _told(_l("内容太大"), _ref("Problem")),
    "415": _told(_l("不是 application/json"), _ref("Problem")),
    "422": _told(_l("内容有误，全部问题一次给出"), _ref("Invalid")),
    "429": _told(_l("登录太频繁"), _ref("Problem")),
}
PARAMETERS: dict[str, Any] = {
    "id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "page": {
        "name": "page",
        "in": "query",
        "description": _l("从 0 开始"),
        "schema": {"type": "integer", "minimum": 0, "maximum": MOST_PAGE, "default": 0},
    },
    "page_size": {
        "name": "page_size",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_PAGE_SIZE, "default": PAGE_SIZE},
    },
    "order": {
        "name": "order",
        "in": "query",
        "description": _l("字段名；前加 - 为倒序"),
        "schema": {"type": "string"},
        "example": "-id",
    },
    "q": {
        "name": "q",
        "in": "query",
        "description": _l("查找编号、名称等"),
        "schema": {"type": "string", "maxLength": 60},
    },
}


def _refusals(*statuses: int) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _query(*names: str) -> list[Schema]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _operation(
    tag: str, name: str, summary: Any, told: Schema, *refusals: int, body: str | None = None, **more: Any
) -> Schema:
    found = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "responses": told | _refusals(401, *refusals),
        **more,
    }
    if body:
        found["requestBody"] = {"required": True, "content": _json(_ref(body))}
        found["responses"] |= _refusals(400, 413, 415, 422)
    return found


def _paths(name: str, model: type[Base]) -> dict[str, Any]:
    """Every path of a table, from the same methods that its resource has."""
    has, title, row = methods_of(model), str(labels.table(name)), {"200": _told(_l("整条记录"), _ref(model.__name__))}
    many = _told(
        _l("一页"),
        _object(
            {"count": {"type": "integer"}, "result": {"type": "array", "items": _ref(model.__name__)}},
            _l("总数与这一页"),
        ),
    )
    whole: Schema = {
        "get": _operation(
            name,
            f"{name}_list",
            _l("%(table)s：列表", table=title),
            {"200": many},
            403,
            422,
            parameters=_query("page", "page_size", "order", "q") + _filters(model),
        )
    }
    one: Schema = {
        "parameters": _query("id"),
        "get": _operation(name, f"{name}_get", _l("%(table)s：一条", table=title), row, 403, 404),
    }
    if "post" in has:
        whole["post"] = _operation(
            name,
            f"{name}_post",
            _l("%(table)s：新增", table=title),
            {"201": row["200"]},
            403,
            body=f"{model.__name__}In",
        )
    if "put" in has:
        one["put"] = _operation(
            name, f"{name}_put", _l("%(table)s：修改", table=title), row, 403, 404, 409, body=f"{model.__name__}Change"
        )
    if "delete" in has:
        version = {"name": "version", "in": "query", "schema": {"type": "integer"}}
        one["delete"] = _operation(
            name,
            f"{name}_delete",
            _l("%(table)s：删除", table=title),
            {"204": {"description": _l("已删除")}},
            403,
            404,
            409,
            422,
            parameters=[version],
        )
    found = {f"/{name}/": whole, f"/{name}/{{id}}": one}
    if "retire" in has:
        found[f"/{name}/{{id}}/retire"] = _post(name, "retire", _l("%(table)s：停用或恢复", table=title), row)
    if issubclass(model, Document):
        found |= {
            f"/{name}/{{id}}/{move}": _post(
                name, move, _l("%(table)s：%(move)s", table=title, move=engine.LABELS[move]), row
            )
            for move in engine.MOVES[model]
        }
        preview = _operation(
            name,
            f"{name}_preview",
            _l("%(table)s：反审核预览", table=title),
            {"200": _told(_l("预览"), _ref("Preview"))},
            403,
            404,
            409,
        )
        found[f"/{name}/{{id}}/unapprove"]["get"] = preview
    for extra in EXTRAS.get(model, ()):
        found |= EXTRA_PATHS[extra.__name__]
    return found


def _post(name: str, verb: str, summary: Any, row: Schema) -> Schema:
    return {
        "parameters": _query("id"),
        "post": _operation(name, f"{name}_{verb}", summary, row, 403, 404, 409, body="Move"),
    }


def _filters(model: type[Base]) -> list[Schema]:
    found = []
    for key, field in answers.shown(model).items():
        if field.kind is not Kind.moment and field.target is not Login:
            schema = value(field)
            found.append(
                {
                    "name": key,
                    "in": "query",
                    "schema": {
                        "type": "array",
                        "items": schema["items"] if field.kind is Kind.words else _bare(schema),
                    },
                }
            )
    return found


def _bare(schema: Schema) -> Schema:
    return {key: one for key, one in schema.items() if key in ("type", "enum", "format", "pattern")}


def _get(tag: str, name: str, summary: Any, schema: Schema, *refusals: int, parameters: list[Schema]) -> Schema:
    return {"get": _operation(tag, name, summary, {"200": _told(summary, schema)}, *refusals, parameters=parameters)}


def _asked(name: str, schema: Schema, description: Any = "", *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


DAY, ID = VALUES[Kind.date], VALUES[Kind.ref]
RESULT_OF_ITEMS = _object({"result": {"type": "array", "items": _ref("OpenItem")}}, _l("未结项"))
LEDGER_PATHS: dict[str, Any] = {
    "/ledger/trial_balance": _get(
        "ledger",
        "trial_balance",
        _l("科目余额表"),
        _ref("TrialBalance"),
        403,
        422,
        parameters=[
            _asked("on", DAY, _l("哪天结束时；不给：今天")),
            _asked("closing", {"type": "string", "enum": ["after", "before"]}, _l("结转之后或之前")),
            _asked("store_id", ID),
        ],
    ),
    "/ledger/open_items": _get(
        "ledger",
        "open_items",
        _l("未结项"),
        RESULT_OF_ITEMS,
        403,
        422,
        parameters=[_asked("party", ID), _asked("on", DAY), _asked("store_id", ID)],
    ),
    "/ledger/entries": _get(
        "ledger",
        "entries",
        _l("一张单据的凭证"),
        _object({"result": {"type": "array", "items": _ref("Entry")}}, _l("凭证")),
        403,
        422,
        parameters=[_asked("kind", NAMED, _l("单据种类"), required=True), _asked("document_id", ID, required=True)],
    ),
}
EXTRA_PATHS: dict[str, dict[str, Any]] = {
    "PartyStatement": {
        "/party/{id}/statement": {
            "parameters": _query("id"),
            **_get(
                "party",
                "party_statement",
                _l("往来对账单"),
                _object(
                    {
                        "party_id": ID,
                        "since": DAY,
                        "until": DAY,
                        "ledger": {"type": "object"},
                        "items": {"type": "array", "items": _ref("OpenItem")},
                        "ageing": {"type": "object"},
                    },
                    _l("对账单"),
                ),
                403,
                404,
                422,
                parameters=[_asked("since", DAY), _asked("until", DAY)],
            ),
        }
    },
    "PeriodMoves": {
        f"/period/{{id}}/{name}": {
            "parameters": _query("id"),
            "post": _operation(
                "period",
                f"period_{name}",
                summary,
                {"200": _told(_l("期间"), _ref("Period"))},
                403,
                404,
                409,
                body="PeriodMove",
            ),
        }
        for name, summary in (("close", _l("结账")), ("reopen", _l("反结账")))
    },
}
FIXED["PeriodMove"] = {
    **_object({"reason": {"type": "string", "maxLength": 200, "description": _l("反结账需要")}}, _l("结账与反结账")),
    "example": {},
}

SECURITY_PATHS: dict[str, Any] = {
    "/security/login": {
        "post": {
            "operationId": "log_in",
            "summary": _l("登录，得到凭证"),
            "tags": ["security"],
            "security": [],
            "requestBody": {"required": True, "content": _json(_ref("LogIn"))},
            "responses": {"200": _told(_l("凭证"), _ref("Tokens")), **_refusals(400, 401, 415, 422, 429)},
        }
    },
    "/security/refresh": {
        "post": {
            "operationId": "refresh",
            "summary": _l("用 refresh_token 换新的 access_token"),
            "tags": ["security"],
            "security": [{"bearer": []}],
            "responses": {"200": _told(_l("凭证"), _ref("Tokens")), **_refusals(401)},
        }
    },
    "/security/csrf_token": {
        "get": _operation(
            "security",
            "csrf_token",
            _l("用 cookie 登录时的 X-CSRFToken"),
            {"200": _told(_l("令牌"), _object({"csrf_token": NAMED}, _l("令牌")))},
        )
    },
}


# ── doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Docs(Api):
    """The document itself."""

    route_base = "/api/v1"

    @expose_api("/_openapi", methods=["GET"])
    def openapi(self) -> Response:
        """The OpenAPI document, for whoever is logged in."""
        return answers.answer(document())


class SwaggerView(BaseView):
    """Swagger UI, from the files that come with the framework."""

    route_base = "/swagger"
    default_view = "show"

    @expose("/v1")
    def show(self) -> Any:
        """The page on which the API can be read and tried."""
        return self.render_template("swagger.html", openapi_uri=url_for("Docs.openapi"))


def register(_app: Flask) -> None:
    """Attach the document and its page."""
    from app.extensions import appbuilder

    appbuilder.add_api(Docs)
    appbuilder.add_view_no_menu(SwaggerView)
