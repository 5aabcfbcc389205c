"""The objects that every module shares, made once and bound to the application in create_app()."""

from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_compress import Compress
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

db: SQLAlchemy = get_sqla_class()()
appbuilder = AppBuilder()
csrf = CSRFProtect()
compress = Compress()
