"""What stands before every route: credentials, slots, latency, and most of the faults."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.server.routes import PATHS, ROUTES, is_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import Service

HTML = "text/html; charset=utf-8"
GONE = "gone"
RESET = "reset"
GLANCE = 0.02

UNAUTHORIZED = fail("Invalid Credentials", 401, 401)
TOO_MANY = fail("Too many concurrent requests", 429, 429)
NOT_ALLOWED = fail("Method Not Allowed", 405, 405)
NOTHING = Reply(b"")
_UNAVAILABLE = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
_SIGN_IN = b"<!DOCTYPE html><html><body>Please sign in</body></html>"

VERDICTS = {
    "too_many_requests": TOO_MANY,
    "server_error": fail("An unknown error occurred", 500, 500),
    "unavailable": Reply(_UNAVAILABLE, 503, HTML),
    "empty_body": NOTHING,
    "html": Reply(_SIGN_IN, 200, HTML),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply and how it goes out: whole, or `GONE` without a byte, or `RESET` half-way."""

    reply: Reply
    accident: str | None = None


class Gate:
    """Lets requests through to the routes, or not."""

    def __init__(self, service: Service, account_id: str, passcode: str) -> None:
        """Guard a service with one pair of credentials."""
        self._service = service
        self._credentials = account_id, passcode
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    def answer(
        self, request: Request, credentials: tuple[str, str], has_left: Callable[[], bool]
    ) -> Delivery:
        """Return what to send; `has_left` tells whether the client still listens.

        The slot is free again before the first byte is sent: a client that counts
        its requests until it has the answer never has one too many here.
        """
        endpoint = _endpoint(request)
        with self._service.ledger.visit(endpoint):
            delivery = self._admit(request, credentials, has_left)
            self._service.ledger.answered(endpoint, delivery.reply.status)
        return delivery

    def _admit(
        self, request: Request, credentials: tuple[str, str], has_left: Callable[[], bool]
    ) -> Delivery:
        if credentials != self._credentials:
            self._service.ledger.refused_credentials()
            return Delivery(UNAUTHORIZED)
        if (stray := self._stray(request)) is not None:
            return Delivery(stray)
        with self._slot(_endpoint(request)) as is_free:
            return self._handle(request, has_left) if is_free else Delivery(TOO_MANY)

    @contextmanager
    def _slot(self, endpoint: str) -> Iterator[bool]:
        """Hold one of an endpoint's slots, if one is free."""
        with self._lock:
            is_free = self._held[endpoint] < self._service.manners.max_in_flight
            self._held[endpoint] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._held[endpoint] -= is_free

    def _stray(self, request: Request) -> Reply | None:
        """Return the answer to what is no route, remembering it."""
        if is_write(request.path):
            self._service.ledger.attempted_write(request.method, request.path)
            return Reply({"status": "success", "processed": 0, "unprocessed": []})
        if request.path not in PATHS:
            self._service.ledger.strayed(request.method, request.path)
            return NOTHING
        return None if (request.method, request.path) in ROUTES else NOT_ALLOWED

    def _handle(self, request: Request, has_left: Callable[[], bool]) -> Delivery:
        service, key = self._service, _key(request)
        service.closing.wait(service.manners.page_latency + service.faults.value("slow"))
        if service.faults.strikes("hang", key):
            self._wait_for_end(has_left)
            return Delivery(NOTHING, GONE)
        if service.faults.strikes("redirect", key):
            return Delivery(_redirect(service))
        for name, reply in VERDICTS.items():
            if service.faults.strikes(name, key):
                return Delivery(reply)
        return self._deliver(ROUTES[request.method, request.path].handler(service, request), key)

    def _deliver(self, reply: Reply, key: str) -> Delivery:
        if self._service.faults.strikes("truncated", key):
            whole = reply.encode()
            return Delivery(Reply(whole[: len(whole) // 2], reply.status))
        is_cut = self._service.faults.strikes("reset", key)
        return Delivery(reply, RESET if is_cut else None)

    def _wait_for_end(self, has_left: Callable[[], bool]) -> None:
        while not (self._service.closing.wait(GLANCE) or has_left()):
            pass


def _endpoint(request: Request) -> str:
    route = ROUTES.get((request.method, request.path))
    return route.family if route else "other"


def _redirect(service: Service) -> Reply:
    """Send the client to a name that is not the one it was told to trust."""
    return Reply(b"", 302, HTML, {"Location": f"http://localhost:{service.port}/elsewhere"})


def _key(request: Request) -> str:
    return f"{request.method} {request.path}?{request.raw_query} {request.body!r}"
