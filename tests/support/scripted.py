"""A server that sends what a test tells it to, byte by byte if need be."""

from __future__ import annotations

import json
import socketserver
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

CREDENTIALS = {"account_id": "TEST-ABC", "passcode": "s3cr3t-passcode"}


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer: TypeAlias = "Callable[[Seen], bytes | Iterable[bytes]]"
"""Returns the bytes of a whole response, or some bytes at a time."""


class Scripted:
    """Where the server is, and what it was asked; `is_over` is set when the test has ended."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self.is_over = Event()


def response(body: object = b"", status: int = 200, **headers: object) -> bytes:
    """Return a response; a body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Content-Type": "application/json", "Content-Length": len(sent)} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in head.items()]
    start = f"HTTP/1.1 {status} X"
    return "\r\n".join([start, *lines, "Connection: close", "", ""]).encode() + sent


def success(**members: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return a good answer with these members."""
    return response({"status": "success"} | members)


@contextmanager
def scripted(answer: Answer) -> Iterator[Scripted]:
    """Serve what `answer` returns, on a port of its own."""
    server = Scripted()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, ValueError):
                seen = self._request()
                server.seen.append(seen)
                sent = answer(seen)
                for part in [sent] if isinstance(sent, bytes) else sent:
                    self.wfile.write(part)
                    self.wfile.flush()

        def _request(self) -> Seen:
            method, path, _ = self.rfile.readline().decode().split(" ", 2)
            headers: dict[str, str] = {}
            while line := self.rfile.readline().decode().strip():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            return Seen(
                method, path, headers, self.rfile.read(int(headers.get("content-length", 0)))
            )

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

    with Listener(("127.0.0.1", 0), Handler) as listener:
        server.url = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            listener.shutdown()
            thread.join()
