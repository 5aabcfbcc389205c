"""Saving rows: drafts and base data alike. The door gives typed values; rights, rows, checks and audit are here.

`save` is the one way in: find or make, lock, right, version, resolve, assign, check, number, flush. Hooks by kind:
`@prepare(Model)` fills in what follows from what was typed, `@checks(Model)` yields everything wrong as (field, message).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from app import audit, clock, labels, permissions
from app.columns import Base, Document, Retirable, Stamped
from app.enums import Purpose, Scope, State
from app.errors import Invalid, NotAllowed, NotThere, Problem, Refused, WrongState
from app.extensions import db
from app.fields import Kind, Spec, spec
from app.models import Account, CarModel, Holding, OpenItem, Party, Store, Warehouse
from app.queries import Actor, hidden_columns, in_own_store, kind_of, may_any, reach, store_of, visible, within
from app.workflows.engine import check_version
from app.workflows.numbers import draw

B = TypeVar("B", bound=Base)
Values = dict[str, Any]
Prepare = Callable[[Any, Values, Actor], Iterable[Problem]]
"""(row, values) before assigning; may change `values`; yields problems."""
Check = Callable[[Any, Actor], Iterable[Problem]]

PREPARE: dict[type[Base], list[Prepare]] = {}
CHECKS: dict[type[Base], list[Check]] = {}
KEPT: dict[type[Base], list[Callable[[Any, Any], None]]] = {}
SERIES: dict[type[Base], tuple[str, str]] = {Party: ("code", "KH"), CarModel: ("code", "CX")}
"""Base tables whose code is drawn from a series: (column, series)."""


def prepare(model: type[Base]) -> Callable[[Prepare], Prepare]:
    """Declare what is filled in before a row of `model` is assigned."""

    def register(function: Prepare) -> Prepare:
        PREPARE.setdefault(model, []).append(function)
        return function

    return register


def checks(model: type[Base]) -> Callable[[Check], Check]:
    """Declare what a row of `model` must satisfy whenever it is saved."""

    def register(function: Check) -> Check:
        CHECKS.setdefault(model, []).append(function)
        return function

    return register


def kept(model: type[Base]) -> Callable[[Callable[[Any, Any], None]], Callable[[Any, Any], None]]:
    """Declare what follows once a row of `model` is written: the function gets (row, snapshot before or None)."""

    def register(function: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        KEPT.setdefault(model, []).append(function)
        return function

    return register


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def save(
    model: type[B],
    pk: int | None,
    values: Values,
    actor: Actor,
    *,
    version: int | None = None,
    earlier: Iterable[Problem] = (),
) -> B:
    """Make (`pk` None) or change a row from typed values (see app/fields.py). The caller commits.

    A change names only what it changes; a list of lines given is the whole list (id given = change, none = new,
    absent = gone). `earlier`: problems that the door found already, told together with the rest.
    Raises NotThere, NotAllowed, WrongState, Stale or Invalid with everything wrong at once.
    """
    row = _new(model, actor) if pk is None else editable(model, pk, actor)
    if pk is not None:
        check_version(row, version)
    problems = list(earlier)
    before = audit.snapshot(row) if pk is not None else None
    store_before = store_of(row) if pk is not None else -1
    values = {key: value for key, value in values.items() if key not in hidden_columns(model, actor)}
    with db.session.no_autoflush:
        problems += _resolve(spec(model), values, actor)
        for hook in PREPARE.get(model, ()):
            problems += hook(row, values, actor)
        if pk is None:
            _defaults(row, values, actor)
        problems += references(spec(model), row, values, actor)
        assign(row, values)
        problems += _missing(spec(model), row, problems)
        if not problems:
            problems += [problem for check in CHECKS.get(model, ()) for problem in check(row, actor)]
        if not problems and not _may_stand_there(row, actor, store_before):
            problems.append(_out_of_reach(row, actor))
    if problems:
        raise Invalid(dict.fromkeys(problems))
    if pk is None:
        _number(row)
        db.session.add(row)
    _stamp(row, actor, new=pk is None)
    flush(row)
    for follow in KEPT.get(model, ()):
        follow(row, before)
    _write_down(row, before, actor)
    return row


def _write_down(row: Base, before: audit.Snapshot | None, actor: Actor) -> None:
    after, table = audit.snapshot(row), row.__tablename__
    if before is None:
        audit.record(actor, f"{table}.created", row, after=after)
    elif before != after:
        was, now = audit.difference(before, after)
        audit.record(actor, f"{table}.changed", row, before=was, after=now)


def editable(model: type[B], pk: int, actor: Actor) -> B:
    """The row, visible, locked and within the actor's right to edit; of a paper only a draft, submitted only for approvers."""
    _writable(model, "change")
    statement = visible(select(model).where(model.id == pk), model, actor).with_for_update(of=model)
    row = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotThere
    if isinstance(row, Document):
        if row.state is not State.draft:
            raise WrongState(
                _("%(number)s 是“%(now)s”，只有未审核的单据能改。", number=row.number, now=row.state.label)
            )
        if row.submitted_at and not within(row, actor, "approve"):
            raise NotAllowed(_("%(number)s 已提交，审核的人才能改；您可以先收回。", number=row.number))
    if not within(row, actor, "edit") and not (
        isinstance(row, Document) and row.submitted_at and within(row, actor, "approve")
    ):
        raise NotAllowed(_("您没有修改“%(table)s”的权限。", table=labels.table(model.__tablename__)))
    return row


