"""One resource per table, made from its specification, its declared moves and what doors may do with its rows."""

from typing import Any, ClassVar, cast

from flask import Response, request, url_for
from flask_appbuilder.api import BaseApi, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app import labels
from app.columns import Base, Document, Retirable
from app.database import unit_of_work
from app.errors import Invalid, NotAllowed, NotThere, Problem
from app.extensions import db
from app.fields import Spec, spec, whole
from app.queries import Actor, kinds_of, may_any, visible
from app.views.api import answers, bodies
from app.views.api.listing import listing
from app.views.security import actor
from app.workflows import engine, records

MOVE_NAMES = ",".join(engine.LABELS)


class Api(BaseApi):
    """What every resource of ours shares: our own rights, cookie or bearer, our own CSRF rule."""

    allow_browser_login = True
    csrf_exempt = True  # app.views.security.cookie_needs_csrf asks for the token where it is needed


class Resource(Api):
    """The rows of one table. Every method asks the same workflows as the pages; one unit of work each."""

    model: ClassVar[type[Base]]

    @property
    def spec(self) -> Spec:
        """The table's specification."""
        return spec(self.model)

    @expose("", methods=["GET"])
    @expose("/", methods=["GET"])
    def get_list(self) -> Response:
        """A page of the rows that one may see."""
        return answers.answer(listing(self.model, self._asker("read"), request.args))

    @expose("", methods=["POST"])
    @expose("/", methods=["POST"])
    def post(self) -> Response:
        """Make a row, header and lines in one body."""
        asker = self._asker("edit")
        values, problems = bodies.values_of(self.spec, bodies.body(), asker)
        with unit_of_work():
            row = records.save(self.model, None, values, asker, earlier=problems)
            content = self._fresh(row.id, asker)
        return answers.answer(content, 201, Location=url_for(f"{self.endpoint}.get", pk=content["id"]))

    @expose("/<int:pk>", methods=["GET"])
    def get(self, pk: int) -> Response:
        """One row with its lines."""
        return answers.answer(self._seen(bodies.number(pk), self._asker("read")))

    @expose("/<int:pk>", methods=["PUT"])
    def put(self, pk: int) -> Response:
        """Change what the body names; a list of lines given is the whole list."""
        asker = self._asker("read")
        raw = bodies.body()
        problems: list[Problem] = []
        version = bodies.version(raw, problems)
        with unit_of_work():
            current = self._seen(bodies.number(pk), asker)
            values, more = bodies.values_of(self.spec, bodies.without_echo(self.spec, raw, current), asker)
            records.save(self.model, pk, values, asker, version=version, earlier=problems + more)
            content = self._fresh(pk, asker)
        return answers.answer(content)

    @expose("/<int:pk>", methods=["DELETE"])
    def delete(self, pk: int) -> Response:
        """Delete a row that nothing uses."""
        asker = self._asker("read")
        version = self._version_asked()
        with unit_of_work():
            records.delete(self.model, bodies.number(pk), asker, version=version)
        return answers.answer(None, 204)

    @expose("/<int:pk>/retire", methods=["POST"])
    def retire(self, pk: int) -> Response:
        """No longer offer a row; done again it is offered again."""
        asker = self._asker("read")
        raw = bodies.body()
        problems: list[Problem] = []
        version = bodies.version(raw, problems)
        bodies.nothing_else(raw, problems)
        with unit_of_work():
            records.retire(self.model, bodies.number(pk), asker, version=version)
            content = self._fresh(pk, asker)
        return answers.answer(content)

    @expose(f"/<int:pk>/<any({MOVE_NAMES}):name>", methods=["POST"])
    def move(self, pk: int, name: str) -> Response:
        """Make one move of a paper."""
        asker = self._asker("read")
        raw = bodies.body()
        problems: list[Problem] = []
        version, reason = bodies.version(raw, problems), bodies.reason(raw, problems)
        bodies.nothing_else(raw, problems)
        with unit_of_work():
            engine.run(self._paper(), bodies.number(pk), name, asker, version=version, reason=reason)
            content = self._fresh(pk, asker)
        return answers.answer(content)

    @expose("/<int:pk>/unapprove", methods=["GET"])
    def preview(self, pk: int) -> Response:
        """What unapproving would take back and what stands in its way; changes nothing."""
        seen = engine.preview(self._paper(), bodies.number(pk), self._asker("read"))
        return answers.answer(
            {
                "id": seen.paper.id,
                "number": seen.paper.number,
                "version": seen.paper.version,
                "possible": seen.possible,
                "blockers": [answers.blocker_out(one) for one in seen.blockers],
                "drafts": [answers.blocker_out(one) for one in seen.drafts],
                "obstacles": seen.obstacles,
                "lacking": seen.lacking,
                "entry_id": seen.entry.id if seen.entry else None,
            }
        )

    def _paper(self) -> type[Document]:
        return cast("type[Document]", self.model)  # `move` and `preview` are routes of papers alone

    def _asker(self, action: str) -> Actor:
        """Who asks. NotAllowed without any right of this action on the table's kinds."""
        asker = actor()
        if not may_any(asker, action, self.model):
            words = {"read": _("您没有查看“%(table)s”的权限。", table=labels.table(self.model.__tablename__))}
            raise NotAllowed(
                words.get(action) or _("您没有修改“%(table)s”的权限。", table=labels.table(self.model.__tablename__))
            )
        return asker

    def _seen(self, pk: int, asker: Actor) -> dict[str, Any]:
        statement = visible(select(self.model).where(self.model.id == pk), self.model, asker)
        row = db.session.scalars(statement.options(*answers.loads(self.model))).unique().one_or_none()
        if row is None:
            raise NotThere
        return answers.rows_out([row], asker)[0]

    def _fresh(self, pk: int, asker: Actor) -> dict[str, Any]:
        """The row as it now stands, whoever may see it from here on: the actor has just written it."""
        statement = select(self.model).where(self.model.id == pk).options(*answers.loads(self.model))
        rows = db.session.scalars(statement.execution_options(populate_existing=True)).unique().all()
        return answers.rows_out(rows, asker)[0]

    @staticmethod
    def _version_asked() -> int | None:
        given = request.args.get("version")
        problems: list[Problem] = []
        found = bodies.version({"version": whole(given)}, problems) if given else None
        if problems:
            raise Invalid(problems)
        return found


def methods_of(model: type[Base]) -> set[str]:
    """What the API does with rows of a table: reading always, writing as the table allows, moves for papers."""
    found = {"get_list", "get"}
    found |= {
        name for name, write in (("post", "make"), ("put", "change"), ("delete", "delete")) if write in model.__writes__
    }
    if issubclass(model, Document):
        return found - {"delete"} | {"move", "preview"}
    if issubclass(model, Retirable) and "change" in model.__writes__:
        found.add("retire")
    return found


def resource(model: type[Base], *extras: type[Any]) -> type[Resource]:
    """The resource class of a table; `extras` bring routes of its own (the statement of a party)."""
    more = {name for extra in extras for name, value in vars(extra).items() if hasattr(value, "_urls")}
    facts = {
        "model": model,
        "resource_name": model.__tablename__,
        "class_permission_name": kinds_of(model)[0],
        "include_route_methods": methods_of(model) | more,
    }
    return type(f"{model.__name__}Api", (*extras, Resource), facts)
