"""What is true of every kind of paper, told once and inherited.

`class TestSale(DocumentCase)` names its people and writes `draft()`; every sentence below then holds for sales. What is
its own follows in a few sentences more.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import pytest
from sqlalchemy import func, select

from app import clock, ledger
from app.columns import Document
from app.database import unit_of_work
from app.enums import State
from app.errors import Invalid, NotAllowed, NotThere, Stale, WrongState
from app.extensions import db
from app.fields import spec
from app.models import Audit, Holding, JournalEntry, JournalLine, Match, OpenItem, Vehicle
from app.queries import Actor, within
from app.workflows import engine
from app.workflows.numbers import draw
from tests import make

Books = dict[str, Any]


def books() -> Books:
    """Everything that a paper may move: balances, open items, matches, cars in stock, their status."""
    dimensions = (
        JournalLine.account_id,
        JournalLine.store_id,
        JournalLine.party_id,
        JournalLine.holding_id,
        JournalLine.money_account_id,
        JournalLine.employee_id,
    )
    balances = db.session.execute(
        select(*dimensions, func.sum(JournalLine.debit), func.sum(JournalLine.credit)).group_by(*dimensions)
    )
    items = db.session.execute(select(OpenItem.id, OpenItem.amount, OpenItem.settled).where(OpenItem.amount > 0))
    matches = db.session.execute(select(Match.document_kind, Match.document_id, Match.item_id, Match.amount))
    stock = db.session.execute(
        select(
            Holding.id,
            Holding.vehicle_id,
            Holding.warehouse_id,
            Holding.opened_on,
            Holding.closed_on,
            Holding.closed_by,
        ).where(Holding.opened_on.is_not(None))
    )
    return {
        "balances": sorted(map(str, (row for row in balances if row[-1] or row[-2]))),
        "items": sorted(map(tuple, items)),
        "matches": sorted(map(tuple, matches)),
        "stock": sorted(map(str, stock)),
        "status": sorted(map(str, db.session.execute(select(Vehicle.id, Vehicle.status)))),
    }


def papers_row(paper: Document) -> dict[str, Any]:
    """A paper's columns as the database has them."""
    table = type(paper).__table__
    return dict(db.session.execute(select(table).where(table.c.id == paper.id)).mappings().one())


def standing_entries(paper: Document) -> list[JournalEntry]:
    """The paper's entries that are neither red nor withdrawn."""
    return ledger.posting.standing(*ledger.posting.key(paper))


def only_with(attribute: str) -> Callable[[Any], Any]:
    """Only kinds whose case sets this inherit the sentence: for the others it does not exist, so nothing is skipped."""

    def mark(sentence: Any) -> Any:
        sentence.only_with = attribute
        return sentence

    return mark


