"""Streams, each by itself; what holds across them is in `across`."""
