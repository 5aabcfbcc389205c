"""A till never stands below 0, on no day: what papers that take money out of one, or take a receipt back, look at."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from app.errors import Problem
from app.extensions import db
from app.ledger.balances import lowest_money
from app.ledger.posting import lock_money_accounts
from app.models import MoneyAccount
from app.money import shown


def tills(ids: Iterable[int]) -> dict[int, MoneyAccount]:
    """Those of the money accounts that are tills."""
    found = db.session.scalars(select(MoneyAccount).where(MoneyAccount.id.in_(list(ids)), MoneyAccount.is_till))
    return {account.id: account for account in found}


def lock(ids: Mapping[int, Decimal]) -> None:
    """Lock the accounts that money leaves (id → how much), in id order."""
    leaving = [pk for pk, amount in ids.items() if amount > 0]
    if leaving:
        lock_money_accounts(leaving)


def short(leaving: Mapping[int, Decimal], day: dt.date) -> Iterator[tuple[int, str]]:
    """(money account, words) for each till that would stand below 0 on `day` or later if so much left it then."""
    out = {pk: amount for pk, amount in leaving.items() if amount > 0}
    if not out:
        return
    for pk, till in tills(out).items():
        least = lowest_money(pk, day)
        if least < out[pk]:
            yield (
                pk,
                _(
                    "%(till)s在 %(day)s 及以后最少只有 %(least)s，付不出 %(amount)s。",
                    till=till.name,
                    day=day,
                    least=shown(least),
                    amount=shown(out[pk]),
                ),
            )


def short_at(leaving: Mapping[int, Decimal], day: dt.date, fields: Mapping[int, str]) -> Iterator[Problem]:
    """`short`, each at the field that names the account."""
    for pk, words in short(leaving, day):
        yield fields[pk], words


def of_store(account: MoneyAccount, store_id: int, field: str) -> Iterator[Problem]:
    """A money account without store serves all; one with a store serves that."""
    if account.store_id not in (None, store_id):
        yield field, _("这个资金账户属于另一家门店。")
