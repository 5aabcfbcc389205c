"""What bites in the framework below us, each with a proof that it does not bite here.

Rights, rows and tokens of the API have tests of their own (tests/test_api_security.py); who is who, tests/test_users.py.
"""

import contextlib
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, assoc_permissionview_role, assoc_user_role
from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url

from app.columns import Base
from app.database import READ_ONLY, StrayCommit, unit_of_work
from app.enums import State
from app.errors import WrongState
from app.extensions import db
from app.models import Audit, Brand, Login, Purchase, Sale
from app.views.base import WINDOWS
from app.views.lists import Listing
from app.workflows import users
from tests import make
from tests.conftest import log_in, new_app, new_database
from tests.people import PASSWORD
from tests.yard import Yard, full_yard, windows

Client = Callable[[str | None], FlaskClient]

CANARY = "45123.67"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Yard]]:
    """The application as it is served: a SQLite file of its own, CSRF on, commits that stay; three log-ins a minute."""
    url, drop = new_database("sqlite", tmp_path_factory.mktemp("db"))
    limits = {"AUTH_RATE_LIMITED": True, "AUTH_RATE_LIMIT": "3 per minute", "RATELIMIT_ENABLED": True}
    application = new_app(
        url, tmp_path_factory.mktemp("home"), WTF_CSRF_ENABLED=True, SESSION_COOKIE_SECURE=True, **limits
    )
    with application.app_context():
        yard = full_yard()
        with unit_of_work():
            db.session.add_all([Brand(name=f"品牌{n}号", initial="P") for n in range(8)])
        db.session.remove()
    yield application, yard
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    drop()


def sitting(application: Flask, username: str) -> FlaskClient:
    """A browser of somebody who is logged in."""
    browser = application.test_client()
    with application.app_context():
        log_in(browser, username)
        db.session.remove()
    return browser


# ── shared state ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
def test_eight_people_at_once_get_each_their_own_filter(real: tuple[Flask, Yard]) -> None:
    """The framework keeps filters on the view, where all threads share them: 2–3 % of the answers were somebody else's."""
    application, _yard = real
    wrong: list[str] = []

    def look(n: int) -> None:
        browser = sitting(application, "boss")
        for turn in range(200):
            url = f"/brand/?q=品牌{n}号" if turn % 2 else f"/api/v1/brand/?name=品牌{n}号"
            seen = set(re.findall(r"品牌(\d)号", browser.get(url).get_data(as_text=True)))
            if seen != {str(n)}:
                wrong.append(f"{url}: {sorted(seen)}")

    threads = [threading.Thread(target=look, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_one_s_rights_do_not_stay_for_the_next_one(as_: Client) -> None:
    assert as_("boss").get("/purchase/").status_code == 200
    assert as_("sales").get("/purchase/").status_code == 403
    assert as_(None).get("/purchase/").status_code == 302
    assert as_("boss").get("/purchase/").status_code == 200


# ── hidden columns ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def three(app: Flask) -> list[Purchase]:
    """Three purchases of the first store, the dearest in the middle."""
    return [
        make.purchase(price=price, dated_on=f"2026-11-0{n}")
        for n, price in enumerate(("30000.00", CANARY, "20000.00"), 1)
    ]


def order_of(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"SC2611-\d{4}", text)))


def test_a_list_is_not_sorted_or_filtered_by_a_cost_one_may_not_see(as_: Client, three: list[Purchase]) -> None:
    boss, storekeeper = as_("boss"), as_("storekeeper")
    assert order_of(boss.get("/purchase/?sort=price").text) == [three[n].number for n in (2, 0, 1)]
    assert order_of(boss.get("/purchase/?sort=-price").text) == [three[n].number for n in (1, 0, 2)]
    for browser in (storekeeper, as_("appraiser")):
        plain = browser.get("/purchase/")
        for query in (
            "sort=price",
            "sort=-price",
            f"price={CANARY}",
            "sort=vehicle.secret",
            "sort=seller.mobile",
            f"q={CANARY}",
        ):
            answer = browser.get(f"/purchase/?{query}")
            assert answer.status_code == plain.status_code, query
            if not query.startswith("q="):
                assert order_of(answer.text) == order_of(plain.text), query
            assert CANARY not in answer.text.replace(f'value="{CANARY}"', "")


