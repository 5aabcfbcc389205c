"""The API refuses: by right, by row, by column, by token, and whatever nonsense it is sent. A refusal changes nothing."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import func, select

from app.columns import Document
from app.database import unit_of_work
from app.enums import State
from app.extensions import db
from app.fields import spec
from app.models import Brand, Holding, Login, ManualEntry, Party, Purchase, Sale
from app.queries import may_any
from app.views.api import tables
from app.views.api.resource import methods_of
from tests import make
from tests.conftest import log_in, new_app, new_database
from tests.people import PASSWORD
from tests.yard import example, writer

API = "/api/v1"
Client = Callable[[str | None], Any]
"""The fixture `as_`; answers are Any: `answer.json` is what the test looks into."""

CANARY, CANARY_FEE = "45123.67", "617.89"


@pytest.fixture
def bought(app: Flask) -> Purchase:
    """An approved purchase of the first store whose price nobody can guess."""
    fees = [{"fee_item_id": make.fee("代办费"), "party_id": make.party("过户代办行", "agent").id, "amount": CANARY_FEE}]
    return make.approved(make.purchase(price=CANARY, fees=fees), "buyer")


@pytest.fixture
def draft(app: Flask) -> ManualEntry:
    """A manual entry draft of the accountant."""
    return make.manual_entry()


def stock(purchase: Purchase) -> Holding:
    """The time in stock that a purchase began."""
    assert purchase.holding is not None
    return purchase.holding


def token(browser: Any, username: str, **more: Any) -> dict[str, str]:
    """The header of a person who logs in by the API."""
    answer = browser.post(f"{API}/security/login", json={"username": username, "password": PASSWORD, **more})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


# ── strangers ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_stranger_reads_and_writes_nothing_anywhere(app: Flask, as_: Client) -> None:
    stranger = as_(None)
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint in ("SecurityApi.login", "SecurityApi.refresh"):
            continue
        url = (
            rule.rule.replace("<int:pk>", "1")
            .replace("<any(submit,send_back,approve,unapprove,void):name>", "approve")
            .replace("<any(close,reopen):name>", "close")
        )
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.open(url, method=method, json={})
            assert (answer.status_code, answer.json["code"]) == (401, "unauthorized"), (method, url)


def test_every_refusal_of_the_api_is_json(as_: Client, draft: ManualEntry) -> None:
    boss = as_("boss")
    asked = [
        (404, boss.get("/api/v1/nothing/")),
        (404, boss.get("/api/")),
        (404, boss.get(f"{API}/brand/abc")),
        (404, boss.get(f"{API}/brand/-1")),
        (404, boss.get(f"{API}/brand/0")),
        (404, boss.get(f"{API}/brand/99999999999999999999999")),
        (404, boss.post(f"{API}/manual_entry/{draft.id}/explode", json={"version": 1})),
        (405, boss.patch(f"{API}/brand/")),
        (405, boss.delete(f"{API}/brand/")),
        (
            413,
            boss.post(f"{API}/brand/", data=b'{"name":"' + b"x" * 1_100_000 + b'"}', content_type="application/json"),
        ),
        (415, boss.post(f"{API}/brand/", data={"name": "x"})),
        (415, boss.post(f"{API}/brand/", data="name=x", content_type="text/plain")),
    ]
    for status, answer in asked:
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "application/json"
        assert answer.json["code"]
        assert answer.json["message"]


# ── rights and rows ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_three_people_and_a_purchase(as_: Client, bought: Purchase) -> None:
    url = f"{API}/purchase/{bought.id}"
    body = {"version": bought.version, "reason": "试试"}
    assert as_("buyer").get(url).status_code == 200  # hers
    for verb in ("unapprove", "void"):
        assert as_("buyer2").post(f"{url}/{verb}", json=body).status_code == 404  # another store's
        assert as_("sales").post(f"{url}/{verb}", json=body).status_code == 403  # no right to purchases at all
    assert as_("buyer2").get(url).status_code == 404
    assert as_("sales").get(url).status_code == 403
    assert as_("buyer2").get(f"{API}/purchase/").json == {"count": 0, "result": []}
    assert as_("buyer2").get(f"{API}/purchase/?store_id={make.store()}").json["count"] == 0
    assert as_("buyer2").get(f"{API}/purchase/?id={bought.id}").json["count"] == 0
    assert as_("buyer2").put(url, json={"version": 1, "note": "x"}).status_code == 404
    assert as_("buyer").get(url).json["state"] == "approved"


def test_who_sees_a_paper_but_may_not_change_it_is_told_so(as_: Client, draft: ManualEntry) -> None:
    url = f"{API}/manual_entry/{draft.id}"
    assert as_("boss").get(url).status_code == 200
    for answer in (
        as_("boss").put(url, json={"version": 1, "note": "x"}),
        as_("boss").post(f"{url}/approve", json={"version": 1}),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    assert as_("boss").get(url).json["version"] == 1


def test_a_paper_cannot_be_written_into_another_store(as_: Client) -> None:
    west = make.store("城西店")
    body = {
        "dated_on": "2026-11-07", "seller_id": make.party("刘强").id, "vehicle": make.car(), "warehouse_id": make.warehouse(), "mileage_km": 1000, "price": "1.00",
    }  # fmt: skip
    answer = as_("buyer").post(f"{API}/purchase/", json=body | {"store_id": west})
    assert answer.status_code == 422, answer.text
    assert {one["field"] for one in answer.json["errors"]} & {"store_id", "warehouse_id"}
    assert db.session.scalar(select(func.count(Purchase.id))) == 0
    made = as_("buyer").post(f"{API}/purchase/", json=body)
    assert made.status_code == 201, made.text
    moved = as_("buyer").put(
        f"{API}/purchase/{made.json['id']}", json={"version": made.json["version"], "store_id": west}
    )
    assert moved.status_code == 422
    assert as_("buyer").get(f"{API}/purchase/{made.json['id']}").json["store"]["label"] == "城东店"


def test_a_customer_of_another_store_can_be_neither_seen_nor_named(as_: Client, bought: Purchase) -> None:
    theirs = make.somebody("韩梅", "sales2")
    assert as_("sales").get(f"{API}/party/{theirs.id}").status_code == 404
    body = {
        "vehicle_id": bought.vehicle_id,
        "buyer_id": theirs.id,
        "salesperson_id": make.employee("sales"),
        "price": "58000.00",
        "dated_on": "2026-11-12",
    }
    answer = as_("sales").post(f"{API}/sale/", json=body)
    assert [one["field"] for one in answer.json["errors"]] == ["buyer_id"]
    assert "韩梅" not in answer.text
    assert db.session.scalar(select(func.count(Sale.id))) == 0


def test_the_books_are_closed_to_those_without_the_right(as_: Client, bought: Purchase) -> None:
    for person in ("sales", "buyer", "admin", "workshop"):
        for url in ("trial_balance", f"entries?kind=purchase&document_id={bought.id}"):
            assert as_(person).get(f"{API}/ledger/{url}").status_code == 403, (person, url)
    assert as_("workshop").get(f"{API}/ledger/open_items").status_code == 403


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def everything_read(browser: Any) -> Iterator[tuple[str, str]]:
    """(address, text) of every list and every row that a person is answered, and of the books."""
    for kind in tables():
        answer = browser.get(f"{API}/{kind}/?page_size=200")
        yield kind, answer.text
        for row in answer.json.get("result", ()):
            for url in (
                f"{API}/{kind}/{row['id']}",
                f"{API}/{kind}/{row['id']}/unapprove",
                f"{API}/{kind}/{row['id']}/statement",
            ):
                yield url, browser.get(url).text
                yield url, browser.post(url, json={"version": 0}).text
    for url in (
        "trial_balance",
        "open_items",
        "entries?kind=purchase&document_id=1",
        "entries?kind=sale&document_id=1",
    ):
        yield url, browser.get(f"{API}/ledger/{url}").text


@pytest.mark.parametrize(
    "person",
    ["sales", "workshop", "storekeeper", "aftersales", "readonly", "admin", "sales2", "sales_manager2", "buyer2"],
)
def test_no_answer_tells_a_cost_to_those_who_may_not_see_it(as_: Client, bought: Purchase, person: str) -> None:
    make.sold(stock(bought))
    leaks = [
        url
        for url, text in everything_read(as_(person))
        for figure in (CANARY, "45741.56", CANARY_FEE)
        if figure in text or f"{float(figure):,}" in text
    ]
    assert leaks == []


def test_the_canary_sings_for_those_who_may_hear_it(as_: Client, bought: Purchase) -> None:
    for person in ("boss", "accountant", "buyer"):
        assert any(CANARY in text for _url, text in everything_read(as_(person))), person


@pytest.mark.parametrize("query", ["order=price", "order=-price", f"price={CANARY}", "price=1.00"])
def test_a_cost_that_one_sees_in_part_can_be_neither_sorted_nor_filtered(
    as_: Client, bought: Purchase, query: str
) -> None:
    assert as_("buyer").get(f"{API}/purchase/?{query}").status_code == 200
    with unit_of_work():  # sees all purchases, and the cost of his own store
        give("sales_manager", "Read-only", ("can_read_all", "Purchase"))
    answer = as_("sales_manager").get(f"{API}/purchase/?{query}")
    assert answer.status_code == 422
    assert CANARY not in answer.json["message"].replace("price", "")


@pytest.mark.parametrize("query", ["order=floor", "floor=55000"])
def test_a_floor_price_can_be_neither_read_nor_guessed(as_: Client, bought: Purchase, query: str) -> None:
    paper = make.priced(stock(bought), floor="55111.00")
    assert as_("sales").get(f"{API}/price_change/{paper.id}").json["floor"] == "55111.00"
    shown = as_("readonly").get(f"{API}/price_change/{paper.id}").json
    assert "floor" not in shown
    assert shown["asking"] == "58000.00"
    assert as_("readonly").get(f"{API}/price_change/?{query}").status_code == 422


def test_phones_and_ids_are_masked_for_those_who_need_not_know_them(as_: Client) -> None:
    party = make.somebody("韩梅", "sales")
    with unit_of_work():
        party.mobile, party.id_number = "13957512345", "330602199001011234"
    assert as_("sales").get(f"{API}/party/{party.id}").json["mobile"] == "13957512345"
    for person in ("accountant", "cashier", "readonly"):
        seen = as_(person).get(f"{API}/party/{party.id}").json
        assert seen["mobile"] == "139****2345", person
        assert "19900101" not in seen["id_number"]
        for query in ("mobile=13957512345", "order=mobile", "id_number=330602199001011234", "order=-id_number"):
            assert as_(person).get(f"{API}/party/?{query}").status_code == 422, (person, query)
        assert as_(person).get(f"{API}/party/?q=13957512345").json["count"] == 0


def give(username: str, role: str, right: tuple[str, str]) -> None:
    """Give a person one more role, and that role one more right."""
    from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu

    action = db.session.scalars(select(Permission).where(Permission.name == right[0])).one()
    kind = db.session.scalars(select(ViewMenu).where(ViewMenu.name == right[1])).one()
    pair = db.session.scalars(select(PermissionView).filter_by(permission_id=action.id, view_menu_id=kind.id)).one()
    found = db.session.scalars(select(Role).where(Role.name == role)).one()
    found.permissions.append(pair)
    login = db.session.scalars(select(Login).where(Login.username == username)).one()
    login.roles.append(found)


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_token_opens_the_same_doors_as_the_page(as_: Client, draft: ManualEntry) -> None:
    stranger = as_(None)
    header = token(stranger, "accountant")
    assert (
        stranger.get(f"{API}/manual_entry/{draft.id}", headers=header).json
        == as_("accountant").get(f"{API}/manual_entry/{draft.id}").json
    )
    assert (
        stranger.post(f"{API}/manual_entry/{draft.id}/approve", json={"version": 1}, headers=header).status_code == 200
    )
    assert stranger.get(f"{API}/manual_entry/", headers=token(stranger, "sales")).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "bearer ÿ",
        "Bearer a b c",
    ],
)
def test_a_wrong_token_is_a_stranger_even_beside_a_session(as_: Client, header: str) -> None:
    for browser in (as_(None), as_("boss")):
        answer = browser.get(f"{API}/brand/", headers={"Authorization": header})
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")


def test_a_token_ends_with_the_session_stamp_and_with_the_log_in(as_: Client) -> None:
    stranger = as_(None)
    first = token(stranger, "sales")
    login = db.session.scalars(select(Login).where(Login.username == "sales")).one()
    with unit_of_work():
        login.session_stamp = "renewed"
    assert stranger.get(f"{API}/party/", headers=first).status_code == 401
    second = token(stranger, "sales")
    assert stranger.get(f"{API}/party/", headers=second).status_code == 200
    with unit_of_work():
        login.active = False
    assert stranger.get(f"{API}/party/", headers=second).status_code == 401
    assert stranger.post(f"{API}/security/login", json={"username": "sales", "password": PASSWORD}).status_code == 401


def test_a_refresh_token_gives_a_new_token_and_nothing_else(as_: Client) -> None:
    stranger = as_(None)
    found = stranger.post(
        f"{API}/security/login", json={"username": "sales", "password": PASSWORD, "refresh": True}
    ).json
    refresh = {"Authorization": f"Bearer {found['refresh_token']}"}
    assert stranger.get(f"{API}/party/", headers=refresh).status_code == 401
    renewed = stranger.post(f"{API}/security/refresh", headers=refresh)
    assert (
        stranger.get(f"{API}/party/", headers={"Authorization": f"Bearer {renewed.json['access_token']}"}).status_code
        == 200
    )
    with unit_of_work():
        db.session.scalars(select(Login).where(Login.username == "sales")).one().session_stamp = "renewed"
    assert stranger.post(f"{API}/security/refresh", headers=refresh).status_code == 401
    assert stranger.post(f"{API}/security/refresh").status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "sales", "password": "wrong"}, 401),
        ({"username": "nobody", "password": PASSWORD}, 401),
        ({"username": "sales"}, 422),
        ({"username": "sales\x00", "password": PASSWORD}, 422),
        ({"username": "\ud800", "password": PASSWORD}, 422),
        ({"username": ["sales"], "password": {"$ne": ""}}, 422),
        ({"username": "' or 1=1 --", "password": "' or 1=1 --"}, 401),
        ([], 400),
        ("sales", 400),
    ],
)
def test_a_log_in_that_fails_says_so_and_no_more(as_: Client, body: Any, status: int) -> None:
    answer = as_(None).post(f"{API}/security/login", json=body)
    assert answer.status_code == status, answer.text
    assert "access_token" not in answer.text
    assert answer.json["code"]


def test_who_must_change_the_password_does_that_first(as_: Client) -> None:
    with unit_of_work():
        db.session.scalars(select(Login).where(Login.username == "sales")).one().must_change_password = True
    stranger = as_(None)
    for answer in (as_("sales").get(f"{API}/party/"), stranger.get(f"{API}/party/", headers=token(stranger, "sales"))):
        assert (answer.status_code, answer.json["code"]) == (403, "password")


# ── forged requests and guessed passwords ────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application as it runs: CSRF on, three log-ins a minute."""
    url, drop = new_database("sqlite", tmp_path_factory.mktemp("db"))
    limits = {"AUTH_RATE_LIMITED": True, "AUTH_RATE_LIMIT": "3 per minute", "RATELIMIT_ENABLED": True}
    application = new_app(url, tmp_path_factory.mktemp("home"), WTF_CSRF_ENABLED=True, **limits)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    drop()


