"""BATCH files into warehouses."""
