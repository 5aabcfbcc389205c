"""Papers whose lines name cars (costs, manual entries): what they rest on, and what stands in the way of undoing them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, or_, select

from app.columns import Document, Line
from app.enums import State
from app.ledger.balances import inventory_by, lowest, on_inventory
from app.ledger.posting import key
from app.models import Holding, Purchase, Sale
from app.workflows.engine import obstacle, rests_on


def costs_cars(paper: type[Document], line: type[Line], cars: Callable[[Any], Iterable[int]]) -> None:
    """Declare it for a kind: its papers rest on the purchase that brought a line's car in, late ones on the car's sale;
    a later sale rests on them, and none is taken back that leaves a car's inventory below 0. `cars(paper)` are the
    holdings whose inventory it moves.
    """
    model: Any = paper
    named: Any = line
    its_paper = getattr(line, f"{model.__tablename__}_id")

    def with_a_line_on(holdings: Any) -> Select[Any]:
        return select(model).where(model.id.in_(select(its_paper).where(named.holding_id.in_(holdings))))

    @rests_on(Purchase, dependent=paper)
    def on_the_car(purchase: Purchase) -> Select[Any]:
        """Papers on the car that it brought in."""
        return with_a_line_on(select(Holding.id).where(Holding.purchase_id == purchase.id))

    @rests_on(Sale, dependent=paper)
    def late(sale: Sale) -> Select[Any]:
        """Papers on the car that came after it was sold."""
        return with_a_line_on([sale.holding_id]).where(_after(model, sale))

    @rests_on(paper, dependent=Sale)
    def sold_with(ground: Any) -> Select[Any]:
        """The sale that took what it cost out of stock."""
        return select(Sale).where(Sale.holding_id.in_(list(cars(ground))), _after(Sale, ground))

    @obstacle(paper)
    def below_zero(ground: Any) -> Iterator[str]:
        """The inventory of a car in stock that would stand below 0 on some later day without it."""
        for holding_id, added in inventory_by(*key(ground)).items():
            if added > 0 and lowest(on_inventory(holding_id), ground.dated_on) < added:
                yield _("撤回后这台车的库存成本会小于 0。")


def _after(model: Any, paper: Any) -> ColumnElement[bool]:
    """Papers approved later than this one, or not yet."""
    return or_(model.approved_at > paper.approved_at, model.state == State.draft)
