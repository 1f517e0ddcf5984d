"""Writes rows as Singer messages to stdout, or as BATCH files."""
