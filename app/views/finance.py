"""财务: settlements, expenses, manual entries."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app import clock, labels, money
from app.enums import Direction, Side
from app.errors import Problem
from app.extensions import db
from app.fields import whole
from app.ledger import statements
from app.models import Expense, ExpenseLine, ManualEntry, OpenItem, Party, Settlement, SettlementItem, SettlementMoney
from app.money import ZERO
from app.queries import Actor, may_any, within
from app.views.documents import DocumentWindow, Section, Total
from app.views.forms import Faces
from app.views.security import actor
from app.workflows import engine


class SettlementWindow(DocumentWindow, model=Settlement, chapter="finance"):
    """结算单: the party's open items ticked, in whole or part, through several money accounts."""

    icon = "yuan"
    columns = [
        "number|pair",
        "dated_on|line",
        "direction|line",
        "party_id|title",
        "settled_total|price",
        "handler_id",
        "note",
        "state|state",
    ]
    virtual = {"settled_total": "money"}
    filters = ["state", "direction", "party_id", "store_id", "handler_id"]
    search = ["number", "party.name", "note"]
    search_hint = _l("单号、往来单位、备注")
    new_label = _l("结算")
    empty_text = _l("收款、付款、对冲都在这里：选往来单位，勾未结项，填账户和金额。")
    sections: ClassVar[list[Section]] = [
        Section(_l("跟谁结"), ("direction", "party_id", "dated_on", "handler_id", "store_id", "note")),
        Section(_l("未结项"), grid="items", keys=("item_id", "amount", "let_off", "let_off_reason"), sum_key="items"),
        Section(
            _l("收付账户"), ("advance",), grid="money", keys=("money_account_id", "amount", "fee"), sum_key="money"
        ),
    ]

    @classmethod
    def column_label(cls, path: str) -> Any:
        """The money that moved."""
        return _l("收付金额") if path == "settled_total" else super().column_label(path)

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """Σ of its money lines."""
        if key != "settled_total":
            return None
        return {"text": money.shown(sum((line.amount for line in row.money), ZERO)), "kind": "money"}

    @classmethod
    def options(cls) -> list[Any]:
        """Its money lines, in one more statement."""
        return [selectinload(Settlement.money)]

    @classmethod
    def page_options(cls) -> list[Any]:
        """Its lines with what they name, in two more statements."""
        return [
            selectinload(Settlement.items).joinedload(SettlementItem.item).joinedload(OpenItem.account),
            selectinload(Settlement.money).joinedload(SettlementMoney.money_account),
        ]

    @classmethod
    def defaults(cls, who: Actor, args: Mapping[str, str]) -> dict[str, Any]:
        """What the party has open on this side, each in full; only those of one paper with `from=sale-12`."""
        found = super().defaults(who, args)
        if found.get("direction") not in set(Direction):
            found["direction"] = Direction.receipt.value
        return filled(found, who, args.get("from", ""))

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """What the items take of either side, what moves, and whether that comes out even."""
        sides = sides_of(paper)
        taken = {
            side: sum((line.amount or ZERO for line in paper.items if sides.get(line.item_id) is side), ZERO)
            for side in Side
        }
        direction = paper.direction or Direction.receipt
        main = MAIN.get(direction, Side.D)
        mine, other = taken[main], taken[Side.C if main is Side.D else Side.D]
        yield Total("items", _("勾选应收") if main is Side.D else _("勾选应付"), mine)
        yield Total("offset", _("对冲"), other, "−")
        let_off = sum((line.let_off or ZERO for line in paper.items), ZERO)
        if direction is Direction.offset:
            yield Total("gap", _("差额"), mine - other, "=", big=True)
            yield Total("let_off", _("让免"), let_off, aside=True)
            return
        moved = sum((line.amount or ZERO for line in paper.money), ZERO)
        fee = sum((line.fee or ZERO for line in paper.money), ZERO)
        inward = direction is Direction.receipt
        yield Total("advance", _("多收转预收") if inward else _("多付转预付"), paper.advance or ZERO, "+")
        yield Total("money", _("收款") if inward else _("付款"), moved, "−")
        yield Total("gap", _("差额"), mine - other + (paper.advance or ZERO) - moved, "=", big=True)
        yield Total("let_off", _("让免"), let_off, aside=True)
        yield Total("net", _("实到账") if inward else _("实付出"), moved - fee if inward else moved + fee, aside=True)

    def live(self, paper: Any, who: Actor) -> dict[str, str]:
        """What is left of each item that the form lists, and why this person may not approve it."""
        taken = {line.item_id: (line.amount or ZERO) + (line.let_off or ZERO) for line in paper.items}
        items = statements.open_items(who, party_id=paper.party_id) if paper.party_id else []
        left = {
            f"left-{item.id}": money.shown(item.open - taken.get(item.id, ZERO))
            for item in items
            if item.open is not None
        }
        return left | {"lacking": "；".join(lacking(paper, who)) if paper.party_id else ""}

    # the form
    def typed(self) -> dict[str, Any]:
        """Of the items listed only those that are ticked or given an amount; ticked without one: all that is open."""
        raw = super().typed()
        if "items" in raw:
            ticked = {request.form.get(f"{key[:-5]}-item_id") for key in request.form if TICK.fullmatch(key)}
            wanted = [line for line in raw["items"] if line.get("amount") or line.get("let_off")]
            bare = [
                line
                for line in raw["items"]
                if line not in wanted and line.get("item_id") in ticked and line["item_id"]
            ]
            if bare:
                _give_all(bare, str(raw.get("party_id", "")))
            raw["items"] = [line for line in raw["items"] if line in wanted or line in bare]
        return raw

    def _save(self, row: Any, who: Actor) -> Any:
        """`_do=items` saves nothing: the form again, with the open items of the party that is chosen now."""
        if request.form.get("_do") == "items":
            return self.form(row, who, raw=filled(self.typed(), who))
        return super()._save(row, who)

    def paper_view(
        self, row: Any, who: Actor, *, raw: Mapping[str, Any] | None, problems: list[Problem], stale: bool
    ) -> dict[str, Any]:
        """Over one's limit the next step is to submit, and the reason stands on the page."""
        view = super().paper_view(row, who, raw=raw, problems=problems, stale=stale)
        view["dirty"] = view["dirty"] or request.form.get("_do") == "items"
        if row is None or raw:
            typed = self._blank(raw)
            lack = "；".join(lacking(typed, who)) if typed.party_id else ""
        else:
            lack = next(
                (one["why"] for one in view["actions"] if one["name"] in ("approve", "submit") and one.get("why")), ""
            )
        # told beside the items, where it comes and goes with the amounts
        view["warnings"] = [text for text in view["warnings"] if text != lack or not view["editable"]]
        for section in view["sections"]:
            if "settle" in section:
                section["settle"]["lacking"] = lack
        if row is None:
            save, step = view["actions"]
            if lack:
                step |= {"name": "submit", "label": _("保存并提交"), "icon": "upload"}
            view["actions"] = [step | {"primary": True}, save | {"primary": False}]
        return view

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """The direction as a segment; an item leads to its paper."""
        if key == "direction":
            field["seg"] = True
        if key == "party_id":
            field["wide"] = "two"
        if key == "items.item_id" and field.get("value"):
            item = next((line.item for line in paper.items if str(line.item_id) == str(field["value"])), None)
            field["link"] = item_url(item.document_kind, item.document_id, who) if item is not None else None
        return field

    def _sections(
        self, faces: Faces, paper: Any, row: Any, who: Actor, *, editable: bool, figures: list[Total]
    ) -> list[dict[str, Any]]:
        """The open items as a table to tick; no money accounts where only one is set against the other."""
        found = super()._sections(faces, paper, row, who, editable=editable, figures=figures)
        said = Said(faces, paper)
        if editable:
            section = next(view for view in found if view["id"] == "s1")
            grid = section.pop("grid")
            section |= {"template": "books/settle_items.html", "settle": self._settle(faces, grid, said, who)}
        if said.direction is Direction.offset:
            found = [view for view in found if view["id"] != "s2"]
        return found

    def _settle(self, faces: Faces, grid: dict[str, Any], said: "Said", who: Actor) -> dict[str, Any]:
        """What books/settle_items.html shows: the party's open items by side, those of this paper ticked."""
        kept = {str(line["fields"]["item_id"]["value"]): line for line in grid["rows"]}
        items = statements.open_items(who, party_id=said.party_id) if said.party_id else []
        items = [item for item in items if item.open is not None]
        here = [item for item in items if item.store_id == said.store_id(who, items) or str(item.id) in kept]
        gone = [pk for pk in kept if whole(pk) is not None and whole(pk) not in {item.id for item in here}]
        rows = [self._row(faces, at, item, kept.get(str(item.id)), who) for at, item in enumerate(here)]
        party = db.session.get(Party, said.party_id) if said.party_id else None
        name = party.name if party is not None else ""
        bands = []
        for side, text in ((Side.D, _("%(name)s 欠我们", name=name)), (Side.C, _("我们欠 %(name)s", name=name))):
            mine = [one for one in rows if one["side"] is side]
            total = sum((one["open_amount"] for one in mine), ZERO)
            bands.append({"text": text, "total": money.shown(total) if mine else _("没有"), "rows": mine})
        if said.direction is Direction.payment:
            bands.reverse()
        return {
            "party": name,
            "bands": bands,
            "any": bool(rows),
            "main": MAIN.get(said.direction, Side.D).value,
            "elsewhere": len(items) - len(here),
            "gone": [kept[pk] for pk in gone],
        }

    def _row(
        self, faces: Faces, at: int, item: statements.ItemShown, line: dict[str, Any] | None, who: Actor
    ) -> dict[str, Any]:
        """One open item: what it is, and the inputs for what is taken of it."""
        position = str(at)
        keys = ("amount", "let_off", "let_off_reason")
        of = faces.spec.lines["items"]
        fields = {
            key: (
                line["fields"][key]
                if line
                else faces.line_face(of, key, None, {}, name="items", at=position, editable=True)
            )
            or {}
            for key in keys
        }
        for key in keys:  # named by where they stand here, whatever the order in which they were typed
            fields[key] = fields[key] | {"name": f"items-{at}-{key}", "id": f"items-{at}-{key}"}
            if key != "let_off_reason" and not line and key == "let_off":
                fields[key] = fields[key] | {"value": ""}
        if fields["let_off"].get("value") in ("0.00", "0"):
            fields["let_off"]["value"] = ""
        taken = bool(line and (fields["amount"].get("value") or fields["let_off"].get("value")))
        left = (item.open or ZERO) - sum((amount(fields[key].get("value")) for key in ("amount", "let_off")), ZERO)
        return {
            "at": at,
            "id": (line or {}).get("id") or "",
            "item_id": item.id,
            "side": item.side,
            "number": item.number,
            "url": item_url(item.document_kind, item.document_id, who),
            "what": item.account_name,
            "kind": str(labels.table(item.document_kind)),
            "due": item.due_on.isoformat() if item.due_on else "",
            "over": item.due_on is not None and item.due_on < clock.today(),
            "day": item.dated_on.isoformat(),
            "whole": money.shown(item.amount),
            "open_amount": item.open or ZERO,
            "open": money.shown(item.open),
            "plain": money.plain(item.open or ZERO),
            "left": money.shown(left if taken else item.open),
            "fields": fields,
            "taken": taken,
            "errors": (line or {}).get("errors", []),
        }


