"""The machine: legal moves are a table, `run` makes one, `preview` tells what it would do.

A workflow file declares `@move(Purchase, State.draft, State.approved, check=missing)` over a function that does it and
returns legs and matches. Buttons, API verbs, preview, audit, ledger entry and inherited tests follow from that.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, event, inspect, select
from sqlalchemy.orm import Session

from app import audit, clock, labels, ledger
from app.columns import Document, Line
from app.enums import State
from app.errors import Blocked, Blocker, Invalid, NotAllowed, NotThere, Problem, Stale, WrongState
from app.extensions import db
from app.fields import storable
from app.ledger import Leg, Settle
from app.ledger.periods import period_for
from app.memo import standing_still
from app.models import JournalEntry, Match, OpenItem
from app.queries import Actor, visible, within

D = TypeVar("D", bound=Document)
Effect = Callable[[Any, Actor], "Iterable[Leg | Settle] | None"]
Check = Callable[[Any, Actor], Iterable[Problem]]
Needs = Callable[[Any, Actor], Iterable[str]]


def _nothing(_paper: Any, _actor: Actor) -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class Move:
    """One legal move of a kind of paper.

    `right` is the action that the actor needs on the paper's kind; `check` yields everything wrong as (field, message);
    `needs` yields, in words, rights beyond `right` that the actor lacks on this paper (limits, below the floor).
    """

    name: str
    source: State
    target: State
    right: str
    effect: Effect
    check: Check = _nothing
    needs: Needs = _nothing
    posts: bool = False
    wants_reason: bool = False


MOVES: dict[type[Document], dict[str, Move]] = {}
LABELS = {
    "submit": _l("提交"),
    "send_back": _l("退回"),
    "approve": _l("审核"),
    "unapprove": _l("反审核"),
    "void": _l("作废"),
}


def move(
    model: type[Document],
    source: State,
    target: State,
    *,
    check: Check = _nothing,
    needs: Needs = _nothing,
    posts: bool = True,
) -> Callable[[Effect], Effect]:
    """Declare a move; the function's name is the move's name and, for approve and unapprove, the right it takes.

    `posts=False`: a kind that keeps no books (a price paper). The moves that every paper has come along with the first.
    """

    def register(effect: Effect) -> Effect:
        name = effect.__name__
        kinds = MOVES.setdefault(model, dict(_common()))
        common = kinds.get(name)  # a kind that does more when voided keeps the right and the reason that voiding takes
        right = common.right if common else name
        wants_reason = common.wants_reason if common else source is State.approved
        kinds[name] = Move(name, source, target, right, effect, check, needs, posts, wants_reason=wants_reason)
        return effect

    return register


def _common() -> Iterator[tuple[str, Move]]:
    yield "submit", Move("submit", State.draft, State.draft, "edit", _submit)
    yield "send_back", Move("send_back", State.draft, State.draft, "approve", _send_back, wants_reason=True)
    yield "void", Move("void", State.draft, State.void, "edit", _nothing, wants_reason=True)


def _submit(paper: Document, actor: Actor) -> None:
    paper.submitted_at, paper.submitted_by_id, paper.sent_back_reason = clock.now(), actor.user_id, None


def _send_back(paper: Document, _actor: Actor) -> None:
    paper.submitted_at = paper.submitted_by_id = None


def kinds() -> dict[str, type[Document]]:
    """Every kind of paper by its table's name."""
    return {model.__tablename__: model for model in MOVES}


# ── who rests on whom ────────────────────────────────────────────────────────────────────────────────────────────────
Finder = Callable[[Any], "Select[Any]"]
RESTS_ON: dict[type[Document], list[tuple[type[Document], Finder]]] = {}


def rests_on(ground: type[Document], *, dependent: type[Document]) -> Callable[[Finder], Finder]:
    """Declare, beside the dependent kind, which of its papers rest on a paper of kind `ground`.

    The function gets the ground paper and returns a SELECT of dependent papers; states are the engine's business.
    """

    def register(finder: Finder) -> Finder:
        RESTS_ON.setdefault(ground, []).append((dependent, finder))
        return finder

    return register


LOCKS: dict[type[Document], list[Callable[[Any], object]]] = {}


def locks(model: type[Document]) -> Callable[[Callable[[Any], object]], Callable[[Any], object]]:
    """Declare what a paper of this kind stands on: locked before anything is looked at, when its state will change.

    Lock order everywhere: own paper → holding → open items by id → money accounts by id.
    """

    def register(function: Callable[[Any], object]) -> Callable[[Any], object]:
        LOCKS.setdefault(model, []).append(function)
        return function

    return register


