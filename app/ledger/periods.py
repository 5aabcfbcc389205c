"""Accounting months: made when first asked for, closed oldest first, reopened newest first."""

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.enums import PeriodState
from app.errors import Invalid
from app.extensions import db
from app.models import CompanyProfile, Period


def first_month() -> str:
    """The company's first accounting month."""
    return clock.month_of(db.session.scalars(select(CompanyProfile.first_period_on)).one())


def period_for(day: dt.date) -> Period:
    """The open period that a posting date lies in, made with all before it when first asked for.

    Invalid at `dated_on` for a day before the first period, after today, or in a closed period (a new date is offered).
    """
    month = clock.month_of(day)
    # KEY SHARE: posters do not wait for each other; the one who closes takes FOR UPDATE and waits for all of them
    statement = select(Period).where(Period.month == month).with_for_update(read=True, key_share=True)
    period = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if day > clock.today():
        raise Invalid([("dated_on", _("日期 %(day)s 在今天之后，不能入账。", day=day))])
    if period is None:
        period = _make_up_to(month)
    if period.state is PeriodState.closed:
        raise Invalid([("dated_on", _("%(month)s 已结账，不能入账；可改用 %(offer)s。", month=month, offer=next_open_day()))])
    return period


def next_open_day() -> dt.date:
    """The earliest day from which papers can be posted."""
    newest_closed = db.session.scalar(
        select(Period.month).where(Period.state == PeriodState.closed).order_by(Period.month.desc()).limit(1)
    )
    if newest_closed is None:
        return dt.date.fromisoformat(first_month() + "-01")
    return dt.date.fromisoformat(clock.next_month(newest_closed) + "-01")


def _make_up_to(month: str) -> Period:
    first = first_month()
    if month < first:
        raise Invalid([("dated_on", _("账务从 %(first)s 开始，%(month)s 不能入账。", first=first, month=month))])
    known = set(db.session.scalars(select(Period.month)))
    running = first
    while running <= month:
        if running not in known:
            _make(running)
        running = clock.next_month(running)
    db.session.flush()
    return db.session.scalars(select(Period).where(Period.month == month)).one()


def _make(month: str) -> None:
    """Insert a month, whoever is first: two clerks may be the first of the month at once."""
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    db.session.execute(insert(Period).values(month=month, state=PeriodState.open).on_conflict_do_nothing(index_elements=["month"]))
