"""Logging in and out, and changing one's password."""

from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from app.database import unit_of_work
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


class AuthView(BaseView):
    """The log-in page at /login/."""

    route_base = ""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """Log in; a wrong name and a wrong password look alike, what was typed stays."""
        if request.method == "GET":
            return redirect("/") if current_user.is_authenticated else self._page()
        username, password = request.form.get("username", "").strip(), request.form.get("password", "")
        login = appbuilder.sm.auth_user_db(username, password) if username and password and "\x00" not in username + password else None
        if login is None:
            return self._page(_("用户名或密码不对。"), username), 401
        session.clear()
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
        return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\n" not in wanted else "/"

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End this session."""
        logout_user()
        session.clear()
        return redirect(url_for("AuthView.login"))

    @expose("/password/", methods=["GET", "POST"])
    def password(self) -> Any:
        """Change one's password; all other sessions and tokens end."""
        errors: dict[str, str] = {}
        if request.method == "POST":
            old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
            login = db.session.get(Login, current_user.id)
            assert login is not None
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
        return self.render_template("password.html", errors=errors, forced=bool(current_user.must_change_password)), 422 if errors else 200
