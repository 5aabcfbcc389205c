"""Every move, right and window is whole: named, tested, and of something that exists."""

import ast
from typing import Any

import pytest

from app import models, permissions, workflows
from app.columns import Document
from app.docs_generate import classes, kind_label
from app.enums import Scope, State
from app.queries import kinds_of, scopes_of
from app.workflows import engine
from tests.meta.sources import APP, ROOT, trees
from tests.yard import windows

workflows.register()

KINDS = [pytest.param(model, id=model.__name__) for model in engine.MOVES]
SPECIAL_KINDS = {"Ledger", "Cost", "Audit", "Login", "Setting", "Document", "Customer", "Vendor", "Receipt", "Payment"}
"""Kinds of right beside the tables: app/permissions.py names them, app/queries.py knows their rows."""


def test_every_paper_has_its_moves_its_module_and_its_window() -> None:
    papers = {model for model in classes() if issubclass(model, Document)}
    assert set(engine.MOVES) == papers
    assert {model.__tablename__ for model in papers} == set(workflows.KINDS)
    assert set(workflows.KINDS) <= set(windows())


@pytest.mark.parametrize("model", KINDS)
def test_a_paper_can_be_approved_taken_back_and_voided(model: type[Document]) -> None:
    moves = engine.MOVES[model]
    assert {name: (step.source, step.target) for name, step in moves.items()} == {
        "submit": (State.draft, State.draft),
        "send_back": (State.draft, State.draft),
        "approve": (State.draft, State.approved),
        "unapprove": (State.approved, State.draft),
        "void": (State.draft, State.void),
    }
    assert moves["unapprove"].wants_reason
    assert moves["void"].wants_reason


@pytest.mark.parametrize("model", KINDS)
def test_what_a_move_does_is_said_beside_it(model: type[Document]) -> None:
    for name in ("approve", "unapprove"):
        assert (engine.MOVES[model][name].effect.__doc__ or "").strip(), name


@pytest.mark.parametrize("model", KINDS)
def test_undo_stands_under_do(model: type[Document]) -> None:
    tree = trees()[f"app/workflows/{model.__tablename__}.py"]
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = list(functions)
    between = names[names.index("approve") + 1 : names.index("unapprove")]
    used = {one.id for name in ("approve", *between) for one in ast.walk(functions[name]) if isinstance(one, ast.Name)}
    assert set(between) <= used, "only what approving is made of stands between the two"


def test_every_move_has_a_word() -> None:
    names = {name for moves in engine.MOVES.values() for name in moves}
    assert names == set(engine.LABELS) == set(engine.PAST)


@pytest.mark.parametrize("model", KINDS)
def test_what_is_true_of_every_paper_is_tested_for_it(model: type[Document]) -> None:
    classes_of = {
        node.name: node
        for tree in trees(ROOT / "tests").values()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    tested = {name for name in classes_of if name.startswith("Test") and _model_of(name, classes_of) == model.__name__}
    assert tested >= {f"Test{kind}" for kind in kinds_of(model)}


def _model_of(name: str, known: dict[str, ast.ClassDef]) -> str:
    """The `model` of a DocumentCase, its own or inherited; "" for any other class."""
    if name not in known:
        return ""
    for node in known[name].body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and getattr(node.targets[0], "id", "") == "model"
        ):
            return node.value.id
    return next(filter(None, (_model_of(getattr(base, "id", ""), known) for base in known[name].bases)), "")


def test_no_two_kinds_share_a_series() -> None:
    series = [model.__series__ for model in engine.MOVES]
    assert len(set(series)) == len(series)
    assert all(len(letters) == 2 and letters.isupper() for letters in series)


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("role", permissions.ROLES)
def test_a_right_is_of_something_that_exists(role: str) -> None:
    for _name, kind in permissions.ROLES[role]:
        assert kind in SPECIAL_KINDS or hasattr(getattr(models, kind, None), "__table__"), kind
        assert kind_label(kind)


