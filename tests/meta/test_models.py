"""Every table keeps the habits of app/models.py."""

import ast
import re
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy import Enum as SqlEnum

from app import enums, labels, models
from app.columns import Document, Line
from app.docs_generate import CHAPTERS, OURS, chapter_of, classes
from app.fields import spec
from tests.meta.sources import APP, trees

SOURCE = (APP / "models.py").read_text(encoding="utf-8")
TABLES = [pytest.param(model, id=model.__name__) for model in classes()]
SILENT = {
    "audit", "counter", "holding", "journal_entry", "journal_line", "match", "open_item", "party_role", "setting", "ab_user"
}  # fmt: skip
"""Tables without a form of their own: machine rows, whose columns a page may name as it likes."""


def test_the_contents_on_top_name_the_chapters_in_their_order() -> None:
    ruled = [line.split()[2] for line in SOURCE.splitlines() if line.startswith("# ── ")]
    assert ruled == CHAPTERS
    assert len(CHAPTERS) == 12


def test_every_table_stands_in_a_chapter() -> None:
    chapters = chapter_of()
    assert [model.__name__ for model in classes() if not chapters.get(model.__name__)] == []


@pytest.mark.parametrize("model", TABLES)
def test_its_docstring_says_what_one_row_is_and_who_writes_it(model: type[Any]) -> None:
    first, *_rest = (model.__doc__ or "").split("\n\n")
    assert first.startswith("One row is ")
    assert re.search(r"\b(Written|Made|Kept|closed) ", " ".join(first.split())), first


def test_models_are_tables_and_nothing_but_tables() -> None:
    tree = trees()["app/models.py"]
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import) for name in node.names
    }
    assert not imported & {"select", "db", "flask", "request", "session", "gettext", "lazy_gettext"}
    allowed = {"__str__"}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef) and inner.name not in allowed:
                assert [getattr(one, "id", "") for one in inner.decorator_list] == ["property"], (
                    f"{node.name}.{inner.name}"
                )
                assert len(inner.body) <= 2, f"{node.name}.{inner.name} is more than a sum over loaded columns"


def test_lines_follow_their_paper_and_keys_point_upwards() -> None:
    order = {model.__tablename__: n for n, model in enumerate(classes())}
    downwards = [
        f"{model.__name__}.{key.parent.name}"
        for model in classes()
        for key in model.__table__.foreign_keys
        if key.column.table.name in order and order[key.column.table.name] > order[model.__tablename__]
    ]
    stamps = [one for one in downwards if not one.endswith(("created_by_id", "changed_by_id"))]
    assert stamps == [], "a key points at a table further down"
    for above, below in pairwise(classes()):
        if issubclass(below, Line):
            assert issubclass(above, (Document, Line)), f"{below.__name__} does not follow its paper"


@pytest.mark.parametrize("model", TABLES)
def test_the_database_refuses_to_lose_what_a_key_points_at_and_finds_it_fast(model: type[Any]) -> None:
    table = model.__table__
    leading = {next(iter(index.columns)).name for index in table.indexes}
    leading |= {
        next(iter(one.columns)).name
        for one in table.constraints
        if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)
    }
    for constraint in table.constraints:
        if not isinstance(constraint, ForeignKeyConstraint):
            continue
        columns = [column.name for column in constraint.columns]
        if model is models.Login and columns[0] not in OURS:
            continue  # the framework's own
        assert columns[0] in leading, f"{table.name}.{columns[0]} is not indexed"
        if len(columns) == 1:
            assert constraint.ondelete == "RESTRICT", f"{table.name}.{columns[0]}"


@pytest.mark.parametrize("model", TABLES)
def test_the_database_knows_the_words_of_every_enum(model: type[Any]) -> None:
    table = model.__table__
    checks = " ".join(str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
    for column in table.columns:
        if isinstance(column.type, SqlEnum):
            assert column.type.enum_class is not None
            assert column.type.create_constraint, f"{table.name}.{column.name} has no CHECK"
            assert not column.type.native_enum
            assert [word.value for word in column.type.enum_class] == column.type.enums
            assert f"{column.name} IN" in checks


@pytest.mark.parametrize("model", TABLES)
def test_it_and_every_column_that_is_shown_has_a_name(model: type[Any]) -> None:
    table = model.__table__
    assert str(labels.table(table.name))
    if table.name in SILENT:
        return
    for key, field in spec(model).fields.items():
        if not field.system:
            assert str(labels.column(table.name, key)), key
    for name in spec(model).lines:
        assert str(labels.column(table.name, name))


def test_no_label_is_for_a_column_that_is_gone() -> None:
    tables = {model.__tablename__: model for model in classes()}
    assert set(labels.TABLES) == set(tables)
    columns = {column.name for model in classes() for column in model.__table__.columns}
    relations = {relation.key for model in classes() for relation in model.__mapper__.relationships}
    for name in labels.COLUMNS:
        table, _dot, column = name.rpartition(".")
        if table:
            assert column in tables[table].__table__.c or column in tables[table].__mapper__.relationships, name
        else:
            assert column in columns | relations, name


@pytest.mark.parametrize("model", TABLES)
def test_rules_of_the_database_have_names_that_read_as_the_rule(model: type[Any]) -> None:
    table = model.__table__
    if table.name == "ab_user":
        return
    for constraint in table.constraints:
        assert str(constraint.name).startswith(("pk_", "fk_", "uq_", "ck_")), (table.name, constraint.name)
        assert len(str(constraint.name)) <= 63, "PostgreSQL would cut it"
    for index in table.indexes:
        assert isinstance(index, Index)
        assert str(index.name).startswith(("ix_", "uq_")), index.name


@pytest.mark.parametrize("model", TABLES)
def test_money_times_and_days_are_named_as_such(model: type[Any]) -> None:
    for column in model.__table__.columns:
        if model is models.Login and column.name not in OURS:
            continue
        kind = type(column.type).__name__
        assert kind not in ("Float", "DOUBLE", "REAL"), column.name
        if kind == "UtcDateTime":
            assert column.name == "at" or column.name.endswith("_at"), column.name
        if kind == "Date":
            assert column.name.endswith("_on"), column.name
        if column.name.endswith("_by_id"):
            assert {key.column.table.name for key in column.foreign_keys} == {"ab_user"}, column.name


def test_a_word_is_its_value_and_has_a_label() -> None:
    for name, kind in vars(enums).items():
        if isinstance(kind, type) and issubclass(kind, enums.Word) and kind is not enums.Word:
            for word in kind:
                assert word.name == word.value, f"{name}.{word.name}"
                assert str(word.label), f"{name}.{word.name}"
                assert word.tone in ("grey", "amber", "green", "blue", "violet", "red")
