"""What the books say, as pages: trial balance, account ledger, journal and voucher, statement of a party, months, money.

Figures come from app/ledger alone, with its rights, rows and cost gate; an amount that one may not see shows as —.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import flash, jsonify, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal, select, union_all

from app import clock, identity, labels, money
from app.database import unit_of_work
from app.enums import Control, EntryKind, PeriodState, Scope, Side
from app.errors import NotAllowed, NotThere, Refused
from app.extensions import db
from app.ledger import periods, statements
from app.ledger.statements import EntryShown, ItemShown, LineShown, Wanted
from app.models import Account, Employee, Holding, JournalEntry, Login, MoneyAccount, Party, Period, Store
from app.queries import Actor, cost_scope, kinds_of, masks, reach, sees_money, visible
from app.views.lists import _number, _searchable
from app.views.menu import link
from app.views.named import describe, loads
from app.views.security import actor
from app.views.trail import when
from app.workflows import engine
from app.workflows import parties as people

MOST_ID = 2**31 - 1
PAGE = 50
LEDGER_PAGE = 200


# ── what the address asks for, made safe ─────────────────────────────────────────────────────────────────────────────
def wanted_id(raw: Any) -> int | None:
    """An id from the address; None for none and for nonsense."""
    return _number(raw, 0) or None


def wanted_day(raw: Any, default: dt.date) -> dt.date:
    """A day from the address, else `default`."""
    try:
        return dt.date.fromisoformat(str(raw or ""))
    except ValueError:
        return default


def wanted_span(args: Mapping[str, str], since: dt.date, until: dt.date) -> tuple[dt.date, dt.date]:
    """`since` and `until` from the address, the earlier one first."""
    first, last = wanted_day(args.get("since"), since), wanted_day(args.get("until"), until)
    return min(first, last), max(first, last)


def wanted_month(raw: Any, months: list[periods.Month]) -> periods.Month | None:
    """The month that the address names, if the company has it."""
    return next((month for month in months if month.month == raw), None)


def wanted_page(args: Mapping[str, str]) -> int:
    """The page number, 1 for nonsense."""
    return min(max(_number(args.get("page"), 1), 1), 100_000)


def existing(pk: int) -> int:
    """An id that a database can hold. NotThere for others."""
    if not 0 < pk <= MOST_ID:
        raise NotThere
    return pk


def address(path: str, **parts: Any) -> str:
    """`path?…` with the parts that are something."""
    query = urlencode([(key, value) for key, value in parts.items() if value not in (None, "", False)])
    return f"{path}?{query}" if query else path


# ── pieces that several pages show ───────────────────────────────────────────────────────────────────────────────────
def month_picker(months: list[periods.Month], chosen: periods.Month | None, url: Callable[..., str]) -> dict[str, Any]:
    """The months of the chosen one's year with their states, the ways to the years and months beside it."""
    at = chosen or months[-1]
    names = [month.month for month in months]
    known = {month.month: month for month in months}
    year = int(at.month[:4])
    here = names.index(at.month)
    grid = []
    for number in range(1, 13):
        month = known.get(f"{year}-{number:02d}")
        grid.append(
            {
                "label": _("%(n)s 月", n=number),
                "url": url(month=month.month) if month else None,
                "note": month.state.label if month else _("未启用"),
                "on": month is chosen and month is not None,
            }
        )
    return {
        "label": _("%(year)s 年 %(month)s 月", year=year, month=int(at.month[5:])) if chosen else _("全部月份"),
        "year": _("%(year)s 年", year=year),
        "months": grid,
        "before": url(month=names[here - 1]) if chosen and here > 0 else None,
        "after": url(month=names[here + 1]) if chosen and here + 1 < len(names) else None,
        "year_before": url(month=f"{year - 1}-12") if f"{year - 1}-12" in known else None,
        "year_after": url(month=f"{year + 1}-01") if f"{year + 1}-01" in known else None,
        "all": url(month=None),
    }


def store_names(who: Actor) -> dict[int, str]:
    """The stores by id that somebody with this right to the books can tell apart; empty where the right ends at one."""
    if who.scope("read", "Ledger") is not Scope.all:
        return {}
    return {
        row.id: row.name for row in db.session.execute(select(Store.id, Store.name).order_by(Store.position, Store.id))
    }


def choice(label: Any, options: Iterable[tuple[Any, Any]], chosen: Any, url: Callable[[Any], str]) -> dict[str, Any]:
    """A filter with one value: a chip that opens a menu of links, one of them for all."""
    pairs = list(options)
    name = next((str(text) for value, text in pairs if value == chosen), "")
    return {
        "label": label,
        "text": f"{label}：{name}" if name else str(label),
        "active": bool(name),
        "clear_url": url(None),
        "links": [{"label": text, "url": url(value), "on": value == chosen} for value, text in pairs],
    }


