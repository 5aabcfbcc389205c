"""The API: the same rows, rights and moves as the pages, as JSON."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import models
from app.extensions import db
from app.models import Account, Brand, Employee, JournalEntry, JournalLine, ManualEntry, MoneyAccount, Party, Store
from app.views.api import tables
from tests import make

API = "/api/v1"
Row = dict[str, Any]
Client = Callable[[str | None], Any]
"""The fixture `as_`; answers are Any: `answer.json` is what the test looks into."""


def id_of(model: Any, **facts: Any) -> int:
    """The id of the one row with these facts."""
    found: int = db.session.scalars(select(model.id).filter_by(**facts)).one()
    return found


@pytest.fixture
def entry(app: Flask) -> Row:
    """The body of a balanced manual entry."""
    return {
        "text": "股东投入",
        "dated_on": "2026-11-03",
        "lines": [
            {"account": "bank", "debit": "400000.00", "money_account_id": id_of(MoneyAccount, name="基本户")},
            {"account": "3001", "credit": "400000.00"},
        ],
    }


@pytest.fixture
def made(as_: Client, entry: Row) -> dict[str, Any]:
    """A draft manual entry of the accountant."""
    answer = as_("accountant").post(f"{API}/manual_entry/", json=entry)
    assert answer.status_code == 201, answer.text
    found: Row = answer.json
    return found


# ── making and reading ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_brand_is_answered_whole_with_its_address(as_: Client) -> None:
    answer = as_("boss").post(f"{API}/brand/", json={"name": "红旗", "initial": "H"})
    assert answer.status_code == 201
    assert answer.json["name"] == "红旗"
    assert answer.json["version"] == 1
    assert answer.headers["Location"].endswith(f"{API}/brand/{answer.json['id']}")
    assert as_("boss").get(answer.headers["Location"]).json == answer.json


def test_a_paper_answers_its_number_state_revision_version_and_moves_first(made: Row) -> None:
    assert list(made)[:7] == ["id", "number", "state", "submitted", "revision", "version", "moves"]
    assert made["number"] == "JZ2611-0001"
    assert (made["state"], made["submitted"], made["revision"], made["version"]) == ("draft", False, 1, 1)
    assert set(made["moves"]) == {"submit", "approve", "void"}


def test_references_come_as_id_and_label_and_money_as_text(made: Row) -> None:
    bank, capital = made["lines"]
    assert bank["money_account"] == {"id": bank["money_account_id"], "label": "基本户"}
    assert bank["account"]["label"] == "1002 银行存款"
    assert (bank["debit"], bank["credit"]) == ("400000.00", "0.00")
    assert capital["party_id"] is None
    assert capital["party"] is None
    assert made["created_by"]["label"] == "accountant"
    assert "manual_entry_id" not in bank
    assert made["store"]["label"] == "城东店"


@pytest.mark.parametrize("given", ["8.6万", "86,000", "86000", 86000, 86000.0])
def test_money_is_understood_in_every_way_it_is_written_exactly(as_: Client, entry: Row, given: Any) -> None:
    for line, side in zip(entry["lines"], ("debit", "credit"), strict=True):
        line[side] = given
    answer = as_("accountant").post(f"{API}/manual_entry/", json=entry)
    assert answer.json["lines"][0]["debit"] == "86000.00"


def test_everything_wrong_with_a_body_is_told_at_once_and_nothing_is_kept(as_: Client, entry: Row) -> None:
    entry["lines"][0]["debit"] = "12.345"
    entry["lines"][1]["party_id"] = 999
    entry["dated_on"] = "31.02.2026"
    entry["colour"] = "red"
    del entry["text"]
    answer = as_("accountant").post(f"{API}/manual_entry/", json=entry)
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid"
    assert {one["field"] for one in answer.json["errors"]} >= {
        "lines.0.debit",
        "lines.1.party_id",
        "dated_on",
        "colour",
        "text",
    }
    assert all(one["message"] for one in answer.json["errors"])
    assert db.session.scalar(select(func.count(ManualEntry.id))) == 0


def test_a_party_has_roles_and_a_code_of_its_own(as_: Client) -> None:
    answer = as_("sales").post(
        f"{API}/party/", json={"name": "王建国", "roles": ["buyer", "seller"], "mobile": "13957512345"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json["roles"] == ["buyer", "seller"]
    assert answer.json["code"].startswith("KH")
    again = as_("sales").put(f"{API}/party/{answer.json['id']}", json={"version": 1, "roles": ["buyer"]})
    assert again.json["roles"] == ["buyer"]
    assert again.json["mobile"] == "13957512345"


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_change_names_only_what_it_changes(as_: Client, made: Row) -> None:
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"version": 1, "note": "补记"})
    assert answer.status_code == 200, answer.text
    assert answer.json == made | {
        "note": "补记", "version": 2, "changed_at": answer.json["changed_at"],
    }  # fmt: skip


def test_a_list_of_lines_given_is_the_whole_list_by_id(as_: Client, made: Row) -> None:
    first, second = made["lines"]
    lines = [
        {"id": second["id"], "credit": "5.00"},
        {"account": "1001", "debit": "5.00", "money_account_id": id_of(MoneyAccount, name="门店现金")},
    ]
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"version": 1, "lines": lines})
    assert answer.status_code == 200, answer.text
    ids = [line["id"] for line in answer.json["lines"]]
    assert ids[0] == second["id"]
    assert first["id"] not in ids
    assert answer.json["lines"][0]["account"]["label"] == "3001 实收资本"
    assert answer.json["lines"][0]["credit"] == "5.00"
    assert len(ids) == 2


def test_a_line_of_another_paper_cannot_be_taken(as_: Client, made: Row, entry: Row) -> None:
    other = as_("accountant").post(f"{API}/manual_entry/", json=entry).json
    body = {"version": 1, "lines": [{"id": other["lines"][0]["id"], "debit": "1.00"}]}
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json=body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "lines.0"
    assert as_("accountant").get(f"{API}/manual_entry/{other['id']}").json == other


def test_a_row_may_be_fetched_changed_and_sent_back_whole(as_: Client, made: Row) -> None:
    made["text"] = "追加投入"
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json=made)
    assert answer.status_code == 200, answer.text
    assert answer.json["text"] == "追加投入"
    assert [line["id"] for line in answer.json["lines"]] == [line["id"] for line in made["lines"]]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("state", "approved"),
        ("number", "JZ2611-9999"),
        ("revision", 7),
        ("created_by_id", 1),
        ("approved_at", "2026-11-03"),
    ],
)
def test_what_the_machine_writes_cannot_be_written_by_hand(as_: Client, made: Row, key: str, value: Any) -> None:
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"version": 1, key: value})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == key
    assert as_("accountant").get(f"{API}/manual_entry/{made['id']}").json == made


def test_a_change_without_version_is_told_beside_everything_else(as_: Client, made: Row) -> None:
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"dated_on": "soon"})
    assert {one["field"] for one in answer.json["errors"]} == {"version", "dated_on"}
    assert answer.status_code == 422


def test_who_saves_over_a_colleague_is_told_so(as_: Client, made: Row) -> None:
    assert (
        as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"version": 1, "note": "first"}).status_code
        == 200
    )
    answer = as_("accountant").put(f"{API}/manual_entry/{made['id']}", json={"version": 1, "note": "second"})
    assert (answer.status_code, answer.json["code"], answer.json["version"]) == (409, "stale", 2)
    assert as_("accountant").get(f"{API}/manual_entry/{made['id']}").json["note"] == "first"


def test_an_approved_paper_cannot_be_changed_by_put(as_: Client, made: Row) -> None:
    approved = as_("accountant").post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1}).json
    answer = as_("accountant").put(
        f"{API}/manual_entry/{made['id']}", json={"version": approved["version"], "note": "x"}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")
    assert as_("accountant").get(f"{API}/manual_entry/{made['id']}").json == approved


# ── moving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_paper_goes_its_whole_road_and_back(as_: Client, made: Row) -> None:
    accountant, url = as_("accountant"), f"{API}/manual_entry/{made['id']}"
    submitted = accountant.post(f"{url}/submit", json={"version": 1}).json
    assert submitted["submitted"] is True
    assert "send_back" in submitted["moves"]
    back = accountant.post(f"{url}/send_back", json={"version": submitted["version"], "reason": "摘要不清"}).json
    assert (back["submitted"], back["sent_back_reason"]) == (False, "摘要不清")
    approved = accountant.post(f"{url}/approve", json={"version": back["version"]}).json
    assert (approved["state"], approved["moves"]) == ("approved", ["unapprove"])
    preview = accountant.get(f"{url}/unapprove").json
    assert preview["possible"] is True
    assert preview["blockers"] == []
    undone = accountant.post(f"{url}/unapprove", json={"version": approved["version"], "reason": "录错"}).json
    assert (undone["state"], undone["revision"], undone["number"]) == ("draft", 2, made["number"])
    void = accountant.post(f"{url}/void", json={"version": undone["version"], "reason": "重复"}).json
    assert (void["state"], void["void_reason"], void["moves"]) == ("void", "重复", [])
    assert db.session.scalar(select(func.sum(JournalLine.debit))) == 0


def test_a_second_click_does_nothing(as_: Client, made: Row) -> None:
    url = f"{API}/manual_entry/{made['id']}/approve"
    assert as_("accountant").post(url, json={"version": 1}).status_code == 200
    answer = as_("accountant").post(url, json={"version": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")
    assert db.session.scalar(select(func.count(JournalEntry.id))) == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"version"}),
        ({"version": "1"}, {"version"}),
        ({"version": True}, {"version"}),
        ({"version": 1, "reason": 7}, {"reason"}),
        ({"version": 1, "reason": "x" * 201}, {"reason"}),
        ({"version": 1, "reason": "a\x00b"}, {"reason"}),
        ({"version": 1, "force": True}, {"force"}),
    ],
)
def test_a_move_takes_a_version_and_a_reason_and_nothing_else(
    as_: Client, made: Row, body: dict[str, Any], fields: set[str]
) -> None:
    answer = as_("accountant").post(f"{API}/manual_entry/{made['id']}/approve", json=body)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} == fields
    assert as_("accountant").get(f"{API}/manual_entry/{made['id']}").json == made


def test_a_move_that_needs_a_reason_asks_for_it(as_: Client, made: Row) -> None:
    answer = as_("accountant").post(f"{API}/manual_entry/{made['id']}/void", json={"version": 1})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "reason")


def test_an_unbalanced_entry_is_refused_with_its_difference(as_: Client, entry: Row) -> None:
    entry["lines"][1]["credit"] = "1.00"
    made = as_("accountant").post(f"{API}/manual_entry/", json=entry).json
    answer = as_("accountant").post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1})
    assert answer.status_code == 422
    assert "399,999.00" in answer.json["message"]
    assert db.session.scalar(select(func.count(JournalEntry.id))) == 0


def test_a_get_changes_nothing(as_: Client, made: Row) -> None:
    for verb in ("submit", "approve", "void", "send_back"):
        answer = as_("accountant").get(f"{API}/manual_entry/{made['id']}/{verb}")
        assert (answer.status_code, answer.json["code"]) == (405, "wrong_method")
    assert as_("accountant").get(f"{API}/manual_entry/{made['id']}").json == made


def test_a_paper_is_never_deleted(as_: Client, made: Row) -> None:
    answer = as_("accountant").delete(f"{API}/manual_entry/{made['id']}")
    assert answer.status_code == 405
    assert db.session.scalar(select(func.count(ManualEntry.id))) == 1


# ── base rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_brand_nobody_uses_is_deleted_one_in_use_says_where(as_: Client) -> None:
    boss = as_("boss")
    brand = boss.post(f"{API}/brand/", json={"name": "红旗"}).json
    maker = boss.post(f"{API}/maker/", json={"name": "一汽红旗", "brand_id": brand["id"]}).json
    answer = boss.delete(f"{API}/brand/{brand['id']}")
    assert answer.status_code == 422
    assert "厂商" in answer.json["message"]
    assert boss.delete(f"{API}/maker/{maker['id']}?version=9").status_code == 409
    assert boss.delete(f"{API}/maker/{maker['id']}?version=1").status_code == 204
    assert boss.delete(f"{API}/brand/{brand['id']}").status_code == 204
    assert boss.get(f"{API}/brand/{brand['id']}").status_code == 404


def test_a_retired_row_is_no_longer_offered_and_comes_back(as_: Client) -> None:
    boss = as_("boss")
    brand = boss.post(f"{API}/brand/", json={"name": "红旗"}).json
    retired = boss.post(f"{API}/brand/{brand['id']}/retire", json={"version": 1}).json
    assert retired["retired_at"]
    answer = boss.post(f"{API}/maker/", json={"name": "一汽红旗", "brand_id": brand["id"]})
    assert answer.json["errors"][0]["field"] == "brand_id"
    back = boss.post(f"{API}/brand/{brand['id']}/retire", json={"version": retired["version"]}).json
    assert back["retired_at"] is None


def test_the_same_name_twice_is_told_at_its_field(as_: Client) -> None:
    assert as_("boss").post(f"{API}/colour/", json={"name": "珠光白"}).status_code == 201
    answer = as_("boss").post(f"{API}/colour/", json={"name": "珠光白"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "name")
    assert "UNIQUE" not in answer.text.upper()


def test_there_is_one_company_and_months_are_not_made_by_hand(as_: Client) -> None:
    for kind in ("company_profile", "period", "holding"):
        assert as_("boss").post(f"{API}/{kind}/", json={"name": "第二家"}).status_code == 405
        assert as_("boss").delete(f"{API}/{kind}/1").status_code == 405
    answer = as_("boss").put(f"{API}/company_profile/1", json={"version": 1, "phone": "0575-8512345"})
    assert answer.json["phone"] == "0575-8512345"


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_list_counts_all_and_gives_a_page(as_: Client) -> None:
    boss = as_("boss")
    answer = boss.get(f"{API}/account/?page=1&page_size=4&order=number")
    assert answer.json["count"] == db.session.scalar(select(func.count(Account.id)))
    assert [row["number"] for row in answer.json["result"]] == sorted(db.session.scalars(select(Account.number)))[4:8]
    assert boss.get(f"{API}/account/?page=999").json["result"] == []


def test_a_list_is_narrowed_by_what_it_shows(as_: Client, made: Row, entry: Row) -> None:
    accountant = as_("accountant")
    other = accountant.post(f"{API}/manual_entry/", json=entry | {"text": "第二张", "dated_on": "2026-11-05"}).json
    accountant.post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1})

    def ids(query: str) -> list[int]:
        return [row["id"] for row in accountant.get(f"{API}/manual_entry/?{query}").json["result"]]

    assert ids("state=draft") == [other["id"]]
    assert ids("state=draft&state=approved") == [other["id"], made["id"]]
    assert ids("dated_on=2026-11-03") == [made["id"]]
    assert ids("order=dated_on") == [made["id"], other["id"]]
    assert ids(f"q={made['number'][-4:]}") == [made["id"]]
    assert ids("note=") == [other["id"], made["id"]]
    assert ids("store_id=2") == []
    assert ids(f"id={made['id']}") == [made["id"]]


def test_parties_are_found_by_role_and_by_name(as_: Client) -> None:
    sales = as_("sales")
    for name, roles in (("王建国", ["buyer"]), ("李小红", ["seller"])):
        assert sales.post(f"{API}/party/", json={"name": name, "roles": roles}).status_code == 201
    assert [row["name"] for row in sales.get(f"{API}/party/?roles=seller").json["result"]] == ["李小红"]
    assert [row["name"] for row in sales.get(f"{API}/party/?q=建国").json["result"]] == ["王建国"]
    assert sales.get(f"{API}/party/?q=%25").json["count"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=-1", "page"), ("page=abc", "page"), ("page=1e3", "page"), ("page=", "page"), ("page=99999999999999", "page"), ("page=%C2%B2", "page"),
        ("page_size=0", "page_size"), ("page_size=201", "page_size"), ("page_size=abc", "page_size"),
        ("order=nothing", "order"), ("order=lines", "order"), ("order=--id", "order"), ("order=", "order"), ("order=id;drop table party", "order"),
        ("order=store.name", "order"), ("order=password", "order"),
        ("colour=red", "colour"), ("state=maybe", "state"), ("dated_on=yesterday", "dated_on"), ("store_id=x", "store_id"), ("id=x", "id"),
        ("id=99999999999", "id"), ("version=-3", "version"), ("created_at=2026-11-03", "created_at"), ("lines=1", "lines"), ("created_by.password=x", "created_by.password"),
        ("q=%00", "q"), ("q=" + "x" * 61, "q"), ("number=%00", "number"),
    ],
)  # fmt: skip
def test_nonsense_in_a_lists_address_is_told_at_its_place(as_: Client, made: Row, query: str, field: str) -> None:
    answer = as_("accountant").get(f"{API}/manual_entry/?{query}")
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_a_page_neither_repeats_nor_loses_a_row_when_all_are_equal(as_: Client, entry: Row) -> None:
    accountant = as_("accountant")
    for _n in range(5):
        accountant.post(f"{API}/manual_entry/", json=entry)
    pages = [
        accountant.get(f"{API}/manual_entry/?order=dated_on&page_size=2&page={page}").json["result"]
        for page in range(3)
    ]
    assert len({row["id"] for page in pages for row in page}) == 5


def test_a_list_asks_the_database_the_same_few_times_whatever_its_length(
    as_: Client, entry: Row, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    accountant, asked = as_("accountant"), []
    for more in (1, 6):
        for _n in range(more):
            accountant.post(f"{API}/manual_entry/", json=entry)
        with statements() as seen:
            assert accountant.get(f"{API}/manual_entry/").json["count"] >= more
        asked.append(len(seen))
    assert asked[0] == asked[1]
    assert 1 < asked[1] <= 8


def test_every_list_of_the_product_answers(as_: Client) -> None:
    for kind, model in tables().items():
        for person in ("boss", "accountant"):
            answer = as_(person).get(f"{API}/{kind}/")
            assert answer.status_code in (200, 403), (kind, answer.text)
            assert model.__tablename__ == kind


def test_a_sale_is_found_by_the_plate_of_its_car_as_on_the_page(as_: Client) -> None:
    sale = make.sold(make.priced(make.bought(plate="浙D8K2Q6")).holding)
    for words in ("8K2Q6", sale.number, "韩梅"):
        assert [row["id"] for row in as_("boss").get(f"{API}/sale/?q={words}").json["result"]] == [sale.id], words
    assert as_("boss").get(f"{API}/sale/?q=nobody").json["count"] == 0


@pytest.mark.parametrize(
    "kind", ["purchase", "price_change", "sale", "settlement", "expense", "manual_entry", "holding", "vehicle", "party"]
)
def test_no_list_asks_more_than_eight_times(
    as_: Client, kind: str, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    browser, asked = as_("accountant" if kind == "manual_entry" else "boss"), []
    for name in ("韩梅", "李雷"):
        fees = [
            {"fee_item_id": make.fee("代办费"), "party_id": make.party(f"代办{name}", "agent").id, "amount": "5.00"}
        ]
        sold = make.sold(make.priced(make.bought(fees=fees)).holding, buyer_id=make.somebody(name, "sales").id)
        make.settlement(make.item_of(sold, "receivable"), "100.00")
        make.expense(lines=[{"fee_item_id": make.fee("检测费"), "amount": "300", "holding_id": sold.holding_id}])
        make.manual_entry()
        with statements() as seen:
            assert browser.get(f"{API}/{kind}/").json["result"]
        asked.append(len(seen))
    assert asked[1] <= 8, "\n".join(seen)
    assert asked[0] == asked[1]


def test_what_is_in_the_way_is_named_with_kind_id_number_and_reason(as_: Client) -> None:
    purchase = make.approved(make.purchase(), "buyer")
    assert purchase.holding is not None
    sale = make.sold(make.priced(purchase.holding).holding)
    url = f"{API}/purchase/{purchase.id}"
    before = as_("buyer").get(url).json
    answer = as_("buyer").post(f"{url}/unapprove", json={"version": before["version"], "reason": "录错"})
    assert (answer.status_code, answer.json["code"]) == (409, "blocked")
    found = {one["kind"]: one for one in answer.json["blockers"]}
    assert set(found) == {"sale", "price_change"}
    assert (found["sale"]["id"], found["sale"]["number"]) == (sale.id, sale.number)
    assert found["sale"]["reason"]
    assert sale.number in answer.json["message"]
    preview = as_("buyer").get(f"{url}/unapprove").json
    assert preview["possible"] is False
    assert {one["kind"] for one in preview["blockers"]} == set(found)
    assert as_("buyer").get(url).json == before


# ── the books ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_books_are_read_as_the_manager_reads_them(as_: Client, made: Row) -> None:
    accountant = as_("accountant")
    accountant.post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1})
    balance = accountant.get(f"{API}/ledger/trial_balance?on=2026-11-30&closing=before").json
    assert balance["on"] == "2026-11-30"
    assert {row["number"]: (row["debit"], row["credit"]) for row in balance["rows"]} == {
        "1002": ("400000.00", "0.00"),
        "3001": ("0.00", "400000.00"),
    }
    assert balance["totals"]["closing_debit"] == balance["totals"]["closing_credit"] == "400000.00"
    entries = accountant.get(f"{API}/ledger/entries?kind=manual_entry&document_id={made['id']}").json["result"]
    assert [(line["account"], line["debit"], line["credit"]) for line in entries[0]["lines"]] == [
        ("1002", "400000.00", "0.00"),
        ("3001", "0.00", "400000.00"),
    ]


def test_who_may_audit_sees_the_red_pair(as_: Client, made: Row) -> None:
    accountant, url = as_("accountant"), f"{API}/manual_entry/{made['id']}"
    approved = accountant.post(f"{url}/approve", json={"version": 1}).json
    accountant.post(f"{url}/unapprove", json={"version": approved["version"], "reason": "录错"})
    first, red = accountant.get(f"{API}/ledger/entries?kind=manual_entry&document_id={made['id']}").json["result"]
    assert red["withdraws_id"] == first["id"]
    assert (red["is_red"], red["reason"], red["lines"][0]["debit"]) == (True, "录错", "-400000.00")
    assert accountant.get(f"{API}/ledger/trial_balance").json["rows"] == []


def test_what_a_party_owes_is_open_and_on_its_statement(as_: Client, entry: Row) -> None:
    accountant = as_("accountant")
    party = as_("sales").post(f"{API}/party/", json={"name": "王建国"}).json
    entry["lines"] = [
        {"account": "receivable", "debit": "500.00", "party_id": party["id"]},
        {"account": "3001", "credit": "500.00"},
    ]
    made = accountant.post(f"{API}/manual_entry/", json=entry).json
    assert accountant.post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1}).status_code == 200
    items = accountant.get(f"{API}/ledger/open_items?party={party['id']}").json["result"]
    assert [
        (one["kind"], one["document_id"], one["number"], one["account"], one["side"], one["open"]) for one in items
    ] == [("manual_entry", made["id"], made["number"], "1122", "D", "500.00")]
    statement = accountant.get(f"{API}/party/{party['id']}/statement?until=2026-12-31").json
    assert statement["ledger"]["closing"] == "500.00"
    assert statement["items"][0]["open"] == "500.00"
    assert statement["ageing"]["D"]["to_60"] == "500.00"


def test_a_month_is_closed_and_opened_again_with_a_reason(as_: Client, made: Row) -> None:
    accountant, boss = as_("accountant"), as_("boss")
    accountant.post(f"{API}/manual_entry/{made['id']}/approve", json={"version": 1})
    period = accountant.get(f"{API}/period/?month=2026-01").json["result"][0]
    assert boss.post(f"{API}/period/{period['id']}/close", json={}).status_code == 403
    closed = accountant.post(f"{API}/period/{period['id']}/close", json={})
    assert (closed.status_code, closed.json["state"]) == (200, "closed")
    assert accountant.post(f"{API}/period/{period['id']}/close", json={}).status_code == 409
    assert accountant.post(f"{API}/period/{period['id']}/reopen", json={"reason": "补记"}).status_code == 403
    reopened = boss.post(f"{API}/period/{period['id']}/reopen", json={"reason": "补记"})
    assert (reopened.status_code, reopened.json["state"]) == (200, "open")


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("trial_balance?on=soon", "on"), ("trial_balance?closing=never", "closing"), ("trial_balance?day=1", "day"), ("trial_balance?store_id=x", "store_id"),
        ("open_items?party=x", "party"), ("entries?kind=sale", "document_id"), ("entries?document_id=1", "kind"), ("entries?kind=%00&document_id=1", "kind"),
    ],
)  # fmt: skip
def test_nonsense_in_the_books_address_is_told(as_: Client, url: str, field: str) -> None:
    answer = as_("accountant").get(f"{API}/ledger/{url}")
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field])


# ── every name ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_kind_that_the_issue_names_is_there() -> None:
    assert set(tables()) >= {
        "party",
        "vehicle",
        "purchase",
        "price_change",
        "sale",
        "settlement",
        "expense",
        "manual_entry",
        "brand",
        "money_account",
    }
    assert all(hasattr(models, model.__name__) for model in tables().values())


def test_a_party_of_mine_can_be_named_one_of_another_store_cannot(as_: Client) -> None:
    theirs = as_("sales2").post(f"{API}/party/", json={"name": "别店客户"}).json
    assert as_("sales").get(f"{API}/party/{theirs['id']}").status_code == 404
    assert theirs["owner_id"] == id_of(Employee, name="sales2")
    assert theirs["store_id"] == id_of(Store, name="城西店")
    assert Decimal(theirs["version"]) == 1
    assert db.session.scalar(select(func.count(Party.id))) == 1
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "别店客户")) == 0
