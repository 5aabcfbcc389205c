"""Making a company: tables, rights, starting rows, the demonstration lot. Safe to run at every start."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import alembic.command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy import Connection, delete, insert, select, text

import config
from app import clock, models, permissions, starting_rows
from app.database import unit_of_work
from app.extensions import db
from app.models import CompanyProfile
from app.queries import SYSTEM
from app.workflows import users

Say = Callable[[str], None]

ONE_AT_A_TIME = 7_103_265
"""A number of ours for PostgreSQL's advisory lock: of two servers starting at once the second waits for the first."""


@dataclass
class Prepared:
    """What the start made: log-ins of the demonstration lot, and the administrator's password if it was made now."""

    logins: list[tuple[str, str, str]] = field(default_factory=list)
    """(label, username, password), in the order of product.md §3."""
    admin_password: str | None = None


def prepare(app: Flask, *, demo: bool, say: Say) -> Prepared:
    """Tables, rights, company: whatever is missing. On the very first start the demonstration lot, or an empty company.

    All or nothing: a first start that is cut leaves an empty database, and the next one begins anew. Raises
    `config.Refusal` on a database that a newer version of the product has written.
    """
    migrate(app, say)
    with app.app_context(), unit_of_work():
        _wait_for_others(db.session.connection())
        sync_rights()
        is_demo = db.session.scalar(select(CompanyProfile.is_demo))
        if is_demo is None:
            return _demonstration(say) if demo else _empty_company(say)
        return Prepared(_demo_logins()) if is_demo else Prepared()


def _empty_company(say: Say) -> Prepared:
    say("建立公司：科目、税率、收费项目、门店 … Making the company …")
    seed("我的二手车行")
    seed_first_store()
    administrator = users.save_user(
        None, username="admin", name="管理员", roles=["Administrator"], active=True, actor=SYSTEM
    )
    return Prepared(admin_password=users.set_password(administrator.id, SYSTEM))


def _demonstration(say: Say) -> Prepared:
    from app.demo.lot import load

    load(seed, say)
    return Prepared(_demo_logins())


def _demo_logins() -> list[tuple[str, str, str]]:
    from app.demo import people

    return people.logins()


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def migrate(app: Flask, say: Say = print) -> None:
    """Bring the application's database to the newest revision, in one transaction; a look and no more when it is there.

    Raises `config.Refusal` when the database knows a revision that this version of the product does not.
    """
    with app.app_context(), db.engine.begin() as connection:
        _wait_for_others(connection)
        upgrade(connection, say)


def upgrade(connection: Connection, say: Say = lambda _text: None) -> None:
    """`migrate` on a connection whose transaction is the caller's."""
    settings = alembic_config(connection)
    now = MigrationContext.configure(connection).get_current_revision()
    if now == ScriptDirectory.from_config(settings).get_current_head():
        return
    say("建立数据表 … Making the tables …" if now is None else "升级数据表 … Upgrading the tables …")
    try:
        alembic.command.upgrade(settings, "head")
    except CommandError as fault:
        raise config.Refusal(
            f"数据库版本（{now}）比程序新，请换用较新的程序。",
            f"The database (revision {now}) is newer than this program: use a newer one.",
        ) from fault


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to know; there is no alembic.ini."""
    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(config.ROOT / "migrations"))
    settings.set_main_option("path_separator", "os")
    return settings


def _wait_for_others(connection: Connection) -> None:
    """Of two servers that start at once the second waits here. (SQLite's transactions do that by themselves.)"""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def sync_rights() -> None:
    """Write `permissions.ROLES` to the framework's role tables: one difference, in bulk."""
    wanted = permissions.everything()
    actions = _ids(Permission, {action for action, _kind in wanted})
    kinds = _ids(ViewMenu, {kind for _action, kind in wanted})
    roles = _ids(Role, {*permissions.ROLES, permissions.FRAMEWORK_ROLE, "Public"})
    pairs = _pairs()
    missing = [
        {"permission_id": actions[action], "view_menu_id": kinds[kind]}
        for action, kind in sorted(wanted)
        if (actions[action], kinds[kind]) not in pairs
    ]
    if missing:
        db.session.execute(insert(PermissionView), missing)
        pairs = _pairs()
    table = assoc_permissionview_role
    held = {tuple(row) for row in db.session.execute(select(table.c.role_id, table.c.permission_view_id))}
    should = {
        (roles[role], pairs[actions[action], kinds[kind]])
        for role, rights in permissions.ROLES.items()
        for action, kind in rights
    }
    ours = {roles[role] for role in permissions.ROLES}
    if new := should - held:
        db.session.execute(insert(table), [{"role_id": role, "permission_view_id": pair} for role, pair in sorted(new)])
    for role, pair in {one for one in held - should if one[0] in ours}:
        db.session.execute(delete(table).where(table.c.role_id == role, table.c.permission_view_id == pair))


def _pairs() -> dict[tuple[int, int], int]:
    columns = (PermissionView.permission_id, PermissionView.view_menu_id, PermissionView.id)
    return {(action, kind): pair for action, kind, pair in db.session.execute(select(*columns))}


def _ids(model: type, names: set[str]) -> dict[str, int]:
    known = {row.name: row.id for row in db.session.execute(select(model.name, model.id))}  # type: ignore[attr-defined]  # the framework's
    if new := sorted(names - known.keys()):
        db.session.execute(insert(model), [{"name": name} for name in new])
        known = {row.name: row.id for row in db.session.execute(select(model.name, model.id))}  # type: ignore[attr-defined]  # the framework's
    return known


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def seed(name: str, *, first_period_on: dt.date | None = None) -> None:
    """The company and what every company starts with: accounts, tax rates, fees, the words of the catalogue.

    Nothing where a company exists already. Stores, people and money accounts are not among it: `seed_first_store`.
    """
    if db.session.scalar(select(CompanyProfile.id)):
        return
    first = (first_period_on or clock.today()).replace(day=1)
    db.session.add(CompanyProfile(id=1, name=name, first_period_on=first))
    _add(starting_rows.rows())


def seed_first_store() -> None:
    """A store with its departments, a place for cars, and a till, a bank account and two payment apps to begin with."""
    _add(starting_rows.first_store())


def _add(rows: starting_rows.Rows) -> None:
    """Insert rows table by table; a value `Of(…)` becomes the id of the row it names."""
    for model_name, of_table in rows.items():
        model = getattr(models, model_name)
        for row in of_table:
            db.session.add(model(**{key: _reference(value) for key, value in row.items()}))
        db.session.flush()


def _reference(value: object) -> object:
    if not isinstance(value, starting_rows.Of):
        return value
    model = getattr(models, value.model)
    return db.session.scalars(select(model.id).where(getattr(model, value.column) == value.value)).one()
