"""Writes a revision: what the models have and the database of the last revision has not.

    python -m migrations.make "part stock"    the next revision
    python -m migrations.make --first         the first revision anew (only while no company lives on it)

Read what it wrote before using it; the tests compare a migrated database with the models on both databases. Triggers of a
new paper or append-only table are yours to add: `for statement in triggers.table_ddl(dialect, table, operations)`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import alembic.command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from flask_appbuilder import Model
from sqlalchemy import Sequence, create_engine

from app import setup, triggers
from migrations.options import OPTIONS

FIRST = Path(__file__).parent / "versions" / "0001_main_road.py"

HEAD = '''\
"""The main road: every table there was when the product began, the framework's included.

Written by `python -m migrations.make --first` and hand-checked: do that again while no company lives on it.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

from app import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCES = {sequences!r}
"""Those of the framework's tables, which name their own (PostgreSQL)."""

GUARDED = {guarded!r}
"""Tables whose rows are never deleted or never changed either, as they were then."""


def upgrade() -> None:  # noqa: PLR0915  # a list of tables
    """From nothing. On SQLite the key from log-in to employee stands in its table; PostgreSQL gets it afterwards."""
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        for name in SEQUENCES:
            op.execute(CreateSequence(sa.Sequence(name, start=1, increment=1, minvalue=1, cycle=False)))
{upgrade}
    if dialect != "sqlite":
        op.create_foreign_key(
            "fk_ab_user_employee_id", "ab_user", "employee", ["employee_id"], ["id"], ondelete="RESTRICT"
        )
    for table, operations in GUARDED:
        for statement in triggers.table_ddl(dialect, table, operations):
            op.execute(statement)


def downgrade() -> None:  # noqa: PLR0915
    """To nothing, with everything that was written. Rows that point at each other are parted first."""
    dialect = op.get_bind().dialect.name
    for table, operations in GUARDED:
        for statement in triggers.table_drop_ddl(dialect, table, operations):
            op.execute(statement)
    if dialect == "postgresql":
        op.execute("DROP FUNCTION caryard_refuse()")
        op.drop_constraint("fk_ab_user_employee_id", "ab_user", type_="foreignkey")
    op.execute("UPDATE ab_user SET employee_id = NULL, created_by_fk = NULL, changed_by_fk = NULL")
    op.execute("UPDATE department SET parent_id = NULL")
    op.execute("UPDATE account SET parent_id = NULL")
    op.execute("DELETE FROM journal_line")
    op.execute("DELETE FROM journal_entry WHERE is_red")
{downgrade}
    if dialect == "postgresql":
        for name in SEQUENCES:
            op.execute(DropSequence(sa.Sequence(name)))
'''


def first() -> Path:
    """Write the first revision anew from the models; its file."""
    with create_engine("sqlite://").connect() as connection:
        options = {**OPTIONS, "target_metadata": Model.metadata}
        context = MigrationContext.configure(connection, opts=options)
        script = produce_migrations(context, Model.metadata)
        upgrade, downgrade = (body(ops, context) for ops in (script.upgrade_ops, script.downgrade_ops))
    sequences = [
        column.default.name
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.default, Sequence)
    ]
    for name in sequences:
        table = name.removesuffix("_id_seq")
        upgrade = re.sub(
            rf"(op.create_table\(\s*'{table}',\s*sa.Column\('id', sa.Integer\(\), )",
            rf"\1sa.Sequence('{name}'), ",
            upgrade,
        )
    FIRST.write_text(
        HEAD.format(sequences=sequences, guarded=list(triggers.guarded()), upgrade=upgrade, downgrade=downgrade),
        encoding="utf-8",
    )
    return FIRST


def body(ops: UpgradeOps | DowngradeOps | None, context: MigrationContext) -> str:
    """Operations as source text, indented for a function. (Indexes go with their tables.)"""
    if ops is None:
        raise ValueError("nothing was compared")
    source = render_python_code(ops, migration_context=context, render_item=OPTIONS["render_item"])
    lines = [line.strip() for line in source.splitlines() if not line.strip().startswith(("#", "op.drop_index"))]
    return "\n".join(f"    {line}" for line in lines)


def following(message: str) -> None:
    """Write the revision after the last one."""
    with create_engine("sqlite://").connect() as connection:
        setup.upgrade(connection)
        alembic.command.revision(setup.alembic_config(connection), message, autogenerate=True)


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments == ["--first"]:
        first()
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        following(arguments[0])
    else:
        sys.exit(__doc__)
    if ruff := shutil.which("ruff"):
        subprocess.run([ruff, "format", "--quiet", str(FIRST.parent)], check=True)  # noqa: S603  # our own files


if __name__ == "__main__":
    main(sys.argv[1:])