def test_a_forged_request_with_a_cookie_changes_nothing(guarded: Flask) -> None:
    browser: Any = guarded.test_client()
    with guarded.app_context():
        log_in(browser, "boss")
    for headers in ({}, {"X-CSRFToken": "guessed"}):
        answer = browser.post(f"{API}/brand/", json={"name": "伪造"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (400, "csrf")
    with guarded.app_context():
        assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "伪造")) == 0
    genuine = {"X-CSRFToken": browser.get(f"{API}/security/csrf_token").json["csrf_token"]}
    assert browser.post(f"{API}/brand/", json={"name": "真的"}, headers=genuine).status_code == 201
    assert browser.get(f"{API}/brand/").json["count"] >= 1


def test_a_bearer_token_alone_needs_no_csrf_token_beside_a_cookie_it_does(guarded: Flask) -> None:
    guarded.extensions["appbuilder"].sm.limiter.reset()
    stranger: Any = guarded.test_client()
    header = token(stranger, "boss")
    assert stranger.post(f"{API}/brand/", json={"name": "令牌"}, headers=header).status_code == 201
    browser: Any = guarded.test_client()
    with guarded.app_context():
        log_in(browser, "boss")
    assert browser.post(f"{API}/brand/", json={"name": "两样"}, headers=header).status_code == 400