def _writable(model: type[Base], how: str) -> None:
    """Refuse what doors do not do with rows of this table (`__writes__`)."""
    if how not in model.__writes__:
        raise Refused(_("“%(table)s”不能这样修改，它由系统登记。", table=labels.table(model.__tablename__)))


def _new(model: type[B], actor: Actor) -> B:
    _writable(model, "make")
    if not may_any(actor, "edit", model):
        raise NotAllowed(_("您没有新增“%(table)s”的权限。", table=labels.table(model.__tablename__)))
    row = model()
    for key, field in spec(model).fields.items():
        if field.default is not None and field.kind is not Kind.words:
            setattr(row, key, field.default)
    if isinstance(row, Stamped):
        row.created_by_id = actor.user_id
    return row


def _defaults(row: Any, values: Values, actor: Actor) -> None:
    """A new paper: today, the store of its warehouse or car, else my own or the only one; handled by me."""
    if not isinstance(row, Document):
        return
    if values.get("dated_on") is None:
        values["dated_on"] = clock.today()
    if values.get("store_id") is None:
        values["store_id"] = _store_of(values) or actor.store_id or _only_store()
    if values.get("handler_id") is None and actor.employee_id:
        values["handler_id"] = actor.employee_id


def _store_of(values: Values) -> int | None:
    if values.get("holding_id"):
        return db.session.scalar(
            select(Warehouse.store_id)
            .join(Holding, Holding.warehouse_id == Warehouse.id)
            .where(Holding.id == values["holding_id"])
        )
    if values.get("warehouse_id"):
        return db.session.scalar(select(Warehouse.store_id).where(Warehouse.id == values["warehouse_id"]))
    return None


def _only_store() -> int | None:
    stores = db.session.scalars(select(Store.id).where(Store.retired_at.is_(None)).limit(2)).all()
    return stores[0] if len(stores) == 1 else None


def assign(row: Any, values: Values) -> None:
    """Put typed values on a row and its lines. Unknown line ids are problems found before, in `references`."""
    of = spec(type(row))
    for key, value in values.items():
        field = of.fields.get(key)
        if key in of.lines:
            _assign_lines(row, key, of.lines[key], value)
        elif field is not None and field.kind is Kind.words:
            _assign_words(row, key, value or [])
        elif field is not None:
            kept = field.default if value is None else value
            if getattr(row, key) != kept or kept is None:
                setattr(row, key, kept)


def _assign_lines(row: Any, name: str, of: Spec, lines: list[Values]) -> None:
    known = {line.id: line for line in getattr(row, name)}
    kept = []
    for position, values in enumerate(lines):
        line = known.get(values.get("id")) or of.model()
        for key, field in of.fields.items():
            if line.id is None and field.default is not None:
                setattr(line, key, field.default)
        assign(line, {key: value for key, value in values.items() if key != "id"})
        line.position = position
        kept.append(line)
    setattr(row, name, kept)


def _assign_words(row: Any, name: str, words: list[Any]) -> None:
    relation = type(row).__mapper__.relationships[name]
    model = relation.mapper.class_
    key = next(c.key for c in relation.mapper.columns if not c.primary_key and not c.foreign_keys)
    known = {getattr(one, key): one for one in getattr(row, name)}
    setattr(row, name, [known.get(word) or model(**{key: word}) for word in words])


