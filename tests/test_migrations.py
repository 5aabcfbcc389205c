"""A migrated database is the models', to the last trigger; and there is a way back."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_appbuilder import Model
from sqlalchemy import Connection, Engine, create_engine, inspect, text

import config
from app import database, setup
from app.extensions import db
from migrations.options import OPTIONS
from tests.conftest import DATABASES, new_database


def connected(kind: str, folder: Path) -> Iterator[Engine]:
    url, drop = new_database(kind, folder)
    engine = create_engine(config.POSTGRES.sub("postgresql+psycopg://", url))
    database.set_up_engine(engine)
    yield engine
    engine.dispose()
    drop()


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from connected(request.param, tmp_path)


@pytest.fixture
def second(empty: Engine, tmp_path: Path) -> Iterator[Engine]:
    yield from connected(empty.dialect.name, tmp_path)


def catalogue(connection: Connection) -> set[tuple[str, ...]]:
    """Everything that the database itself knows of its tables, but for Alembic's own."""
    found = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
    rows = {tuple(map(str, row)) for query in found for row in connection.execute(text(query))}
    return {tuple(map(unordered, row)) for row in rows if not any("alembic_version" in part for part in row)}


def unordered(sql: str) -> str:
    """The parts of a CREATE TABLE whatever their order: constraints are a set."""
    return "\n".join(sorted(re.sub(r"\s+", " ", line).strip(" ,") for line in sql.splitlines()))


SQLITE = ("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL",)
POSTGRESQL = (
    """SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0""",
    """SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace""",
    "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'sequence', sequencename, start_value, increment_by, min_value, max_value, cycle FROM pg_sequences",
    "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


def create_all(engine: Engine) -> None:
    """As the models alone would make it. In a process of its own: having made the tables on PostgreSQL once, SQLAlchemy
    leaves the key from log-in to employee out of every later CREATE TABLE, on SQLite too.
    """
    url = engine.url.render_as_string(hide_password=False)
    program = (
        "from sqlalchemy import create_engine; import app.triggers; from flask_appbuilder import Model;"
        f" Model.metadata.create_all(create_engine({url!r}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=config.ROOT)


def test_a_migrated_database_is_the_one_that_the_models_describe(empty: Engine, second: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        migrated = catalogue(connection)
    create_all(second)
    with second.begin() as connection:
        created = catalogue(connection)
    assert sorted(migrated - created) == []
    assert sorted(created - migrated) == []
    assert len(created) > 200, "the comparison saw something"


def test_autogenerate_finds_nothing_to_do(empty: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert compare_metadata(context, Model.metadata) == []


def test_autogenerate_would_find_what_a_model_gains(empty: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        connection.execute(text("ALTER TABLE store DROP COLUMN phone"))
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert [change[0] for change in compare_metadata(context, Model.metadata)] == ["add_column"]


def test_the_way_back_leaves_nothing_even_of_a_company_that_worked(empty: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        for statement in LIFE:
            connection.execute(text(statement))
    with empty.begin() as connection:
        command.downgrade(setup.alembic_config(connection), "base")
        assert catalogue(connection) == set()
        assert inspect(connection).get_table_names() == ["alembic_version"]
    with empty.begin() as connection:
        setup.upgrade(connection)
        assert "purchase" in inspect(connection).get_table_names()


NOW = "'2026-01-01 00:00:00+00:00'"
STAMPS = {"created_at": NOW, "changed_at": NOW, "version": 1}
NAMED = {**STAMPS, "name": "'A'", "position": 0}
ENTRY = {
    "document_kind": "'sale'", "document_id": 1, "number": "'XS'", "revision": 1, "kind": "'normal'", "dated_on": "'2026-01-01'",
    "period_id": 1, "store_id": 1, "written_at": NOW,
}  # fmt: skip


def row(table: str, **values: object) -> str:
    """An INSERT; values are SQL."""
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(map(str, values.values()))})"  # noqa: S608  # ours


LIFE = (
    row("ab_user", id=1, first_name="'a'", last_name="''", username="'a'", email="'a@example.com'"),
    "UPDATE ab_user SET created_by_fk = 1",
    row("store", **NAMED, id=1, code="'A'", created_by_id=1),
    row("employee", **STAMPS, id=1, code="'A'", name="'A'", store_id=1, created_by_id=1),
    "UPDATE ab_user SET employee_id = 1",
    row("department", **NAMED, id=1),
    row("department", **{**NAMED, "name": "'B'"}, id=2, parent_id=1),
    row("period", id=1, month="'2026-01'", state="'open'"),
    row("journal_entry", **ENTRY, id=1, is_red="false"),
    row("journal_entry", **ENTRY, id=2, is_red="true", withdraws_id=1),
)
"""People and rows that point at each other, and an entry that withdraws another."""


def test_rows_of_the_books_are_kept_by_the_migrated_database(empty: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        for statement in LIFE:
            connection.execute(text(statement))
    for forbidden in ("DELETE FROM journal_entry", "UPDATE journal_entry SET number = 'x'"):
        with pytest.raises(Exception, match="append-only"), empty.begin() as connection:
            connection.execute(text(forbidden))


def test_a_database_of_a_newer_version_is_refused_in_words(empty: Engine) -> None:
    with empty.begin() as connection:
        setup.upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = 'of-next-year'"))
    with pytest.raises(config.Refusal, match="数据库版本（of-next-year）比程序新"), empty.begin() as connection:
        setup.upgrade(connection)


def test_a_second_look_changes_nothing_and_says_nothing(empty: Engine) -> None:
    said: list[str] = []
    with empty.begin() as connection:
        setup.upgrade(connection, said.append)
        setup.upgrade(connection, said.append)
    assert said == ["建立数据表 … Making the tables …"]


def test_the_application_migrates_the_database_it_is_bound_to(tmp_path: Path) -> None:
    from app import create_app

    app = create_app(config.read({"CARYARD_HOME": str(tmp_path)}))
    setup.migrate(app, lambda _text: None)
    with app.app_context():
        assert "ab_user" in inspect(db.engine).get_table_names()
        db.engine.dispose()
