"""Log-ins: who keeps them, what a change ends, and what cannot be done."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from app.audit import Snapshot
from app.errors import Invalid, NotAllowed, NotThere
from app.extensions import db
from app.models import Audit, Employee, Login
from app.queries import SYSTEM, Actor, actor_of
from app.workflows import users
from tests.people import PASSWORD


def login_of(username: str) -> Login:
    return db.session.scalars(select(Login).where(Login.username == username)).one()


def as_saved(login: Login) -> Snapshot:
    return {
        "username": login.username,
        "name": login.first_name,
        "employee_id": login.employee_id,
        "roles": [role.name for role in login.roles],
        "active": login.active,
    }


def problems(refusal: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {field for field, _message in refusal.value.problems}


@pytest.fixture
def newcomer(app: Flask) -> Employee:
    employee = Employee(code="N1", name="沈佳", store_id=db.session.scalars(select(Employee.store_id)).first())
    db.session.add(employee)
    db.session.flush()
    return employee


def test_the_administrator_makes_a_log_in_for_an_employee(
    app: Flask, actor: Callable[[str], Actor], newcomer: Employee
) -> None:
    login = users.save_user(
        None,
        username="shenjia",
        employee_id=newcomer.id,
        roles=["Salesperson", "Appraiser"],
        active=True,
        actor=actor("admin"),
    )
    found = actor_of(login.id)
    assert found is not None
    assert (found.name, found.store_id) == ("沈佳", newcomer.store_id)
    assert set(found.roles) == {"Salesperson", "Appraiser"}
    assert found.may("edit", "Sale")
    assert found.may("edit", "Purchase")
    after: Any = db.session.scalars(select(Audit.after).where(Audit.code == "login.created")).one()
    assert after["roles"] == ["Appraiser", "Salesperson"]


def test_a_new_log_in_has_a_password_that_nobody_knows_until_one_is_given(
    app: Flask, actor: Callable[[str], Actor], newcomer: Employee
) -> None:
    admin = actor("admin")
    login = users.save_user(
        None, username="shenjia", employee_id=newcomer.id, roles=["Cashier"], active=True, actor=admin
    )
    assert not check_password_hash(login.password, "")
    first = users.set_password(login.id, admin)
    assert check_password_hash(login.password, first)
    assert login.must_change_password is True
    assert users.set_password(login.id, admin) != first


@pytest.mark.parametrize("who", ["boss", "accountant", "sales_manager", "sales", "readonly"])
def test_nobody_but_the_administrator_keeps_users(app: Flask, actor: Callable[[str], Actor], who: str) -> None:
    sales, before = login_of("sales"), as_saved(login_of("sales"))
    for attempt in (
        lambda: users.save_user(
            sales.id,
            username="sales",
            employee_id=sales.employee_id,
            roles=["General manager"],
            active=True,
            actor=actor(who),
        ),
        lambda: users.save_user(None, username="another", name="x", roles=["Cashier"], active=True, actor=actor(who)),
        lambda: users.set_password(sales.id, actor(who)),
        lambda: users.deactivate(sales.id, actor(who)),
        lambda: users.end_sessions(sales.id, actor(who)),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert as_saved(login_of("sales")) == before
    assert check_password_hash(sales.password, PASSWORD)


def test_the_framework_s_role_is_neither_offered_nor_given(app: Flask, actor: Callable[[str], Actor]) -> None:
    assert "Framework" not in users.offered_roles()
    sales = login_of("sales")
    for roles in (["Framework"], ["Salesperson", "Framework"], ["Public"], []):
        with pytest.raises(Invalid) as refusal:
            users.save_user(
                sales.id,
                username="sales",
                employee_id=sales.employee_id,
                roles=roles,
                active=True,
                actor=actor("admin"),
            )
        assert problems(refusal) == {"roles"}
    assert [role.name for role in login_of("sales").roles] == ["Salesperson"]


def test_everything_wrong_is_told_at_once(app: Flask, actor: Callable[[str], Actor]) -> None:
    with pytest.raises(Invalid) as refusal:
        users.save_user(None, username="BOSS", name=" ", roles=["Emperor"], active=True, actor=actor("admin"))
    assert problems(refusal) == {"username", "name", "roles"}
    for username in ("", "a", "has blank", "x" * 65, "semi;colon"):
        with pytest.raises(Invalid) as refusal:
            users.save_user(None, username=username, name="x", roles=["Cashier"], active=True, actor=actor("admin"))
        assert problems(refusal) == {"username"}


def test_an_employee_has_one_log_in(app: Flask, actor: Callable[[str], Actor], newcomer: Employee) -> None:
    admin = actor("admin")
    with pytest.raises(Invalid) as refusal:
        users.save_user(
            None,
            username="second",
            employee_id=login_of("sales").employee_id,
            roles=["Cashier"],
            active=True,
            actor=admin,
        )
    assert problems(refusal) == {"employee_id"}
    with pytest.raises(Invalid) as refusal:
        users.save_user(None, username="second", employee_id=999_999, roles=["Cashier"], active=True, actor=admin)
    assert problems(refusal) == {"employee_id"}
    with pytest.raises(NotThere):
        users.set_password(999_999, admin)


def test_the_last_administrator_can_neither_leave_nor_lay_down_the_role(
    app: Flask, actor: Callable[[str], Actor], newcomer: Employee
) -> None:
    admin, me = actor("admin"), login_of("admin")
    with pytest.raises(Invalid) as refusal:
        users.deactivate(me.id, admin)
    assert problems(refusal) == {"active"}
    with pytest.raises(Invalid) as refusal:
        users.save_user(
            me.id, username="admin", employee_id=me.employee_id, roles=["Cashier"], active=True, actor=admin
        )
    assert problems(refusal) == {"roles"}
    assert as_saved(login_of("admin"))["roles"] == ["Administrator"]
    assert login_of("admin").active

    second = users.save_user(
        None, username="second", employee_id=newcomer.id, roles=["Administrator"], active=True, actor=admin
    )
    users.deactivate(me.id, admin)
    assert not login_of("admin").active
    with pytest.raises(Invalid):
        users.deactivate(second.id, SYSTEM)


def test_an_administrator_who_is_not_active_does_not_count(
    app: Flask, actor: Callable[[str], Actor], newcomer: Employee
) -> None:
    admin, me = actor("admin"), login_of("admin")
    users.save_user(
        None, username="second", employee_id=newcomer.id, roles=["Administrator"], active=False, actor=admin
    )
    with pytest.raises(Invalid):
        users.deactivate(me.id, admin)


CHANGES: dict[str, Callable[[Login, Actor], object]] = {
    "a new password": lambda login, admin: users.set_password(login.id, admin),
    "other roles": lambda login, admin: users.save_user(
        login.id,
        username="sales",
        employee_id=login.employee_id,
        roles=["Salesperson", "Cashier"],
        active=True,
        actor=admin,
    ),
    "deactivation": lambda login, admin: users.deactivate(login.id, admin),
    "ending its sessions": lambda login, admin: users.end_sessions(login.id, admin),
}


@pytest.mark.parametrize("change", CHANGES)
def test_sessions_and_tokens_end_with(
    app: Flask, as_: Callable[[str | None], FlaskClient], actor: Callable[[str], Actor], change: str
) -> None:
    sales = login_of("sales")
    browser, stranger = as_("sales"), as_(None)
    granted: Any = stranger.post(
        "/api/v1/security/login", json={"username": "sales", "password": PASSWORD, "provider": "db"}
    ).json
    token = granted["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert browser.get("/password/").status_code == 200
    assert stranger.get("/api/v1/sale/", headers=bearer).status_code == 200

    CHANGES[change](sales, actor("admin"))

    assert "/login/" in browser.get("/password/").headers.get("Location", "")
    assert stranger.get("/api/v1/sale/", headers=bearer).status_code == 401


def test_a_changed_name_ends_no_session(
    app: Flask, as_: Callable[[str | None], FlaskClient], actor: Callable[[str], Actor]
) -> None:
    sales = login_of("sales")
    browser = as_("sales")
    users.save_user(
        sales.id,
        username="sales_one",
        employee_id=sales.employee_id,
        roles=["Salesperson"],
        active=True,
        actor=actor("admin"),
    )
    assert browser.get("/password/").status_code == 200


def test_whoever_got_a_password_must_change_it_before_anything_else(
    app: Flask, as_: Callable[[str | None], FlaskClient], actor: Callable[[str], Actor]
) -> None:
    password = users.set_password(login_of("sales").id, actor("admin"))
    browser = as_(None)
    assert browser.post("/login/", data={"username": "sales", "password": password}).status_code == 302
    assert browser.get("/").headers["Location"].endswith("/password/")
    changed = browser.post("/password/", data={"old": password, "new": "better-than-that", "again": "better-than-that"})
    assert changed.status_code == 302
    assert login_of("sales").must_change_password is False
    assert check_password_hash(login_of("sales").password, "better-than-that")


def test_one_s_own_password_is_nobody_else_s_to_choose(app: Flask, actor: Callable[[str], Actor]) -> None:
    with pytest.raises(NotAllowed):
        users.change_own_password(login_of("boss").id, "long enough", actor("sales"))
    with pytest.raises(Invalid):
        users.change_own_password(login_of("sales").id, "short", actor("sales"))
    assert check_password_hash(login_of("boss").password, PASSWORD)


def test_the_trail_tells_who_and_what_and_no_secret(app: Flask, actor: Callable[[str], Actor]) -> None:
    admin, sales = actor("admin"), login_of("sales")
    stamp = sales.session_stamp
    password = users.set_password(sales.id, admin)
    users.save_user(
        sales.id, username="sales", employee_id=sales.employee_id, roles=["Cashier"], active=True, actor=admin
    )
    users.deactivate(sales.id, admin)
    rows = db.session.scalars(
        select(Audit).where(Audit.table_name == "ab_user", Audit.row_id == sales.id).order_by(Audit.id)
    ).all()
    assert [row.code for row in rows] == ["login.password_reset", "login.changed", "login.changed"]
    assert (rows[1].before, rows[1].after) == ({"roles": ["Salesperson"]}, {"roles": ["Cashier"]})
    assert (rows[2].before, rows[2].after) == ({"active": True}, {"active": False})
    assert {row.user_id for row in rows} == {admin.user_id}
    told = str([(row.before, row.after, row.reason, row.number) for row in rows])
    assert not [secret for secret in (password, stamp, sales.password, sales.session_stamp) if str(secret) in told]


def test_saving_without_a_change_leaves_no_trail_and_no_stamp(app: Flask, actor: Callable[[str], Actor]) -> None:
    sales = login_of("sales")
    stamp, count = sales.session_stamp, db.session.scalar(select(func.count(Audit.id)))
    users.save_user(
        sales.id,
        username="sales",
        employee_id=sales.employee_id,
        roles=["Salesperson"],
        active=True,
        actor=actor("admin"),
    )
    assert sales.session_stamp == stamp
    assert db.session.scalar(select(func.count(Audit.id))) == count
