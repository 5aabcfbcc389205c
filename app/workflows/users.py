"""用户: who may log in, as what, and with which password. Every change of password, roles or activity ends the sessions.

Log-ins are the framework's rows, so `records.save` does not know them; the same habits hold: right, lock, everything wrong
at once, audit (never with a secret), the caller commits.
"""

import re
import secrets
from collections.abc import Iterable, Iterator

from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

from app import audit, clock
from app.errors import Invalid, NotAllowed, NotThere, Problem
from app.extensions import db
from app.models import Employee, Login
from app.permissions import ROLES
from app.queries import Actor

ADMINISTRATOR = "Administrator"
USERNAME = re.compile(r"[\w.@-]{2,64}")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike: it is read out and typed off a screen
SHORTEST_PASSWORD = 8


def new_stamp() -> str:
    """A fresh session stamp; giving one to a log-in ends all its sessions and tokens."""
    return secrets.token_hex(16)


def save_user(
    pk: int | None,
    *,
    username: str,
    roles: Iterable[str],
    active: bool,
    actor: Actor,
    name: str = "",
    employee_id: int | None = None,
) -> Login:
    """Make (`pk` None) or change a log-in; all of it is given each time. The caller commits.

    `name` is for log-ins without employee (an auditor, a machine); with one, the employee's name stands. A new log-in has
    a password that nobody knows: `set_password` gives the first one. Changed roles or activity end its sessions and tokens.
    Raises NotAllowed, NotThere or Invalid with everything wrong at once.
    """
    _allow(actor)
    login = Login(active=True, roles=[], login_count=0, fail_login_count=0) if pk is None else _locked(pk)
    before = snapshot(login) if pk is not None else None
    username, name, wanted = username.strip(), name.strip(), list(dict.fromkeys(roles))
    employee = db.session.get(Employee, employee_id) if employee_id is not None else None
    problems = [
        *_username_problems(username, pk),
        *_name_problems(name, employee_id, employee, pk),
        *_role_problems(wanted),
        *(_last_administrator(login, wanted, active) if pk is not None else ()),
    ]
    if problems:
        raise Invalid(problems)
    login.username = username
    login.employee_id = employee_id
    login.first_name, login.last_name = (employee.name if employee else name)[:64], ""
    login.active = active
    login.roles = list(db.session.scalars(select(Role).where(Role.name.in_(wanted))))
    login.changed_on = _wall_clock()
    login.changed_by_fk = actor.user_id
    if pk is None:
        login.email = f"{secrets.token_hex(8)}@caryard.invalid"  # the framework wants one; we send no mail
        login.password = generate_password_hash(secrets.token_urlsafe(32))
        login.must_change_password = True
        login.session_stamp = new_stamp()
        login.created_on, login.created_by_fk = _wall_clock(), actor.user_id
        db.session.add(login)
    db.session.flush()
    _record(login, actor, before)
    return login


def deactivate(pk: int, actor: Actor) -> Login:
    """Nobody logs in by it any more, whoever is in is out. Raises as `save_user`."""
    _allow(actor)
    login = _locked(pk)
    roles = [role.name for role in login.roles]
    if problems := list(_last_administrator(login, roles, active=False)):
        raise Invalid(problems)
    before = snapshot(login)
    login.active = False
    db.session.flush()
    _record(login, actor, before)
    return login


def set_password(pk: int, actor: Actor) -> str:
    """Give a log-in a random password that must be changed at the first log-in, and return it: it is shown once."""
    _allow(actor)
    login = _locked(pk)
    password = "-".join("".join(secrets.choice(LETTERS) for _letter in range(4)) for _group in range(3))
    _put_password(login, password, must_change=True)
    audit.record(actor, "login.password_reset", login)
    return password


def change_own_password(pk: int, password: str, actor: Actor) -> Login:
    """Take the password that a person chose for himself (the door has asked for the old one). All other sessions end."""
    if pk != actor.user_id:
        raise NotAllowed(_("只能修改自己的密码。"))
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid([("new", _("新密码至少 %(n)s 位。", n=SHORTEST_PASSWORD))])
    login = _locked(pk)
    _put_password(login, password, must_change=False)
    audit.record(actor, "login.password_changed", login)
    return login


