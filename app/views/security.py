"""Log-in and who is asking: the framework's security manager with our doors, session stamps and one rights query."""

from typing import Any

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_babel import gettext as _
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_login import current_user, logout_user
from flask_wtf.csrf import generate_csrf
from jwt.exceptions import PyJWTError
from werkzeug.wrappers import Response

from app.database import unit_of_work
from app.errors import Invalid
from app.extensions import csrf, db
from app.fields import storable
from app.models import Login
from app.queries import NOBODY, Actor, actor_of

OPEN_ENDPOINTS = {
    "static",
    "appbuilder.static",
    "AuthView.login",
    "SecurityApi.login",
    "SecurityApi.refresh",
    "AuthView.language",
}
"""Endpoints that strangers may call; everything else is closed."""


class TokenApi(SecurityApi):
    """Log-in with tokens: `POST /api/v1/security/login`, `/refresh`; the token that a cookie's requests need at `/csrf_token`."""

    @expose("/login", methods=["POST"])
    def login(self) -> Response:
        """Name and password for an `access_token`, with `refresh: true` a `refresh_token` too. A wrong name and a wrong password look alike."""
        from app.views.api.answers import answer
        from app.views.api.bodies import body

        raw = body()
        username, password = raw.get("username"), raw.get("password")
        problems = [
            (name, _("请填写。"))
            for name, given in (("username", username), ("password", password))
            if not isinstance(given, str) or not given or not storable(given)
        ]
        if problems:
            raise Invalid(problems)
        login = self.appbuilder.sm.auth_user_db(username, password)
        if login is None:
            return answer({"code": "unauthorized", "message": _("用户名或密码不对。")}, 401)
        found = {"access_token": create_access_token(identity=str(login.id), fresh=True)}
        if raw.get("refresh") is True:
            found["refresh_token"] = create_refresh_token(identity=str(login.id))
        return answer(found)

    @expose("/csrf_token", methods=["GET"])
    def csrf_token(self) -> Response:
        """The value of X-CSRFToken for requests that are logged in by the cookie."""
        from app.views.api.answers import answer

        return answer({"csrf_token": generate_csrf()})


TokenApi.__name__ = "SecurityApi"


class CaryardSecurityManager(SecurityManager):
    """Registers only our doors: none of the framework's user, role or reset windows exist here."""

    user_model = Login
    security_api = TokenApi

    def register_views(self) -> None:
        """The JWT log-in; the log-in page is registered with the other pages."""
        self.appbuilder.add_api(self.security_api)

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Tokens carry the session stamp: a new stamp ends them."""
        manager: JWTManager = super().create_jwt_manager(app)

        @manager.additional_claims_loader
        def claims(identity: str) -> dict[str, Any]:
            login = db.session.get(Login, int(identity))
            return {"stamp": login.session_stamp if login else None}

        for refuse in (
            manager.unauthorized_loader,
            manager.invalid_token_loader,
            manager.token_verification_failed_loader,
        ):
            refuse(_bad_token)
        for refuse in (
            manager.expired_token_loader,
            manager.user_lookup_error_loader,
            manager.revoked_token_loader,
            manager.needs_fresh_token_loader,
        ):
            refuse(_bad_token)
        return manager

    def load_user(self, pk: int) -> Any | None:
        """The active log-in whose session stamp is the one that the cookie carries."""
        login = db.session.get(Login, int(pk))
        if login is None or not login.is_active:
            return None
        return login if session.get("stamp") == login.session_stamp else None

    def load_user_jwt(self, _header: Any, data: dict[str, Any]) -> Any | None:
        """The active log-in whose session stamp is the one that the token carries."""
        login = db.session.get(Login, int(data["sub"]))
        if login is None or not login.is_active or data.get("stamp") != login.session_stamp:
            return None
        g.user = login
        return login

    def update_user_auth_stat(self, user: Any, success: bool = True) -> None:
        """Count log-ins in a unit of work of its own: the framework commits by itself."""
        with unit_of_work():
            super().update_user_auth_stat(user, success)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """The framework's own question, answered from the request's one rights query."""
        return (
            (permission_name, view_name) in {(f"can_{action}", kind) for action, kind in actor().scopes}
            if actor().user_id
            else False
        )


def _bad_token(*_details: Any) -> tuple[Any, int]:
    """Whatever is wrong with a token: log in again."""
    return {"code": "unauthorized", "message": _("登录凭证无效或已过期，请重新登录。")}, 401


def actor() -> Actor:
    """Who asks in this request, with all rights; loaded once."""
    if "actor" not in g:
        g.actor = _load_actor()
    return g.actor  # type: ignore[no-any-return]  # g holds anything


def _load_actor() -> Actor:
    if _bearer():
        try:
            verify_jwt_in_request()
        except (JWTExtendedException, PyJWTError, ValueError):
            return NOBODY
        return actor_of(int(get_jwt()["sub"]), "api") or NOBODY
    if current_user.is_authenticated:
        return actor_of(current_user.id, "api" if request.path.startswith("/api/") else "page") or NOBODY
    return NOBODY


def _bearer() -> bool:
    return request.headers.get("Authorization", "").lower().partition(" ")[0] == "bearer"


def only_the_known() -> Response | tuple[Any, int] | None:
    """`before_request`: strangers get the log-in page (the API: 401); a forced password change comes first."""
    if request.endpoint in OPEN_ENDPOINTS or request.endpoint is None:
        return None
    if actor().user_id is None:
        if request.path.startswith("/api/"):
            return {"code": "unauthorized", "message": _("请先登录。")}, 401
        logout_user()
        return redirect(
            url_for("AuthView.login", next=request.full_path.rstrip("?") if request.method == "GET" else None)
        )
    login = db.session.get(Login, actor().user_id)
    if (
        login is not None
        and login.must_change_password
        and request.endpoint not in {"AuthView.password", "AuthView.logout"}
    ):
        if request.path.startswith("/api/"):
            return {"code": "password", "message": _("请先在网页上修改初始密码。")}, 403
        return redirect(url_for("AuthView.password"))
    return None


def cookie_needs_csrf() -> None:
    """`before_request`: what the API changes for a cookie takes X-CSRFToken; a bearer token without a session needs none.

    The framework's API blueprints are exempt from the check that pages get, so this is the API's own.
    """
    if request.blueprint is None or request.blueprint == TokenApi.__name__ or not request.path.startswith("/api/"):
        return
    if current_app.config["WTF_CSRF_ENABLED"] and not (_bearer() and "_user_id" not in session):
        csrf.protect()


def limit_log_ins(app: Flask) -> None:
    """So many tries a minute from one address, counted over both doors together; both answer 429 in words."""
    rate = app.config["AUTH_RATE_LIMIT"]
    if not rate:
        return
    limited = app.appbuilder.sm.limiter.shared_limit(rate, scope="log-in", methods=["POST"])  # type: ignore[attr-defined]  # FAB's
    for endpoint in ("AuthView.login", f"{TokenApi.__name__}.login"):
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])
