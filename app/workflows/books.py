"""The check of the books with what only workflows know: which kinds post, and the status that follows from papers."""

from app.ledger.check import Expected, Finding, run_checks
from app.models import Vehicle
from app.workflows.engine import MOVES
from app.workflows.vehicles import derived_status


def check_books() -> list[Finding]:
    """Every invariant of ledger.md, each with its figures and breaches. Reads only."""
    posting = {kind.__tablename__ for kind, moves in MOVES.items() if moves["approve"].posts}
    return run_checks(Expected(frozenset(posting), derived_status(Vehicle.__table__.c.id)))