def test_the_framework_s_own_words_of_the_address_mean_nothing(as_: Client, three: list[Purchase]) -> None:
    boss = as_("boss")
    plain = order_of(boss.get("/purchase/").text)
    for query in (
        "_oc_PurchaseWindow=price&_od_PurchaseWindow=asc",
        "_flt_0_price=30000",
        "_flt_9_x=1",
        "psize_PurchaseWindow=100000",
        "page_PurchaseWindow=-1",
    ):
        answer = boss.get(f"/purchase/?{query}")
        assert (answer.status_code, order_of(answer.text)) == (200, plain), query


@pytest.mark.parametrize("kind", sorted(windows()))
def test_a_list_orders_and_filters_by_nothing_hidden(app: Flask, actor: Any, kind: str) -> None:
    window = WINDOWS[kind]
    for name in ("sales", "workshop", "storekeeper", "readonly", "admin"):
        listing = Listing(window, actor(name), {})
        for column in window.model.__table__.columns:
            if column.key in listing.hidden:
                assert not listing.may_order_by(column.key), (name, column.key)
                assert not listing.may_filter(column.key), (name, column.key)
                assert column.key not in [one.key for one in listing.columns], (name, column.key)


# ── approved papers ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_door_changes_or_deletes_an_approved_paper(as_: Client) -> None:
    paper = make.approved(make.purchase(price=CANARY), "buyer")
    browser, before = as_("buyer"), row_of(paper)
    assert browser.post(f"/purchase/{paper.id}", data={"price": "1", "version": str(paper.version)}).status_code == 409
    assert browser.put(f"/api/v1/purchase/{paper.id}", json={"price": "1", "version": paper.version}).status_code == 409
    for method, url in (
        ("POST", f"/purchase/{paper.id}/delete"),
        ("DELETE", f"/api/v1/purchase/{paper.id}"),
        ("POST", f"/purchase/delete/{paper.id}"),
    ):
        assert browser.open(url, method=method).status_code in (404, 405), url
    with pytest.raises(WrongState), unit_of_work():
        db.session.get_one(Purchase, paper.id).price = make.yuan("1")
    with pytest.raises(Exception, match="append-only"), unit_of_work():
        db.session.execute(Purchase.__table__.delete().where(Purchase.id == paper.id))
    assert row_of(paper) == before


def row_of(row: Base) -> dict[str, Any]:
    """The row as the database has it."""
    db.session.expire_all()
    table = type(row).__table__
    return dict(db.session.execute(select(table).where(table.c.id == row.id)).mappings().one())


def test_a_state_cannot_be_typed(as_: Client) -> None:
    paper = make.purchase()
    typed = {
        "state": "approved",
        "number": "SC9999-0001",
        "revision": "7",
        "approved_at": "2026-01-01",
        "created_by_id": "1",
        "fees_into_cost": "",
    }
    answer = as_("buyer").post(f"/purchase/{paper.id}", data={"note": "改", "version": str(paper.version), **typed})
    assert answer.status_code == 302, "what is no input of the form is not read"
    kept = row_of(paper)
    assert (kept["state"], kept["number"], kept["revision"], kept["approved_at"], kept["note"]) == (
        State.draft,
        paper.number,
        1,
        None,
        "改",
    )
    assert (
        as_("buyer")
        .put(f"/api/v1/purchase/{paper.id}", json={"state": "approved", "version": kept["version"]})
        .status_code
        == 422
    )
    assert row_of(paper)["state"] is State.draft