def reference(name: str, label: Any, model: type[Any], row: Any, picker_url: str = "") -> dict[str, Any]:
    """A picker in a filter form, as macros/fields.html shows it."""
    described = describe(row) if row is not None else None
    return {
        "name": name,
        "id": name,
        "label": label,
        "kind": "ref",
        "value": row.id if row is not None else "",
        "value_label": described.label if described else "",
        "picker_url": picker_url or f"/pick/{model.__tablename__}",
    }


def date_field(name: str, label: Any, day: dt.date) -> dict[str, Any]:
    """A day in a filter form."""
    return {"name": name, "id": name, "label": label, "kind": "date", "value": day.isoformat()}


def paper_links(pairs: Iterable[tuple[str, int]], who: Actor) -> dict[tuple[str, int], str]:
    """(kind, id) → page, of the papers that this person may open; at most one statement."""
    wanted: dict[str, set[int]] = {}
    for kind, pk in pairs:
        wanted.setdefault(kind, set()).add(pk)
    found: list[tuple[str, int]] = []
    asked = []
    for kind, ids in wanted.items():
        model: Any = engine.kinds().get(kind)
        if model is None or not any(who.may("read", one) for one in kinds_of(model)):
            continue
        condition = reach(model, who)
        if condition is None:
            found += [(kind, pk) for pk in ids]
        else:
            asked.append(select(literal(kind).label("kind"), model.id.label("id")).where(model.id.in_(ids), condition))
    if asked:
        found += [(row.kind, row.id) for row in db.session.execute(union_all(*asked))]
    return {(kind, pk): f"/{kind}/{pk}" for kind, pk in found}


def kind_label(kind: str) -> str:
    """What a kind of paper is called; a month's closing entry names its month."""
    return _("期末结转") if kind == periods.KIND else str(labels.table(kind))


def shown(amount: Decimal | None) -> str:
    """A cell of the books: nothing for 0, — for what may not be seen."""
    return "" if amount == 0 else money.shown(amount)


def on_side(amount: Decimal | None) -> str:
    """A balance with its side: `借 3,780.00`."""
    if amount is None:
        return "—"
    if not amount:
        return str(_("平"))
    side = Side.D if amount > 0 else Side.C
    return f"{str(side.label)[:1]} {money.shown(abs(amount))}"


def joined(*words: Any) -> str:
    """What there is of these, told apart by dots."""
    return " · ".join(str(word) for word in words if word)


def pages_of(page: int, *, more: bool, url: Callable[..., str]) -> dict[str, Any]:
    """Ways to the pages beside this one."""
    return {
        "number": page,
        "prev_url": url(page=page - 1 if page > 2 else None) if page > 1 else None,
        "next_url": url(page=page + 1) if more else None,
    }


def line_view(line: LineShown) -> dict[str, Any]:
    """A leg of an entry: account, what it carries, both sides."""
    carries = [
        {"text": line.party, "url": f"/party/{line.party_id}/statement" if line.party_id else None},
        {"text": line.stock_no, "url": f"/ledger/account/{line.account_id}?holding_id={line.holding_id}"},
        {"text": line.money_account, "url": f"/money/{line.money_account_id}" if line.money_account_id else None},
        {"text": line.employee, "url": None},
    ]
    return {
        "account": f"{line.account} {line.account_name}",
        "carries": [one for one in carries if one["text"]],
        "text": line.text or "",
        "debit": shown(line.debit),
        "credit": shown(line.credit),
    }


def running_view(line: Any, links: Mapping[tuple[str, int], str], who: Actor, party: str = "") -> dict[str, Any]:
    """One line of an account or a party: day, paper, what for, both sides, the balance after it."""
    leg = line.line
    return {
        "day": line.dated_on.isoformat(),
        "number": line.number,
        "kind": kind_label(line.document_kind),
        "url": links.get((line.document_kind, line.document_id))
        or (f"/ledger/entry/{line.entry_id}" if who.may("read", "Ledger") else None),
        "entry_url": f"/ledger/entry/{line.entry_id}" if who.may("read", "Ledger") else None,
        "account": leg.account_name,
        "about": joined(party or leg.party, leg.stock_no, None if party else leg.money_account, leg.employee, leg.text),
        "money": leg.money_account,
        "text": leg.text or "",
        "debit": shown(leg.debit),
        "credit": shown(leg.credit),
        "balance": money.shown(line.balance),
        "side": on_side(line.balance),
    }


# ── 总账 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
GROUPS = (
    (_l("资产"), ("asset",)),
    (_l("负债"), ("liability",)),
    (_l("所有者权益"), ("equity",)),
    (_l("损益"), ("income", "cost")),
)


def read_books() -> Actor:
    """Who asks, if they may read the books."""
    who = actor()
    if not who.may("read", "Ledger"):
        raise NotAllowed(_("您没有查看账务的权限。"))
    return who


