"""Who is there right now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.endpoints import REALTIME_COUNTS
from tap_clevertap.streams.base.columns import EXTRA, instant, integer, json, schema
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_clevertap.output.rows import Row

BREAKDOWNS = {
    "user_type": "New, repeat, addressable people and customers.",
    "session_source": "People by where their session came from.",
    "browser": "People by browser.",
    "os": "People by operating system.",
    "device": "People by kind of device.",
    "new": "The breakdowns of new people alone.",
}
PLAIN = {"status", "count", "last_processed_ts"}


class RealtimeCountsStream(RequestStream[str]):
    """Real-Time Counts: how many people were active in the last five minutes, a row a run.

    Has no past: a row tells nothing of the time between two runs, so it is not selected by default.
    """

    name = "realtime_counts"
    endpoints = (REALTIME_COUNTS,)
    selected_by_default = False
    prefetches = False
    primary_keys = ("as_of",)
    jsonschema: ClassVar = schema(
        instant("as_of", "Time up to which CleverTap had counted, in UTC.", required=True),
        integer("count", "Number of users active in the last five minutes."),
        *(json(name, description) for name, description in BREAKDOWNS.items()),
        EXTRA,
    )

    @override
    def requests(self) -> Iterable[str]:
        return ["the last minutes"]

    @override
    def fetch(self, request: str) -> Sequence[Row]:
        told = self.run.client.post_and_poll(REALTIME_COUNTS, dict.fromkeys(BREAKDOWNS, True))
        parts = {name: told[name] for name in BREAKDOWNS if isinstance(told.get(name), dict)}
        extra = {name: value for name, value in told.items() if name not in {*parts, *PLAIN}}
        row = {"as_of": self._as_of(told), "count": told.get("count")} | parts
        return [row | ({"extra": extra} if extra else {})]

    def _as_of(self, told: Mapping[str, object]) -> str:
        """Return the instant of the count, or of the run where CleverTap does not tell."""
        at = told.get("last_processed_ts")
        instant = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else self.run.now
        return instant.isoformat()
