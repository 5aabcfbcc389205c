"""What is written about the code is true of it."""

import re
from pathlib import Path

import pytest
from flask import Flask

from app import docs_generate
from tests.meta.sources import ROOT

GENERATED = ("tables.md", "states.md", "rights.md")


def test_the_generated_documents_are_of_this_code(app: Flask) -> None:
    made = docs_generate.documents()
    assert sorted(made) == sorted(GENERATED)
    for name, text in made.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name}: run `flask docs`"


def test_writing_them_tells_what_changed(app: Flask, tmp_path: Path) -> None:
    assert [path.name for path in docs_generate.write(tmp_path)] == list(docs_generate.documents())
    assert docs_generate.write(tmp_path) == []
    (tmp_path / "states.md").write_text("old", encoding="utf-8")
    assert [path.name for path in docs_generate.write(tmp_path)] == ["states.md"]


@pytest.mark.parametrize(
    "name",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", *(f"docs/{one}" for one in GENERATED)],
)
def test_what_a_document_points_at_is_there(name: str) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), f"{name} → {target}"
    for named in re.findall(r"`((?:app|tests|docs|migrations|bench)/[\w./]+?)`", text):
        assert (ROOT / named).exists(), f"{name} → {named}"


def test_every_change_that_users_notice_has_a_place() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased$", text, re.MULTILINE)
    assert text.index("## Unreleased") < (text.index("## [") if "## [" in text else len(text))


def test_every_setting_is_explained() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"CARYARD_\w+", (ROOT / "config.py").read_text(encoding="utf-8")))
    assert {name for name in named if f"`{name}`" not in readme} == set()
