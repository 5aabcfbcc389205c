"""工作台: what do I do now. Composed from rights, so each role's is another; every figure is a door to what it counts."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_appbuilder import IndexView, expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import joinedload

from app import clock, labels, money
from app.columns import Fen
from app.enums import Purpose, Scope, Side, State
from app.extensions import db
from app.ledger.statements import NET, ItemShown, margins
from app.models import (
    Account,
    Audit,
    CarModel,
    CompanyProfile,
    Employee,
    Expense,
    ExpenseLine,
    Holding,
    JournalEntry,
    JournalLine,
    Login,
    ManualEntry,
    MoneyAccount,
    OpenItem,
    Party,
    PriceChange,
    Purchase,
    Sale,
    Settlement,
    Vehicle,
    Warehouse,
)
from app.money import ZERO
from app.queries import (
    Actor,
    cost_scope,
    dealings,
    item_reach,
    may_any,
    reach,
    sees_amount,
    sees_cost,
    sees_cost_of_all,
    sees_money,
    visible,
)
from app.views import trail
from app.views.car import LONGER, age_of
from app.views.lists import shown_plate
from app.views.named import car
from app.views.security import actor
from app.workflows import engine

SHOWN = 6
MOST_DOORS = 5
MOST = 50
SOON = 7
"""Days ahead within which an open item counts as due soon."""
PAPERS: tuple[type[Any], ...] = (Purchase, PriceChange, Sale, Settlement, Expense, ManualEntry)
OWED_TO_US = (Purpose.receivable, Purpose.other_receivable)
OWED_BY_US = (Purpose.payable, Purpose.agency)


class HomeView(IndexView):
    """The framework's index view, ours: config.py names it."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """The workbench."""
        return self.render_template("home.html", home=Home(actor()).view())


@dataclass
class Figures:
    """Counts and sums that stand in the doors, all from one statement; None: not asked for."""

    found: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.found.get(key)


