"""Parties: what may be typed, whom all may pick, and the warning about somebody known already."""

import re
from collections.abc import Callable, Iterator

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import audit, identity
from app.enums import IdKind, PartyKind, PartyRole, Scope
from app.errors import NotAllowed, NotThere, Problem
from app.extensions import db
from app.models import Employee, Party, Store
from app.queries import Actor, dealings, is_own, visible
from app.workflows.records import Values, checks, prepare

PUBLIC_ROLES = frozenset({PartyRole.vendor, PartyRole.agent, PartyRole.insurer, PartyRole.lender})
"""Who serves us: a firm that all may pick. Buyers, sellers, consigners and employees are people, and stay private."""

_FIXED_LINE = re.compile(r"0\d{9,11}|[48]00\d{7}|[2-8]\d{6,7}")
_ID_TEST: dict[IdKind, Callable[[str], bool]] = {
    IdKind.resident: identity.is_resident_id,
    IdKind.passport: identity.is_passport,
    IdKind.permit: identity.is_permit,
}


def is_public(roles: list[PartyRole]) -> bool:
    """Does one of these roles make a party a vendor-like one, whom all may pick?"""
    return not PUBLIC_ROLES.isdisjoint(roles)


@prepare(Party)
def tidy(party: Party, values: Values, actor: Actor) -> Iterator[Problem]:
    """Numbers without blanks; `is_public` from the roles; a new customer is mine and my store's unless said otherwise."""
    for key in ("mobile", "id_number", "credit_code"):
        if values.get(key):
            values[key] = identity.tidy(values[key])
    if values.get("mobile"):
        values["mobile"] = values["mobile"].removeprefix("+86")
    if values.get("id_number") and not (values.get("id_kind") or party.id_kind):
        values["id_kind"] = IdKind.resident
    roles = values["roles"] or [] if "roles" in values else [one.role for one in party.roles]
    was, party.is_public = party.is_public, is_public(roles)
    if party.is_public and not was and not actor.may("edit", "Vendor"):
        yield "roles", _("您没有登记往来单位的权限，只能登记客户。")
    if not party.is_public and (was or not party.id) and not actor.may("edit", "Customer"):
        yield "roles", _("您没有登记客户的权限，请选择往来单位的角色。")
    if not party.id and not party.is_public:
        if values.get("owner_id") is None:
            values["owner_id"] = actor.employee_id
        if values.get("store_id") is None:
            values["store_id"] = actor.store_id


@checks(Party)
def faults(party: Party, _actor: Actor) -> Iterator[Problem]:
    """A mobile is a mobile (a firm may have a fixed line), an ID fits its kind, a credit code is a firm's."""
    if party.mobile and not identity.is_mobile(party.mobile):
        if party.kind is PartyKind.person:
            yield "mobile", _("手机号应为 1 开头的 11 位数字。")
        elif not _FIXED_LINE.fullmatch(party.mobile):
            yield "mobile", _("应为手机号，或带区号的固定电话。")
    if party.id_number and party.id_kind and not _ID_TEST[party.id_kind](party.id_number):
        yield "id_number", _("%(kind)s号码不对，请核对。", kind=party.id_kind.label)
    if party.id_kind and not party.id_number:
        yield "id_number", _("选了证件类型，请填写号码。")
    if party.credit_code and party.kind is PartyKind.person:
        yield "credit_code", _("统一社会信用代码只用于单位。")
    elif party.credit_code and not identity.is_credit_code(party.credit_code):
        yield "credit_code", _("统一社会信用代码不对，请核对。")


def duplicates(mobile: str | None, _actor: Actor, *, except_id: int | None = None) -> list[str]:
    """Words of warning where the number is known already: in which store and whom to ask, and no more (product.md §3).

    A warning, never an error: families share numbers. Says the same to everybody, whatever rows they may see.
    """
    number = identity.tidy(mobile or "").removeprefix("+86")
    if not number:
        return []
    rows = db.session.execute(
        select(Store.name, Employee.name)
        .select_from(Party)
        .outerjoin(Store, Store.id == Party.store_id)
        .outerjoin(Employee, Employee.id == Party.owner_id)
        .where(Party.mobile == number, Party.retired_at.is_(None), Party.id != (except_id or 0))
        .order_by(Party.id)
        .limit(5)
    ).all()
    words = []
    for store, owner in rows:
        if owner:
            words.append(_("%(store)s已登记过这个手机号，请联系%(owner)s。", store=store or _("公司"), owner=owner))
        else:
            words.append(_("%(store)s已登记过这个手机号。", store=store or _("公司")))
    return list(dict.fromkeys(words))


def dealt_with(pk: int, actor: Actor) -> Party:
    """The party whose dealings the actor may look into: books, receipts or payments, with a right to one's own papers
    of one's own customers alone. NotThere or NotAllowed otherwise; one statement."""
    scope = dealings(actor)
    if scope is None:
        raise NotAllowed(_("您没有查看往来款项的权限。"))
    loaded = (joinedload(Party.roles), joinedload(Party.owner), joinedload(Party.store))
    statement = visible(select(Party).where(Party.id == pk), Party, actor).options(*loaded)
    party: Party | None = db.session.scalars(statement).unique().one_or_none()
    if party is None:
        raise NotThere
    if scope is Scope.own and not is_own(party, actor):
        raise NotAllowed(_("您只能查看自己客户的往来。"))
    return party


def reveal(pk: int, actor: Actor) -> dict[str, str]:
    """Phone and ID of a party whole, for whoever may look into its dealings; the trail says who looked."""
    party = dealt_with(pk, actor)
    audit.record(actor, "party.viewed", party)
    return {"mobile": party.mobile or "", "id_number": party.id_number or ""}
