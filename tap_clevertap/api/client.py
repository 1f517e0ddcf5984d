"""The one place that sends: permits, retries, cursors, polling.

Only the reads of an allow-list can be sent, because a passcode may delete users and send
campaigns. No message of this room holds a header, a cursor or what a record says.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import backoff

from tap_clevertap import errors
from tap_clevertap.api.decoding import read_envelope, read_whole
from tap_clevertap.api.endpoints import READS, SCHEMA
from tap_clevertap.api.limiter import Permits
from tap_clevertap.api.responses import judge, judge_opening, judge_page, judge_poll
from tap_clevertap.api.retry import Hasty, Patience, Waits
from tap_clevertap.api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_clevertap.api.decoding import Envelope, Reader
    from tap_clevertap.config.settings import Settings

A_MINUTE = 60
GREETING_SECONDS = 15
WRONG_ADDRESS = (
    errors.ConnectionFailed,
    errors.TimedOut,
    errors.EmptyAnswer,
    errors.BrokenAnswer,
)
"""What a wrong address looks like, and no more patience is due to it at the first contact."""

logger = logging.getLogger("tap-clevertap.client")


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and who judges its answer; `query` goes on the wire as it is."""

    method: str
    path: str
    query: str = ""
    body: Mapping[str, object] | None = None
    judge: Callable[[int, bytes], Envelope] = judge
    timeout: float | None = None
    hasty: Hasty = ()


@dataclass(frozen=True, slots=True)
class Answer:
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

    def __init__(self, settings: Settings) -> None:
        """Prepare the connection pool; nothing is sent yet."""
        self.waits = Waits()
        self._settings = settings
        self._permits = {path: Permits(settings.max_concurrency) for _, path in READS}
        most = settings.max_concurrency * len(self._permits)
        self._transport = Transport(settings, connections=most)

    def greet(self) -> list[dict[str, Any]]:
        """Ask for the account's event types: one request that proves host and credentials.

        An address that looks wrong fails within a minute, where a later request would be patient.

        Raises:
            ClevertapError: What the first contact has run into.
        """
        call = Call(
            "GET",
            SCHEMA,
            "type=events",
            timeout=min(GREETING_SECONDS, self._settings.request_timeout),
            hasty=WRONG_ADDRESS,
        )
        listed = self.send(call).json().get("events")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def export(  # noqa: PLR0913 - the query, and dials with defaults
        self,
        path: str,
        query: Mapping[str, object],
        *,
        wants_summary: bool = False,
        wants_properties: bool = False,
        batch_size: int | None = None,
        is_hasty: bool = False,
        read: Reader = read_envelope,
    ) -> Iterator[Envelope]:
        """Open a cursor and yield its pages to the end, `batch_size` records each at most.

        `wants_summary` asks for each person's event summary, `wants_properties` for the custom
        properties; with `is_hasty` nothing is tried for long. `read` parses a page.

        Raises:
            Lost: The chain is broken; what came so far is not all there is.
            ClevertapError: Anything else, never the end of the data.
        """
        flags = f"batch_size={batch_size or self._settings.batch_size}&app=true"
        flags += f"&events={_flag(wants_summary)}&profile={_flag(wants_properties)}"
        hasty: Hasty = (errors.Transient,) if is_hasty else ()
        opening = Call("POST", path, flags, query, judge_opening, hasty=hasty)
        cursor = self.send(opening).envelope.cursor
        seen: set[str] = set()
        while cursor:
            plain = unquote(cursor)
            if plain in seen:
                msg = f"after {len(seen)} pages the cursor came back to an earlier one"
                raise errors.CursorRepeated(msg)
            seen.add(plain)
            page = self._page(path, plain, hasty, read)
            yield page
            cursor = page.next_cursor or (page.cursor if page.status == "partial" else None)

    def get(self, path: str, query: str = "") -> dict[str, Any]:
        """Get an answer that is there at once; `query` goes on the wire as it is.

        Raises:
            ClevertapError: There is no answer.
        """
        return self.send(Call("GET", path, query)).json()

    def ask(self, path: str, question: Mapping[str, object]) -> dict[str, Any]:
        """Put a question that may take a while to answer, and poll until it is.

        A `req_id` that is no longer known, or never ready, has the question put once more.

        Raises:
            ClevertapError: There is no answer.
        """
        try:
            return self._answer(path, question)
        except (errors.QuestionLost, errors.Pending):
            return self._answer(path, question)

    def _answer(self, path: str, question: Mapping[str, object]) -> dict[str, Any]:
        answer = self.send(Call("POST", path, body=question))
        if answer.envelope.status == "partial":
            query = f"req_id={quote(str(answer.envelope.req_id), safe='')}"
            answer = self.send(Call("GET", path, query, judge=judge_poll))
        return answer.json()

    def send(self, call: Call) -> Answer:
        """Send a read until it is answered, or patience ends.

        Raises:
            WriteRefused: The path is not on the allow-list.
            ClevertapError: The leaf that the last failure means.
        """
        if (call.method, call.path) not in READS:
            msg = f"{call.method} {call.path} is not on the list of reads and was not sent"
            raise errors.WriteRefused(msg)
        patience = Patience(self._settings.in_progress_timeout, hasty=call.hasty)
        patiently = backoff.on_exception(
            backoff.runtime,
            errors.Transient,
            value=patience.wait,
            giveup=patience.is_over,
            jitter=None,
            on_backoff=self._pause,
            logger=None,
        )
        try:
            return patiently(self._once)(call)
        finally:
            self.waits.end(id(call))

    def _pause(self, details: Any) -> None:  # noqa: ANN401 - the library's dictionary
        call: Call = details["args"][0]
        reason, seconds = type(details["exception"]).__name__, details["wait"]
        before = self.waits.seconds.get(reason, 0.0)
        self.waits.begin(id(call), reason, seconds)
        is_news = before // A_MINUTE < (before + seconds) // A_MINUTE
        logger.log(
            logging.INFO if is_news else logging.DEBUG,
            "%s %s: %s; waiting %.0f s",
            call.method,
            call.path,
            reason,
            seconds,
        )

    def _page(self, path: str, cursor: str, hasty: Hasty, read: Reader) -> Envelope:
        """Read one page; a refusal means that the cursor is of no more use."""
        query = f"cursor={quote(cursor, safe='')}"
        try:
            judged = partial(judge_page, read=read)
            return self.send(Call("GET", path, query, judge=judged, hasty=hasty)).envelope
        except errors.InvalidCredentials:
            raise
        except (errors.Refused, errors.NothingThere) as error:
            raise errors.CursorLost(str(error)) from None

    def _once(self, call: Call) -> Answer:
        permits = self._permits[call.path]
        timeout = call.timeout or self._settings.request_timeout
        try:
            with permits.held():
                status, body = self._transport.exchange(
                    call.method, call.path, call.query, call.body, timeout
                )
            envelope = call.judge(status, body)
        except (errors.TooManyRequests, errors.Throttled):
            permits.refused()
            raise
        permits.accepted()
        return Answer(envelope, body)


def _flag(is_on: bool) -> str:  # noqa: FBT001 - its only argument
    return "true" if is_on else "false"
