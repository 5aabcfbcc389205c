"""How connections behave on each database, and the one unit of work.

SQLite: requests that only read get BEGIN with query_only, everything else BEGIN IMMEDIATE, so that a read-modify-write
never loses an update; WAL, foreign keys, recursive triggers. Workflows flush; a door commits once, in `unit_of_work()`;
a commit anywhere else is refused.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask import Flask, request
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.extensions import db

READ_ONLY: ContextVar[bool] = ContextVar("read_only", default=False)
"""Set by the door for requests that only read."""
_KEPT: ContextVar[int] = ContextVar("kept", default=0)
"""How many units of work were committed here so far."""


def set_up_engine(engine: Engine) -> None:
    """Attach the connection events to an engine; once per engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)


def _sqlite_connects(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=20000",
        "foreign_keys=ON",
        "recursive_triggers=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begins(connection: Connection) -> None:
    reading = READ_ONLY.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def upsert(model: type[Any]) -> Any:
    """`INSERT` into the table of `model` that knows `ON CONFLICT`, on either database."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of one moment, whoever writes meanwhile; nothing can be written.

    For a session at rest. Inside a transaction that is under way (tests) it only promises what that one does.
    """
    token = READ_ONLY.set(True)
    try:
        if isinstance(db.session.get_bind(), Engine) and db.engine.dialect.name == "postgresql":
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        yield
    finally:
        db.session.rollback()
        READ_ONLY.reset(token)


class StrayCommit(RuntimeError):
    """Something committed outside the unit of work: a fault of the program."""


@contextmanager
def unit_of_work() -> Iterator[None]:
    """All or nothing: commits once at the end, rolls back on any exception, which goes on to the caller."""
    info = db.session.info
    if info.get("unit"):
        raise StrayCommit("units of work do not nest")
    info["unit"] = True
    try:
        yield
        db.session.commit()
        _KEPT.set(_KEPT.get() + 1)
    except BaseException:
        db.session.rollback()
        raise
    finally:
        info.pop("unit", None)


T = TypeVar("T")
MOST_TRIES = 4


def retrying(work: Callable[[], T]) -> T:
    """What `work` returns, done again from its beginning when the database ended it in favour of another (a deadlock).

    `work` is a whole unit of work or a door with one: nothing of a try that failed remains. Where something was kept
    already (a door that saves and then approves) it is not done again. The locks are taken in one order everywhere, so
    this is a net under the rope; after `MOST_TRIES` the error goes on to the caller.
    """
    kept = _KEPT.get()
    for tries in range(1, MOST_TRIES):
        try:
            return work()
        except DBAPIError as error:
            if not isinstance(error.orig, DeadlockDetected | SerializationFailure) or _KEPT.get() != kept:
                raise
            db.session.rollback()
            time.sleep(random.uniform(0, 0.05) * tries)  # noqa: S311  # so that the two do not meet again
    return work()


def refuse_stray_commits(session: Session) -> None:
    """`before_commit`: only the unit of work commits."""
    if not session.info.get("unit") and (
        session.new or session.dirty or session.deleted or session.info.get("flushed")
    ):
        raise StrayCommit("only unit_of_work() commits")


def _remember_flush(session: Session, _context: Any) -> None:
    session.info["flushed"] = True


def _forget_flush(session: Session) -> None:
    session.info.pop("flushed", None)


def guard_commits() -> None:
    """Attach the commit guard to the application's session; once per process."""
    if not event.contains(db.session, "before_commit", refuse_stray_commits):
        event.listen(db.session, "before_commit", refuse_stray_commits)
        event.listen(db.session, "after_flush", _remember_flush)
        event.listen(db.session, "after_commit", _forget_flush)
        event.listen(db.session, "after_rollback", _forget_flush)


def set_up(app: Flask) -> None:
    """Attach events to the application's engines and make a request's method decide whether it may write."""
    for engine in db.engines.values():
        set_up_engine(engine)

    @app.before_request
    def read_or_write() -> None:
        READ_ONLY.set(request.method in ("GET", "HEAD", "OPTIONS"))
