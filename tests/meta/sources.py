"""The product's own files, as the tests of its habits read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import config

ROOT = config.ROOT
APP = ROOT / "app"
TEMPLATES = sorted((APP / "templates").rglob("*.html"))
SCRIPTS = sorted((APP / "static" / "js").rglob("*.js"))
GETTEXT = ("_", "_l", "gettext", "lazy_gettext")


@cache
def trees(folder: Path = APP) -> dict[str, ast.Module]:
    """Every module under a folder, by its path from the project."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    }


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Every call of a function by one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node