OBSTACLES: dict[type[Document], list[Callable[[Any], Iterable[str]]]] = {}


def obstacle(model: type[Document]) -> Callable[[Callable[[Any], Iterable[str]]], Callable[[Any], Iterable[str]]]:
    """Declare what else, not a paper, stands in the way of unapproving (a till that would stand below 0)."""

    def register(finder: Callable[[Any], Iterable[str]]) -> Callable[[Any], Iterable[str]]:
        OBSTACLES.setdefault(model, []).append(finder)
        return finder

    return register


def in_the_way(paper: Document, actor: Actor) -> tuple[list[Blocker], list[Blocker]]:
    """(papers that forbid unapproving, drafts that rest on it and stay), newest first, each once."""
    blockers: dict[tuple[str, int], Blocker] = {}
    drafts: dict[tuple[str, int], Blocker] = {}
    for dependent, finder in RESTS_ON.get(type(paper), ()):
        for other in db.session.scalars(
            finder(paper).where(dependent.state != State.void).order_by(dependent.id.desc())
        ).unique():
            if other is paper:
                continue
            found = blocker(other, actor, _("建立在这张单据上"))
            (blockers if other.state is State.approved else drafts)[found.kind, found.id] = found
    kind, paper_id = ledger.posting.key(paper)
    for row in db.session.execute(
        select(Match.document_kind, Match.document_id, Match.number)
        .join(OpenItem, OpenItem.id == Match.item_id)
        .where(OpenItem.document_kind == kind, OpenItem.document_id == paper_id)
        .distinct()
    ):
        if (row.document_kind, row.document_id) == (kind, paper_id):
            continue
        other = db.session.get(kinds()[row.document_kind], row.document_id)
        if other is not None:
            blockers[row.document_kind, row.document_id] = blocker(other, actor, _("结算了这张单据的款项"))
    return list(blockers.values()), list(drafts.values())


def blocker(paper: Document, actor: Actor, reason: str) -> Blocker:
    """A paper as a blocker, with a link only for those who may see it."""
    return Blocker(paper.__tablename__, paper.id, paper.number, reason, within(paper, actor, "read"))


# ── running a move ───────────────────────────────────────────────────────────────────────────────────────────────────
def locked(model: type[D], pk: int, actor: Actor) -> D:
    """The paper, visible to the actor and locked, read afresh. NotThere otherwise: here the id ends, the object begins."""
    statement = visible(select(model).where(model.id == pk), model, actor)
    paper = db.session.scalars(
        statement.with_for_update(of=model).execution_options(populate_existing=True)
    ).one_or_none()
    if paper is None:
        raise NotThere
    return paper


def run(model: type[D], pk: int, name: str, actor: Actor, *, version: int | None = None, reason: str = "") -> D:
    """Make one move. Right, state, version, then everything wrong at once; effects, entry, audit. The caller commits.

    Raises NotThere, NotAllowed, WrongState, Stale, Invalid or Blocked; nothing is written then.
    """
    step = MOVES[model][name]
    paper = locked(model, pk, actor)
    _allow(step, paper, actor)
    if paper.state is not step.source:
        raise WrongState(
            _(
                "%(number)s 现在是“%(now)s”，%(move)s 需要“%(needed)s”。",
                number=paper.number,
                now=paper.state.label,
                move=LABELS[name],
                needed=step.source.label,
            )
        )
    check_version(paper, version)
    with standing_still(), moving(paper):
        _make(step, paper, actor, reason.strip()[:200])
    return paper


def _make(step: Move, paper: Any, actor: Actor, reason: str) -> None:
    """Lock what it stands on, look, and only then do it."""
    if State.approved in (step.source, step.target):
        for lock in LOCKS.get(type(paper), ()):
            lock(paper)
    if step.source is State.approved:
        ledger.lock_items_of(paper)
    _extra_rights(step, paper, actor)
    problems = list(_problems(step, paper, actor, reason))
    if problems:
        raise Invalid(problems)
    if step.source is State.approved:
        _refuse_blocked(step, paper, actor)
    _carry_out(step, paper, actor, reason)


def _allow(step: Move, paper: Document, actor: Actor) -> None:
    if within(paper, actor, step.right):
        return
    if step.name == "send_back" and paper.submitted_by_id == actor.user_id and within(paper, actor, "edit"):
        return
    raise NotAllowed(_("您没有“%(move)s”这类单据的权限。", move=LABELS[step.name]))


