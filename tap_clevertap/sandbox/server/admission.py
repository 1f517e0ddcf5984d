"""Admission control before every route: credentials, concurrency limit, latency, faults."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.server.routes import ROUTES, is_known, is_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import ServerState

HTML = "text/html; charset=utf-8"
GONE = "gone"
RESET = "reset"
POLL_SECONDS = 0.02

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


class AdmissionControl:
    """Lets requests through to the routes, or not."""

    def __init__(self, state: ServerState, account_id: str, passcode: str) -> None:
        self._state = state
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
        with self._state.request_log.visit(endpoint):
            delivery = self._admit(request, credentials, has_left)
            self._state.request_log.answered(endpoint, delivery.reply.status)
        return delivery

    def _admit(
        self, request: Request, credentials: tuple[str, str], has_left: Callable[[], bool]
    ) -> Delivery:
        if credentials != self._credentials:
            self._state.request_log.refused_credentials()
            return Delivery(UNAUTHORIZED)
        if (stray := self._stray(request)) is not None:
            return Delivery(stray)
        with self._slot(_endpoint(request)) as is_free:
            return self._handle(request, has_left) if is_free else Delivery(TOO_MANY)

    @contextmanager
    def _slot(self, endpoint: str) -> Iterator[bool]:
        """Hold one of an endpoint's slots, if one is free."""
        with self._lock:
            is_free = self._held[endpoint] < self._state.behaviour.max_in_flight
            self._held[endpoint] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._held[endpoint] -= is_free

    def _stray(self, request: Request) -> Reply | None:
        """Return the answer to what is no route, remembering it."""
        if is_write(request.path):
            self._state.request_log.attempted_write(request.method, request.path)
            return Reply({"status": "success", "processed": 0, "unprocessed": []})
        if not is_known(request.path):
            self._state.request_log.strayed(request.method, request.path)
            return NOTHING
        return None if (request.method, request.path) in ROUTES else NOT_ALLOWED

    def _handle(self, request: Request, has_left: Callable[[], bool]) -> Delivery:
        state, key = self._state, _key(request)
        state.closing.wait(state.behaviour.page_latency + state.faults.value("slow"))
        if state.faults.strikes("hang", key):
            self._wait_for_end(has_left)
            return Delivery(NOTHING, GONE)
        if state.faults.strikes("redirect", key):
            return Delivery(_redirect(state))
        for name, reply in VERDICTS.items():
            if state.faults.strikes(name, key):
                return Delivery(reply)
        return self._deliver(ROUTES[request.method, request.path].handler(state, request), key)

    def _deliver(self, reply: Reply, key: str) -> Delivery:
        if self._state.faults.strikes("truncated", key):
            whole = reply.encode()
            return Delivery(Reply(whole[: len(whole) // 2], reply.status))
        is_cut = self._state.faults.strikes("reset", key)
        return Delivery(reply, RESET if is_cut else None)

    def _wait_for_end(self, has_left: Callable[[], bool]) -> None:
        while not (self._state.closing.wait(POLL_SECONDS) or has_left()):
            pass


def _endpoint(request: Request) -> str:
    route = ROUTES.get((request.method, request.path))
    return route.family if route else "other"


def _redirect(state: ServerState) -> Reply:
    """Send the client to a name that is not the one it was told to trust."""
    return Reply(b"", 302, HTML, {"Location": f"http://localhost:{state.port}/elsewhere"})


def _key(request: Request) -> str:
    return f"{request.method} {request.path}?{request.raw_query} {request.body!r}"
