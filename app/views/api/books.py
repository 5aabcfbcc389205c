"""The books through the API: trial balance, open items, entries of a paper, statement of a party, closing of months.

Rights, rows and the cost gate are those of app/ledger/statements.py; an amount that one may not see is null.
"""

import datetime as dt
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock, labels
from app.columns import Base
from app.database import unit_of_work
from app.errors import Invalid, NotThere, Problem
from app.extensions import db
from app.fields import Field, Kind, storable
from app.ledger import periods, statements
from app.models import Party, Period
from app.queries import visible
from app.views.api import answers, bodies
from app.views.api.resource import Api
from app.views.security import actor


def out(value: Any) -> Any:
    """A dataclass of the ledger as JSON: amounts as decimal strings, None where one may not see them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: out(getattr(value, one.name)) for one in fields_of(value)}
    if isinstance(value, dict):
        return {answers.plain(key): out(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [out(one) for one in value]
    return answers.plain(value)


class Address:
    """What an address asks for, typed; `done()` raises everything wrong with it at once."""

    def __init__(self, *known: str) -> None:
        self.problems: list[Problem] = [(key, _("没有这个参数。")) for key in request.args if key not in known]

    def day(self, key: str, default: dt.date) -> dt.date:
        """A day, or `default`."""
        return self.day_if_given(key) or default

    def day_if_given(self, key: str) -> dt.date | None:
        """A day, or None."""
        found: dt.date | None = self._parsed(key, Field(key, Kind.date, labels.COLUMNS["dated_on"]))
        return found

    def number(self, key: str) -> int | None:
        """An id."""
        found: int | None = self._parsed(key, Field(key, Kind.ref, labels.COLUMNS["number"]))
        return found

    def word(self, key: str, *words: str) -> str:
        """One of a few words; the first when none is given."""
        given = request.args.get(key, words[0])
        if given not in words:
            self.problems.append((key, _("没有这个选项。")))
        return given

    def needed(self, **values: Any) -> None:
        """These must be given."""
        told = {field for field, _message in self.problems}
        self.problems += [(key, _("请填写。")) for key, value in values.items() if not value and key not in told]

    def done(self) -> None:
        """Invalid, if anything is wrong."""
        if self.problems:
            raise Invalid(self.problems)

    def _parsed(self, key: str, field: Field) -> Any:
        try:
            return field.parse(request.args.get(key))
        except ValueError as fault:
            self.problems.append((key, str(fault)))
            return None


class LedgerApi(Api):
    """What the books say."""

    resource_name = "ledger"
    class_permission_name = "Ledger"

    @expose("/trial_balance", methods=["GET"])
    def trial_balance(self) -> Response:
        """Balances at the end of a day (default today), before or after the closing entries of its month."""
        asked = Address("on", "closing", "store_id")
        on, closing, store_id = (
            asked.day("on", clock.today()),
            asked.word("closing", "after", "before"),
            asked.number("store_id"),
        )
        asked.done()
        return answers.answer(
            out(statements.trial_balance(on, actor(), "before" if closing == "before" else "after", store_id))
        )

    @expose("/open_items", methods=["GET"])
    def open_items(self) -> Response:
        """What is open, of one party or of all, now or at the end of a day."""
        asked = Address("party", "on", "store_id")
        party, on, store_id = asked.number("party"), asked.day_if_given("on"), asked.number("store_id")
        asked.done()
        items = statements.open_items(actor(), party_id=party, on=on, store_id=store_id)
        return answers.answer({"result": [item_out(item) for item in items]})

    @expose("/entries", methods=["GET"])
    def entries(self) -> Response:
        """The entries of one paper with their lines; who may audit gets withdrawn ones and their red entries too."""
        asked = Address("kind", "document_id")
        kind, document_id = request.args.get("kind", ""), asked.number("document_id") or 0
        asked.needed(kind=kind, document_id=document_id)
        if len(kind) > 30 or not storable(kind):
            asked.problems.append(("kind", _("没有这个选项。")))
        asked.done()
        asker = actor()
        found = statements.entries_of(kind, document_id, asker, with_red=asker.may("read", "Audit"))
        return answers.answer({"result": out(found)})


def item_out(item: statements.ItemShown) -> dict[str, Any]:
    """An open item, its paper named `kind` and `document_id`."""
    found = out(item)
    return {"id": found["id"], "kind": found.pop("document_kind"), **found}


class PartyStatement:
    """`GET /party/<id>/statement`."""

    @expose("/<int:pk>/statement", methods=["GET"])
    def statement(self, pk: int) -> Response:
        """What happened with a party between two days (default: this year so far), what is open, and how old it is."""
        asked = Address("since", "until")
        until = asked.day("until", clock.today())
        since = asked.day("since", until.replace(month=1, day=1))
        asked.done()
        asker = actor()
        party = db.session.scalar(visible(select(Party.id).where(Party.id == bodies.number(pk)), Party, asker))
        if party is None:
            raise NotThere
        found = statements.party_statement(party, since, until, asker)
        content = out(found) | {"items": [item_out(item) for item in found.items]}
        return answers.answer({"party_id": party, "since": since.isoformat(), "until": until.isoformat(), **content})


class PeriodMoves:
    """`POST /period/<id>/close` and `/reopen`."""

    @expose("/<int:pk>/<any(close,reopen):name>", methods=["POST"])
    def turn(self, pk: int, name: str) -> Response:
        """Close the oldest open month, or reopen the newest closed one (with a reason)."""
        asker = actor()
        raw = bodies.body()
        problems: list[Problem] = []
        reason = bodies.reason(raw, problems)
        bodies.nothing_else(raw, problems)
        with unit_of_work():
            if name == "close":
                periods.close(bodies.number(pk), asker)
            else:
                periods.reopen(bodies.number(pk), asker, reason)
            content = self._fresh(pk, asker)  # type: ignore[attr-defined]  # mixed into the resource of periods
        return answers.answer(content)


EXTRAS: dict[type[Base], tuple[type[Any], ...]] = {Party: (PartyStatement,), Period: (PeriodMoves,)}
"""Routes beyond those that follow from the table."""