# ── what references mean ─────────────────────────────────────────────────────────────────────────────────────────────
def _resolve(of: Spec, values: Values, actor: Actor, prefix: str = "") -> list[Problem]:
    """Aliases into the references they stand for, here and in lines."""
    problems: list[Problem] = []
    for key, alias in of.aliases.items():
        if values.get(alias.key) is None or alias.key not in values:
            values.pop(alias.key, None)
            continue
        given = values.pop(alias.key)
        found = _holding_of(given) if alias.key == "vehicle_id" else _account_of(given)
        if found is None:
            problems.append((f"{prefix}{alias.key}", _("找不到。")))
        else:
            values[key] = found
    for name, line_spec in of.lines.items():
        for position, line in enumerate(values.get(name) or ()):
            problems += _resolve(line_spec, line, actor, f"{prefix}{name}.{position}.")
    return problems


def _holding_of(vehicle_id: int) -> int | None:
    """The holding a car is in, else its last one."""
    statement = (
        select(Holding.id)
        .where(Holding.vehicle_id == vehicle_id)
        .order_by((Holding.opened_on.is_not(None) & Holding.closed_on.is_(None)).desc(), Holding.id.desc())
    )
    return db.session.scalars(statement.limit(1)).first()


def _account_of(name: str) -> int | None:
    purpose = Purpose(name) if name in Purpose.__members__ else None
    return db.session.scalars(
        select(Account.id).where(Account.purpose == purpose if purpose else Account.number == name)
    ).first()


def references(of: Spec, row: Any, values: Values, actor: Actor, prefix: str = "") -> list[Problem]:
    """Every reference that changes must be there, not retired, and one the actor may pick."""
    problems: list[Problem] = []
    for key, value in values.items():
        field = of.fields.get(key)
        if field is None or field.target is None or value is None or (row is not None and getattr(row, key) == value):
            continue
        if not pickable(field.target, value, actor):
            problems.append((f"{prefix}{key}", _("没有这一项、已停用，或者您无权选用。")))
    for name, line_spec in of.lines.items():
        known = {line.id: line for line in getattr(row, name)} if row is not None else {}
        for position, line in enumerate(values.get(name) or ()):
            if line.get("id") is not None and line["id"] not in known:
                problems.append((f"{prefix}{name}.{position}", _("这一行已被删除，请刷新。")))
            problems += references(line_spec, known.get(line.get("id")), line, actor, f"{prefix}{name}.{position}.")
    return problems


def pickable(target: type[Base], pk: int, actor: Actor) -> bool:
    """May the actor name this row in another? Base data: whatever is not retired; parties and cars: those one sees."""
    statement = select(target.id).where(target.id == pk)
    if issubclass(target, Retirable):
        statement = statement.where(target.retired_at.is_(None))
    narrowed = pick_reach(target, actor)
    return db.session.scalar(statement if narrowed is None else statement.where(narrowed)) is not None


def pick_reach(target: type[Base], actor: Actor) -> Any:
    """The rows that may be picked, as a condition; None: all. Everyone picks base data (product.md §3)."""
    if target is OpenItem and actor.scope("edit", "Receipt") is not Scope.all is not actor.scope("edit", "Payment"):
        return None if actor.almighty else OpenItem.store_id == actor.store_id
    if target in (Party, Holding) or target.__name__ == "Vehicle":
        return reach(target, actor)
    return None


def _missing(of: Spec, row: Any, problems: list[Problem], prefix: str = "") -> list[Problem]:
    told = {field for field, _message in problems}
    found = [
        (f"{prefix}{key}", _("请填写。"))
        for key, field in of.editable.items()
        if field.required
        and getattr(row, key) is None
        and f"{prefix}{key}" not in told
        and not _embedded_instead(of, row, key, told)
    ]
    for name, line_spec in of.lines.items():
        for position, line in enumerate(getattr(row, name)):
            found += _missing(line_spec, line, problems, f"{prefix}{name}.{position}.")
    return found


def _embedded_instead(of: Spec, row: Any, key: str, told: set[str]) -> bool:
    """Described within this row, rightly or wrongly: then the reference itself is not what is missing."""
    if key not in of.embedded:
        return False
    name = of.embedded[key][0]
    return getattr(row, name) is not None or any(field.startswith(f"{name}.") for field in told)


