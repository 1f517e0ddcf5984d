"""What takes long to parse is refused before it has."""

from __future__ import annotations

import json

import h11
import pytest

from tap_clevertap.webhooks.parsing import (
    MOST_HEADERS,
    MOST_SMALL_PIECES,
    SMALL_PIECE,
    FrugalConnection,
)

START = b"POST /webhooks HTTP/1.1\r\nHost: a\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
PRETTY = json.dumps(list(range(500)), indent=1).encode()


def body_of(*received: bytes) -> bytes:
    """Return the body of a request that comes in these pieces."""
    connection = FrugalConnection()
    body = b""
    for part in received:
        connection.receive_data(part)
        while (event := connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                body += event.data
            if isinstance(event, h11.EndOfMessage):
                return body
    return body


def chunk(data: bytes) -> bytes:
    """Return a chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_many_headers_are_refused_however_they_come() -> None:
    """At once, or a line at a time, with either end of line."""
    for end in (b"\r\n", b"\n"):
        lines = [b"X: y" + end] * MOST_HEADERS
        for pieces in ([b"".join(lines)], lines):
            with pytest.raises(h11.RemoteProtocolError, match="too many headers"):
                body_of(START, *pieces)


@pytest.mark.parametrize("cut", range(1, 6))
@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"], ids=["CRLF", "LF"])
def test_lines_of_a_body_are_no_headers(end: bytes, cut: int) -> None:
    """A printed body has more; the end of the headers may be cut anywhere."""
    whole = START + b"Content-Length: %d" % len(PRETTY) + end + PRETTY
    place = whole.index(end) + cut - 1
    assert body_of(whole[:place], whole[place:]) == PRETTY


def test_tiny_chunks_are_refused() -> None:
    """By their number, not their sum."""
    with pytest.raises(h11.RemoteProtocolError, match="too many small chunks"):
        body_of(CHUNKED + chunk(b"x") * (MOST_SMALL_PIECES + 1))


def test_chunks_of_a_usual_size_are_taken() -> None:
    """As many as there are, each with its small rest."""
    data = b"x" * SMALL_PIECE
    many = 3 * MOST_SMALL_PIECES
    assert body_of(CHUNKED + chunk(data) * many + b"0\r\n\r\n") == data * many


def test_each_request_of_a_connection_is_counted_anew() -> None:
    """A proxy sends thousands over one."""
    connection = FrugalConnection()
    for _ in range(1000):
        connection.receive_data(START + b"Content-Length: 2\r\n\r\n{}")
        events = []
        while (event := connection.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
            events.append(event)
            if isinstance(event, h11.EndOfMessage):
                break
        assert len(events) == 3
        connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        connection.send(h11.EndOfMessage())
        connection.start_next_cycle()
    assert not connection.is_pipelined


def test_a_second_request_before_the_answer_is_noticed() -> None:
    """It could bring headers that nobody has counted."""
    connection = FrugalConnection()
    connection.receive_data((START + b"Content-Length: 2\r\n\r\n{}") * 2)
    while connection.next_event() is not h11.PAUSED:
        pass
    assert connection.is_pipelined