def _extra_rights(step: Move, paper: Document, actor: Actor) -> None:
    lacking = list(step.needs(paper, actor)) + list(_late(step, paper, actor)) + list(_held(step, paper, actor))
    if lacking:
        raise NotAllowed("；".join(lacking))


def _late(step: Move, paper: Document, actor: Actor) -> Iterator[str]:
    if step.source is not State.approved or not paper.approved_at or actor.may("unapprove_late", "Document"):
        return
    if clock.local(paper.approved_at).date() < clock.local(clock.now()).date():
        yield _("审核当天以后反审核，需要“隔日反审核”权限（总经理、会计）。")


def _held(step: Move, paper: Document, actor: Actor) -> Iterator[str]:
    """A submitted draft is in the hands of those who may approve it."""
    if step.name == "void" and paper.submitted_at and not within(paper, actor, "approve"):
        yield _("单据已提交，请先收回再作废。")


def _problems(step: Move, paper: Document, actor: Actor, reason: str) -> Iterator[Problem]:
    if step.wants_reason and not reason:
        yield "reason", _("请写明原因。")
    if not storable(reason):
        yield "reason", _("含有无法保存的字符。")
    if step.name == "submit" and paper.submitted_at:
        yield "", _("已经提交过了。")
    if step.name == "send_back" and not paper.submitted_at:
        yield "", _("这张单据没有提交，不用退回。")
    if step.name == "approve" and step.posts:
        try:
            period_for(paper.dated_on)
        except Invalid as closed:
            yield from closed.problems
    yield from step.check(paper, actor)


def _obstacles(step: Move, paper: Document) -> Iterator[str]:
    """In words what, beside papers, stands in the way of unapproving: the closed period first, it outlasts the rest."""
    if step.posts:
        try:
            period_for(paper.dated_on)
        except Invalid:
            yield _("%(number)s 所在期间已结账，不能反审核：请用退货、退车或记账凭证更正。", number=paper.number)
    for finder in OBSTACLES.get(type(paper), ()):
        yield from finder(paper)


def _refuse_blocked(step: Move, paper: Document, actor: Actor) -> None:
    blockers, _drafts = in_the_way(paper, actor)
    words = list(_obstacles(step, paper))
    if blockers or words:
        names = "、".join(one.number for one in blockers)
        sentence = _("不能反审核：%(names)s 建立在它上面，先处理它们。", names=names) if blockers else ""
        raise Blocked(sentence + "".join(words), blockers)


def _carry_out(step: Move, paper: Document, actor: Actor, reason: str) -> None:
    before = {"state": paper.state.value, "revision": paper.revision}
    paper.state = step.target
    if step.name == "approve":
        paper.submitted_at, paper.submitted_by_id, paper.sent_back_reason = None, None, None
        paper.approved_at, paper.approved_by_id = clock.now(), actor.user_id
    if step.source is State.approved:
        paper.approved_at = paper.approved_by_id = None
        paper.revision += 1
        if step.posts:
            ledger.withdraw(paper, reason, actor.user_id)
    if step.name == "send_back":
        paper.sent_back_reason = reason
    if step.name == "void":
        paper.void_reason, paper.submitted_at, paper.submitted_by_id = reason, None, None
    effects = step.effect(paper, actor)
    if step.name == "approve" and step.posts:
        ledger.post(paper, effects or (), actor.user_id)
    db.session.flush()
    after = {"state": paper.state.value, "revision": paper.revision}
    audit.record(
        actor, f"{paper.__tablename__}.{PAST[step.name]}", paper, before=before, after=after, reason=reason or None
    )


PAST = {
    "submit": "submitted",
    "send_back": "sent_back",
    "approve": "approved",
    "unapprove": "unapproved",
    "void": "voided",
}


def check_version(row: Any, version: int | None) -> None:
    """Stale, telling who changed what and when meanwhile, if `version` (what the person saw) is not the row's."""
    if version is None or version == row.version:
        return
    last = audit.last_change(row)
    who, at, keys = last or (_("别人"), row.changed_at, [])
    changed = {key: str(labels.column(row.__tablename__, key)) for key in keys}
    raise Stale(
        _(
            "%(who)s 在 %(when)s 刚改过它（%(what)s），您看到的是第 %(seen)s 次保存，现在是第 %(now)s 次。您填的还在，核对后再存一次。",
            who=who or _("系统"),
            when=f"{clock.local(at):%m-%d %H:%M}",
            what="、".join(changed.values()) or _("状态"),
            seen=version,
            now=row.version,
        ),
        row.version,
        changed,
    )


