"""The timeline of a row: what the audit trail says, in words, without cost for those who may not see it."""

import datetime as dt
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock, identity, labels, money
from app.columns import Base
from app.enums import Word
from app.extensions import db
from app.fields import Kind, spec
from app.models import Audit, Login, Setting
from app.queries import Actor, hidden_columns, sees_contacts, sees_cost, sees_floor
from app.settings import DECLARED
from app.views.named import describe

DONE = {
    "created": _l("登记"),
    "changed": _l("修改"),
    "deleted": _l("删除"),
    "retired": _l("停用"),
    "restored": _l("恢复使用"),
    "submitted": _l("提交审核"),
    "sent_back": _l("退回"),
    "approved": _l("审核"),
    "unapproved": _l("反审核"),
    "voided": _l("作废"),
    "closed": _l("结账"),
    "reopened": _l("反结账"),
    "password": _l("重设密码"),
    "viewed": _l("查看打码资料"),
}
TONES = ("", "a", "v", "g", "n")
MOST = 50


def timeline(row: Any, who: Actor, *, most: int = MOST) -> list[dict[str, Any]]:
    """The newest lines of a row's trail, newest first; one statement for the lines, one per kind of reference named."""
    statement = (
        select(Audit)
        .where(Audit.table_name == row.__tablename__, Audit.row_id == row.id)
        .order_by(Audit.id.desc())
        .limit(most)
        .options(joinedload(Audit.user).joinedload(Login.employee))
    )
    gate = sees_cost(who, row) and sees_floor(who)
    return [entry(line, type(row), who, cost=gate) for line in db.session.scalars(statement).unique()]


def entry(line: Audit, model: type[Base], who: Actor, *, cost: bool) -> dict[str, Any]:
    """One line of the trail as the template shows it."""
    name = name_of(line)
    verb = line.code.rpartition(".")[2]
    changes = differences(line, model, who, cost=cost) if verb == "changed" else ""
    return {
        "who": name,
        "initial": name[:1],
        "tone": TONES[(line.user_id or 0) % len(TONES)],
        "what": f"{DONE.get(verb, verb)}{'：' + changes if changes else ''}",
        "when": when(line.at),
        "reason": line.reason,
        "code": line.code,
    }


def name_of(line: Audit) -> str:
    """Who did it: the employee's name, else the log-in's."""
    if line.user is None:
        return str(_("系统"))
    return str(line.user.employee.name if line.user.employee else line.user.first_name or line.user.username)


def differences(line: Audit, model: type[Base], who: Actor, *, cost: bool) -> str:
    """`里程 68,420 → 69,000、颜色 银 → 白`, gated columns only for those who see them, phone and ID masked for the rest."""
    before = {**(line.before or {}), **((line.cost_before or {}) if cost else {})}
    after = {**(line.after or {}), **((line.cost_after or {}) if cost else {})}
    hidden = hidden_columns(model, who)
    masked = set() if sees_contacts(who) else {key for key, of in spec(model).fields.items() if of.masked}
    parts = []
    for key, now in after.items():
        if key in hidden:
            continue
        label = labels.COLUMNS.get(f"{model.__tablename__}.{key}") or labels.COLUMNS.get(key)
        if model is Setting and key in DECLARED:
            label = DECLARED[key].label
        if label is None:
            continue
        if isinstance(now, list):
            parts.append(str(label))
        else:
            was, told = (readable(model, key, value) for value in (before.get(key), now))
            if key in masked:
                was, told = identity.masked(was), identity.masked(told)
            parts.append(f"{label} {was} → {told}")
    return "、".join(parts)


def readable(model: type[Base], key: str, value: Any) -> str:
    """A kept value in words: labels of words, names of references, money with two decimals."""
    of = spec(model).fields.get(key)
    if value is None or of is None:
        return "—" if value is None else str(value)
    if of.choices is not None:
        return _word(of.choices, value)
    if of.kind is Kind.bool:
        return str(_("是") if value else _("否"))
    if of.kind is Kind.ref and of.target is not None:
        target = db.session.get(of.target, value)
        return describe(target).label if target is not None else str(value)
    if of.kind is Kind.money:
        return money.shown(money.typed(str(value)))
    return str(value)


def _word(choices: type[Word], value: Any) -> str:
    try:
        return str(choices(value).label)
    except ValueError:
        return str(value)


def when(moment: dt.datetime) -> str:
    """`今天 14:31`, `昨天 09:10`, else the date."""
    local = clock.local(moment)
    days = (clock.local(clock.now()).date() - local.date()).days
    if days in (0, 1):
        return f"{_('今天') if days == 0 else _('昨天')} {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"
