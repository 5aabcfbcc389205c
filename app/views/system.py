"""系统: users, rights, settings, the audit trail. Kept by the administrator, who approves nothing and sees no cost."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock, labels, money
from app.columns import Base
from app.database import unit_of_work
from app.enums import Scope
from app.errors import Invalid, NotAllowed, NotThere, Refused
from app.extensions import db
from app.fields import storable, whole
from app.models import Audit, Employee, Login
from app.permissions import ACTION_LABELS, KIND_LABELS, ROLE_LABELS, ROLES
from app.queries import Actor, cost_scope, scopes_of, sees_floor
from app.settings import DECLARED, all_settings
from app.views.lists import SIZES, _escaped, _number, _searchable
from app.views.menu import link
from app.views.security import actor
from app.views.trail import DONE, differences, name_of, when
from app.workflows import company, users


def demand(action: str, kind: str) -> Actor:
    """The person, who has this right; NotAllowed otherwise."""
    who = actor()
    if not who.may(action, kind):
        raise NotAllowed(_("这里不在您的权限之内。"))
    return who


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class UserView(BaseView):
    """用户: who logs in, as what."""

    route_base = "/user"
    default_view = "list"
    include_route_methods = {"list", "new", "show", "password", "end"}

    @expose("/")
    def list(self) -> Any:
        """Everybody with a log-in."""
        who = demand("read", "Login")
        q, role = _searchable(request.args.get("q")), request.args.get("role", "")
        statement = select(Login).options(
            selectinload(Login.roles), joinedload(Login.employee).joinedload(Employee.store)
        )
        if q:
            like = f"%{_escaped(q)}%"
            statement = statement.where(
                or_(Login.username.ilike(like, escape="\\"), Login.first_name.ilike(like, escape="\\"))
            )
        if role in ROLES:
            statement = statement.where(Login.roles.any(Role.name == role))
        rows = (
            db.session.scalars(statement.order_by(Login.active.desc(), Login.username).limit(SIZES[-1])).unique().all()
        )
        heads = [
            ("username", _("用户名"), "pair"),
            ("name", _("姓名"), "title"),
            ("roles", _("角色"), "line"),
            ("store", _("门店"), "line"),
            ("last", _("上次登录"), "line"),
            ("active", _("状态"), "state"),
        ]
        view = {
            "title": _("用户"),
            "kind": "user",
            "count_text": _("%(count)s 人", count=len(rows)),
            "can_new": who.may("edit", "Login"),
            "new_url": "/user/new",
            "new_label": _("增加用户"),
            "q": q,
            "search_hint": _("用户名、姓名"),
            "hidden": [("role", role)] if role in ROLES else [],
            "clear_url": "/user/" if q or role else None,
            "chips": [
                {
                    "key": "role",
                    "label": _("角色"),
                    "text": f"{_('角色')}：{ROLE_LABELS[role]}" if role in ROLES else _("角色"),
                    "active": role in ROLES,
                    "clear_url": "/user/",
                    "values": [{"value": name, "label": ROLE_LABELS[name], "on": name == role} for name in ROLES],
                }
            ],
            "columns": [
                {"key": key, "label": label, "num": False, "m": m, "sort_url": None, "dir": None}
                for key, label, m in heads
            ],
            "rows": [self._row(login) for login in rows],
            "pages": {"number": 1, "of": 1, "prev_url": None, "next_url": None, "sizes": []},
            "empty": {"title": _("没有符合条件的用户")},
        }
        return self.render_template("list.html", list=view)

    def _row(self, login: Login) -> dict[str, Any]:
        last = f"{clock.local(login.last_login):%Y-%m-%d %H:%M}" if login.last_login else ""
        cells = [
            {"text": login.username, "kind": "text", "strong": True},
            {"text": _shown_name(login), "kind": "text"},
            {"text": "、".join(str(ROLE_LABELS.get(role.name, role.name)) for role in login.roles), "kind": "text"},
            {"text": login.employee.store.name if login.employee else "", "kind": "text"},
            {"text": last, "kind": "date"},
            {
                "text": _("启用") if login.active else _("停用"),
                "kind": "badge",
                "tone": "green" if login.active else "grey",
            },
        ]
        return {"id": login.id, "url": f"/user/{login.id}", "tone": "" if login.active else "void", "cells": cells}

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> Any:
        """A new log-in; its first password is shown once."""
        who = demand("edit", "Login")
        return self._form(None, who) if request.method == "GET" else self._save(None, who)

    @expose("/<int:pk>", methods=["GET", "POST"])
    def show(self, pk: int) -> Any:
        """One log-in: roles, activity, and what it may do in words."""
        who = demand("read", "Login")
        login = _found(pk)
        return self._form(login, who) if request.method == "GET" else self._save(login, who)

    def _save(self, login: Login | None, who: Actor) -> Any:
        typed: dict[str, Any] = {
            "username": request.form.get("username", ""),
            "name": request.form.get("name", ""),
            "employee_id": request.form.get("employee_id", ""),
            "roles": [role for role in request.form.getlist("roles") if role],
            "active": "1" if "1" in request.form.getlist("active") or login is None else "",
        }
        employee = typed["employee_id"]
        try:
            with unit_of_work():
                saved = users.save_user(
                    login.id if login is not None else None,
                    username=_storable(typed["username"]),
                    name=_storable(typed["name"]),
                    employee_id=whole(employee),
                    roles=typed["roles"],
                    active=bool(typed["active"]),
                    actor=who,
                )
                pk = saved.id
                password = users.set_password(pk, who) if login is None else None
        except Invalid as no:
            return self._form(_found(login.id) if login is not None else None, who, typed, no.problems), 422
        except NotThere:
            raise
        except Refused as no:
            flash(str(no), "danger")
            return redirect("/user/")
        if password:
            return self._form(_found(pk), who, password=password)
        flash(_("已保存。"), "success")
        return redirect(f"/user/{pk}")

    def _form(
        self,
        login: Login | None,
        who: Actor,
        typed: Mapping[str, Any] | None = None,
        problems: Any = (),
        password: str | None = None,
    ) -> str:
        errors: dict[str, list[str]] = {}
        for key, message in problems:
            errors.setdefault(key, []).append(message)
        kept = _kept(login) if typed is None else typed
        employee_id = whole(kept["employee_id"])
        employee = db.session.get(Employee, employee_id) if employee_id is not None else None
        names = {
            "username": _("用户名"),
            "employee_id": _("员工"),
            "name": _("姓名"),
            "roles": _("角色"),
            "active": _("启用"),
        }

        def field(key: str, kind: str, **more: Any) -> dict[str, Any]:
            base = {
                "name": key,
                "id": key,
                "label": names[key],
                "kind": kind,
                "value": kept[key],
                "error": errors.get(key, []),
                "wide": "",
            }
            return base | {"readonly": not who.may("edit", "Login")} | more

        fields = [
            field("username", "text", required=True, maxlength=64, autocomplete="off"),
            field(
                "employee_id",
                "ref",
                value_label=employee.name if employee else "",
                value_hint=employee.code if employee else "",
                picker_url="/pick/employee",
                link=f"/employee/{employee.id}" if employee else None,
            ),
            field("name", "text", maxlength=64, hint=_("没有对应员工时才填")),
            field(
                "roles",
                "words",
                choices=[(name, ROLE_LABELS[name]) for name in users.offered_roles()],
                required=True,
                wide="wide",
            ),
        ]
        if login is not None:
            fields.append(field("active", "bool"))
        view: dict[str, Any] = {
            "title": _shown_name(login) if login is not None else _("增加用户"),
            "kind": "user",
            "kind_label": _("用户"),
            "id": login.id if login is not None else None,
            "name": login.username if login is not None else None,
            "action": f"/user/{login.id}" if login is not None else "/user/new",
            "readonly": not who.may("edit", "Login"),
            "fields": fields,
            "errors": [{"label": names.get(key, ""), "text": message, "anchor": key} for key, message in problems],
            "notes": [
                {"tone": "amber", "text": _("初始密码（只显示这一次，首次登录要改）：%(password)s", password=password)}
            ]
            if password
            else [],
            "back_url": "/user/",
            "section_title": _("用户"),
        }
        if login is not None:
            view |= {
                "state_label": _("启用") if login.active else _("停用"),
                "tone": "green" if login.active else "grey",
            }
            view |= {
                "facts_title": _("能做什么"),
                "facts": [
                    {"label": label, "text": text}
                    for label, text in in_words([right for role in login.roles for right in ROLES.get(role.name, [])])
                ],
            }
            if who.may("edit", "Login"):
                view["actions"] = [
                    {
                        "name": "password",
                        "label": _("重设密码"),
                        "icon": "key",
                        "method": "post",
                        "url": f"/user/{login.id}/password",
                        "confirm": _("旧密码立刻不能用，新密码只显示一次。"),
                    },
                    {
                        "name": "end",
                        "label": _("结束全部会话"),
                        "icon": "out",
                        "method": "post",
                        "url": f"/user/{login.id}/end",
                        "confirm": _("他在每台电脑和手机上都要重新登录。"),
                    },
                ]
            view["timeline"] = _login_trail(login)
        return str(self.render_template("form.html", form=view))

    @expose("/<int:pk>/password", methods=["POST"])
    def password(self, pk: int) -> Any:
        """A new random password, shown once."""
        who = demand("edit", "Login")
        with unit_of_work():
            password = users.set_password(pk, who)
        return self._form(_found(pk), who, password=password)

    @expose("/<int:pk>/end", methods=["POST"])
    def end(self, pk: int) -> Any:
        """End all sessions and tokens of this log-in."""
        with unit_of_work():
            users.end_sessions(pk, demand("edit", "Login"))
        flash(_("他的全部登录已结束。"), "success")
        return redirect(f"/user/{pk}")


def _found(pk: int) -> Login:
    login = (
        db.session.scalars(
            select(Login).where(Login.id == pk).options(selectinload(Login.roles), joinedload(Login.employee))
        )
        .unique()
        .one_or_none()
    )
    if login is None:
        raise NotThere
    return login


def _shown_name(login: Login) -> str:
    return str(
        login.employee.name if login.employee else f"{login.last_name or ''}{login.first_name or ''}" or login.username
    )


def _kept(login: Login | None) -> dict[str, Any]:
    if login is None:
        return {"username": "", "name": "", "employee_id": "", "roles": [], "active": "1"}
    return {
        "username": login.username,
        "name": login.first_name if login.employee_id is None else "",
        "employee_id": str(login.employee_id or ""),
        "roles": [role.name for role in login.roles],
        "active": "1" if login.active else "",
    }


def _storable(text: str) -> str:
    return "".join(letter for letter in text if storable(letter))[:100]


LOGIN_DONE = {
    "created": _l("建立用户"),
    "changed": _l("修改"),
    "password_reset": _l("重设密码"),
    "password_changed": _l("修改密码"),
    "sessions_ended": _l("结束全部会话"),
}


def _login_trail(login: Login) -> list[dict[str, Any]]:
    statement = (
        select(Audit).where(Audit.table_name == "ab_user", Audit.row_id == login.id).order_by(Audit.id.desc()).limit(30)
    )
    return [
        {
            "who": name_of(line),
            "initial": name_of(line)[:1],
            "tone": "",
            "what": LOGIN_DONE.get(line.code.rpartition(".")[2], line.code),
            "when": when(line.at),
            "reason": line.reason,
        }
        for line in db.session.scalars(statement.options(joinedload(Audit.user).joinedload(Login.employee))).unique()
    ]


# ── rights in words ──────────────────────────────────────────────────────────────────────────────────────────────────
VERBS = ("read", "edit", "approve", "unapprove")


def kind_label(kind: str) -> str:
    """A kind of right in words: `Receipt` 收款结算, `Sale` 车辆销售."""
    if kind in KIND_LABELS:
        return str(KIND_LABELS[kind])
    table = next((m.class_.__tablename__ for m in Base.registry.mappers if m.class_.__name__ == kind), None)
    return str(labels.TABLES[table]) if table in labels.TABLES else kind


def in_words(rights: Any) -> list[tuple[str, str]]:
    """(kind, `看 全部 · 编辑 本店`) for a list of rights, kinds in the order in which they are given."""
    scopes = scopes_of(rights)
    kinds = list(dict.fromkeys(kind for _action, kind in scopes))
    return [
        (kind_label(kind), " · ".join(_phrase(action, scopes[action, kind]) for action in _actions(scopes, kind)))
        for kind in kinds
    ]


def _actions(scopes: Mapping[tuple[str, str], Scope], kind: str) -> list[str]:
    given = [action for action, of in scopes if of == kind]
    return [verb for verb in VERBS if verb in given] + [action for action in given if action not in VERBS]


def _phrase(action: str, scope: Scope) -> str:
    label = str(ACTION_LABELS.get(action, action))
    return f"{label}（{scope.label}）" if action in VERBS else label


class RightsView(BaseView):
    """角色与权限: what each role may do, in words and as a matrix."""

    route_base = "/rights"
    default_view = "matrix"
    include_route_methods = {"matrix"}

    @expose("/")
    def matrix(self) -> Any:
        """One role in detail (?role=), and all roles side by side."""
        demand("read", "Login")
        role = request.args.get("role", "")
        role = role if role in ROLES else next(iter(ROLES))
        people: dict[str, list[str]] = {name: [] for name in ROLES}
        for login in db.session.scalars(
            select(Login).where(Login.active.is_(True)).options(selectinload(Login.roles), joinedload(Login.employee))
        ).unique():
            for held in login.roles:
                people.get(held.name, []).append(_shown_name(login))
        scopes = scopes_of(ROLES[role])
        kinds = list(dict.fromkeys(kind for rights in ROLES.values() for _action, kind in rights))
        return self.render_template(
            "system/rights.html",
            role=role,
            roles=[
                {
                    "name": name,
                    "label": ROLE_LABELS[name],
                    "count": len(people[name]),
                    "current": name == role,
                    "url": f"/rights/?role={name}",
                }
                for name in ROLES
            ],
            people=people[role],
            verbs=[(verb, ACTION_LABELS[verb]) for verb in VERBS],
            rows=[_rights_row(kind, scopes) for kind in kinds],
            cost=scopes.get(("read", "Cost")),
            kinds=[(kind, kind_label(kind)) for kind in kinds],
            table={kind: [_letters(ROLES[name], kind) for name in ROLES] for kind in kinds},
        )


def _rights_row(kind: str, scopes: Mapping[tuple[str, str], Scope]) -> dict[str, Any]:
    actions = _actions(scopes, kind)
    return {
        "label": kind_label(kind),
        "given": {verb: scopes.get((verb, kind)) for verb in VERBS},
        "special": [str(ACTION_LABELS.get(action, action)) for action in actions if action not in VERBS],
        "none": not actions,
    }


def _letters(rights: Any, kind: str) -> str:
    scopes = scopes_of(right for right in rights if right[1] == kind)
    short = {Scope.own: _("本人"), Scope.store: _("本店"), Scope.all: _("全部")}
    verbs = {"read": _("看"), "edit": _("改"), "approve": _("审"), "unapprove": _("反")}
    by_scope: dict[Scope, str] = {}
    for verb in VERBS:
        if (verb, kind) in scopes:
            by_scope[scopes[verb, kind]] = by_scope.get(scopes[verb, kind], "") + verbs[verb]
    return " ".join(f"{text}{short[scope]}" for scope, text in by_scope.items())


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class SettingView(BaseView):
    """系统设置: typed, each with a sentence on what it does."""

    route_base = "/setting"
    default_view = "settings"
    include_route_methods = {"settings"}

    @expose("/", methods=["GET", "POST"])
    def settings(self) -> Any:
        """Read and save all of them."""
        who = demand("read", "Setting")
        errors: dict[str, str] = {}
        typed: dict[str, str] | None = None
        if request.method == "POST":
            typed = {
                key: ("1" if "1" in request.form.getlist(key) else "")
                if declared.kind == "bool"
                else _storable(request.form.get(key, ""))
                for key, declared in DECLARED.items()
            }
            try:
                with unit_of_work():
                    changed = company.save_settings(typed, who)
                flash(_("已保存 %(n)s 处修改。", n=len(changed)) if changed else _("没有修改。"), "success")
                return redirect("/setting/")
            except Invalid as no:
                errors = dict(no.problems)
        values, last = all_settings(), company.changed_by()
        people = {
            login.id: _shown_name(login)
            for login in db.session.scalars(
                select(Login)
                .where(Login.id.in_([row.changed_by_id for row in last.values() if row.changed_by_id]))
                .options(joinedload(Login.employee))
            )
        }
        rows = [
            {
                "key": key,
                "kind": declared.kind,
                "label": declared.label,
                "hint": declared.hint,
                "value": typed[key] if typed is not None else _shown_setting(declared.kind, values[key]),
                "error": errors.get(key),
                "changed": f"{people.get(last[key].changed_by_id or 0, _('系统'))} {clock.local(last[key].changed_at):%Y-%m-%d}"
                if key in last
                else "",
            }
            for key, declared in DECLARED.items()
        ]
        groups = [
            {"id": group, "title": title, "rows": [row for row in rows if DECLARED[row["key"]].group == group]}
            for group, title in (("books", _("账务")), ("approval", _("审核")))
        ]
        return self.render_template(
            "system/settings.html", groups=groups, errors=errors, editable=who.may("edit", "Setting")
        ), 422 if errors else 200


def _shown_setting(kind: str, value: Any) -> str:
    if kind == "bool":
        return "1" if value else ""
    return "" if value is None else money.plain(value)


# ── the audit trail ──────────────────────────────────────────────────────────────────────────────────────────────────
class AuditView(BaseView):
    """操作记录: who did what, with before and after."""

    route_base = "/audit"
    default_view = "list"
    include_route_methods = {"list"}

    @expose("/")
    def list(self) -> Any:
        """Newest first; by person, verb, table; cost only for those who may see it."""
        who = demand("read", "Audit")
        args = request.args
        q, page = _searchable(args.get("q")), min(max(_number(args.get("page"), 1), 1), 100_000)
        person, verb, table = _number(args.get("user"), 0), args.get("verb", ""), args.get("table", "")
        conditions: list[Any] = (
            [Audit.number.ilike(f"%{_escaped(q)}%", escape="\\") | Audit.reason.ilike(f"%{_escaped(q)}%", escape="\\")]
            if q
            else []
        )
        conditions += [Audit.user_id == person] if 0 < person < 2**31 else []
        conditions += [Audit.code.endswith(f".{verb}", autoescape=True)] if verb in DONE else []
        conditions += [Audit.table_name == table] if table in labels.TABLES else []
        size = 50
        statement = select(Audit).where(*conditions).order_by(Audit.id.desc()).limit(size + 1).offset((page - 1) * size)
        lines = db.session.scalars(statement.options(joinedload(Audit.user).joinedload(Login.employee))).unique().all()
        people = (
            db.session.scalars(
                select(Login).options(joinedload(Login.employee)).order_by(Login.username).limit(SIZES[-1])
            )
            .unique()
            .all()
        )
        tables = db.session.scalars(select(Audit.table_name).distinct()).all()
        state = {
            "q": q,
            "user": str(person) if person else "",
            "verb": verb if verb in DONE else "",
            "table": table if table in labels.TABLES else "",
        }

        def url(**changes: str) -> str:
            pairs = [(key, value) for key, value in {**state, **changes}.items() if value]

            return f"/audit/?{urlencode(pairs)}" if pairs else "/audit/"

        def chip(key: str, label: str, values: list[tuple[str, str]]) -> dict[str, Any]:
            chosen = next((text for value, text in values if value == state[key]), "")
            options = [{"value": value, "label": text, "on": value == state[key]} for value, text in values]
            return {
                "key": key,
                "label": label,
                "text": f"{label}：{chosen}" if chosen else label,
                "active": bool(chosen),
                "clear_url": url(**{key: ""}),
                "values": options,
            }

        heads = [
            ("at", _("时间"), "fig"),
            ("who", _("谁"), "pair"),
            ("what", _("做了"), "state1"),
            ("on", _("对什么"), "title"),
            ("change", _("改前 → 改后"), "line"),
            ("door", _("从哪里"), ""),
            ("reason", _("说明"), "line"),
        ]
        view = {
            "title": _("操作记录"),
            "kind": "audit",
            "count_text": _("只增不改，连数据库里也改不了"),
            "can_new": False,
            "q": q,
            "search_hint": _("单号、说明"),
            "hidden": [(key, value) for key, value in state.items() if value],
            "clear_url": "/audit/" if any(state.values()) else None,
            "chips": [
                chip("user", _("人"), [(str(login.id), _shown_name(login)) for login in people]),
                chip("verb", _("做了什么"), [(key, str(text)) for key, text in DONE.items()]),
                chip(
                    "table", _("对象"), [(name, str(labels.TABLES[name])) for name in tables if name in labels.TABLES]
                ),
            ],
            "columns": [
                {
                    "key": key,
                    "label": label,
                    "num": False,
                    "m": m,
                    "sort_url": None,
                    "dir": None,
                    "long": key == "change",
                }
                for key, label, m in heads
            ],
            "rows": [_audit_row(line, who) for line in lines[:size]],
            "pages": {
                "number": page,
                "of": None,
                "prev_url": url(page=str(page - 1)) if page > 1 else None,
                "next_url": url(page=str(page + 1)) if len(lines) > size else None,
                "sizes": [],
            },
            "empty": {"title": _("没有符合条件的记录")},
        }
        return self.render_template("list.html", list=view)


TONE_OF = {
    "approved": "green",
    "unapproved": "amber",
    "voided": "grey",
    "sent_back": "red",
    "deleted": "red",
    "submitted": "amber",
    "reopened": "amber",
}


def _audit_row(line: Audit, who: Actor) -> dict[str, Any]:
    verb = line.code.rpartition(".")[2]
    model = next(
        (
            m.class_
            for m in Base.registry.mappers
            if m.local_table is not None and m.local_table.name == line.table_name
        ),
        None,
    )
    gate = cost_scope(who) is Scope.all and sees_floor(who)
    change = (
        differences(line, model, who, cost=gate)
        if model is not None and verb == "changed" and issubclass(model, Base)
        else ""
    )
    cells = [
        {"text": f"{clock.local(line.at):%Y-%m-%d %H:%M:%S}", "kind": "date"},
        {"text": name_of(line), "kind": "text", "strong": True},
        {"text": DONE.get(verb) or LOGIN_DONE.get(verb) or verb, "kind": "badge", "tone": TONE_OF.get(verb, "")},
        {"text": f"{labels.TABLES.get(line.table_name, line.table_name)} {line.number or ''}", "kind": "text"},
        {"text": change, "kind": "text"},
        {"text": {"page": _("网页"), "api": "API", "system": _("系统")}.get(line.door, line.door), "kind": "text"},
        {"text": line.reason or "", "kind": "text"},
    ]
    return {"id": line.id, "url": _row_page(line), "tone": "", "cells": cells}


def _row_page(line: Audit) -> str:
    if line.table_name in ("setting", "period"):  # all of them stand on one page
        return f"/{line.table_name}/"
    return f"/user/{line.row_id}" if line.table_name == "ab_user" else f"/{line.table_name}/{line.row_id}"


VIEWS = (UserView, RightsView, SettingView, AuditView)

link("system", _l("用户"), "/user/", lambda who: who.may("read", "Login"))
link("system", _l("角色与权限"), "/rights/", lambda who: who.may("read", "Login"))
link("system", _l("操作记录"), "/audit/", lambda who: who.may("read", "Audit"))
link("system", _l("系统设置"), "/setting/", lambda who: who.may("read", "Setting"))
