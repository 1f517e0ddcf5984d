"""The simulated account: its people, events and campaigns, and how they are generated."""
