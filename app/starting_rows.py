"""The rows that a new company starts with (Chinese market). Editable afterwards; rules name accounts by purpose."""

import datetime as dt
from decimal import Decimal
from typing import Any

from app.enums import AccountKind as A
from app.enums import Control as C
from app.enums import ExpensePurpose, FeeSide, Purpose, Taxpayer, TaxKind, TaxMethod

ACCOUNTS: list[tuple[str, str, Purpose, A, C]] = [
    ("1001", "库存现金", Purpose.cash, A.asset, C.money),
    ("1002", "银行存款", Purpose.bank, A.asset, C.money),
    ("1012", "其他货币资金", Purpose.e_money, A.asset, C.money),
    ("1122", "应收账款", Purpose.receivable, A.asset, C.party),
    ("1123", "预付账款", Purpose.prepaid, A.asset, C.party),
    ("1221", "其他应收款", Purpose.other_receivable, A.asset, C.party),
    ("1403", "原材料", Purpose.parts, A.asset, C.part),
    ("1405", "库存商品", Purpose.inventory, A.asset, C.holding),
    ("1999", "内部往来", Purpose.internal, A.asset, C.none),
    ("2001", "短期借款", Purpose.loan, A.liability, C.none),
    ("2202", "应付账款", Purpose.payable, A.liability, C.party),
    ("2203", "预收账款", Purpose.advances, A.liability, C.party),
    ("2211", "应付职工薪酬", Purpose.wages, A.liability, C.employee),
    ("2221.01", "应交增值税", Purpose.vat, A.liability, C.none),
    ("2221.02", "应交附加税费", Purpose.surtax_payable, A.liability, C.none),
    ("2241", "其他应付款", Purpose.agency, A.liability, C.party),
    ("3001", "实收资本", Purpose.capital, A.equity, C.none),
    ("3103", "本年利润", Purpose.profit, A.equity, C.none),
    ("3104", "利润分配", Purpose.retained, A.equity, C.none),
    ("5001", "主营业务收入", Purpose.sales, A.income, C.none),
    ("5051", "其他业务收入", Purpose.other_income, A.income, C.none),
    ("5301", "营业外收入", Purpose.gain, A.income, C.none),
    ("5401", "主营业务成本", Purpose.cost_of_sales, A.cost, C.none),
    ("5402", "其他业务成本", Purpose.other_cost, A.cost, C.none),
    ("5403", "税金及附加", Purpose.surtax, A.cost, C.none),
    ("5601", "销售费用", Purpose.selling_expense, A.cost, C.none),
    ("5602", "管理费用", Purpose.admin_expense, A.cost, C.none),
    ("5603", "财务费用", Purpose.finance_expense, A.cost, C.none),
    ("5711", "营业外支出", Purpose.loss, A.cost, C.none),
    ("5801", "所得税费用", Purpose.income_tax, A.cost, C.none),
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

FEE_ITEMS: list[tuple[str, FeeSide, TaxKind, ExpensePurpose]] = [
    ("代办费", FeeSide.purchase, TaxKind.service, ExpensePurpose.selling_expense),
    ("物流费", FeeSide.purchase, TaxKind.service, ExpensePurpose.selling_expense),
    ("过户代办费", FeeSide.sale, TaxKind.service, ExpensePurpose.selling_expense),
    ("检测费", FeeSide.expense, TaxKind.service, ExpensePurpose.selling_expense),
]


def rows() -> dict[str, list[dict[str, Any]]]:
    """Model name → rows, in an order in which references exist."""
    return {
        "Account": [
            {"number": number, "name": name, "purpose": purpose, "kind": kind, "control": control}
            for number, name, purpose, kind, control in ACCOUNTS
        ],
        "TaxRate": [
            {"tax_kind": kind, "taxpayer": taxpayer, "method": method, "rate": Decimal(rate), "from_on": since, "to_on": until}
            for kind, taxpayer, method, rate, since, until in TAX_RATES
        ],
        "FeeItem": [
            {"name": name, "side": side, "tax_kind": tax, "purpose": purpose} for name, side, tax, purpose in FEE_ITEMS
        ],
    }