def end_sessions(pk: int, actor: Actor) -> None:
    """End all sessions and tokens of a log-in, without changing anything else of it."""
    _allow(actor)
    login = _locked(pk)
    login.session_stamp = new_stamp()
    db.session.flush()
    audit.record(actor, "login.sessions_ended", login)


def offered_roles() -> list[str]:
    """The roles that may be given; the framework's own is never among them."""
    return list(ROLES)


def snapshot(login: Login) -> audit.Snapshot:
    """What the audit trail keeps of a log-in: no password, no stamp."""
    return {
        "username": login.username,
        "name": login.first_name,
        "employee_id": login.employee_id,
        "roles": sorted(role.name for role in login.roles),
        "active": bool(login.active),
    }


def _allow(actor: Actor) -> None:
    if not actor.may("edit", "Login"):
        raise NotAllowed(_("您没有管理用户的权限。"))


def _locked(pk: int) -> Login:
    statement = select(Login).where(Login.id == pk).with_for_update(of=Login)
    login = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if login is None:
        raise NotThere
    return login


def _username_problems(username: str, pk: int | None) -> Iterator[Problem]:
    if not USERNAME.fullmatch(username):
        yield "username", _("用户名为 2 到 64 个字母、数字或汉字，可以有点、横线和 @。")
        return
    taken = select(Login.id).where(func.lower(Login.username) == username.lower(), Login.id != (pk or 0))
    if db.session.scalar(taken) is not None:
        yield "username", _("已有相同的%(label)s。", label=_("用户名"))


def _name_problems(name: str, employee_id: int | None, employee: Employee | None, pk: int | None) -> Iterator[Problem]:
    if employee_id is None:
        if not 0 < len(name) <= 64:
            yield "name", _("没有关联员工的用户要填姓名，最多 64 个字。")
        return
    if employee is None or employee.retired_at is not None:
        yield "employee_id", _("没有这名员工，或者已停用。")
    elif db.session.scalar(select(Login.id).where(Login.employee_id == employee_id, Login.id != (pk or 0))) is not None:
        yield "employee_id", _("这名员工已经有用户了。")


def _role_problems(roles: list[str]) -> Iterator[Problem]:
    if not roles:
        yield "roles", _("至少选一个角色。")
    if set(roles) - set(ROLES):
        yield "roles", _("没有这个角色。")


def _last_administrator(login: Login, roles: list[str], active: bool) -> Iterator[Problem]:
    """Nobody shuts the door behind the last one who could open it."""
    holds = login.active and any(role.name == ADMINISTRATOR for role in login.roles)
    if not holds or (active and ADMINISTRATOR in roles):
        return
    # all of them, locked in order: two administrators who shut each other out wait here
    statement = select(Login).join(Login.roles).where(Role.name == ADMINISTRATOR, Login.active.is_(True))
    ids = db.session.scalars(statement.with_only_columns(Login.id).order_by(Login.id).with_for_update(of=Login)).all()
    if not set(ids) - {login.id}:
        yield ("active" if not active else "roles"), _("这是最后一个在用的系统管理员，不能停用，也不能去掉这个角色。")


def _put_password(login: Login, password: str, *, must_change: bool) -> None:
    login.password = generate_password_hash(password)
    login.must_change_password = must_change
    login.session_stamp = new_stamp()
    db.session.flush()


def _record(login: Login, actor: Actor, before: audit.Snapshot | None) -> None:
    after = snapshot(login)
    if before is None:
        audit.record(actor, "login.created", login, after=after)
        return
    was, now = audit.difference(before, after)
    if now.keys() & {"roles", "active"}:
        login.session_stamp = new_stamp()
        db.session.flush()
    if now:
        audit.record(actor, "login.changed", login, before=was, after=now)


def _wall_clock() -> object:
    """The framework's columns hold naive local time."""
    return clock.local(clock.now()).replace(tzinfo=None)