MAIN = {Direction.receipt: Side.D, Direction.payment: Side.C, Direction.offset: Side.D}
"""The side that a settlement is about."""
TICK = re.compile(r"items-\d{1,3}-take")
MOST_TICKED = 8
"""With more open items than this nothing is ticked beforehand."""


class Said:
    """What a form says now: as typed, else as kept."""

    def __init__(self, faces: Faces, paper: Any) -> None:
        raw = faces.raw or {}
        self.direction = Direction(raw["direction"]) if raw.get("direction") in set(Direction) else paper.direction
        self.party_id = whole(raw.get("party_id")) if "party_id" in raw else paper.party_id
        self._store_id = whole(raw.get("store_id")) if raw.get("store_id") else paper.store_id

    def store_id(self, who: Actor, items: list[statements.ItemShown]) -> int | None:
        """The store whose items are settled: the paper's, else one's own, else that of the oldest item."""
        if self._store_id is not None:
            return int(self._store_id)
        return who.store_id if who.store_id is not None else items[0].store_id if items else None


def amount(raw: Any) -> Decimal:
    """What was typed as money, 0 for nothing and nonsense."""
    try:
        return money.typed(str(raw)) if raw else ZERO
    except money.NotMoney:
        return ZERO


def filled(raw: dict[str, Any], who: Actor, origin: str = "") -> dict[str, Any]:
    """A form with the items that such a settlement takes, in full, unless it takes some of the chosen party already.

    `origin` is `sale-12` where only one paper's items are meant. Nothing is ticked where there are many.
    """
    party, direction = whole(raw.get("party_id")), raw.get("direction")
    lines = [line for line in raw.get("items") or [] if line.get("amount") or line.get("let_off")]
    found: list[statements.ItemShown] = []
    if party is not None and may_any(who, "edit", Settlement):
        found = [item for item in statements.open_items(who, party_id=party) if item.open is not None]
    by_id = {str(item.id): item for item in found}
    main = MAIN.get(Direction(direction), Side.D) if direction in set(Direction) else Side.D
    lines = [line for line in lines if str(line.get("item_id")) in by_id]
    if any(by_id[str(line["item_id"])].side is main for line in lines):
        return raw | {"items": lines}
    paper = _origin(origin)
    named = [item for item in found if paper is not None and (item.document_kind, item.document_id) == paper]
    store = whole(raw.get("store_id")) or who.store_id
    ours = [item for item in (named or found) if item.side is main]
    if ours and all(item.store_id != store for item in ours):
        store = ours[0].store_id
        if raw.get("store_id") or named:
            raw = raw | {"store_id": str(store)}
    ours = [item for item in ours if item.store_id == store]
    if direction == Direction.offset or (len(ours) > MOST_TICKED and not named):
        ours = []
    total = sum((item.open or ZERO for item in ours), ZERO)
    typed = [line for line in raw.get("money") or [] if line.get("amount")]
    several: list[dict[str, Any]] = typed or [{"amount": money.plain(total) if total else ""}]
    if typed and total and len(typed) == 1:
        several = [typed[0] | {"amount": money.plain(total)}]
    return raw | {
        "items": [{"item_id": str(item.id), "amount": money.plain(item.open or ZERO)} for item in ours],
        "money": [] if direction == Direction.offset else several,
    }


