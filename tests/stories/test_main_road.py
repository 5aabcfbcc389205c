"""The main road (W0 of the worked examples), driven through the API by the people whose work it is.

One small company in November 2026: four cars are bought, three sold, money comes and goes, the month is closed, and a
late bill arrives. Every leg, open item, margin and blocker was worked out by hand, to the cent.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.ledger import statements
from app.ledger.posting import stands
from app.models import Account, Holding, JournalEntry, JournalLine, MoneyAccount, Party
from tests import make

LegLine = tuple[str, str | None, str, str]
"""(account number, whose it is: party, car or money account, debit, credit)."""


class Road:
    """People at the API: `save` writes a paper or a row, `move` moves a paper, `refused` is told no."""

    def __init__(self, as_: Callable[[str | None], Any]) -> None:
        self.as_ = as_
        self.cars: dict[int, str] = {}

    def save(self, by: str, kind: str, /, **body: Any) -> dict[str, Any]:
        """Make a row; the answer as JSON."""
        answer = self.as_(by).post(f"/api/v1/{kind}/", json=body)
        assert answer.status_code == 201, answer.text
        return {"kind_": kind, **answer.json}

    def change(self, by: str, paper: dict[str, Any], /, **body: Any) -> dict[str, Any]:
        """Change a draft."""
        answer = self.as_(by).put(self.url(paper), json={"version": paper["version"], **body})
        assert answer.status_code == 200, answer.text
        return {**paper, **answer.json}

    def move(self, by: str, paper: dict[str, Any], name: str, reason: str = "") -> dict[str, Any]:
        """Move a paper."""
        answer = self.as_(by).post(f"{self.url(paper)}/{name}", json={"version": paper["version"], "reason": reason})
        assert answer.status_code == 200, answer.text
        return {**paper, **answer.json}

    def refused(self, by: str, paper: dict[str, Any], name: str, status: int, reason: str = "") -> dict[str, Any]:
        """A move that is refused with this status; the answer as JSON."""
        answer = self.as_(by).post(f"{self.url(paper)}/{name}", json={"version": paper["version"], "reason": reason})
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json
        return found

    def approved(self, author: str, approver: str, kind: str, /, **body: Any) -> dict[str, Any]:
        """Written by one, approved by another."""
        return self.move(approver, self.save(author, kind, **body), "approve")

    def url(self, paper: dict[str, Any]) -> str:
        """Where a paper lives."""
        return f"/api/v1/{paper['kind_']}/{paper['id']}"

    def blockers(self, by: str, paper: dict[str, Any]) -> set[str]:
        """The numbers that stand in the way of unapproving: preview and refusal say the same."""
        seen = {one["number"] for one in self.as_(by).get(f"{self.url(paper)}/unapprove").json["blockers"]}
        told = self.refused(by, paper, "unapprove", 409, "想改")
        assert {one["number"] for one in told["blockers"]} == seen
        return seen

    def car(self, purchase: dict[str, Any], name: str) -> int:
        """The holding that a purchase opened, from now on called by the story's name for it."""
        holding = db.session.scalars(select(Holding.id).where(Holding.purchase_id == purchase["id"])).one()
        self.cars[holding] = name
        return int(holding)

    def legs(self, paper: dict[str, Any]) -> list[LegLine]:
        """The standing entry of a paper, leg by leg."""
        return [leg for _red, leg in self.all_legs(paper, stands())]

    def all_legs(self, paper: dict[str, Any], *conditions: Any) -> list[tuple[bool, LegLine]]:
        """Every entry of a paper, red ones too, leg by leg."""
        statement = (
            select(JournalLine, Account.number, Party.name, MoneyAccount.name)
            .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
            .join(Account, Account.id == JournalLine.account_id)
            .outerjoin(Party, Party.id == JournalLine.party_id)
            .outerjoin(MoneyAccount, MoneyAccount.id == JournalLine.money_account_id)
            .where(JournalEntry.document_kind == paper["kind_"], JournalEntry.document_id == paper["id"], *conditions)
            .order_by(JournalEntry.id, JournalLine.position)
        )
        found = []
        for line, number, party, money in db.session.execute(statement):
            whose = party or money or (self.cars[line.holding_id] if line.holding_id else None)
            found.append((line.is_red, (number, whose, f"{line.debit:,.2f}", f"{line.credit:,.2f}")))
        return found

    def open_items(self) -> dict[tuple[str, str], str]:
        """{(account, party): open}, as the accountant sees them; nothing that is settled."""
        items = self.as_("accountant").get("/api/v1/ledger/open_items").json["result"]
        found: dict[tuple[str, str], Any] = {}
        for item in items:
            name = db.session.get_one(Party, item["party_id"]).name
            key = (item["account"].split()[0], name)
            found[key] = found.get(key, 0) + make.yuan(item["open"])
        return {key: f"{amount:,.2f}" for key, amount in found.items() if amount}

    def balances(self, on: str, closing: str) -> tuple[dict[str, str], str, str]:
        """The trial balance: {account: balance, credit negative}, and the totals of both sides."""
        answer = self.as_("accountant").get(f"/api/v1/ledger/trial_balance?on={on}&closing={closing}")
        assert answer.status_code == 200, answer.text
        rows = {
            row["number"]: make.yuan(row["closing_debit"]) - make.yuan(row["closing_credit"])
            for row in answer.json["rows"]
        }
        totals = answer.json["totals"]
        shown = {number: f"{balance:,.2f}" for number, balance in rows.items() if balance}
        return shown, totals["closing_debit"], totals["closing_credit"]


