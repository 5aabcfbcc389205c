"""What staff see: pages, pickers and the API."""

from flask import Flask


def register(app: Flask) -> None:
    """Attach every view, handler and context to the application."""
    from app.extensions import appbuilder
    from app.views.auth import AuthView
    from app.views.security import only_the_known

    app.before_request(only_the_known)
    appbuilder.add_view_no_menu(AuthView)
