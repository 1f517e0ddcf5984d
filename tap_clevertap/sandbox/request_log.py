"""Records what clients requested, for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class RequestLog:
    """Counts requests and what was served; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.requests: Counter[str] = Counter()
        self.most_in_flight: Counter[str] = Counter()
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.double_encoded_cursors = 0
        self.bad_credentials = 0
        self.writes: list[tuple[str, str]] = []
        self.unknown_paths: list[tuple[str, str]] = []
        self.exports: list[tuple[str, int, int]] = []
        self.records: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.profiles: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()

    @contextmanager
    def visit(self, endpoint: str) -> Iterator[None]:
        """Count a request while it is in flight."""
        with self._lock:
            self.requests[endpoint] += 1
            self._in_flight[endpoint] += 1
            flying = self._in_flight[endpoint]
            self.most_in_flight[endpoint] = max(self.most_in_flight[endpoint], flying)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight[endpoint] -= 1

    def forget_most(self) -> Counter[str]:
        """Begin to note the most in flight anew; return what is in flight now."""
        with self._lock:
            self.most_in_flight.clear()
            return self._in_flight.copy()

    def answered(self, endpoint: str, status: int) -> None:
        """Remember the status of an answer."""
        with self._lock:
            self.statuses[endpoint][status] += 1

    def refused_credentials(self) -> None:
        """Remember a wrong account id or passcode."""
        with self._lock:
            self.bad_credentials += 1

    def encoded_twice(self) -> None:
        """Remember a cursor that the client percent-encoded once more."""
        with self._lock:
            self.double_encoded_cursors += 1

    def attempted_write(self, method: str, path: str) -> None:
        """Remember that the client would have changed the account."""
        with self._lock:
            self.writes.append((method, path))

    def strayed(self, method: str, path: str) -> None:
        """Remember a path that the API does not have."""
        with self._lock:
            self.unknown_paths.append((method, path))

    def opened(self, event: str, first: int, last: int) -> None:
        """Remember an export of events: its name and days as `YYYYMMDD`."""
        with self._lock:
            self.exports.append((event, first, last))

    def served(self, event: str, days: Mapping[int, int]) -> None:
        """Add the records of a page, by day."""
        with self._lock:
            self.records[event].update(days)

    def served_profiles(self, event: str, number: int) -> None:
        """Add the profiles of a page."""
        with self._lock:
            self.profiles[event] += number

    def as_dict(self) -> dict[str, object]:
        """Return a copy of it all that JSON can hold."""
        with self._lock:
            return {
                "requests": dict(self.requests),
                "most_in_flight": dict(self.most_in_flight),
                "statuses": {
                    endpoint: {str(status): n for status, n in counter.items()}
                    for endpoint, counter in self.statuses.items()
                },
                "double_encoded_cursors": self.double_encoded_cursors,
                "bad_credentials": self.bad_credentials,
                "writes": [list(write) for write in self.writes],
                "unknown_paths": [list(path) for path in self.unknown_paths],
                "exports": [list(export) for export in self.exports],
                "records": {
                    event: {str(day): n for day, n in days.items()}
                    for event, days in self.records.items()
                },
                "profiles": dict(self.profiles),
            }
