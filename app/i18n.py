"""Languages: message ids are the Chinese texts; English and the framework's own texts have catalogues, compiled at start."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

APP = Path(__file__).parent
TRANSLATIONS = APP / "translations"
ENGLISH = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("_", "_l", "gettext", "lazy_gettext")
HEADER = """\
# Caryard, language {language}. Kept by `flask translations update`; empty texts are to be filled in by hand.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def compile_catalogues(folder: Path = TRANSLATIONS) -> None:
    """Write the .mo of every .po that is newer than its own; the .po is what the repository holds."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        catalogue = read(source)
        part = compiled.with_suffix(f".{id(catalogue)}.part")
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(compiled)  # two processes may start at once


def read(source: Path) -> Catalog:
    """A .po file; its language is the name of the folder it lies in."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parts[-3], abort_invalid=True)


def texts(folder: Path = APP) -> dict[str, list[tuple[str, int]]]:
    """Every text of the product in the order of first use, with (file, line) of each use."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in sorted(folder.rglob("*.py")) + sorted((folder / "templates").rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        for line, text in _of_module(path) if path.suffix == ".py" else _of_template(path):
            found.setdefault(text, []).append((name, line))
    return found


def _of_module(path: Path) -> Iterator[tuple[int, str]]:
    """From the syntax tree: Babel's own reader misses what stands inside an f-string."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield call.lineno, first.value


def _of_template(path: Path) -> Iterator[tuple[int, str]]:
    """As Jinja reads it. Scripts have no texts of their own: base.html hands them theirs."""
    with path.open("rb") as file:
        for line, _function, said, _comments in babel_extract(file, KEYWORDS, (), {}):
            yield line, str(said[0] if isinstance(said, tuple) else said)  # a call with values comes as a tuple


def update(source: Path = ENGLISH, folder: Path = APP) -> list[str]:
    """Bring a catalogue to the texts there are: translations stay, new texts are empty, gone ones go. Returns the empty ones.

    Sorted by text and without line numbers, so that a change of code changes no line here.
    """
    template = Catalog()
    for message in texts(folder):
        template.add(message)
    catalogue = read(source) if source.exists() else Catalog(locale=source.parts[-3])
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    fresh = Catalog()
    for entry in entries(catalogue):
        fresh.add(entry.id, entry.string)
    source.parent.mkdir(parents=True, exist_ok=True)
    with source.open("wb") as file:
        file.write(HEADER.format(language=source.parts[-3]).encode())
        write_po(file, fresh, omit_header=True, no_location=True, sort_output=True, width=0)
    return [str(entry.id) for entry in entries(fresh) if not entry.string]


def entries(catalogue: Catalog) -> Iterator[Message]:
    """A catalogue's messages without its header."""
    return (message for message in catalogue if message.id)
