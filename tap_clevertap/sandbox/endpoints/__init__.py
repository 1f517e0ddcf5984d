"""The simulated endpoints: each from a request to the body of its response."""