@pytest.mark.parametrize("door", ["page", "api"])
def test_passwords_cannot_be_guessed_at_either_door(guarded: Flask, door: str) -> None:
    guarded.extensions["appbuilder"].sm.limiter.reset()
    stranger: Any = guarded.test_client()
    body = {"username": "boss", "password": "guess"}
    for _n in range(3):
        assert stranger.post(f"{API}/security/login", json=body).status_code == 401
    answer = stranger.post(f"{API}/security/login", json=body)
    assert (answer.status_code, answer.json["code"]) == (429, "too_many")
    assert answer.headers["Retry-After"] == "60"
    if door == "page":  # counted together: the other door is shut, too
        guarded.config["WTF_CSRF_ENABLED"] = False
        assert stranger.post("/login/", data=body | {"password": PASSWORD}).status_code == 429
        guarded.config["WTF_CSRF_ENABLED"] = True
    assert stranger.get("/login/").status_code == 200


# ── nonsense ─────────────────────────────────────────────────────────────────────────────────────────────────────────
BODIES = [
    b"", b"null", b"[]", b"7", b'"text"', b"{", b"{'name': 1}", b'{"name": NaN}', b'{"name": Infinity}', b'{"name": -Infinity}', b'{"name": 1e999}',
    b'{"name": "a", "name": "b"}', b'{"name": "\xff\xfe"}', b"\xef\xbb\xbf{}", b'{"name": "a"} trailing', b"[" * 100_000, b'{"a":' * 50_000, b'{"name": ' + b"9" * 5000 + b"}",
    b"\x00", b"<xml/>", b'{"name": "\x01"}',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_json_object_is_refused_in_words(as_: Client, draft: ManualEntry, body: bytes) -> None:
    for method, url in (
        ("POST", "brand/"),
        ("PUT", f"manual_entry/{draft.id}"),
        ("POST", f"manual_entry/{draft.id}/approve"),
        ("POST", "security/login"),
    ):
        answer = as_("accountant" if "manual" in url else "boss").open(
            f"{API}/{url}", method=method, data=body, content_type="application/json"
        )
        assert (answer.status_code, answer.json["code"]) == (400, "bad_json"), (url, answer.text)
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "a")) == 0


