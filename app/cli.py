"""Commands: `flask init`, `flask import catalogue FILE`, `flask ledger check`, …"""

from flask import Flask


def register(app: Flask) -> None:
    """Attach the commands to the application."""
