"""What happens to documents: saving, moving, and per kind its checks, approve and unapprove side by side."""

from importlib import import_module

KINDS: tuple[str, ...] = ("purchase", "price_change", "sale", "settlement", "expense", "manual_entry")
"""One module per kind of document, in the order of the road; adding a kind adds its module's name here."""
RULES: tuple[str, ...] = ("base_rows", "parties", "vehicles")
"""Modules with rules for base rows (parties, vehicles, …)."""


def register() -> None:
    """Import every kind and rule, so that the engine knows them, and attach the guards to the session."""
    from app.database import guard_commits
    from app.workflows.engine import guard_papers

    for name in (*RULES, *KINDS):
        import_module(f"app.workflows.{name}")
    guard_commits()
    guard_papers()
