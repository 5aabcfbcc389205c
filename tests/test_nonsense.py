"""Every form is sent nonsense, field by field: never a fault, and what was typed is shown again, harmless.

(The API's is in tests/test_api_security.py.)
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.columns import Base, Document
from app.enums import State
from app.extensions import db
from app.fields import Field, Kind, Spec, spec
from app.models import Login, Party, Settlement
from tests import make
from tests.people import PASSWORD
from tests.yard import example, windows, writer

Client = Callable[[str | None], FlaskClient]

SCRIPT = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
NASTY = ["", "-1", "abc", "99999999999999999999", "2026-02-31", SCRIPT, "a\x00b", "'; DROP TABLE party; --"]
"""Sent into each field alone."""
SILLY = [
    *NASTY, " ", "0", "1e5", "NaN", "-0.001", "0.1234567", "1,234.567", "8.6万", "百分之五", "٢٣", "²", "0000-00-00", "9999-12-31", "1899-01-01", "true", "None", "[]", "{}",
    "x" * 5000, "%s%n%x", "{{7*7}}", "${7*7}", "../../etc/passwd", "\u202e\u2066", "🚗" * 60, "\r\nSet-Cookie: a=b", "=cmd|'/c calc'!A0", "１２３",
]  # fmt: skip
"""Sent into all fields at once."""
ECHOED = {Kind.text, Kind.textarea, Kind.int, Kind.money, Kind.decimal, Kind.date}


def inputs(of: Spec) -> Iterator[tuple[str, Field]]:
    """Every input of a table's form by its name, those of the first line and of what is described within, too."""
    yield from of.editable.items()
    for name, line in of.lines.items():
        yield from ((f"{name}-0-{key}", field) for key, field in line.editable.items())
    for name, inner in of.embedded.values():
        yield from ((f"{name}-{key}", field) for key, field in inner.editable.items())


def told(answer: TestResponse, what: object) -> None:
    """Neither a fault nor a word of the database nor a tag that was typed."""
    assert answer.status_code in (201, 302, 403, 404, 409, 413, 422, 400), (what, answer.status_code)
    text = answer.get_data(as_text=True)
    for raw in ("Traceback", "sqlite3.", "psycopg", "[SQL:", "<script>alert", "<img src=x"):
        assert raw not in text, (what, raw)


def shown_again(answer: TestResponse, of: Spec, name: str, field: Field, value: str) -> None:
    """A refused form still holds what was typed into it."""
    own_table = of.model is Settlement and name.startswith("items-")  # lists the party's open items, whatever was typed
    if answer.status_code != 422 or field.kind not in ECHOED or not value or own_table or not on_page(answer, name):
        return
    kept = value.replace("\x00", "")
    text = answer.get_data(as_text=True)
    assert str(escape(value)) in text or str(escape(kept)) in text, (of.model.__name__, name, value)


def on_page(answer: TestResponse, name: str) -> bool:
    """Does this window's form show the input at all?"""
    return f'name="{name}"' in answer.get_data(as_text=True)


WINDOWS_OF_FORMS = sorted(
    kind
    for kind, window in windows().items()
    if window.model.__writes__ and {"new", "show"} & window.include_route_methods
)


@pytest.fixture(params=WINDOWS_OF_FORMS)
def form(request: pytest.FixtureRequest, as_: Client) -> tuple[FlaskClient, type[Base], Any]:
    """(somebody who may write, the table, a row of it)."""
    model = windows()[request.param].model
    name = writer(model)
    assert name, f"nobody of ours may write {request.param}"
    return as_(name), model, example(model)


