"""What staff see: pages, pickers and the API."""

import hashlib
import secrets
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, url_for
from werkzeug.routing import IntegerConverter

from app.database import READ_ONLY, retrying

PAGES = ("catalogue", "parties", "acquisition", "vehicles", "sales", "finance", "books", "system", "home", "search")
"""Modules that declare windows and pages, in the order of the menu."""

STATIC = Path(__file__).parent.parent / "static"


class Id(IntegerConverter):
    """An id in an address: nine digits at the most, so that no database is asked for a number it cannot hold."""

    regex = r"\d{1,9}"


def register(app: Flask) -> None:
    """Attach every view, handler and context to the application."""
    from app.extensions import appbuilder
    from app.views import api, errors, menu
    from app.views.auth import AuthView
    from app.views.base import WINDOWS
    from app.views.pickers import PickView
    from app.views.security import only_the_known

    app.url_map.converters["int"] = Id
    modules = [import_module(f"app.views.{name}") for name in PAGES]
    app.before_request(only_the_known)
    app.after_request(guard_page)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, static_url=static_url)
    app.context_processor(lambda: {"frame": menu.frame()})
    errors.register(app)
    for window in WINDOWS.values():
        appbuilder.add_view_no_menu(window)
    for view in (AuthView, PickView, *(view for module in modules for view in getattr(module, "VIEWS", ()))):
        appbuilder.add_view_no_menu(view)
    api.register(app)
    app.view_functions.update({endpoint: again(view) for endpoint, view in app.view_functions.items()})


def again(view: Callable[..., Any]) -> Callable[..., Any]:
    """A door that is tried again, unnoticed, when the database ended its unit of work in favour of another's."""

    @wraps(view)
    def door(**where: Any) -> Any:
        return view(**where) if READ_ONLY.get() else retrying(lambda: view(**where))

    return door


def csp_nonce() -> str:
    """This response's nonce for scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce  # type: ignore[no-any-return]  # g holds anything


@cache
def _digest(name: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def static_url(name: str) -> str:
    """A static file's address with its content's digest: cached for ever, new when it changes."""
    path = STATIC / name
    version = _digest(name, path.stat().st_mtime_ns) if path.is_file() else ""
    return url_for("static", filename=name, v=version)


def guard_page(response: Response) -> Response:
    """Nothing leaves the site; nothing inline runs without this response's nonce."""
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    policy = (
        f"default-src 'self'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint in ("static", "appbuilder.static"):
        # with a digest in the address a file never changes; modules that import each other without one are asked for again
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if request.args.get("v") else "no-cache"
        )
    elif response.mimetype in ("text/html", "application/json"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
