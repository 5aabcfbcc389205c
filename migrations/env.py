"""Alembic's entry: our tables, the framework's included, on the connection it was given.

`app.setup.migrate` and `python -m migrations.make` pass a connection; Alembic's own command line gets the application's.
"""

from alembic import context
from flask_appbuilder import Model
from sqlalchemy import Connection

import app.triggers  # noqa: F401  # the whole of Model.metadata, triggers last
from migrations.options import OPTIONS


def run(connection: Connection) -> None:
    """Run what was asked for on this connection; the caller's transaction decides."""
    context.configure(connection=connection, target_metadata=Model.metadata, **OPTIONS)
    context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from app import create_app
    from app.extensions import db

    with create_app().app_context(), db.engine.begin() as own:
        run(own)
