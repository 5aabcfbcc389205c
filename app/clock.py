"""What time it is: UTC stored, Asia/Shanghai shown. The business day can be set for tests and demonstrations."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from flask import current_app, has_app_context

SHANGHAI = ZoneInfo("Asia/Shanghai")


_PRETENDED: ContextVar[dt.datetime | None] = ContextVar("pretended", default=None)


@contextmanager
def pretend(moment: dt.datetime) -> Iterator[None]:
    """Inside, it is `moment` (aware) on every clock: how a demonstration lot gets stamps of the days it tells of."""
    token = _PRETENDED.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _PRETENDED.reset(token)


def now() -> dt.datetime:
    """This moment, aware, UTC."""
    return _PRETENDED.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The business day in Asia/Shanghai, or the one that CARYARD_TODAY sets."""
    if pretended := _PRETENDED.get():
        return pretended.astimezone(SHANGHAI).date()
    fixed: dt.date | None = current_app.config.get("CARYARD_TODAY") if has_app_context() else None
    return fixed or now().astimezone(SHANGHAI).date()


def local(moment: dt.datetime) -> dt.datetime:
    """A stored moment as the staff's wall clock shows it."""
    return moment.astimezone(SHANGHAI)


def month_of(day: dt.date) -> str:
    """`2026-11`: the accounting period a day lies in."""
    return f"{day:%Y-%m}"


def last_day(month: str) -> dt.date:
    """The last day of `2026-11`."""
    first = dt.date.fromisoformat(month + "-01")
    return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def next_month(month: str) -> str:
    """`2026-12` after `2026-11`."""
    return month_of(last_day(month) + dt.timedelta(days=1))
