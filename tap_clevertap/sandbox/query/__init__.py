"""CleverTap's query language, evaluated on the simulated account."""
