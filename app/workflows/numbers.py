"""Numbers without gaps: one locked counter row per series and month, drawn by one statement at the first save."""

import datetime as dt

from app.database import upsert
from app.extensions import db
from app.models import Counter


def draw(series: str, day: dt.date | None = None) -> str:
    """The next number of a series: `SC2611-0001` for a paper dated in November 2026, `KH000001` without a day.

    The row stays locked until the unit of work ends: a rollback gives the number back, so a series has no gap.
    """
    month = f"{day:%y%m}" if day else ""
    statement = upsert(Counter).values(series=series, month=month, value=1)
    statement = statement.on_conflict_do_update(index_elements=["series", "month"], set_={"value": Counter.value + 1})
    value: int = db.session.execute(statement.returning(Counter.value)).scalar_one()
    return f"{series}{month}-{value:04d}" if month else f"{series}{value:06d}"
