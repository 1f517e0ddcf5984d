"""The sandbox on a socket."""

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

from tap_clevertap.sandbox.control import PREFIX, control
from tap_clevertap.sandbox.faults import Faults
from tap_clevertap.sandbox.gate import GONE, RESET, Delivery, Gate
from tap_clevertap.sandbox.manners import Manners
from tap_clevertap.sandbox.service import Service, real_time
from tap_clevertap.sandbox.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from tap_clevertap.sandbox.ledger import Ledger
    from tap_clevertap.sandbox.world import World

ACCOUNT_ID = "TEST-SANDBOX"
PASSCODE = "sandbox-passcode"
GLANCE = 0.02
PATIENCE = 1.0
WORTH_COMPRESSING = 1000


class Sandbox:
    """A CleverTap account on a local port, as long as the `with` block lasts.

    Raises:
        OSError: The port is taken.
    """

    def __init__(  # noqa: PLR0913 - one keyword for each thing a test may want otherwise
        self,
        world: World,
        *,
        account_id: str = ACCOUNT_ID,
        passcode: str = PASSCODE,
        manners: Manners | None = None,
        faults: Faults | None = None,
        now: Callable[[], int] | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        """Take the port; requests are answered from `start` on."""
        self.account_id = account_id
        self.passcode = passcode
        self._service = Service(world, manners or Manners(), faults or Faults(), now or real_time)
        self._server = _Server((host, port), self._service, account_id, passcode)
        self._thread = Thread(target=self._server.serve_forever, args=(GLANCE,), daemon=True)

    @property
    def url(self) -> str:
        """Return the address to give to a client as the API's."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def ledger(self) -> Ledger:
        """Return what the client did so far."""
        return self._service.ledger

    @property
    def world(self) -> World:
        """Return the world that is served."""
        return self._service.world

    @property
    def faults(self) -> Faults:
        """Return the switches; they may be replaced while the sandbox runs."""
        return self._service.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._service.faults = faults

    def now(self) -> int:
        """Return the sandbox's time in epoch seconds."""
        return self._service.now()

    def advance(self, seconds: int) -> None:
        """Let time pass in the sandbox."""
        self._service.advance(seconds)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, hang up on everybody and leave no thread behind."""
        self._service.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(PATIENCE)
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        """Begin to answer."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()


class _Server(ThreadingHTTPServer):
    """Remembers its connections, to be able to hang up on those that never end."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], service: Service, account_id: str, passcode: str
    ) -> None:
        self.service = service
        self.gate = Gate(service, account_id, passcode)
        self._talks: dict[socket.socket, Thread] = {}
        self._talks_lock = Lock()
        super().__init__(address, _Talk)

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


class _Talk(BaseHTTPRequestHandler):
    """One connection: requests in, answers out."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        request = self._read()
        if request.path.startswith(PREFIX):
            delivery = Delivery(control(self.server.service, request))
        else:
            delivery = self.server.gate.answer(request, self._credentials(), self._has_left)
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
        return is_asked and self.server.service.manners.gzip

    def _break_off(self, body: bytes) -> None:
        """Send half and reset the connection."""
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        linger_not = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self.connection.close()
        self.close_connection = True