class Home:
    """One person's workbench."""

    def __init__(self, who: Actor) -> None:
        self.who = who
        self.today = clock.today()
        self.first = self.today.replace(day=1)
        self.waiting, self.returned, self.drafts = self._papers()
        self.due = self._due()
        self.old = self._old_stock()
        self.figures = self._figures()

    def view(self) -> dict[str, Any]:
        """What home.html shows."""
        left = [
            self.waiting_card(),
            self.receivable_card(),
            self.payable_card(),
            self.returned_card(),
            self.drafts_card(),
        ]
        right = [self.money_card(), self.month_card(), self.old_card(), self.done_card()]
        steps = self.first_steps()
        left, right = [card for card in left if card and _says(card)], [card for card in right if card and _says(card)]
        if not left and not steps:
            left, right = right, []
        return {
            "subtitle": f"{self.today.isoformat()} {_('星期%(day)s', day=_('一 二 三 四 五 六 日').split()[self.today.weekday()])}",
            "actions": self.actions(),
            "first_steps": steps,
            "doors": [door for door in self.doors() if door],
            "left": left,
            "right": right,
        }

    # ── papers in my hands ───────────────────────────────────────────────────────────────────────────────────────────
    def _papers(self) -> tuple[list[Any], list[Any], list[Any]]:
        """(submitted ones that I may approve, mine that came back, my drafts); one statement per kind that I work with."""
        waiting: list[Any] = []
        mine: list[Any] = []
        for model in PAPERS:
            approves, edits = may_any(self.who, "approve", model), may_any(self.who, "edit", model)
            if not approves and not edits:
                continue
            mine_is = (model.created_by_id == self.who.user_id) if edits else literal(False)
            submitted = model.submitted_at.is_not(None)
            handed = reach(model, self.who, "approve") if approves else literal(False)
            asked = or_(
                and_(submitted, handed) if handed is not None else submitted,
                and_(mine_is, model.submitted_at.is_(None)),
            )
            statement = visible(select(model).where(model.state == State.draft, asked), model, self.who)
            statement = (
                statement.order_by(model.submitted_at.desc(), model.id.desc()).options(*_loads(model)).limit(MOST)
            )
            for paper in db.session.scalars(statement).unique():
                (waiting if paper.submitted_at else mine).append(paper)
        waiting = [paper for paper in waiting[:MOST] if self._within_limit(paper)]
        waiting.sort(key=lambda paper: paper.submitted_at)
        mine.sort(key=lambda paper: paper.changed_at, reverse=True)
        return (
            waiting,
            [paper for paper in mine if paper.sent_back_reason],
            [paper for paper in mine if not paper.sent_back_reason],
        )

    def _within_limit(self, paper: Any) -> bool:
        """Nothing is lacking for approving it: no limit, no floor, no second pair of eyes."""
        return not any(engine.MOVES[type(paper)]["approve"].needs(paper, self.who))

    def waiting_card(self) -> dict[str, Any] | None:
        """待我审核, the longest waiting first."""
        if not any(may_any(self.who, "approve", model) for model in PAPERS):
            return None
        rows = [self._row(paper, action=_("去审核"), when=paper.submitted_at) for paper in self.waiting[:SHOWN]]
        empty = "" if self._handles_money() else _("没有等您审核的单据")
        return _card("waiting", _("待我审核"), len(self.waiting), rows, empty=empty)

    def returned_card(self) -> dict[str, Any] | None:
        """退回给我的, with the word why."""
        rows = [
            self._row(paper, action=_("去改"), reason=paper.sent_back_reason, tone="red", word=_("退回"))
            for paper in self.returned[:SHOWN]
        ]
        return _card("returned", _("退回给我"), len(self.returned), rows) if rows else None

    def drafts_card(self) -> dict[str, Any] | None:
        """我的草稿, the last touched first."""
        if not any(may_any(self.who, "edit", model) for model in PAPERS):
            return None
        rows = [self._row(paper, when=paper.changed_at) for paper in self.drafts[:SHOWN]]
        return _card("drafts", _("我的草稿"), len(self.drafts), rows)

    def _row(
        self,
        paper: Any,
        *,
        action: str = "",
        when: dt.datetime | None = None,
        reason: str = "",
        tone: str = "",
        word: str = "",
    ) -> dict[str, Any]:
        handler = paper.salesperson if isinstance(paper, Sale) else paper.handler
        sub = [paper.number, handler.name if handler else "", reason, trail.when(when) if when else ""]
        amount = self._amount(paper)
        return {
            "badge": {"text": word or _short(paper), "tone": tone},
            "text": TITLES[type(paper)](paper),
            "sub": " · ".join(part for part in sub if part),
            "url": f"/{paper.__tablename__}/{paper.id}",
            "amount": money.shown(amount) if amount is not None else "",
            "action_label": action,
        }

    def _amount(self, paper: Any) -> Decimal | None:
        """How much a paper is about, where its own page would tell this person."""
        hidden = isinstance(paper, Purchase) and not sees_cost(self.who, paper)
        return None if hidden else AMOUNTS[type(paper)](paper)

    # ── money due ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _due(self) -> list[ItemShown]:
        """Open items due within a week or over, the oldest first; amounts that tell a cost only for those who may see it."""
        if dealings(self.who) is None:
            return []
        purposes = [*(OWED_TO_US if self._collects() else ()), *(OWED_BY_US if self._pays() else ())]
        due_on = func.coalesce(OpenItem.due_on, OpenItem.dated_on)
        names = [
            name
            for name in ItemShown.__slots__
            if name not in ("account", "account_name", "party", "settled", "open", "amount")
        ]
        statement = (
            select(
                *(getattr(OpenItem, name) for name in names),
                OpenItem.amount,
                OpenItem.settled,
                Account.number.label("account"),
                Account.name.label("account_name"),
                Account.purpose,
                Party.name.label("party"),
            )
            .join(Account, Account.id == OpenItem.account_id)
            .join(Party, Party.id == OpenItem.party_id)
            .where(
                OpenItem.amount > OpenItem.settled,
                Account.purpose.in_(purposes),
                due_on <= self.today + dt.timedelta(days=SOON),
            )
            .where(
                or_(
                    and_(OpenItem.side == Side.D, Account.purpose.in_(OWED_TO_US)),
                    and_(OpenItem.side == Side.C, Account.purpose.in_(OWED_BY_US)),
                )
            )
            .order_by(due_on, OpenItem.id)
            .limit(200)
        )
        if (reachable := item_reach(self.who)) is not None:
            statement = statement.where(reachable)
        found = []
        for row in db.session.execute(statement):
            seen = sees_amount(self.who, row.purpose, row.document_kind, row.store_id, owed=True)
            amounts = (row.amount, row.settled, row.amount - row.settled) if seen else (None, None, None)
            shown = {name: getattr(row, name) for name in (*names, "account", "account_name", "party")}
            found.append(ItemShown(**shown, amount=amounts[0], settled=amounts[1], open=amounts[2]))
        return found

    def _collects(self) -> bool:
        return self.who.may("read", "Receipt") or self.who.may("read", "Ledger")

    def _pays(self) -> bool:
        return self.who.may("read", "Payment") or self.who.may("read", "Ledger")

    def receivable_card(self) -> dict[str, Any] | None:
        """要收的."""
        if not self._collects():
            return None
        return self._money_card(Side.D, _("要收的"), _("收款"), _("没有到期要收的款"))

    def payable_card(self) -> dict[str, Any] | None:
        """要付的."""
        if not self._pays():
            return None
        return self._money_card(Side.C, _("要付的"), _("付款"), _("没有到期要付的款"))

    def _money_card(self, side: Side, title: str, verb: str, empty: str) -> dict[str, Any]:
        name, direction = ("in", "receipt") if side is Side.D else ("out", "payment")
        items = [item for item in self.due if item.side is side]
        acts = self.who.may("edit", "Receipt" if side is Side.D else "Payment")
        rows = []
        for item in items[:SHOWN]:
            late = item.days_over(self.today)
            url = (
                f"/settlement/new?direction={direction}&party_id={item.party_id}&from={item.document_kind}-{item.document_id}"
                if acts
                else self._paper_url(item)
            )
            rows.append(
                {
                    "badge": {
                        "text": _BADGES().get(item.document_kind, item.account_name),
                        "tone": "red" if late > 0 and item.due_on else "",
                    },
                    "text": item.party,
                    "sub": f"{item.number} · {item.account_name}",
                    "url": url,
                    "amount": money.shown(item.open) if item.open is not None else "",
                    "amount_sub": self._due_text(item, late),
                    "amount_tone": "red" if late > 0 and item.due_on else "",
                    "action_label": verb if acts else "",
                }
            )
        return _card(name, title, len(items), rows, empty=empty, sum=_total(items))

    def _paper_url(self, item: ItemShown) -> str:
        model: Any = engine.kinds().get(item.document_kind)
        readable = model is not None and may_any(self.who, "read", model)
        return f"/{item.document_kind}/{item.document_id}" if readable else f"/party/{item.party_id}"

    def _due_text(self, item: ItemShown, late: int) -> str:
        if item.due_on is None:
            words = _("%(day)s 开单", day=f"{item.dated_on:%m-%d}")
        elif late > 0:
            words = _("逾期 %(days)s 天", days=late)
        else:
            words = _("%(day)s，剩 %(days)s 天", day=f"{item.due_on:%m-%d}", days=-late) if late else _("今天")
        return str(words)

    # ── cars too long in stock ───────────────────────────────────────────────────────────────────────────────────────
    def _old_stock(self) -> tuple[int, Sequence[Holding]]:
        """(how many, the oldest few)."""
        if not self.who.may("read", "Vehicle"):
            return 0, []
        total = func.count().over()
        statement = (
            select(Holding, total)
            .where(Holding.closed_on.is_(None), Holding.opened_on < self.today - dt.timedelta(days=LONGER))
            .options(
                joinedload(Holding.warehouse),
                joinedload(Holding.vehicle).joinedload(Vehicle.car_model).joinedload(CarModel.series),
            )
            .order_by(Holding.opened_on, Holding.id)
            .limit(SHOWN)
        )
        found = db.session.execute(visible(statement, Holding, self.who)).unique().all()
        return (found[0][1] if found else 0), [row[0] for row in found]

    def old_card(self) -> dict[str, Any] | None:
        """在库超 60 天."""
        if not self.who.may("read", "Vehicle"):
            return None
        count, holdings = self.old
        rows = [
            {
                "badge": {"text": _("%(days)s 天", days=age_of(one)), "tone": "red"},
                "text": " ".join(
                    part
                    for part in (car(one.vehicle).label, shown_plate(one.vehicle.plate) if one.vehicle.plate else "")
                    if part
                ),
                "sub": f"{one.stock_no} · {one.warehouse.name} · {one.vehicle.status.label}",
                "url": f"/vehicle/{one.vehicle_id}",
            }
            for one in holdings
        ]
        return _card(
            "old",
            _("在库超 60 天"),
            count,
            rows,
            empty=_("没有压得太久的车"),
            url="/holding/?tab=over60" if count else "",
        )

    # ── this month ───────────────────────────────────────────────────────────────────────────────────────────────────
    def _figures(self) -> Figures:
        """Everything that is one number, in one statement."""
        wanted: dict[str, Any] = {}

        def in_month(column: Any) -> Any:
            return column.between(self.first, self.today)

        if self.who.may("read", "Vehicle"):
            wanted["stock"] = _count(
                visible(
                    select(Holding.id).where(Holding.opened_on.is_not(None), Holding.closed_on.is_(None)),
                    Holding,
                    self.who,
                )
            )
        if self.who.may("read", "Purchase"):
            bought = visible(
                select(Purchase.price).where(Purchase.state == State.approved, in_month(Purchase.dated_on)),
                Purchase,
                self.who,
            )
            wanted["bought"] = _count(bought)
            if sees_cost_of_all(self.who, Purchase):
                wanted["bought_for"] = _sum(bought)
        if self.who.may("read", "Sale"):
            sold = visible(
                select(Sale.price).where(Sale.state == State.approved, in_month(Sale.dated_on)), Sale, self.who
            )
            wanted |= {"sold": _count(sold), "sold_for": _sum(sold)}
        if self._keeps_base():
            wanted |= dict(_steps())
        if not wanted:
            return Figures()
        row = db.session.execute(select(*(value.label(key) for key, value in wanted.items()))).one()
        return Figures(dict(zip(wanted, row, strict=True)))

    def _margin(self) -> tuple[int, Decimal] | None:
        """(cars, margin) of this month's visible sales, over those whose cost this person sees; None: sees none."""
        if cost_scope(self.who) in (None, Scope.own) or not self.who.may("read", "Sale"):
            return None
        sold = visible(
            select(Sale.holding_id).where(Sale.state == State.approved, Sale.dated_on.between(self.first, self.today)),
            Sale,
            self.who,
        )
        found = margins(sold, self.who)
        return len(found), sum((one.total for one in found.values()), ZERO)

    def month_card(self) -> dict[str, Any] | None:
        """本月: each figure leads to its list."""
        figures, month = self.figures, clock.month_of(self.today)
        papers = f"?state=approved&month={month}"
        stats: list[dict[str, Any]] = []
        if figures["bought"] is not None:
            sub = (
                _("收购价 %(amount)s", amount=_wan(figures["bought_for"])) if figures["bought_for"] is not None else ""
            )
            stats.append(
                {
                    "label": _("收车"),
                    "text": figures["bought"],
                    "unit": _("台"),
                    "sub": sub,
                    "url": f"/purchase/{papers}",
                }
            )
        if figures["sold"] is not None:
            stats.append(
                {
                    "label": _("销售"),
                    "text": figures["sold"],
                    "unit": _("台"),
                    "sub": self._whose("Sale"),
                    "url": f"/sale/{papers}",
                }
            )
            average = figures["sold_for"] / figures["sold"] if figures["sold"] and figures["sold_for"] else None
            sub = _("均价 %(amount)s", amount=_wan(average)) if average else ""
            stats.append(
                {
                    "label": _("销售额（万）"),
                    "text": _in_wan(figures["sold_for"] or ZERO),
                    "sub": sub,
                    "url": f"/sale/{papers}",
                }
            )
            margin = self._margin()
            if margin is not None:
                cars, amount = margin
                sub = _("单车 %(amount)s", amount=money.whole(amount / cars)) if cars else ""
                stats.append(
                    {
                        "label": _("毛利（万）"),
                        "text": _in_wan(amount),
                        "sub": sub,
                        "url": "/holding/?tab=sold",
                        "tone": "neg" if amount < 0 else "",
                    }
                )
        if figures["stock"] is not None and len(stats) < 4:
            stats.append({"label": _("在库"), "text": figures["stock"], "unit": _("台"), "sub": "", "url": "/holding/"})
        if len(stats) < 2:
            return None
        return {"id": "month", "title": _("本月"), "sum": f"{self.first:%m-%d} — {self.today:%m-%d}", "stats": stats}

    def _whose(self, kind: str) -> str:
        scope = self.who.scope("read", kind)
        return {Scope.own: _("我的"), Scope.store: _("本店"), Scope.all: _("全公司")}.get(scope, "") if scope else ""

    # ── money accounts ───────────────────────────────────────────────────────────────────────────────────────────────
    def money_card(self) -> dict[str, Any] | None:
        """资金账户: what stood there yesterday, what moved today, for those who handle money or keep the books."""
        if not sees_money(self.who) or not self.who.may("read", "MoneyAccount"):
            return None
        rows = self._day_sheet()
        if not rows:
            return None
        total = [sum((row[at] for row in rows), ZERO) for at in range(1, 5)]
        return {
            "id": "money",
            "url": "/money/",
            "title": _("资金账户"),
            "sum": _("现在合计 %(amount)s", amount=money.shown(total[3])),
            "table": {
                "heads": [_("账户"), _("昨天结存"), _("今天收"), _("今天付"), _("现在")],
                "rows": [[row[0], *(money.shown(value) if value else "—" for value in row[1:])] for row in rows],
                "foot": [_("合计"), *(money.shown(value) if value else "—" for value in total)],
            },
        }

    def _day_sheet(self) -> list[tuple[Any, ...]]:
        """(name, yesterday, in, out, now) of every money account that this person may see, in one statement."""
        nothing = literal(ZERO, Fen)
        today = JournalEntry.dated_on >= self.today
        sums = (
            select(
                JournalLine.money_account_id,
                func.sum(case((today, nothing), else_=NET)).label("before"),
                func.sum(case((today, JournalLine.debit), else_=nothing)).label("came"),
                func.sum(case((today, JournalLine.credit), else_=nothing)).label("went"),
            )
            .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
            .where(JournalLine.money_account_id.is_not(None))
            .group_by(JournalLine.money_account_id)
            .subquery()
        )
        statement = (
            select(MoneyAccount.name, sums.c.before, sums.c.came, sums.c.went)
            .outerjoin(sums, sums.c.money_account_id == MoneyAccount.id)
            .where(MoneyAccount.retired_at.is_(None))
            .order_by(MoneyAccount.position, MoneyAccount.id)
        )
        found = db.session.execute(visible(statement, MoneyAccount, self.who))
        parts = [(row.name, row.before or ZERO, row.came or ZERO, row.went or ZERO) for row in found]
        return [(name, before, came, went, before + came - went) for name, before, came, went in parts]

    # ── what was done ────────────────────────────────────────────────────────────────────────────────────────────────
    def done_card(self) -> dict[str, Any] | None:
        """我今天办的; for those who watch over the system (and do no papers themselves) what everybody did."""
        everybody = self.who.may("read", "Audit") and not any(
            may_any(self.who, "edit", model) or may_any(self.who, "approve", model) for model in PAPERS
        )
        if not everybody and not self._handles_money():
            return None
        statement = (
            select(Audit)
            .order_by(Audit.id.desc())
            .limit(MOST)
            .options(joinedload(Audit.user).joinedload(Login.employee))
        )
        if not everybody:
            start = dt.datetime.combine(clock.local(clock.now()).date(), dt.time.min, tzinfo=clock.SHANGHAI)
            statement = statement.where(
                Audit.user_id == self.who.user_id, Audit.at >= start, Audit.table_name.in_(list(engine.kinds()))
            )
        rows = [
            {
                "text": " ".join(
                    part
                    for part in (
                        str(trail.DONE.get(line.code.rpartition(".")[2], line.code)),
                        _label(line.table_name),
                        line.number or "",
                    )
                    if part
                ),
                "sub": " · ".join([*([trail.name_of(line)] if everybody else []), trail.when(line.at)]),
                "url": f"/{line.table_name}/{line.row_id}"
                if not everybody and line.table_name in engine.kinds()
                else "/audit/",
                "icon": "check",
            }
            for line in self._deeds(statement, each=everybody)[: SHOWN + 2]
        ]
        title = _("最近的操作") if everybody else _("我今天办的")
        return _card("done", title, None, rows, empty=_("今天还没有办过单据"))

    def _deeds(self, statement: Any, *, each: bool) -> list[Audit]:
        """Lines of the trail, newest first; unless `each`, the last one of every paper."""
        lines = list(db.session.scalars(statement).unique())
        return (
            lines if each else list({(line.table_name, line.row_id): line for line in reversed(lines)}.values())[::-1]
        )

    def _handles_money(self) -> bool:
        return self.who.scope("edit", "Receipt") is not None

    # ── doors, first steps, quick actions ────────────────────────────────────────────────────────────────────────────
    def doors(self) -> Iterable[dict[str, Any] | None]:
        """Up to five counts on top, each a door."""
        found: list[dict[str, Any]] = []
        if any(may_any(self.who, "approve", model) for model in PAPERS):
            oldest = _("最早 %(when)s", when=trail.when(self.waiting[0].submitted_at)) if self.waiting else ""
            found.append(_door(_("待我审核"), "stamp", len(self.waiting), "#waiting", oldest))
        for side, label, name, icon, shown in (
            (Side.D, _("要收的"), "in", "yuan", self._collects()),
            (Side.C, _("要付的"), "out", "out", self._pays()),
        ):
            if shown:
                items = [item for item in self.due if item.side is side]
                late = sum(1 for item in items if item.due_on and item.days_over(self.today) > 0)
                sub = _("%(n)s 笔逾期", n=late) if late else _total(items)
                found.append(_door(label, icon, len(items), f"#{name}", sub, tone="red" if late else ""))
        if any(may_any(self.who, "edit", model) for model in PAPERS):
            reason = self.returned[0].sent_back_reason if self.returned else ""
            found.append(
                _door(
                    _("退回给我"),
                    "undo",
                    len(self.returned),
                    "#returned" if self.returned else "#drafts",
                    reason,
                    tone="red" if reason else "",
                )
            )
            found.append(_door(_("我的草稿"), "edit", len(self.drafts), "#drafts", ""))
        if self.who.may("read", "Vehicle"):
            found.append(
                _door(
                    _("库龄超 60 天"),
                    "clock",
                    self.old[0],
                    "/holding/?tab=over60",
                    "",
                    tone="red" if self.old[0] else "",
                )
            )
            found.append(_door(_("在库"), "car", self.figures["stock"] or 0, "/holding/", ""))
        for door in [door for door in found if not door["value"] and door["icon"] in ("undo", "edit")]:
            if len(found) > MOST_DOORS:
                found.remove(door)
        return found[:MOST_DOORS]

    def first_steps(self) -> dict[str, Any] | None:
        """首次使用请先设置基础数据: ticks itself off, and is gone when all is done."""
        if not self._keeps_base():
            return None
        rows = [
            {"text": text, "url": url, "sub": sub, "done": bool(self.figures[key])}
            for key, text, url, sub in _STEP_WORDS()
        ]
        done = sum(1 for row in rows if row["done"])
        return {"done": done, "of": len(rows), "rows": rows} if done < len(rows) else None

    def _keeps_base(self) -> bool:
        return self.who.may("edit", "CompanyProfile")

    def actions(self) -> list[dict[str, Any]]:
        """What this person does most, the commonest last and primary."""
        wanted = (
            (_("登记客户"), "users", "/party/new", self.who.may("edit", "Customer"), 5),
            (_("费用单"), "file", "/expense/new", self.who.may("edit", "Expense"), 6),
            (_("记账凭证"), "file", "/manual_entry/new", self.who.may("edit", "ManualEntry"), 2),
            (_("付款"), "out", "/settlement/new?direction=payment", self.who.may("edit", "Payment"), 4),
            (_("定价"), "tag", "/price_change/new", self.who.may("edit", "PriceChange"), 4),
            (_("收款"), "yuan", "/settlement/new?direction=receipt", self.who.may("edit", "Receipt"), 1),
            (_("收一台车"), "buyin", "/purchase/new", self.who.may("edit", "Purchase"), 3),
            (_("销售单"), "tag", "/sale/new", self.who.may("edit", "Sale"), 1),
            (_("增加用户"), "users", "/user/new", self.who.may("edit", "Login"), 7),
        )
        mine = sorted((rank, label, icon, url) for label, icon, url, may, rank in wanted if may)[:3]
        return [
            {"label": label, "icon": icon, "url": url, "primary": position == 0}
            for position, (_rank, label, icon, url) in enumerate(mine)
        ][::-1]


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _card(name: str, title: str, count: int | None, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    rest = (count or 0) - len(rows)
    return {
        "id": name,
        "title": title,
        "count": count,
        "rows": rows,
        "more_text": _("还有 %(n)s 项", n=rest) if rest > 0 else "",
        **more,
    }


def _says(card: dict[str, Any]) -> bool:
    """A card with something on it, or one whose emptiness is worth saying."""
    return bool(card.get("rows") or card.get("stats") or card.get("table") or card.get("empty"))


def _door(label: str, icon: str, value: Any, url: str, sub: str, *, tone: str = "") -> dict[str, Any]:
    return {"label": label, "icon": icon, "value": value, "url": url, "sub": sub, "tone": tone}


def _total(items: Sequence[ItemShown]) -> str:
    """Σ open; nothing where one of them is hidden."""
    if not items or any(item.open is None for item in items):
        return ""
    return money.shown(sum((item.open for item in items if item.open is not None), ZERO))


def _in_wan(amount: Decimal) -> str:
    return money.shown(amount / 10000)


def _wan(amount: Decimal | None) -> str:
    return str(_("%(n)s 万", n=_in_wan(amount or ZERO)))


def _count(statement: Any) -> Any:
    return select(func.count()).select_from(statement.subquery()).scalar_subquery()


def _sum(statement: Any) -> Any:
    inner = statement.subquery()
    return select(func.sum(inner.c.price)).scalar_subquery()


def _BADGES() -> dict[str, str]:  # noqa: N802  # words, in the language of the request
    return {
        "sale": _("车款"),
        "purchase": _("收车款"),
        "expense": _("费用"),
        "settlement": _("结算"),
        "manual_entry": _("凭证"),
    }


def _short(paper: Any) -> str:
    if isinstance(paper, Settlement):
        return str(paper.direction.label)
    words = {Purchase: _("收车"), PriceChange: _("定价"), Sale: _("销售"), Expense: _("费用"), ManualEntry: _("凭证")}
    return str(words[type(paper)])


TITLES: dict[type[Any], Callable[[Any], str]] = {
    Purchase: lambda paper: f"{_car(paper.vehicle)} ← {paper.seller.name}",
    PriceChange: lambda paper: _car(paper.holding.vehicle),
    Sale: lambda paper: f"{_car(paper.holding.vehicle)} → {paper.buyer.name}",
    Settlement: lambda paper: str(paper.party.name),
    Expense: lambda paper: "、".join(dict.fromkeys(line.fee_item.name for line in paper.lines)) or paper.number,
    ManualEntry: lambda paper: str(paper.text),
}
"""What a paper is about in one line; nothing that is cost."""

AMOUNTS: dict[type[Any], Callable[[Any], Decimal]] = {
    Purchase: lambda paper: paper.price,
    PriceChange: lambda paper: paper.asking,
    Sale: lambda paper: paper.price,
    Settlement: lambda paper: sum((line.amount for line in paper.money), ZERO),
    Expense: lambda paper: sum((line.amount for line in paper.lines), ZERO),
    ManualEntry: lambda paper: sum((line.debit for line in paper.lines), ZERO),
}
"""How much it is about."""


def _car(vehicle: Vehicle) -> str:
    plate = shown_plate(vehicle.plate) if vehicle.plate else f"…{vehicle.vin[-6:]}"
    return f"{car(vehicle).label} {plate}"


def _car_of(vehicle: Any) -> Any:
    return vehicle.joinedload(Vehicle.car_model).joinedload(CarModel.series)


def _loads(model: type[Any]) -> list[Any]:
    """What title, amount and limits of a paper need, so that no row asks again."""
    if model is Purchase:
        return [_car_of(joinedload(Purchase.vehicle)), *_joined(Purchase.seller, Purchase.handler, Purchase.fees)]
    if model is PriceChange:
        return [_car_of(joinedload(PriceChange.holding).joinedload(Holding.vehicle)), joinedload(PriceChange.handler)]
    if model is Sale:
        car_of = _car_of(joinedload(Sale.holding).joinedload(Holding.vehicle))
        return [car_of, *_joined(Sale.buyer, Sale.salesperson, Sale.fees)]
    if model is Settlement:
        return _joined(Settlement.party, Settlement.handler, Settlement.money, Settlement.items)
    if model is Expense:
        return [joinedload(Expense.handler), joinedload(Expense.lines).joinedload(ExpenseLine.fee_item)]
    return _joined(ManualEntry.handler, ManualEntry.lines)


def _joined(*relations: Any) -> list[Any]:
    """Loaded along; of a party its name is enough."""
    loads = [(joinedload(one), one.property.mapper.class_ is Party) for one in relations]
    return [load.lazyload(Party.roles) if party else load for load, party in loads]


def _label(table: str) -> str:
    return str(labels.TABLES.get(table, table))


def _steps() -> Iterable[tuple[str, Any]]:
    """What a new company sets up, each true once it is done."""

    def some(condition: ColumnElement[bool]) -> Any:
        return exists().where(condition)

    yield "company", some(CompanyProfile.phone.is_not(None))
    yield "warehouse", some(Warehouse.retired_at.is_(None))
    yield "employee", some(Employee.retired_at.is_(None))
    yield "users", select(func.count(Login.id) > 1).scalar_subquery()
    yield "accounts", some(MoneyAccount.retired_at.is_(None))
    yield "models", some(CarModel.retired_at.is_(None))


def _STEP_WORDS() -> Iterable[tuple[str, str, str, str]]:  # noqa: N802  # words, in the language of the request
    yield "company", _("公司资料"), "/company_profile/1", _("名称、地址、电话会印在单据上")
    yield "warehouse", _("门店和仓库"), "/warehouse/", _("车停在哪里")
    yield "employee", _("员工"), "/employee/", _("业务员、经手人从这里选")
    yield "users", _("用户和角色"), "/user/", _("谁能登录、能做什么")
    yield "accounts", _("资金账户"), "/money_account/", _("现金、银行、微信")
    yield "models", _("车型目录"), "/car_model/", _("收车时从目录里选，也可以随手新建")
