"""`flask docs`: writes docs/tables.md, docs/states.md and docs/rights.md from the models, the moves and the roles.

A test holds the files to what this makes, so a table, a move or a right that is not in them has not been looked at.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import CheckConstraint, Table, UniqueConstraint
from sqlalchemy import Enum as SqlEnum

import config
from app import labels, models, permissions
from app.columns import Base, Document
from app.enums import Scope, State
from app.queries import RANK, scopes_of
from app.workflows import engine

FOLDER = config.ROOT / "docs"
MADE_BY = "<!-- Made by `flask docs`; a test holds it to the code. -->\n"
CHAPTERS = (models.__doc__ or "").split("\n\n")[1].split("\n")[-1].split(" · ")
"""The chapters in the order of the contents on top of models.py."""
SCOPE_MARKS = {Scope.own: "o", Scope.store: "s", Scope.all: "*"}
VERB_OF = {verb: letter for letter, verb in permissions.VERBS.items()}


def write(folder: Path = FOLDER) -> list[Path]:
    """Write every document anew; returns those that changed."""
    changed = []
    for name, text in documents().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def documents() -> dict[str, str]:
    """What each file should hold, by its name. Labels are Chinese whatever the reader's language."""
    makers: dict[str, Callable[[], Iterable[str]]] = {"tables.md": _tables, "states.md": _states, "rights.md": _rights}
    with force_locale("zh"):
        return {name: "\n".join([MADE_BY, *lines()]).rstrip() + "\n" for name, lines in makers.items()}


def classes() -> list[type[Any]]:
    """Every class of app/models.py with a table, in the order of the file."""
    found = [
        value for value in vars(models).values() if isinstance(value, type) and value.__module__ == models.__name__
    ]
    return [model for model in found if hasattr(model, "__table__")]


def chapter_of() -> dict[str, str]:
    """The chapter that each class of models.py stands under, by the ruled headings of the file."""
    chapter, found = "", {}
    for line in Path(models.__file__).read_text(encoding="utf-8").splitlines():
        if line.startswith("# ── "):
            chapter = line.split()[2]
        elif line.startswith("class "):
            found[line[6:].partition("(")[0]] = chapter
    return found


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _tables() -> Iterator[str]:
    yield "# Tables\n"
    yield "Bold: must be filled in. *machine*: written by the system, in no form. *cost*: behind the cost gate. *floor*: behind the"
    yield "right to see floor prices. *masked*: shown in part to those who need not know it. *own*: makes the row that person's own."
    yield "Money is yuan as whole fen. Every table has `id`; what all papers and all stamped rows have stands once, at the end.\n"
    chapters = chapter_of()
    for chapter in CHAPTERS:
        tables = [model for model in classes() if chapters[model.__name__] == chapter]
        if tables:
            yield f"## {chapter}\n"
        for model in tables:
            yield from _table(model)
    yield from _common()


def _table(model: type[Any]) -> Iterator[str]:
    table: Table = model.__table__
    yield f"### {table.name} {labels.table(table.name)}\n"
    yield " ".join((model.__doc__ or "").split()) + "\n"
    yield "| column | 名称 | holds |\n|---|---|---|"
    inherited = _inherited(model)
    for column in table.columns:
        if column.key in ("id", *inherited) or (model is models.Login and column.key not in OURS):
            continue
        name = f"**{column.key}**" if not column.nullable and column.default is None else column.key
        yield f"| {name} | {label_of(table.name, column.key)} | {_holds(column)} |"
    rules = list(_rules(table, inherited))
    yield "\n" + ("\n".join(f"- {rule}" for rule in rules) + "\n" if rules else "")


OURS = ("employee_id", "session_stamp", "must_change_password")
"""What we added to the framework's table of users."""


def _inherited(model: type[Any]) -> set[str]:
    shared = set(STAMPS)
    return shared | set(PAPER) if issubclass(model, Document) else shared


STAMPS = ("created_at", "created_by_id", "changed_at", "changed_by_id", "version")
PAPER = (
    "number",
    "dated_on",
    "store_id",
    "state",
    "revision",
    "handler_id",
    "note",
    "submitted_at",
    "submitted_by_id",
    "sent_back_reason",
    "approved_at",
    "approved_by_id",
    "void_reason",
)


def _common() -> Iterator[str]:
    yield "## What all have\n"
    for title, keys in (("A paper", PAPER), ("A stamped row", STAMPS)):
        yield f"{title}:\n\n| column | 名称 | holds |\n|---|---|---|"
        table: Table = models.Sale.__table__
        yield from (f"| {key} | {label_of('sale', key)} | {_holds(table.c[key])} |" for key in keys)
        yield ""


def label_of(table: str, key: str) -> str:
    """A column's word, or a dash for what nobody is shown."""
    try:
        return str(labels.column(table, key))
    except KeyError:
        return "–"


def _holds(column: Any) -> str:
    info = column.info
    parts = [_type_of(column)]
    parts += [f"*{mark}*" for mark in ("cost", "floor", "masked") if info.get(mark)]
    parts += ["*own*"] if info.get("own") else []
    parts += ["*machine*"] if info.get("system") else []
    return ", ".join(parts)