def test_nonsense_in_one_field_is_refused_at_it(form: tuple[FlaskClient, type[Base], Any]) -> None:
    browser, model, row = form
    of, window = spec(model), windows()[model.__tablename__]
    good = (
        {key: text for key, field in of.editable.items() if (text := _text(getattr(row, key, None), field)) is not None}
        if row is not None
        else {}
    )
    before = db.session.scalar(select(Party.id).order_by(Party.id.desc()))
    for name, field in inputs(of):
        for value in NASTY:
            answer = browser.post(f"{window.url}new", data={**good, name: value})
            told(answer, (name, value))
            shown_again(answer, of, name, field, value)
            if row is not None:
                answer = browser.post(window.form_url(row), data={name: value, "version": "1"})
                told(answer, (name, value))
                shown_again(answer, of, name, field, value)
    assert before is None or db.session.get(Party, before) is not None
    if isinstance(row, Document):
        db.session.expire_all()
        assert row.state is State.draft


def _text(value: Any, field: Field) -> str | None:
    if value is None or field.kind is Kind.words:
        return None
    return str(int(value)) if isinstance(value, bool) else str(value)


def test_nonsense_in_every_field_at_once_is_refused(form: tuple[FlaskClient, type[Base], Any]) -> None:
    browser, model, row = form
    of, window = spec(model), windows()[model.__tablename__]
    names = dict(inputs(of))
    addresses = [f"{window.url}new", f"{window.url}new?in=dialog", *([window.form_url(row)] if row is not None else [])]
    for value in SILLY:
        for url in addresses:
            answer = browser.post(url, data=dict.fromkeys(names, value))
            told(answer, (url, value))
            for name, field in names.items():
                shown_again(answer, of, name, field, value)
    if window.include_route_methods >= {"totals_door"}:
        for value in SILLY:
            assert browser.post(f"{window.url}totals", data=dict.fromkeys(names, value)).status_code == 200, value


