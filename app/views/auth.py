"""Logging in and out, and changing one's password."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from app.database import unit_of_work
from app.errors import NotThere
from app.extensions import appbuilder, db
from app.models import Login
from app.views.menu import company
from app.views.security import actor
from app.workflows import users
from app.workflows.users import SHORTEST_PASSWORD


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, username, password) of the demonstration lot, where it was loaded; nothing anywhere else."""
    if not company()["is_demo"]:
        return []
    from app.demo import people

    return people.logins()


def stays(address: str) -> bool:
    """Does this address lead to a page of ours, whatever a browser makes of it (it drops tabs, takes \\ for /)?"""
    return address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address


def _begin_anew() -> None:
    """Forget everything of this session but the language."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale


class AuthView(BaseView):
    """The log-in page at /login/."""

    route_base = ""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """Log in; a wrong name and a wrong password look alike, what was typed stays."""
        if request.method == "GET":
            return redirect("/") if current_user.is_authenticated else self._page()
        username, password = request.form.get("username", "").strip(), request.form.get("password", "")
        login = (
            appbuilder.sm.auth_user_db(username, password)
            if username and password and "\x00" not in username + password
            else None
        )
        if login is None:
            return self._page(_("用户名或密码不对。"), username), 401
        _begin_anew()
        session["stamp"] = login.session_stamp
        login_user(login)
        return redirect(self._next())

    def _page(self, error: str | None = None, username: str = "") -> str:
        return str(
            self.render_template(
                "login.html", error=error, username=username, next=request.values.get("next", ""), demo=demo_logins()
            )
        )

    def _next(self) -> str:
        wanted = request.values.get("next", "")
        return wanted if stays(wanted) else "/"

    @expose("/lang/<locale>", methods=["GET"])
    def language(self, locale: str) -> Response:
        """Go on in another language at the page one was at; kept in the session alone."""
        if locale not in current_app.config["LANGUAGES"]:
            raise NotThere
        session["locale"] = locale
        came_from = urlsplit(request.referrer or "")
        here = came_from._replace(scheme="", netloc="", fragment="").geturl()
        return redirect(here if came_from.netloc == request.host and stays(here) else "/")

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End this session."""
        logout_user()
        _begin_anew()
        return redirect(url_for("AuthView.login"))

    @expose("/password/", methods=["GET", "POST"])
    def password(self) -> Any:
        """Change one's password; all other sessions and tokens end."""
        errors: dict[str, str] = {}
        if request.method == "POST":
            old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
            login = db.session.get_one(Login, actor().user_id)
            if not check_password_hash(login.password or "", old):
                errors["old"] = _("原密码不对。")
            if len(new) < SHORTEST_PASSWORD or new == old:
                errors["new"] = _("新密码至少 %(n)s 位，且不同于原密码。", n=SHORTEST_PASSWORD)
            if new != again:
                errors["again"] = _("两次输入不一致。")
            if not errors:
                with unit_of_work():
                    users.change_own_password(login.id, new, actor())
                session["stamp"] = login.session_stamp
                flash(_("密码已修改，其他地方的登录已失效。"), "success")
                return redirect("/")
        forced = bool(db.session.get_one(Login, actor().user_id).must_change_password)
        return self.render_template("password.html", errors=errors, forced=forced), 422 if errors else 200
