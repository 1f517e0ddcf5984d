"""Shows the tap at work without an account: `make demo`."""
