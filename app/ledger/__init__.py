"""The one door to the books. A workflow returns legs and matches; `post` proves them and writes; `withdraw` takes back.

Nothing else writes journal entries, journal lines, open items or matches. Rules name accounts by purpose.
Lock order: own paper → holding → open items by id → money accounts by id.
"""

from app.ledger.posting import (
    Leg,
    Settle,
    credit,
    debit,
    entry_of,
    lock_items,
    lock_items_of,
    post,
    withdraw,
)

__all__ = ["Leg", "Settle", "credit", "debit", "entry_of", "lock_items", "lock_items_of", "post", "withdraw"]
