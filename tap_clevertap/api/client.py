"""The one place that sends: permits, retries, cursors, polling.

Only the reads of an allow-list can be sent, because a passcode may delete users and send
campaigns. No message of this room holds a header, a cursor or what a record says.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import backoff

from tap_clevertap import errors
from tap_clevertap.api.decoding import decode, read_whole
from tap_clevertap.api.endpoints import SCHEMA
from tap_clevertap.api.limiter import ConcurrencyLimiter
from tap_clevertap.api.responses import check_opening, check_page, check_poll, check_response
from tap_clevertap.api.retry import FailFast, RetryBudget, WaitStats
from tap_clevertap.api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_clevertap.api.decoding import Decoder, Envelope
    from tap_clevertap.api.endpoints import Endpoint, Export
    from tap_clevertap.config.settings import Settings

SECONDS_PER_MINUTE = 60
CONNECTION_CHECK_TIMEOUT = 15
CONNECTION_ERRORS = (
    errors.ConnectionFailed,
    errors.TimedOut,
    errors.EmptyResponse,
    errors.InvalidResponse,
)
"""What a wrong address looks like, and no more patience is due to it at the first contact."""

logger = logging.getLogger("tap-clevertap.client")


@dataclass(frozen=True, slots=True)
class Request:
    """A request, how its response is decoded and checked; `query` goes on the wire as it is."""

    method: str
    endpoint: Endpoint
    query: str = ""
    body: Mapping[str, object] | None = None
    decode: Decoder = decode
    check: Callable[[int, Envelope], None] = check_response
    timeout: float | None = None
    fail_fast_on: FailFast = ()


@dataclass(frozen=True, slots=True)
class Response:
    """A good answer: its envelope, and all of it as it came."""

    envelope: Envelope
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the whole answer as an object."""
        return read_whole(self.body)


class Client:
    """Sends reads to one account; safe to share between threads.

    `waits` knows how long it has paused and why.
    """

    def __init__(self, settings: Settings, endpoints: Iterable[Endpoint]) -> None:
        self.waits = WaitStats()
        self._settings = settings
        self._limiters: dict[str, ConcurrencyLimiter] = {}
        self._allowed: set[tuple[str, str]] = set()
        for path, methods in endpoints:
            self._limiters[path] = ConcurrencyLimiter(settings.max_concurrency)
            self._allowed.update((method, path) for method in methods)
        most = settings.max_concurrency * len(self._limiters)
        self._transport = Transport(settings, connections=most)

    def list_event_types(self) -> list[dict[str, Any]]:
        """Ask for the account's event types: one request that proves host and credentials.

        An address that looks wrong fails within a minute, where a later request would be patient.

        Raises:
            ClevertapError: What the first contact has run into.
        """
        request = Request(
            "GET",
            SCHEMA,
            "type=events",
            timeout=min(CONNECTION_CHECK_TIMEOUT, self._settings.request_timeout),
            fail_fast_on=CONNECTION_ERRORS,
        )
        listed = self.send(request).json().get("events")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def export(self, export: Export, query: Mapping[str, object]) -> Iterator[Envelope]:
        """Open a cursor and yield its pages to the end.

        Raises:
            PositionLost: The chain is broken; what came so far is not all there is.
            ClevertapError: Anything else, never the end of the data.
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
                msg = f"after {len(seen)} pages the cursor came back to an earlier one"
                raise errors.CursorRepeated(msg)
            seen.add(plain)
            page = self._page(export, plain, fail_fast_on)
            yield page
            cursor = page.next_cursor or (page.cursor if page.status == "partial" else None)

    def get(self, endpoint: Endpoint, query: str = "") -> dict[str, Any]:
        """Get an answer that is there at once; `query` goes on the wire as it is.

        Raises:
            ClevertapError: There is no answer.
        """
        return self.send(Request("GET", endpoint, query)).json()

    def post_and_poll(self, endpoint: Endpoint, question: Mapping[str, object]) -> dict[str, Any]:
        """Put a question that may take a while to answer, and poll until it is.

        A `req_id` that is no longer known, or never ready, has the question put once more.

        Raises:
            ClevertapError: There is no answer.
        """
        try:
            return self._post_and_poll_once(endpoint, question)
        except (errors.RequestIdExpired, errors.Pending):
            return self._post_and_poll_once(endpoint, question)

    def _post_and_poll_once(
        self, endpoint: Endpoint, question: Mapping[str, object]
    ) -> dict[str, Any]:
        answer = self.send(Request("POST", endpoint, body=question))
        if answer.envelope.status == "partial":
            query = f"req_id={quote(str(answer.envelope.req_id), safe='')}"
            answer = self.send(Request("GET", endpoint, query, check=check_poll))
        return answer.json()

    def send(self, request: Request) -> Response:
        """Send a read until it is answered, or patience ends.

        Raises:
            WriteNotAllowed: The path is not on the allow-list.
            ClevertapError: The leaf that the last failure means.
        """
        if (request.method, request.endpoint.path) not in self._allowed:
            path = request.endpoint.path
            msg = f"{request.method} {path} is not on the list of reads and was not sent"
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
        """Read one page; a refusal means that the cursor is of no more use."""
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
        except errors.InvalidCredentials:
            raise
        except (errors.Refused, errors.NotAvailable) as error:
            raise errors.CursorLost(str(error)) from None

    def _send_once(self, request: Request) -> Response:
        limiter = self._limiters[request.endpoint.path]
        timeout = request.timeout or self._settings.request_timeout
        try:
            with limiter.acquire():
                status, body = self._transport.exchange(
                    request.method, request.endpoint.path, request.query, request.body, timeout
                )
            envelope = request.decode(body)
            request.check(status, envelope)
        except (errors.TooManyRequests, errors.Throttled):
            limiter.on_throttled()
            raise
        limiter.on_success()
        return Response(envelope, body)


def _flag(is_on: bool) -> str:  # noqa: FBT001 - its only argument
    return "true" if is_on else "false"
