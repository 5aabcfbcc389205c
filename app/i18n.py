"""Languages: message ids are the Chinese texts; English and the framework's own texts have catalogues, compiled at start."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).parent / "translations"


def compile_catalogues(folder: Path = TRANSLATIONS) -> None:
    """Write the .mo of every .po that is newer than its own; the .po is what the repository holds."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        part = compiled.with_suffix(f".{id(catalogue)}.part")
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(compiled)  # two processes may start at once
