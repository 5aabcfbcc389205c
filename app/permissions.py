"""Who may what: per role a list of rights that can be read aloud, and rights only add up. Source: product.md §3.

A right is (action with its scope, kind): `("can_approve_store", "Sale")`. Letters of the table: v read, e edit, a approve,
u unapprove. `setup.sync_rights` writes these lists to the framework's role tables; nothing else grants anything.
"""

from flask_babel import lazy_gettext as _l

from app.enums import Scope

Right = tuple[str, str]

OWN, STORE, ALL = Scope.own, Scope.store, Scope.all
VERBS = {"v": "read", "e": "edit", "a": "approve", "u": "unapprove"}

COMPANY = ("CompanyProfile", "Store", "Department", "Employee", "Warehouse")
CATALOGUE = ("Brand", "Maker", "Series", "CarModel", "BodyType", "Colour", "EnergyType", "Gearbox", "EmissionStandard")
FEES = ("PaymentMethod", "FeeItem")
MONEY = ("Account", "MoneyAccount", "TaxRate")
"""Not the periods: those are closed and reopened, never edited or deleted."""
BASE_DATA = (*COMPANY, *CATALOGUE, *FEES, *MONEY)
DOCUMENTS = ("Purchase", "PriceChange", "Sale", "Receipt", "Payment", "Expense", "ManualEntry")

FRAMEWORK_ROLE = "Framework"
"""The framework gives this one every right there is; nobody holds it."""


def may(letters: str, scope: Scope, *kinds: str) -> list[Right]:
    """`may("va", STORE, "Sale")`: read and approve the sales of one's own store."""
    return [(f"can_{VERBS[letter]}_{scope.value}", kind) for kind in kinds for letter in letters]


def special(*rights: str, on: str) -> list[Right]:
    """Rights beside the table, without rows: `special("below_floor", on="Sale")`."""
    return [(f"can_{right}", on) for right in rights]


SEE_VENDORS = may("v", ALL, "Vendor")
SEE_FLOOR = special("see_floor", on="PriceChange")

