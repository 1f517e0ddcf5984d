"""HTTP client for the CleverTap API: concurrency limits, retries, cursor pagination, polling.

Only requests on an allow-list are sent, because a passcode may also delete users and send
campaigns. No message of this module contains a header, a cursor or record content.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import backoff

from tap_clevertap import errors, logger
from tap_clevertap.api.decoding import decode, read_whole
from tap_clevertap.api.endpoints import SCHEMA
from tap_clevertap.api.limiter import ConcurrencyLimiter
from tap_clevertap.api.responses import (
    check_opening,
    check_page,
    check_poll,
    check_response,
    normalize,
)
from tap_clevertap.api.retry import FailFast, RetryBudget, WaitStats
from tap_clevertap.api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_clevertap.api.decoding import Decoder, Envelope
    from tap_clevertap.api.endpoints import Endpoint, Export
    from tap_clevertap.config.settings import Settings

SECONDS_PER_MINUTE = 60
CONNECTION_CHECK_TIMEOUT = 15
MAX_EVENT_TYPES = 20_000
"""CleverTap allows an account 512 custom events; this is far beyond any exception."""
CONNECTION_ERRORS = (
    errors.ConnectionFailed,
    errors.ProxyFailed,
    errors.TimedOut,
    errors.EmptyResponse,
    errors.InvalidResponse,
)
"""Failures that a wrong address causes; the connection check retries them only once."""

LASTING = (errors.InvalidCredentials, errors.Redirected, errors.ResponseTooLarge)
"""Refusals that a new cursor does not change."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and how its response is decoded and checked; `query` is sent unchanged."""

    method: str
    endpoint: Endpoint
    query: str = ""
    body: Mapping[str, object] | None = None
    decode: Decoder = decode
    check: Callable[[int, Envelope], None] = check_response
    timeout: float | None = None
    fail_fast_on: FailFast = ()
    is_urgent: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """A successful response: its envelope, and its body as sent."""

    envelope: Envelope
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the whole body as an object."""
        return read_whole(self.body) if self.envelope.has_content else {}


class Client:
    """Sends requests for one account; safe to share between threads.

    `waits` has the time spent waiting, by reason.
    """

    def __init__(self, settings: Settings, endpoints: Iterable[Endpoint]) -> None:
        self.waits = WaitStats()
        self._settings = settings
        self._limiters: dict[str, ConcurrencyLimiter] = {}
        self._allowed: set[tuple[str, str]] = set()
        for one in endpoints:
            self._limiters[one.path] = ConcurrencyLimiter(settings.max_concurrency)
            self._allowed.update((method, one.path) for method in one.methods)
        most = settings.max_concurrency * len(self._limiters)
        self._transport = Transport(settings, connections=most)

    def list_event_types(self) -> list[object]:
        """Return the account's event types; this request also checks host and credentials.

        A wrong address fails within a minute; later requests are retried for longer.

        Raises:
            ClevertapError: The request failed.
        """
        request = Request(
            "GET",
            SCHEMA,
            "type=events",
            timeout=min(CONNECTION_CHECK_TIMEOUT, self._settings.request_timeout),
            fail_fast_on=CONNECTION_ERRORS,
        )
        listed = self.send(request).json().get("events") or []
        if not isinstance(listed, list):
            msg = "'events' is not a list"
            raise errors.InvalidResponse(msg)
        if len(listed) > MAX_EVENT_TYPES:
            msg = f"{len(listed):,} events; an account has {MAX_EVENT_TYPES:,} at most"
            raise errors.InvalidResponse(msg)
        return listed

    def export(self, export: Export, query: Mapping[str, object]) -> Iterator[Envelope]:
        """Open a cursor and yield all its pages.

        Only a missing cursor in a good page ends the data; any failure is raised.

        Raises:
            PositionLost: The cursor is lost; the pages so far are not complete.
            ClevertapError: Any other failure.
        """
        flags = f"batch_size={export.batch_size or self._settings.batch_size}&app=true"
        flags += f"&events={_flag(export.wants_summary)}&profile={_flag(export.wants_properties)}"
        fail_fast_on: FailFast = (errors.Transient,) if export.fail_fast else ()
        opening = Request(
            "POST", export.endpoint, flags, query, check=check_opening, fail_fast_on=fail_fast_on
        )
        cursor = self.send(opening).envelope.cursor
        seen: set[str] = set()
        while cursor:
            plain = unquote(cursor)
            if plain in seen:
                msg = f"page {len(seen)} returned the cursor of an earlier page"
                raise errors.CursorRepeated(msg)
            seen.add(plain)
            page = self._page(export, plain, fail_fast_on)
            if not page.has_content and len(seen) > 1:
                msg = f"HTTP 204 after {len(seen) - 1} pages, without an end"
                raise errors.CursorLost(msg)
            yield page
            cursor = page.next_cursor or (page.cursor if page.status == "partial" else None)

    def get(self, endpoint: Endpoint, query: str = "") -> dict[str, Any]:
        """Return the response to a GET request; `query` is sent unchanged.

        Raises:
            ClevertapError: The request failed.
        """
        return self.send(Request("GET", endpoint, query)).json()

    def post_and_poll(
        self, endpoint: Endpoint, question: Mapping[str, object], *, is_urgent: bool = True
    ) -> dict[str, Any]:
        """Post a query and poll until its result is ready; urgent ones are sent first.

        If its `req_id` is no longer valid, or never ready, the query is posted once more.

        Raises:
            ClevertapError: The request failed.
        """
        try:
            return self._post_and_poll_once(endpoint, question, is_urgent=is_urgent)
        except (errors.RequestIdExpired, errors.Pending):
            return self._post_and_poll_once(endpoint, question, is_urgent=is_urgent)

    def _post_and_poll_once(
        self, endpoint: Endpoint, question: Mapping[str, object], *, is_urgent: bool
    ) -> dict[str, Any]:
        answer = self.send(Request("POST", endpoint, body=question, is_urgent=is_urgent))
        if answer.envelope.status == "partial":
            query = f"req_id={quote(str(answer.envelope.req_id), safe='')}"
            poll = Request("GET", endpoint, query, check=check_poll, is_urgent=is_urgent)
            answer = self.send(poll)
        return answer.json()

    def send(self, request: Request) -> Response:
        """Send a request, and retry it as the error class of its failure allows.

        Raises:
            WriteNotAllowed: The path is not on the allow-list.
            ClevertapError: The last failure.
        """
        if (request.method, request.endpoint.path) not in self._allowed:
            path = request.endpoint.path
            msg = f"{request.method} {path} is not on the allow-list of reads and was not sent"
            raise errors.WriteNotAllowed(msg)
        budget = RetryBudget(self._settings.in_progress_timeout, fail_fast_on=request.fail_fast_on)
        with_retries = backoff.on_exception(
            backoff.runtime,
            errors.Transient,
            value=budget.wait,
            giveup=budget.gives_up,
            jitter=None,
            on_backoff=self._log_backoff,
            logger=None,
        )
        try:
            return with_retries(self._send_once)(request)
        finally:
            self.waits.stop(id(request))

    def _log_backoff(self, details: Any) -> None:  # noqa: ANN401 - the library's dictionary
        request: Request = details["args"][0]
        reason, seconds = type(details["exception"]).__name__, details["wait"]
        before = self.waits.seconds.get(reason, 0.0)
        self.waits.start(id(request), reason, seconds)
        is_news = before // SECONDS_PER_MINUTE < (before + seconds) // SECONDS_PER_MINUTE
        logger.log(
            logging.INFO if is_news else logging.DEBUG,
            "%s %s: %s; waiting %.0f s",
            request.method,
            request.endpoint.path,
            reason,
            seconds,
        )

    def _page(self, export: Export, cursor: str, fail_fast_on: FailFast) -> Envelope:
        """Read one page; an error response means that the cursor is no longer valid."""
        request = Request(
            "GET",
            export.endpoint,
            f"cursor={quote(cursor, safe='')}",
            decode=export.decode,
            check=check_page,
            fail_fast_on=fail_fast_on,
        )
        try:
            return self.send(request).envelope
        except LASTING:
            raise
        except (errors.Refused, errors.NotAvailable) as error:
            raise errors.CursorLost(str(error)) from None

    def _send_once(self, request: Request) -> Response:
        limiter = self._limiters[request.endpoint.path]
        timeout = request.timeout or self._settings.request_timeout
        try:
            with limiter.acquire(is_urgent=request.is_urgent):
                status, body = self._transport.exchange(
                    request.method, request.endpoint.path, request.query, request.body, timeout
                )
            envelope = request.decode(body)
            envelope = normalize(status, body, envelope, request.endpoint.holds)
            request.check(status, envelope)
        except (errors.TooManyRequests, errors.Throttled):
            limiter.on_throttled()
            raise
        limiter.on_success()
        return Response(envelope, body)


def _flag(is_on: bool) -> str:  # noqa: FBT001 - its only argument
    return "true" if is_on else "false"
