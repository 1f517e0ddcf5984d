"""The simulated account: its users, events and campaigns, and their generator."""
