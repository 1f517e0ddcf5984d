"""Every read that CleverTap's API offers and the tap may send: a passcode can do far worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

EVENTS = "/1/events.json"
PROFILES = "/1/profiles.json"
EVENT_COUNT = "/1/counts/events.json"
PROFILE_COUNT = "/1/counts/profiles.json"
TRENDS = "/1/counts/trends.json"
TOP_PROPERTIES = "/1/counts/top.json"
REALTIME_COUNTS = "/1/now.json"
CAMPAIGNS = "/1/targets/list.json"
CAMPAIGN_REPORT = "/1/targets/result.json"
MESSAGE_REPORTS = "/1/message/report.json"
SCHEMA = "/getSchema"
CATEGORY_GROUPS = "/category-groups"
CONTENT_BLOCKS = "/v1/contentBlock/list"

POSTED = (REALTIME_COUNTS, CAMPAIGNS, CAMPAIGN_REPORT, MESSAGE_REPORTS)
POLLED = (EVENTS, PROFILES, EVENT_COUNT, PROFILE_COUNT, TRENDS, TOP_PROPERTIES)
GOT = (SCHEMA, CATEGORY_GROUPS, CONTENT_BLOCKS)

READS = frozenset(
    [("POST", path) for path in POSTED + POLLED] + [("GET", path) for path in POLLED + GOT]
)
"""Method and path; a question that is posted may be polled, or its pages got, at the same path."""


def date_range(first: date, last: date) -> dict[str, object]:
    """Return the members of a request that ask for account-local days, both ends included."""
    return {"from": int(f"{first:%Y%m%d}"), "to": int(f"{last:%Y%m%d}")}
