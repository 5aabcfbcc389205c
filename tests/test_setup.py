"""The first start of a company, and every start after it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, inspect, select, text
from werkzeug.security import check_password_hash

import config
from app import create_app, models, permissions, setup, starting_rows
from app.database import unit_of_work
from app.enums import ExpensePurpose, Purpose, TaxKind, Taxpayer
from app.extensions import db
from app.fields import spec
from app.models import Account, CompanyProfile, Department, FeeItem, Login, MoneyAccount, Store, TaxRate, Warehouse
from app.queries import actor_of, scopes_of
from tests.conftest import DATABASES, new_database


@pytest.fixture(params=DATABASES)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database that holds nothing at all."""
    url, drop = new_database(request.param, tmp_path)
    application = create_app(
        config.read({"CARYARD_DATABASE_URL": url, "CARYARD_HOME": str(tmp_path), "CARYARD_LOGIN_LIMIT": "off"})
    )
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    drop()


def quietly(_text: str) -> None:
    """Nobody watches."""


def counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Model.metadata.sorted_tables
    }


def test_the_first_start_without_demonstration_makes_a_company_that_can_work(bare: Flask) -> None:
    said: list[str] = []
    prepared = setup.prepare(bare, demo=False, say=said.append)
    assert said
    assert prepared.logins == []
    with bare.app_context():
        profile = db.session.scalars(select(CompanyProfile)).one()
        assert (profile.id, profile.is_demo, profile.first_period_on.day) == (1, False, 1)
        assert db.session.scalars(select(Store)).one().name == "总店"
        assert db.session.scalars(select(Warehouse)).one().store_id == db.session.scalars(select(Store.id)).one()
        assert len(db.session.scalars(select(Department)).all()) == 6
        accounts = db.session.scalars(select(MoneyAccount).order_by(MoneyAccount.position)).all()
        assert [(one.name, one.account.purpose, one.is_till) for one in accounts] == [
            ("现金", Purpose.cash, True),
            ("基本户", Purpose.bank, False),
            ("微信", Purpose.e_money, False),
            ("支付宝", Purpose.e_money, False),
        ]


def test_the_administrator_of_a_new_company_gets_a_password_once_and_must_change_it(bare: Flask) -> None:
    prepared = setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context():
        admin = db.session.scalars(select(Login)).one()
        assert admin.username == "admin"
        assert admin.must_change_password is True
        assert prepared.admin_password
        assert check_password_hash(admin.password, prepared.admin_password)
        found = actor_of(admin.id)
        assert found is not None
        assert found.roles == ("Administrator",)
        assert found.may("edit", "Login")
        assert not found.may("read", "Cost")
    assert setup.prepare(bare, demo=False, say=quietly).admin_password is None


def test_two_companies_do_not_start_with_the_same_password(bare: Flask, tmp_path: Path) -> None:
    first = setup.prepare(bare, demo=False, say=quietly)
    home = tmp_path / "second"
    other = create_app(config.read({"CARYARD_HOME": str(home)}))
    assert setup.prepare(other, demo=False, say=quietly).admin_password != first.admin_password
    with other.app_context():
        db.engine.dispose()


def test_a_later_start_changes_nothing_and_is_quick(bare: Flask) -> None:
    setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context():
        before = counts()
    for demo in (False, True):
        began = time.monotonic()
        said: list[str] = []
        assert setup.prepare(bare, demo=demo, say=said.append) == setup.Prepared()
        assert time.monotonic() - began < 2
        assert said == []
    with bare.app_context():
        assert counts() == before


def test_a_first_start_that_is_cut_leaves_nothing_and_the_next_one_begins_anew(
    bare: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setup, "seed_first_store", cut)
        with pytest.raises(KeyboardInterrupt):
            setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context():
        assert not any(counts().values())
    assert setup.prepare(bare, demo=False, say=quietly).admin_password


