"""Loads the BATCH files of a first back-fill into a warehouse, with the warehouse's own loader."""
