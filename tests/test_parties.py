"""Parties: what may be typed, who becomes public, whom one is warned about."""

from typing import Any

import pytest

from app.errors import Invalid, NotAllowed, NotThere
from app.models import Party
from app.queries import SYSTEM
from app.workflows.parties import duplicates
from tests import make


def told(**raw: Any) -> set[str]:
    with pytest.raises(Invalid) as caught:
        make.saved(Party, "sales", name="王建国", **raw)
    return set(make.problems_of(caught.value))


def test_a_customer_is_mine_and_my_stores(app: Any) -> None:
    party = make.saved(Party, "sales", name="王建国", roles=["seller"], mobile="138 1234-5678")
    me = make.person("sales")
    assert (party.owner_id, party.store_id, party.is_public, party.mobile) == (
        me.employee_id,
        me.store_id,
        False,
        "13812345678",
    )
    assert party.code.startswith("KH")


def test_whoever_serves_us_is_public_and_nobodys(app: Any) -> None:
    party = make.saved(Party, "accountant", name="顺达代办", kind="company", roles=["agent"], mobile="010-88886666")
    assert (party.is_public, party.owner_id, party.store_id, party.mobile) == (True, None, None, "01088886666")


@pytest.mark.parametrize(
    ("roles", "public"), [(["owner"], False), (["employee"], False), (["buyer", "vendor"], True), ([], False)]
)
def test_publicity_follows_from_the_roles(app: Any, roles: list[str], public: bool) -> None:
    assert make.saved(Party, SYSTEM, name="某某", roles=roles).is_public is public


def test_a_salesperson_makes_no_vendor_and_an_accountant_no_customer(app: Any) -> None:
    with pytest.raises(Invalid) as caught:
        make.saved(Party, "sales", name="顺达代办", roles=["agent"])
    assert "roles" in make.problems_of(caught.value)
    with pytest.raises(Invalid) as caught:
        make.saved(Party, "accountant", name="李雷", roles=["buyer"])
    assert "roles" in make.problems_of(caught.value)


def test_roles_that_change_move_it_between_the_two_kinds(app: Any) -> None:
    party = make.saved(Party, "sales", name="顺达", roles=["buyer"])
    with pytest.raises(Invalid):
        make.saved(Party, "sales", party.id, roles=["buyer", "agent"])
    assert party.is_public is False
    make.saved(Party, "boss", party.id, roles=["buyer", "agent"])
    assert party.is_public is True


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"mobile": "12812345678"}, "mobile"),
        ({"mobile": "010-88886666"}, "mobile"),
        ({"id_kind": "resident", "id_number": "11010519491231002"}, "id_number"),
        ({"id_kind": "resident", "id_number": "110105194912310021"}, "id_number"),
        ({"id_kind": "passport", "id_number": "E1"}, "id_number"),
        ({"id_kind": "resident"}, "id_number"),
        ({"credit_code": "91110000600037341L"}, "credit_code"),
        ({"kind": "company", "credit_code": "91110000600037341A"}, "credit_code"),
    ],
)
def test_a_wrong_number_is_told_at_its_field(app: Any, raw: dict[str, Any], field: str) -> None:
    assert told(**raw) == {field}


def test_true_numbers_are_taken_and_tidied(app: Any) -> None:
    person = make.saved(Party, "sales", name="王建国", id_number="11010519491231002x", mobile="+86 13812345678")
    assert (person.id_kind, person.id_number, person.mobile) == ("resident", "11010519491231002X", "13812345678")
    firm = make.saved(Party, "sales", name="宏达公司", kind="company", credit_code="91110000600037341l")
    assert firm.credit_code == "91110000600037341L"


def test_a_number_known_elsewhere_warns_with_store_and_owner_and_no_more(app: Any) -> None:
    known = make.saved(Party, "sales2", name="不能说的名字", mobile="13812345678", roles=["buyer"])
    (words,) = duplicates("138 1234 5678", make.person("sales"))
    assert "城西店" in words
    assert "sales2" in words
    assert known.name not in words
    assert known.code not in words
    assert duplicates("13812345678", make.person("sales"), except_id=known.id) == []
    assert duplicates(None, make.person("sales")) == []
    make.saved(Party, "sales", name="王建国", mobile="13812345678")  # a warning, not an error


def test_whoever_may_only_look_through_a_mask_changes_nothing(app: Any) -> None:
    party = make.saved(Party, "sales", name="王建国", mobile="13812345678")
    for username in ("cashier", "readonly", "accountant"):
        with pytest.raises(NotAllowed):
            make.saved(Party, username, party.id, mobile="13912345678")
    with pytest.raises(NotThere):
        make.saved(Party, "sales2", party.id, mobile="13912345678")
    assert party.mobile == "13812345678"


@pytest.mark.parametrize("username", ["cashier", "readonly", "accountant", "admin"])
def test_phone_and_id_stay_behind_the_mask_wherever_one_looks(as_: Any, username: str) -> None:
    """On the page, in its timeline, in the audit trail, in lists, pickers, papers and the API."""
    phones, ids = ("13812345678", "13987654321"), ("11010519491231002X", "330106198001010013")
    party = make.saved(Party, "sales", name="王建国", roles=["buyer"], mobile=phones[0], id_number=ids[0])
    party = make.saved(Party, "sales", party.id, mobile=phones[1])
    sale = make.sold(make.priced(make.bought()).holding, buyer_id=party.id)
    browser = as_(username)
    addresses = [
        *(f"/party/{party.id}{at}" for at in ("", "/statement", "?in=dialog")),
        *("/party/", "/party/?q=王建国", "/party/?sort=mobile", "/pick/party", "/search?q=王建", "/audit/", "/"),
        *(f"/sale/{sale.id}", f"/vehicle/{sale.holding.vehicle_id}", f"/settlement/new?party_id={party.id}"),
        *(f"/api/v1/party/{party.id}", "/api/v1/party/", f"/api/v1/party/{party.id}/statement"),
    ]
    whole = {at: [n for n in (*phones, *ids) if n in browser.get(at).text] for at in addresses}
    assert {at: found for at, found in whole.items() if found} == {}
    assert phones[1] in as_("sales").get(f"/party/{party.id}").text
