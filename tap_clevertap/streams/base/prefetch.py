"""All endpoints at once: streams send their requests before it is their turn to be written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tap_clevertap.streams.base.sliced import SlicedStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.streams.base.stream import ClevertapStream


@contextmanager
def prefetching(streams: Sequence[ClevertapStream]) -> Iterator[None]:
    """Begin to read the streams that can be; what nobody took is cancelled at the end.

    Raises:
        SettingError: A bookmark is not valid, or the time zone does not fit the account.
    """
    exports = [one.shared_export for one in streams if isinstance(one, SlicedStream)][:1]
    try:
        # Events first: where two streams share an endpoint, the larger one is under way first.
        for one in sorted(streams, key=lambda one: not isinstance(one, SlicedStream)):
            one.prefetch()
        for export in exports:
            export.verify_timezone()
        yield
    finally:
        for one in streams:
            one.cancel()