class LedgerView(BaseView):
    """Trial balance, account ledger, journal and voucher."""

    route_base = "/ledger"
    default_view = "balances"

    @expose("/")
    def balances(self) -> Any:
        """总账·科目余额表: a month's opening balances, turnover and closing balances, each account a door to its ledger."""
        who = read_books()
        months = periods.calendar()
        month = (
            wanted_month(request.args.get("month"), months)
            or wanted_month(clock.month_of(clock.today()), months)
            or months[-1]
        )
        closing = "before" if request.args.get("closing") == "before" else "after"
        stores = store_names(who)
        store_id = wanted_id(request.args.get("store_id"))
        store_id = store_id if store_id in stores else None
        last = clock.last_day(month.month)
        found = statements.trial_balance(last, who, "before" if closing == "before" else "after", store_id)

        def url(**changes: Any) -> str:
            asked = {"month": month.month, "closing": "before" if closing == "before" else None, "store_id": store_id}
            return address("/ledger/", **(asked | changes))

        span = {"since": f"{month.month}-01", "until": last.isoformat(), "store_id": store_id}
        view = {
            "title": _("科目余额表"),
            "month": month,
            "picker": month_picker(months, month, url),
            "stores": choice(_("门店"), stores.items(), store_id, lambda pk: url(store_id=pk))
            if len(stores) > 1
            else None,
            "store": stores.get(store_id or 0) or _("全部门店"),
            "closing": {"on": closing == "after", "url": url(closing="before" if closing == "after" else None)},
            "groups": [
                {"label": label, "rows": [self._row(row, span) for row in found.rows if row.kind.value in kinds]}
                for label, kinds in GROUPS
            ],
            "totals": {name: money.shown(getattr(found.totals, name)) for name in statements.Balances.__slots__},
            "even": self._even(found.totals),
            "any": bool(found.rows),
            "period_url": "/period/" if who.may("read", "Period") else None,
        }
        return self.render_template("books/balances.html", view=view)

    @staticmethod
    def _row(row: statements.BalanceRow, span: dict[str, Any]) -> dict[str, Any]:
        return {
            "number": row.number,
            "name": row.name,
            "url": address(f"/ledger/account/{row.account_id}", **span),
            **{name: shown(getattr(row, name)) for name in statements.Balances.__slots__},
        }

    @staticmethod
    def _even(totals: statements.Balances) -> bool | None:
        pairs = (
            (totals.opening_debit, totals.opening_credit),
            (totals.debit, totals.credit),
            (totals.closing_debit, totals.closing_credit),
        )
        return None if any(one is None for pair in pairs for one in pair) else all(one == other for one, other in pairs)

    @expose("/account/<int:pk>")
    def account(self, pk: int) -> Any:
        """明细账: the lines of an account in a span with running balance, of one party or car if asked; or its parts."""
        who = read_books()
        account = db.session.get(Account, existing(pk))
        if account is None:
            raise NotThere
        today = clock.today()
        since, until = wanted_span(request.args, today.replace(day=1), today)
        asked = {
            name: wanted_id(request.args.get(name))
            for name in ("store_id", "party_id", "holding_id", "money_account_id")
        }
        by_parts = request.args.get("by") == "parts" and account.control in statements.NAMES
        page = wanted_page(request.args)

        def url(**changes: Any) -> str:
            span = {"since": since.isoformat(), "until": until.isoformat(), "by": "parts" if by_parts else None}
            return address(f"/ledger/account/{pk}", **(span | asked | changes))

        view: dict[str, Any] = {
            "title": f"{account.number} {account.name}",
            "kind": account.kind.label,
            "since": date_field("since", _("从"), since),
            "until": date_field("until", _("至"), until),
            "filters": self._filters(account, asked),
            "kept": [("store_id", asked["store_id"])] if asked["store_id"] else [],
            "by_parts": by_parts,
            "tabs": self._tabs(account, url, by_parts=by_parts),
            "clear_url": url(party_id=None, holding_id=None, money_account_id=None, store_id=None)
            if any(asked.values())
            else None,
            "back_url": address("/ledger/", month=clock.month_of(until), store_id=asked["store_id"]),
            "span": f"{since} — {until}",
        }
        if by_parts:
            rows = statements.account_parts(pk, account.control, since, until, who, store_id=asked["store_id"])
            view["parts"] = [self._part(row, account.control, url) for row in rows]
        else:
            found = statements.account_ledger(pk, since, until, who, page=page, size=LEDGER_PAGE, **asked)
            links = paper_links(((line.document_kind, line.document_id) for line in found.lines), who)
            view |= {
                "opening": on_side(found.opening),
                "debit": money.shown(found.debit),
                "credit": money.shown(found.credit),
                "closing": on_side(found.closing),
                "lines": [running_view(line, links, who) for line in found.lines],
                "pages": pages_of(page, more=found.more, url=url),
            }
        return self.render_template("books/account.html", view=view)

    @staticmethod
    def _filters(account: Account, asked: Mapping[str, int | None]) -> list[dict[str, Any]]:
        """Pickers for what lines of this account carry: cars on costs and income too."""
        offered: list[tuple[str, Any, type[Any]]] = []
        if account.control is Control.party:
            offered.append(("party_id", _("往来单位"), Party))
        if account.control is Control.holding or account.kind.value in ("income", "cost"):
            offered.append(("holding_id", _("车辆"), Holding))
        if account.control is Control.money:
            offered.append(("money_account_id", _("资金账户"), MoneyAccount))
        found = []
        for name, label, model in offered:
            pk = asked[name]
            row = db.session.get(model, pk, options=loads(model)) if pk else None
            found.append(reference(name, label, model, row))
        return found

    @staticmethod
    def _tabs(account: Account, url: Callable[..., str], *, by_parts: bool) -> list[dict[str, Any]]:
        if account.control not in statements.NAMES:
            return []
        return [
            {"label": _("明细"), "url": url(by=None), "on": not by_parts},
            {"label": _("按%(what)s", what=account.control.label), "url": url(by="parts", page=None), "on": by_parts},
        ]

    @staticmethod
    def _part(row: statements.PartRow, control: Control, url: Callable[..., str]) -> dict[str, Any]:
        key = "money_account_id" if control is Control.money else f"{control.value}_id"
        figures = {name: shown(getattr(row, name)) for name in statements.Balances.__slots__}
        return {
            "name": row.name,
            "url": url(by=None, **{key: row.id}) if control is not Control.employee else None,
            **figures,
        }

    @expose("/journal")
    def journal(self) -> Any:
        """凭证: the entries, newest first; withdrawn pairs only for those who audit, and only when asked for."""
        who = read_books()
        months = periods.calendar()
        month = wanted_month(request.args.get("month"), months)
        kind = request.args.get("kind")
        kinds = [name for name, model in engine.kinds().items() if engine.MOVES[model]["approve"].posts] + [
            periods.KIND
        ]
        kind = kind if kind in kinds else None
        stores = store_names(who)
        store_id = wanted_id(request.args.get("store_id"))
        q = _searchable(request.args.get("q"))
        audits = who.may("read", "Audit")
        withdrawn = audits and request.args.get("withdrawn") == "1"
        page = wanted_page(request.args)
        wanted = Wanted(
            since=dt.date.fromisoformat(f"{month.month}-01") if month else None,
            until=clock.last_day(month.month) if month else None,
            store_id=store_id if store_id in stores else None,
            document_kind=kind,
            number=q.upper() or None,
            with_withdrawn=withdrawn,
        )
        found = statements.journal(wanted, who, page=page, size=PAGE)

        def url(**changes: Any) -> str:
            asked = {"month": month.month if month else None, "kind": kind, "store_id": wanted.store_id, "q": q}
            return address("/ledger/journal", **(asked | {"withdrawn": "1" if withdrawn else None} | changes))

        view = {
            "title": _("凭证"),
            "q": q,
            "picker": month_picker(months, month, url),
            "kinds": choice(_("单据"), [(name, kind_label(name)) for name in kinds], kind, lambda name: url(kind=name)),
            "stores": choice(_("门店"), stores.items(), wanted.store_id, lambda pk: url(store_id=pk))
            if len(stores) > 1
            else None,
            "kept": [
                (name, value)
                for name, value in (
                    ("month", month.month if month else None),
                    ("kind", kind),
                    ("store_id", wanted.store_id),
                    ("withdrawn", "1" if withdrawn else None),
                )
                if value
            ],
            "withdrawn": {"on": withdrawn, "url": url(withdrawn=None if withdrawn else "1")} if audits else None,
            "clear_url": "/ledger/journal" if q or kind or month or wanted.store_id else None,
            "rows": [self._entry_row(entry, several=len(stores) > 1) for entry in found.entries],
            "pages": pages_of(page, more=found.more, url=url),
        }
        return self.render_template("books/journal.html", view=view)

    @staticmethod
    def _entry_row(entry: EntryShown, *, several: bool) -> dict[str, Any]:
        parties = dict.fromkeys(line.party or line.stock_no for line in entry.lines if line.party or line.stock_no)
        accounts = dict.fromkeys(line.account_name for line in entry.lines)
        text, tone = entry_state(entry)
        return {
            "url": f"/ledger/entry/{entry.id}",
            "day": entry.dated_on.isoformat(),
            "kind": kind_label(entry.document_kind),
            "number": entry.number,
            "about": "、".join([str(one) for one in parties][:3]),
            "accounts": " / ".join(list(accounts)[:6]),
            "lines": len(entry.lines),
            "store": entry.store if several else "",
            "total": money.shown(entry.total),
            "state": text,
            "tone": tone,
            "row_tone": "void" if entry.withdrawn_by_id else "",
        }

    @expose("/entry/<int:pk>")
    def entry(self, pk: int) -> Any:
        """One voucher: the entry that stands, and for those who audit the pairs that were withdrawn."""
        who = read_books()
        columns = (
            JournalEntry.document_kind,
            JournalEntry.document_id,
            JournalEntry.store_id,
            Period.state,
            Period.month,
        )
        statement = (
            select(*columns).join(Period, Period.id == JournalEntry.period_id).where(JournalEntry.id == existing(pk))
        )
        row = db.session.execute(visible(statement, JournalEntry, who)).one_or_none()
        if row is None:
            raise NotThere
        audits = who.may("read", "Audit")
        every = statements.entries_of(row.document_kind, row.document_id, who, with_red=audits)
        every = [entry for entry in every if entry.store_id == row.store_id]
        asked = next((entry for entry in every if entry.id == pk), None)
        if asked is None:  # withdrawn, and the actor does not audit
            raise NotThere
        standing = next((entry for entry in every if not entry.is_red and not entry.withdrawn_by_id), None)
        pairs = [
            (entry, red) for entry in every if entry.withdrawn_by_id for red in every if red.id == entry.withdrawn_by_id
        ]
        with_pairs = bool(pairs) and (request.args.get("withdrawn") == "1" or standing is None or asked is not standing)
        links = paper_links([(asked.document_kind, asked.document_id)], who)
        view = {
            "title": kind_label(asked.document_kind),
            "number": asked.number,
            "paper_url": links.get((asked.document_kind, asked.document_id)),
            "standing": self._voucher(standing) if standing else None,
            "pairs": [(self._voucher(entry), self._voucher(red)) for entry, red in reversed(pairs)]
            if with_pairs
            else [],
            "switch": {
                "on": with_pairs,
                "url": address(f"/ledger/entry/{standing.id}", withdrawn=None if with_pairs else "1"),
            }
            if pairs and standing
            else None,
            "state": (_("有效"), "green") if standing else (_("已撤回"), ""),
            "revision": (standing or asked).revision,
            "facts": [
                {"label": _("期间"), "text": row.month, "sub": row.state.label},
                {"label": _("门店"), "text": asked.store},
                {"label": _("类别"), "text": asked.kind.label},
                {
                    "label": _("记账"),
                    "text": (standing or asked).written_by or _("系统"),
                    "sub": when((standing or asked).written_at),
                },
            ],
            "closed": row.state is PeriodState.closed,
        }
        return self.render_template("books/entry.html", view=view)

    @staticmethod
    def _voucher(entry: EntryShown) -> dict[str, Any]:
        return {
            "id": entry.id,
            "revision": entry.revision,
            "day": entry.dated_on.isoformat(),
            "written": when(entry.written_at),
            "by": entry.written_by or _("系统"),
            "reason": entry.reason,
            "red": entry.is_red,
            "lines": [line_view(line) for line in entry.lines],
            "debit": money.shown(entry.total),
            "credit": money.shown(
                None
                if any(line.credit is None for line in entry.lines)
                else sum((line.credit or money.ZERO for line in entry.lines), money.ZERO)
            ),
        }


