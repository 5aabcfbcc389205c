"""Linked papers: everything about the same car in order, and what settled a paper."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, or_, select

from app.columns import Document
from app.enums import State
from app.extensions import db
from app.fields import spec
from app.models import Expense, ExpenseLine, Match, OpenItem, PriceChange, Purchase, Sale, Settlement, SettlementItem
from app.queries import Actor, visible
from app.views.named import state_face
from app.workflows import engine

MOST = 40


def linked(row: Any, who: Actor) -> list[dict[str, Any]]:
    """The rail 关联单据: papers that this person may see, oldest first, this one marked."""
    papers = [paper for model, statement in statements(row) for paper in _seen(model, statement, who)]
    if not papers:
        return []
    if row not in papers:
        papers.append(row)
    papers.sort(key=lambda paper: (paper.dated_on, paper.created_at, paper.id))
    return [view(paper, current=paper is row) for paper in papers[:MOST]] if len(papers) > 1 else []


def _seen(model: type[Any], statement: Select[Any], who: Actor) -> list[Any]:
    return list(
        db.session.scalars(visible(statement.where(model.state != State.void), model, who).limit(MOST)).unique()
    )


def statements(row: Any) -> list[tuple[type[Any], Select[Any]]]:
    """(kind, SELECT) of the papers that have to do with this one."""
    found: list[tuple[type[Any], Select[Any]]] = []
    holding_ids = holdings_of(row)
    if holding_ids:
        found += of_holdings(holding_ids)
    kind = row.__tablename__
    if kind == "settlement":
        items = select(OpenItem.document_kind, OpenItem.document_id).join(
            SettlementItem, SettlementItem.item_id == OpenItem.id
        )
        for name, paper_id in db.session.execute(items.where(SettlementItem.settlement_id == row.id).distinct()):
            if name in engine.kinds():
                model = engine.kinds()[name]
                found.append((model, select(model).where(model.id == paper_id)))
    else:
        mine = select(OpenItem.id).where(OpenItem.document_kind == kind, OpenItem.document_id == row.id)
        by_match = select(Match.document_id).where(Match.document_kind == "settlement", Match.item_id.in_(mine))
        by_draft = select(SettlementItem.settlement_id).where(SettlementItem.item_id.in_(mine))
        found.append(
            (Settlement, select(Settlement).where(or_(Settlement.id.in_(by_match), Settlement.id.in_(by_draft))))
        )
    return found


def holdings_of(row: Any) -> list[int]:
    """The holdings a paper speaks of."""
    if isinstance(row, Purchase):
        return [row.holding.id] if row.holding else []
    if isinstance(row, Expense):
        return [line.holding_id for line in row.lines if line.holding_id]
    return [row.holding_id] if getattr(row, "holding_id", None) else []


def of_holdings(ids: list[int]) -> list[tuple[type[Any], Select[Any]]]:
    """Every paper on these holdings."""
    from app.models import Holding

    return [
        (Purchase, select(Purchase).where(Purchase.id.in_(select(Holding.purchase_id).where(Holding.id.in_(ids))))),
        (PriceChange, select(PriceChange).where(PriceChange.holding_id.in_(ids))),
        (
            Expense,
            select(Expense).where(
                Expense.id.in_(select(ExpenseLine.expense_id).where(ExpenseLine.holding_id.in_(ids)))
            ),
        ),
        (Sale, select(Sale).where(Sale.holding_id.in_(ids))),
    ]


def view(paper: Document, *, current: bool = False) -> dict[str, Any]:
    """One step of the rail."""
    model: Any = type(paper)
    label, tone = state_face(paper)
    return {
        "kind_label": str(spec(model).label),
        "number": paper.number,
        "url": f"/{model.__tablename__}/{paper.id}",
        "state_label": label,
        "tone": tone,
        "sub": paper.dated_on.isoformat() + (f" · {_('本单')}" if current else ""),
        "current": current,
        "dashed": paper.state is State.draft and not current,
    }
