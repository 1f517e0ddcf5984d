"""Base classes of streams, one for each kind of endpoint: listed, polled, counted, sliced."""