def entry_state(entry: EntryShown) -> tuple[str, str]:
    """A badge's word and tone."""
    if entry.is_red:
        return _("红字"), "red"
    if entry.withdrawn_by_id:
        return _("已撤回"), "grey"
    if entry.kind is not EntryKind.normal:
        return str(entry.kind.label), "blue"
    return _("有效"), "green"


# ── 往来对账 ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class StatementView(BaseView):
    """The statement of a party, beside its window."""

    route_base = "/party"
    default_view = "statement"

    @expose("/<int:pk>/statement")
    def statement(self, pk: int) -> Any:
        """往来对账: what happened with a party, what is open and how old it is."""
        who = actor()
        return self._page(people.dealt_with(existing(pk), who), who)

    @expose("/<int:pk>/reveal", methods=["POST"])
    def reveal(self, pk: int) -> Any:
        """Phone and ID whole, once, and a line in the trail; JSON for scripts, the page itself without."""
        who = actor()
        with unit_of_work():
            whole = people.reveal(existing(pk), who)
        if request.accept_mimetypes.best == "application/json":
            return jsonify(whole)
        return self._page(people.dealt_with(pk, who), who, revealed=True)

    def _page(self, party: Party, who: Actor, *, revealed: bool = False) -> Any:
        today = clock.today()
        since, until = wanted_span(request.args, today.replace(month=1, day=1), today)
        page = wanted_page(request.args)
        books = who.may("read", "Ledger")
        told = statements.party_statement if books else statements.customer_statement
        found = told(party.id, since, until, who, page=page, size=LEDGER_PAGE)
        papers = [(item.document_kind, item.document_id) for item in found.items]
        papers += [(line.document_kind, line.document_id) for line in found.ledger.lines]
        links = paper_links(papers, who)

        def url(**changes: Any) -> str:
            span = {"since": since.isoformat(), "until": until.isoformat()}
            return address(f"/party/{party.id}/statement", **(span | changes))

        items = [self._item(item, until, links, who) for item in found.items]
        owner = _("归 %(owner)s", owner=party.owner.name) if party.owner else ""
        view = {
            "party": party,
            "roles": [role.role.label for role in party.roles],
            "subtitle": joined(party.code, party.kind.label, owner),
            "facts": self._facts(party, who, revealed=revealed),
            "masked": masks(who, party) and not revealed and bool(party.mobile or party.id_number),
            "reveal_url": f"/party/{party.id}/reveal",
            "back_url": f"/party/{party.id}",
            "on": until.isoformat(),
            "net": self._net(found.items),
            "ageing": self._ageing(found.items, until),
            "items": items,
            "settle": self._settle(party.id, found.items, who),
            "since": date_field("since", _("从"), since),
            "until": date_field("until", _("至"), until),
            "opening": money.shown(found.ledger.opening),
            "lines": [running_view(line, links, who) for line in found.ledger.lines],
            "debit": money.shown(found.ledger.debit),
            "credit": money.shown(found.ledger.credit),
            "closing": money.shown(found.ledger.closing),
            "pages": pages_of(page, more=found.ledger.more, url=url),
            "whole": books,
        }
        return self.render_template("books/statement.html", view=view)

    @staticmethod
    def _facts(party: Party, who: Actor, *, revealed: bool) -> list[dict[str, Any]]:
        def private(value: str | None) -> str:
            return (identity.masked(value) if masks(who, party) and not revealed else value) if value else ""

        facts = [
            {"label": _("手机"), "text": private(party.mobile)},
            {
                "label": _("证件"),
                "text": private(party.id_number),
                "sub": str(party.id_kind.label) if party.id_kind else "",
            },
            {"label": _("统一社会信用代码"), "text": party.credit_code or ""}
            if party.kind.value == "company"
            else {"label": _("门店"), "text": party.store.name if party.store else ""},
        ]
        return [*facts, *([{"label": _("地址"), "text": party.address, "wide": True}] if party.address else [])]

    @staticmethod
    def _net(items: list[ItemShown]) -> dict[str, str] | None:
        if any(item.open is None for item in items):
            return None
        net = sum(((item.open or money.ZERO) * (1 if item.side is Side.D else -1) for item in items), money.ZERO)
        label = _("净欠我们") if net > 0 else _("我们净欠") if net < 0 else _("两清")
        return {"label": label, "text": money.shown(abs(net)) if net else "", "tone": "neg" if net else ""}

    @staticmethod
    def _ageing(items: list[ItemShown], on: dt.date) -> list[dict[str, Any]]:
        """Per account and side, oldest on the right."""
        groups: dict[tuple[str, str, Side], list[ItemShown]] = {}
        for item in items:
            groups.setdefault((item.account, item.account_name, item.side), []).append(item)
        rows = []
        for (_number_of, name, side), mine in sorted(groups.items()):
            aged = statements.ageing(mine, on)[side]
            cells = [getattr(aged, part) for part in statements.Ageing.__slots__]
            total = None if any(cell is None for cell in cells) else sum(cells, money.ZERO)
            owes = _("他欠我们") if side is Side.D else _("我们欠他")
            rows.append(
                {
                    "name": name,
                    "owes": owes,
                    "cells": [shown(cell) or "—" for cell in cells],
                    "total": money.shown(total),
                }
            )
        return rows

    @staticmethod
    def _item(item: ItemShown, on: dt.date, links: Mapping[tuple[str, int], str], who: Actor) -> dict[str, Any]:
        due, days = item.due_on, item.days_over(on)
        if due is None:
            badge = {"text": _("%(day)s 起 %(days)s 天", day=item.dated_on, days=max(days, 0)), "tone": ""}
        elif days > 0:
            badge = {"text": _("%(day)s 到期，过 %(days)s 天", day=due, days=days), "tone": "red"}
        else:
            badge = {
                "text": _("%(day)s 到期，剩 %(days)s 天", day=due, days=-days),
                "tone": "amber" if days > -8 else "",
            }
        return {
            "number": item.number,
            "kind": kind_label(item.document_kind),
            "url": links.get((item.document_kind, item.document_id)),
            "account": item.account_name,
            "owes": item.side is Side.D,
            "due": badge,
            "amount": money.shown(item.amount),
            "settled": money.shown(item.settled),
            "open": money.shown(item.open),
            "settle": settle_url(item, who) if item.open is not None else None,
            "verb": _("收款") if item.side is Side.D else _("付款"),
        }

    @staticmethod
    def _settle(party_id: int, items: list[ItemShown], who: Actor) -> list[dict[str, str]]:
        """The settlements that could be begun with everything open."""
        found = []
        for side, kind, direction, label in (
            (Side.D, "Receipt", "receipt", _("收款结算")),
            (Side.C, "Payment", "payment", _("付款结算")),
        ):
            if who.may("edit", kind) and any(
                settle_url(item, who) for item in items if item.side is side and item.open is not None
            ):
                found.append(
                    {"label": label, "url": address("/settlement/new", direction=direction, party_id=party_id)}
                )
        return found


