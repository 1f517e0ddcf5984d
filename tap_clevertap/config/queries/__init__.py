"""Queries of events that the user writes as settings: what to count, and which filters."""
