"""The chart of accounts by purpose, as the rules need it."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.enums import AccountKind, Control, Purpose
from app.errors import Refused
from app.extensions import db
from app.models import Account

ITEM_PURPOSES = frozenset(
    {Purpose.receivable, Purpose.other_receivable, Purpose.payable, Purpose.agency, Purpose.advances, Purpose.prepaid}
)
"""Accounts on which open items are kept (ledger.md, dimensions)."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What posting needs to know of an account."""

    id: int
    number: str
    purpose: Purpose | None
    kind: AccountKind
    control: Control


class Chart:
    """All accounts, read with one statement; look-ups by purpose and by id."""

    def __init__(self) -> None:
        rows = db.session.execute(select(Account.id, Account.number, Account.purpose, Account.kind, Account.control)).all()
        self.by_id = {row.id: AccountFacts(*row) for row in rows}
        self.by_purpose = {facts.purpose: facts for facts in self.by_id.values() if facts.purpose}

    def __getitem__(self, key: Purpose | int) -> AccountFacts:
        """The account with this purpose or id. Refused with words when the chart has none for the purpose."""
        if isinstance(key, Purpose):
            try:
                return self.by_purpose[key]
            except KeyError:
                raise Refused(_("会计科目里没有用途为“%(purpose)s”的科目，请会计先补上。", purpose=key.label)) from None
        return self.by_id[key]
