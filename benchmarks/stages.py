"""What a million records cost the tap, by stage, in seconds of CPU; one thread, one connection."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from time import process_time
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from tap_clevertap.api.decoding import decode
from tap_clevertap.api.transport import Transport
from tap_clevertap.config.settings import SCHEMA, Settings
from tap_clevertap.extraction.deduplication import Deduplicator
from tap_clevertap.output.record_writers import record_lines
from tap_clevertap.records.events import EventRowBuilder
from tap_clevertap.records.fast_decoding import decode_events

if TYPE_CHECKING:
    from tap_clevertap.api.decoding import Decoder, Envelope
    from tap_clevertap.records.events import RowBatch

SETTINGS = SCHEMA["properties"]
PATH = "/1/events.json"
FLAGS = "batch_size=4991&app=true&events=false&profile=false"
NOW = "2026-01-01T00:00:00+00:00"
TIMEOUT = 300
MILLION = 1_000_000


class Watch:
    """Adds up the CPU that each stage has taken."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._began = process_time()

    def lap(self, stage: str) -> float:
        """Note that the time since the last lap was a stage's; return how long it was."""
        now = process_time()
        took, self._began = now - self._began, now
        self.spent[stage] += took
        return took


class Line:
    """Takes pages through the stages, one after the other."""

    def __init__(self, event: str, timezone: str, transport: Transport) -> None:
        self.rows = 0
        self._transport = transport
        self._reader = EventRowBuilder(event, ZoneInfo(timezone))
        self._table = Deduplicator()
        self._sink = os.open(os.devnull, os.O_WRONLY)
        self.watch = Watch()

    def follow(self, query: dict[str, object]) -> None:
        """Take every page that answers the query."""
        cursor = self._get("POST", FLAGS, query, decode).cursor
        while cursor:
            page = self._get("GET", f"cursor={quote(unquote(cursor), safe='')}")
            self._take(page)
            cursor = page.next_cursor

    def _get(
        self,
        method: str,
        flags: str,
        query: dict[str, object] | None = None,
        decode: Decoder = decode_events,
    ) -> Envelope:
        _, body = self._transport.exchange(method, PATH, flags, query, TIMEOUT)
        self.watch.lap("read")
        page = decode(body)
        self.watch.lap("parse")
        return page

    def _take(self, page: Envelope) -> None:
        for batch in self._reader.read(page):
            self.watch.lap("columns and id")
            self._finish(batch)
        self.watch.lap("columns and id")

    def _finish(self, batch: RowBatch) -> None:
        rows = self._table.filter_new(batch)
        self.watch.lap("repeats")
        text = record_lines("events", rows, NOW, None)
        self.watch.lap("encode")
        os.write(self._sink, text)
        self.watch.lap("write")
        self.rows += len(rows)


def main(arguments: list[str]) -> None:
    """Read `event` from `first` to `last`; print seconds a million records, by stage, as JSON."""
    url, account_id, passcode, event, first, last, timezone = arguments
    config = {"account_id": account_id, "passcode": passcode, "api_url": url, "timezone": timezone}
    config |= {name: one["default"] for name, one in SETTINGS.items() if "default" in one}
    line = Line(event, timezone, Transport(Settings.from_config(config), connections=1))
    days = {"from": int(first.replace("-", "")), "to": int(last.replace("-", ""))}
    line.follow({"event_name": event, **days})
    seconds = {name: spent / line.rows * MILLION for name, spent in line.watch.spent.items()}
    sys.stdout.write(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
