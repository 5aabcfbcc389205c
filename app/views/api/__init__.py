"""The REST API under /api/v1, derived from the tables and their declared moves; docs/api.md has its one table of names.

A new kind of document or base table needs nothing here: it is in `engine.kinds()` or in `permissions.BASE_DATA`.
"""

from flask import Flask

from app import models, permissions
from app.columns import Base
from app.models import Holding, Party, Period, Vehicle
from app.workflows import engine


def tables() -> dict[str, type[Base]]:
    """Every table that has a resource, by the name it has in addresses: base data, months, parties, cars, papers."""
    base = [getattr(models, name) for name in permissions.BASE_DATA]
    return {model.__tablename__: model for model in (*base, Period, Party, Vehicle, Holding, *engine.kinds().values())}


def register(app: Flask) -> None:
    """Attach every resource, the ledger's, the document that describes them and the page that shows it.

    Refusals become JSON by the handlers of app/views/errors.py, which ask `answers.is_api()`.
    """
    from app.extensions import appbuilder
    from app.views import openapi
    from app.views.api import books
    from app.views.api.resource import resource
    from app.views.security import cookie_needs_csrf, limit_log_ins

    for model in tables().values():
        appbuilder.add_api(resource(model, *books.EXTRAS.get(model, ())))
    appbuilder.add_api(books.LedgerApi)
    openapi.register(app)
    app.before_request(cookie_needs_csrf)
    limit_log_ins(app)
