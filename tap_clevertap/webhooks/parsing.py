"""HTTP/1.1 with little work for who is not known yet: parsing costs far more than sending."""

from __future__ import annotations

import re

import h11
from typing_extensions import override

MOST_HEADERS = 100
SMALL_PIECE = 512
MOST_SMALL_PIECES = 500
"""Of a body: a chunk of a byte takes as long to parse as one of ten thousand."""
MAX_HEADER_BYTES = 16 << 10
END_OF_HEADERS = re.compile(rb"\n\r?\n")


class FrugalConnection(h11.Connection):
    """Fails, as for what is not HTTP, where there are too many headers or tiny pieces of a body.

    `is_pipelined` tells that a second request has come before the answer to the first.
    """

    def __init__(self) -> None:
        """Begin as a server."""
        super().__init__(h11.SERVER, MAX_HEADER_BYTES)
        self.is_pipelined = False
        self._head = bytearray()
        self._small_pieces = 0

    @override
    def receive_data(self, data: bytes) -> None:
        if self.their_state is h11.IDLE:
            self._head += data
        super().receive_data(data)

    @override
    def next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        if self._head:
            self._check_headers()
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._head.clear()
        if isinstance(event, h11.Data) and len(event.data) < SMALL_PIECE:
            self._small_pieces += 1
            if self._small_pieces > MOST_SMALL_PIECES:
                msg = "too many small chunks"
                raise h11.RemoteProtocolError(msg)
        self.is_pipelined = self.is_pipelined or event is h11.PAUSED
        return event

    @override
    def start_next_cycle(self) -> None:
        super().start_next_cycle()
        self._small_pieces = 0

    def _check_headers(self) -> None:
        end = END_OF_HEADERS.search(self._head)
        if self._head.count(b"\n", 0, end.start() if end else len(self._head)) > MOST_HEADERS:
            msg = "too many headers"
            raise h11.RemoteProtocolError(msg)
