"""A connection that cannot be held open for long: uvicorn by itself waits for headers for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from tap_clevertap.webhooks.parsing import FrugalConnection

if TYPE_CHECKING:
    import asyncio

    from tap_clevertap.webhooks.tally import Tally

SLICE = 16 << 10
"""Bytes that are parsed at once: headers that are longer are refused before they are complete."""
LINGERING_SECONDS = 1.0
NOT_HTTP = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(slots=True)
class Connections:
    """The bounds of connections, and those that wait for a request, the oldest first.

    `waiting_seconds` is for a request's headers, or for the rest of a body that was refused;
    `total_seconds` for a request with its answer.
    """

    most: int
    waiting_seconds: float
    total_seconds: float
    tally: Tally
    waiting: dict[GuardedProtocol, None] = field(default_factory=dict)


class GuardedProtocol(H11Protocol):
    """HTTP/1.1 with a deadline for each part of a request, whatever trickles in meanwhile.

    A subclass of its own carries the `bounds`: uvicorn makes protocols of a class.
    """

    bounds: ClassVar[Connections]
    _deadline: asyncio.TimerHandle | None = None
    _timed_cycle: object = None
    _is_closing = False

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        """Make a connection whose parser has bounds too."""
        super().__init__(*arguments, **named)
        self.conn: FrugalConnection = FrugalConnection()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_request()
        if len(self.connections) > self.bounds.most:
            oldest = next(iter(self.bounds.waiting))  # this one, where the others are all at work
            oldest.drop(TOO_MANY)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._wait_for_request()
        for start in range(0, len(data), SLICE):
            if self._is_closing:
                return
            super().data_received(data[start : start + SLICE])

    @override
    def handle_events(self) -> None:
        super().handle_events()
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and cycle is not self._timed_cycle:
            self._timed_cycle = cycle
            self._end_wait()
            self._set_deadline(self.bounds.total_seconds)
        if self.conn.is_pipelined and cycle is not None:  # what has come is not waited with
            cycle.keep_alive = False
            self._is_closing = True

    @override
    def on_response_complete(self) -> None:
        self._end_wait()
        super().on_response_complete()  # may begin the next request at once
        if self._deadline is not None or self.transport.is_closing():
            return
        if self.conn.their_state is h11.SEND_BODY:  # the rest of a body that was refused
            self._wait_for_request()
        else:
            self.bounds.waiting[self] = None  # uvicorn ends what is idle for long

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, unless an answer is on its way: uvicorn's would fail then.

        What still comes is thrown away for a moment: to close at once would reset the connection,
        and the answer with it.
        """
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.drop(b"")
            return
        self.bounds.tally.add(HTTPStatus.BAD_REQUEST)
        self._is_closing = True
        self._end_wait()
        self._deadline = self.loop.call_later(LINGERING_SECONDS, self.transport.abort)
        self.transport.write(NOT_HTTP)
        self.transport.write_eof()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def drop(self, answer: bytes) -> None:
        """Close, with an answer where none was begun; what is left to send is given up."""
        self._end_wait()
        self.bounds.tally.add_closed()
        if answer and self.conn.our_state is h11.IDLE:
            self.transport.write(answer)
            self.transport.close()
        else:
            self.transport.abort()

    def _wait_for_request(self) -> None:
        self.bounds.waiting[self] = None
        self._set_deadline(self.bounds.waiting_seconds)

    def _set_deadline(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.drop, TOO_SLOW)

    def _end_wait(self) -> None:
        self.bounds.waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def guarded(bounds: Connections) -> type[GuardedProtocol]:
    """Return the class of connections with these bounds."""
    attributes: dict[str, Any] = {"bounds": bounds}
    return type("Guarded", (GuardedProtocol,), attributes)
