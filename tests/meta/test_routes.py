"""Every route there is: closed to strangers, whole for every role, and only ours."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app import permissions
from app.extensions import db
from app.models import Audit, Login
from app.queries import may_any
from app.views.base import WINDOWS
from app.views.security import OPEN_ENDPOINTS
from tests import make
from tests.people import ROLE_OF
from tests.yard import Yard, full_yard

Client = Callable[[str | None], FlaskClient]

OURS = {"", "api", "static", "lang", "login", "logout", "password", "pick", "swagger", "search", "rights", "user", "ledger", "money", "period", "setting", "audit"}  # fmt: skip
"""First parts of addresses beside the windows' own."""
ONE_OF_EACH_ROLE = {role: name for name, role in reversed(ROLE_OF.items())}


def routes(app: Flask) -> Iterator[Rule]:
    """Every route but those for static files."""
    return (rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static"))


def test_there_is_nothing_but_what_we_declare(app: Flask) -> None:
    first = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert first - OURS - set(WINDOWS) == set()


@pytest.mark.parametrize(
    "stock",
    ["/users/list/", "/roles/list/", "/permissions/list/", "/viewmenus/list/", "/registeruser/list/", "/userinfo/", "/resetpassword/form",
     "/resetmypassword/form", "/userstatschartview/chart/", "/userinfoeditview/form", "/party/action_post", "/party/action/x/1",
     "/party/list/", "/party/add", "/party/edit/1", "/party/delete/1", "/party/show/1", "/party/download/x", "/sale/1/delete",
     "/api/v1/menu/", "/api/v1/security/users/", "/api/v1/security/roles/", "/api/v1/party/_info", "/openapi/v1/_openapi",
     "/register/form", "/back"],
)  # fmt: skip
def test_the_framework_s_own_doors_are_not_there(app: Flask, as_: Client, stock: str) -> None:
    for browser in (as_("admin"), as_("boss")):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = browser.open(stock, method=method)
            assert answer.status_code in (404, 405, 308), (method, answer.status_code)
            if answer.status_code == 308:  # to the address with a slash, which is ours
                assert browser.open(answer.headers["Location"], method="GET").status_code in (404, 405)


def test_every_route_is_closed_to_strangers(app: Flask, as_: Client) -> None:
    stranger, yard = as_(None), Yard()
    closed = 0
    trail = db.session.scalars(select(Audit.id)).all()
    for rule in routes(app):
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        url = yard.url(app, rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.open(url, method=method, json={} if url.startswith("/api/") else None)
            if url.startswith("/api/"):
                assert (answer.status_code, answer.mimetype) == (401, "application/json"), (method, url)
            else:
                assert answer.status_code == 302, (method, url)
                assert answer.headers["Location"].startswith("/login/"), (method, url)
                assert len(answer.data) < 500, "not a word of the page itself"
            closed += 1
    assert closed > 200, "the walk saw something"
    assert db.session.scalars(select(Audit.id)).all() == trail


def test_what_is_open_to_strangers_can_be_read_aloud(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= OPEN_ENDPOINTS, "an exception for a door that is gone"
    assert len(OPEN_ENDPOINTS) <= 8


@pytest.fixture
def yard(app: Flask) -> Yard:
    return full_yard()


@pytest.mark.parametrize("role", permissions.ROLES)
def test_no_page_is_a_fault_for(app: Flask, as_: Client, yard: Yard, role: str) -> None:
    browser = as_(ONE_OF_EACH_ROLE[role])
    seen: dict[int, int] = {}
    for rule in routes(app):
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/api/", "/lang/")):
            continue
        url = yard.url(app, rule)
        for address in (url, f"{url}?in=dialog"):
            answer = browser.get(address)
            assert answer.status_code in (200, 302, 403, 404, 409), (role, address, answer.status_code)
            assert "Traceback" not in answer.text
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'"), address
    assert seen[200] > 10, "the walk saw something"


@pytest.mark.parametrize("role", permissions.ROLES)
def test_lists_open_for_those_who_may_read_them_and_for_nobody_else(
    app: Flask, as_: Client, yard: Yard, role: str
) -> None:
    browser, who = as_(ONE_OF_EACH_ROLE[role]), make.person(ONE_OF_EACH_ROLE[role])
    for window in WINDOWS.values():
        status = browser.get(window.url, follow_redirects=True).status_code
        assert status == (200 if window.can_open(who) else 403), window.kind
        assert may_any(who, "read", window.model) or status == 403, window.kind
        if "new" in window.include_route_methods:
            status = browser.get(f"{window.url}new").status_code
            assert (status == 200) is window.can_new(who), window.kind


def test_every_role_is_somebody_s(app: Flask) -> None:
    assert set(ONE_OF_EACH_ROLE) == set(permissions.ROLES)
    assert db.session.scalar(select(Login.id).where(Login.username == "boss"))


@pytest.mark.parametrize("name", ["boss", "sales"])
def test_no_address_without_a_row_is_a_fault(app: Flask, as_: Client, name: str) -> None:
    browser = as_(name)
    for rule in routes(app):
        if rule.rule.startswith("/api/") or not rule.arguments or "<int:" not in rule.rule:
            continue
        for pk in (0, 999_999_999, 10**30):
            url = rule.rule.replace("<int:pk>", str(pk)).replace(
                "<any(submit,send_back,approve,unapprove,void):name>", "approve"
            )
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answer = browser.open(url, method=method)
                assert answer.status_code in (403, 404, 302), (method, url, answer.status_code)