def _type_of(column: Any) -> str:
    if column.foreign_keys:
        return f"→ {next(iter(column.foreign_keys)).column.table.name}"
    if isinstance(column.type, SqlEnum) and column.type.enum_class is not None:
        words: Iterable[Any] = column.type.enum_class
        return " · ".join(f"`{word.value}` {word.label}" for word in words)
    length = getattr(column.type, "length", None)
    unit = column.info.get("unit")
    name = type(column.type).__name__
    plain = {"Fen": "money", "UtcDateTime": "moment", "JSON": "JSON", "Numeric": "rate"}.get(name, name.lower())
    return f"{plain} ≤ {length}" if length and plain == "string" else f"{plain} ({unit})" if unit else plain


def _rules(table: Table, inherited: set[str]) -> Iterator[str]:
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        if isinstance(constraint, UniqueConstraint):
            keys = [column.key for column in constraint.columns]
            if not set(keys) <= inherited and keys != ["id", "is_red"]:
                yield f"unique: {', '.join(keys)}"
        elif isinstance(constraint, CheckConstraint) and not _told_elsewhere(table, constraint):
            yield f"`{constraint.name}`: {' '.join(str(constraint.sqltext).split())}"


def _told_elsewhere(table: Table, rule: CheckConstraint) -> bool:
    """The words of an enum stand in its row; what holds for every paper is no rule of this one."""
    of_papers = {f"ck_{table.name}_{of_every_paper().name}" for of_every_paper in Document.__rules__}  # type: ignore[attr-defined]  # a CHECK
    return " IN (" in str(rule.sqltext) or str(rule.name) in of_papers


# ── states and moves ─────────────────────────────────────────────────────────────────────────────────────────────────
def _states() -> Iterator[str]:
    yield "# States and moves of papers\n"
    yield "    " + "    ".join(f"{state.value} {state.label}" for state in State) + "\n"
    yield "`submit` marks a draft for those who approve, it is no state. A move asks for the right, then for the state, then for the"
    yield "version; then everything wrong is told at once. What is approved changes only by the engine (a guard before every flush).\n"
    for model in engine.MOVES:
        yield from _paper(model)


def _paper(model: type[Any]) -> Iterator[str]:
    yield f"## {model.__tablename__} {labels.table(model.__tablename__)} ({model.__series__})\n"
    yield "| move | 名称 | from → to | right | reason | what it does |\n|---|---|---|---|---|---|"
    for step in engine.MOVES[model].values():
        does = " ".join((step.effect.__doc__ or "").split()) or "–"
        books = " Posts its entry." if step.posts and step.name == "approve" else ""
        reason = "yes" if step.wants_reason else ""
        yield f"| {step.name} | {engine.LABELS[step.name]} | {step.source} → {step.target} | {step.right} | {reason} | {does}{books} |"
    grounds = engine.RESTS_ON.get(model, ())
    dependents = dict.fromkeys(dependent.__tablename__ for dependent, _finder in grounds)
    if dependents:
        yield f"\nUnapproving is refused while one of these rests on it: {', '.join(dependents)}; and a settlement that settles it."
    else:
        yield "\nUnapproving is refused while a settlement settles it."
    for finder in engine.OBSTACLES.get(model, ()):
        yield f"Refused as well: {_lowered(finder)}"
    yield ""


def _lowered(function: Any) -> str:
    text = " ".join((function.__doc__ or function.__name__).split())
    return text[:1].lower() + text[1:]


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _rights() -> Iterator[str]:
    yield "# Who may what\n"
    yield "v read, e edit, a approve, u unapprove; o own rows, s own store, * all. Rights add up over the roles of a person."
    yield "Source: `app/permissions.py`.\n"
    for role, rights in permissions.ROLES.items():
        yield f"## {role} {permissions.ROLE_LABELS[role]}\n"
        scopes = scopes_of(rights)
        for kind in dict.fromkeys(kind for _action, kind in rights):
            actions = {action: scope for (action, of), scope in scopes.items() if of == kind}
            yield f"- {kind} {kind_label(kind)}: {', '.join(_letters(actions))}"
        yield ""


def _letters(actions: dict[str, Scope]) -> Iterator[str]:
    for scope in sorted(set(actions.values()), key=RANK.__getitem__):
        letters = "".join(VERB_OF[action] for action in permissions.VERBS.values() if actions.get(action) is scope)
        if letters:
            yield f"{letters}{SCOPE_MARKS[scope]}"
    yield from (f"{action} {permissions.ACTION_LABELS[action]}" for action in actions if action not in VERB_OF)


def kind_label(kind: str) -> str:
    """What a kind of right is called: its own word, else its table's. KeyError for one that nobody named."""
    if kind in permissions.KIND_LABELS:
        return str(permissions.KIND_LABELS[kind])
    model: type[Base] = getattr(models, kind)
    return str(labels.table(model.__tablename__))
