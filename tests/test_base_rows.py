"""Base rows that the books rest on: what may no longer be changed once they do, and that the rest still may."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.columns import Base
from app.enums import Control
from app.errors import Invalid
from app.extensions import db
from app.ledger.chart import CONTROL_OF
from app.models import Account, CompanyProfile, MoneyAccount, TaxRate, Warehouse
from app.starting_rows import ACCOUNTS
from app.workflows.books import check_books
from tests import make


def refused(row: Base, by: str, **raw: Any) -> set[str]:
    """The fields at which a change is refused; nothing of it is kept and the books hold."""
    kept = {key: getattr(row, key) for key in raw}
    with pytest.raises(Invalid) as caught:
        make.saved(type(row), by, row.id, **raw)
    db.session.expire_all()
    assert {key: getattr(row, key) for key in raw} == kept
    assert [sentence for finding in check_books() for sentence in finding.breaches] == []
    return set(make.problems_of(caught.value))


def account(number: str) -> Account:
    return db.session.get_one(Account, make.account(number))


def used_rate() -> TaxRate:
    """The rate at which cars are taxed, once one was sold."""
    make.sold()
    return db.session.scalars(select(TaxRate).where(TaxRate.tax_kind == "used_car", TaxRate.taxpayer == "small")).one()


@pytest.mark.parametrize(("key", "value"), [("purpose", ""), ("kind", "cost"), ("control", "none")])
def test_an_account_with_lines_stays_what_it_was_when_they_were_written(app: Any, key: str, value: str) -> None:
    make.bought()
    assert refused(account("1405"), "accountant", **{key: value}) == {key}
    make.saved(Account, "accountant", account("1405").id, name="库存车辆")
    assert account("1405").name == "库存车辆"


def test_an_account_carries_what_the_rules_post_there(app: Any) -> None:
    """Else the first paper that posts there would be a fault of the program."""
    assert refused(account("5603"), "accountant", control="employee") == {"control"}
    make.saved(Account, "accountant", account("5603").id, purpose="", control="employee")
    assert account("5603").control is Control.employee, "without a purpose no rule posts there"


def test_the_starting_chart_is_what_the_rules_ask_for() -> None:
    assert {purpose: control for _n, _name, purpose, _kind, control in ACCOUNTS if control is not Control.none} == dict(
        CONTROL_OF
    )


def test_a_money_account_stands_on_an_account_for_money_and_stays_there(app: Any) -> None:
    with pytest.raises(Invalid) as caught:
        make.saved(MoneyAccount, "accountant", name="支付宝", account_id=make.account("1122"))
    assert set(make.problems_of(caught.value)) == {"account_id"}
    bank = db.session.get_one(MoneyAccount, make.money("基本户"))
    make.saved(MoneyAccount, "accountant", bank.id, account_id=make.account("1012"))
    make.cash("100", "基本户")
    assert refused(bank, "accountant", account_id=make.account("1002")) == {"account_id"}


def test_what_was_overdrawn_is_no_till(app: Any) -> None:
    make.approved(make.expense(), "accountant")
    bank = db.session.get_one(MoneyAccount, make.money("基本户"))
    assert refused(bank, "accountant", is_till=True) == {"is_till"}


def test_a_rate_that_taxed_something_keeps_its_rate_on_the_days_it_was_used(app: Any) -> None:
    rate = used_rate()
    assert refused(rate, "accountant", rate="0.03") == {"rate"}
    assert refused(rate, "accountant", to_on="2026-11-11") == {"to_on"}
    assert refused(rate, "accountant", from_on="2026-11-13") == {"from_on"}
    make.saved(TaxRate, "accountant", rate.id, to_on="2026-11-12")
    assert [sentence for finding in check_books() for sentence in finding.breaches] == []


def test_two_rates_never_hold_on_one_day(app: Any) -> None:
    raw: dict[str, Any] = {"tax_kind": "used_car", "taxpayer": "small", "method": "levy", "rate": "0.03"}
    with pytest.raises(Invalid) as caught:
        make.saved(TaxRate, "accountant", **raw, from_on="2027-12-31")
    assert set(make.problems_of(caught.value)) == {"from_on"}
    assert make.saved(TaxRate, "accountant", **raw, from_on="2028-01-01").id


def test_where_cars_stood_stays_in_its_store(app: Any) -> None:
    here = db.session.get_one(Warehouse, make.warehouse())
    make.bought()
    assert refused(here, "boss", store_id=make.store("城西店")) == {"store_id"}
    empty = make.saved(Warehouse, "boss", name="城东二库", code="D2", store_id=make.store())
    make.saved(Warehouse, "boss", empty.id, store_id=make.store("城西店"))


def test_the_first_month_is_free_until_the_first_entry(app: Any) -> None:
    company = db.session.get_one(CompanyProfile, 1)
    make.saved(CompanyProfile, "boss", 1, first_period_on="2026-02-01")
    make.cash("100")
    assert refused(company, "boss", first_period_on="2026-12-01") == {"first_period_on"}


def test_a_refusal_is_told_at_its_field_on_the_page(as_: Callable[[str], Any]) -> None:
    make.bought()
    answer = as_("accountant").post(f"/account/{make.account('1405')}", data={"version": "1", "control": "none"})
    assert answer.status_code == 422
    assert "这个科目已有分录" in answer.text
