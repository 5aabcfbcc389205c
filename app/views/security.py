"""Log-in and who is asking: the framework's security manager with our doors, session stamps and one rights query."""

import secrets
from typing import Any

from flask import Flask, g, redirect, request, session, url_for
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_babel import gettext as _
from flask_jwt_extended import JWTManager, get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_login import current_user, logout_user
from jwt.exceptions import PyJWTError
from werkzeug.wrappers import Response

from app.database import unit_of_work
from app.extensions import db
from app.models import Login
from app.queries import NOBODY, Actor, actor_of

OPEN_ENDPOINTS = {"static", "appbuilder.static", "AuthView.login", "SecurityApi.login", "SecurityApi.refresh", "health", "language"}
"""Endpoints that strangers may call; everything else is closed."""


class TokenApi(SecurityApi):
    """The framework's JWT log-in at /api/v1/security/login."""


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
        manager = super().create_jwt_manager(app)

        @manager.additional_claims_loader
        def claims(identity: str) -> dict[str, Any]:
            login = db.session.get(Login, int(identity))
            return {"stamp": login.session_stamp if login else None}

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
        return (permission_name, view_name) in {(f"can_{action}", kind) for action, kind in actor().scopes} if actor().user_id else False


def new_stamp() -> str:
    """A fresh session stamp; giving one to a log-in ends all its sessions and tokens."""
    return secrets.token_hex(16)


def actor() -> Actor:
    """Who asks in this request, with all rights; loaded once."""
    if "actor" not in g:
        g.actor = _load_actor()
    return g.actor  # type: ignore[no-any-return]


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
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def only_the_known() -> Response | tuple[Any, int] | None:
    """`before_request`: strangers get the log-in page (the API: 401); a forced password change comes first."""
    if request.endpoint in OPEN_ENDPOINTS or request.endpoint is None:
        return None
    if actor().user_id is None:
        if request.path.startswith("/api/"):
            return {"code": "unauthorized", "message": _("请先登录。")}, 401
        logout_user()
        return redirect(url_for("AuthView.login", next=request.full_path.rstrip("?") if request.method == "GET" else None))
    login = db.session.get(Login, actor().user_id)
    if login is not None and login.must_change_password and request.endpoint not in {"AuthView.password", "AuthView.logout"}:
        if request.path.startswith("/api/"):
            return {"code": "password", "message": _("请先在网页上修改初始密码。")}, 403
        return redirect(url_for("AuthView.password"))
    return None


def api_needs_csrf() -> bool:
    """A cookie request to the API sends X-CSRFToken; one with a bearer token and no session needs none."""
    return not _bearer()


