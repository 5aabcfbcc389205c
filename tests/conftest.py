"""Databases, people and clients for every test.

Each test runs on SQLite and, where reached, on PostgreSQL; each worker has databases of its own; each test lives in an
outer transaction that is rolled back, the requests it makes in savepoints.
"""

import contextlib
import contextvars
import datetime as dt
import os
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.engine import make_url

import config
from app import create_app, setup
from app.database import unit_of_work
from app.extensions import db
from app.models import Login
from app.queries import Actor, actor_of
from tests import people

POSTGRES = os.environ.get("CARYARD_TEST_POSTGRES", "")
DATABASES = ["sqlite", *(["postgresql"] if POSTGRES else [])]
TODAY = dt.date(2026, 12, 31)
NO_SKIP = config.read_checks().no_skip


def new_database(kind: str, folder: Path) -> tuple[str, Callable[[], None]]:
    """The URL of a fresh, empty database and a function that removes it."""
    if kind == "sqlite":
        return f"sqlite:///{folder / (uuid.uuid4().hex + '.db')}", lambda: None
    name = f"caryard_test_{uuid.uuid4().hex[:12]}"
    server = make_url(POSTGRES).set(drivername="postgresql")
    plain = server.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # the name is ours

    def drop() -> None:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    return server.set(database=name).render_as_string(hide_password=False), drop


def new_app(url: str, home: Path, **overrides: Any) -> Flask:
    """The application on a database with tables, rights, starting rows and people."""
    settings = config.read(
        {
            "CARYARD_DATABASE_URL": url,
            "CARYARD_HOME": str(home),
            "CARYARD_TODAY": TODAY.isoformat(),
            "CARYARD_LOGIN_LIMIT": "off",
        }
    )
    application = create_app(settings, **{"TESTING": True, "WTF_CSRF_ENABLED": False, **overrides})
    application.test_client_class = Person
    setup.migrate(application, say=lambda _text: None)
    with application.app_context(), unit_of_work():
        setup.sync_rights()
        setup.seed("安途二手车", first_period_on=dt.date(2026, 1, 1))
        people.settle_in()
    return application


class Person(FlaskClient):
    """One person's browser. Every request starts in an empty context, so nobody is remembered from before."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CARYARD_NO_SKIP a skipped test is a failed one; only real data may be missing, it does not come with a clone."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith("real data"):
            report.outcome = "failed"
            report.longrepr = f"CARYARD_NO_SKIP is set, but this was skipped: {reason}"
    return report


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on one database, made once per worker."""
    url, drop = new_database(request.param, tmp_path_factory.mktemp("db"))
    application = new_app(url, tmp_path_factory.mktemp("home"))
    yield application
    with application.app_context():
        db.engine.dispose()
    drop()


@pytest.fixture
def app(database: Flask) -> Iterator[Flask]:
    """The application inside a transaction that ends with the test."""
    with database.app_context():
        engine = db.engine
        connection = engine.connect()
        connection.name = connection.dialect.name  # type: ignore[attr-defined]  # the framework asks an engine for it
        transaction = connection.begin()
        engines = db._app_engines[database]
        engines[None] = connection  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        yield database
        db.session.remove()
        engines[None] = engine
        transaction.rollback()
        connection.close()


@pytest.fixture
def as_(app: Flask) -> Callable[[str | None], FlaskClient]:
    """`as_("boss").post(url, json=…)`: one request by one person; `as_(None)` is a stranger."""

    def client(username: str | None = None) -> FlaskClient:
        browser = app.test_client()
        if username:
            log_in(browser, username)
        return browser

    return client


def log_in(browser: FlaskClient, username: str) -> None:
    """Put a session into the browser as the log-in page would (which has tests of its own)."""
    login = db.session.scalars(select(Login).where(Login.username == username)).one()
    with browser.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["stamp"] = str(login.id), True, login.session_stamp


@pytest.fixture
def actor(app: Flask) -> Callable[[str], Actor]:
    """`actor("sales")`: the person as workflows see them."""

    def find(username: str) -> Actor:
        pk = db.session.scalars(select(Login.id).where(Login.username == username)).one()
        found = actor_of(pk)
        assert found is not None
        return found

    return find


@pytest.fixture
def statements(app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """`with statements() as seen:` collects the SQL that is sent inside, savepoints left out."""

    @contextlib.contextmanager
    def collecting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "SAVEPOINT" not in statement:
                seen.append(statement)

        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return collecting
