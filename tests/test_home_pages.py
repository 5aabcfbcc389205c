"""工作台: each role finds what waits for it, and nothing that is not its business."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Holding, Sale
from tests import make, people

As = Callable[[str | None], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]


def home(as_: As, who: str) -> str:
    answer = as_(who).get("/")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def submitted(holding: Holding, **raw: Any) -> Sale:
    """A sale that its salesperson handed in."""
    return make.move(make.sale(holding, **raw), "submit", "sales")


@pytest.mark.parametrize("who", [*people.ROLE_OF])
def test_everybody_has_a_home_of_no_more_than_fourteen_statements(as_: As, statements: Statements, who: str) -> None:
    holding = make.bought()
    make.priced(holding)
    submitted(holding)
    make.sold(make.bought())
    make.move(make.purchase(), "submit", "buyer")
    make.expense("cashier")
    browser = as_(who)
    with statements() as seen:
        assert browser.get("/").status_code == 200
    assert len(seen) <= 14, "\n".join(seen)


def test_a_submitted_sale_waits_for_the_manager_of_its_store_only(as_: As, app: Flask) -> None:
    sale = submitted(make.bought())
    assert sale.number in home(as_, "sales_manager")
    assert sale.number in home(as_, "boss")
    assert sale.number not in home(as_, "sales_manager2")
    assert sale.number not in home(as_, "sales"), "it is out of his hands"


def test_a_sale_below_the_floor_waits_for_the_general_manager(as_: As, app: Flask) -> None:
    holding = make.bought()
    make.priced(holding)
    sale = submitted(holding, price="54000")
    assert sale.number not in home(as_, "sales_manager")
    assert sale.number in home(as_, "boss")


def test_a_sale_above_the_limit_waits_for_the_general_manager(as_: As, app: Flask) -> None:
    make.setting("sale_approval_limit", "50000")
    sale = submitted(make.bought())
    assert sale.number not in home(as_, "sales_manager")
    assert sale.number in home(as_, "boss")


def test_what_was_sent_back_lies_before_its_author_with_the_reason(as_: As, app: Flask) -> None:
    sale = submitted(make.bought())
    make.move(sale, "send_back", "sales_manager", "价太低，再谈")
    text = home(as_, "sales")
    assert sale.number in text
    assert "价太低，再谈" in text
    assert "价太低，再谈" not in home(as_, "sales_manager")


def test_a_draft_is_its_authors_business(as_: As, app: Flask) -> None:
    sale = make.sale(make.bought())
    assert sale.number in home(as_, "sales")
    assert sale.number not in home(as_, "sales_manager")
    assert sale.number not in home(as_, "sales2")


def test_money_due_is_shown_to_those_who_collect_and_pay(as_: As, app: Flask) -> None:
    sale = make.sold(make.bought(due_on="2026-12-30"), due_on="2026-12-29")
    text = home(as_, "cashier")
    assert sale.number in text
    assert "逾期 2 天" in text
    assert "58,000.00" in text
    assert "45,000.00" in text, "what she is to pay"
    assert f"/settlement/new?direction=receipt&amp;party_id={sale.buyer_id}" in text
    assert sale.number not in home(as_, "cashier2")
    assert "58,000.00" not in home(as_, "workshop")


def test_what_is_not_due_within_a_week_is_left_out(as_: As, app: Flask) -> None:
    sale = make.sold(make.bought(), due_on="2027-03-01")
    assert sale.number not in home(as_, "cashier")


@pytest.mark.parametrize("who", ["sales", "sales2", "workshop", "storekeeper", "aftersales", "readonly", "admin"])
def test_no_cost_stands_on_the_home_of_those_who_may_not_see_it(as_: As, app: Flask, who: str) -> None:
    holding = make.bought(price="43217", dated_on="2026-12-02", due_on="2026-12-20")
    make.sold(holding, dated_on="2026-12-05", price="58000")
    make.move(make.purchase(price="43218", dated_on="2026-12-03"), "submit", "buyer")
    text = home(as_, who)
    for canary in ("43,217", "43,218", "4.32", "14,494", "1.45", "毛利"):
        assert canary not in text


def test_the_month_of_the_general_manager_has_its_margin_and_doors(as_: As, app: Flask) -> None:
    make.sold(make.bought(price="43217", dated_on="2026-12-02"), dated_on="2026-12-05", price="58000")
    text = home(as_, "boss")
    assert "1.45" in text, "58,000 − 288.56 − 43,217 in ten thousands"
    for door in (
        "/sale/?state=approved&amp;month=2026-12",
        "/purchase/?state=approved&amp;month=2026-12",
        "/holding/?tab=over60",
    ):
        assert door in text
        assert as_("boss").get(door.replace("&amp;", "&")).status_code == 200


def test_last_months_sales_are_not_this_months(as_: As, app: Flask) -> None:
    make.sold(make.bought())
    assert "5.80" not in home(as_, "boss")


def test_cars_too_long_in_stock_are_named(as_: As, app: Flask) -> None:
    old = make.bought(dated_on="2026-10-01")
    new = make.bought(dated_on="2026-12-01")
    text = home(as_, "sales_manager")
    assert old.stock_no in text
    assert new.stock_no not in text
    assert "91 天" in text


def test_the_cashier_sees_her_tills_as_of_yesterday_and_now(as_: As, app: Flask) -> None:
    make.cash("700")
    sale = make.sold(make.bought())
    make.approved(
        make.settlement(make.item_of(sale, "receivable"), "3080", "cashier", "门店现金", dated_on="2026-12-31"),
        "cashier",
    )
    text = home(as_, "cashier")
    for figure in ("700.00", "3,080.00", "3,780.00"):
        assert figure in text
    assert "资金账户" not in home(as_, "sales").replace("资金账户余额", "")


def test_the_first_steps_tick_themselves_off(as_: As, app: Flask) -> None:
    text = home(as_, "admin")
    assert "首次使用，先设这些" in text
    assert "首次使用，先设这些" not in home(as_, "sales")


def test_a_stranger_is_sent_to_the_log_in(as_: As, app: Flask) -> None:
    assert as_(None).get("/").status_code == 302


def test_quick_actions_follow_the_rights(as_: As, app: Flask) -> None:
    assert "/sale/new" in home(as_, "sales")
    assert "/purchase/new" in home(as_, "buyer")
    assert "/settlement/new?direction=receipt" in home(as_, "cashier")
    assert "/sale/new" not in home(as_, "workshop")
