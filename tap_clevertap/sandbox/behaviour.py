"""Regular behaviour of the simulated API: page sizes, delays, limits."""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Regular behaviour, without faults; durations are in seconds."""

    shards: int = 23
    """A page holds `batch_size // shards` records of each; a smaller batch is not limited."""
    max_in_flight: int = 3
    """Requests at once per endpoint family; one more is answered 429."""
    page_latency: float = 0.0
    """Added to every answer while it holds its slot."""
    cursor_length: int = 2000
    cursor_percent_encoded: bool = True
    cursor_life: int = 4 * HOUR
    cursor_idle: int = HOUR
    profile_cursor_life: int = 96 * HOUR
    in_progress_fetches: int = 0
    """Times every cursor answers "in progress" before its page is ready."""
    partial_polls: int = 1
    """Polls of a count that are answered `partial` before the final answer."""
    partial_share: float = 0.5
    """Share of count questions that are not answered at once."""
    gzip: bool = True
    """Compress bodies of 1 kB and more for clients that accept it."""
