"""The endpoints of CleverTap's API that the tap reads, with their methods and parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tap_clevertap.api.decoding import decode

if TYPE_CHECKING:
    from datetime import date

    from tap_clevertap.api.decoding import Decoder


class Endpoint(NamedTuple):
    """A path and the methods to read it: a query is posted, then its result is polled with GET.

    A response that has no status is good if it has one of the members `holds`.
    """

    path: str
    methods: tuple[str, ...] = ("POST",)
    holds: tuple[str, ...] = ()


POLLED = ("POST", "GET")
EXPORTED, COUNTED = ("cursor", "records", "next_cursor"), ("count",)

EVENTS = Endpoint("/1/events.json", POLLED, EXPORTED)
PROFILES = Endpoint("/1/profiles.json", POLLED, EXPORTED)
EVENT_COUNT = Endpoint("/1/counts/events.json", POLLED, COUNTED)
PROFILE_COUNT = Endpoint("/1/counts/profiles.json", POLLED, COUNTED)
TRENDS = Endpoint("/1/counts/trends.json", POLLED, ("days",))
TOP_PROPERTIES = Endpoint("/1/counts/top.json", POLLED, ("values",))
REALTIME_COUNTS = Endpoint("/1/now.json", holds=COUNTED)
CAMPAIGNS = Endpoint("/1/targets/list.json", holds=("targets",))
CAMPAIGN_REPORT = Endpoint("/1/targets/result.json", holds=("result",))
MESSAGE_REPORTS = Endpoint("/1/message/report.json", holds=("messages",))
SCHEMA = Endpoint("/getSchema", ("GET",), ("events", "userProperties"))
CATEGORY_GROUPS = Endpoint("/category-groups", ("GET",), ("list",))
CONTENT_BLOCKS = Endpoint("/v1/contentBlock/list", ("GET",), ("contentBlocks",))


@dataclass(frozen=True, slots=True)
class Export:
    """An endpoint that exports records page by page with a cursor, and its options.

    `wants_summary` requests each user's event summary, `wants_properties` the custom properties.
    `batch_size` overrides the setting; with `fail_fast` failures are retried only once.
    `decode` decodes a page.
    """

    endpoint: Endpoint
    wants_properties: bool = False
    wants_summary: bool = False
    batch_size: int | None = None
    fail_fast: bool = False
    decode: Decoder = decode

    def cut_otherwise(self, reading: int, batch_size: int) -> Export:
        """Return the export for another reading of the same days, the first of which is 0.

        Its pages have half as many rows, then a third: where the same page is lost or comes twice
        again, it takes other rows with it, and the readings differ.
        """
        whole = self.batch_size or batch_size
        size = whole // (1 + reading) or whole + reading
        return replace(self, batch_size=size) if reading else self


def date_range(first: date, last: date) -> dict[str, object]:
    """Return the members of a request for account-local days, both ends included."""
    return {"from": int(f"{first:%Y%m%d}"), "to": int(f"{last:%Y%m%d}")}
