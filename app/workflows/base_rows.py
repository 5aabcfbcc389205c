"""Base rows that the books rest on: what of them is fixed once a line, a car or an entry points at them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, exists, func, inspect, select

from app.enums import Control
from app.errors import Problem
from app.extensions import db
from app.ledger.balances import lowest_money
from app.ledger.chart import CONTROL_OF
from app.ledger.posting import stands
from app.ledger.taxes import TAXED_AS_BEFORE
from app.models import (
    Account,
    CompanyProfile,
    Holding,
    JournalEntry,
    JournalLine,
    MoneyAccount,
    TaxRate,
    Warehouse,
)
from app.queries import Actor
from app.workflows.records import checks


def changed(row: Any, *keys: str) -> list[str]:
    """Those of the columns that are about to change on a row that is kept already."""
    state = inspect(row)
    return [key for key in keys if state.persistent and state.attrs[key].history.has_changes()]


def _booked(condition: Any) -> bool:
    return bool(db.session.scalar(select(exists().where(condition))))


@checks(Account)
def account_faults(account: Account, _actor: Actor) -> Iterator[Problem]:
    """With a purpose it carries what the rules post there; with lines it stays what it was when they were written."""
    fixed = changed(account, "purpose", "kind", "control")
    if fixed and _booked(JournalLine.account_id == account.id):
        for key in fixed:
            yield key, _("这个科目已有分录，不能改这一项。")
    elif account.purpose is not None and account.control is not CONTROL_OF.get(account.purpose, Control.none):
        needed = CONTROL_OF.get(account.purpose, Control.none)
        yield (
            "control",
            _("用途为“%(purpose)s”的科目，这里应为“%(needed)s”。", purpose=account.purpose.label, needed=needed.label),
        )


@checks(MoneyAccount)
def money_account_faults(money_account: MoneyAccount, _actor: Actor) -> Iterator[Problem]:
    """It stands on an account for money, and stays there; a till was never below 0."""
    account = db.session.get(Account, money_account.account_id)
    if account is not None and account.control is not Control.money:
        yield "account_id", _("资金账户要对应现金、银行或其他货币资金科目。")
    elif changed(money_account, "account_id") and _booked(JournalLine.money_account_id == money_account.id):
        yield "account_id", _("这个资金账户已有分录，不能改科目。")
    if money_account.is_till and changed(money_account, "is_till") and lowest_money(money_account.id, dt.date.min) < 0:
        yield "is_till", _("它曾经小于 0，不能当作现金账户。")


@checks(TaxRate)
def rate_faults(rate: TaxRate, _actor: Actor) -> Iterator[Problem]:
    """No two for one day; what was taxed by it keeps its rate, on all days on which it was used (ledger check 8)."""
    if rate.to_on is not None and rate.to_on < rate.from_on:
        yield "to_on", _("不能早于开始日期。")
    same = [getattr(TaxRate, key) == getattr(rate, key) for key in ("tax_kind", "taxpayer", "method")]
    for other in db.session.scalars(select(TaxRate).where(*same, TaxRate.id != (rate.id or 0))):
        if other.from_on <= (rate.to_on or dt.date.max) and rate.from_on <= (other.to_on or dt.date.max):
            yield "from_on", _("与 %(since)s 起的税率重叠。", since=other.from_on)
    if not changed(rate, "tax_kind", "taxpayer", "method", "rate", "from_on", "to_on"):
        return
    used: Select[*tuple[Any, ...]] = (
        select(func.min(JournalEntry.dated_on), func.max(JournalEntry.dated_on))
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .where(JournalLine.tax_rate_id == rate.id, JournalEntry.document_kind.not_in(TAXED_AS_BEFORE), stands())
    )
    first, last = db.session.execute(used).one()
    if first is None:
        return
    for key in changed(rate, "tax_kind", "taxpayer", "method", "rate"):
        yield key, _("已按这个税率计过税，不能改这一项；请另加一行。")
    if rate.from_on > first:
        yield "from_on", _("%(day)s 已按这个税率计过税。", day=first)
    if rate.to_on is not None and rate.to_on < last:
        yield "to_on", _("%(day)s 已按这个税率计过税。", day=last)


@checks(Warehouse)
def warehouse_faults(warehouse: Warehouse, _actor: Actor) -> Iterator[Problem]:
    """A car's papers have the store of its warehouse: where cars stood, that stays."""
    if changed(warehouse, "store_id") and _booked(Holding.warehouse_id == warehouse.id):
        yield "store_id", _("这个仓库停过车，不能改门店。")


@checks(CompanyProfile)
def company_faults(company: CompanyProfile, _actor: Actor) -> Iterator[Problem]:
    """The first month is free until the first entry."""
    if changed(company, "first_period_on") and _booked(JournalEntry.id.is_not(None)):
        yield "first_period_on", _("已有凭证，不能改启用期间。")
