"""Caryard 二手车交易管理: `create_app()` is a list of calls, nothing else."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config


def create_app(settings: config.Settings | None = None, **overrides: object) -> Flask:
    """The application, bound to the database that `settings` names (default: read from the environment)."""
    from app import cli, database, i18n, triggers, views, workflows  # noqa: F401  # triggers come with the tables
    from app.extensions import appbuilder, compress, csrf, db

    app = Flask(__name__)
    app.config.update(config.flask_config(settings or config.read()))
    app.config.update(overrides)
    if proxies := app.config["CARYARD_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]  # how Flask wants it
    i18n.compile_catalogues()
    db.init_app(app)
    csrf.init_app(app)
    compress.init_app(app)
    workflows.register()
    with app.app_context():
        database.set_up(app)
        appbuilder.baseviews.clear()  # a second application in this process gets every view, too
        appbuilder.init_app(app, db.session)
        views.register(app)
    cli.register(app)
    return app
