"""Revisions of the database, and how they are made (`python -m migrations.make`)."""
