"""The objects that every module shares, made once and bound to the application in create_app()."""

from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_compress import Compress
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect


class Frame(AppBuilder):
    """The framework without doors of its own: its "back" and its language switch are not here."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()


db: SQLAlchemy = get_sqla_class()()
appbuilder = Frame()
csrf = CSRFProtect()
compress = Compress()