# ── what may be done, and what it would do ───────────────────────────────────────────────────────────────────────────
@dataclass
class Choice:
    """A move that could be offered on a paper; `lacking` says in words why it may not, `problems` what to mend first."""

    name: str
    label: Any
    wants_reason: bool
    lacking: list[str] = field(default_factory=list)


def offered(paper: Document, actor: Actor) -> list[Move]:
    """The moves that start from the paper's state, for this actor; those whose base right is missing are left out."""
    found = []
    for step in MOVES[type(paper)].values():
        if (
            step.source is not paper.state
            or (step.name == "submit" and paper.submitted_at)
            or (step.name == "send_back" and not paper.submitted_at)
        ):
            continue
        try:
            _allow(step, paper, actor)
        except NotAllowed:
            continue
        found.append(step)
    return found


def choices(paper: Document, actor: Actor) -> list[Choice]:
    """What is `offered`, each with what the actor still lacks for it."""
    found = []
    for step in offered(paper, actor):
        lacking = [*step.needs(paper, actor), *_late(step, paper, actor), *_held(step, paper, actor)]
        found.append(Choice(step.name, LABELS[step.name], step.wants_reason, lacking))
    return found


@dataclass
class Preview:
    """What unapproving would take back and what stands in the way."""

    paper: Document
    blockers: list[Blocker]
    drafts: list[Blocker]
    obstacles: list[str]
    lacking: list[str]
    entry: JournalEntry | None

    @property
    def possible(self) -> bool:
        """Nothing stands in the way and no right is missing."""
        return not (self.blockers or self.obstacles or self.lacking)


def preview(model: type[D], pk: int, actor: Actor) -> Preview:
    """Before 反审核, without changing anything. NotThere for papers the actor may not see."""
    paper = db.session.scalars(visible(select(model).where(model.id == pk), model, actor)).one_or_none()
    if paper is None:
        raise NotThere
    step = MOVES[model]["unapprove"]
    lacking: list[str] = []
    if paper.state is not State.approved:
        raise WrongState(_("%(number)s 现在是“%(now)s”，没有可反审核的。", number=paper.number, now=paper.state.label))
    try:
        _allow(step, paper, actor)
    except NotAllowed as no:
        lacking.append(str(no))
    lacking += [*step.needs(paper, actor), *_late(step, paper, actor)]
    blockers, drafts = in_the_way(paper, actor)
    entry = ledger.entry_of(paper) if step.posts else None
    return Preview(paper, blockers, drafts, list(_obstacles(step, paper)), lacking, entry)


# ── only drafts change ───────────────────────────────────────────────────────────────────────────────────────────────
class moving:  # noqa: N801  # read as a word: `with moving(paper):`
    """While inside, this paper (and its lines) may change whatever its state: the engine is at work."""

    def __init__(self, paper: Document) -> None:
        self.paper = paper

    def __enter__(self) -> None:
        db.session.info.setdefault("moving", []).append(self.paper)

    def __exit__(self, *_error: object) -> None:
        db.session.info["moving"].remove(self.paper)


def only_drafts_change(session: Session, _context: Any = None, _instances: Any = None) -> None:
    """`before_flush`: shuts every door at once, whoever writes, to papers that are not drafts and to their lines."""
    at_work = session.info.get("moving", ())
    for row in (*session.new, *session.dirty, *session.deleted):
        paper = row if isinstance(row, Document) else _paper_of(row) if isinstance(row, Line) else None
        if paper is None or paper in at_work or (row in session.dirty and not session.is_modified(row)):
            continue
        if row is paper and (row in session.new):
            continue
        history: Any = inspect(paper).attrs.state.load_history()
        was = (history.deleted or history.unchanged or (State.draft,))[0]
        if was is not State.draft or paper.state is not State.draft or (row in session.deleted and row is paper):
            raise WrongState(_("%(number)s 是“%(now)s”，只有未审核的单据能改。", number=paper.number, now=was.label))


def _paper_of(line: Any) -> Document | None:
    for relation in inspect(type(line)).relationships:
        if issubclass(relation.mapper.class_, Document) and not relation.uselist:
            target = getattr(line, relation.key)
            if target is None:
                history = inspect(line).attrs[relation.key].load_history()
                target = next(iter(history.deleted or ()), None)
            return target  # type: ignore[no-any-return]  # getattr
    return None


def guard_papers() -> None:
    """Attach the guard to the application's session; once per process."""
    if not event.contains(db.session, "before_flush", only_drafts_change):
        event.listen(db.session, "before_flush", only_drafts_change)
