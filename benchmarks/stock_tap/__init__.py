"""A tap for CleverTap's events as the SDK's own template leads to it, for comparison.

`RESTStream`, the SDK's paginator and retries, its JSON parser, its conforming and its writer:
nothing is overridden that the template does not offer to fill in.
"""
