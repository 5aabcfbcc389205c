"""记账凭证. Approved: it is posted as typed. Unapproved: it is withdrawn."""

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _

from app.enums import Control, Purpose, State
from app.errors import Problem
from app.ledger import Leg
from app.ledger.posting import DIMENSION_OF
from app.models import ManualEntry
from app.money import ZERO, shown
from app.queries import Actor
from app.workflows.engine import move
from app.workflows.limits import four_eyes


def total(entry: ManualEntry) -> Decimal:
    """The sum of its debits."""
    return sum((line.debit for line in entry.lines), ZERO)


def missing(entry: ManualEntry, _actor: Actor) -> Iterator[Problem]:
    """Balanced, and every control account with its dimension; inventory only of a car in stock (ledger.md)."""
    difference = sum((line.debit - line.credit for line in entry.lines), ZERO)
    if not entry.lines:
        yield "lines", _("至少要有一借一贷。")
    if difference:
        yield "lines", _("借贷不平，相差 %(difference)s。", difference=shown(difference))
    for position, line in enumerate(entry.lines):
        needed = DIMENSION_OF.get(line.account.control)
        if needed and getattr(line, needed) is None:
            yield f"lines.{position}.{needed}", _("科目“%(account)s”要填这一项。", account=str(line.account))
        if line.account.control is Control.part:
            yield f"lines.{position}.account_id", _("配件科目不能手工记账。")
        if line.account.control is Control.money and line.money_account and line.money_account.account_id != line.account_id:
            yield f"lines.{position}.money_account_id", _("这个资金账户属于另一个科目。")
        if line.account.purpose is Purpose.inventory and line.holding and not (line.holding.opened_on and line.holding.closed_on is None):
            yield f"lines.{position}.holding_id", _("这台车不在库，不能记入库存。")


def needs(entry: ManualEntry, actor: Actor) -> Iterator[str]:
    """Four eyes above the amount that is set."""
    yield from four_eyes(entry, total(entry), actor)


@move(ManualEntry, State.draft, State.approved, check=missing, needs=needs)
def approve(entry: ManualEntry, _actor: Actor) -> list[Leg]:
    """It stands in the books as typed."""
    return [
        Leg(
            line.account_id,
            debit=line.debit,
            credit=line.credit,
            party_id=line.party_id,
            holding_id=line.holding_id,
            money_account_id=line.money_account_id,
            employee_id=line.employee_id,
            text=line.text or entry.text,
        )
        for line in entry.lines
    ]


@move(ManualEntry, State.approved, State.draft)
def unapprove(_entry: ManualEntry, _actor: Actor) -> None:
    """Nothing beyond its entry is taken back."""