# ── another store ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_paper_is_neither_made_in_nor_moved_to_another_store(as_: Client) -> None:
    west, paper = str(make.store("城西店")), make.purchase()
    browser = as_("buyer")
    typed = {
        "dated_on": "2026-11-07",
        "seller_id": str(make.somebody("刘强", "buyer").id),
        "warehouse_id": str(make.warehouse()),
        "mileage_km": "1",
        "price": "1",
    }
    typed |= {f"vehicle-{key}": str(value) for key, value in make.car().items()}
    made = browser.post("/purchase/new", data=typed | {"store_id": west})
    assert made.status_code == 422
    moved = browser.post(f"/purchase/{paper.id}", data={"store_id": west, "version": str(paper.version)})
    assert moved.status_code == 422
    assert db.session.scalars(select(Purchase.id)).all() == [paper.id]
    assert row_of(paper)["store_id"] == make.store()


# ── what was typed ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_name_taken_meanwhile_is_told_at_its_field_and_nothing_typed_is_lost(as_: Client) -> None:
    """Nobody looks whether a name is free: the database tells, even when somebody saved it a moment ago."""
    with unit_of_work():
        db.session.add(Brand(name="竞速"))
    answer = as_("boss").post("/brand/new", data={"name": "竞速", "initial": "J"})
    assert answer.status_code == 422
    assert 'value="竞速"' in answer.text
    assert 'value="J"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    for raw in ("UNIQUE", "INSERT", "sqlite3", "psycopg", "uq_brand", "Traceback"):
        assert raw not in answer.text
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "竞速")) == 1


