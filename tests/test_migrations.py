"""A migrated database is the models', to the last trigger; and there is a way back."""

import re
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
    "SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0",
    "SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'sequence', sequencename, start_value, increment_by, min_value, max_value, cycle FROM pg_sequences",
    "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


def test_a_migrated_database_is_the_one_that_the_models_describe(empty, second):
    with empty.begin() as connection:
        setup.upgrade(connection)
        migrated = catalogue(connection)
    with second.begin() as connection:
        Model.metadata.create_all(connection)
        created = catalogue(connection)
    assert sorted(migrated - created) == []
    assert sorted(created - migrated) == []
    assert len(created) > 200, "the comparison saw something"


def test_autogenerate_finds_nothing_to_do(empty):
    with empty.begin() as connection:
        setup.upgrade(connection)
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert compare_metadata(context, Model.metadata) == []


def test_autogenerate_would_find_what_a_model_gains(empty):
    with empty.begin() as connection:
        setup.upgrade(connection)
        connection.execute(text("ALTER TABLE store DROP COLUMN phone"))
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert [change[0] for change in compare_metadata(context, Model.metadata)] == ["add_column"]


def test_the_way_back_leaves_nothing_even_of_a_company_that_worked(empty):
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
LIFE = (
    "INSERT INTO ab_user (id, first_name, last_name, username, email) VALUES (1, 'a', '', 'a', 'a@example.com')",
    "UPDATE ab_user SET created_by_fk = 1",
    f"INSERT INTO store (id, code, name, position, created_at, changed_at, version, created_by_id) VALUES (1, 'A', 'A', 0, {NOW}, {NOW}, 1, 1)",
    f"INSERT INTO employee (id, code, name, store_id, created_at, changed_at, version, created_by_id) VALUES (1, 'A', 'A', 1, {NOW}, {NOW}, 1, 1)",
    "UPDATE ab_user SET employee_id = 1",
    f"INSERT INTO department (id, name, position, created_at, changed_at, version) VALUES (1, 'A', 0, {NOW}, {NOW}, 1)",
    f"INSERT INTO department (id, name, parent_id, position, created_at, changed_at, version) VALUES (2, 'B', 1, 0, {NOW}, {NOW}, 1)",
    "INSERT INTO period (id, month, state) VALUES (1, '2026-01', 'open')",
    *(
        "INSERT INTO journal_entry (id, document_kind, document_id, number, revision, kind, dated_on, period_id, store_id,"
        f" withdraws_id, is_red, written_at) VALUES ({pk}, 'sale', 1, 'XS', 1, 'normal', '2026-01-01', 1, 1, {of}, {red}, {NOW})"
        for pk, of, red in ((1, "NULL", "false"), (2, "1", "true"))
    ),
)


def test_rows_of_the_books_are_kept_by_the_migrated_database(empty):
    with empty.begin() as connection:
        setup.upgrade(connection)
        for statement in LIFE:
            connection.execute(text(statement))
    for forbidden in ("DELETE FROM journal_entry", "UPDATE journal_entry SET number = 'x'"):
        with pytest.raises(Exception, match="append-only"), empty.begin() as connection:
            connection.execute(text(forbidden))


def test_a_database_of_a_newer_version_is_refused_in_words(empty):
    with empty.begin() as connection:
        setup.upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = 'of-next-year'"))
    with pytest.raises(config.Refusal, match="数据库版本（of-next-year）比程序新"), empty.begin() as connection:
        setup.upgrade(connection)


def test_a_second_look_changes_nothing_and_says_nothing(empty):
    said: list[str] = []
    with empty.begin() as connection:
        setup.upgrade(connection, said.append)
        setup.upgrade(connection, said.append)
    assert said == ["建立数据表 … Making the tables …"]


def test_the_application_migrates_the_database_it_is_bound_to(tmp_path):
    from app import create_app

    app = create_app(config.read({"CARYARD_HOME": str(tmp_path)}))
    setup.migrate(app, lambda _text: None)
    with app.app_context():
        assert "ab_user" in inspect(db.engine).get_table_names()
        db.engine.dispose()