def test_broken_bytes_are_no_fault(form: tuple[FlaskClient, type[Base], Any]) -> None:
    browser, model, row = form
    of, window = spec(model), windows()[model.__tablename__]
    names = [name for name, _field in inputs(of)]
    bodies = {
        "application/x-www-form-urlencoded": b"&".join(f"{name}=".encode() + b"%ff%fe%00%c3%28" for name in names),
        "multipart/form-data; boundary=x": b"".join(
            b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n\xff\xfe\x00\xc3(\r\n'
            for name in names
        )
        + b"--x--\r\n",
        "multipart/form-data; boundary=y": b"--y\r\nContent-Disposition: form-data\r\n\r\n--y",
        "multipart/form-data": b"\xff\xfe",
        "text/plain": b"\xff\xfe\x00",
    }
    for content_type, body in bodies.items():
        for url in (f"{window.url}new", *([window.form_url(row)] if row is not None else [])):
            told(browser.post(url, data=body, content_type=content_type), (url, content_type))


def test_rows_of_another_store_cannot_be_named(as_: Client) -> None:
    """Ids of parties, warehouses and cars that exist, but not for this person."""
    west = {"store_id": make.store("城西店"), "warehouse_id": make.warehouse("城西展厅")}
    theirs = make.party("他店客户", store_id=west["store_id"]).id
    sale = make.sale(make.bought())
    for typed in ({"buyer_id": theirs}, {"store_id": west["store_id"]}):
        answer = as_("sales").post(
            f"/sale/{sale.id}", data={**{key: str(value) for key, value in typed.items()}, "version": str(sale.version)}
        )
        assert answer.status_code == 422, typed
        assert "他店客户" not in answer.text
    purchase = make.purchase()
    for typed in ({"seller_id": theirs}, west):
        answer = as_("buyer").post(
            f"/purchase/{purchase.id}",
            data={**{key: str(value) for key, value in typed.items()}, "version": str(purchase.version)},
        )
        assert answer.status_code == 422, typed
        assert "他店客户" not in answer.text
    db.session.expire_all()
    assert (sale.buyer.name, purchase.seller.name) == ("韩梅", "刘强")
    assert purchase.store_id == make.store()


def test_lines_beyond_reason_are_no_fault(as_: Client) -> None:
    browser = as_("accountant")
    odd = [
        "lines-0-debit",
        "lines-99999999-debit",
        "lines--1-debit",
        "lines-x-debit",
        "lines-0",
        "lines-",
        "lines",
        "lines-0-id",
        "lines-0-nothing",
        "lines-0-lines-0-debit",
        "-0-",
        "lines-٣-debit",
        "lines-²-debit",
    ]
    for name in odd:
        told(browser.post("/manual_entry/new", data={"text": "试", name: "1"}), name)
    told(browser.post("/manual_entry/new", data={f"lines-{n}-debit": "1" for n in range(600)}), "600 lines")
    entry = make.manual_entry()
    other = make.manual_entry()
    for pk in (str(other.lines[0].id), "0", "-5", "abc", "9" * 30):
        answer = browser.post(
            f"/manual_entry/{entry.id}",
            data={
                "version": "1",
                "lines-0-id": pk,
                "lines-0-debit": "5",
                "lines-0-account_id": str(make.account("1002")),
            },
        )
        assert answer.status_code == 422, pk
    db.session.expire_all()
    assert len(other.lines) == 2
    assert len(entry.lines) == 2


@pytest.mark.parametrize("value", SILLY)
def test_nonsense_with_a_move_is_no_fault(as_: Client, value: str) -> None:
    entry = make.manual_entry()
    browser = as_("accountant")
    for move in ("send_back", "unapprove"):
        for data in ({"reason": value}, {"version": value, "reason": "试"}, {"version": value, "reason": value}):
            told(browser.post(f"/manual_entry/{entry.id}/{move}", data=data), (move, data))
    for move, paper in (("void", make.manual_entry()), ("unapprove", make.approved(make.manual_entry(), "accountant"))):
        told(browser.post(f"/manual_entry/{paper.id}/{move}", data={"reason": value}), (move, value))
    for name in ("explode", "approve%00", "APPROVE", "%ff"):
        assert browser.post(f"/manual_entry/{entry.id}/{name}", data={"reason": value}).status_code in (404, 405)
    told(browser.post("/period/2026-01/close", data={"version": value, "reason": value}), "close")
    for month in ("2026-13", "abc", "0000-00", "2026-1", "%00", "99999-01"):
        told(browser.post(f"/period/{month}/reopen", data={"reason": value}), month)
    db.session.expire_all()
    assert entry.state is State.draft


@pytest.mark.parametrize("value", SILLY)
def test_nonsense_in_the_administrator_s_forms_is_no_fault(as_: Client, value: str) -> None:
    browser = as_("admin")
    pk = db.session.scalars(select(Login.id).where(Login.username == "sales")).one()
    keys = ("username", "name", "employee_id", "roles", "active")
    for url in ("/user/new", f"/user/{pk}"):
        answer = browser.post(url, data=dict.fromkeys(keys, value))
        assert answer.status_code == 422, "no value is a role"
        told(answer, (url, value))
    page = browser.get("/setting/").text
    settings = [part.partition('"')[0] for part in page.split('name="')[1:] if part.partition('"')[0].islower()]
    harmless(browser.post("/setting/", data=dict.fromkeys(settings, value)))
    db.session.expire_all()
    assert db.session.get_one(Login, pk).username == "sales"


def harmless(answer: TestResponse) -> None:
    """No fault, and nothing typed became a tag."""
    assert answer.status_code < 500
    assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("value", SILLY)
def test_nonsense_at_the_gate_is_no_fault(as_: Client, value: str) -> None:
    for data in (
        {"username": value, "password": value},
        {"username": "sales", "password": value},
        {"username": value, "password": PASSWORD},
        {"next": value},
    ):
        answer = as_(None).post("/login/", data=data)
        assert answer.status_code == 401, data
        harmless(answer)
    changed = as_("sales").post("/password/", data={"old": value, "new": value, "again": value})
    assert changed.status_code == 422
    assert value == "" or value not in changed.text or len(value) < 6, "no password is shown again"
