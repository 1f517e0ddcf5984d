"""The client of CleverTap's API: requests, retries, limits and decoded responses."""
