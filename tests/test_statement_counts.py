"""A list of a hundred rows costs as many statements as one of ten, eight at most, whoever asks and whatever the menu."""

import contextlib
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import String, insert, select

from app import clock
from app.columns import Base
from app.extensions import db
from app.models import Holding, OpenItem
from app.views.base import WINDOWS
from tests import make

Statements = Callable[[], contextlib.AbstractContextManager[list[str]]]
ROWS = 100
MOST = 8
ONE_ROW = {"company_profile"}
"""Tables that never have more."""


@pytest.fixture
def full(app: Any) -> None:
    """A hundred rows in every list, each with references of its own: rows that share them would hide a look-up per row."""
    holding = make.bought(
        fees=[{"fee_item_id": make.fee("代办费"), "party_id": make.party("顺达代办", "agent").id, "amount": "1"}]
    )
    make.priced(holding)
    sale = make.sold(holding)
    make.approved(make.settlement(make.item_of(sale, "receivable"), "1000"), "cashier")
    make.approved(make.expense(), "accountant")
    make.approved(make.manual_entry(), "accountant")
    make.vehicle()
    listed = {window.model.__table__ for window in WINDOWS.values()} | {Holding.__table__, OpenItem.__table__}
    ids: dict[Any, list[int]] = {}
    for table in Base.metadata.sorted_tables:
        if table in listed and table.name not in ONE_ROW:
            _fill(table, ids)
        ids[table] = sorted(db.session.scalars(select(table.c.id))) if "id" in table.c else []
    db.session.commit()
    db.session.remove()


def _fill(table: Any, ids: dict[Any, list[int]]) -> None:
    """Copies of the table's rows up to `ROWS`, their references spread over what there is."""
    known: list[Any] = [*db.session.execute(select(table).order_by(table.c.id)).mappings()]
    if table.name == "department" and not known:
        known = [{"name": "销售部", "version": 1, "position": 0, "created_at": clock.now(), "changed_at": clock.now()}]
    assert known, f"nothing to copy in {table.name}"
    copies = [dict(row) for _n, row in zip(range(ROWS - len(known)), cycle(known), strict=False)]
    for n, copy in enumerate(copies):
        copy.pop("id", None)
        for column in table.columns:
            if column.key in copy:
                copy[column.key] = _own(column, copy[column.key], n, ids)
    if copies:
        db.session.execute(insert(table), copies)


def _own(column: Any, value: Any, n: int, ids: dict[Any, list[int]]) -> Any:
    """The value that the n-th copy has instead."""
    unique = column.unique or column.key in ("name", "month")
    for key in column.foreign_keys:
        others = ids.get(key.column.table) or []
        if column.unique:
            return None
        return others[-1 - n % len(others)] if value is not None and others else value
    if column.key == "vin":
        return make.vin()
    if column.key == "purpose" and column.table.name == "account":
        return None
    if unique and isinstance(column.type, String):
        return f"{value}"[: (column.type.length or 80) - 4] + f"-{n:03d}"
    return value


@pytest.mark.usefixtures("full")
class TestLists:
    @pytest.mark.parametrize(("username", "long_lists"), [("boss", 20), ("accountant", 10), ("sales", 2)])
    def test_a_hundred_rows_take_eight_statements_at_most(
        self, username: str, long_lists: int, as_: Callable[[str | None], FlaskClient], statements: Statements
    ) -> None:
        who, browser = make.person(username), as_(username)
        taken: dict[str, list[str]] = {}
        long = []
        for kind, window in WINDOWS.items():
            if not window.can_open(who):
                continue
            with statements() as seen:
                answer = browser.get(f"{window.url}?size={ROWS}")
            assert answer.status_code == 200, kind
            if answer.text.count("<tr") > ROWS // 2:
                long.append(kind)
            taken[kind] = seen
        assert len(long) >= long_lists, long
        over = {kind: seen for kind, seen in taken.items() if len(seen) > MOST}
        assert not over, "\n".join(
            f"{kind}: {len(seen)}\n  " + "\n  ".join(one[:160] for one in seen) for kind, seen in over.items()
        )
