"""Processes of the tap's own that work beside it, and the pipes to them."""
