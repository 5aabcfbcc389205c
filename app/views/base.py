"""Windows by declaration: `class ColourWindow(Window, model=Colour, chapter="catalogue"): ...` is a list, a form, a picker, an API.

A Window is a view of the framework (registered, named and given its rights by it); list, form and saving are ours.
`DocumentWindow` adds a paper's page: sections, line grids, totals, moves, preview, linked papers, timeline.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, jsonify, redirect, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import labels, permissions
from app.columns import Base, Retirable
from app.database import unit_of_work
from app.errors import Invalid, NotAllowed, NotThere, Refused, Stale
from app.extensions import db
from app.fields import Kind, read, spec, whole
from app.queries import Actor, kinds_of, may_any, visible, within
from app.views.forms import Faces, posted
from app.views.lists import Computed, Listing, Tab, eager
from app.views.named import Described, describe
from app.views.security import actor
from app.views.trail import timeline
from app.workflows import records

WINDOWS: dict[str, type["Window"]] = {}
"""Every window by its table's name, in the order of declaration."""


class Window(ModelView):
    """A window on one table. Everything has a default that follows from the table's columns."""

    model: ClassVar[type[Base]]
    chapter: ClassVar[str] = ""
    icon: ClassVar[str] = "data"
    columns: ClassVar[list[str]] = []
    fields: ClassVar[list[str]] = []
    brief: ClassVar[list[str]] = []
    """Of its fields those that a picker's dialog asks for when a row is made in passing; []: all."""
    search: ClassVar[list[str]] = []
    search_hint: ClassVar[Any] = None
    filters: ClassVar[list[str]] = []
    order: ClassVar[str] = ""
    totals: ClassVar[list[str]] = []
    long: ClassVar[tuple[str, ...]] = ()
    virtual: ClassVar[dict[str, str]] = {}
    """Columns that only `cell` knows, with their kind."""
    computed: ClassVar[dict[str, Computed]] = {}
    """Columns that SQL works out beside each row."""
    tabs: ClassVar[list[Tab]] = []
    """Views of the list under a word of the address; the first is what it opens with."""
    months: ClassVar[str] = ""
    """The date column by which `?month=2026-11` narrows the list; "": no such chip."""
    empty_text: ClassVar[Any] = ""
    new_label: ClassVar[Any] = _l("增加")
    creates_in_place: ClassVar[bool] = True
    in_menu: ClassVar[bool] = True
    include_route_methods = {"list", "new", "show", "delete", "retire"}
    default_view = "list"
    related_views: ClassVar[list[Any]] = []

    def __init_subclass__(cls, model: type[Base] | None = None, chapter: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if model is None:
            return
        of = spec(model)
        cls.model, cls.chapter, cls.datamodel = model, chapter or cls.chapter, SQLAInterface(model)
        cls.kind, cls.url, cls.route_base = model.__tablename__, f"/{model.__tablename__}/", f"/{model.__tablename__}"
        cls.class_permission_name = kinds_of(model)[0]
        cls.base_permissions = sorted({action for action, kind in permissions.everything() if kind in kinds_of(model)})
        cls.title = cls.__dict__.get("title") or labels.table(model.__tablename__)
        cls.fields = cls.fields or list(of.editable)
        cls.columns = cls.columns or _default_columns(model)
        cls.search = cls.search or [key for key in ("number", "code", "name") if key in of.fields]
        cls.filters = cls.filters or [
            key for key, field in of.fields.items() if field.kind in (Kind.enum, Kind.bool) and not field.system
        ]
        cls.order = cls.order or ("position" if "position" in of.fields else "name" if "name" in of.fields else "-id")
        WINDOWS[cls.kind] = cls

    # The framework would build forms, filters and widgets of its own here, whole tables in their selects (house rules).
    def _init_properties(self) -> None: ...
    def _init_forms(self) -> None: ...
    def _init_titles(self) -> None: ...

    # what a window may override
    @classmethod
    def can_new(cls, who: Actor) -> bool:
        """May this person make a new row here?"""
        return may_any(who, "edit", cls.model)

    @classmethod
    def can_open(cls, who: Actor) -> bool:
        """Does this person see the window at all (menu, list)?"""
        return may_any(who, "read", cls.model)

    @classmethod
    def row_url(cls, row: Any) -> str:
        """Where a row's page is."""
        return f"{cls.url}{row.id}"

    @classmethod
    def column_label(cls, path: str) -> Any:
        """A list's own word for a column, else None."""
        return labels.COLUMNS.get(f"{cls.kind}.{path}") or labels.COLUMNS.get(path)

    @classmethod
    def cell(cls, row: Any, key: str, who: Actor) -> dict[str, Any] | None:
        """A cell that the list cannot write by itself, else None."""
        return None

    @classmethod
    def words(cls, path: str) -> Any:
        """The words that the chip of an enum offers, where they are fewer than all of them; else None."""
        return None

    @classmethod
    def back_url(cls, row: Any) -> str:
        """Where a row's form leads back to."""
        return str(cls.url)

    @classmethod
    def form_url(cls, row: Any) -> str:
        """Where a row's form is and posts to."""
        return f"{cls.url}{row.id}"

    @classmethod
    def narrow(cls, who: Actor) -> Any:
        """A condition on every list of this window beside the actor's rows, else None."""
        return None

    @classmethod
    def options(cls) -> list[Any]:
        """Loader options that `cell` needs."""
        return []

    @classmethod
    def extras(cls, who: Actor) -> dict[str, Any]:
        """More for the list's template: actions, tabs, the groups of base data."""
        from app.views.menu import base_groups

        return {"nav": base_groups(who, cls.kind)} if cls.chapter in BASE_CHAPTERS else {}

    @classmethod
    def defaults(cls, who: Actor, args: Mapping[str, str]) -> dict[str, Any]:
        """What a new form starts with, as text by field; the address fills in what it names."""
        return {key: value for key, value in args.items() if key in spec(cls.model).editable and len(value) <= 100}

    def notes(self, row: Any, who: Actor) -> list[dict[str, Any]]:
        """Warnings shown on the form."""
        return []

    def steps(self, row: Any, who: Actor) -> Iterable[dict[str, Any]]:
        """Buttons of a row's page beside saving, as macros/document.html takes actions."""
        return ()

    # doors
    @expose("/")
    def list(self) -> Any:
        """The list."""
        who = actor()
        if not self.can_open(who):
            raise NotAllowed(_("您没有查看“%(table)s”的权限。", table=self.title))
        return self.render_template("list.html", list=Listing(type(self), who, request.args).view())

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> Any:
        """A new row: the page, or with ?in=dialog the fragment that a picker shows and its JSON answer."""
        who = actor()
        if not self.can_new(who):
            raise NotAllowed(_("您没有新增“%(table)s”的权限。", table=self.title))
        if request.method == "GET":
            return self.form(None, who, raw=self.defaults(who, request.args))
        return self._save(None, who)

    @expose("/<int:pk>", methods=["GET", "POST"])
    def show(self, pk: int) -> Any:
        """A row's page: a form for those who may change it, else to read."""
        who = actor()
        row = self.found(pk, who)
        return self.form(row, who) if request.method == "GET" else self._save(row, who)

    @expose("/<int:pk>/delete", methods=["POST"])
    def delete(self, pk: int) -> Any:
        """Delete a row that nothing uses; refused in words otherwise."""
        try:
            with unit_of_work():
                records.delete(self.model, pk, actor(), version=_version())
        except NotThere:
            raise
        except Refused as no:
            flash(str(no), "danger")
            return redirect(f"{self.url}{pk}")
        flash(_("已删除。"), "success")
        return redirect(self.url)

    @expose("/<int:pk>/retire", methods=["POST"])
    def retire(self, pk: int) -> Any:
        """No longer offer a row, or offer it again."""
        try:
            with unit_of_work():
                row = records.retire(self.model, pk, actor(), version=_version())
            flash(_("已停用，不再提供选择。") if getattr(row, "retired_at", None) else _("已恢复使用。"), "success")
        except NotThere:
            raise
        except Refused as no:
            flash(str(no), "danger")
        return redirect(f"{self.url}{pk}")

    # how they work
    def typed(self) -> dict[str, Any]:
        """What the form says, as `fields.read` takes it."""
        return posted(self.model, request.form)

    @classmethod
    def page_options(cls) -> Sequence[Any]:
        """Loader options that a row's page needs beside its own references."""
        return ()

    def found(self, pk: int, who: Actor) -> Any:
        """The row with what its page shows, or NotThere."""
        statement = visible(select(self.model).where(self.model.id == pk), self.model, who)
        options = (*eager(self.model, spec(self.model).fields), *self.page_options())
        row = db.session.scalars(statement.options(*options)).unique().one_or_none()
        if row is None:
            raise NotThere
        return row

    def _save(self, row: Any, who: Actor) -> Any:
        raw = self.typed()
        values, problems = read(spec(self.model), raw)
        try:
            with unit_of_work():
                saved = records.save(
                    self.model, row.id if row is not None else None, values, who, version=_version(), earlier=problems
                )
                pk, described = saved.id, describe(saved)
        except Invalid as no:
            return self.form(self._again(row), who, raw=raw, problems=no.problems), 422
        except Stale as stale:
            return self.form(self._again(row), who, raw=raw, problems=[("", str(stale))], stale=True), 409
        except NotThere:
            raise
        except Refused as no:
            return self.form(self._again(row), who, raw=raw, problems=[("", str(no))]), no.status
        return self.saved(pk, described)

    def saved(self, pk: int, described: Described) -> Any:
        """The answer once a row is saved."""
        if in_dialog():
            return jsonify(id=pk, label=described.label, hint=described.hint, **described.extra), 201
        flash(_("已保存。"), "success")
        return redirect(self.url + "new" if request.form.get("_do") == "save_new" else f"{self.url}{pk}")

    def _again(self, row: Any) -> Any:
        """The row read afresh after a rollback."""
        return self.found(row.id, actor()) if row is not None else None

    def form(
        self,
        row: Any,
        who: Actor,
        *,
        raw: Mapping[str, Any] | None = None,
        problems: Iterable[tuple[str, str]] = (),
        stale: bool = False,
    ) -> str:
        """The record page (or fragment) with what was typed and what is wrong with it."""
        faces = Faces(self.model, row, who, raw=raw, problems=problems, prefix="in-" if in_dialog() else "")
        editable = row is None or within(row, who, "edit")
        keys = self.brief if in_dialog() and self.brief else self.fields
        fields = [face for key in keys if (face := faces.field(key, editable=editable)) is not None]
        view: dict[str, Any] = {
            "title": str(describe(row).label if row is not None else _("增加%(table)s", table=self.title)),
            "kind": self.kind,
            "kind_label": self.title,
            "id": row.id if row is not None else None,
            "name": describe(row).label if row is not None else None,
            "action": request.full_path.rstrip("?") if row is None else self.form_url(row),
            "version": _kept_version(row, stale=stale),
            "readonly": not editable,
            "fields": fields,
            "errors": faces.summary(keys),
            "notes": self.notes(row, who) if row is not None else [],
            "back_url": self.back_url(row),
            "can_add_more": row is None and not in_dialog(),
            "dirty": bool(raw) and row is not None,
            "timeline": timeline(row, who) if row is not None else [],
            "icon": self.icon,
        }
        if row is not None and getattr(row, "retired_at", None):
            view |= {"state_label": _("已停用"), "tone": "grey"}
        if row is not None:
            view["actions"] = [*self.steps(row, who)]
        if row is not None and editable:
            view |= self._endings(row)
        return str(self.render_template("form_fragment.html" if in_dialog() else "form.html", form=view))

    def _endings(self, row: Any) -> dict[str, Any]:
        used = records.used_in(row)
        why = _("已在%(places)s中使用，不能删除，可以停用。", places="、".join(used)) if used else ""
        endings: dict[str, Any] = {"delete": {"url": f"{self.url}{row.id}/delete", "disabled": bool(used), "why": why}}
        if issubclass(self.model, Retirable):
            endings["retire"] = {
                "url": f"{self.url}{row.id}/retire",
                "label": _("恢复使用") if row.retired_at else _("停用"),
            }
        return endings


BASE_CHAPTERS = ("company", "catalogue", "money")


def _default_columns(model: type[Base]) -> list[str]:
    """Title first, then the rest that a person can fill in; long texts stay on the page."""
    of = spec(model)
    keys: list[str] = [key for key in ("code", "number", "name") if key in of.fields]
    keys += [key for key, field in of.editable.items() if key not in keys and field.kind is not Kind.textarea]
    return [f"{key}|{'title' if at == 0 else 'line'}" for at, key in enumerate(keys[:9])]


def in_dialog() -> bool:
    """Asked for as a fragment for a dialog."""
    return request.args.get("in") == "dialog"


def _version() -> int | None:
    return whole(request.form.get("version", ""))


def _kept_version(row: Any, *, stale: bool) -> Any:
    """What the person saw: kept after an error, renewed after a conflict so that saving again is a decision."""
    if row is None:
        return None
    return (
        row.version if stale or request.method == "GET" else request.form.get("version", getattr(row, "version", None))
    )


def page_of(row: Any, who: Actor) -> str | None:
    """Where a row can be opened by this person, None if nowhere."""
    if row is None:
        return None
    window = WINDOWS.get(type(row).__tablename__)
    if window is None or not within(row, who, "read"):
        return None
    return window.row_url(row)
