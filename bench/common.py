"""What the measurements share: a company of their own on a fresh database, cars ready to be sold, and how figures are told."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("CARYARD_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

from flask import Flask  # noqa: E402  # the project's root is on the path from here on

from app.extensions import db  # noqa: E402
from tests import make  # noqa: E402
from tests.conftest import new_app, new_database  # noqa: E402


@dataclass(frozen=True)
class Place:
    """A company made for one measurement: its application, database and home folder."""

    app: Flask
    url: str
    home: Path


@dataclass(frozen=True)
class Figure:
    """One promised figure; `better` says on which side of `goal` it belongs."""

    name: str
    value: float
    goal: float
    better: str

    @property
    def reached(self) -> bool:
        """It is where it should be."""
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal


@contextlib.contextmanager
def company(kind: str) -> Iterator[Place]:
    """A company with two stores and one person of each role on a fresh database, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        url, drop = new_database(kind, Path(folder))
        home = Path(folder) / "home"
        try:
            app = new_app(url, home)
            yield Place(app, url, home)
            with app.app_context():
                db.engine.dispose()
        finally:
            drop()


def sale_drafts(number: int) -> list[int]:
    """Ids of sale drafts, each on a priced car of its own, with one agency fee partly passed on, partly kept."""
    agent, fee = make.party("顺达代办", "agent").id, make.fee("过户代办费")
    found = []
    for _ in range(number):
        holding = make.bought()
        make.priced(holding)
        line = {"fee_item_id": fee, "charged": "1800", "passed_on": "1200", "party_id": agent}
        found.append(make.sale(holding, price="58000", fees=[line]).id)
        db.session.remove()
    return found


def tell(bench: str, figures: list[Figure]) -> int:
    """Print a table of the figures and, as the last line, JSON; the process's exit status."""
    wide = max(len(figure.name) for figure in figures)
    for figure in figures:
        sign = "≥" if figure.better == "higher" else "≤"
        print(
            f"{figure.name:<{wide}}  {figure.value:>9.3f}  {sign} {figure.goal:g}  {'ok' if figure.reached else 'MISSED'}"
        )
    print(json.dumps({"bench": bench, "figures": [asdict(figure) for figure in figures]}))
    return 0 if all(figure.reached for figure in figures) else 1
