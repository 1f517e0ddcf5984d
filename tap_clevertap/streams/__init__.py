"""The streams, listed once."""

from tap_clevertap.streams.base import ClevertapStream, Source
from tap_clevertap.streams.events import EventsStream
from tap_clevertap.streams.reconciliation import ReconciliationStream

STREAMS: tuple[type[ClevertapStream], ...] = (EventsStream, ReconciliationStream)

__all__ = ["STREAMS", "ClevertapStream", "Source"]
