"""Random mixtures of the sandbox's honest faults: none of them hides a row or tells a lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.sandbox import Faults

if TYPE_CHECKING:
    from random import Random

STRONGEST = {
    "too_many_requests": 0.3,
    "throttled": 0.3,
    "server_error": 0.2,
    "unavailable": 0.2,
    "reset": 0.1,
    "truncated": 0.1,
    "empty_body": 0.1,
    "html": 0.1,
    "empty_page": 0.5,
    "short_page": 0.5,
    "expired_cursor": 0.05,
    "incorrect_usage": 0.1,
    "repeated_cursor": 0.05,
    "cursor_cycle": 0.3,
    "reread_refused": 1,
    "repeats": 0.2,
    "lone_surrogate": 0.5,
    "nan": 0.5,
    "bad_utf8": 0.5,
    "login_between_reads": 0.5,
    "dead_request_id": 1,
    "alternate_paging": 1,
    "in_progress": 2,
    "in_progress_202": 1,
    "partial": 3,
}
"""Shares, and for the last three the number of times."""

TIMES = ("in_progress", "in_progress_202", "partial")


def random_faults(rng: Random) -> Faults:
    """Return up to eight of them, each of a random strength."""
    chosen = rng.sample(sorted(STRONGEST), rng.randint(0, 8))
    return Faults(rng.randrange(2**32), **{name: _strength(rng, name) for name in chosen})


def _strength(rng: Random, name: str) -> float:
    if name in TIMES:
        return rng.randint(1, int(STRONGEST[name]))
    return rng.random() * STRONGEST[name]


LIES = {
    "drop_page": 0.3,
    "ends_early": 0.3,
    "repeated_page": 0.3,
    "lost_cursor": 0.2,
    "refused_for_now": 0.3,
    "refused_once": 0.3,
    "lagging_count": 0.5,
    "hidden_event": 0.4,
}
"""What hides rows: pages lost and repeated, chains cut, refusals that pass, counts that lag."""


def random_lies(rng: Random) -> Faults:
    """Return one to three of them, each of a random strength, which a later reading may escape."""
    chosen = rng.sample(sorted(LIES), rng.randint(1, 3))
    shares = {name: rng.random() * LIES[name] for name in chosen}
    return Faults(rng.randrange(2**32), **shares)
