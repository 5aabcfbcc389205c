"""The objects that every module shares, made once and bound to the application in create_app()."""

from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

db = get_sqla_class()()
appbuilder = AppBuilder()
csrf = CSRFProtect()

__all__ = ["AppBuilder", "Babel", "Limiter", "appbuilder", "csrf", "db", "get_remote_address"]
