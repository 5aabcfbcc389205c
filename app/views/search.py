"""Pages still to come."""