def test_a_fault_on_the_way_writes_nothing_at_all(as_: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The framework answers 302 and commits half of it when something fails after its own `add`."""

    def dies(*_all: object, **_more: object) -> None:
        raise RuntimeError("the line went dead")

    monkeypatch.setattr("app.audit.record", dies)
    before = db.session.scalar(select(func.count(Brand.id)))
    answer = as_("boss").post("/brand/new", data={"name": "半途", "initial": "B"})
    assert answer.status_code == 500
    assert "the line went dead" not in answer.text
    assert db.session.scalar(select(func.count(Brand.id))) == before


# ── commits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_commits_outside_a_unit_of_work_is_refused(app: Flask) -> None:
    db.session.add(Brand(name="野生"))
    with pytest.raises(StrayCommit):
        db.session.commit()
    db.session.rollback()
    db.session.add(Brand(name="野生"))
    db.session.flush()
    with pytest.raises(StrayCommit):
        db.session.commit()
    db.session.rollback()
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "野生")) == 0


def test_the_framework_s_own_saving_is_refused(app: Flask) -> None:
    datamodel = WINDOWS["brand"].datamodel
    with contextlib.suppress(StrayCommit):
        assert not datamodel.add(Brand(name="框架存的"))
    db.session.rollback()
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "框架存的")) == 0


def test_units_of_work_do_not_nest(app: Flask) -> None:
    with pytest.raises(StrayCommit), unit_of_work(), unit_of_work():
        pass


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────
SILLY = [
    "page=-1", "page=0", "page=abc", "page=1e9", "page=99999999999999999999", "page=", "size=abc", "size=-5", "size=1000000", "size=",
    "sort=", "sort=-", "sort=nothing", "sort=--id", "sort=id;drop", "sort=__class__", "sort=store.name", "q=%00", "q=%ff%fe", "q=%25_%5C", "q=" + "x" * 3000,
    "tab=nothing", "tab=", "month=2026-13", "month=", "month=0000-00", "state=", "state=nonsense", "state=%00", "kind=", "kind=%E0%A4%A", "store_id=abc", "store_id=-1",
    "store_id=99999999999999999999", "in=dialog", "in=nothing", "_l_=xx", "_l_=en", "%00=1", "filter[]=1",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(windows()))
def test_no_silly_address_of_a_list_is_a_fault(as_: Client, kind: str) -> None:
    who = "accountant" if kind in ("manual_entry", "period", "journal_entry") else "boss"
    browser = as_(who)
    plain = browser.get(WINDOWS[kind].url, follow_redirects=True)
    for query in SILLY:
        answer = browser.get(f"{WINDOWS[kind].url}?{query}", follow_redirects=True)
        assert answer.status_code == plain.status_code, query


@pytest.mark.parametrize("query", SILLY)
def test_no_silly_address_of_any_other_page_is_a_fault(app: Flask, as_: Client, query: str) -> None:
    pages = {
        "admin": ("/user/", "/setting/", "/rights/"),
        "accountant": (
            "/",
            "/ledger/",
            "/ledger/journal",
            "/money/",
            "/period/",
            "/pick/open_item",
            "/purchase/new",
            "/settlement/new",
        ),
        "boss": ("/search", "/audit/", "/pick/party", "/pick/holding", "/sale/new"),
    }
    for who, urls in pages.items():
        browser = as_(who)
        for url in urls:
            answer = browser.get(f"{url}?{query}")
            assert answer.status_code < 500, (who, url)
            assert answer.status_code != 403, (who, url)


# ── reading never writes ─────────────────────────────────────────────────────────────────────────────────────────────
def database_file(application: Flask) -> Path:
    """The SQLite file of an application."""
    return Path(make_url(application.config["SQLALCHEMY_DATABASE_URI"]).database or "")


def test_looking_at_anything_writes_nothing(real: tuple[Flask, Yard]) -> None:
    """On a file of its own every GET runs with query_only: a write, even of a month asked for first, would be a fault."""
    application, yard = real
    onlooker = sqlite3.connect(database_file(application))
    version = onlooker.execute("PRAGMA data_version").fetchone()
    for name in ("boss", "accountant", "admin"):
        browser = sitting(application, name)
        for rule in application.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in (
                "static",
                "appbuilder.static",
                "AuthView.language",
            ):
                answer = browser.get(yard.url(application, rule))
                assert answer.status_code < 500, (name, rule.rule)
    for url in (
        "/period/",
        "/period/2026-12/close",
        "/ledger/?month=2026-12",
        "/ledger/?on=2027-05-05",
        "/api/v1/ledger/trial_balance?on=2026-06-30",
    ):
        assert sitting(application, "accountant").get(url).status_code < 500, url
    assert onlooker.execute("PRAGMA data_version").fetchone() == version
    onlooker.close()


def test_a_page_that_tried_to_write_while_reading_would_fail(
    real: tuple[Flask, Yard], monkeypatch: pytest.MonkeyPatch
) -> None:
    application, _yard = real

    def writes() -> str:
        with unit_of_work():
            db.session.add(Brand(name="偷写的"))
        return "written"

    monkeypatch.setitem(application.view_functions, "BrandWindow.list", writes)
    assert sitting(application, "boss").get("/brand/").status_code == 500
    with application.app_context():
        assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "偷写的")) == 0
        db.session.remove()
    assert READ_ONLY.get() is False, "the test's own context is untouched"


# ── log-in ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_strangers_have_no_rights_and_the_almighty_role_is_nobody_s(as_: Client) -> None:
    roles = {role.name: role.id for role in db.session.scalars(select(Role))}
    given = select(func.count()).select_from(assoc_permissionview_role)
    assert db.session.scalar(given.where(assoc_permissionview_role.c.role_id == roles["Public"])) == 0
    held = select(func.count()).select_from(assoc_user_role)
    assert db.session.scalar(held.where(assoc_user_role.c.role_id.in_([roles["Framework"], roles["Public"]]))) == 0
    assert not {"Framework", "Public", "Admin"} & set(users.offered_roles())
    form = as_("admin").get("/user/new").text
    assert 'value="Salesperson"' in form
    for never in ("Framework", "Public", '"Admin"'):
        assert f'value="{never}"' not in form


def test_the_almighty_role_cannot_be_posted_either(as_: Client) -> None:
    pk = db.session.scalars(select(Login.id).where(Login.username == "sales")).one()
    answer = as_("admin").post(f"/user/{pk}", data={"username": "sales", "roles": ["Framework"], "active": "1"})
    assert answer.status_code == 422
    db.session.expire_all()
    assert [role.name for role in db.session.get_one(Login, pk).roles] == ["Salesperson"]


@pytest.mark.parametrize("name", ["boss", "sales_manager", "accountant", "sales", "readonly"])
def test_nobody_else_sets_passwords_ends_sessions_or_gives_roles(as_: Client, name: str) -> None:
    pk = db.session.scalars(select(Login.id).where(Login.username == "admin")).one()
    before = row_of(db.session.get_one(Login, pk))
    for url in (f"/user/{pk}", f"/user/{pk}/password", f"/user/{pk}/end", "/user/new"):
        assert as_(name).post(
            url, data={"username": "admin", "roles": ["Administrator"], "active": "1"}
        ).status_code in (302, 403)
    assert row_of(db.session.get_one(Login, pk)) == before


def test_changing_one_s_password_ends_all_other_sessions_and_tokens(as_: Client) -> None:
    here, there, phone = as_("sales"), as_("sales"), as_(None)
    token = phone.post("/api/v1/security/login", json={"username": "sales", "password": PASSWORD}).get_json()[
        "access_token"
    ]
    header = {"Authorization": f"Bearer {token}"}
    assert phone.get("/api/v1/sale/", headers=header).status_code == 200
    changed = here.post(
        "/password/", data={"old": PASSWORD, "new": "ein-ganz-neues-wort", "again": "ein-ganz-neues-wort"}
    )
    assert changed.status_code == 302
    assert here.get("/sale/").status_code == 200, "the one who changed it goes on"
    assert there.get("/sale/").headers["Location"].startswith("/login/")
    assert phone.get("/api/v1/sale/", headers=header).status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "///evil.example", "/\t/evil.example", "/\n/evil.example",
     "/\r\n//evil.example", "javascript:alert(1)", " //evil.example", "/%0a//evil.example", "https:/evil.example", "evil.example", "/\x00/evil.example", "data:text/html,x"],
)  # fmt: skip
def test_logging_in_never_leads_off_the_site(as_: Client, wanted: str) -> None:
    answer = as_(None).post("/login/", data={"username": "sales", "password": PASSWORD, "next": wanted})
    assert answer.status_code == 302
    where = answer.headers["Location"]
    assert where.startswith("/"), where
    assert not re.match(r"^/[\s\\]*[/\\]", where), where
    assert "evil" not in where.partition("?")[0].split("/")[1] if where != "/" else True


def test_logging_in_leads_where_one_was_going_and_keeps_the_language(as_: Client) -> None:
    stranger = as_(None)
    gate = stranger.get("/sale/?month=2026-11")
    assert (
        stranger.get("/lang/en", headers={"Referer": f"http://localhost{gate.headers['Location']}"}).headers["Location"]
        == gate.headers["Location"]
    )
    page = stranger.get(gate.headers["Location"]).text
    assert '<html lang="en"' in page
    answer = stranger.post("/login/", data={"username": "sales", "password": PASSWORD, "next": "/sale/?month=2026-11"})
    assert answer.headers["Location"] == "/sale/?month=2026-11"
    assert '<html lang="en"' in stranger.get(answer.headers["Location"]).text
    assert as_(None).get("/lang/xx").status_code == 404


@pytest.mark.parametrize(
    "referer",
    [
        "https://evil.example/sale/",
        "http://localhost//evil.example",
        "http://localhost.evil.example/",
        "nonsense",
        "http://localhost/\\evil.example",
    ],
)
def test_changing_the_language_never_leads_off_the_site(as_: Client, referer: str) -> None:
    where = as_("sales").get("/lang/en", headers={"Referer": referer}).headers["Location"]
    assert where == "/"


def test_a_wrong_name_and_a_wrong_password_look_alike(as_: Client) -> None:
    answers = [as_(None).post("/login/", data={"username": name, "password": "wrong"}) for name in ("sales", "nobody")]
    assert {answer.status_code for answer in answers} == {401}
    texts = [
        re.sub(r'value="(sales|nobody)"|nonce="[^"]*"|content="[^"]*"|value="[^"]*"', "", answer.text)
        for answer in answers
    ]
    assert texts[0] == texts[1]


def forget_tries(application: Flask) -> None:
    """Nobody has tried a password yet."""
    for limiter in application.extensions["limiter"]:
        limiter.reset()


def test_passwords_cannot_be_guessed_at_the_page(real: tuple[Flask, Yard]) -> None:
    application, _yard = real
    forget_tries(application)
    stranger = application.test_client()
    csrf = token_of(stranger.get("/login/", base_url="https://localhost").text)
    guess = {"username": "boss", "password": "guess", "csrf_token": csrf}
    options = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/login/"}}
    for _n in range(3):
        assert stranger.post("/login/", data=guess, **options).status_code == 401
    refused = stranger.post("/login/", data=guess | {"password": PASSWORD}, **options)
    assert refused.status_code == 429
    assert stranger.post("/api/v1/security/login", json={"username": "boss", "password": PASSWORD}).status_code == 429
    forget_tries(application)


# ── forged requests, headers, cookies ────────────────────────────────────────────────────────────────────────────────
def token_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    return found.group(1)


def test_a_form_without_its_token_changes_nothing(real: tuple[Flask, Yard]) -> None:
    application, yard = real
    browser, secure = (
        sitting(application, "boss"),
        {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/"}},
    )
    refused = 0
    with application.app_context():
        before = db.session.scalar(select(func.count(Audit.id)))
    for rule in application.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        answer = browser.post(yard.url(application, rule), data={"name": "伪造", "reason": "伪造"}, **secure)
        assert answer.status_code == 400, rule.rule
        refused += 1
    assert refused > 50
    with application.app_context():
        assert db.session.scalar(select(func.count(Audit.id))) == before
        db.session.remove()


def test_a_genuine_form_is_saved_and_another_site_s_is_not(real: tuple[Flask, Yard]) -> None:
    application, _yard = real
    browser = application.test_client()
    with application.app_context():
        log_in_securely(browser, "boss")
    page = browser.get("/brand/new", base_url="https://localhost")
    data = {"name": "真的", "initial": "Z", "csrf_token": token_of(page.text)}
    stolen = browser.post(
        "/brand/new", data=data, base_url="https://localhost", headers={"Referer": "https://evil.example/"}
    )
    assert stolen.status_code == 400
    saved = browser.post(
        "/brand/new", data=data, base_url="https://localhost", headers={"Referer": "https://localhost/brand/new"}
    )
    assert saved.status_code == 302


def log_in_securely(browser: FlaskClient, username: str) -> None:
    """As `log_in`, for cookies that travel over HTTPS alone."""
    login = db.session.scalars(select(Login).where(Login.username == username)).one()
    with browser.session_transaction(base_url="https://localhost") as session:
        session["_user_id"], session["_fresh"], session["stamp"] = str(login.id), True, login.session_stamp
    db.session.remove()


def test_every_answer_says_that_nothing_leaves_the_house(real: tuple[Flask, Yard]) -> None:
    application, yard = real
    browser = sitting(application, "boss")
    for url in (
        "/",
        "/sale/",
        f"/sale/{yard.ids['sale']}",
        "/sale/new",
        "/nothing",
        "/swagger/v1",
        "/login/",
        "/api/v1/sale/",
        "/static/caryard.css",
        "/user/",
    ):
        answer = browser.get(url)
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'", url
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert (policy["object-src"], policy["base-uri"], policy["form-action"], policy["frame-ancestors"]) == (
            "'none'",
            "'self'",
            "'self'",
            "'none'",
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store", url
            nonce = re.search(r"'nonce-([^']+)'", policy["script-src"])
            scripts = re.findall(r"<script[^>]*>", answer.text)
            assert not scripts or (nonce and all(f'nonce="{nonce.group(1)}"' in script for script in scripts)), url
            assert not re.search(r"\sstyle=|\son\w+=\"", answer.text), url
            assert not re.search(r"(src|href|action)=\"(https?:)?//", answer.text), url
        answer.close()


def test_no_two_answers_share_a_nonce(as_: Client) -> None:
    browser = as_("boss")
    policies = {browser.get("/sale/").headers["Content-Security-Policy"] for _n in range(3)}
    assert len(policies) == 3


def test_the_cookie_is_for_this_site_over_https_and_not_for_scripts(real: tuple[Flask, Yard]) -> None:
    application, _yard = real
    forget_tries(application)
    stranger = application.test_client()
    csrf = token_of(stranger.get("/login/", base_url="https://localhost").text)
    form = {"username": "sales", "password": PASSWORD, "csrf_token": csrf}
    answer = stranger.post(
        "/login/", data=form, base_url="https://localhost", headers={"Referer": "https://localhost/login/"}
    )
    assert answer.status_code == 302
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("caryard_session=")
        for flag in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
            assert flag in cookie
        assert len(cookie) < 1500, "no list of visited pages is kept in it"
    forget_tries(application)


def test_long_addresses_do_not_fill_the_cookie(as_: Client) -> None:
    browser = as_("boss")
    for n in range(12):
        answer = browser.get(f"/sale/?q={'很长的地址' * 60}{n}")
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert len(cookie) < 1500


# ── whole tables ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_form_and_no_list_loads_a_whole_table(as_: Client, statements: Any) -> None:
    """The framework renders related tables into selects, in the search form, too: 38,000 models in each page."""
    with unit_of_work():
        db.session.add_all([Brand(name=f"第{n}个品牌") for n in range(150)])
    browser = as_("boss")
    for url in ("/brand/", "/brand/new", "/maker/new", "/car_model/new", "/party/new", "/sale/new"):
        browser.get(url)  # what is looked up once per process is known now
        with statements() as seen:
            page = browser.get(url)
        assert page.status_code == 200
        assert page.text.count("<option") < 120, url
        assert page.text.count("第149个品牌") <= 1
        assert len(seen) <= 16, (url, len(seen), seen)


@pytest.mark.parametrize("kind", ["sale", "party", "vehicle", "purchase"])
def test_a_longer_list_takes_no_more_statements(as_: Client, statements: Any, kind: str) -> None:
    make.sold()
    browser, url = as_("boss"), WINDOWS[kind].url
    browser.get(url)
    with statements() as few:
        browser.get(url)
    for n in range(3):
        make.sold(make.bought(seller_id=make.party(f"卖家{n}").id), buyer_id=make.somebody(f"买家{n}", "sales").id)
    with statements() as more:
        browser.get(url)
    assert len(more) == len(few), kind
    assert len(more) <= 12, (kind, more)


def test_nothing_is_asked_twice_about_who_asks(as_: Client, statements: Any) -> None:
    browser = as_("boss")
    browser.get("/sale/")
    with statements() as seen:
        browser.get("/sale/")
    rights = [sql for sql in seen if "ab_permission_view" in sql]
    assert len(rights) == 1, "the framework asks for permissions one by one"


def test_the_request_s_own_things_do_not_outlive_it(app: Flask, as_: Client) -> None:
    as_("boss").get("/sale/")
    assert "actor" not in g
    assert not event.contains(db.session, "before_commit", test_units_of_work_do_not_nest)


def test_masked_papers_keep_their_rows_apart(as_: Client) -> None:
    """Sale and vehicle rows of another store: not by list, not by address, not by picker."""
    sale = make.sold()
    browser = as_("sales2")
    assert browser.get(f"/sale/{sale.id}").status_code == 404
    assert sale.number not in browser.get("/sale/").text
    assert "韩梅" not in browser.get("/party/").text
    assert browser.get("/pick/party?q=韩梅").get_json()["results"] == []
    assert db.session.scalar(select(func.count(Sale.id))) == 1
