"""结算单. Approved: money in, money out or an offset settles open items, in whole or part. Undone: they are open again.

Items are locked in id order and only then looked at. What is let off posts by its reason; what is more than the items
take is an advance. One leg per account and party, netted.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from app import ledger
from app.enums import Direction, LetOff, Purpose, Side, State, TaxKind
from app.errors import Problem
from app.extensions import db
from app.ledger import Leg, Settle, credit, debit
from app.ledger.chart import Chart
from app.ledger.posting import stands
from app.ledger.taxes import by_rate, split
from app.models import JournalEntry, JournalLine, OpenItem, Sale, Settlement, SettlementItem, TaxRate
from app.money import ZERO, shown
from app.queries import Actor
from app.settings import setting
from app.workflows import cash
from app.workflows.engine import locks, move, obstacle
from app.workflows.limits import four_eyes, within_limit
from app.workflows.records import Values, checks, prepare

FITS: dict[LetOff, tuple[Side, frozenset[Purpose]]] = {
    LetOff.rounding: (Side.D, frozenset({Purpose.receivable})),
    LetOff.cash_discount: (Side.D, frozenset({Purpose.receivable})),
    LetOff.price_cut: (Side.D, frozenset({Purpose.receivable})),
    LetOff.bad_debt: (Side.D, frozenset({Purpose.receivable, Purpose.other_receivable, Purpose.prepaid})),
    LetOff.not_payable: (Side.C, frozenset({Purpose.payable})),
}
"""On which side and accounts a reason may stand (ledger.md, let off: by reason only)."""
ADVANCE = {Direction.receipt: Purpose.advances, Direction.payment: Purpose.prepaid}
LIMIT = {Direction.receipt: "receipt_approval_limit"}


def total(settlement: Settlement, side: Side) -> Decimal:
    """What it takes of the items of one side, let-offs aside."""
    return sum((line.amount for line in settlement.items if line.item.side is side), ZERO)


def money_total(settlement: Settlement) -> Decimal:
    """What counts against the items through all its money accounts."""
    return sum((line.amount for line in settlement.money), ZERO)


def moved(settlement: Settlement) -> Decimal:
    """The amount that limits speak of: the money, or what is set against each other where there is none."""
    return max(money_total(settlement), total(settlement, Side.D), total(settlement, Side.C))


def money_due(settlement: Settlement) -> Decimal:
    """The money that items and advance ask for (model.md, 39)."""
    owed = total(settlement, Side.D) - total(settlement, Side.C)
    return (owed if settlement.direction is Direction.receipt else -owed) + settlement.advance


def through(settlement: Settlement) -> dict[int, Decimal]:
    """What arrives in each money account (leaves it: negative): a receipt less its fee, a payment with it."""
    sums: dict[int, Decimal] = {}
    for line in settlement.money:
        arrives = line.amount - line.fee if settlement.direction is Direction.receipt else -line.amount - line.fee
        sums[line.money_account_id] = sums.get(line.money_account_id, ZERO) + arrives
    return sums


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@prepare(Settlement)
def _fill(settlement: Settlement, values: Values, _actor: Actor) -> Iterator[Problem]:
    """A new settlement has the store of its items, unless one is named."""
    ids = [line["item_id"] for line in values.get("items") or () if line.get("item_id")]
    if not settlement.id and values.get("store_id") is None and ids:
        values["store_id"] = db.session.scalar(select(OpenItem.store_id).where(OpenItem.id == ids[0]))
    yield from ()


@checks(Settlement)
def faults(settlement: Settlement, _actor: Actor) -> Iterator[Problem]:
    """What no draft may be saved with: an item of somebody else or another store, a let-off without its reason."""
    wanted = {line.item_id for line in settlement.items}
    items = (
        {item.id: item for item in db.session.scalars(select(OpenItem).where(OpenItem.id.in_(wanted)))}
        if wanted
        else {}
    )
    seen: set[int] = set()
    for position, line in enumerate(settlement.items):
        prefix = f"items.{position}."
        item = items[line.item_id]
        if item.party_id != settlement.party_id or item.store_id != settlement.store_id:
            yield f"{prefix}item_id", _("不是这家往来单位在本店的款项。")
        if line.item_id in seen:
            yield f"{prefix}item_id", _("同一笔款项只能列一行。")
        seen.add(line.item_id)
        if line.let_off and line.let_off_reason is None:
            yield f"{prefix}let_off_reason", _("让免要有原因。")
        if line.let_off_reason is not None and not line.let_off:
            yield f"{prefix}let_off", _("选了让免原因，请填写让免金额。")
    for position, paid in enumerate(settlement.money):
        if paid.amount <= 0:
            yield f"money.{position}.amount", _("金额要大于 0。")
        elif settlement.direction is Direction.receipt and paid.fee > paid.amount:
            yield f"money.{position}.fee", _("手续费不能多于收款金额。")


# ── approving ────────────────────────────────────────────────────────────────────────────────────────────────────────
@locks(Settlement)
def ground(settlement: Settlement) -> None:
    """Its items in id order, then the accounts that money leaves."""
    taking_back = settlement.state is State.approved
    if taking_back:  # its advance with them, in one order
        items = ledger.lock_items_of(settlement)
    else:
        items = ledger.lock_items(line.item_id for line in settlement.items)
    for line in settlement.items:
        set_committed_value(line, "item", items[line.item_id])
    cash.lock({pk: amount if taking_back else -amount for pk, amount in through(settlement).items()})


def missing(settlement: Settlement, _actor: Actor) -> Iterator[Problem]:
    """Every line fits and is open so far; money, items and advance come out even; the till holds what leaves it."""
    if not settlement.items and not settlement.advance:
        yield "items", _("至少要结算一笔款项，或者是预收、预付。")
    for position, line in enumerate(settlement.items):
        yield from _line_faults(settlement, line, f"items.{position}.")
    yield from _sum_faults(settlement)
    leaving = {pk: -amount for pk, amount in through(settlement).items()}
    fields = {line.money_account_id: f"money.{n}.money_account_id" for n, line in enumerate(settlement.money)}
    for line in settlement.money:
        yield from cash.of_store(line.money_account, settlement.store_id, fields[line.money_account_id])
    yield from cash.short_at(leaving, settlement.dated_on, fields)


def _line_faults(settlement: Settlement, line: SettlementItem, prefix: str) -> Iterator[Problem]:
    item = line.item
    if item.party_id != settlement.party_id or item.store_id != settlement.store_id:
        yield f"{prefix}item_id", _("不是这家往来单位在本店的款项。")
    if item.dated_on > settlement.dated_on:
        yield "dated_on", _("%(number)s 是 %(day)s 的，结算日期不能更早。", number=item.number, day=item.dated_on)
    if line.amount + line.let_off <= 0:
        yield f"{prefix}amount", _("金额要大于 0。")
    elif line.amount + line.let_off > item.open:
        yield f"{prefix}amount", _("%(number)s 只剩 %(open)s 未结。", number=item.number, open=shown(item.open))
    if line.let_off and line.let_off_reason is not None:
        side, purposes = FITS[line.let_off_reason]
        if item.side is not side or item.account.purpose not in purposes:
            yield f"{prefix}let_off_reason", _("“%(reason)s”不适用于这笔款项。", reason=line.let_off_reason.label)
        elif line.let_off_reason is LetOff.price_cut and item.document_kind != Sale.__tablename__:
            yield f"{prefix}let_off_reason", _("售后降价只用于销售单的款项。")


def _sum_faults(settlement: Settlement) -> Iterator[Problem]:
    if settlement.direction is Direction.offset:
        if settlement.money or settlement.advance:
            yield "money", _("对冲不经过资金账户，也没有预收预付。")
        if money_due(settlement):
            yield (
                "items",
                _("对冲的借方、贷方要相等，现在相差 %(difference)s。", difference=shown(abs(money_due(settlement)))),
            )
    elif money_total(settlement) != money_due(settlement):
        yield (
            "money",
            _(
                "资金合计 %(money)s 与款项合计 %(due)s 不符。",
                money=shown(money_total(settlement)),
                due=shown(money_due(settlement)),
            ),
        )


def needs(settlement: Settlement, actor: Actor) -> Iterator[str]:
    """The limits of receipts and payments (an offset counts as a payment) and of let-offs; four eyes."""
    amount = moved(settlement)
    yield from within_limit(settlement, amount, actor, LIMIT.get(settlement.direction, "payment_approval_limit"))
    let_off, limit = sum((line.let_off for line in settlement.items), ZERO), setting("let_off_limit")
    if limit is not None and let_off > limit and not actor.may("let_off", "Settlement"):
        yield _(
            "让免 %(amount)s 超过限额 %(limit)s，审核需要“超额让免”权限（会计）。",
            amount=shown(let_off),
            limit=shown(limit),
        )
    yield from four_eyes(settlement, amount, actor)


@move(Settlement, State.draft, State.approved, check=missing, needs=needs)
def approve(settlement: Settlement, _actor: Actor) -> list[Leg | Settle]:
    """Money moves, items are settled, let-offs go where their reason says."""
    owed_less, taken = _party_legs(settlement)
    costs = [*_fee_leg(settlement), *_let_off_debits(settlement)]
    money = list(_money_legs(settlement))
    legs = [*money, *costs, *owed_less, *taken]
    if settlement.direction is not Direction.receipt:
        legs = [*owed_less, *costs, *taken, *money]
    gains = [
        credit(Purpose.gain, line.let_off) for line in settlement.items if line.let_off_reason is LetOff.not_payable
    ]
    return [*legs, *gains, *(Settle(line.item, line.amount + line.let_off) for line in settlement.items)]


def _party_legs(settlement: Settlement) -> tuple[list[Leg], list[Leg]]:
    """One leg per account, netted: what is taken of D items is a credit, of C items a debit; the advance besides."""
    net: dict[int, Decimal] = {}
    for line in settlement.items:
        taken = line.amount + line.let_off
        net[line.item.account_id] = net.get(line.item.account_id, ZERO) + (
            taken if line.item.side is Side.C else -taken
        )
    if settlement.advance:
        account = Chart()[ADVANCE[settlement.direction]].id
        more = settlement.advance if settlement.direction is Direction.payment else -settlement.advance
        net[account] = net.get(account, ZERO) + more
    party = settlement.party_id
    return (
        [debit(account, amount, party_id=party) for account, amount in net.items() if amount > 0],
        [credit(account, -amount, party_id=party) for account, amount in net.items() if amount < 0],
    )


def _money_legs(settlement: Settlement) -> Iterator[Leg]:
    for line in settlement.money:
        account, pk = line.money_account.account_id, line.money_account_id
        if settlement.direction is Direction.receipt:
            yield debit(account, line.amount - line.fee, money_account_id=pk)
        else:
            yield credit(account, line.amount + line.fee, money_account_id=pk)


def _fee_leg(settlement: Settlement) -> Iterator[Leg]:
    yield debit(Purpose.finance_expense, sum((line.fee for line in settlement.money), ZERO), text=_("手续费"))


def _let_off_debits(settlement: Settlement) -> Iterator[Leg]:
    """抹零 and cash discount are finance expense, a bad debt is a loss, a price cut takes back sales and their VAT."""
    for line in settlement.items:
        text = str(line.let_off_reason.label) if line.let_off_reason else None
        match line.let_off_reason:
            case LetOff.rounding | LetOff.cash_discount:
                yield debit(Purpose.finance_expense, line.let_off, text=text)
            case LetOff.bad_debt:
                yield debit(Purpose.loss, line.let_off, text=text)
            case LetOff.price_cut:
                yield from _price_cut(line, text)


def _price_cut(line: SettlementItem, text: str | None) -> Sequence[Leg]:
    """At the sale's own rate, on the sale's car; `taxed_gross` is negative: less was taxed."""
    sale = db.session.get_one(Sale, line.item.document_id)
    rate = rate_of_sale(sale)
    cut = by_rate(line.let_off, rate) if rate else split(line.let_off, TaxKind.used_car, sale.dated_on)
    return [
        debit(Purpose.sales, cut.net, holding_id=sale.holding_id, text=text),
        debit(Purpose.vat, cut.vat, rate_id=cut.rate_id, taxed_gross=-cut.gross, text=text),
    ]


def rate_of_sale(sale: Sale) -> TaxRate | None:
    """The rate at which the car of an approved sale was taxed, from its standing entry; None where the tax came to 0."""
    statement = (
        select(TaxRate)
        .join(JournalLine, JournalLine.tax_rate_id == TaxRate.id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalEntry.document_kind == Sale.__tablename__, JournalEntry.document_id == sale.id, stands())
        .where(TaxRate.tax_kind == TaxKind.used_car)
    )
    return db.session.scalars(statement.limit(1)).one_or_none()


@move(Settlement, State.approved, State.draft)
def unapprove(_settlement: Settlement, _actor: Actor) -> None:
    """Nothing beyond its entry and its matches is taken back."""


@obstacle(Settlement)
def till(settlement: Settlement) -> Iterator[str]:
    """A receipt without which a till would stand below 0 on some later day."""
    for _account, words in cash.short(through(settlement), settlement.dated_on):
        yield words
