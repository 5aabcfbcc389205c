"""财务: settlements, expenses, manual entries."""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import money
from app.enums import Direction, Purpose, Side
from app.extensions import db
from app.models import Account, Expense, ExpenseLine, ManualEntry, OpenItem, Settlement
from app.money import ZERO
from app.queries import Actor
from app.views.documents import DocumentWindow, Section, Total


class SettlementWindow(DocumentWindow, model=Settlement, chapter="finance"):
    """结算单: several open items at once, in part, through several money accounts."""

    icon = "yuan"
    columns = ["number|pair", "dated_on|line", "direction|line", "party_id|title", "settled_total|price", "handler_id", "note", "state|state"]
    virtual = {"settled_total": "money"}
    filters = ["state", "direction", "party_id", "store_id", "handler_id"]
    search = ["number", "party.name", "note"]
    search_hint = _l("单号、往来单位、备注")
    new_label = _l("结算")
    empty_text = _l("收款、付款、对冲都在这里：选往来单位，勾未结项，填账户和金额。")
    sections: ClassVar[list[Section]] = [
        Section(_l("结算"), ("direction", "party_id", "dated_on", "handler_id", "store_id", "note")),
        Section(_l("未结项"), grid="items", keys=("item_id", "amount", "let_off", "let_off_reason"), sum_key="items"),
        Section(_l("收付账户"), ("advance",), grid="money", keys=("money_account_id", "amount", "fee"), sum_key="money"),
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
        from sqlalchemy.orm import selectinload

        return [selectinload(Settlement.money)]

    @classmethod
    def defaults(cls, who: Actor, args: Any) -> dict[str, Any]:
        """What the party has open on this side, each in full."""
        found = super().defaults(who, args)
        found.setdefault("direction", "receipt")
        party = found.get("party_id", "")
        if party.isdigit() and len(party) < 10:
            items = open_items(int(party), found["direction"], who, args.get("from", ""))
            found["items"] = [{"item_id": str(item.id), "amount": money.plain(item.open)} for item in items]
            if items and found["direction"] != "offset":
                sign = {True: 1, False: -1}
                inward = found["direction"] == "receipt"
                total = sum((item.open * sign[(item.side is Side.D) == inward] for item in items), ZERO)
                if total > 0:
                    found["money"] = [{"amount": money.plain(total)}]
        return found

    def figures(self, paper: Any, who: Actor) -> Iterable[Total]:
        """What the items take, what moves, what is let off, and what is still unexplained."""
        items = {item.id: item for item in db.session.scalars(select(OpenItem).where(OpenItem.id.in_([line.item_id for line in paper.items if line.item_id])))}
        inward = paper.direction is not Direction.payment
        taken = sum(((line.amount or ZERO) * (1 if (items[line.item_id].side is Side.D) == inward else -1) for line in paper.items if line.item_id in items), ZERO)
        let_off = sum((line.let_off or ZERO for line in paper.items), ZERO)
        moved = sum((line.amount or ZERO for line in paper.money), ZERO)
        fee = sum((line.fee or ZERO for line in paper.money), ZERO)
        advance = paper.advance or ZERO
        yield Total("items", _("结算未结项"), taken)
        yield Total("advance", _("预收/预付"), advance, "+")
        yield Total("money", _("收付金额"), moved, "=", big=True)
        yield Total("let_off", _("让免"), let_off)
        yield Total("fee", _("手续费"), fee)
        yield Total("gap", _("还差"), taken + advance - moved, tone="neg" if taken + advance != moved else "")

    def adorn(self, field: dict[str, Any], key: str, paper: Any, who: Actor) -> dict[str, Any]:
        """Open items of this party; the direction as a segment."""
        if key == "direction":
            field["seg"] = True
        if key == "party_id":
            field["wide"] = "two"
        if key == "items.item_id":
            field["picker_url"] = f"/pick/open_item?party_id={paper.party_id or ''}"
            field["with"] = ["party_id"]
        return field

    def extra_sections(self, paper: Any, who: Actor, *, editable: bool) -> dict[str, dict[str, Any]]:
        """Nothing open is said in words."""
        if editable and paper.party_id and not paper.items and request.method == "GET":
            return {"s1": {"notes": [{"tone": "", "text": _("这个往来单位没有可结的未结项；多收多付的可以记入预收/预付。")}]}}
        return {}


def open_items(party_id: int, direction: str, who: Actor, origin: str = "") -> list[OpenItem]:
    """The party's open items that such a settlement would take, oldest first; only those of one paper if it is named."""
    purposes = {
        "receipt": (Purpose.receivable, Purpose.other_receivable),
        "payment": (Purpose.payable, Purpose.agency),
    }
    statement = select(OpenItem).where(OpenItem.party_id == party_id, OpenItem.settled < OpenItem.amount)
    if direction in purposes:
        statement = statement.where(OpenItem.account.has(Account.purpose.in_(purposes[direction])))
    kind, _sep, paper = origin.rpartition("-")
    if kind and paper.isdigit():
        statement = statement.where(OpenItem.document_kind == kind, OpenItem.document_id == int(paper))
    if who.store_id and not who.almighty and all(who.scope("edit", kind) != "all" for kind in ("Receipt", "Payment")):
        statement = statement.where(OpenItem.store_id == who.store_id)
    return list(db.session.scalars(statement.order_by(OpenItem.due_on, OpenItem.dated_on, OpenItem.id).limit(100)))


class ExpenseWindow(DocumentWindow, model=Expense, chapter="finance"):
    """费用单: general costs, or costs of cars in stock or sold."""

    icon = "file"
    columns = ["number|pair", "dated_on|line", "party_id|line", "paid_from_id|line", "what|title", "total|price", "handler_id", "state|state"]
    virtual = {"what": "text", "total": "money"}
    filters = ["state", "store_id", "party_id", "handler_id"]
    search = ["number", "party.name", "note"]
    new_label = _l("费用单")
    sections: ClassVar[list[Section]] = [
        Section(_l("费用"), ("dated_on", "paid_from_id", "party_id", "due_on", "handler_id", "store_id", "note")),
        Section(_l("明细"), grid="lines", keys=("fee_item_id", "holding_id", "belongs_to", "text", "amount"), sum_key="total"),
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
        if holding.isdigit() and len(holding) < 10:
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
        Section(_l("分录"), grid="lines", keys=("account_id", "text", "debit", "credit", "party_id", "holding_id", "money_account_id", "employee_id")),
    ]

    @classmethod
    def column_label(cls, path: str) -> Any:
        """Its sum."""
        return _l("金额") if path == "total" else super().column_label(path)

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """Σ of its debits."""
        return {"text": money.shown(sum((line.debit for line in row.lines), ZERO)), "kind": "money"} if key == "total" else None

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


