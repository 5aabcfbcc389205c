"""Long roads, read from top to bottom."""
