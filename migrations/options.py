"""How models and database are compared, for Alembic's entry and for the making of revisions."""

from typing import Any

from sqlalchemy import JSON

from app.columns import Fen, UtcDateTime


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Revisions stand alone: our column types are written as what they are in the database."""
    if kind == "type" and isinstance(item, Fen):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON()"
    return False


def compare_type(_context: Any, _reflected: Any, _column: Any, inspected: Any, declared: Any) -> bool | None:
    """Compare by what our types are made of; the rest is Alembic's."""
    if isinstance(declared, Fen | UtcDateTime):
        return inspected._type_affinity is not declared.impl_instance._type_affinity
    return None


OPTIONS: dict[str, Any] = {"render_item": render_item, "compare_type": compare_type, "render_as_batch": False}
"""Never batch mode: on SQLite it rebuilds a table and loses its triggers."""