@pytest.mark.parametrize("role", permissions.ROLES)
def test_a_right_has_words(role: str) -> None:
    assert str(permissions.ROLE_LABELS[role])
    for action, _kind in scopes_of(permissions.ROLES[role]):
        assert str(permissions.ACTION_LABELS[action])


def test_no_word_is_for_a_right_that_nobody_holds() -> None:
    held = scopes_of(permissions.everything())
    assert set(permissions.ACTION_LABELS) <= {action for action, _kind in held}
    assert set(permissions.ROLE_LABELS) == {*permissions.ROLES, permissions.FRAMEWORK_ROLE}


@pytest.mark.parametrize("model", KINDS)
def test_somebody_may_do_what_a_paper_s_moves_ask_for(model: type[Document]) -> None:
    held = scopes_of(permissions.everything())
    for kind in kinds_of(model):
        for step in engine.MOVES[model].values():
            assert (step.right, kind) in held, f"nobody may {step.right} {kind}"


def test_every_right_that_the_code_asks_for_is_held_by_somebody() -> None:
    held = {(action, kind) for action, kind in scopes_of(permissions.everything())}
    asked: set[tuple[str, str]] = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _asks(node.func):
                words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if len(words) == 2:
                    asked.add((words[0], words[1]))
    assert len(asked) > 5, "the search saw something"
    assert asked - held == set()


def _asks(function: ast.expr) -> bool:
    """`actor.may(…)`, `actor.scope(…)`, `demand(…)`; not `may(…)`, which gives."""
    if isinstance(function, ast.Attribute):
        return function.attr in ("may", "scope")
    return getattr(function, "id", "") == "demand"


def test_administrators_approve_nothing_and_see_no_cost() -> None:
    scopes = scopes_of(permissions.ROLES["Administrator"])
    assert {action for action, _kind in scopes} == {"read", "edit"}
    assert ("read", "Cost") not in scopes
    assert not {kind for _action, kind in scopes} & set(permissions.DOCUMENTS)


def test_scopes_are_the_widest_of_what_is_given() -> None:
    assert scopes_of([("can_read_own", "Sale"), ("can_read_all", "Sale"), ("can_read_store", "Sale")]) == {
        ("read", "Sale"): Scope.all
    }
    assert scopes_of([("can_below_floor", "Sale")]) == {("below_floor", "Sale"): Scope.all}


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("window", windows().values(), ids=lambda window: window.kind)
def test_a_window_is_of_a_table_and_somebody_opens_it(window: Any) -> None:
    from app.views.base import BASE_CHAPTERS
    from app.views.menu import CHAPTERS

    assert window.model.__tablename__ == window.kind
    assert window.chapter in {chapter for chapter, _label, _icon in CHAPTERS} | set(BASE_CHAPTERS)
    assert str(window.title)
    held = scopes_of(permissions.everything())
    assert any(("read", kind) in held for kind in kinds_of(window.model))


@pytest.mark.parametrize("window", windows().values(), ids=lambda window: window.kind)
def test_a_window_names_columns_that_there_are(window: Any) -> None:
    from app.fields import spec
    from app.views.lists import field_at

    for declared in window.columns:
        path = declared.partition("|")[0]
        known = path in window.computed or path in window.virtual or field_at(window.model, path)[1] is not None
        assert known, path
        assert path in window.computed or window.column_label(path) or field_at(window.model, path)[1] is not None
    for key in (*window.filters, *window.totals):
        assert key in window.computed or field_at(window.model, key)[1] is not None, key
    for key in window.fields:
        assert key in spec(window.model).fields or key in window.virtual, key


def test_every_kind_of_base_data_has_a_window() -> None:
    missing = [kind for kind in permissions.BASE_DATA if getattr(models, kind).__tablename__ not in windows()]
    assert missing == []


def test_the_folder_of_workflows_holds_what_is_declared() -> None:
    files = {path.stem for path in (APP / "workflows").glob("*.py")}
    assert files >= {*workflows.KINDS, *workflows.RULES}