NONSENSE: list[Any] = [
    None, "", " ", 0, -1, 1, 2**31, 2**63, 10**30, -(10**30), 0.1, 1e300, True, False, [], {}, [[]], [None], [{}], [1, "x"], {"id": 1}, {"a": {"b": []}},
    "x" * 5000, "<script>alert(1)</script>", "'; DROP TABLE party; --", "\ud800", "a\x00b", "\u202e\u0000", "2026-02-31", "0000-00-00", "9999-12-31", "1e5", "NaN", "sNaN%", "-0", "--5",
    "١٢٣", "²", "%s%n", "../../etc/passwd", "🚗" * 50,
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(set(tables())))
def test_nonsense_in_any_field_is_never_a_fault(as_: Client, kind: str) -> None:
    model = tables()[kind]
    name = writer(model)
    if name is None or not model.__writes__:
        return
    row = example(model)
    browser, of, url = as_(name), spec(model), f"{API}/{kind}/"
    whole = browser.get(f"{url}{row.id}").json if row is not None else {}
    version = whole.get("version", 1)
    good = {key: whole[key] for key in of.editable if key in whole}
    good |= {
        key: [{k: line[k] for k in inner.editable if k in line} for line in whole.get(key, ())]
        for key, inner in of.lines.items()
    }
    fields = [
        *of.editable,
        *of.lines,
        *(alias.key for alias in of.aliases.values()),
        *(name for name, _inner in of.embedded.values()),
    ]
    for turn, value in enumerate(NONSENSE):
        for key in _every_fifth(fields, turn):
            told(browser.post(url, json=good | {key: value}), key, value)
            if row is not None:
                answer = browser.put(f"{url}{row.id}", json={"version": version, key: value})
                told(answer, key, value)
                version = answer.json.get("version", version)
        for key, inner in of.lines.items():
            for field in _every_fifth(["id", *inner.editable], turn):
                line = {**(good[key][0] if good[key] else {}), field: value}
                told(browser.post(url, json=good | {key: [line]}), f"{key}.{field}", value)
        told(browser.post(url, json=dict.fromkeys(fields, value)), "everything", value)
        told(browser.post(url, json={str(value): value}), "a key", value)


