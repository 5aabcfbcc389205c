"""The pages of the books: what accountant, general manager, cashier and salesperson find there, and what they do not."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from app.database import unit_of_work
from app.enums import PeriodState, State
from app.extensions import db
from app.ledger import periods
from app.models import Account, Audit, JournalEntry, MoneyAccount, Party, Period, Settlement
from tests import make, people
from tests.main_road import travelled

CANARY = "33,333.00"
"""What 韩梅 gets for her old car: nobody who may not see cost may find it anywhere."""
BOOKS = ("accountant", "boss")
NO_BOOKS = tuple(name for name in people.ROLE_OF if name not in BOOKS)
MOBILE, ID_NUMBER = "13812345678", "110101199003074477"


@pytest.fixture
def road(app):
    """The main road; 韩梅, a customer of `sales`, has sold us her old car besides."""
    found = travelled()
    han = found.to_han.buyer_id
    make.saved(Party, "boss", han, mobile=MOBILE, id_kind="resident", id_number=ID_NUMBER)
    make.bought(dated_on="2026-11-24", seller_id=han, price="33333")
    return found


def read(as_, who, url, status=200):
    answer = as_(who).get(url)
    assert answer.status_code == status, (url, who, answer.status_code, answer.text[:400])
    return answer.text


def account(number):
    return db.session.scalars(select(Account.id).where(Account.number == number)).one()


def month(name):
    return db.session.scalars(select(Period.state).where(Period.month == name)).one_or_none()


def close_until(last):
    with unit_of_work():
        for period in periods.months():
            if period.month <= last:
                periods.close(period.id, make.person("accountant"))


def entry_of(paper, *, red=False):
    statement = select(JournalEntry.id).where(
        JournalEntry.document_kind == type(paper).__tablename__,
        JournalEntry.document_id == paper.id,
        JournalEntry.is_red.is_(red),
    )
    return db.session.scalars(statement.order_by(JournalEntry.id.desc())).first()


# ── who may read what ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("who", NO_BOOKS)
def test_the_books_are_closed_to_those_without_the_right(as_, road, who):
    pages = [
        "/ledger/",
        f"/ledger/account/{account('1405')}",
        "/ledger/journal",
        f"/ledger/entry/{entry_of(road.to_han)}",
    ]
    for page in pages:
        text = read(as_, who, page, 403)
        assert "56,800.00" not in text
        assert "凭证" not in text or "XS2611" not in text


@pytest.mark.parametrize("who", BOOKS)
def test_accountant_and_general_manager_read_the_trial_balance(as_, road, who):
    text = read(as_, who, "/ledger/?month=2026-11")
    assert "1122　应收账款" in text
    assert "93,466.00" in text
    assert "借贷相等" in text
    assert f"/ledger/account/{account('1122')}?since=2026-11-01&amp;until=2026-11-30" in text


def test_before_closing_shows_what_was_earned_after_it_nothing(as_, road):
    close_until("2026-11")
    assert "202,453.73" in read(as_, "accountant", "/ledger/?month=2026-11&closing=before")
    after = read(as_, "accountant", "/ledger/?month=2026-11")
    assert "2026-11 已结账" in after
    assert "本年利润" in after
    assert "本年利润" not in read(as_, "accountant", "/ledger/?month=2026-11&closing=before")


def test_the_trial_balance_of_one_store_is_that_store_s(as_, road):
    assert "还没有账" in read(as_, "accountant", f"/ledger/?month=2026-11&store_id={make.store('城西店')}")
    assert "93,466.00" in read(as_, "accountant", f"/ledger/?month=2026-11&store_id={make.store('城东店')}")


def test_an_account_ledger_runs_down_to_its_balance_and_leads_to_the_papers(as_, road):
    page = f"/ledger/account/{account('1122')}?since=2026-11-01&until=2026-11-30"
    text = read(as_, "accountant", page)
    assert "借 93,466.00" in text
    assert f'href="/sale/{road.to_li.id}"' in text
    only = read(as_, "accountant", f"{page}&party_id={road.to_han.buyer_id}")
    assert "56,800.00" in only
    assert "91,720.00" not in only


def test_an_account_can_be_read_by_what_it_carries(as_, road):
    text = read(as_, "accountant", f"/ledger/account/{account('1122')}?since=2026-11-01&until=2026-11-30&by=parts")
    assert "韩梅" in text
    assert "孙丽" in text
    assert f"party_id={road.to_han.buyer_id}" in text


def test_the_journal_is_searched_by_number_month_and_kind(as_, road):
    whole = read(as_, "accountant", "/ledger/journal")
    assert "XS2611-0001" in whole
    assert "SC2611-0001" in whole
    sales = read(as_, "accountant", "/ledger/journal?kind=sale&month=2026-11")
    assert "XS2611-0001" in sales
    assert "SC2611-0001" not in sales
    assert "XS2611-0002" not in read(as_, "accountant", "/ledger/journal?q=xs2611-0001")
    assert "XS2611-0001" not in read(as_, "accountant", "/ledger/journal?month=2026-12")


def test_withdrawn_pairs_are_hidden_until_an_auditor_asks(as_, road):
    assert "58,000.00" not in read(as_, "accountant", "/ledger/journal?kind=sale")
    assert "已撤回" in read(as_, "accountant", "/ledger/journal?kind=sale&withdrawn=1")
    page = f"/ledger/entry/{entry_of(road.to_han)}"
    assert "价格写错" not in read(as_, "accountant", page)
    shown = read(as_, "accountant", f"{page}?withdrawn=1")
    assert "价格写错" in shown
    assert "−103,000.00" in shown


def test_without_the_right_to_audit_a_withdrawn_pair_does_not_exist(as_, road, monkeypatch):
    from app.queries import Actor

    may = Actor.may
    monkeypatch.setattr(Actor, "may", lambda who, action, kind: kind != "Audit" and may(who, action, kind))
    assert "58,000.00" not in read(as_, "accountant", "/ledger/journal?kind=sale&withdrawn=1")
    standing = read(as_, "accountant", f"/ledger/entry/{entry_of(road.to_han)}?withdrawn=1")
    assert "价格写错" not in standing
    assert "显示撤回的一对" not in standing
    read(as_, "accountant", f"/ledger/entry/{entry_of(road.to_han, red=True)}", 404)


def test_a_voucher_names_its_paper_accounts_and_car(as_, road):
    text = read(as_, "accountant", f"/ledger/entry/{entry_of(road.to_han)}")
    assert f'href="/sale/{road.to_han.id}"' in text
    assert "5401 主营业务成本" in text
    assert road.h004.stock_no in text


def test_somebody_who_reads_the_books_without_cost_sees_no_cost_in_them(as_, road, monkeypatch):
    from app.queries import Actor

    scope = Actor.scope
    monkeypatch.setattr(Actor, "scope", lambda who, action, kind: None if kind == "Cost" else scope(who, action, kind))
    pages = [
        "/ledger/?month=2026-11",
        f"/ledger/account/{account('1405')}?since=2026-11-01&until=2026-11-30",
        f"/ledger/account/{account('1405')}?since=2026-11-01&until=2026-11-30&by=parts",
        f"/ledger/account/{account('2202')}?since=2026-11-01&until=2026-11-30&by=parts",
        "/ledger/journal",
        f"/ledger/entry/{entry_of(road.to_han)}",
        f"/party/{road.to_han.buyer_id}/statement",
    ]
    for page in pages:
        text = read(as_, "accountant", page)
        assert CANARY not in text, page
        assert "45,000.00" not in text, page
    assert "162,140.50" not in read(as_, "accountant", "/period/2026-01/close"), (
        "the closing entry tells the cost of sales"
    )


# ── a party's statement ──────────────────────────────────────────────────────────────────────────────────────────────
def test_the_accountant_reads_the_whole_statement(as_, road):
    text = read(as_, "accountant", f"/party/{road.to_han.buyer_id}/statement")
    assert "56,800.00" in text
    assert CANARY in text
    assert "净欠我们" in text
    assert "23,467.00" in text


def test_the_cashier_sees_what_she_pays_and_goes_on_to_settle_it(as_, road):
    han = road.to_han.buyer_id
    text = read(as_, "cashier", f"/party/{han}/statement")
    assert CANARY in text, "she pays it"
    assert f"/settlement/new?direction=receipt&amp;party_id={han}&amp;from=sale-{road.to_han.id}" in text
    assert "direction=payment" in text
    paid = read(as_, "cashier", f"/party/{make.party('王建国').id}/statement")
    assert "86,000.00" not in paid, "a purchase that is paid is none of hers"


def test_a_salesperson_sees_what_his_own_customer_owes_and_no_more(as_, road):
    han = road.to_han.buyer_id
    text = read(as_, "sales", f"/party/{han}/statement")
    assert "56,800.00" in text
    assert CANARY not in text
    assert "/settlement/new" not in text
    assert MOBILE in text, "his own customer's number is his business"


def test_a_salesperson_does_not_look_into_others_customers(as_, road):
    assert "56,800.00" not in read(as_, "sales2", f"/party/{road.to_han.buyer_id}/statement", 404)
    assert "1,200.00" not in read(as_, "sales", f"/party/{make.party('顺达代办').id}/statement", 403)


@pytest.mark.parametrize("who", ["buyer", "appraiser", "workshop", "storekeeper", "aftersales", "readonly", "admin"])
def test_a_statement_is_closed_to_those_who_neither_settle_nor_keep_books(as_, road, who):
    assert CANARY not in read(as_, who, f"/party/{road.to_han.buyer_id}/statement", 403)


def test_the_cashier_of_another_store_finds_nothing_of_this_one(as_, road):
    text = read(as_, "cashier2", f"/party/{road.to_han.buyer_id}/statement")
    assert "56,800.00" not in text
    assert CANARY not in text


def test_phone_and_id_are_masked_until_shown_and_showing_is_written_down(as_, road):
    page = f"/party/{road.to_han.buyer_id}/statement"
    hidden = read(as_, "cashier", page)
    assert MOBILE not in hidden
    assert ID_NUMBER not in hidden
    answer = as_("cashier").post(f"/party/{road.to_han.buyer_id}/reveal", headers={"Accept": "application/json"})
    assert answer.json == {"mobile": MOBILE, "id_number": ID_NUMBER}
    trail = db.session.scalars(select(Audit).where(Audit.code == "party.viewed")).one()
    assert (trail.row_id, trail.user_id) == (road.to_han.buyer_id, make.person("cashier").user_id)
    assert MOBILE in as_("cashier").post(f"/party/{road.to_han.buyer_id}/reveal").text
    assert MOBILE not in read(as_, "cashier", page), "shown once, not for ever"


@pytest.mark.parametrize(("who", "status"), [("readonly", 403), ("sales2", 404), ("workshop", 403), (None, 302)])
def test_nothing_is_revealed_to_others(as_, road, who, status):
    answer = as_(who).post(f"/party/{road.to_han.buyer_id}/reveal", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert MOBILE not in answer.text
    assert not db.session.scalar(select(func.count()).where(Audit.code == "party.viewed"))


def test_the_window_of_a_party_leads_to_its_statement(as_, road):
    page = f"/party/{road.to_han.buyer_id}"
    assert f'href="{page}/statement"' in read(as_, "accountant", page)
    assert f'href="{page}/statement"' not in read(as_, "readonly", page)


# ── months ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_the_oldest_open_month_can_be_closed_and_only_the_newest_closed_reopened(as_, road):
    close_until("2026-10")
    accountant, boss = read(as_, "accountant", "/period/"), read(as_, "boss", "/period/")
    assert "/period/2026-11/close" in accountant
    assert "/period/2026-12/close" not in accountant
    assert "/reopen" not in accountant, "only the general manager reopens"
    assert "/period/2026-10/reopen" in boss
    assert "/period/2026-09/reopen" not in boss
    assert "/close" not in boss


def test_before_closing_one_sees_the_closing_entry_and_the_drafts_left_behind(as_, road):
    close_until("2026-10")
    make.sale(road.h002, dated_on="2026-11-28")
    text = read(as_, "accountant", "/period/2026-11/close")
    assert "40,771.20" in text
    assert "车辆销售 1" in text
    assert month("2026-11") is PeriodState.open, "looking closes nothing"


def test_the_accountant_closes_and_the_general_manager_reopens_with_a_reason(as_, road):
    close_until("2026-10")
    assert as_("accountant").post("/period/2026-11/close").status_code == 302
    assert month("2026-11") is PeriodState.closed
    as_("boss").post("/period/2026-11/reopen", data={"reason": " "})
    assert month("2026-11") is PeriodState.closed, "without a reason nothing happens"
    as_("boss").post("/period/2026-11/reopen", data={"reason": "漏了一张费用单"})
    assert month("2026-11") is PeriodState.open
    assert "反结账" in read(as_, "accountant", "/period/")


def test_a_month_out_of_turn_is_refused_in_words_and_stays_open(as_, road):
    text = as_("accountant").post("/period/2026-11/close", follow_redirects=True).text
    assert "请先结账 2026-01" in text
    assert month("2026-11") is PeriodState.open


@pytest.mark.parametrize(
    ("who", "move"),
    [(who, "close") for who in people.ROLE_OF if who != "accountant"] + [("accountant", "reopen"), ("admin", "reopen")],
)
def test_months_are_turned_by_nobody_else(as_, road, who, move):
    close_until("2026-10")
    before = month("2026-11"), month("2026-10"), db.session.scalar(select(func.count(JournalEntry.id)))
    target = "2026-11" if move == "close" else "2026-10"
    answer = as_(who).post(f"/period/{target}/{move}", data={"reason": "试试"})
    assert answer.status_code == 403
    assert (month("2026-11"), month("2026-10"), db.session.scalar(select(func.count(JournalEntry.id)))) == before


@pytest.mark.parametrize("who", ["sales", "cashier", "buyer"])
def test_the_months_are_seen_by_those_with_the_right_alone(as_, road, who):
    read(as_, who, "/period/", 403)
    read(as_, who, "/period/2026-01/close", 403)


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("who", ["accountant", "boss", "cashier"])
def test_balances_of_the_money_accounts(as_, road, who):
    text = read(as_, who, "/money/")
    assert "3,780.00" in text
    assert "王建国" in text
    book = read(as_, who, f"/money/{make.money('门店现金')}?since=2026-11-01&until=2026-11-30")
    assert "3,080.00" in book


def test_a_cashier_sees_the_movements_of_her_store_alone(as_, road):
    text = read(as_, "cashier2", "/money/")
    assert "XS2611" not in text
    assert "JS2611" not in text
    assert "JS2611" not in read(as_, "cashier2", f"/money/{make.money('门店现金')}?since=2026-11-01&until=2026-11-30")


def test_a_till_of_another_store_is_not_there_for_a_cashier(as_, road):
    till = db.session.get_one(MoneyAccount, make.money("门店现金"))
    make.saved(MoneyAccount, "accountant", till.id, store_id=make.store("城东店"))
    assert "门店现金" not in read(as_, "cashier2", "/money/")
    read(as_, "cashier2", f"/money/{till.id}", 404)
    assert "期初" in read(as_, "cashier", f"/money/{till.id}"), "of her own till she sees the balance run"


@pytest.mark.parametrize("who", ["sales", "buyer", "workshop", "readonly", "sales_manager"])
def test_money_is_closed_to_those_who_do_not_handle_it(as_, road, who):
    assert "3,780.00" not in read(as_, who, "/money/", 403)
    read(as_, who, f"/money/{make.money()}", 403)


# ── settlements ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_receipt_lists_what_the_party_has_open_and_ticks_its_paper(as_, road):
    han = road.to_han.buyer_id
    text = read(as_, "cashier", f"/settlement/new?direction=receipt&party_id={han}&from=sale-{road.to_han.id}")
    assert "韩梅 欠我们" in text
    assert 'value="56,800.00"' in text
    assert "我们欠 韩梅" in text
    assert CANARY in text, "it can be set against"


def receipt(item, amount="", **more):
    return {
        "direction": "receipt",
        "party_id": str(item.party_id),
        "dated_on": "2026-12-01",
        "items-0-item_id": str(item.id),
        "items-0-amount": amount,
        "money-0-money_account_id": str(make.money()),
        "money-0-amount": amount or "56800",
        **more,
    }


def test_items_that_are_not_ticked_are_left_alone(as_, road):
    owed = make.item_of(road.to_han, "receivable")
    other = make.item_of(road.to_sun, "receivable")
    form = receipt(owed, "10000", **{"items-1-item_id": str(other.id), "items-1-amount": ""})
    assert as_("cashier").post("/settlement/new", data=form).status_code == 302
    paper = db.session.scalars(select(Settlement).order_by(Settlement.id.desc())).first()
    assert [(line.item_id, line.amount) for line in paper.items] == [(owed.id, make.yuan("10000"))]


def test_a_tick_without_an_amount_takes_all_that_is_open(as_, road):
    owed = make.item_of(road.to_han, "receivable")
    form = receipt(owed, **{"items-0-take": "1"})
    assert as_("cashier").post("/settlement/new", data=form).status_code == 302
    paper = db.session.scalars(select(Settlement).order_by(Settlement.id.desc())).first()
    assert [line.amount for line in paper.items] == [make.yuan("56800")]


def test_another_party_lists_its_items_and_saves_nothing(as_, road):
    before = db.session.scalar(select(func.count(Settlement.id)))
    form = receipt(
        make.item_of(road.to_han, "receivable"), "10000", _do="items", party_id=str(road.to_sun.buyer_id), note="慢慢来"
    )
    answer = as_("cashier").post("/settlement/new", data=form)
    assert answer.status_code == 200
    assert "孙丽 欠我们" in answer.text
    assert "36,666.00" in answer.text
    assert "慢慢来" in answer.text
    assert db.session.scalar(select(func.count(Settlement.id))) == before


def test_the_rest_is_told_while_it_is_typed(as_, road):
    owed = make.item_of(road.to_han, "receivable")
    totals = as_("cashier").post("/settlement/totals", data=receipt(owed, "10000")).json["totals"]
    assert totals[f"left-{owed.id}"] == "46,800.00"
    assert totals["gap"] == "0.00"
    assert not totals["lacking"]
    over = as_("cashier").post("/settlement/totals", data=receipt(owed, "20000.01")).json["totals"]
    assert "20,000.00" in over["lacking"]


def test_totals_do_not_tell_what_is_open_to_those_who_may_not_know(as_, road):
    owed = make.item_of(road.h001.purchase, owed_to="速运物流")
    for who in ("sales", "sales_manager2", "buyer", "cashier2"):
        answer = as_(who).post("/settlement/totals", data=receipt(owed, "1"))
        assert "379.50" not in answer.text, who


def test_over_her_limit_the_cashier_submits_and_reads_why(as_, road):
    owed = make.item_of(road.to_han, "receivable")
    new = read(as_, "cashier", f"/settlement/new?direction=receipt&party_id={owed.party_id}")
    assert "保存并提交" in new
    assert "超过您的审核限额 20,000.00" in new
    paper = make.settlement(owed, "56800")
    page = read(as_, "cashier", f"/settlement/{paper.id}")
    assert 'value="submit"' in page
    assert 'value="approve"' not in page
    assert "超过您的审核限额 20,000.00" in page
    as_("cashier").post("/settlement/new", data=receipt(owed, "56800", _do="approve"))
    states = set(db.session.scalars(select(Settlement.state).where(Settlement.party_id == owed.party_id)))
    assert states == {State.draft}


def test_an_offset_has_no_money_accounts(as_, road):
    text = read(as_, "cashier", f"/settlement/new?direction=offset&party_id={road.to_han.buyer_id}")
    assert "money-0-amount" not in text
    assert "韩梅 欠我们" in text


# ── every page, whoever and whatever ─────────────────────────────────────────────────────────────────────────────────
def pages(road):
    span = "since=2026-11-01&until=2026-12-31"
    return {
        "trial balance": "/ledger/?month=2026-11",
        "account": f"/ledger/account/{account('1122')}?{span}",
        "parts": f"/ledger/account/{account('1122')}?{span}&by=parts",
        "journal": "/ledger/journal",
        "entry": f"/ledger/entry/{entry_of(road.to_han)}",
        "statement": f"/party/{road.to_han.buyer_id}/statement",
        "months": "/period/",
        "money": "/money/",
        "day book": f"/money/{make.money()}?{span}",
    }


@pytest.mark.parametrize("who", ["accountant", "boss", "cashier", "sales"])
def test_a_page_of_the_books_takes_few_statements_whatever_its_rows(as_, road, statements, who):
    for name, page in pages(road).items():
        browser = as_(who)
        with statements() as seen:
            answer = browser.get(page)
        if answer.status_code == 200:
            assert len(seen) <= 8, (name, who, "\n".join(seen))


@pytest.mark.parametrize(
    "page",
    [
        "/ledger/?month=abc&closing=x&store_id=-1",
        "/ledger/?month=0000-00",
        "/ledger/?month=9999-12&store_id=99999999999",
        "/ledger/journal?month=abc&page=-1&kind=nonsense&store_id=abc&q=%00&withdrawn=x",
        "/ledger/journal?page=99999999999999&q=%25_%5C",
        "/ledger/account/4?since=abc&until=2026-13-45&party_id=x&holding_id=-5&page=-1",
        "/ledger/account/4?since=0001-01-01&until=9999-12-31&party_id=99999999&page=0",
        "/ledger/account/4?by=nonsense&money_account_id=99999999",
        "/period/?x=1",
        "/money/?page=abc",
        "/money/1?since=x&until=y&page=-9",
    ],
)
def test_nonsense_in_the_address_falls_back(as_, road, page):
    read(as_, "accountant", page)


@pytest.mark.parametrize(
    "page",
    [
        "/ledger/account/0",
        "/ledger/account/99999999999999999999",
        "/ledger/entry/0",
        "/ledger/entry/99999999999999999999",
        "/party/0/statement",
        "/party/99999999999999999999/statement",
        "/money/0",
        "/money/99999999999999999999",
        "/period/abc/close",
        "/period/2026-13/close",
        "/period/１９９９-01/close",
    ],
)
def test_what_is_not_there_is_not_found(as_, road, page):
    read(as_, "accountant", page, 404)


def test_a_statement_with_nonsense_in_the_address_is_that_of_this_year(as_, road):
    for query in ("since=abc&until=xyz&page=-1", "since=9999-12-31&until=0001-01-01", "page=99999999999"):
        read(as_, "cashier", f"/party/{road.to_han.buyer_id}/statement?{query}")


def test_months_that_are_not_there_cannot_be_turned(as_, road):
    entries = db.session.scalar(select(func.count(JournalEntry.id)))
    for name in ("abc", "2026-13", "1999-01", "2027-01"):
        assert as_("accountant").post(f"/period/{name}/close").status_code == 404
        assert as_("boss").post(f"/period/{name}/reopen", data={"reason": "x"}).status_code == 404
    assert db.session.scalar(select(func.count(JournalEntry.id))) == entries


def test_an_empty_company_has_pages_that_say_so(as_, app):
    today = dt.date(2026, 12, 31)
    assert "还没有账" in read(as_, "accountant", f"/ledger/?month={today:%Y-%m}")
    assert "没有符合条件的凭证" in read(as_, "accountant", "/ledger/journal")
    assert "没有发生额" in read(as_, "accountant", f"/ledger/account/{account('1122')}")
    assert "还没有收付" in read(as_, "cashier", "/money/")
    assert "没有未结的款项" in read(as_, "cashier", f"/party/{make.party('新客户').id}/statement")
