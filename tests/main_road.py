"""The main road of the worked examples (W0), told by papers: November 2026 and one paper of December.

Every figure was worked out by hand. The tests' people and shops are used; the papers' dates and amounts are the story's.
"""

from dataclasses import dataclass
from typing import Any

from app.models import Holding, Purchase, Sale, Settlement
from tests import make


@dataclass
class Road:
    """What later sentences speak of."""

    h001: Holding
    h002: Holding
    h004: Holding
    h006: Holding
    to_han: Sale
    to_li: Sale
    to_sun: Sale


def _booked(day: str, *lines: dict[str, Any]) -> None:
    make.approved(make.manual_entry(*lines, dated_on=day), "accountant")


def _bought(day: str, seller: str, price: str, **raw: object) -> Holding:
    return make.bought(dated_on=day, seller_id=make.party(seller, store_id=make.store()).id, price=price, **raw)


def _settled(
    day: str, party: str, items: list[dict[str, object]], money: list[dict[str, object]], *, by: str, direction: str
) -> None:
    paper = make.saved(
        Settlement,
        "cashier",
        dated_on=day,
        direction=direction,
        party_id=make.party(party).id,
        items=items,
        money=money,
    )
    make.approved(paper, by)


def _paper(holding: Holding) -> Purchase:
    assert holding.purchase is not None
    return holding.purchase


def travelled() -> Road:
    """All papers of W0 up to the closing of November, and FY-2 of December."""
    bank, till, wechat = make.money("基本户"), make.money("门店现金"), make.money("微信")
    _booked(
        "2026-11-01",
        {"account": "bank", "debit": "400000", "money_account_id": bank},
        {"account": "capital", "credit": "400000"},
    )
    agent = make.party("顺达代办", "agent")
    carrier = make.party("速运物流", "vendor")
    fees = [
        {"fee_item_id": make.fee("代办费"), "party_id": agent.id, "amount": "460"},
        {"fee_item_id": make.fee("物流费"), "party_id": carrier.id, "amount": "380.50"},
    ]
    h001 = _bought("2026-11-03", "王建国", "86000", fees=fees)
    h002 = _bought("2026-11-04", "宏达公司", "52000")
    h004 = _bought("2026-11-07", "刘强", "45000")
    h006 = _bought("2026-11-10", "陈静", "30000")
    _booked(
        "2026-11-11",
        {"account": "cash", "debit": "1000", "money_account_id": till},
        {"account": "bank", "credit": "1000", "money_account_id": bank},
    )
    line = {"fee_item_id": make.fee("检测费"), "holding_id": h006.id, "amount": "300"}
    make.approved(make.expense(dated_on="2026-11-12", paid_from_id=till, lines=[line]), "accountant")
    to_han = make.sold(h004, dated_on="2026-11-12", price="58000")
    make.move(to_han, "unapprove", "accountant", "价格写错")
    make.saved(Sale, "sales", to_han.id, price="56800")
    make.approved(to_han, "sales_manager")
    fee = {"fee_item_id": make.fee("过户代办费"), "charged": "1800", "passed_on": "1200", "party_id": agent.id}
    to_li = make.sold(
        h001, dated_on="2026-11-16", price="110000", buyer_id=make.somebody("李雷", "sales").id, fees=[fee]
    )
    owed = make.item_of(to_li, "receivable")
    _settled(
        "2026-11-17",
        "李雷",
        [{"item_id": owed.id, "amount": "13080"}],
        [{"money_account_id": till, "amount": "3080"}, {"money_account_id": bank, "amount": "10000", "fee": "60"}],
        by="cashier",
        direction="receipt",
    )
    _settled(
        "2026-11-20",
        "李雷",
        [{"item_id": owed.id, "amount": "6990", "let_off": "10", "let_off_reason": "rounding"}],
        [{"money_account_id": wechat, "amount": "6990"}],
        by="cashier",
        direction="receipt",
    )
    _settled(
        "2026-11-21",
        "李雷",
        [{"item_id": owed.id, "amount": "91720"}],
        [{"money_account_id": bank, "amount": "91720"}],
        by="accountant",
        direction="receipt",
    )
    ours = [make.item_of(_paper(h001), owed_to="顺达代办"), make.item_of(to_li, "agency")]
    _settled(
        "2026-11-22",
        "顺达代办",
        [{"item_id": ours[0].id, "amount": "460"}, {"item_id": ours[1].id, "amount": "1200"}],
        [{"money_account_id": bank, "amount": "1660"}],
        by="accountant",
        direction="payment",
    )
    due = make.item_of(_paper(h001), owed_to="王建国").id
    for day, amount, charge in (("2026-11-22", "50000", "0"), ("2026-11-28", "36000", "5")):
        money = [{"money_account_id": bank, "amount": amount, "fee": charge}]
        _settled(day, "王建国", [{"item_id": due, "amount": amount}], money, by="accountant", direction="payment")
    to_sun = make.sold(h006, dated_on="2026-11-23", price="36666", buyer_id=make.somebody("孙丽", "sales").id)
    _booked(
        "2026-11-30",
        {"account": "surtax", "debit": "61.09"},
        *({"account": "surtax_payable", "credit": amount} for amount in ("35.64", "15.27", "10.18")),
    )
    late = {"fee_item_id": make.fee("检测费"), "holding_id": h006.id, "amount": "480", "belongs_to": "sale"}
    paint = make.party("钣喷B", "vendor")
    make.approved(make.expense(dated_on="2026-12-05", party_id=paint.id, lines=[late]), "accountant")
    return Road(h001, h002, h004, h006, to_han, to_li, to_sun)