def _every_fifth(keys: list[str], turn: int) -> list[str]:
    """Another fifth at each turn: over all values every field gets its share, and the test stays quick."""
    return [key for at, key in enumerate(keys) if at % 5 == turn % 5]


def told(answer: Any, key: str, value: Any) -> None:
    """Neither a fault nor a raw word of the database."""
    assert answer.status_code < 500, (key, value, answer.text)
    assert answer.mimetype == "application/json"
    assert "Traceback" not in answer.text
    assert "sqlite3" not in answer.text
    assert "psycopg" not in answer.text
    if answer.status_code == 422:
        assert (
            all(one["message"] for one in answer.json["errors"]) if "errors" in answer.json else answer.json["message"]
        )


def test_nonsense_in_any_move_is_never_a_fault(as_: Client, draft: ManualEntry) -> None:
    for value in NONSENSE:
        for key in ("version", "reason"):
            told(
                as_("accountant").post(f"{API}/manual_entry/{draft.id}/send_back", json={"version": 1, key: value}),
                key,
                value,
            )
    db.session.expire_all()
    assert db.session.get_one(ManualEntry, draft.id).state is State.draft


def test_nonsense_in_any_address_is_never_a_fault(as_: Client, draft: ManualEntry) -> None:
    for kind, model in tables().items():
        browser = as_(
            next(
                (name for name in ("boss", "accountant", "admin") if may_any(make.person(name), "read", model)), "boss"
            )
        )
        for turn, value in enumerate(NONSENSE[2:]):
            with contextlib.suppress(UnicodeEncodeError):  # a browser cannot send it either
                query = {key: str(value) for key in ("page", "page_size", "order", "q", "id", *spec(model).fields)}
                told(browser.get(f"{API}/{kind}/", query_string=query), kind, value)
                for key in _every_fifth(list(query), turn):
                    told(browser.get(f"{API}/{kind}/", query_string={key: str(value)}), key, value)


def test_no_door_deletes_a_paper_and_every_kind_has_its_moves() -> None:
    for model in tables().values():
        if issubclass(model, Document):
            assert "delete" not in methods_of(model)
            assert {"post", "put", "move", "preview"} <= methods_of(model)


def test_all_tables_of_the_product_that_windows_show_have_a_resource() -> None:
    from app.views.base import WINDOWS

    assert set(WINDOWS) <= set(tables()) | {"ab_user", "setting", "audit", "journal_entry", "open_item"}
    assert Party in tables().values()
    assert Model.metadata.tables.keys() >= set(tables())
