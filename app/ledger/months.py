"""Accounting months: made when first asked for; a paper is posted into an open one."""

import datetime as dt
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Select, String, bindparam, select

from app import clock
from app.database import upsert
from app.enums import PeriodState
from app.errors import Invalid
from app.extensions import db
from app.memo import once, while_still
from app.models import CompanyProfile, Period


def first_month() -> str:
    """The company's first accounting month, `2026-11`."""
    return clock.month_of(db.session.scalars(select(CompanyProfile.first_period_on)).one())


def first_day(month: str) -> dt.date:
    """The first day of `2026-11`."""
    return dt.date.fromisoformat(f"{month}-01")


def run_of_months(first: str, last: str) -> list[str]:
    """All months from `first` to `last`, both included."""
    found = []
    while first <= last:
        found.append(first)
        first = clock.next_month(first)
    return found


class Posting(NamedTuple):
    """A period as far as posting into it goes."""

    id: int
    state: PeriodState


@while_still
def period_for(day: dt.date) -> Posting:
    """The open period that a posting date lies in, made with all before it when first asked for.

    Until the end of the transaction nobody closes it. Invalid at `dated_on` for a day before the first period, after
    today, or in a closed period (a new date is offered).
    """
    if day > clock.today():
        raise Invalid([("dated_on", _("日期 %(day)s 在今天之后，不能入账。", day=day))])
    month = clock.month_of(day)
    while (period := _shared(month)) is None:
        made(month)
    if period.state is PeriodState.closed:
        raise Invalid(
            [("dated_on", _("%(month)s 已结账，不能入账；可改用 %(offer)s。", month=month, offer=next_open_day()))]
        )
    return period


def _shared(month: str) -> Posting | None:
    """The period, locked and then read: posters do not wait for each other (KEY SHARE), who closes waits for them all."""
    found = db.session.execute(_of_month(), {"month": month}).one_or_none()
    return Posting(*found) if found else None


@once
def _of_month() -> Select[int, PeriodState]:
    statement = select(Period.id, Period.state).where(Period.month == bindparam("month", type_=String))
    return statement.with_for_update(read=True, key_share=True)


def next_open_day() -> dt.date:
    """The earliest day from which papers can be posted."""
    newest_closed = db.session.scalar(
        select(Period.month).where(Period.state == PeriodState.closed).order_by(Period.month.desc()).limit(1)
    )
    return first_day(clock.next_month(newest_closed) if newest_closed else first_month())


def made(month: str) -> Period:
    """The period of a month, made with all before it where there is none yet.

    Two clerks may be the first of the month at once: both get it. Invalid for a month before the company's first or
    one that has not begun.
    """
    first = first_month()
    if month > clock.month_of(clock.today()):
        raise Invalid([("month", _("%(month)s 还没有到。", month=month))])
    if month < first:
        raise Invalid([("dated_on", _("账务从 %(first)s 开始，%(month)s 不能入账。", first=first, month=month))])
    known = set(db.session.scalars(select(Period.month)))
    for missing in run_of_months(first, month):
        if missing not in known:
            values = {"month": missing, "state": PeriodState.open}
            db.session.execute(upsert(Period).values(values).on_conflict_do_nothing(index_elements=["month"]))
    # not locked: who asks for a month to close it takes a stronger lock later, and two such would wait for each other
    return db.session.scalars(select(Period).where(Period.month == month)).one()
