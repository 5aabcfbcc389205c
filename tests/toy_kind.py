"""A kind of paper as a newcomer writes it: one table, one workflow, one test class. See tests/test_toy_kind.py.

A promise (承诺): what we say we shall spend, booked as an expense that is owed.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import labels, permissions
from app.columns import Base, Document, Line, Money, fk
from app.enums import Purpose, State
from app.errors import Problem
from app.extensions import db
from app.ledger import Leg, credit, debit
from app.models import Party, Store
from app.money import ZERO
from app.queries import Actor
from app.workflows.engine import move
from app.workflows.limits import four_eyes
from tests import make
from tests.cases import DocumentCase

# ── what it is called, and who may what ──
labels.TABLES.update(toy=_l("承诺"), toy_line=_l("承诺明细"))
labels.COLUMNS.update({"toy.lines": _l("明细")})
for role, letters, scope in (
    ("Cashier", "ve", permissions.STORE),
    ("Accountant", "vau", permissions.ALL),
    ("General manager", "vau", permissions.ALL),
    ("Read-only", "v", permissions.ALL),
):
    permissions.ROLES[role] += permissions.may(letters, scope, "Toy")


# ── the table ──
class Toy(Document, Base):
    """One row is a promise to spend. Written by this module."""

    __series__ = "CN"

    party_id: Mapped[int] = fk("party.id")

    store: Mapped[Store] = relationship()
    party: Mapped[Party] = relationship()
    lines: Mapped[list["ToyLine"]] = relationship(
        back_populates="toy", cascade="all, delete-orphan", order_by="ToyLine.position"
    )


class ToyLine(Line, Base):
    """One row is one thing promised. Written with its paper."""

    toy_id: Mapped[int] = fk("toy.id", info={"system": True})
    amount: Mapped[Money] = mapped_column()

    toy: Mapped[Toy] = relationship(back_populates="lines")


# ── the workflow ──
def total(toy: Toy) -> Decimal:
    """The sum of its lines."""
    return sum((line.amount for line in toy.lines), ZERO)


def missing(toy: Toy, _actor: Actor) -> Iterator[Problem]:
    """A promise of something."""
    if not total(toy):
        yield "lines", _("至少要有一行。")


def needs(toy: Toy, actor: Actor) -> Iterator[str]:
    """Four eyes above the amount that is set."""
    yield from four_eyes(toy, total(toy), actor)


@move(Toy, State.draft, State.approved, check=missing, needs=needs)
def approve(toy: Toy, _actor: Actor) -> list[Leg]:
    """It is an expense, and owed."""
    return [debit(Purpose.admin_expense, total(toy)), credit(Purpose.payable, total(toy), party_id=toy.party_id)]


@move(Toy, State.approved, State.draft)
def unapprove(_toy: Toy, _actor: Actor) -> None:
    """Nothing beyond its entry is taken back."""


# ── its migration ──
@pytest.fixture(scope="session")
def database(database: Flask) -> Flask:
    """The test's database with the toy's tables and their triggers; a real kind has an Alembic revision that adds them."""
    with database.app_context():
        Base.metadata.create_all(db.engine, tables=[Toy.__table__, ToyLine.__table__])
    return database


# ── the tests ──
class TestToy(DocumentCase):
    model = Toy
    author = "cashier"
    approver = "accountant"
    unapprover = "boss"
    outsider = "readonly"
    elsewhere = "cashier2"
    second_pair = "boss"

    def draft(self) -> Any:
        vendor = make.party("美车坊", "vendor")
        return make.saved(Toy, "cashier", dated_on="2026-11-12", party_id=vendor.id, lines=[{"amount": "320"}])

    def test_it_is_owed(self) -> None:
        assert make.item_of(self.approve(self.draft())).open == make.yuan("320")
