"""Every text can be read in both languages, and no other text is shown."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask import Flask
from flask_babel import force_locale, gettext
from jinja2 import Environment, nodes

from app import i18n
from tests.meta.sources import APP, GETTEXT, SCRIPTS, TEMPLATES, calls, trees

CHINESE = re.compile("[一-鿿]")
NAMED = re.compile(r"%\((\w+)\)s")
BRACED = re.compile(r"\{(\w+)\}")

SPOKEN_ELSEWHERE = {
    "app/catalogue_import.py": "the headings of the file that is read",
    "app/cli.py": "a console reads both languages at once",
    "app/docs_generate.py": "headings of generated documents",
    "app/identity.py": "letters of plates",
    "app/money.py": "万 in an amount",
    "app/setup.py": "a console, and the first names of a company's rows",
    "app/starting_rows.py": "rows of a company",
    "app/views/car.py": "words looked for in the names of body types and colours",
}
"""Modules whose Chinese is no text of a page, and why."""


@pytest.fixture(scope="module")
def english() -> Catalog:
    return i18n.read(i18n.ENGLISH)


def test_every_text_has_its_english(english: Catalog) -> None:
    missing = [text for text in i18n.texts() if not getattr(english.get(text), "string", "")]
    assert missing == [], "run `flask translations update` and fill in what is empty"


def test_no_english_is_stale_or_uncertain(english: Catalog) -> None:
    known = i18n.texts()
    assert [entry.id for entry in i18n.entries(english) if entry.id not in known] == []
    assert [entry.id for entry in i18n.entries(english) if entry.fuzzy] == []


def test_both_languages_fill_in_the_same(english: Catalog) -> None:
    for entry in i18n.entries(english):
        chinese, translated = str(entry.id), str(entry.string)
        for pattern in (NAMED, BRACED):
            assert set(pattern.findall(chinese)) == set(pattern.findall(translated)), chinese
        for text in (chinese, translated):
            rest = NAMED.sub("", text)
            assert "%(" not in rest, text
            if NAMED.search(chinese):
                assert not re.search(r"%(?!%)", rest.replace("%%", "")), f"a lone % breaks the filling in: {text}"


def test_no_chinese_is_left_in_the_english(english: Catalog) -> None:
    assert [
        entry.id for entry in i18n.entries(english) if re.search("[一-鿿，。；：！？（）、「」“”]", str(entry.string))
    ] == []


def test_the_catalogue_is_as_the_command_writes_it(tmp_path: Path) -> None:
    copy = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(i18n.ENGLISH.read_bytes())
    assert i18n.update(copy) == []
    assert copy.read_text(encoding="utf-8") == i18n.ENGLISH.read_text(encoding="utf-8")


def test_a_new_text_arrives_empty_a_gone_one_goes_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        'from flask_babel import gettext as _\n_("旧的")\nf"{_(\'新的\')}"\n', encoding="utf-8"
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ _('有 %(n)s 处', n=3) }}", encoding="utf-8")
    source = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "旧的"\nmsgstr "Old"\n\nmsgid "没有了"\nmsgstr "Gone"\n', encoding="utf-8")
    assert sorted(i18n.update(source, tmp_path)) == ["新的", "有 %(n)s 处"]
    assert {entry.id: entry.string for entry in i18n.entries(i18n.read(source))} == {
        "旧的": "Old",
        "新的": "",
        "有 %(n)s 处": "",
    }


def test_a_page_speaks_the_language_asked_for(app: Flask) -> None:
    with app.test_request_context():
        with force_locale("en"):
            assert gettext("收车入库") == "Purchase"
        with force_locale("zh"):
            assert gettext("收车入库") == "收车入库"


def test_texts_are_whole_sentences_with_named_places() -> None:
    """No f-string, no sum, no variable inside `_()`: it could not be looked up."""
    for name, tree in trees().items():
        for call in calls(tree, *GETTEXT):
            first = call.args[0]
            if isinstance(first, ast.Name) and name == "app/i18n.py":
                continue
            assert isinstance(first, ast.Constant), f"{name}:{call.lineno}"
            assert isinstance(first.value, str), f"{name}:{call.lineno}"
            given = {keyword.arg for keyword in call.keywords}
            # without values it is filled in where it is told
            assert not given or set(NAMED.findall(first.value)) == given, f"{name}:{call.lineno}"
    for template in TEMPLATES:
        for said in _template_calls(template):
            text = said.args[0]
            assert isinstance(text, nodes.Const), f"{template.name}:{said.lineno}"
            assert set(NAMED.findall(text.value)) == {keyword.key for keyword in said.kwargs}, (
                f"{template.name}:{said.lineno}"
            )


def _template_calls(template: Path) -> Iterator[nodes.Call]:
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(template.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT:
            yield call


def test_no_python_text_goes_around_the_translation() -> None:
    astray = []
    for name, tree in trees().items():
        if name in SPOKEN_ELSEWHERE or name.startswith("app/demo/"):
            continue
        spoken = {id(part) for call in calls(tree, *GETTEXT) for argument in call.args for part in ast.walk(argument)}
        spoken |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        astray += [
            f"{name}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and CHINESE.search(node.value)
            and id(node) not in spoken
        ]
    assert astray == []


def test_no_text_of_a_template_or_a_script_goes_around_it() -> None:
    languages = {"中文", "切换到中文"}  # a language is called by its own name
    for template in TEMPLATES:
        source = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        source = re.sub(r"\b_l?\(\s*(['\"]).*?\1", "", source)
        for name in sorted(languages, key=len, reverse=True):
            source = source.replace(name, "")
        assert [line for line in source.splitlines() if CHINESE.search(line)] == [], template.name
    for script in SCRIPTS:
        source = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        typed = re.compile(r"\.(exec|test)\(")  # what a person may type is looked for, not shown
        assert [line for line in source.splitlines() if CHINESE.search(line) and not typed.search(line)] == [], (
            script.name
        )


def test_scripts_ask_for_texts_that_the_page_hands_them() -> None:
    handed = set(
        re.findall(r"'([\w ?/\[↵←→↑↓]+)': ?_\(", (APP / "templates" / "base.html").read_text(encoding="utf-8"))
    )
    asked = {key for script in SCRIPTS for key in re.findall(r"\bsay\('([\w ]+)'", script.read_text(encoding="utf-8"))}
    assert len(asked) > 20, "the search saw something"
    assert asked - {"key "} - handed == set()
    unused = {key for key in handed - asked if not key.startswith("key ")}
    source = "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    assert {key for key in unused if f"'{key}'" not in source} == set()


# ── the framework's own texts ────────────────────────────────────────────────────────────────────────────────────────
FRAMEWORK = ("Access is Denied",)
"""What FAB may still say to a person of ours: everything else is said by doors that are not here."""


@pytest.mark.parametrize("text", FRAMEWORK)
def test_what_the_framework_may_still_say_is_chinese(app: Flask, text: str) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert CHINESE.search(gettext(text))


def test_every_catalogue_can_be_compiled(tmp_path: Path) -> None:
    found = sorted(path.parts[-3] for path in i18n.TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))
    assert found == ["en", "zh"]
    for name in found:
        target = tmp_path / name / "LC_MESSAGES"
        target.mkdir(parents=True)
        (target / "messages.po").write_bytes((i18n.TRANSLATIONS / name / "LC_MESSAGES" / "messages.po").read_bytes())
    i18n.compile_catalogues(tmp_path)
    assert len(list(tmp_path.rglob("*.mo"))) == 2
    assert not list(tmp_path.rglob("*.part"))


def test_places_are_named_in_plain_letters() -> None:
    allowed = set(string.ascii_letters + string.digits + "_")
    for text in i18n.texts():
        for name in NAMED.findall(text) + BRACED.findall(text):
            assert set(name) <= allowed, text
