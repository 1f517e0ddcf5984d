"""HTTP/1.1 server with one thread per connection."""

from __future__ import annotations

import gzip
import select
import socket
import struct
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

from tap_clevertap.sandbox.http_messages import Request
from tap_clevertap.sandbox.server.admin_api import PREFIX, control
from tap_clevertap.sandbox.server.admission import GONE, RESET, AdmissionControl, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.server.state import ServerState

PATIENCE = 1.0
WORTH_COMPRESSING = 1000


class Listener(ThreadingHTTPServer):
    """Remembers its connections, to be able to hang up on those that never end."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], state: ServerState, account_id: str, passcode: str
    ) -> None:
        self.state = state
        self.admission = AdmissionControl(state, account_id, passcode)
        self._talks: dict[socket.socket, Thread] = {}
        self._talks_lock = Lock()
        super().__init__(address, ConnectionHandler)
        state.port = self.server_port

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "sandbox", self.server_address[1]

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Talk to a client in a thread of its own."""
        connection = cast("socket.socket", request)
        thread = Thread(
            target=self.process_request_thread, args=(connection, client_address), daemon=True
        )
        with self._talks_lock:
            self._talks[connection] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection and forget it."""
        super().shutdown_request(request)
        with self._talks_lock:
            self._talks.pop(cast("socket.socket", request), None)

    def hang_up(self) -> None:
        """End every talk."""
        with self._talks_lock:
            talks = dict(self._talks)
        for connection, thread in talks.items():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Say nothing about clients that leave in the middle of an answer."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class ConnectionHandler(BaseHTTPRequestHandler):
    """One connection: requests in, answers out."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Listener

    def _serve(self) -> None:
        request = self._read()
        if request.path.startswith(PREFIX):
            delivery = Delivery(control(self.server.state, request))
        else:
            delivery = self.server.admission.answer(request, self._credentials(), self._has_left)
        self._send(delivery)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Serve every verb alike; the gate tells which ones a path knows."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _read(self) -> Request:
        path, _, raw_query = self.path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        return Request(self.command, path, query, raw_query, self.rfile.read(size))

    def _credentials(self) -> tuple[str, str]:
        names = "X-CleverTap-Account-Id", "X-CleverTap-Passcode"
        account_id, passcode = (self.headers.get(name, "") for name in names)
        return account_id, passcode

    def _has_left(self) -> bool:
        """Tell whether the client closed its end."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _send(self, delivery: Delivery) -> None:
        if delivery.accident == GONE:
            self.close_connection = True
            return
        body = self._compress(delivery)
        if delivery.accident == RESET:
            self._break_off(body)
            return
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def _compress(self, delivery: Delivery) -> bytes:
        """Write the head of the response; return what goes after it."""
        body = delivery.reply.encode()
        self.send_response(delivery.reply.status)
        self.send_header("Content-Type", delivery.reply.content_type)
        for name, value in delivery.reply.headers.items():
            self.send_header(name, value)
        if self._takes_gzip() and len(body) >= WORTH_COMPRESSING:
            body = gzip.compress(body, 1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return body

    def _takes_gzip(self) -> bool:
        is_asked = "gzip" in self.headers.get("Accept-Encoding", "")
        return is_asked and self.server.state.behaviour.gzip

    def _break_off(self, body: bytes) -> None:
        """Send half and reset the connection."""
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        linger_not = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self.connection.close()
        self.close_connection = True
