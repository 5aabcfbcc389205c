"""A new kind of paper takes one table, one workflow and one test class, and inherits everything else.

tests/toy_kind.py is such a kind. It runs in a process of its own: a table that is declared stays in the metadata of its
process, and here it would stand in every database that later tests make and in what the migrations are compared with.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from app.columns import Base

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_a_kind_written_by_the_book_inherits_every_sentence() -> None:
    command = [sys.executable, "-m", "pytest", "tests/toy_kind.py", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
    assert "failed" not in ran.stdout


def test_the_toy_stays_in_its_box() -> None:
    assert "toy" not in Base.metadata.tables


def test_the_toy_is_small() -> None:
    lines = (ROOT / "tests" / "toy_kind.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
