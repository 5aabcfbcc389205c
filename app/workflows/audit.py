"""Moved to `app/audit.py`, where the ledger can reach it too."""

from app.audit import Snapshot, difference, plain, record, snapshot

__all__ = ["Snapshot", "difference", "plain", "record", "snapshot"]