def _origin(origin: str) -> tuple[str, int] | None:
    kind, _sep, pk = origin.rpartition("-")
    number = whole(pk)
    return (kind, number) if kind and number is not None else None


def _give_all(lines: list[dict[str, Any]], party: str) -> None:
    """Ticked without an amount: all that is open, as far as this person sees it."""
    party_id = whole(party)
    items = statements.open_items(actor(), party_id=party_id) if party_id is not None else []
    open_by_id = {str(item.id): item.open for item in items if item.open is not None}
    for line in lines:
        if line["item_id"] in open_by_id:
            line["amount"] = money.plain(open_by_id[line["item_id"]] or ZERO)


def sides_of(paper: Any) -> dict[int, Side]:
    """item id → side, of the items that a paper takes; one statement where they are not loaded."""
    ids = [line.item_id for line in paper.items if line.item_id]
    if not ids:
        return {}
    return {
        row.id: row.side for row in db.session.execute(select(OpenItem.id, OpenItem.side).where(OpenItem.id.in_(ids)))
    }


def item_url(kind: str, pk: int, who: Actor) -> str | None:
    """The page of an item's paper, for those who see papers of its kind."""
    model = engine.kinds().get(kind)
    return f"/{kind}/{pk}" if model is not None and may_any(who, "read", model) else None


