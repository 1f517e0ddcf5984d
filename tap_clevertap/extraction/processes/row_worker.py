"""A process that builds rows: pages come in on stdin, their rows go out on stdout."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import IO

import msgspec

from tap_clevertap.config.account import time_zone
from tap_clevertap.extraction.processes.pipes import Frame, begin_work, read_frame, write_frame
from tap_clevertap.records.events import BuiltRows, EventRowBuilder
from tap_clevertap.records.fast_decoding import decode_events
from tap_clevertap.records.profile_columns import ProfileCache

SLICE, PAGE, ROWS = b"S", b"P", b"R"
SLICES_AT_ONCE = 4
"""Slices whose builders are kept: one more than are read side by side."""


class SliceOfPage(msgspec.Struct, array_like=True):
    """Whose page comes next."""

    event: str
    slice_: str


_decode_slice = msgspec.msgpack.Decoder(SliceOfPage).decode


def main() -> None:
    """Build rows until there are no more pages, or nobody takes them."""
    begin_work()
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)


def serve(zone: str, source: IO[bytes], out: IO[bytes]) -> None:
    """Answer each page with its rows, in the account's time zone.

    A page is two frames: whose it is, and the body of the response.
    """
    profiles = ProfileCache()
    changed = profiles.safe.changed

    @lru_cache(maxsize=SLICES_AT_ONCE)
    def builder(event: str, _slice: str) -> EventRowBuilder:
        return EventRowBuilder(event, time_zone(zone), profiles)

    while (head := read_frame(source)) and (page := read_frame(source)):
        of = _decode_slice(head.content)
        batches = builder(of.event, of.slice_).read(decode_events(page.content))
        rows = BuiltRows(list(batches), dict(changed))
        changed.clear()
        write_frame(out, Frame(ROWS, msgspec.msgpack.encode(rows)))


if __name__ == "__main__":
    main()
