"""The streams: one module per endpoint, listed here once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.streams.base.stream import ClevertapStream
from tap_clevertap.streams.campaigns import CampaignReportsStream, CampaignsStream
from tap_clevertap.streams.count_queries import CountQueriesStream
from tap_clevertap.streams.event_counts import EventCountsStream
from tap_clevertap.streams.events import EventsStream
from tap_clevertap.streams.exported.events import ExportedEventsStream
from tap_clevertap.streams.exported.profiles import ExportedProfilesStream
from tap_clevertap.streams.message_reports import MessageReportsStream
from tap_clevertap.streams.metadata import (
    CategoryGroupsStream,
    ContentBlocksStream,
    EventSchemaStream,
    UserPropertiesStream,
)
from tap_clevertap.streams.profiles import ProfilesStream
from tap_clevertap.streams.realtime_counts import RealtimeCountsStream
from tap_clevertap.streams.reconciliation import ReconciliationStream
from tap_clevertap.streams.top_properties import TopPropertiesStream
from tap_clevertap.streams.webhooks import WebhooksStream
from tap_clevertap.streams.written_rows import WrittenRowsStream

if TYPE_CHECKING:
    from tap_clevertap.api.endpoints import Endpoint

STREAMS: tuple[type[ClevertapStream], ...] = (
    EventsStream,
    ProfilesStream,
    EventCountsStream,
    CountQueriesStream,
    TopPropertiesStream,
    RealtimeCountsStream,
    CampaignsStream,
    CampaignReportsStream,
    MessageReportsStream,
    EventSchemaStream,
    UserPropertiesStream,
    ContentBlocksStream,
    CategoryGroupsStream,
    ExportedEventsStream,
    ExportedProfilesStream,
    WebhooksStream,
    ReconciliationStream,
    WrittenRowsStream,
)


def endpoints() -> frozenset[Endpoint]:
    """Return what the tap may read: anything else is refused before a byte is sent."""
    return frozenset(endpoint for stream in STREAMS for endpoint in stream.endpoints)


__all__ = ["STREAMS", "ClevertapStream", "endpoints"]
