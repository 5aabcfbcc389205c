"""Who may see which rows and columns: the only place where rows are hidden and where the cost gate stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from app import permissions
from app.enums import Purpose, Scope
from app.extensions import db
from app.models import Employee, Holding, Login, OpenItem, Party, Purchase, Vehicle, Warehouse

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

RANK = {None: 0, Scope.own: 1, Scope.store: 2, Scope.all: 3}


@dataclass(frozen=True)
class Actor:
    """Who asks: the one context that workflows get. `scopes` maps (action, kind) to the widest scope granted."""

    user_id: int | None
    name: str
    employee_id: int | None = None
    store_id: int | None = None
    scopes: dict[tuple[str, str], Scope] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    door: str = "page"
    almighty: bool = False
    """The system itself: set-up, imports and the command line."""

    def scope(self, action: str, kind: str) -> Scope | None:
        """How far the right reaches, None without it. A special right reaches everything."""
        return Scope.all if self.almighty else self.scopes.get((action, kind))

    def may(self, action: str, kind: str) -> bool:
        """Has the right, whatever its rows."""
        return self.scope(action, kind) is not None

    def through(self, door: str) -> "Actor":
        """The same person at another door (for the audit trail)."""
        return Actor(
            self.user_id, self.name, self.employee_id, self.store_id, self.scopes, self.roles, door, self.almighty
        )


SYSTEM = Actor(None, "system", door="system", almighty=True)
NOBODY = Actor(None, "")


def scopes_of(rights: Iterable[permissions.Right]) -> dict[tuple[str, str], Scope]:
    """`("can_read_store", "Sale")` … → {("read", "Sale"): Scope.store}, the widest where several are given."""
    found: dict[tuple[str, str], Scope] = {}
    for name, kind in rights:
        action, _, last = name.removeprefix("can_").rpartition("_")
        key, scope = (
            ((action, kind), Scope[last])
            if action and last in Scope.__members__
            else ((name.removeprefix("can_"), kind), Scope.all)
        )
        if RANK[scope] > RANK[found.get(key)]:
            found[key] = scope
    return found


def actor_of(user_id: int, door: str = "page") -> Actor | None:
    """The active user with this id and all rights, in one statement; None if there is none."""
    from flask_appbuilder.security.sqla.models import (
        Permission,
        PermissionView,
        Role,
        ViewMenu,
        assoc_permissionview_role,
        assoc_user_role,
    )

    rows = db.session.execute(
        select(
            Login.first_name,
            Login.last_name,
            Login.employee_id,
            Employee.name,
            Employee.store_id,
            Role.name,
            Permission.name,
            ViewMenu.name,
        )
        .select_from(Login)
        .outerjoin(Employee, Employee.id == Login.employee_id)
        .outerjoin(assoc_user_role, assoc_user_role.c.user_id == Login.id)
        .outerjoin(Role, Role.id == assoc_user_role.c.role_id)
        .outerjoin(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .outerjoin(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .outerjoin(Permission, Permission.id == PermissionView.permission_id)
        .outerjoin(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Login.id == user_id, Login.active.is_(True))
    ).all()
    if not rows:
        return None
    first = rows[0]
    roles = tuple(dict.fromkeys(row[5] for row in rows if row[5]))
    scopes = scopes_of((row[6], row[7]) for row in rows if row[6])
    return Actor(user_id, first[3] or f"{first[1]}{first[0]}", first[2], first[4], scopes, roles, door)


# ── kinds: a table's rows may be of several kinds of right ───────────────────────────────────────────────────────────
RIGHT_OF = {"Holding": "Vehicle", "JournalEntry": "Ledger", "JournalLine": "Ledger", "OpenItem": "Ledger"}


def kinds_of(model: type[Any]) -> tuple[str, ...]:
    """The kinds of right that rows of a table may be of: ("Receipt", "Payment") for Settlement, else its own name."""
    splitting = getattr(model, "__kinds__", None)
    return tuple(dict.fromkeys(splitting[1].values())) if splitting else (RIGHT_OF.get(model.__name__, model.__name__),)


def kind_of(row: Any) -> str:
    """The kind of right that this row is of."""
    splitting = getattr(type(row), "__kinds__", None)
    if splitting:
        value = getattr(row, splitting[0])
        return str(splitting[1][value] if value in splitting[1] else next(iter(splitting[1].values())))
    return RIGHT_OF.get(type(row).__name__, type(row).__name__)


def may_any(actor: Actor, action: str, model: type[Any]) -> bool:
    """Has the right on at least one of the kinds of the table's rows."""
    return any(actor.may(action, kind) for kind in kinds_of(model))


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def visible(statement: S, model: type[Any], actor: Actor, action: str = "read") -> S:
    """`statement` over `model`, narrowed to the rows on which `actor` has the right `action`."""
    condition = reach(model, actor, action)
    return statement if condition is None else statement.where(condition)


