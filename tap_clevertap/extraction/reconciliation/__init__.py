"""Reconciliation: rows extracted against rows that CleverTap counts, day by day."""
