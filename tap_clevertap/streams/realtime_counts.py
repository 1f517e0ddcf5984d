"""Stream of the number of currently active users."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.endpoints import REALTIME_COUNTS
from tap_clevertap.records.field_reader import FieldReader
from tap_clevertap.streams.base.columns import EXTRA, instant, integer, json, schema
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_clevertap.output.rows import Row

BREAKDOWNS = {
    "user_type": "Number of new, repeat and addressable users and of customers.",
    "session_source": "Number of users by source of the session.",
    "browser": "Number of users by browser.",
    "os": "Number of users by operating system.",
    "device": "Number of users by type of device.",
    "new": "The same breakdowns for new users only.",
}


class RealtimeCountsStream(RequestStream[str]):
    """Number of users active in the last five minutes, one row per run.

    Not selected by default, because it has no history: the time between two runs is missing.
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
        answer = self.run.client.post_and_poll(REALTIME_COUNTS, dict.fromkeys(BREAKDOWNS, True))
        parts = {name: answer[name] for name in BREAKDOWNS if isinstance(answer.get(name), dict)}
        fields = FieldReader({k: v for k, v in answer.items() if k not in {*parts, "status"}})
        at = fields.instant("last_processed_ts") or self.run.now.isoformat()
        row = {"as_of": at, "count": fields.integer("count")} | parts
        return [row | ({"extra": fields.rest} if fields.rest else {})]
