"""What happens beside the cars: capital, rent, vendors, the closing of a month, mistakes and what waits on desks."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from app import clock
from app.demo.cars import ADVERTISER, AGENT, BEAUTY, FLEET, GARAGE, HAULIER, LANDLORD, LENDER, TESTER, TRADER
from app.demo.hands import DAYS, Deed, Hands, at, to_hundreds
from app.demo.people import EAST, WEST
from app.enums import BelongsTo, Direction, PartyRole, Side
from app.extensions import db
from app.ledger import periods
from app.models import (
    Holding,
    ManualEntry,
    OpenItem,
    Party,
    Period,
    PriceChange,
    Sale,
    Settlement,
    Vehicle,
    Warehouse,
)
from app.workflows import records

OPENING = {EAST: Decimal(5_600_000), WEST: Decimal(2_400_000)}
IN_TILL = Decimal(20_000)

RUNNING = (
    ("房租", 3, 9000, LANDLORD),
    ("水电费", 10, 820, ""),
    ("工资", 15, 14500, ""),
    ("广告推广费", 20, 2600, ADVERTISER),
    ("银行手续费", 28, 35, ""),
)
"""(cost, day of the month, yuan per size of store, owed to)."""

LATE = (
    ("整备维修费", 480, BelongsTo.sale, "售前喷漆，账单迟到"),
    ("整备维修费", 620, BelongsTo.selling, "售后善意维修"),
)


class Office(Hands):
    """The firm's own business."""

    def firms(self) -> None:
        """Those who serve us, and the firms we buy from and sell to."""
        accountant, boss = self.staff["accountant"], self.staff["boss"]
        for name, role in (
            (AGENT, PartyRole.agent),
            (HAULIER, PartyRole.vendor),
            (GARAGE, PartyRole.vendor),
            (BEAUTY, PartyRole.vendor),
            (TESTER, PartyRole.vendor),
            (LANDLORD, PartyRole.vendor),
            (ADVERTISER, PartyRole.vendor),
            (LENDER, PartyRole.lender),
        ):
            self.party(name, [role], accountant, firm=True)
        for name in (FLEET, TRADER):  # firms that both stores know, looked after by 陈思远
            party = self.party(name, [PartyRole.seller, PartyRole.buyer], boss, firm=True)
            records.save(Party, party.id, {"store_id": None, "owner_id": self.staff["sales"].employee_id}, boss)

    def opening(self, store: str) -> None:
        """The owners' money."""
        amount = OPENING[store]
        self.entry(
            store,
            f"投入资本（{store}）",
            [
                {"account": "1002", "debit": amount, "money_account_id": self.money["基本户"]},
                {"account": "1001", "debit": IN_TILL, "money_account_id": self.money[f"{store[:2]}现金"]},
                {"account": "3001", "credit": amount + IN_TILL},
            ],
        )

    def monthly(self) -> None:
        """Rent, wages and the rest; what vendors are owed; surtax; the first month is closed."""
        month = clock.month_of(self.day(DAYS))
        while month <= clock.month_of(self.today):
            first = dt.date.fromisoformat(f"{month}-01")
            for store, size in ((EAST, 3), (WEST, 2)):
                for number, (name, day, amount, owed_to) in enumerate(RUNNING):
                    self.once(first, day, self.running(store, name, amount * size, owed_to), 10 + number)
                for day in (5, 15, 25):
                    self.once(first, day, partial(self.pay_vendors, store), 15)
            self.once(clock.last_day(month), clock.last_day(month).day, self.surtax, 17)
            month = clock.next_month(month)
        first_month = clock.month_of(self.day(DAYS))
        closing = dt.date.fromisoformat(clock.next_month(first_month) + "-08")
        self.when(at(closing, 17, 45), lambda: self.close(first_month))

    def once(self, month: dt.date, day: int, deed: Deed, hour: int) -> None:
        """On that day of the month, if the papers go back so far."""
        moment = at(month.replace(day=day), hour)
        if moment.date() > self.day(DAYS):
            self.when(moment, deed)

    def running(self, store: str, name: str, amount: int, owed_to: str) -> Deed:
        """A cost of every month."""
        return lambda: self.spend(
            store, [(name, amount)], owed_to=owed_to, text=f"{clock.month_of(clock.today())} {name}"
        )

    def pay_vendors(self, store: str) -> None:
        """Everybody who serves us, everything that is open, each in one settlement over several papers."""
        for name in (AGENT, HAULIER, GARAGE, TESTER, LANDLORD, ADVERTISER):
            if items := self.open_items(None, self.parties[name], Side.C, store):
                self.settle(Direction.payment, items, self.role("cashier", store))

    def surtax(self) -> None:
        """Put by at the end of the month."""
        lines = [
            {"account": "surtax", "debit": Decimal("186.40")},
            {"account": "surtax_payable", "credit": Decimal("186.40")},
        ]
        self.entry(EAST, f"计提 {clock.month_of(clock.today())} 附加税费", lines)

    def close(self, month: str) -> None:
        """The accountant closes a month."""
        found = db.session.scalars(select(Period.id).where(Period.month == month)).one()
        periods.close(found, self.staff["accountant"])

    def oddities(self) -> None:
        """What happens beside the straight road: every state of every kind of paper, and wrong things put right."""
        self.when(at(self.day(20), 11), self.offset)
        self.when(at(self.day(12), 11), self.advance)
        self.when(at(self.day(15), 16), self.late_costs)
        self.when(at(self.day(6), 10), self.wrong_expense)
        self.when(at(self.day(4), 10), self.wrong_entry)
        self.when(at(self.day(2), 16), self.wrong_payment)
        self.when(at(self.day(1), 10), self.on_the_desk)
        self.when(at(self.today, 8, 40), self.drafts_of_today)

    def offset(self) -> None:
        """The fleet bought a car from us, we owe it for others: set against each other as far as they go."""
        for store in (EAST, WEST):
            fleet, cashier = self.parties[FLEET], self.role("cashier", store)
            owed, owing = self.open_items(None, fleet, Side.C, store), self.open_items(None, fleet, Side.D, store)
            amount = min(sum((one.open for one in owed), Decimal(0)), sum((one.open for one in owing), Decimal(0)))
            if amount:
                lines = [*_upto(owed, amount), *_upto(owing, amount)]
                values = {
                    "direction": Direction.offset,
                    "party_id": fleet.id,
                    "store_id": self.stores[store],
                    "items": lines,
                }
                self.approve_money(records.save(Settlement, None, values, cashier), amount, cashier)

    def advance(self) -> None:
        """A buyer pays before there is a paper."""
        buyer = self.party("上官婉清", [PartyRole.buyer], self.staff["sales"])
        money = [{"money_account_id": self.money["微信"], "amount": Decimal(5000), "fee": Decimal(30)}]
        values = {
            "direction": Direction.receipt,
            "party_id": buyer.id,
            "store_id": self.stores[EAST],
            "advance": Decimal(5000),
            "money": money,
            "note": "看中 Model 3，先付诚意金",
        }
        cashier = self.staff["cashier"]
        self.run(records.save(Settlement, None, values, cashier), "approve", cashier)

    def late_costs(self) -> None:
        """Bills that come after the car has gone: of the sale itself, and out of goodwill."""
        sold = db.session.scalars(
            select(Sale).where(Sale.state == "approved", Sale.store_id == self.stores[EAST]).order_by(Sale.id).limit(2)
        ).all()
        for sale, (name, amount, belongs_to, text) in zip(sold, LATE, strict=False):
            self.spend(EAST, [(name, amount)], holding=sale.holding, owed_to=GARAGE, belongs_to=belongs_to, text=text)

    def wrong_expense(self) -> None:
        """One void, one sent back."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        twice = self.spend(EAST, [("办公费", 368)], till=True, approved=False, text="打印纸、硒鼓")
        self.run(twice, "void", cashier, "重复登记")
        dinner = self.spend(EAST, [("业务招待费", 1280)], till=True, approved=False, text="客户接待")
        self.run(dinner, "submit", cashier)
        self.run(dinner, "send_back", accountant, "请附发票和参加人员")

    def wrong_entry(self) -> None:
        """One approved with the wrong amount, taken back and put right; one void; one sent back."""
        accountant = self.staff["accountant"]
        lines = [
            {"account": "admin_expense", "debit": Decimal("4500.00")},
            {"account": "wages", "credit": Decimal("4500.00"), "employee_id": accountant.employee_id},
        ]
        paper = self.entry(EAST, "计提本月财务人员工资", lines)
        self.run(paper, "unapprove", accountant, "金额录错")
        right = [
            {
                "id": line.id,
                "debit": line.debit and Decimal(5400),
                "credit": line.credit and Decimal(5400),
                "account_id": line.account_id,
                "employee_id": line.employee_id,
            }
            for line in paper.lines
        ]
        records.save(ManualEntry, paper.id, {"lines": right}, accountant)
        self.run(paper, "approve", accountant)
        self.run(self.entry(EAST, "误开", lines, approved=False), "void", accountant, "误开")
        unclear = self.entry(WEST, "调整跨店费用", lines, approved=False)
        self.run(unclear, "submit", accountant)
        self.run(unclear, "send_back", accountant, "先与两店核对金额")

    def wrong_payment(self) -> None:
        """A payment sent back, one void."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        items = self.washing(EAST)
        early, twice = (self.settle(Direction.payment, items, cashier, approved=False) for _turn in range(2))
        self.run(early, "submit", cashier)
        self.run(early, "send_back", accountant, "等对方开票后再付")
        self.run(twice, "void", cashier, "与上一张重复")

    def on_the_desk(self) -> None:
        """Yesterday's papers that wait for somebody who may."""
        cashier, accountant = self.staff["cashier"], self.staff["accountant"]
        fuel = self.spend(EAST, [("油费过路费", 460), ("差旅费", 880)], approved=False, text="去杭州提车")
        self.run(fuel, "submit", cashier)
        sellers = select(OpenItem).where(
            OpenItem.document_kind == "purchase", OpenItem.side == Side.C, OpenItem.amount > OpenItem.settled
        )
        owed = db.session.scalars(
            sellers.where(OpenItem.store_id == self.stores[EAST]).order_by(OpenItem.id.desc())
        ).first()
        if owed is not None:
            self.submitted(self.settle(Direction.payment, [owed], cashier, approved=False), cashier)
        buyers = select(OpenItem).where(
            OpenItem.document_kind == "sale", OpenItem.side == Side.D, OpenItem.amount - OpenItem.settled > 20_000
        )
        owing = db.session.scalars(
            buyers.where(OpenItem.store_id == self.stores[EAST]).order_by(OpenItem.id.desc())
        ).first()
        if owing is not None:
            half = self.settle(Direction.receipt, [owing], cashier, Decimal("0.5"), approved=False)
            self.submitted(half, cashier)
        lines = [
            {"account": "finance_expense", "debit": Decimal("215.60")},
            {"account": "1002", "credit": Decimal("215.60"), "money_account_id": self.money["基本户"]},
        ]
        self.run(self.entry(EAST, "银行账户管理费", lines, approved=False), "submit", accountant)
        self.prices_on_the_desk()

    def prices_on_the_desk(self) -> None:
        """Price papers in every state but the ordinary one."""
        on_sale = db.session.scalars(
            select(Holding)
            .join(Vehicle, Vehicle.id == Holding.vehicle_id)
            .join(Warehouse, Warehouse.id == Holding.warehouse_id)
            .where(Vehicle.status == "for_sale", Holding.closed_on.is_(None), Warehouse.store_id == self.stores[EAST])
            .order_by(Holding.id)
            .limit(4)
        ).all()
        manager, boss = self.staff["sales_manager"], self.staff["boss"]
        for holding, what in zip(on_sale, ("submit", "send_back", "void", ""), strict=False):
            last = db.session.scalars(
                select(PriceChange).where(PriceChange.holding_id == holding.id).order_by(PriceChange.id.desc()).limit(1)
            ).one()
            asking = to_hundreds(last.asking * Decimal("0.96"))
            values = {
                "holding_id": holding.id,
                "asking": asking,
                "floor": min(last.floor, asking),
                "effective_on": clock.today(),
                "reason": "月底促销",
            }
            paper = records.save(PriceChange, None, values, manager)
            if what in ("submit", "send_back"):
                self.run(paper, "submit", manager)
            if what == "send_back":
                self.run(paper, "send_back", boss, "上周刚调过，先看一周")
            if what == "void":
                self.run(paper, "void", manager, "已有客户按原价下定")

    def drafts_of_today(self) -> None:
        """What was begun this morning."""
        self.spend(EAST, [("办公费", 126)], till=True, approved=False, text="饮用水")
        self.spend(WEST, [("停车场地费", 600)], till=True, approved=False)
        lines = [
            {"account": "admin_expense", "debit": Decimal(3000)},
            {"account": "surtax_payable", "credit": Decimal(3000)},
        ]
        self.entry(WEST, "暂估费用（待核）", lines, approved=False)
        self.settle(Direction.payment, self.washing(WEST), self.staff["cashier2"], approved=False)

    def washing(self, store: str) -> list[OpenItem]:
        """A bill for washing, still to be paid."""
        bill = self.spend(store, [("洗车美容费", 960)], owed_to=BEAUTY, text="展车月度清洗")
        return self.open_items(bill, self.parties[BEAUTY], Side.C)


def _upto(items: list[OpenItem], amount: Decimal) -> list[dict[str, Any]]:
    """Lines that take `amount` of these items, oldest first."""
    lines = []
    for item in items:
        taken = min(item.open, amount)
        amount -= taken
        if taken:
            lines.append({"item_id": item.id, "amount": taken})
    return lines
