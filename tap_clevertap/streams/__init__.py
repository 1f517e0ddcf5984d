"""The streams, listed once."""

from tap_clevertap.streams.base import ClevertapStream, Source
from tap_clevertap.streams.events import EventsStream

STREAMS: tuple[type[ClevertapStream], ...] = (EventsStream,)

__all__ = ["STREAMS", "ClevertapStream", "Source"]
