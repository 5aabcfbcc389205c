"""The chart of accounts by purpose, as the rules need it."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, String, select, type_coerce

from app.enums import Control, Purpose
from app.errors import Refused
from app.extensions import db
from app.memo import once
from app.models import Account

ITEM_PURPOSES = frozenset(
    {Purpose.receivable, Purpose.other_receivable, Purpose.payable, Purpose.agency, Purpose.advances, Purpose.prepaid}
)
"""Accounts on which open items are kept (ledger.md, dimensions)."""
CONTROL_OF: dict[Purpose, Control] = {
    **dict.fromkeys(ITEM_PURPOSES, Control.party),
    **dict.fromkeys((Purpose.cash, Purpose.bank, Purpose.e_money), Control.money),
    Purpose.inventory: Control.holding,
    Purpose.parts: Control.part,
    Purpose.wages: Control.employee,
}
"""What every line on an account with this purpose must carry, as the rules that post there give it; others: nothing."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What posting needs to know of an account."""

    id: int
    number: str
    purpose: Purpose | None
    control: Control


class Chart:
    """All accounts, read with one statement; look-ups by purpose and by id."""

    def __init__(self) -> None:
        rows = db.session.execute(_accounts()).all()
        self.by_id = {row.id: row for row in rows}
        self.by_purpose = {row.purpose: row for row in rows if row.purpose}

    def __getitem__(self, key: Purpose | int) -> AccountFacts:
        """The account with this purpose or id. Refused with words when the chart has none for the purpose."""
        if not isinstance(key, Purpose):
            row = self.by_id[key]
        elif key in self.by_purpose:
            row = self.by_purpose[key]
        else:
            raise Refused(_("会计科目里没有用途为“%(purpose)s”的科目，请会计先补上。", purpose=key.label))
        return AccountFacts(row.id, row.number, Purpose(row.purpose) if row.purpose else None, Control(row.control))


@once
def _accounts() -> Select[int, str, str | None, str]:
    """Words as they are stored: of thirty accounts a paper needs five, and only those become words of ours."""
    purpose, control = (type_coerce(column, String).label(column.key) for column in (Account.purpose, Account.control))
    return select(Account.id, Account.number, purpose, control)