class DocumentCase:
    """People: `author` writes the paper, `approver` approves, `unapprover` takes back, `outsider` may approve nothing of
    it, `elsewhere` works in the other store (None: nobody of another store is kept from these papers).

    `same_day_only` may unapprove, but not from the next day on (None: whoever may, may later too). `second_pair`
    approves what `approver` edited last (None: the kind has no four eyes). `posts`: it keeps books.
    """

    model: ClassVar[type[Document]]
    author: ClassVar[str]
    approver: ClassVar[str]
    unapprover: ClassVar[str]
    outsider: ClassVar[str] = "workshop"
    elsewhere: ClassVar[str | None] = None
    same_day_only: ClassVar[str | None] = None
    second_pair: ClassVar[str | None] = None
    posts: ClassVar[bool] = True

    actor: Callable[[str], Actor]
    as_: Callable[[str | None], Any]

    def __init_subclass__(cls) -> None:
        for name, sentence in vars(DocumentCase).items():
            needed = getattr(sentence, "only_with", None)
            if needed and name not in vars(cls):
                setattr(cls, name, sentence if getattr(cls, needed) else None)

    @pytest.fixture(autouse=True)
    def people(self, app: Any, actor: Callable[[str], Actor], as_: Callable[[str | None], Any]) -> None:
        self.actor, self.as_ = actor, as_

    def draft(self) -> Any:
        """A fresh draft, written by the author, that may be approved as it is."""
        raise NotImplementedError

    # ── small words ──
    def approve(self, paper: Any, by: str | None = None) -> Any:
        return make.move(paper, "approve", by or self.approver)

    def unapprove(self, paper: Any, by: str | None = None, reason: str = "写错了") -> Any:
        return make.move(paper, "unapprove", by or self.unapprover, reason)

    def refused(
        self, refusal: type[Exception] | tuple[type[Exception], ...], deed: Callable[[], object], *, paper: Any
    ) -> str:
        """The deed is refused, and nothing changed; returns the words."""
        before, row = books(), papers_row(paper)
        with pytest.raises(refusal) as caught:
            deed()
        db.session.expire_all()
        assert books() == before
        assert papers_row(paper) == row
        return str(caught.value)

    # ── what is true of every paper ──
    def test_doing_and_undoing_leaves_no_trace(self) -> None:
        paper = self.draft()
        before = books()
        self.approve(paper)
        assert bool(standing_entries(paper)) is self.posts
        during = books()
        self.unapprove(paper)
        assert books() == before
        assert paper.state is State.draft
        assert standing_entries(paper) == []
        self.approve(paper)
        assert books() == during

    @only_with("posts")  # else: keeps no books
    def test_undoing_writes_a_red_entry_that_names_what_it_withdraws(self) -> None:
        paper = self.approve(self.draft())
        (entry,) = standing_entries(paper)
        self.unapprove(paper, reason="价格写错")
        red = db.session.scalars(select(JournalEntry).where(JournalEntry.withdraws_id == entry.id)).one()
        assert (red.is_red, red.dated_on, red.reason, red.number) == (True, entry.dated_on, "价格写错", paper.number)
        mirrored = [
            (line.account_id, -line.debit, -line.credit, line.party_id, line.holding_id) for line in entry.lines
        ]
        assert [
            (line.account_id, line.debit, line.credit, line.party_id, line.holding_id) for line in red.lines
        ] == mirrored

    def test_every_entry_balances(self) -> None:
        paper = self.approve(self.draft())
        sides = [(line.debit, line.credit) for entry in standing_entries(paper) for line in entry.lines]
        assert sum(debit for debit, _credit in sides) == sum(credit for _debit, credit in sides)

    def test_whoever_lacks_the_right_is_refused(self) -> None:
        paper = self.draft()
        self.refused((NotThere, NotAllowed), lambda: self.approve(paper, self.outsider), paper=paper)
        self.approve(paper)
        self.refused((NotThere, NotAllowed), lambda: self.unapprove(paper, self.outsider), paper=paper)

    @only_with("elsewhere")  # else: nobody of another store is kept from these papers
    def test_the_other_store_does_not_see_it(self) -> None:
        paper = self.draft()
        self.refused(NotThere, lambda: self.approve(paper, self.elsewhere), paper=paper)
        self.refused(NotThere, lambda: make.saved(self.model, self.elsewhere or "", paper.id, note="我的"), paper=paper)
        with pytest.raises(NotThere):
            engine.preview(self.model, paper.id, self.actor(self.elsewhere or ""))

    def test_a_second_approval_does_nothing_and_names_the_state(self) -> None:
        paper = self.approve(self.draft())
        words = self.refused(WrongState, lambda: self.approve(paper), paper=paper)
        assert paper.number in words
        assert str(State.approved.label) in words
        assert len(standing_entries(paper)) == int(self.posts)

    def test_a_draft_cannot_be_unapproved(self) -> None:
        paper = self.draft()
        words = self.refused(WrongState, lambda: self.unapprove(paper), paper=paper)
        assert str(State.draft.label) in words

    def test_an_approved_paper_is_closed_to_every_door(self) -> None:
        paper = self.approve(self.draft())
        self.refused(WrongState, lambda: make.saved(self.model, self.author, paper.id, note="改一下"), paper=paper)
        self.refused(WrongState, lambda: self._write(paper, "note", "绕过去"), paper=paper)
        for name in spec(self.model).lines:
            for line in list(getattr(paper, name)):
                self.refused(WrongState, partial(self._write, line, "position", 7), paper=paper)
                self.refused(WrongState, partial(self._remove, line), paper=paper)

    def _write(self, row: Any, key: str, value: Any) -> None:
        with unit_of_work():
            setattr(row, key, value)

    def _remove(self, row: Any) -> None:
        with unit_of_work():
            db.session.delete(row)

    def test_a_submitted_paper_is_in_the_hands_of_those_who_approve(self) -> None:
        paper = make.move(self.draft(), "submit", self.author)
        assert paper.submitted_by_id == self.actor(self.author).user_id
        if not self._approves(self.author, paper):
            self.refused(NotAllowed, lambda: make.saved(self.model, self.author, paper.id, note="再改"), paper=paper)
            self.refused(NotAllowed, lambda: make.move(paper, "void", self.author, "不要了"), paper=paper)
        make.saved(self.model, self.approver, paper.id, note="审核的人改的")
        self.refused(Invalid, lambda: make.move(paper, "submit", self.author), paper=paper)
        self.approve(paper)
        assert (paper.state, paper.submitted_at, paper.note) == (State.approved, None, "审核的人改的")

    def _approves(self, username: str, paper: Any) -> bool:
        return within(paper, self.actor(username), "approve")

    def test_it_is_sent_back_with_a_word_why(self) -> None:
        paper = make.move(self.draft(), "submit", self.author)
        words = self.refused(Invalid, lambda: make.move(paper, "send_back", self.approver), paper=paper)
        assert words
        make.move(paper, "send_back", self.approver, "少一张发票")
        assert (paper.state, paper.submitted_at, paper.sent_back_reason) == (State.draft, None, "少一张发票")
        make.saved(self.model, self.author, paper.id, note="补上了")

    def test_its_author_takes_it_back(self) -> None:
        paper = make.move(self.draft(), "submit", self.author)
        make.move(paper, "send_back", self.author, "忘了一行")
        assert paper.submitted_at is None
        make.saved(self.model, self.author, paper.id, note="补上了")
        self.refused(Invalid, lambda: make.move(paper, "send_back", self.approver, "再退"), paper=paper)

    def test_voiding_takes_a_reason_and_ends_it(self) -> None:
        paper = self.draft()
        self.refused(Invalid, lambda: make.move(paper, "void", self.author), paper=paper)
        make.move(paper, "void", self.author, "客户不来了")
        assert (paper.state, paper.void_reason) == (State.void, "客户不来了")
        assert standing_entries(paper) == []
        self.refused(WrongState, lambda: self.approve(paper), paper=paper)
        self.refused(WrongState, lambda: make.saved(self.model, self.author, paper.id, note="还是来了"), paper=paper)

    def test_an_approved_paper_is_not_voided(self) -> None:
        paper = self.approve(self.draft())
        self.refused((WrongState, NotAllowed), lambda: make.move(paper, "void", self.author, "不要了"), paper=paper)

    def test_numbers_run_without_a_gap(self) -> None:
        first = self.draft()
        with pytest.raises(Invalid):
            make.saved(self.model, self.author, store_id="没有")
        with pytest.raises(RuntimeError):
            self._draw_and_fail(first.dated_on)
        second = self.draft()
        head, _, tail = first.number.partition("-")
        assert head == f"{self.model.__series__}{first.dated_on:%y%m}"
        assert second.number == f"{head}-{int(tail) + 1:04d}"

    def _draw_and_fail(self, day: dt.date) -> None:
        with unit_of_work():
            draw(self.model.__series__, day)
            raise RuntimeError("and the line went dead")

    def test_the_number_is_for_ever_and_revisions_are_counted(self) -> None:
        paper = self.approve(self.draft())
        number = paper.number
        assert paper.revision == 1
        self.unapprove(paper)
        self.approve(paper)
        assert (paper.number, paper.revision) == (number, 2)
        assert [entry.revision for entry in standing_entries(paper)] == [2] * int(self.posts)

    def test_unapproving_takes_a_reason(self) -> None:
        paper = self.approve(self.draft())
        with pytest.raises(Invalid) as caught:
            self.unapprove(paper, reason="  ")
        assert "reason" in make.problems_of(caught.value)
        assert paper.state is State.approved

    @only_with("same_day_only")  # else: whoever may unapprove these, may later too
    def test_from_the_next_day_on_unapproving_takes_a_right_of_its_own(self) -> None:
        paper = self.approve(self.draft())
        with clock.pretend(clock.now() + dt.timedelta(days=1)):
            self.refused(NotAllowed, lambda: self.unapprove(paper, self.same_day_only), paper=paper)
            lacking = engine.preview(self.model, paper.id, self.actor(self.same_day_only or "")).lacking
        assert len(lacking) == 1
        self.unapprove(paper, self.same_day_only)

    def test_everything_done_is_written_down(self) -> None:
        paper = make.move(self.draft(), "submit", self.author)
        self.approve(paper)
        self.unapprove(paper, reason="写错了")
        kind = self.model.__tablename__
        trail = db.session.scalars(
            select(Audit).where(Audit.table_name == kind, Audit.row_id == paper.id).order_by(Audit.id)
        ).all()
        assert [row.code for row in trail] == [
            f"{kind}.{deed}" for deed in ("created", "submitted", "approved", "unapproved")
        ]
        assert [row.user_id for row in trail] == [
            self.actor(name).user_id for name in (self.author, self.author, self.approver, self.unapprover)
        ]
        assert trail[-1].before
        assert trail[-1].after
        assert (trail[-1].reason, trail[-1].before["state"], trail[-1].after["state"]) == (
            "写错了",
            "approved",
            "draft",
        )

    def test_who_saw_an_older_version_is_told(self) -> None:
        paper = self.draft()
        seen = paper.version
        make.saved(self.model, self.author, paper.id, version=seen, note="第一个人")
        assert paper.version == seen + 1
        self.refused(
            Stale, lambda: make.saved(self.model, self.author, paper.id, version=seen, note="第二个人"), paper=paper
        )
        self.refused(Stale, lambda: make.move(paper, "approve", self.approver, version=seen), paper=paper)

    @only_with("second_pair")  # else: this kind needs no second person
    def test_above_an_amount_two_people_are_needed(self) -> None:
        paper = make.move(self.draft(), "submit", self.author)
        make.saved(self.model, self.approver, paper.id, note="审核的人改的")
        make.setting("four_eyes_above", "1")
        self.refused(NotAllowed, lambda: self.approve(paper), paper=paper)
        self.approve(paper, self.second_pair)

    def test_looking_changes_nothing(self) -> None:
        paper = self.approve(self.draft())
        before, row = books(), papers_row(paper)
        seen = engine.preview(self.model, paper.id, self.actor(self.unapprover))
        engine.choices(paper, self.actor(self.unapprover))
        assert seen.possible
        assert not db.session.dirty
        assert (books(), papers_row(paper)) == (before, row)

    def test_a_paper_dated_after_today_is_not_approved(self) -> None:
        paper = self.draft()
        make.saved(self.model, self.author, paper.id, dated_on=(clock.today() + dt.timedelta(days=1)).isoformat())
        with pytest.raises(Invalid) as caught:
            self.approve(paper)
        assert "dated_on" in make.problems_of(caught.value)

    # ── and at the API ──
    def url(self, paper: Any, move: str = "") -> str:
        """Where the paper lives in the API."""
        return f"/api/v1/{self.model.__tablename__}/{paper.id}" + (f"/{move}" if move else "")

    def test_the_api_moves_it_as_the_engine_does(self) -> None:
        paper = self.draft()
        before = books()
        for name, who, state in (("approve", self.approver, "approved"), ("unapprove", self.unapprover, "draft")):
            body = {"version": papers_row(paper)["version"], "reason": "写错了"}
            answer = self.as_(who).post(self.url(paper, name), json=body)
            assert (answer.status_code, answer.json.get("state")) == (200, state), answer.text
            db.session.expire_all()
            again = self.as_(who).post(self.url(paper, name), json=body | {"version": papers_row(paper)["version"]})
            assert (again.status_code, again.json["code"]) == (409, "wrong_state")
        db.session.expire_all()
        assert books() == before

    def test_the_api_refuses_whoever_lacks_the_right(self) -> None:
        paper = self.draft()
        before, row = books(), papers_row(paper)
        strangers = [self.outsider, None] + ([self.elsewhere] if self.elsewhere else [])
        for who in strangers:
            answer = self.as_(who).post(self.url(paper, "approve"), json={"version": row["version"]})
            assert answer.status_code in ((403, 404) if who else (401,)), answer.text
        db.session.expire_all()
        assert (books(), papers_row(paper)) == (before, row)

    def test_getting_changes_nothing(self) -> None:
        paper = self.approve(self.draft())
        before, row = books(), papers_row(paper)
        for move in ("", "unapprove", "approve", "void"):
            self.as_(self.unapprover).get(self.url(paper, move))
        db.session.expire_all()
        assert (books(), papers_row(paper)) == (before, row)
