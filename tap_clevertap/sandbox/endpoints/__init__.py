"""The simulated endpoints: each returns the response to a request."""
