"""The checkers that stand beside the tests run among them, once, whatever the databases."""

import subprocess
import sys

import pytest

from tests.meta.sources import ROOT

pytestmark = [pytest.mark.xdist_group("tools"), pytest.mark.slow]

CHECKERS = {
    "the code has no fault that ruff knows": ["ruff", "check", "--no-cache", "."],
    "the code is formatted": ["ruff", "format", "--check", "--no-cache", "."],
    "the types hold": ["mypy"],
    "a module imports only from floors below": ["importlinter.cli"],
}


@pytest.mark.parametrize("sentence", CHECKERS)
def test_the_tools_agree_that(sentence: str) -> None:
    module, *arguments = CHECKERS[sentence]
    ran = subprocess.run(
        [sys.executable, *_called(module), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]


def _called(module: str) -> list[str]:
    """import-linter has no `python -m` of its own."""
    if module == "importlinter.cli":
        return ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"]
    return ["-m", module]