def test_of_servers_that_start_at_once_one_makes_the_company(bare: Flask, tmp_path: Path) -> None:
    url = bare.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")
    environ = {**os.environ, "CARYARD_DATABASE_URL": url, "CARYARD_HOME": str(tmp_path)}
    program = (
        "from app import create_app, setup; print(setup.prepare(create_app(), demo=False, say=len).admin_password)"
    )
    command = [sys.executable, "-c", program]
    started = [
        subprocess.Popen(command, cwd=config.ROOT, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [server.communicate(timeout=60)[0].strip() for server in started]
    assert [server.returncode for server in started] == [0, 0, 0]
    assert len([password for password in said if password != "None"]) == 1
    with bare.app_context():
        assert len(db.session.scalars(select(Login)).all()) == 1


def test_rights_follow_the_lists_at_every_start(bare: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context(), unit_of_work():
        stray = db.session.scalars(select(Role).where(Role.name == "Cashier")).one()
        boss = db.session.scalars(select(Role).where(Role.name == "General manager")).one()
        stray.permissions.append(boss.permissions[0])
        monkeypatch.setitem(
            permissions.ROLES, "Read-only", [*permissions.ROLES["Read-only"], ("can_read_all", "Expense")]
        )
    setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context():
        for role in db.session.scalars(select(Role)):
            written = {(one.permission.name, one.view_menu.name) for one in role.permissions}
            assert written == set(permissions.ROLES.get(role.name, ())), role.name


def test_the_framework_s_own_role_and_public_hold_no_right(bare: Flask) -> None:
    setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context():
        for name in (permissions.FRAMEWORK_ROLE, "Public"):
            role = db.session.scalars(select(Role).where(Role.name == name)).one()
            assert (role.permissions, role.user) == ([], [])


def test_a_database_of_a_newer_program_is_refused_before_anything_is_written(bare: Flask) -> None:
    setup.prepare(bare, demo=False, say=quietly)
    with bare.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(config.Refusal, match="比程序新"):
        setup.prepare(bare, demo=False, say=quietly)


# ── starting rows ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_purpose_has_its_account_and_every_small_table_its_rows_in_order(app: Flask) -> None:
    purposes = set(db.session.scalars(select(Account.purpose)))
    assert purposes >= set(Purpose)
    for name, words in starting_rows.WORDS.items():
        model = getattr(models, name)
        rows = db.session.scalars(select(model).order_by(model.position)).all()
        assert [row.name for row in rows][: len(words)] == list(words)
        assert all(word in spec(model).fields for word in ("name", "position"))
    for side in ("sale", "purchase", "expense"):
        assert len(db.session.scalars(select(FeeItem.id).where(FeeItem.side == side)).all()) >= 5
    assert set(db.session.scalars(select(FeeItem.purpose))) == set(ExpensePurpose)


def test_tax_rates_of_one_kind_and_taxpayer_never_overlap_and_hold_today(app: Flask) -> None:
    from app import clock

    rates = db.session.scalars(select(TaxRate)).all()
    for kind in TaxKind:
        for taxpayer in Taxpayer:
            valid = [r for r in rates if (r.tax_kind, r.taxpayer) == (kind, taxpayer) and r.from_on <= clock.today()]
            assert len([r for r in valid if r.to_on is None or r.to_on >= clock.today()]) == 1, (kind, taxpayer)


def test_seeding_twice_adds_nothing(app: Flask) -> None:
    before = counts()
    setup.seed("另一家公司")
    assert counts() == before
    assert db.session.scalars(select(CompanyProfile.name)).one() == "安途二手车"


def test_rights_are_written_as_they_are_read(app: Flask) -> None:
    for role in db.session.scalars(select(Role)):
        written = scopes_of((one.permission.name, one.view_menu.name) for one in role.permissions)
        assert written == scopes_of(permissions.ROLES.get(role.name, ()))


def test_migrating_is_what_makes_the_tables(bare: Flask) -> None:
    with bare.app_context():
        assert inspect(db.engine).get_table_names() == []
    setup.migrate(bare, quietly)
    with bare.app_context():
        assert {"alembic_version", "ab_user", "journal_line"} <= set(inspect(db.engine).get_table_names())
