"""The words that columns may hold: value = member name, with the label people read and the badge's tone beside it."""

from enum import StrEnum
from typing import Self

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class Word(StrEnum):
    """A stored word with its `label` (lazy, in the user's language) and `tone` (a colour class of the badge)."""

    label: LazyString | str
    tone: str

    def __new__(cls, value: str, label: LazyString | str = "", tone: str = "grey") -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        word.tone = tone
        return word


class State(Word):
    """Where a paper stands."""

    draft = "draft", _l("未审核"), "amber"
    approved = "approved", _l("已审核"), "green"
    void = "void", _l("作废"), "grey"


class Scope(Word):
    """Which rows a right reaches, narrowest first."""

    own = "own", _l("本人")
    store = "store", _l("本店")
    all = "all", _l("全部")


class PartyKind(Word):
    person = "person", _l("个人")
    company = "company", _l("单位")


class PartyRole(Word):
    buyer = "buyer", _l("购车客户"), "blue"
    seller = "seller", _l("售车客户"), "blue"
    vendor = "vendor", _l("维修/配件厂商"), "violet"
    agent = "agent", _l("代办"), "violet"
    insurer = "insurer", _l("保险公司"), "violet"
    lender = "lender", _l("贷款机构"), "violet"
    owner = "owner", _l("寄售/合伙人"), "violet"
    employee = "employee", _l("员工"), "grey"


class IdKind(Word):
    resident = "resident", _l("居民身份证")
    passport = "passport", _l("护照")
    permit = "permit", _l("港澳台居民居住证")


class Taxpayer(Word):
    small = "small", _l("小规模纳税人")
    general = "general", _l("一般纳税人")


class TaxKind(Word):
    used_car = "used_car", _l("二手车销售")
    service = "service", _l("服务")
    goods = "goods", _l("货物")


class TaxMethod(Word):
    levy = "levy", _l("简易/征收")
    general = "general", _l("一般计税")


class WarehouseKind(Word):
    showroom = "showroom", _l("展厅")
    yard = "yard", _l("停车场")
    workshop = "workshop", _l("整备车间")
    outside = "outside", _l("外部场地")


class PurchaseKind(Word):
    own = "own", _l("收购"), "blue"
    trade_in = "trade_in", _l("置换"), "violet"
    consigned = "consigned", _l("寄售"), "amber"
    partner = "partner", _l("合伙"), "amber"


class VehicleStatus(Word):
    """Where a car stands on its road; follows from its papers (product.md §1)."""

    appraising = "appraising", _l("评估中"), "grey"
    arriving = "arriving", _l("待入库"), "amber"
    to_recondition = "to_recondition", _l("待整备"), "violet"
    reconditioning = "reconditioning", _l("整备中"), "violet"
    for_sale = "for_sale", _l("在售"), "blue"
    reserved = "reserved", _l("已预订"), "amber"
    sold = "sold", _l("已售待交付"), "green"
    delivered = "delivered", _l("已交付待过户"), "green"
    transferred = "transferred", _l("已过户"), "grey"
    in_transit = "in_transit", _l("调拨中"), "violet"
    returned = "returned", _l("已退卖方"), "grey"
    own_use = "own_use", _l("自用"), "grey"
    scrapped = "scrapped", _l("报废"), "grey"


class ClosedBy(Word):
    sale = "sale", _l("销售")
    returned = "returned", _l("退卖方")
    scrap = "scrap", _l("报废")


class Precision(Word):
    day = "day", _l("到日")
    month = "month", _l("到月")


class FeeSide(Word):
    sale = "sale", _l("销售")
    purchase = "purchase", _l("收车")
    expense = "expense", _l("费用")


class ExpensePurpose(Word):
    selling_expense = "selling_expense", _l("销售费用")
    admin_expense = "admin_expense", _l("管理费用")
    finance_expense = "finance_expense", _l("财务费用")


class BelongsTo(Word):
    """Where a car's expense goes once the car is sold."""

    stock = "stock", _l("在库成本")
    sale = "sale", _l("属本次销售")
    selling = "selling", _l("属销售费用")


class Direction(Word):
    receipt = "receipt", _l("收款"), "green"
    payment = "payment", _l("付款"), "blue"
    offset = "offset", _l("对冲"), "violet"


class LetOff(Word):
    """Why a rest need not be paid; nothing is let off without a reason."""

    rounding = "rounding", _l("抹零")
    cash_discount = "cash_discount", _l("现金折扣")
    bad_debt = "bad_debt", _l("坏账")
    price_cut = "price_cut", _l("售后降价")
    not_payable = "not_payable", _l("无需支付")


class Side(Word):
    D = "D", _l("借方")
    C = "C", _l("贷方")


class AccountKind(Word):
    asset = "asset", _l("资产")
    liability = "liability", _l("负债")
    equity = "equity", _l("所有者权益")
    income = "income", _l("收入")
    cost = "cost", _l("成本费用")


class Control(Word):
    """Which dimension a line on this account must carry."""

    none = "none", _l("无")
    party = "party", _l("往来单位")
    holding = "holding", _l("车辆")
    part = "part", _l("配件")
    money = "money", _l("资金账户")
    employee = "employee", _l("员工")


class Purpose(Word):
    """What the rules call an account by (ledger.md, chart); the number is the company's own."""

    cash = "cash", _l("现金")
    bank = "bank", _l("银行存款")
    e_money = "e_money", _l("电子钱包")
    receivable = "receivable", _l("应收账款")
    prepaid = "prepaid", _l("预付账款")
    other_receivable = "other_receivable", _l("其他应收款")
    parts = "parts", _l("配件")
    inventory = "inventory", _l("库存车辆")
    loan = "loan", _l("短期借款")
    payable = "payable", _l("应付账款")
    advances = "advances", _l("预收账款")
    wages = "wages", _l("应付职工薪酬")
    vat = "vat", _l("应交增值税")
    surtax_payable = "surtax_payable", _l("应交附加税费")
    agency = "agency", _l("代收代付")
    capital = "capital", _l("实收资本")
    profit = "profit", _l("本年利润")
    retained = "retained", _l("利润分配")
    sales = "sales", _l("整车收入")
    other_income = "other_income", _l("其他业务收入")
    gain = "gain", _l("营业外收入")
    cost_of_sales = "cost_of_sales", _l("主营业务成本")
    other_cost = "other_cost", _l("其他业务成本")
    surtax = "surtax", _l("税金及附加")
    selling_expense = "selling_expense", _l("销售费用")
    admin_expense = "admin_expense", _l("管理费用")
    finance_expense = "finance_expense", _l("财务费用")
    loss = "loss", _l("营业外支出")
    income_tax = "income_tax", _l("所得税费用")
    internal = "internal", _l("内部往来")


class EntryKind(Word):
    normal = "normal", _l("记账")
    opening = "opening", _l("期初")
    closing = "closing", _l("期末结转")


class PeriodState(Word):
    open = "open", _l("未结账"), "green"
    closed = "closed", _l("已结账"), "grey"