def lacking(paper: Any, who: Actor) -> list[str]:
    """In words, why this person could not approve a half-typed settlement: the right, the limits, four eyes."""
    typed = Settlement(direction=paper.direction or Direction.receipt, party_id=paper.party_id)
    typed.store_id = paper.store_id if paper.store_id is not None else who.store_id
    typed.changed_by_id = who.user_id
    if not within(typed, who, "approve"):
        return [_("这类结算单要提交给有权的人审核。")]
    sides = sides_of(paper)
    lines = []
    for line in paper.items:
        if line.item_id in sides:
            copy = SettlementItem(item_id=line.item_id, amount=line.amount or ZERO, let_off=line.let_off or ZERO)
            set_committed_value(copy, "item", OpenItem(id=line.item_id, side=sides[line.item_id]))
            lines.append(copy)
    set_committed_value(typed, "items", lines)
    monies = [SettlementMoney(amount=line.amount or ZERO, fee=line.fee or ZERO) for line in paper.money]
    set_committed_value(typed, "money", monies)
    return list(engine.MOVES[Settlement]["approve"].needs(typed, who))


class ExpenseWindow(DocumentWindow, model=Expense, chapter="finance"):
    """费用单: general costs, or costs of cars in stock or sold."""

    icon = "file"
    columns = [
        "number|pair",
        "dated_on|line",
        "party_id|line",
        "paid_from_id|line",
        "what|title",
        "total|price",
        "handler_id",
        "state|state",
    ]
    virtual = {"what": "text", "total": "money"}
    filters = ["state", "store_id", "party_id", "handler_id"]
    search = ["number", "party.name", "note"]
    new_label = _l("费用单")
    sections: ClassVar[list[Section]] = [
        Section(_l("费用"), ("dated_on", "paid_from_id", "party_id", "due_on", "handler_id", "store_id", "note")),
        Section(
            _l("明细"),
            grid="lines",
            keys=("fee_item_id", "holding_id", "belongs_to", "text", "amount"),
            sum_key="total",
            start=1,
        ),
    ]

    @classmethod
    def column_label(cls, path: str) -> Any:
        """Its own two columns."""
        return {"what": _l("内容"), "total": _l("金额")}.get(path) or super().column_label(path)

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """What for, and how much."""
        if key == "what":
            return {"text": "、".join(dict.fromkeys(line.fee_item.name for line in row.lines)), "kind": "text"}
        if key == "total":
            return {"text": money.shown(sum((line.amount for line in row.lines), ZERO)), "kind": "money"}
        return None

    @classmethod
    def options(cls) -> list[Any]:
        """Its lines and their items, in one more statement."""
        from sqlalchemy.orm import selectinload

        return [selectinload(Expense.lines).joinedload(ExpenseLine.fee_item)]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """A car named in the address stands on the first line."""
        found = super().defaults(who, args)
        holding = args.get("holding_id", "")
        if whole(holding) is not None:
            found["lines"] = [{"holding_id": holding}]
        return found

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """The sum of its lines."""
        yield Total("total", _("合计"), sum((line.amount or ZERO for line in paper.lines), ZERO), big=True)

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Paid at once or owed: one of the two."""
        if key == "lines.fee_item_id":
            field["picker_url"] = "/pick/fee_item?side=expense"
        if key == "paid_from_id":
            field["hint"] = _("当场付款填这里；以后付填“欠付对象”")
        return field


class ManualEntryWindow(DocumentWindow, model=ManualEntry, chapter="finance"):
    """记账凭证: an entry as the accountant types it."""

    icon = "ledger"
    columns = ["number|pair", "dated_on|line", "text|title", "total|price", "handler_id", "state|state"]
    virtual = {"total": "money"}
    search = ["number", "text"]
    new_label = _l("记账凭证")
    sections: ClassVar[list[Section]] = [
        Section(_l("凭证"), ("text", "dated_on", "handler_id", "store_id", "note")),
        Section(
            _l("分录"),
            grid="lines",
            keys=("account_id", "text", "debit", "credit", "party_id", "holding_id", "money_account_id", "employee_id"),
            start=2,
        ),
    ]

    @classmethod
    def column_label(cls, path: str) -> Any:
        """Its sum."""
        return _l("金额") if path == "total" else super().column_label(path)

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """Σ of its debits."""
        return (
            {"text": money.shown(sum((line.debit for line in row.lines), ZERO)), "kind": "money"}
            if key == "total"
            else None
        )

    @classmethod
    def options(cls) -> list[Any]:
        """Its lines, in one more statement."""
        from sqlalchemy.orm import selectinload

        return [selectinload(ManualEntry.lines)]

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """Debits, credits, and whether they meet."""
        debit = sum((line.debit or ZERO for line in paper.lines), ZERO)
        credit = sum((line.credit or ZERO for line in paper.lines), ZERO)
        yield Total("debit", _("借方"), debit)
        yield Total("credit", _("贷方"), credit, "−")
        yield Total("gap", _("差额"), debit - credit, "=", big=True, tone="neg" if debit != credit else "")
