"""Making a company: tables, rights, starting rows, the demonstration lot. Safe to run at every start."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy import delete, insert, select

from app import clock, models, permissions, starting_rows
from app.database import unit_of_work
from app.extensions import db
from app.models import CompanyProfile


@dataclass
class Prepared:
    """What the start made: log-ins of the demonstration lot, and the administrator's password if it was made now."""

    logins: list[tuple[str, str, str]] = field(default_factory=list)
    admin_password: str | None = None


def sync_rights() -> None:
    """Write `permissions.ROLES` to the framework's role tables: one difference, in bulk."""
    wanted = permissions.everything()
    actions = _ids(Permission, {action for action, _kind in wanted})
    kinds = _ids(ViewMenu, {kind for _action, kind in wanted})
    roles = _ids(Role, {*permissions.ROLES, permissions.FRAMEWORK_ROLE, "Public"})
    pairs = {(row.permission_id, row.view_menu_id): row.id for row in db.session.execute(select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id))}
    missing = [
        {"permission_id": actions[action], "view_menu_id": kinds[kind]}
        for action, kind in sorted(wanted)
        if (actions[action], kinds[kind]) not in pairs
    ]
    if missing:
        db.session.execute(insert(PermissionView), missing)
        pairs = {(row.permission_id, row.view_menu_id): row.id for row in db.session.execute(select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id))}
    table = assoc_permissionview_role
    held = {tuple(row) for row in db.session.execute(select(table.c.role_id, table.c.permission_view_id))}
    should = {(roles[role], pairs[actions[action], kinds[kind]]) for role, rights in permissions.ROLES.items() for action, kind in rights}
    ours = {roles[role] for role in permissions.ROLES}
    if new := should - held:
        db.session.execute(insert(table), [{"role_id": role, "permission_view_id": pair} for role, pair in sorted(new)])
    for role, pair in {one for one in held - should if one[0] in ours}:
        db.session.execute(delete(table).where(table.c.role_id == role, table.c.permission_view_id == pair))


def _ids(model: type, names: set[str]) -> dict[str, int]:
    known = {row.name: row.id for row in db.session.execute(select(model.name, model.id))}
    if new := sorted(names - known.keys()):
        db.session.execute(insert(model), [{"name": name} for name in new])
        known = {row.name: row.id for row in db.session.execute(select(model.name, model.id))}
    return known


def seed(name: str, *, first_period_on: dt.date | None = None) -> None:
    """The company and the rows it starts with; nothing where a company exists already."""
    if db.session.scalar(select(CompanyProfile.id)):
        return
    db.session.add(CompanyProfile(id=1, name=name, first_period_on=(first_period_on or clock.today()).replace(day=1)))
    for model_name, rows in starting_rows.rows().items():
        db.session.add_all(getattr(models, model_name)(**row) for row in rows)
    db.session.flush()


def prepare(app: Flask, *, demo: bool, say: Callable[[str], None]) -> Prepared:
    """Tables, rights, company; the demonstration lot on the very first start when `demo`."""
    with app.app_context(), unit_of_work():
        sync_rights()
        seed("我的二手车行")
    return Prepared()