def dr(account: str, whose: str | None, amount: str) -> LegLine:
    """A debit leg."""
    return account, whose, amount, "0.00"


def cr(account: str, whose: str | None, amount: str) -> LegLine:
    """A credit leg."""
    return account, whose, "0.00", amount


def red(leg: LegLine) -> tuple[bool, LegLine]:
    """The leg as a red entry takes it back: same side, negative."""
    account, whose, debit, credit = leg
    debit, credit = (side if side == "0.00" else f"-{side}" for side in (debit, credit))
    return True, (account, whose, debit, credit)


@pytest.fixture
def road(as_: Callable[[str | None], Any]) -> Road:
    """The company begins in November: its first period is set before the first entry."""
    road = Road(as_)
    profile = as_("boss").get("/api/v1/company_profile/1").json
    body = {"version": profile["version"], "first_period_on": "2026-11-01"}
    assert as_("boss").put("/api/v1/company_profile/1", json=body).status_code == 200
    return road


def test_the_main_road(road: Road) -> None:  # noqa: PLR0915  # a story is read from top to bottom
    bank, till, wechat = make.money("基本户"), make.money("门店现金"), make.money("微信")
    yard = make.warehouse()
    inspection, agency = make.fee("检测费"), make.fee("过户代办费")
    model = make.car_model().id

    def party(by: str, name: str, *roles: str, **more: Any) -> int:
        return int(road.save(by, "party", name=name, roles=list(roles), **more)["id"])

    wang, liu, chen = (party("buyer", name, "seller") for name in ("王建国", "刘强", "陈静"))
    han, li, sun = (party("sales", name, "buyer") for name in ("韩梅", "李雷", "孙丽"))
    hongda = party("buyer", "宏达公司", "seller", kind="company")
    shunda = party("accountant", "顺达代办", "agent", kind="company")
    suyun, paint = (party("accountant", name, "vendor", kind="company") for name in ("速运物流", "钣喷B"))

    # ── 11-01 the owner puts 400,000 into the bank ──
    lines: list[dict[str, Any]] = [
        {"account": "bank", "debit": "400000", "money_account_id": bank},
        {"account": "capital", "credit": "40万"},
    ]
    jz1 = road.approved("accountant", "accountant", "manual_entry", dated_on="2026-11-01", text="股东投入", lines=lines)
    assert jz1["number"] == "JZ2611-0001"
    assert road.legs(jz1) == [dr("1002", "基本户", "400,000.00"), cr("3001", None, "400,000.00")]

    # ── four cars come in ──
    def buys(day: str, seller: int, price: str, **more: Any) -> dict[str, Any]:
        car = {"vin": make.vin(), "engine_no": "EA888", "car_model_id": model}
        body = {"seller_id": seller, "vehicle": car, "warehouse_id": yard, "mileage_km": 60000, "price": price, **more}
        return road.approved("buyer", "buyer", "purchase", dated_on=day, **body)

    fees = [
        {"fee_item_id": make.fee("代办费"), "party_id": shunda, "amount": "460.00"},
        {"fee_item_id": make.fee("物流费"), "party_id": suyun, "amount": "380.50"},
    ]
    sc1 = buys("2026-11-03", wang, "86000.00", fees=fees)
    h001 = road.car(sc1, "H-001")
    assert road.legs(sc1) == [
        dr("1405", "H-001", "86,840.50"),
        cr("2202", "王建国", "86,000.00"),
        cr("2202", "顺达代办", "460.00"),
        cr("2202", "速运物流", "380.50"),
    ]
    sc2, sc3, sc4 = (
        buys("2026-11-04", hongda, "52000"),
        buys("2026-11-07", liu, "45000"),
        buys("2026-11-10", chen, "3万"),
    )
    road.car(sc2, "H-002")
    h004, h006 = road.car(sc3, "H-004"), road.car(sc4, "H-006")
    assert road.legs(sc2) == [dr("1405", "H-002", "52,000.00"), cr("2202", "宏达公司", "52,000.00")]
    assert road.legs(sc3) == [dr("1405", "H-004", "45,000.00"), cr("2202", "刘强", "45,000.00")]
    assert road.legs(sc4) == [dr("1405", "H-006", "30,000.00"), cr("2202", "陈静", "30,000.00")]
    assert [paper["number"] for paper in (sc1, sc2, sc3, sc4)] == [f"SC2611-000{n}" for n in range(1, 5)]

    # ── 11-11 cash for the till, 11-12 an inspection paid from it ──
    lines = [
        {"account": "cash", "debit": "1000", "money_account_id": till},
        {"account": "bank", "credit": "1000", "money_account_id": bank},
    ]
    jz2 = road.approved(
        "accountant", "accountant", "manual_entry", dated_on="2026-11-11", text="提取备用金", lines=lines
    )
    assert road.legs(jz2) == [dr("1001", "门店现金", "1,000.00"), cr("1002", "基本户", "1,000.00")]
    lines = [{"fee_item_id": inspection, "vehicle_id": sc4["vehicle_id"], "amount": "300"}]
    fy1 = road.approved("sales", "accountant", "expense", dated_on="2026-11-12", paid_from_id=till, lines=lines)
    assert road.legs(fy1) == [dr("1405", "H-006", "300.00"), cr("1001", "门店现金", "300.00")]

    # ── 11-12 韩梅 buys H-004: at the wrong price, taken back, at the right one ──
    xs1 = road.approved(
        "sales", "sales_manager", "sale", dated_on="2026-11-12", holding_id=h004, buyer_id=han, price="58000"
    )
    first = [
        dr("1122", "韩梅", "58,000.00"),
        cr("5001", "H-004", "57,711.44"),
        cr("2221.01", None, "288.56"),
        dr("5401", "H-004", "45,000.00"),
        cr("1405", "H-004", "45,000.00"),
    ]
    assert road.legs(xs1) == first
    xs1 = road.move("sales_manager", xs1, "unapprove", "价格应为 56,800")
    assert road.legs(xs1) == []
    xs1 = road.change("sales", xs1, price="56800")
    xs1 = road.move("sales_manager", xs1, "approve")
    second = [
        dr("1122", "韩梅", "56,800.00"),
        cr("5001", "H-004", "56,517.41"),
        cr("2221.01", None, "282.59"),
        dr("5401", "H-004", "45,000.00"),
        cr("1405", "H-004", "45,000.00"),
    ]
    assert road.all_legs(xs1) == [*((False, leg) for leg in first), *map(red, first), *((False, leg) for leg in second)]
    assert (xs1["number"], xs1["revision"]) == ("XS2611-0001", 2)

    # ── 11-16 李雷 buys H-001 and has the transfer done for him ──
    fees = [{"fee_item_id": agency, "charged": "1800", "passed_on": "1200", "party_id": shunda}]
    xs2 = road.approved(
        "sales", "sales_manager", "sale", dated_on="2026-11-16", holding_id=h001, buyer_id=li, price="11万", fees=fees
    )
    assert road.legs(xs2) == [
        dr("1122", "李雷", "110,000.00"),
        cr("5001", "H-001", "109,452.74"),
        cr("2221.01", None, "547.26"),
        dr("1122", "李雷", "1,800.00"),
        cr("2241", "顺达代办", "1,200.00"),
        cr("5051", "H-001", "594.06"),
        cr("2221.01", None, "5.94"),
        dr("5401", "H-001", "86,840.50"),
        cr("1405", "H-001", "86,840.50"),
    ]

    # ── he pays: the cashier takes what is within her limit, the accountant the rest ──
    def item(paper: dict[str, Any], account: str, whose: int) -> int:
        items = road.as_("accountant").get(f"/api/v1/ledger/open_items?party={whose}").json["result"]
        (found,) = (
            one["id"] for one in items if one["number"] == paper["number"] and one["account"].startswith(account)
        )
        return int(found)

    owed = item(xs2, "1122", li)

    def receipt(day: str, line: dict[str, Any], *money: dict[str, Any]) -> dict[str, Any]:
        body = {"direction": "receipt", "party_id": li, "items": [{"item_id": owed, **line}], "money": list(money)}
        return road.save("cashier", "settlement", dated_on=day, **body)

    js1 = receipt(
        "2026-11-17",
        {"amount": "13080"},
        {"money_account_id": till, "amount": "3080"},
        {"money_account_id": bank, "amount": "10000", "fee": "60"},
    )
    js1 = road.move("cashier", js1, "approve")
    assert road.legs(js1) == [
        dr("1001", "门店现金", "3,080.00"),
        dr("1002", "基本户", "9,940.00"),
        dr("5603", None, "60.00"),
        cr("1122", "李雷", "13,080.00"),
    ]
    js2 = receipt(
        "2026-11-20",
        {"amount": "6990", "let_off": "10", "let_off_reason": "rounding"},
        {"money_account_id": wechat, "amount": "6990"},
    )
    js2 = road.move("cashier", js2, "approve")
    assert road.legs(js2) == [
        dr("1012", "微信", "6,990.00"),
        dr("5603", None, "10.00"),
        cr("1122", "李雷", "7,000.00"),
    ]
    js3 = receipt("2026-11-21", {"amount": "91720"}, {"money_account_id": bank, "amount": "91720"})
    assert "20,000.00" in road.refused("cashier", js3, "approve", 403)["message"]
    js3 = road.move("accountant", road.move("cashier", js3, "submit"), "approve")
    assert road.legs(js3) == [dr("1002", "基本户", "91,720.00"), cr("1122", "李雷", "91,720.00")]

    # ── we pay: the agent both his items at once, the seller in two parts ──
    def payment(day: str, whose: int, items: dict[int, str], amount: str, fee: str = "0") -> dict[str, Any]:
        body = {
            "direction": "payment",
            "party_id": whose,
            "items": [{"item_id": pk, "amount": each} for pk, each in items.items()],
            "money": [{"money_account_id": bank, "amount": amount, "fee": fee}],
        }
        return road.approved("cashier", "accountant", "settlement", dated_on=day, **body)

    both = {item(sc1, "2202", shunda): "460", item(xs2, "2241", shunda): "1200"}
    js4 = payment("2026-11-22", shunda, both, "1660")
    assert road.legs(js4) == [
        dr("2202", "顺达代办", "460.00"),
        dr("2241", "顺达代办", "1,200.00"),
        cr("1002", "基本户", "1,660.00"),
    ]
    due = item(sc1, "2202", wang)
    js5 = payment("2026-11-22", wang, {due: "50000"}, "50000")
    assert road.legs(js5) == [dr("2202", "王建国", "50,000.00"), cr("1002", "基本户", "50,000.00")]

    # ── 11-23 孙丽 buys H-006 with its inspection in the cost; 11-28 the seller gets the rest ──
    xs3 = road.approved(
        "sales", "sales_manager", "sale", dated_on="2026-11-23", holding_id=h006, buyer_id=sun, price="36666"
    )
    assert road.legs(xs3) == [
        dr("1122", "孙丽", "36,666.00"),
        cr("5001", "H-006", "36,483.58"),
        cr("2221.01", None, "182.42"),
        dr("5401", "H-006", "30,300.00"),
        cr("1405", "H-006", "30,300.00"),
    ]
    js6 = payment("2026-11-28", wang, {due: "36000"}, "36000", fee="5")
    assert road.legs(js6) == [
        dr("2202", "王建国", "36,000.00"),
        dr("5603", None, "5.00"),
        cr("1002", "基本户", "36,005.00"),
    ]

    # ── 11-30 surtaxes, and the month as it stands before it is closed ──
    surtaxes = [{"account": "surtax_payable", "credit": amount} for amount in ("35.64", "15.27", "10.18")]
    lines = [{"account": "surtax", "debit": "61.09"}, *surtaxes]
    jz3 = road.approved(
        "accountant", "accountant", "manual_entry", dated_on="2026-11-30", text="计提附加税", lines=lines
    )
    assert road.legs(jz3) == [
        dr("5403", None, "61.09"),
        cr("2221.02", None, "35.64"),
        cr("2221.02", None, "15.27"),
        cr("2221.02", None, "10.18"),
    ]
    kept = {
        "1001": "3,780.00",
        "1002": "412,995.00",
        "1012": "6,990.00",
        "1122": "93,466.00",
        "1405": "52,000.00",
        "2202": "-127,380.50",
        "2221.01": "-1,018.21",
        "2221.02": "-61.09",
        "3001": "-400,000.00",
    }
    earned = {
        "5001": "-202,453.73",
        "5051": "-594.06",
        "5401": "162,140.50",
        "5403": "61.09",
        "5603": "75.00",
    }
    assert road.balances("2026-11-30", "before") == (kept | earned, "731507.59", "731507.59")
    assert road.open_items() == {
        ("1122", "韩梅"): "56,800.00",
        ("1122", "孙丽"): "36,666.00",
        ("2202", "速运物流"): "380.50",
        ("2202", "宏达公司"): "52,000.00",
        ("2202", "刘强"): "45,000.00",
        ("2202", "陈静"): "30,000.00",
    }
    margins = statements.margins([h001, h004, h006], make.person("boss"))
    assert {road.cars[pk]: (str(margin.car), str(margin.total)) for pk, margin in margins.items()} == {
        "H-001": ("22612.24", "23206.30"),
        "H-004": ("11517.41", "11517.41"),
        "H-006": ("6183.58", "6183.58"),
    }

    # ── what stands in whose way, while the month is open ──
    assert road.blockers("accountant", xs2) == {paper["number"] for paper in (js1, js2, js3, js4)}
    assert road.blockers("boss", sc1) == {paper["number"] for paper in (js4, js5, js6, xs2)}

    # ── November is closed ──
    november = next(
        one for one in road.as_("accountant").get("/api/v1/period/").json["result"] if one["month"] == "2026-11"
    )
    closed = road.as_("accountant").post(f"/api/v1/period/{november['id']}/close", json={})
    assert closed.status_code == 200, closed.text
    assert road.balances("2026-11-30", "before") == (kept | earned, "731507.59", "731507.59")
    assert road.balances("2026-11-30", "after") == (kept | {"3103": "-40,771.20"}, "569231.00", "569231.00")
    closing = db.session.execute(
        select(Account.number, JournalLine.debit, JournalLine.credit)
        .join(JournalLine, JournalLine.account_id == Account.id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalEntry.kind == "closing")
    )
    sums: dict[str, Any] = {}
    for number, debit, credit in closing:
        sums[number] = sums.get(number, 0) + debit - credit
    assert {number: f"{amount:,.2f}" for number, amount in sums.items()} == {
        "5001": "202,453.73",
        "5051": "594.06",
        "5401": "-162,140.50",
        "5403": "-61.09",
        "5603": "-75.00",
        "3103": "-40,771.20",
    }

    # ── 12-05 the painter's bill for H-006 arrives, after the sale and after the close ──
    lines = [{"fee_item_id": inspection, "holding_id": h006, "amount": "480", "belongs_to": "sale"}]
    fy2 = road.save("accountant", "expense", dated_on="2026-11-30", party_id=paint, lines=lines)
    told = road.refused("accountant", fy2, "approve", 422)
    assert "2026-12-01" in str(told)
    fy2 = road.move("accountant", road.change("accountant", fy2, dated_on="2026-12-05"), "approve")
    assert road.legs(fy2) == [dr("5401", "H-006", "480.00"), cr("2202", "钣喷B", "480.00")]
    assert str(statements.margins([h006], make.person("boss"))[h006].car) == "5703.58"
    assert road.blockers("accountant", xs3) == {fy2["number"]}

    # ── every paper of November is refused for its period ──
    for paper in (jz1, jz2, jz3, fy1, xs1, js1, js6):
        told = road.refused("accountant", paper, "unapprove", 409, "想改")
        assert "已结账" in str(told), paper["number"]
    assert road.balances("2026-11-30", "after")[0] == kept | {"3103": "-40,771.20"}
