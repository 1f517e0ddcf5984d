"""Named faults that can be switched on.

Whether a fault strikes is drawn from a hash of the seed, the fault, the request and how often
that request came, so that the timing of threads changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_IN_A_ROW = 3

_SHARES = {
    "too_many_requests": "429, although nobody else asked",
    "throttled": "code 1 when a cursor is opened",
    "in_progress_forever": "share of cursors whose pages never become ready",
    "server_error": "500 with CleverTap's unknown error",
    "unavailable": "503 with an HTML body",
    "reset": "the connection is reset in mid-body",
    "truncated": "the JSON is cut, the HTTP response around it is whole",
    "hang": "no answer until the client leaves or the sandbox stops",
    "empty_body": "200 without a body",
    "html": "200 with an HTML page",
    "empty_page": "share of pages preceded by one with no records but a next cursor",
    "short_page": "share of pages of one record, the others follow on the next",
    "expired_cursor": "CURSOR_INVALIDATED on a page; the cursor stays dead",
    "incorrect_usage": "code 3 on a page, once for each page of a request",
    "repeated_cursor": "the next cursor of a page is the cursor that was asked",
    "cursor_cycle": "the last page's next cursor is that of the first",
    "reread_refused": "code 3 for a cursor that was read before",
    "repeats": "share of records that come twice, on the same page or the next",
    "lone_surrogate": "a lone surrogate escape in a profile",
    "nan": "a bare NaN in a profile",
    "bad_utf8": "an invalid byte in a profile",
    "drop_page": "the lie: a page is skipped, its records never come",
    "ends_early": "the lie: the last half of an export's pages never comes",
    "repeated_page": "the lie: a page comes again in place of the next one",
    "lost_cursor": "the lie: a page in mid-export has no next cursor",
    "refused_for_now": "500 Export not allowed right now, on opening a cursor",
    "refused_once": "400 Export not allowed, on opening a cursor",
    "hidden_event": "share of events that the schema does not list",
    "lagging_count": "a count that lacks a tenth the first time it is asked for",
    "login_between_reads": "share of people anonymous on an export's first page, known later",
    "redirect": "302 to another host",
    "dead_request_id": "a poll finds its request id dead, once for each question",
    "content_blocks_off": "403, as for an account without content blocks",
    "alternate_paging": "share of exports that go on by status partial and cursor",
}
_NUMBERS = {
    "in_progress": "times every cursor answers code 2 first",
    "in_progress_202": "the same with status 202",
    "slow": "seconds added to every answer",
    "partial": "polls answered partial before a count is final; every count is asked to poll",
    "miscount": "added to every number that the count API gives",
    "wrong_zone": "minutes by which ts is off the account's zone",
}
_SIGNED = ("miscount", "wrong_zone")


class Faults:
    """What goes wrong, how often or how much; nothing unless switched on.

    Raises:
        ValueError: A name is unknown or a value outside its range.
    """

    NAMES: ClassVar[dict[str, str]] = {
        **{name: f"probability: {text}" for name, text in _SHARES.items()},
        **{name: f"number: {text}" for name, text in _NUMBERS.items()},
    }

    def __init__(self, seed: int = 0, **switches: float) -> None:
        self.seed = seed
        self._switches: dict[str, float] = {}
        self._came: Counter[tuple[str, bytes]] = Counter()
        self._in_a_row: Counter[tuple[str, bytes]] = Counter()
        self._lock = Lock()
        self.update(switches)

    def update(self, switches: Mapping[str, object]) -> None:
        """Set the named switches, leave the others; all or, where one is wrong, none."""
        checked = {name: _check(name, value) for name, value in switches.items()}
        self._switches.update(checked)

    def value(self, name: str) -> float:
        """Return the number a switch is set to; 0 is off."""
        return self._switches.get(name, 0)

    def as_dict(self) -> dict[str, float]:
        """Return the switches that are on."""
        return {name: value for name, value in self._switches.items() if value}

    def strikes(self, name: str, key: str) -> bool:
        """Tell whether the fault hits this time; short of 1.0 at most three times in a row."""
        share = self.value(name)
        if share <= 0 or share >= 1:
            return share >= 1
        short = name, _digest(key)
        with self._lock:
            nth = self._came[short] = self._came[short] + 1
            is_hit = self._in_a_row[short] < MOST_IN_A_ROW and self.chooses(name, f"{nth} {key}")
            self._in_a_row[short] = self._in_a_row[short] + 1 if is_hit else 0
        return is_hit

    def strikes_once(self, name: str, key: str) -> bool:
        """Tell whether the fault hits the first time that the key comes; never later."""
        with self._lock:
            self._came[name, _digest(key)] += 1
            is_first = self._came[name, _digest(key)] == 1
        return is_first and self.chooses(name, key)

    def chooses(self, name: str, key: str) -> bool:
        """Tell whether the key belongs to the share that the fault hits; always the same."""
        share = self.value(name)
        drawn = int.from_bytes(_digest(f"{self.seed} {name} {key}")) / 2**64
        return drawn < share


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _check(name: str, value: object) -> float:
    if name not in Faults.NAMES:
        msg = f"unknown fault {name!r}; known are {', '.join(sorted(Faults.NAMES))}"
        raise ValueError(msg)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        msg = f"fault {name} takes a number, not {value!r}"
        raise ValueError(msg)
    if name in _SHARES and not 0 <= value <= 1:
        msg = f"fault {name} is a probability from 0 to 1, not {value!r}"
        raise ValueError(msg)
    if value < 0 and name not in _SIGNED:
        msg = f"fault {name} cannot be negative: {value!r}"
        raise ValueError(msg)
    return value