def settle_url(item: ItemShown, who: Actor) -> str | None:
    """Where this item can be settled by this person."""
    kind, direction = ("Receipt", "receipt") if item.side is Side.D else ("Payment", "payment")
    scope = who.scope("edit", kind)
    if scope is None or (scope is not Scope.all and item.store_id != who.store_id):
        return None
    origin = f"{item.document_kind}-{item.document_id}"
    return address("/settlement/new", **{"direction": direction, "party_id": item.party_id, "from": origin})


# ── 会计期间 ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def newest_closed(months: list[periods.Month]) -> str | None:
    """The month that alone can be reopened."""
    return next((month.month for month in reversed(months) if month.state is PeriodState.closed), None)


def oldest_open(months: list[periods.Month]) -> str | None:
    """The month that alone can be closed, once it is over."""
    return next((month.month for month in months if month.state is PeriodState.open), None)


class PeriodView(BaseView):
    """The accounting months: seen, closed oldest first, reopened newest first."""

    route_base = "/period"
    default_view = "months"

    @expose("/")
    def months(self) -> Any:
        """会计期间: every month with its state; the one that can be closed or reopened has its button."""
        who = actor()
        if not who.may("read", "Period"):
            raise NotAllowed(_("您没有查看会计期间的权限。"))
        months = periods.calendar()
        names = self._names(months)
        closable = oldest_open(months) if who.may("close", "Period") else None
        reopenable = newest_closed(months) if who.may("reopen", "Period") else None
        rows = [self._row(month, names, closable, reopenable, who) for month in reversed(months)]
        view = {"title": labels.table("period"), "rows": rows, "next": oldest_open(months)}
        return self.render_template("books/periods.html", view=view)

    @expose("/<month>/close", methods=["GET"])
    def close_preview(self, month: str) -> Any:
        """What closing a month would do: its closing entries, what stays as a draft, what is in the way."""
        who = actor()
        if not who.may("close", "Period"):
            raise NotAllowed(_("您没有结账的权限。"))
        return self._preview(self._known(month), who)

    @expose("/<month>/close", methods=["POST"])
    def close(self, month: str) -> Any:
        """Close a month."""
        return self._turn(month, "close", _("%(month)s 已结账。"))

    @expose("/<month>/reopen", methods=["POST"])
    def reopen(self, month: str) -> Any:
        """Reopen a month, with a reason."""
        return self._turn(month, "reopen", _("%(month)s 已反结账，可以继续入账。"))

    def _turn(self, month: str, name: str, told: str) -> Any:
        who = actor()
        if not who.may(name, "Period"):
            raise NotAllowed(_("您没有结账的权限。") if name == "close" else _("您没有反结账的权限。"))
        self._known(month)
        try:
            with unit_of_work():
                pk = next(period.id for period in periods.months() if period.month == month)
                if name == "close":
                    periods.close(pk, who)
                else:
                    periods.reopen(pk, who, request.form.get("reason", ""))
        except NotThere:
            raise
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(told.replace("%(month)s", month), "success")
        return redirect("/period/")

    @staticmethod
    def _known(month: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}", month, re.ASCII) or wanted_month(month, periods.calendar()) is None:
            raise NotThere
        return month

    def _preview(self, month: str, who: Actor) -> Any:
        found = periods.close_preview(month, who)
        sees = cost_scope(who) is Scope.all
        entries = [
            {
                "store": store,
                "lines": [
                    {"account": f"{line.number} {line.name}", "debit": shown(line.debit), "credit": shown(line.credit)}
                    for line in lines
                ],
                "total": money.shown(sum((line.debit for line in lines), money.ZERO)),
            }
            for store, lines in found.entries.items()
        ]
        view = {
            "month": month,
            "obstacles": found.obstacles,
            "drafts": [
                {"label": kind_label(kind), "count": count, "url": f"/{kind}/?state=draft"}
                for kind, count in found.drafts.items()
            ],
            "draft_count": sum(found.drafts.values()),
            "entries": entries if sees else [],
            "hidden": not sees and bool(entries),
            "profit": money.shown(found.profit) if sees else "",
            "loss": found.profit < 0,
            "december": month.endswith("-12"),
            "last": clock.last_day(month).isoformat(),
        }
        return self.render_template("books/close.html", view=view)

    @staticmethod
    def _names(months: list[periods.Month]) -> dict[int, str]:
        ids = {pk for month in months for pk in (month.closed_by_id, month.reopened_by_id) if pk}
        if not ids:
            return {}
        statement = select(Login.id, Employee.name, Login.first_name, Login.last_name)
        rows = db.session.execute(
            statement.outerjoin(Employee, Employee.id == Login.employee_id).where(Login.id.in_(ids))
        )
        return {row.id: row.name or f"{row.last_name}{row.first_name}" for row in rows}

    @staticmethod
    def _row(
        month: periods.Month, names: Mapping[int, str], closable: str | None, reopenable: str | None, who: Actor
    ) -> dict[str, Any]:
        over = clock.last_day(month.month) <= clock.today()
        told = ""
        if month.closed_at:
            told = _(
                "%(who)s %(when)s 结账", who=names.get(month.closed_by_id or 0, _("系统")), when=when(month.closed_at)
            )
        elif month.reopened_at:
            told = _(
                "%(who)s %(when)s 反结账",
                who=names.get(month.reopened_by_id or 0, _("系统")),
                when=when(month.reopened_at),
            )
        return {
            "month": month.month,
            "state": month.state,
            "told": told,
            "digest": month.digest,
            "balances_url": address("/ledger/", month=month.month) if who.may("read", "Ledger") else None,
            "close_url": f"/period/{month.month}/close" if month.month == closable and over else None,
            "wait": _("%(last)s 起可以结账", last=clock.last_day(month.month))
            if month.month == closable and not over
            else "",
            "reopen_url": f"/period/{month.month}/reopen" if month.month == reopenable else None,
        }


