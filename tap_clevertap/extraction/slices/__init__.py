"""Slices, an event and a range of days: their states, and how a run plans them."""
