"""The rows that a new company starts with (Chinese market). Editable afterwards; rules name accounts by purpose."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.enums import AccountKind as Is
from app.enums import Control as By
from app.enums import ExpensePurpose, FeeSide, Purpose, TaxKind, TaxMethod, Taxpayer, WarehouseKind

ACCOUNTS: list[tuple[str, str, Purpose, Is, By]] = [
    ("1001", "库存现金", Purpose.cash, Is.asset, By.money),
    ("1002", "银行存款", Purpose.bank, Is.asset, By.money),
    ("1012", "其他货币资金", Purpose.e_money, Is.asset, By.money),
    ("1122", "应收账款", Purpose.receivable, Is.asset, By.party),
    ("1123", "预付账款", Purpose.prepaid, Is.asset, By.party),
    ("1221", "其他应收款", Purpose.other_receivable, Is.asset, By.party),
    ("1403", "原材料", Purpose.parts, Is.asset, By.part),
    ("1405", "库存商品", Purpose.inventory, Is.asset, By.holding),
    ("1999", "内部往来", Purpose.internal, Is.asset, By.none),
    ("2001", "短期借款", Purpose.loan, Is.liability, By.none),
    ("2202", "应付账款", Purpose.payable, Is.liability, By.party),
    ("2203", "预收账款", Purpose.advances, Is.liability, By.party),
    ("2211", "应付职工薪酬", Purpose.wages, Is.liability, By.employee),
    ("2221.01", "应交增值税", Purpose.vat, Is.liability, By.none),
    ("2221.02", "应交附加税费", Purpose.surtax_payable, Is.liability, By.none),
    ("2241", "其他应付款", Purpose.agency, Is.liability, By.party),
    ("3001", "实收资本", Purpose.capital, Is.equity, By.none),
    ("3103", "本年利润", Purpose.profit, Is.equity, By.none),
    ("3104", "利润分配", Purpose.retained, Is.equity, By.none),
    ("5001", "主营业务收入", Purpose.sales, Is.income, By.none),
    ("5051", "其他业务收入", Purpose.other_income, Is.income, By.none),
    ("5301", "营业外收入", Purpose.gain, Is.income, By.none),
    ("5401", "主营业务成本", Purpose.cost_of_sales, Is.cost, By.none),
    ("5402", "其他业务成本", Purpose.other_cost, Is.cost, By.none),
    ("5403", "税金及附加", Purpose.surtax, Is.cost, By.none),
    ("5601", "销售费用", Purpose.selling_expense, Is.cost, By.none),
    ("5602", "管理费用", Purpose.admin_expense, Is.cost, By.none),
    ("5603", "财务费用", Purpose.finance_expense, Is.cost, By.none),
    ("5711", "营业外支出", Purpose.loss, Is.cost, By.none),
    ("5801", "所得税费用", Purpose.income_tax, Is.cost, By.none),
]

SINCE = dt.date(2020, 5, 1)
"""When the reduced levy on used cars began (财政部 税务总局公告 2020 年第 17 号)."""

TAX_RATES: list[tuple[TaxKind, Taxpayer, TaxMethod, str, dt.date, dt.date | None]] = [
    (TaxKind.used_car, Taxpayer.small, TaxMethod.levy, "0.005", SINCE, dt.date(2027, 12, 31)),
    (TaxKind.used_car, Taxpayer.general, TaxMethod.levy, "0.005", SINCE, dt.date(2027, 12, 31)),
    (TaxKind.service, Taxpayer.small, TaxMethod.levy, "0.01", dt.date(2023, 1, 1), dt.date(2027, 12, 31)),
    (TaxKind.goods, Taxpayer.small, TaxMethod.levy, "0.01", dt.date(2023, 1, 1), dt.date(2027, 12, 31)),
    (TaxKind.service, Taxpayer.general, TaxMethod.general, "0.06", dt.date(2016, 5, 1), None),
    (TaxKind.goods, Taxpayer.general, TaxMethod.general, "0.13", dt.date(2019, 4, 1), None),
]

S, B, E = FeeSide.sale, FeeSide.purchase, FeeSide.expense
SELL, ADMIN, FINANCE = ExpensePurpose.selling_expense, ExpensePurpose.admin_expense, ExpensePurpose.finance_expense

FEE_ITEMS: list[tuple[str, FeeSide, TaxKind, ExpensePurpose]] = [
    ("代办费", B, TaxKind.service, SELL),
    ("物流费", B, TaxKind.service, SELL),
    ("收车介绍费", B, TaxKind.service, SELL),
    ("查档过户费", B, TaxKind.service, SELL),
    ("第三方检测费", B, TaxKind.service, SELL),
    ("解押代办费", B, TaxKind.service, SELL),
    ("违章处理费", B, TaxKind.service, SELL),
    ("过户代办费", S, TaxKind.service, SELL),
    ("上牌代办费", S, TaxKind.service, SELL),
    ("按揭服务费", S, TaxKind.service, SELL),
    ("提档费", S, TaxKind.service, SELL),
    ("送车费", S, TaxKind.service, SELL),
    ("延保服务", S, TaxKind.service, SELL),
    ("精品加装", S, TaxKind.goods, SELL),
    ("检测费", E, TaxKind.service, SELL),
    ("洗车美容费", E, TaxKind.service, SELL),
    ("整备维修费", E, TaxKind.service, SELL),
    ("停车场地费", E, TaxKind.service, SELL),
    ("油费过路费", E, TaxKind.service, SELL),
    ("广告推广费", E, TaxKind.service, SELL),
    ("佣金", E, TaxKind.service, SELL),
    ("房租", E, TaxKind.service, ADMIN),
    ("水电费", E, TaxKind.service, ADMIN),
    ("工资", E, TaxKind.service, ADMIN),
    ("办公费", E, TaxKind.service, ADMIN),
    ("差旅费", E, TaxKind.service, ADMIN),
    ("业务招待费", E, TaxKind.service, ADMIN),
    ("银行手续费", E, TaxKind.service, FINANCE),
    ("利息支出", E, TaxKind.service, FINANCE),
]

WORDS: dict[str, tuple[str, ...]] = {
    "BodyType": (
        "微型车", "小型车", "紧凑型车", "中型车", "中大型车", "大型车", "小型SUV", "紧凑型SUV", "中型SUV", "中大型SUV", "大型SUV",
        "MPV", "跑车", "皮卡", "轻客", "微面", "微卡", "其他",
    ),
    "Colour": ("黑色", "白色", "银色", "灰色", "蓝色", "红色", "紫色", "棕色", "香槟色", "金色", "绿色", "黄色", "橙色", "双色", "其他"),
    "EnergyType": ("汽油", "汽油+48V轻混", "油电混合", "插电式混合动力", "增程式", "纯电动", "柴油", "燃气", "氢燃料电池"),
    "Gearbox": (
        "手动(MT)", "自动(AT)", "手自一体(AT)", "无级变速(CVT)", "湿式双离合(DCT)", "干式双离合(DCT)", "机械式自动(AMT)",
        "电子无级变速(E-CVT)", "混动专用(DHT)", "固定齿比",
    ),
    "EmissionStandard": ("国I", "国II", "国III", "国IV", "国V", "国VI", "国VIb", "欧III", "欧IV", "欧V", "欧VI", "电动车，无"),
    "PaymentMethod": ("全款", "按揭贷款", "融资租赁", "置换", "分期付款", "现金", "银行转账", "刷卡", "微信", "支付宝"),
}  # fmt: skip
"""Names of the small tables, in the order in which pickers offer them."""


@dataclass(frozen=True)
class Of:
    """A reference to a row that is there already: the id of the `model` whose `column` holds `value`."""

    model: str
    column: str
    value: object


Rows = dict[str, list[dict[str, Any]]]
"""Model name → rows, in an order in which references exist."""


def rows() -> Rows:
    """What every company starts with."""
    return {
        "Account": [
            {"number": number, "name": name, "purpose": purpose, "kind": kind, "control": control}
            for number, name, purpose, kind, control in ACCOUNTS
        ],
        "TaxRate": [
            {
                "tax_kind": kind,
                "taxpayer": taxpayer,
                "method": method,
                "rate": Decimal(rate),
                "from_on": since,
                "to_on": until,
            }
            for kind, taxpayer, method, rate, since, until in TAX_RATES
        ],
        "FeeItem": [
            {"name": name, "side": side, "tax_kind": tax, "purpose": purpose, "position": position}
            for position, (name, side, tax, purpose) in enumerate(FEE_ITEMS, 1)
        ],
        **{
            model: [{"name": name, "position": position} for position, name in enumerate(names, 1)]
            for model, names in WORDS.items()
        },
    }


DEPARTMENTS = ("总经办", "采购部", "销售部", "整备车间", "售后部", "财务部")


def money_accounts(store: Of | None = None, prefix: str = "") -> list[dict[str, Any]]:
    """A till, a bank account and two payment apps, of one store or (None) of all."""
    return [
        {
            "name": prefix + name,
            "account_id": Of("Account", "purpose", purpose),
            "store_id": store,
            "is_till": till,
            "position": position,
        }
        for position, (name, purpose, till) in enumerate(
            (
                ("现金", Purpose.cash, True),
                ("基本户", Purpose.bank, False),
                ("微信", Purpose.e_money, False),
                ("支付宝", Purpose.e_money, False),
            ),
            1,
        )
    ]


def first_store() -> Rows:
    """What a company without demonstration data starts with besides; renamed and added to by its people."""
    store = Of("Store", "code", "01")
    return {
        "Store": [{"code": "01", "name": "总店", "position": 1}],
        "Department": [{"name": name, "position": position} for position, name in enumerate(DEPARTMENTS, 1)],
        "Warehouse": [
            {"code": "0101", "name": "展厅", "store_id": store, "kind": WarehouseKind.showroom, "position": 1}
        ],
        "MoneyAccount": money_accounts(),
    }
