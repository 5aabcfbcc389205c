"""A yard with a row of every kind, and addresses for every route: for tests that walk them all."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from app.columns import Base
from app.extensions import db
from app.models import JournalEntry, Login, Purchase, Sale
from app.queries import may_any
from app.views import PAGES
from app.views.base import WINDOWS, Window
from app.workflows import engine
from tests import make

OTHERWISE = {"month": "2026-11", "locale": "en", "filename": "caryard.css", "kind": "party", "name": "approve"}
"""Words for the places of addresses that are no ids."""
OF_ENDPOINT = {
    "LedgerView.entry": "journal_entry",
    "LedgerView.account": "account",
    "MoneyView.account": "money_account",
    "StatementView": "party",
    "UserView": "ab_user",
}
"""Whose id an address takes where it does not start with the table's name."""


def windows() -> dict[str, type[Window]]:
    """Every window by its table's name, before there is an application, too."""
    for name in PAGES:
        import_module(f"app.views.{name}")
    return WINDOWS


@dataclass
class Yard:
    """Ids of one row by table; what is missing there is asked for as 1."""

    ids: dict[str, int] = field(default_factory=dict)

    def url(self, app: Flask, rule: Rule) -> str:
        """An address of this route that leads to something."""
        values: dict[str, Any] = {}
        for name in rule.arguments:
            converter = rule._converters[name]
            if isinstance(converter, IntegerConverter):
                values[name] = self.id_of(rule)
            elif isinstance(converter, AnyConverter):
                words = str(converter.regex).strip("(?:)").split("|")
                values[name] = next((word for word in ("approve", "close") if word in words), words[0])
            else:
                values[name] = OTHERWISE[name]
        return app.url_map.bind("localhost").build(rule.endpoint, values)

    def id_of(self, rule: Rule) -> int:
        """The id that fits the place in this address."""
        view = rule.endpoint.partition(".")[0]
        table = OF_ENDPOINT.get(rule.endpoint) or OF_ENDPOINT.get(view)
        if table is None:
            table = next((part for part in rule.rule.split("/") if part in self.ids), "")
        return self.ids.get(table, 1)


def full_yard() -> Yard:
    """One car bought, priced, sold and paid for, an expense and an entry; a row of every table that has one."""
    make.cash("5000")
    holding = make.bought(
        fees=[{"fee_item_id": make.fee("代办费"), "party_id": make.party("过户代办行", "agent").id, "amount": "460"}]
    )
    price = make.priced(holding)
    sale = make.sold(holding)
    receipt = make.approved(make.settlement(make.item_of(sale, "receivable"), "100.00"), "accountant")
    expense = make.approved(make.expense(), "accountant")
    entry = make.manual_entry()
    papers: list[Any] = [holding.purchase, price, sale, receipt, expense, entry]
    ids: dict[str, int] = {paper.__tablename__: paper.id for paper in (*papers, holding, holding.vehicle)}
    models: list[Any] = [*(window.model for window in WINDOWS.values()), JournalEntry, Login, *engine.MOVES]
    for model in models:
        if model.__tablename__ not in ids:
            first = db.session.scalar(select(model.id).order_by(model.id).limit(1))
            if first is not None:
                ids[model.__tablename__] = first
    return Yard(ids)


def example(model: type[Base]) -> Any:
    """A row of the table to spoil, where one is easily had."""
    if model is Purchase:
        return make.purchase()
    if model is Sale:
        return make.sale(make.priced(make.bought()).holding)
    makers = {
        "price_change": lambda: make.price_change(make.bought()),
        "settlement": lambda: make.settlement(make.item_of(make.sold(), "receivable"), "100.00"),
        "expense": make.expense,
        "manual_entry": make.manual_entry,
        "party": lambda: make.party("王建国"),
        "vehicle": make.vehicle,
        "car_model": make.car_model,
    }
    made = makers.get(model.__tablename__)
    return made() if made else db.session.scalars(select(model).limit(1)).first()


def writer(model: type[Base]) -> str | None:
    """Somebody who may write rows of the table."""
    people = ("boss", "accountant", "buyer", "sales_manager", "cashier")
    return next((name for name in people if may_any(make.person(name), "edit", model)), None)
