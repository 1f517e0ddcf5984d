"""Connections on which a response ends in time, however slowly its bytes come.

The time limit of a socket starts again with each byte. A server that sends one now and then, or
`100 Continue` without end, would hold a request for ever.
"""

from __future__ import annotations

import http.client
import io
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket

    from typing_extensions import Buffer
    from urllib3 import PoolManager, ProxyManager


class _TimedReader(io.RawIOBase):
    """Reads a socket until a moment that does not move."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._seconds = seconds = sock.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                msg = "timed out"
                raise TimeoutError(msg)
            self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        with suppress(OSError):  # the next request on the connection has all its time
            self._socket.settimeout(self._seconds)
        self._raw.close()
        super().close()


class _TimedSocket:
    """What a response asks of a socket: a file to read."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._socket))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(_TimedSocket(sock), *arguments, **named)  # type: ignore[arg-type] # all that is asked


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}


class TimedAdapter(HTTPAdapter):
    """Sends requests on connections whose read timeout is for the whole response."""

    poolmanager: PoolManager

    @override
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = POOLS

    @override
    def proxy_manager_for(self, *arguments: Any, **named: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = POOLS
        return manager