ROLES: dict[str, list[Right]] = {
    "Administrator": [
        *may("ve", ALL, *BASE_DATA, "Login", "Setting"),
        *may("v", ALL, "Audit", "Period"),
        *SEE_VENDORS,
    ],
    "General manager": [
        *may("veau", ALL, "Customer", "Vendor", "Vehicle", "PriceChange", "Sale"),
        *may("vau", ALL, "Purchase", "Expense"),
        *may("vu", ALL, "Receipt"),
        *may("va", ALL, "Payment"),
        *may("v", ALL, "ManualEntry", "Ledger", "Audit", "Period"),
        *may("ve", ALL, *BASE_DATA),
        *may("v", ALL, "Cost"),
        *SEE_FLOOR,
        *special("below_floor", "exceed_limit", on="Sale"),
        *special("exceed_limit", on="Payment"),
        *special("reopen", on="Period"),
        *special("unapprove_late", on="Document"),
    ],
    "Sales manager": [
        *may("ve", STORE, "Customer"),
        *may("ve", ALL, "Vendor"),
        *may("v", STORE, "Receipt"),
        *may("v", ALL, "Vehicle"),
        *may("v", ALL, "PriceChange"),
        *may("veau", STORE, "PriceChange"),
        *may("veau", STORE, "Sale"),
        *may("v", STORE, "Cost"),
        *SEE_FLOOR,
    ],
    "Salesperson": [
        *may("ve", OWN, "Customer", "Sale"),
        *may("v", OWN, "Receipt"),
        *may("v", ALL, "Vehicle", "PriceChange"),
        *may("ve", OWN, "Expense"),
        *SEE_VENDORS,
        *SEE_FLOOR,
    ],
    "Appraiser": [
        *may("ve", OWN, "Customer", "Purchase", "Expense"),
        *may("v", ALL, "Vehicle", "PriceChange"),
        *may("v", OWN, "Cost"),
        *SEE_VENDORS,
        *SEE_FLOOR,
    ],
    "Purchasing manager": [
        *may("ve", STORE, "Customer", "Expense"),
        *may("ve", ALL, "Vendor", *CATALOGUE, *FEES),
        *may("veau", STORE, "Purchase"),
        *may("v", STORE, "Vehicle", "PriceChange", "Sale", "Cost"),
        *may("e", STORE, "Vehicle"),
        *SEE_FLOOR,
    ],
    "Workshop": [
        *may("v", STORE, "Vehicle"),
        *SEE_VENDORS,
    ],
    "Storekeeper": [
        *may("v", STORE, "Vehicle"),
        *may("v", STORE, "Purchase"),  # without Cost, so without price
        *SEE_VENDORS,
    ],
    "Accountant": [
        *may("v", ALL, "Customer", "Purchase", "Sale", "Vehicle", "PriceChange"),
        *may("e", ALL, "Purchase"),
        *may("u", ALL, "Sale"),
        *may("ve", ALL, "Vendor", *MONEY),
        *may("vau", ALL, "Receipt"),
        *may("veau", ALL, "Payment", "Expense", "ManualEntry"),
        *may("v", ALL, "Ledger", "Audit", "Cost", "Period"),
        *SEE_FLOOR,
        *special("masked", on="Customer"),
        *special("exceed_limit", on="Receipt"),
        *special("let_off", on="Settlement"),
        *special("close", on="Period"),
        *special("unapprove_late", on="Document"),
    ],
    "Cashier": [
        *may("v", ALL, "Customer"),
        *may("v", STORE, "Vehicle"),
        *may("vea", STORE, "Receipt"),
        *may("ve", STORE, "Payment", "Expense"),
        *may("v", STORE, "MoneyAccount"),
        *special("masked", on="Customer"),
        *special("see_owed", on="Cost"),
        *SEE_VENDORS,
    ],
    "After-sales": [
        *may("v", STORE, "Customer", "Vehicle"),
        *may("v", STORE, "Sale"),
        *SEE_VENDORS,
    ],
    "Read-only": [
        *may("v", ALL, "Customer", "Vehicle", "PriceChange", "Sale"),
        *special("masked", on="Customer"),
        *SEE_VENDORS,
    ],
}

ROLE_LABELS = {
    "Administrator": _l("系统管理员"),
    "General manager": _l("总经理"),
    "Sales manager": _l("销售经理"),
    "Salesperson": _l("业务员"),
    "Appraiser": _l("评估师"),
    "Purchasing manager": _l("采购经理"),
    "Workshop": _l("整备车间"),
    "Storekeeper": _l("仓库管理员"),
    "Accountant": _l("会计"),
    "Cashier": _l("出纳"),
    "After-sales": _l("售后专员"),
    "Read-only": _l("只读"),
    FRAMEWORK_ROLE: _l("框架"),
}

ACTION_LABELS = {
    "read": _l("查看"),
    "edit": _l("编辑"),
    "approve": _l("审核"),
    "unapprove": _l("反审核"),
    "below_floor": _l("低于底价审核"),
    "exceed_limit": _l("超限额审核"),
    "let_off": _l("超额让免"),
    "close": _l("结账"),
    "reopen": _l("反结账"),
    "unapprove_late": _l("隔日反审核"),
    "see_floor": _l("查看底价"),
    "see_owed": _l("查看待付款额"),
    "masked": _l("证件与手机打码"),
}

KIND_LABELS = {
    "Customer": _l("客户"),
    "Vendor": _l("往来单位"),
    "Receipt": _l("收款结算"),
    "Payment": _l("付款结算"),
    "Ledger": _l("账务"),
    "Cost": _l("成本"),
    "Audit": _l("操作记录"),
    "Login": _l("用户"),
    "Setting": _l("系统设置"),
    "Document": _l("单据"),
    "Settlement": _l("结算单"),
}
"""Names of kinds that rights speak of beside the tables' own (app/labels.py)."""


def everything() -> set[Right]:
    """Every right that some role holds."""
    return {right for rights in ROLES.values() for right in rights}
