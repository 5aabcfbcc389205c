"""The server is killed in the middle of its work: what was answered is there, what is there is whole, and it starts again."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.columns import Document
from app.database import one_moment
from app.enums import State
from app.extensions import db
from app.ledger.posting import stands
from app.models import Audit, Expense, JournalEntry, JournalLine, ManualEntry, Sale
from app.workflows import engine
from app.workflows.books import check_books
from tests import make
from tests.conftest import DATABASES, new_app, new_database
from tests.serving import Client, free_port, serving, start

APPROVALS = 500
CLIENTS = 6
KILLED_AFTER = 150
"""How many answers the clients have by then; what is under way at that moment is anybody's guess."""
LINES = {Sale: 5, Expense: 2, ManualEntry: 2}
"""Of how many lines the entry of each of our papers consists."""

pytestmark = pytest.mark.slow


@pytest.fixture(
    params=[pytest.param(kind, marks=pytest.mark.postgres if kind == "postgresql" else ()) for kind in DATABASES]
)
def lot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, str, Path]]:
    """An application with a database of its own, its address and home folder."""
    url, drop = new_database(request.param, tmp_path)
    app = new_app(url, tmp_path / "home")
    yield app, url, tmp_path / "home"
    with app.app_context():
        db.engine.dispose()
    drop()


def drafts() -> list[tuple[type[Document], int]]:
    """Papers to approve: every tenth a sale, the rest expenses owed to a vendor and manual entries."""
    vendor = make.party("钣喷B", "vendor").id
    line = {"fee_item_id": make.fee("检测费"), "amount": "300"}
    found: list[tuple[type[Document], int]] = []
    for n in range(APPROVALS):
        if n % 10 == 0:
            found.append((Sale, make.sale(make.bought()).id))
        elif n % 2:
            found.append((Expense, make.expense(party_id=vendor, lines=[line]).id))
        else:
            found.append((ManualEntry, make.manual_entry().id))
        db.session.remove()
    return found


class Customers:
    """Clients that approve one paper after the other until nobody answers any more."""

    def __init__(self, port: int, papers: list[tuple[type[Document], int]]) -> None:
        self.papers = iter(papers)
        self.next = threading.Lock()
        self.answered: list[tuple[type[Document], int]] = []
        self.odd: list[object] = []
        self.threads = [threading.Thread(target=self.work, args=(port,)) for _ in range(CLIENTS)]

    def work(self, port: int) -> None:
        """Approve what comes next, a sale as the boss, what is the accountant's as the accountant; a broken line ends it."""
        with (
            contextlib.suppress(OSError, HTTPException),
            Client(port, "boss") as boss,
            Client(port, "accountant") as accountant,
        ):
            self._work({Sale: boss, Expense: accountant, ManualEntry: accountant})

    def _work(self, doors: dict[type[Document], Client]) -> None:
        while True:
            with self.next:
                model, pk = next(self.papers, (None, 0))
            if model is None:
                return
            status, content = doors[model].call("POST", f"/api/v1/{model.__tablename__}/{pk}/approve", {"version": 1})
            if status == 200:
                self.answered.append((model, pk))
            else:
                self.odd.append((model.__name__, pk, status, content))

    def start(self) -> None:
        """Begin, all at once."""
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have given up."""
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


def test_a_server_killed_while_it_approves_leaves_whole_papers_and_starts_again(lot: tuple[Flask, str, Path]) -> None:
    app, url, home = lot
    with app.app_context():
        papers = drafts()
        db.session.remove()
        port = free_port()
        server = start(url, home, port)
        people = Customers(port, papers)
        people.start()
        deadline = time.monotonic() + 60
        while len(people.answered) < KILLED_AFTER and time.monotonic() < deadline:
            time.sleep(0.002)
        server.kill()
        server.communicate()
        people.join()
        wait_for_the_database()
        assert not people.odd
        assert KILLED_AFTER <= len(people.answered) < APPROVALS

        approved = assert_whole(papers)
        assert set(people.answered) <= approved
        assert len(approved) - len(people.answered) <= CLIENTS  # done, but the answer was cut

        db.session.remove()
        with serving(url, home) as again, Client(again, "boss") as boss, Client(again, "accountant") as accountant:
            for model, pk in [paper for paper in papers if paper not in approved][:50]:
                door = boss if model is Sale else accountant
                status, content = door.call("POST", f"/api/v1/{model.__tablename__}/{pk}/approve", {"version": 1})
                assert status == 200, content
                approved.add((model, pk))
        assert assert_whole(papers) == approved


def wait_for_the_database() -> None:
    """Until PostgreSQL has ended what the dead server's connections were doing."""
    if db.engine.dialect.name == "postgresql":
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        deadline = time.monotonic() + 20
        while db.session.scalar(text(others)) and time.monotonic() < deadline:
            db.session.rollback()
            time.sleep(0.05)
    db.session.rollback()


def assert_whole(papers: list[tuple[type[Document], int]]) -> set[tuple[type[Document], int]]:
    """The books hold; each paper is approved with one whole entry and one line in the trail, or a draft with none. Those approved."""
    db.session.rollback()
    with one_moment():
        breaches = [sentence for finding in check_books() for sentence in finding.breaches]
    assert not breaches, "\n".join(breaches)
    approved = set()
    for model, pk in papers:
        paper = db.session.get_one(model, pk, populate_existing=True)
        of = (JournalEntry.document_kind == model.__tablename__, JournalEntry.document_id == pk)
        lines = db.session.scalars(
            select(func.count(JournalLine.id))
            .select_from(JournalEntry)
            .outerjoin(JournalLine, JournalLine.entry_id == JournalEntry.id)
            .where(*of, stands())
            .group_by(JournalEntry.id)
        ).all()
        trail = select(func.count()).where(Audit.code == f"{model.__tablename__}.approved", Audit.row_id == pk)
        told = db.session.scalar(trail)
        if paper.state is State.approved:
            assert (list(lines), told, paper.version) == ([LINES[model]], 1, 2)
            approved.add((model, pk))
        else:
            assert (list(lines), told, paper.version) == ([], 0, 1)
    assert {model for model, _pk in papers} <= set(engine.MOVES)
    return approved
