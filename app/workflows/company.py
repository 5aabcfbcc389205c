"""Settings of the company: typed, checked, audited; kept only where they differ from what is declared."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app import audit, clock, money
from app.errors import Invalid, NotAllowed
from app.extensions import db
from app.models import Setting
from app.queries import Actor
from app.settings import DECLARED, all_settings, forget


def save_settings(typed: dict[str, str], actor: Actor) -> list[str]:
    """Take what was typed for each setting (money: text, empty = no limit; switches: "1" or ""); returns what changed.

    Raises NotAllowed, or Invalid with everything wrong at once; then nothing is kept. The caller commits.
    """
    if not actor.may("edit", "Setting"):
        raise NotAllowed(_("您没有修改系统设置的权限。"))
    before, after, problems = all_settings(), {}, []
    for key, declared in DECLARED.items():
        if key not in typed:
            continue
        try:
            after[key] = _parsed(declared.kind, typed[key].strip())
        except ValueError as fault:
            problems.append((key, str(fault)))
    if problems:
        raise Invalid(problems)
    changed = [key for key, value in after.items() if value != before[key]]
    for key in changed:
        _keep(key, after[key], before[key], actor)
    forget()
    return changed


def _parsed(kind: str, text: str) -> Any:
    if kind == "bool":
        return text in ("1", "on")
    if not text:
        return None
    try:
        amount = money.typed(text)
    except money.NotMoney:
        raise ValueError(_("应为金额，例如 20000 或 2万；空着表示不限。")) from None
    if amount < 0:
        raise ValueError(_("金额不能为负。"))
    return amount


def _keep(key: str, value: Any, earlier: Any, actor: Actor) -> None:
    db.session.execute(delete(Setting).where(Setting.key == key))
    stored = money.plain(value) if DECLARED[key].kind == "money" and value is not None else value
    row = Setting(key=key, value=stored, changed_at=clock.now(), changed_by_id=actor.user_id)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "setting.changed", row, before={key: audit.plain(earlier)}, after={key: audit.plain(value)})


def changed_by() -> dict[str, Setting]:
    """Who changed which setting last."""
    return {row.key: row for row in db.session.scalars(select(Setting))}
