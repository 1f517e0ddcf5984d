"""The simulator's HTTP server: admission, routes and the admin API."""
