"""Slices: an event and a run of days; which there are, and how a run cuts them."""
