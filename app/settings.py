"""Settings of the company: declared here with type and default, kept in table `setting` only where they differ."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import g, has_request_context
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.memo import while_still
from app.models import Setting


@dataclass(frozen=True)
class Declared:
    """A setting: `group` is "books" or "approval", `kind` "bool" or "money"; None for money means no limit."""

    group: str
    kind: str
    default: Any
    label: LazyString
    hint: LazyString


DECLARED: dict[str, Declared] = {
    "purchase_fees_into_cost": Declared(
        "books", "bool", True, _l("收车费用计入车辆成本"), _l("关闭后，收车费用记入销售费用。")
    ),
    "sell_unpriced": Declared(
        "approval", "bool", True, _l("未定价的车可以销售"), _l("关闭后，没有定价单的车不能审核销售。")
    ),
    "four_eyes_above": Declared(
        "approval", "money", None, _l("双人审核起点"), _l("超过这个金额，审核人不能是最后修改人。空：不启用。")
    ),
    "sale_approval_limit": Declared(
        "approval", "money", None, _l("销售经理审核限额"), _l("超过的销售单由总经理审核。空：不限。")
    ),
    "receipt_approval_limit": Declared(
        "approval", "money", Decimal(20000), _l("出纳收款审核限额"), _l("超过的收款由会计审核。空：不限。")
    ),
    "payment_approval_limit": Declared(
        "approval", "money", None, _l("会计付款审核限额"), _l("超过的付款由总经理审核。空：不限。")
    ),
    "let_off_limit": Declared(
        "approval", "money", Decimal(10), _l("让免限额"), _l("超过的让免需要“超额让免”权限。空：不限。")
    ),
}


@while_still
def all_settings() -> dict[str, Any]:
    """Every setting's value now; one statement, once per request."""
    if has_request_context() and "settings" in g:
        return dict(g.settings)
    stored = {row.key: row.value for row in db.session.execute(select(Setting.key, Setting.value))}
    values = {key: _value(declared, stored.get(key, declared.default)) for key, declared in DECLARED.items()}
    if has_request_context():
        g.settings = values
    return dict(values)


def setting(key: str) -> Any:
    """One setting's value now. KeyError for one that is not declared."""
    return all_settings()[key]


def forget() -> None:
    """A setting was saved in this request: read anew."""
    if has_request_context():
        g.pop("settings", None)


def _value(declared: Declared, stored: Any) -> Any:
    if declared.kind == "money" and stored is not None:
        return Decimal(str(stored)).quantize(Decimal("0.01"))
    return stored
