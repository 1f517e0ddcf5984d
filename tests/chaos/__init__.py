"""The proof under faults: random accounts, random failures, random deaths."""
