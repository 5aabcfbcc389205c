"""Habits of the code that no checker knows."""

import ast
import re
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.meta.sources import APP, ROOT, SCRIPTS, TEMPLATES, trees

NO_MONEY = {
    "app/views/api/bodies.py": "refuses a JSON number that is too large",
    "app/database.py": "waits a part of a second",
    "app/views/car.py": "years of a car, kilometres a year",
    "app/views/vehicles.py": "the width of a bar",
}
"""Modules that touch a float, and why it is no money."""


def test_no_money_is_ever_a_float() -> None:
    astray = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        if name not in NO_MONEY and not name.startswith("app/demo/")  # draws lots for its figures
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("float", "round"))
    ]
    assert astray == []


def test_rounding_has_one_place() -> None:
    rounding = [name for name, tree in trees().items() if "ROUND_HALF" in ast.dump(tree)]
    assert rounding == ["app/money.py"]


def test_only_the_clock_knows_what_time_it_is() -> None:
    modules = ("dt.datetime", "dt.date", "datetime", "date", "datetime.datetime", "datetime.date")
    astray = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and ast.unparse(node.value) in modules
    ]
    assert [one for one in astray if not one.startswith(("app/clock.py", "app/identity.py"))] == [], (
        "a birth date may be of any zone"
    )


def test_only_the_unit_of_work_commits() -> None:
    astray = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit" and name != "app/database.py"
    ]
    assert astray == []


def test_only_the_ledger_writes_the_books() -> None:
    written = re.compile(r"\b(insert|update|delete|upsert)\((JournalEntry|JournalLine|OpenItem|Match)\b")
    astray = [
        path.relative_to(ROOT).as_posix()
        for path in APP.rglob("*.py")
        if written.search(path.read_text(encoding="utf-8"))
        and path.parent.name != "ledger"
        and path.name != "models.py"
    ]
    assert astray == []


def test_public_things_say_what_the_caller_may_rely_on() -> None:
    silent = []
    for name, tree in trees().items():
        if not ast.get_docstring(tree) and not name.endswith("demo/__init__.py"):
            silent.append(name)
        silent += [
            f"{name}:{node.lineno} {node.name}"
            for node in tree.body
            if _should_speak(node, name) and not ast.get_docstring(node)
        ]
    assert silent == []


def _should_speak(node: ast.stmt, name: str) -> TypeGuard[ast.FunctionDef | ast.ClassDef]:
    if isinstance(node, ast.ClassDef):
        return not node.name.startswith("_") and name != "app/enums.py" and not _is_window(node)
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("_")


def _is_window(node: ast.ClassDef) -> bool:
    """Its table and chapter stand in its own first line; words have their labels beside them."""
    return "model" in {keyword.arg for keyword in node.keywords}


def test_an_exception_to_the_checkers_has_its_reason() -> None:
    """`# type: ignore[code]  # why`, `# noqa: CODE  # why`."""
    bare = re.compile(r"# (type: ignore\[[\w-]+(, ?[\w-]+)*\]|noqa: [A-Z0-9, ]+)\s*$")
    blanket = re.compile(r"# (type: ignore(?!\[)|noqa(?!:))")
    astray = []
    for path in (*APP.rglob("*.py"), ROOT / "run.py", ROOT / "config.py"):
        seen: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not blanket.search(line), f"{path.name}:{number}"
            codes = set(re.findall(r"(?:ignore\[|noqa: )([\w-]+)", line))
            if bare.search(line) and not codes <= seen:
                astray.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[-60:]}")
            seen |= codes
    assert astray == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_everything_in_the_house(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source), "style lives in caryard.css"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), "handlers live in modules"
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", source), "nothing comes from elsewhere"
    assert not re.search(r"\|\s*safe\b|autoescape false|Markup\(", source), "what people typed is text"
    assert "javascript:" not in source
    for script in re.findall(r"<script[^>]*>", source):
        assert "nonce=" in script, script


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_writes_data_as_markup(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
    assert not re.search(r"(https?:)//(?!www\.w3\.org/)", source)


def test_styles_and_icons_come_from_the_house() -> None:
    for path in (APP / "static").rglob("*.css"):
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", path.read_text(encoding="utf-8"))


def test_python_marks_nothing_as_safe_markup() -> None:
    for name, tree in trees().items():
        assert "Markup" not in {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}, name


def test_the_product_does_not_speak_of_how_it_was_made() -> None:
    words = re.compile(r"\.library|/(?:work)/|shared/(house|product|ledger|model|ui)\b", re.IGNORECASE)
    folders = ("app", "tests", "migrations", "docs", "bench")
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".html", ".js", ".css")
    ]
    astray = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.name not in ("test_code.py", "plan.md") and words.search(path.read_text(encoding="utf-8"))
    ]
    assert astray == []
