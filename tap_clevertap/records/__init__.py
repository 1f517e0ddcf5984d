"""Converts CleverTap's records to the rows that a target loads."""
