"""Rows to stdout or to BATCH files."""