def reach(model: type[Any], actor: Actor, action: str = "read") -> ColumnElement[bool] | None:
    """The rows of `model` within the actor's right, as a condition; None: all of them."""
    if actor.almighty:
        return None
    splitting = getattr(model, "__kinds__", None)
    if splitting is None:
        return _reach(model, actor, actor.scope(action, kinds_of(model)[0]))
    column = getattr(model, splitting[0])
    parts = []
    whole = True
    for kind in kinds_of(model):
        values = [value for value, named in splitting[1].items() if named == kind]
        part = _reach(model, actor, actor.scope(action, kind))
        whole = whole and part is None
        parts.append(and_(column.in_(values), true() if part is None else part))
    return None if whole else or_(*parts)


def _reach(model: type[Any], actor: Actor, scope: Scope | None) -> ColumnElement[bool] | None:
    if scope is Scope.all:
        return None
    if scope is None:
        return false()
    store = store_condition(model, actor.store_id)
    own = own_condition(model, actor)
    if scope is Scope.store:
        return or_(store, own) if own is not None else store
    return own if own is not None else false()


def store_condition(model: type[Any], store_id: int | None) -> ColumnElement[bool]:
    """Rows of one store. A party without store belongs to all; what hangs on a warehouse has its store.

    A car belongs to every store in which it stood, one that never stood anywhere to all.
    """
    if model is Vehicle:
        stood_here = (
            select(Holding.vehicle_id)
            .join(Warehouse, Warehouse.id == Holding.warehouse_id)
            .where(Warehouse.store_id == store_id)
        )
        return or_(Vehicle.id.in_(stood_here), Vehicle.id.not_in(select(Holding.vehicle_id)))
    if model is Holding:
        return Holding.warehouse_id.in_(select(Warehouse.id).where(Warehouse.store_id == store_id))
    column = getattr(model, "store_id", None)
    if column is None:
        return true()
    nullable = model.__table__.c.store_id.nullable
    return or_(column == store_id, column.is_(None)) if nullable else column == store_id


def own_condition(model: type[Any], actor: Actor) -> ColumnElement[bool] | None:
    """Rows that the actor made or is handler, salesperson or owner of; None where the table knows no person."""
    parts: list[ColumnElement[bool]] = []
    for column in model.__table__.columns:
        whose = column.info.get("own")
        if whose == "user" and actor.user_id is not None:
            parts.append(getattr(model, column.key) == actor.user_id)
        elif whose == "employee" and actor.employee_id is not None:
            parts.append(getattr(model, column.key) == actor.employee_id)
    return or_(*parts) if parts else None


def within(row: Any, actor: Actor, action: str) -> bool:
    """Is this loaded (or new) row within the actor's right? The same rule as `reach`, on an object."""
    scope = actor.scope(action, kind_of(row))
    if scope is None or scope is Scope.all:
        return scope is not None
    if scope is Scope.store and isinstance(row, Vehicle):
        return not row.holdings or any(store_of(holding) == actor.store_id for holding in row.holdings)
    if scope is Scope.store and in_own_store(row, actor):
        return True
    return is_own(row, actor)


def in_own_store(row: Any, actor: Actor) -> bool:
    """Does the row belong to the actor's store (or, where it may, to all)?"""
    return store_of(row) in ({actor.store_id, None} if _store_optional(type(row)) else {actor.store_id})


def is_own(row: Any, actor: Actor) -> bool:
    """Made by the actor, or the actor is its handler, salesperson or owner."""
    for column in type(row).__table__.columns:
        whose = column.info.get("own")
        mine = actor.user_id if whose == "user" else actor.employee_id if whose == "employee" else None
        if mine is not None and getattr(row, column.key) == mine:
            return True
    return False


def store_of(row: Any) -> int | None:
    """The store a row belongs to; None: all stores."""
    if isinstance(row, Holding):
        return row.warehouse.store_id
    if isinstance(row, Vehicle):
        return row.holdings[-1].warehouse.store_id if row.holdings else None
    return getattr(row, "store_id", None)


def _store_optional(model: type[Any]) -> bool:
    column = model.__table__.c.get("store_id")
    return column is None or bool(column.nullable)


# ── the cost gate ────────────────────────────────────────────────────────────────────────────────────────────────────
def cost_scope(actor: Actor) -> Scope | None:
    """How far the actor sees purchase prices, costs and margins."""
    return actor.scope("read", "Cost")