# ── 资金账户余额 ─────────────────────────────────────────────────────────────────────────────────────────────────────
class MoneyView(BaseView):
    """What stands on the money accounts, and what went through them."""

    route_base = "/money"
    default_view = "balances"

    @expose("/")
    def balances(self) -> Any:
        """资金账户余额: every account with its balance, and the last movements."""
        who = actor()
        found = statements.money_balances(who)
        lines = statements.money_movements(who, size=30)
        links = paper_links(((line.document_kind, line.document_id) for line in lines), who)
        named = statements.parties_of({line.entry_id for line in lines})
        view = {
            "title": _("资金账户余额"),
            "rows": [
                {
                    "name": row.name,
                    "url": f"/money/{row.money_account_id}",
                    "account": row.account,
                    "store": row.store or _("各店共用"),
                    "till": row.is_till,
                    "balance": money.shown(row.balance),
                }
                for row in found
            ],
            "total": money.shown(sum((row.balance for row in found), money.ZERO)),
            "lines": [running_view(line, links, who, named.get(line.entry_id, "")) for line in lines],
            "own_store": not who.may("read", "Ledger"),
            "can": [
                {"label": label, "url": f"/settlement/new?direction={direction}"}
                for kind, direction, label in (("Receipt", "receipt", _("收款")), ("Payment", "payment", _("付款")))
                if who.may("edit", kind)
            ],
        }
        return self.render_template("books/money.html", view=view)

    @expose("/<int:pk>")
    def account(self, pk: int) -> Any:
        """日记账: one money account day by day."""
        who = actor()
        today = clock.today()
        since, until = wanted_span(request.args, today.replace(day=1), today)
        row = next((row for row in statements.money_balances(who) if row.money_account_id == existing(pk)), None)
        if row is None:
            raise NotThere
        page = wanted_page(request.args)
        found = statements.money_ledger(pk, since, until, who, page=page, size=LEDGER_PAGE)
        links = paper_links(((line.document_kind, line.document_id) for line in found.lines), who)
        named = statements.parties_of({line.entry_id for line in found.lines})
        # the balance of an account that serves all stores is not the sum of one store's papers
        whole = who.may("read", "Ledger") or row.store_id == who.store_id

        def url(**changes: Any) -> str:
            return address(f"/money/{pk}", **({"since": since.isoformat(), "until": until.isoformat()} | changes))

        view = {
            "title": row.name,
            "till": row.is_till,
            "account": row.account,
            "balance": money.shown(row.balance),
            "since": date_field("since", _("从"), since),
            "until": date_field("until", _("至"), until),
            "span": f"{since} — {until}",
            "whole": whole,
            "debit_label": _("收"),
            "credit_label": _("付"),
            "balance_key": "balance",
            "opening": money.shown(found.opening),
            "debit": money.shown(found.debit),
            "credit": money.shown(found.credit),
            "closing": money.shown(found.closing),
            "lines": [running_view(line, links, who, named.get(line.entry_id, "")) for line in found.lines],
            "pages": pages_of(page, more=found.more, url=url),
        }
        return self.render_template("books/money_account.html", view=view)


link("finance", _l("凭证"), "/ledger/journal", lambda who: who.may("read", "Ledger"), also="/ledger/entry/")
link("finance", _l("科目余额"), "/ledger/", lambda who: who.may("read", "Ledger"))
link("finance", _l("资金账户余额"), "/money/", sees_money)
link("finance", _l("会计期间"), "/period/", lambda who: who.may("read", "Period"))

VIEWS = (LedgerView, StatementView, PeriodView, MoneyView)
