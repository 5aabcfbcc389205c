"""A paper's page, from one declaration: sections, line grids, live totals, moves, preview, linked papers, timeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock, ledger, money
from app.database import retrying, unit_of_work
from app.enums import State
from app.errors import Blocked, Blocker, Invalid, NotThere, Problem, Refused
from app.extensions import db
from app.fields import read, spec
from app.models import Account, JournalLine, Party
from app.queries import Actor, cost_scope, kinds_of, sees_cost, within
from app.views.base import Window, _kept_version, _version, in_dialog
from app.views.forms import Faces
from app.views.links import linked
from app.views.named import Described
from app.views.security import actor
from app.views.trail import timeline, when
from app.workflows import engine

ICONS = {"approve": "stamp", "submit": "upload", "send_back": "undo", "unapprove": "undo", "void": "trash"}
REASONS = {
    "void": _l("作废后不能恢复，单号保留。"),
    "send_back": _l("退回给提交的人修改。"),
    "take_back": _l("收回后可以修改，改好再提交。"),
}


@dataclass(frozen=True)
class Total:
    """A figure of the totals bar; `op` stands before it (+ − =), `cost` hides it behind the gate, `aside` sets it apart."""

    key: str
    label: Any
    amount: Decimal | None
    op: str = ""
    big: bool = False
    cost: bool = False
    aside: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """A card of the page: fields by key (`vehicle.vin` for an embedded row) or a line grid by name."""

    title: Any
    fields: tuple[str, ...] = ()
    grid: str = ""
    keys: tuple[str, ...] = ()
    sum_key: str = ""
    start: int = 0
    """How many empty lines the grid of a new paper offers; those left empty are not saved."""


class DocumentWindow(Window):
    """A window on a kind of paper: names its sections and columns; everything else follows from its moves."""

    sections: ClassVar[list[Section]] = []
    include_route_methods = {"list", "new", "show", "move", "unapprove_preview", "totals_door"}
    filters = ["state", "store_id"]
    search = ["number"]
    order = "-dated_on"
    months = "dated_on"
    creates_in_place = False
    new_label = _l("新增")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if options.get("model") is not None and not cls.columns:
            cls.columns = ["number|pair", "dated_on|line", "state|state"]

    @classmethod
    def defaults(cls, who: Actor, args: Mapping[str, str]) -> dict[str, Any]:
        """Today, handled by me, in my store; the address fills in what it names."""
        found = {"dated_on": clock.today().isoformat(), **super().defaults(who, args)}
        for key, value in (("handler_id", who.employee_id), ("store_id", who.store_id)):
            if value is not None:
                found.setdefault(key, str(value))
        return found

    # what a kind may declare
    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """The totals of a saved or half-typed paper."""
        return ()

    def live(self, paper: Any, who: Actor) -> dict[str, str]:
        """More texts of a half-typed paper by the key under which the page shows them, beside its figures."""
        return {}

    def next_steps(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """(label, icon, url) of what usually follows once it is approved."""
        return ()

    def afterwards(self, paper: Any, who: Actor) -> Iterable[tuple[str, str, str]]:
        """(icon, text, sub) of what approving will do."""
        return ()

    def warnings(self, paper: Any, who: Actor) -> Iterable[str]:
        """Sentences that warn without forbidding."""
        return ()

    def extra_sections(self, paper: Any, who: Actor, *, editable: bool) -> dict[str, dict[str, Any]]:
        """More for a section by its title's position (`picked`, `notes`, `facts`), keyed by section id."""
        return {}

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Change a field's view (hints, widths, what a picker sends along)."""
        return field

    # doors
    @expose("/<int:pk>/<any(submit,send_back,approve,unapprove,void):name>", methods=["POST"])
    def move(self, pk: int, name: str) -> Any:
        """Make one move on a saved paper."""
        who = actor()
        try:
            with unit_of_work():
                engine.run(self.model, pk, name, who, version=_version(), reason=request.form.get("reason", ""))
        except Invalid as no:
            row = self.found(pk, who)
            return self.form(row, who, problems=no.problems), 422
        except Blocked as no:
            flash(str(no), "danger")
        except NotThere:
            raise
        except Refused as no:
            flash(str(no), "danger")
        else:
            self._told(pk, name)
        return redirect(f"{self.url}{pk}")

    @expose("/<int:pk>/unapprove", methods=["GET"])
    def unapprove_preview(self, pk: int) -> Any:
        """Before 反审核: what will be taken back and what stands in the way."""
        who = actor()
        view = self.preview_of(engine.preview(self.model, pk, who), who)
        return self.render_template("preview_fragment.html" if in_dialog() else "preview.html", preview=view)

    @expose("/totals", methods=["POST"])
    def totals_door(self) -> Any:
        """The figures of what is typed, nothing saved: the server decides."""
        who = actor()
        values, _problems = read(spec(self.model), self.typed())
        paper = self.model()
        with db.session.no_autoflush:
            _transient(paper, values)
            shown = {
                total.key: money.shown(total.amount)
                for total in self.figures(paper, who)
                if not total.cost or cost_scope(who) is not None
            }
            shown |= self.live(paper, who)
        db.session.expunge_all()
        return jsonify(totals=shown)

    # saving and moving in one go
    def saved(self, pk: int, described: Described) -> Any:
        """Saved; then the move that was asked for with it (保存并审核)."""
        wanted = request.form.get("_do", "save")
        if wanted in ("approve", "submit"):
            return self._then(pk, described.label, wanted, actor())
        flash(_("%(number)s 已保存。", number=described.label), "success")
        return redirect(f"{self.url}{pk}")

    def _then(self, pk: int, number: str, wanted: str, who: Actor) -> Any:
        """The draft is saved whatever the move says: nothing typed is lost. The move alone is tried again, not the saving."""

        def moved() -> None:
            with unit_of_work():
                engine.run(self.model, pk, wanted, who)

        try:
            retrying(moved)
        except Invalid as no:
            flash(_("%(number)s 已保存，还不能%(move)s。", number=number, move=engine.LABELS[wanted]), "warning")
            return self.form(self.found(pk, who), who, problems=no.problems), 422
        except Refused as no:
            flash(_("%(number)s 已保存。", number=number), "success")
            flash(str(no), "danger")
        else:
            self._told(pk, wanted)
        return redirect(f"{self.url}{pk}")

    def _told(self, pk: int, name: str) -> None:
        number = db.session.scalar(select(self.model.number).where(self.model.id == pk))
        words = {
            "approve": _("%(number)s 已审核，凭证已生成。", number=number)
            if engine.MOVES[self.model]["approve"].posts
            else _("%(number)s 已审核。", number=number),
            "unapprove": _("%(number)s 已反审核，可以修改后再审核。", number=number),
            "submit": _("%(number)s 已提交，等有权的人审核。", number=number),
            "send_back": _("%(number)s 已退回。", number=number),
            "void": _("%(number)s 已作废。", number=number),
        }
        flash(words[name], "success")

    # the page
    def form(
        self,
        row: Any,
        who: Actor,
        *,
        raw: Mapping[str, Any] | None = None,
        problems: Iterable[Problem] = (),
        stale: bool = False,
    ) -> str:
        """The paper's page: a form while it is a draft the person may change, else to read."""
        return str(
            self.render_template(
                "document.html", doc=self.paper_view(row, who, raw=raw, problems=list(problems), stale=stale)
            )
        )

    def paper_view(
        self, row: Any, who: Actor, *, raw: Mapping[str, Any] | None, problems: list[Problem], stale: bool
    ) -> dict[str, Any]:
        """Everything that document.html shows."""
        editable = row is None or may_edit(row, who)
        paper = row if row is not None else self._blank(raw)
        faces = Faces(self.model, row, who, raw=raw, problems=problems)
        actions, more = self.buttons(row, who, editable=editable)
        figures = [
            total
            for total in self.figures(paper, who)
            if not total.cost or (row is None and cost_scope(who)) or (row is not None and sees_cost(who, row))
        ]
        return {
            "kind": self.kind,
            "kind_label": self.title,
            "id": row.id if row is not None else None,
            "number": row.number if row is not None else "",
            "state": row.state.value if row is not None else "draft",
            "state_label": row.state.label if row is not None else _("新单"),
            "tone": row.state.tone if row is not None else "blue",
            "submitted": bool(row is not None and row.submitted_at),
            "submitted_text": _("%(when)s 提交", when=when(row.submitted_at))
            if row is not None and row.submitted_at
            else "",
            "subtitle": self._subtitle(row),
            "revision": row.revision if row is not None else 1,
            "version": _kept_version(row, stale=stale),
            "editable": editable,
            "action": request.full_path.rstrip("?") if row is None else f"{self.url}{row.id}",
            "totals_url": f"{self.url}totals",
            "dirty": bool(raw) and bool(problems),
            "back_url": self.url,
            "sections": self._sections(faces, paper, row, who, editable=editable, figures=figures),
            "actions": actions,
            "more": more,
            "errors": faces.summary(key for section in self.sections for key in (*section.fields, section.grid) if key),
            "warnings": [
                *self._sent_back(row),
                *_why_submit(actions),
                *(self.warnings(row, who) if row is not None and not problems else []),  # the errors come first
            ],
            "links": linked(row, who) if row is not None else [],
            "can_link": [
                {"label": label, "url": url} for label, _icon, url in self.next_steps(row, who) if "/new" in url
            ]
            if row is not None and row.state is State.approved
            else [],
            "timeline": timeline(row, who) if row is not None else [],
            "totals": [self._total(total) for total in figures],
            "after": [{"icon": icon, "text": text, "sub": sub} for icon, text, sub in self.afterwards(paper, who)]
            if row is None or row.state is State.draft
            else [],
            "entry": entry_view(row, who) if row is not None and row.state is State.approved else None,
        }

    def _blank(self, raw: Mapping[str, Any] | None) -> Any:
        """A paper that is nowhere yet, as far as it is typed."""
        paper = self.model()
        if raw:
            values, _problems = read(
                spec(self.model),
                {k: v for k, v in raw.items() if k in {*spec(self.model).editable, *spec(self.model).lines}},
            )
            with db.session.no_autoflush:
                _transient(paper, values)
        return paper

    def _subtitle(self, row: Any) -> str:
        if row is None or row.state is not State.approved or row.approved_at is None:
            return row.void_reason or "" if row is not None and row.state is State.void else ""
        return when(row.approved_at)

    def _sent_back(self, row: Any) -> list[str]:
        return (
            [_("被退回：%(reason)s", reason=row.sent_back_reason)]
            if row is not None and row.sent_back_reason and row.state is State.draft
            else []
        )

    def _sections(
        self, faces: Faces, paper: Any, row: Any, who: Actor, *, editable: bool, figures: list[Total]
    ) -> list[dict[str, Any]]:
        extra = self.extra_sections(paper, who, editable=editable)
        sums = {total.key: total for total in figures}
        found = []
        for position, section in enumerate(self.sections):
            view: dict[str, Any] = {"id": f"s{position}", "title": section.title, "sum": ""}
            view["fields"] = [
                self.adorn(face, key, paper, who)
                for key in section.fields
                if self._offered(key, who, editable=editable) and (face := faces.field(key, editable=editable))
            ]
            if section.grid:
                view["grid"] = faces.grid(section.grid, section.keys, editable=editable, title=str(section.title))
                if row is None and editable and not view["grid"]["rows"]:
                    keys = [column["key"] for column in view["grid"]["columns"]]
                    view["grid"]["rows"] = [faces.blank_line(section.grid, keys, at) for at in range(section.start)]
                for line in (*view["grid"]["rows"], view["grid"]["blank"]):
                    line["fields"] = {
                        key: self.adorn(face, f"{section.grid}.{key}", paper, who) if face else face
                        for key, face in line["fields"].items()
                    }
                if not view["grid"]["columns"]:
                    continue
            if section.sum_key in sums:
                view["sum"] = {
                    "label": _("合计"),
                    "key": section.sum_key,
                    "text": money.shown(sums[section.sum_key].amount),
                }
            view |= extra.get(f"s{position}", {})
            if view.get("picked") and not editable:  # the card says it already
                view["fields"] = [field for field in view["fields"] if field["name"] != "holding_id"]
            found.append(view)
        return found

    def _offered(self, key: str, who: Actor, *, editable: bool) -> bool:
        """The store is asked only of those who have several."""
        return (
            key != "store_id"
            or not editable
            or who.scope("edit", kinds_of(self.model)[0]) == "all"
            or who.store_id is None
        )

    def _total(self, total: Total) -> dict[str, Any]:
        return {
            "key": total.key,
            "label": total.label,
            "text": money.shown(total.amount),
            "op": total.op,
            "big": total.big,
            "cost": total.aside,
            "tone": total.tone,
        }

    # buttons
    def buttons(self, row: Any, who: Actor, *, editable: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(buttons of the head with the one next step as primary, entries under 更多)."""
        save = {"name": "save", "label": _("保存"), "icon": "save", "key": "Ctrl S", "method": "form"}
        if row is None:
            return [save | {"primary": True}, *self._new_step(who)], []
        offered = {choice.name: choice for choice in engine.choices(row, who)}
        step = self._step(row, offered, editable=editable)
        actions = ([step | {"primary": True}] if step else []) + (
            [save | ({} if step else {"primary": True})] if editable else []
        )
        more: list[dict[str, Any]] = []
        if row.state is State.approved:
            following = [
                {"name": f"next{i}", "label": label, "icon": icon, "url": url, "method": "get", "primary": i == 0}
                for i, (label, icon, url) in enumerate(self.next_steps(row, who))
            ]
            actions += following[:1]
            more += [one | {"primary": False} for one in following[1:]]
        for name in ("send_back", "unapprove", "void"):
            if name in offered:
                (actions if name != "void" else more).append(self._button(row, offered[name], who))
        return actions, more

    def _new_step(self, who: Actor) -> list[dict[str, Any]]:
        name = "approve" if any(who.may("approve", kind) for kind in kinds_of(self.model)) else "submit"
        label = _("保存并审核") if name == "approve" else _("保存并提交")
        return [{"name": name, "label": label, "icon": ICONS[name], "key": "Ctrl ↵", "method": "form"}]

    def _step(self, row: Any, offered: dict[str, engine.Choice], *, editable: bool) -> dict[str, Any] | None:
        approve, submit = offered.get("approve"), offered.get("submit")
        if approve is not None and not approve.lacking:
            name = "approve"
        elif submit is not None:
            name = "submit"
        elif approve is not None:
            name = "approve"
        else:
            return None
        dirty = _("保存并审核") if name == "approve" else _("保存并提交")
        why = "；".join(approve.lacking) if approve is not None and approve.lacking else ""
        return {
            "name": name,
            "label": str(engine.LABELS[name]),
            "icon": ICONS[name],
            "key": "Ctrl ↵",
            "method": "form" if editable else "post",
            "url": f"{self.url}{row.id}/{name}",
            "dirty_label": dirty if editable else None,
            "why": why,
            "disabled": name == "approve" and bool(why),
        }

    def _button(self, row: Any, choice: engine.Choice, who: Actor) -> dict[str, Any]:
        label, explain = str(choice.label), REASONS.get(choice.name, "")
        if choice.name == "send_back" and row.submitted_by_id == who.user_id:
            label, explain = _("收回"), REASONS["take_back"]
        button = {
            "name": choice.name,
            "label": label,
            "icon": ICONS[choice.name],
            "url": f"{self.url}{row.id}/{choice.name}",
            "needs_reason": choice.wants_reason,
            "method": "post",
            "danger": choice.name == "void",
            "explain": explain,
        }
        if choice.name == "unapprove":
            button |= {"needs_reason": False, "dialog": "preview", "method": "get"}
        return button

    # the preview
    def preview_of(self, preview: engine.Preview, who: Actor) -> dict[str, Any]:
        """What preview.html shows."""
        paper = preview.paper
        stop = [self._item(one) for one in preview.blockers] + [
            {"icon": "lock", "text": word} for word in preview.obstacles
        ]
        undo = []
        if preview.entry is not None:
            amount = db.session.scalar(
                select(JournalLine.debit)
                .where(JournalLine.entry_id == preview.entry.id)
                .order_by(JournalLine.debit.desc())
                .limit(1)
            )
            shown = money.shown(amount) if amount is not None and sees_cost(who, paper) else ""
            undo.append({"icon": "file", "text": _("凭证由红字凭证冲回，账上如同没有发生"), "amount": shown})
        undo += [{"icon": "undo", "text": text, "sub": sub} for text, sub in self.takes_back(paper, who)]
        return {
            "title": _("反审核 %(number)s？", number=paper.number),
            "explain": _("单据回到“未审核”，可以改、可以再审核；单号不变，记为第 %(n)s 版。", n=paper.revision + 1),
            "action": f"{self.url}{paper.id}/unapprove",
            "version": paper.version,
            "stop": stop,
            "undo": undo,
            "drafts": [self._item(one) for one in preview.drafts],
            "missing_right": "；".join(preview.lacking),
            "allowed": preview.possible,
            "verb": _("反审核"),
            "back_url": f"{self.url}{paper.id}",
            "number": paper.number,
        }

    def takes_back(self, paper: Any, who: Actor) -> Iterable[tuple[str, str]]:
        """(text, sub) of what unapproving takes back beside the entry."""
        return ()

    def _item(self, one: Blocker) -> dict[str, Any]:
        model = engine.kinds()[one.kind]
        return {
            "kind_label": str(spec(model).label),
            "number": one.number,
            "url": f"/{one.kind}/{one.id}" if one.visible else None,
            "text": "" if one.visible else f"{spec(model).label} {one.number}",
            "sub": one.reason,
        }


def _why_submit(actions: list[dict[str, Any]]) -> list[str]:
    """Why the next step is to submit and not to approve, where that is a matter of limits."""
    return [action["why"] for action in actions if action["name"] == "submit" and action.get("why")]


def may_edit(row: Any, who: Actor) -> bool:
    """May this person change this draft now? The rule of records.editable, without raising."""
    if row.state is not State.draft:
        return False
    if row.submitted_at:
        return within(row, who, "approve")
    return within(row, who, "edit")


def _transient(paper: Any, values: dict[str, Any]) -> None:
    """Put typed values on a paper that will never be saved."""
    of = spec(type(paper))
    for key, value in values.items():
        if key in of.lines:
            lines = []
            for line_values in value:
                line = of.lines[key].model()
                for name, field in of.lines[key].fields.items():
                    setattr(line, name, line_values.get(name, field.default))
                lines.append(line)
            setattr(paper, key, lines)
        elif key in of.fields:
            setattr(paper, key, value)


def entry_view(row: Any, who: Actor) -> dict[str, Any] | None:
    """The paper's voucher, for those who see this paper's cost; others who read the ledger find it there, amounts gated."""
    if not engine.MOVES[type(row)]["approve"].posts or not sees_cost(who, row):
        return None
    entry = ledger.entry_of(row)
    if entry is None:
        return None
    lines = db.session.execute(
        select(JournalLine.debit, JournalLine.credit, Account.number, Account.name, Party.name.label("party"))
        .join(Account, Account.id == JournalLine.account_id)
        .outerjoin(Party, Party.id == JournalLine.party_id)
        .where(JournalLine.entry_id == entry.id)
        .order_by(JournalLine.position)
    ).all()
    return {
        "number": "",
        "dated": entry.dated_on.isoformat(),
        "lines": [
            {
                "account": f"{line.number} {line.name}",
                "sub": line.party or "",
                "debit": money.shown(line.debit) if line.debit else "",
                "credit": money.shown(line.credit) if line.credit else "",
            }
            for line in lines
        ],
        "debit": money.shown(sum((line.debit for line in lines), money.ZERO)),
        "credit": money.shown(sum((line.credit for line in lines), money.ZERO)),
    }