def sees_cost(actor: Actor, row: Any) -> bool:
    """May the actor see the cost figures of this row (a paper, a holding)?"""
    scope = cost_scope(actor)
    if scope is Scope.all:
        return True
    if scope is Scope.store:
        return store_of(row) == actor.store_id
    if scope is Scope.own:
        paper = row.purchase if isinstance(row, Holding) else row
        return paper is not None and is_own(paper, actor)
    return False


def sees_cost_of_all(actor: Actor, model: type[Any]) -> bool:
    """May cost columns of a list be sorted, filtered and totalled? Only if no visible row's cost is hidden."""
    scope = cost_scope(actor)
    if scope is Scope.all:
        return True
    if scope is None:
        return False
    return all(RANK[scope] >= RANK[actor.scope("read", kind)] for kind in kinds_of(model))


COST_ACCOUNTS = frozenset({Purpose.inventory, Purpose.cost_of_sales, Purpose.other_cost})
OWED_ACCOUNTS = frozenset({Purpose.payable, Purpose.prepaid, Purpose.agency})
COST_PAPERS = frozenset({"purchase", "settlement"})
"""Papers whose lines on `OWED_ACCOUNTS` tell a purchase price: a settlement pays it."""


def cost_bearing(purpose: Purpose | None, document_kind: str) -> bool:
    """Is an amount on an account with this purpose, in a paper of this kind, a cost figure (product.md §3)?"""
    return purpose in COST_ACCOUNTS or (purpose in OWED_ACCOUNTS and document_kind in COST_PAPERS)


def sees_amount(
    actor: Actor, purpose: Purpose | None, document_kind: str, store_id: int, *, owed: bool = False
) -> bool:
    """May the actor see this amount of a journal line or (`owed`) of an open item?

    A scope of one's own papers shows none: lines do not know whose they are, the papers' own pages do.
    """
    if not cost_bearing(purpose, document_kind):
        return True
    if owed and actor.may("see_owed", "Cost"):
        return True
    scope = cost_scope(actor)
    return scope is Scope.all or (scope is Scope.store and store_id == actor.store_id)


def cost_reach(actor: Actor) -> ColumnElement[bool] | None:
    """The holdings whose cost the actor may see, as a condition; None: all of them."""
    scope = cost_scope(actor)
    if scope is Scope.own:
        own = own_condition(Purchase, actor)
        return false() if own is None else Holding.purchase_id.in_(select(Purchase.id).where(own))
    return _reach(Holding, actor, scope)


def dealings(actor: Actor) -> Scope | None:
    """How far the actor sees what parties owe and are owed: by the books, or by receipts and payments."""
    return max((actor.scope("read", kind) for kind in ("Ledger", "Receipt", "Payment")), key=RANK.__getitem__)


def sees_money(actor: Actor) -> bool:
    """Does the actor see what stands on money accounts? Who reads the books, and who handles money and sees accounts."""
    handles = any(actor.may("edit", kind) for kind in ("Receipt", "Payment")) and actor.may("read", "MoneyAccount")
    return actor.may("read", "Ledger") or handles


def item_reach(actor: Actor, model: type[Any] = OpenItem) -> ColumnElement[bool] | None:
    """The open items (or what else has store and party: journal lines) that the actor may see; None: all of them.

    Whoever sees the books or settles sees items as far as that right goes; with a right to one's own papers alone,
    the items of one's own parties.
    """
    scope = dealings(actor)
    if scope is not Scope.own:
        return _reach(model, actor, scope)
    own = own_condition(Party, actor)
    return false() if own is None else model.party_id.in_(select(Party.id).where(own))


def sees_floor(actor: Actor) -> bool:
    """May the actor see floor prices?"""
    return actor.may("see_floor", "PriceChange")


def sees_price(actor: Actor, row: Any) -> bool:
    """May the actor see what is asked for this car (a holding, a car)? Cashier, workshop, storekeeper, after-sales may not."""
    scope = actor.scope("read", "PriceChange")
    return scope is Scope.all or (scope is Scope.store and store_of(row) == actor.store_id)


def hidden_columns(model: type[Any], actor: Actor) -> set[str]:
    """Columns that this actor sees on no row: not in forms, lists, sorts, filters, API answers."""
    hidden = set()
    for column in model.__table__.columns:
        if column.info.get("cost") and cost_scope(actor) is None:
            hidden.add(column.key)
        if column.info.get("floor") and not sees_floor(actor):
            hidden.add(column.key)
    return hidden


def sees_contacts(actor: Actor) -> bool:
    """Are phones and IDs of the customers whom the actor may see shown to him whole? Rights add up: who edits sees."""
    return actor.may("edit", "Customer") or (actor.may("read", "Customer") and not actor.may("masked", "Customer"))


def masks(actor: Actor, party: Party) -> bool:
    """Must phone and ID of this party be masked for the actor?"""
    return not party.is_public and not (sees_contacts(actor) and within(party, actor, "read"))
