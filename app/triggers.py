"""Triggers that the database itself holds: append-only tables, papers that are never deleted. On both databases.

`ddl(dialect)` is the one list: `create_all` runs it through events, migrations call it, a test compares the catalogues.
"""

from collections.abc import Iterator

from flask_appbuilder import Model
from sqlalchemy import Connection, event, text

import app.models  # noqa: F401  # the tables must be there before they are asked for
from app.columns import AppendOnly, Base, Document


def guarded() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(table, operations refused) in a stable order."""
    classes = sorted(
        (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Base)), key=lambda c: c.__tablename__
    )
    for model in classes:
        if issubclass(model, AppendOnly):
            yield model.__tablename__, ("UPDATE", "DELETE")
        elif issubclass(model, Document):
            yield model.__tablename__, ("DELETE",)


def ddl(dialect: str) -> list[str]:
    """Every statement that creates the triggers, in order."""
    return [statement for table, operations in guarded() for statement in table_ddl(dialect, table, operations)]


def table_ddl(dialect: str, table: str, operations: tuple[str, ...]) -> list[str]:
    """The triggers of one table. PostgreSQL refuses TRUNCATE as well."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{op.lower()} BEFORE {op} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only: {op}'); END"
            for op in operations
        ]
    function = (
        "CREATE OR REPLACE FUNCTION caryard_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only: %', TG_TABLE_NAME, TG_OP; END $$"
    )
    statements = [function]
    statements += [
        f"CREATE TRIGGER {table}_no_{op.lower()} BEFORE {op} ON {table} FOR EACH ROW EXECUTE FUNCTION caryard_refuse()"
        for op in operations
    ]
    statements.append(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION caryard_refuse()"
    )
    return statements


def drop_ddl(dialect: str) -> list[str]:
    """The way back of `ddl`; nothing where there are none yet."""
    return [statement for table, operations in guarded() for statement in table_drop_ddl(dialect, table, operations)]


def table_drop_ddl(dialect: str, table: str, operations: tuple[str, ...]) -> list[str]:
    """The way back of `table_ddl`."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{op.lower()}" for op in operations]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{op.lower()} ON {table}" for op in (*operations, "TRUNCATE")]


@event.listens_for(Model.metadata, "after_create")
def _create(_metadata: object, connection: Connection, **_options: object) -> None:
    for statement in drop_ddl(connection.dialect.name) + ddl(connection.dialect.name):
        connection.execute(text(statement))