def _may_stand_there(row: Any, actor: Actor, store_before: int | None) -> bool:
    """Within the right to edit; whose right is the store's puts nothing into another store, own rows included."""
    if isinstance(row, Document) and row.submitted_at and within(row, actor, "approve"):
        return True
    if actor.scope("edit", kind_of(row)) is Scope.store and store_of(row) != store_before:
        return in_own_store(row, actor)
    return within(row, actor, "edit")


def _out_of_reach(row: Any, actor: Actor) -> Problem:
    splitting = getattr(type(row), "__kinds__", None)
    if splitting and not actor.may("edit", kind_of(row)):
        return splitting[0], _("您没有登记“%(kind)s”的权限。", kind=permissions.KIND_LABELS[kind_of(row)])
    field = "store_id" if hasattr(row, "store_id") else ""
    return field, _("只能登记在您权限范围内的门店或本人名下。")


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _number(row: Any) -> None:
    if isinstance(row, Document):
        row.number = draw(row.__series__, row.dated_on)
    elif type(row) in SERIES:
        column, series = SERIES[type(row)]
        if not getattr(row, column):
            setattr(row, column, draw(series))


def _stamp(row: Any, actor: Actor, *, new: bool) -> None:
    if not isinstance(row, Stamped):
        return
    if new or db.session.is_modified(row) or _lines_changed(row):
        row.changed_at, row.changed_by_id = clock.now(), actor.user_id


def _lines_changed(row: Any) -> bool:
    of = spec(type(row))
    touched = {*db.session.new, *db.session.dirty, *db.session.deleted}
    return any(isinstance(one, of.lines[name].model) for name in of.lines for one in touched)


def flush(row: Any) -> None:
    """Write what is pending; what the database refuses becomes Invalid, in words, at its field of `row`."""
    try:
        db.session.flush()
    except IntegrityError as fault:
        raise Invalid([worded(fault, type(row))]) from fault


def worded(fault: IntegrityError, model: type[Base]) -> Problem:
    """What the database refused, at its field and in words; never its SQL."""
    diagnosis = getattr(fault.orig, "diag", None)
    name = (getattr(diagnosis, "constraint_name", None) or str(fault.orig)).lower()
    of = spec(model)
    if "unique" in name or name.startswith("uq_") or "uq_" in name:
        for key in sorted(of.fields, key=len, reverse=True):
            if f".{key}" in name or name.endswith(f"_{key}"):
                return key, _("已有相同的%(label)s。", label=of.fields[key].label)
        return "", _("已有相同的记录。")
    if "foreign key" in name or "fk_" in name:
        return "", _("引用的记录不存在，或者还在使用。")
    for key in sorted(of.fields, key=len, reverse=True):
        if f"_{key}_" in name:
            return key, _("数值不合规则。")
    return "", _("数值不合规则。")


# ── retiring and deleting ────────────────────────────────────────────────────────────────────────────────────────────
def delete(model: type[Base], pk: int, actor: Actor, *, version: int | None = None) -> None:
    """Delete a base row that nothing uses. Refused, saying where it is used, otherwise; papers are never deleted."""
    if issubclass(model, Document):
        raise Refused(_("单据不能删除，可以作废。"))
    _writable(model, "delete")
    row = editable(model, pk, actor)
    check_version(row, version)
    used = used_in(row)
    if used:
        raise Refused(
            _("“%(row)s”已在%(places)s中使用，不能删除；不再用请停用。", row=str(row), places="、".join(used))
        )
    audit.record(actor, f"{model.__tablename__}.deleted", row, before=audit.snapshot(row))
    db.session.delete(row)
    flush(row)


def used_in(row: Base) -> list[str]:
    """Names of the tables that point at this row, its own parts left out."""
    own = {
        relation.mapper.local_table for relation in type(row).__mapper__.relationships if relation.cascade.delete_orphan
    }
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if table in own or not any(key.column.table is row.__table__ for key in column.foreign_keys):
                continue
            if db.session.scalar(select(exists().where(column == row.id))):
                found.append(str(labels.table(table.name)))
    return list(dict.fromkeys(found))


def retire(model: type[Base], pk: int, actor: Actor, *, version: int | None = None) -> Base:
    """No longer offer a row; done twice it is offered again."""
    row = editable(model, pk, actor)
    check_version(row, version)
    if not isinstance(row, Retirable):
        raise Refused(_("这类记录不能停用。"))
    again = row.retired_at is not None
    row.retired_at = None if again else clock.now()
    _stamp(row, actor, new=False)
    flush(row)
    audit.record(actor, f"{model.__tablename__}.{'restored' if again else 'retired'}", row)
    return row
