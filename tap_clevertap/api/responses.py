"""Checks decoded responses: accepted, or raised as the error class of the failure.

The HTTP status is not reliable: failures are sent with 200, regular messages with 500, and a
success may contain an error. So the body is checked first, the status second.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.api.decoding import Defect, Envelope, read_whole
from tap_clevertap.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_clevertap.errors import ClevertapError

SUCCESS = "success"
OK_STATUSES = (SUCCESS, "partial")
NO_CONTENT = 204
SENSITIVE = re.compile(r"\S{24,}|\S+@\S+|\+?\d(?:[ ().-]{0,2}\d){7,}")
"""Cursors, addresses and phone numbers, however they are spaced."""
MAX_TEXT, MAX_CODE = 140, 40
GOOD = range(200, 300)
BAD, FAULT = 400, 500


def check_response(status: int, envelope: Envelope) -> None:
    """Accept a response whose envelope says "success" or "partial" and names no error.

    Raises:
        ClevertapError: The class of the failure.
    """
    if envelope.defect is not None:
        _check_defect(status, envelope.defect)
    is_good = envelope.status in OK_STATUSES and not envelope.error
    if is_good and status not in BY_STATUS and status in GOOD:
        return
    error_class = _error_class(status, str(envelope.code), _text(envelope.error).lower())
    raise error_class(describe(status, envelope))


def normalize(status: int, body: bytes, envelope: Envelope, holds: Collection[str]) -> Envelope:
    """Return the envelope of a response that has none, or one in other words.

    204 is a success without content. A response without a status, as some samples of the
    documentation are, is a success if it has no error and one of the members that it should have.
    """
    if status == NO_CONTENT and envelope.defect is Defect.EMPTY:
        return Envelope(status=SUCCESS, has_content=False)
    envelope.status = envelope.status.lower()
    is_silent = not (envelope.status or envelope.error or envelope.defect) and status in GOOD
    if is_silent and not read_whole(body).keys().isdisjoint(holds):
        envelope.status = SUCCESS
    return envelope


def check_opening(status: int, envelope: Envelope) -> None:
    """Accept the response that opens a cursor; it must contain one, unless it is a 204.

    Raises:
        ClevertapError: The class of the failure.
    """
    check_response(status, envelope)
    if not envelope.cursor and envelope.has_content:
        msg = f"HTTP {status}: the response has no cursor"
        raise errors.InvalidResponse(msg)


def check_page(status: int, envelope: Envelope) -> None:
    """Accept a page; a partial one without a cursor is still being prepared.

    Raises:
        ClevertapError: The class of the failure.
    """
    check_response(status, envelope)
    if envelope.status == "partial" and not (envelope.next_cursor or envelope.cursor):
        msg = f"HTTP {status}: partial, without a cursor"
        raise errors.InProgress(msg)


def check_poll(status: int, envelope: Envelope) -> None:
    """Accept the final response of a count that is polled.

    Raises:
        ClevertapError: The class of the failure.
    """
    check_response(status, envelope)
    if envelope.status == "partial":
        msg = f"HTTP {status}: partial"
        raise errors.Pending(msg)


def _check_defect(status: int, defect: Defect) -> None:
    """Accept a body that could not be decoded if the status alone identifies the failure.

    A truncated error response is requested again: only its text identifies the failure.
    """
    if status in BY_STATUS:
        return
    if defect is Defect.EMPTY:
        msg = f"HTTP {status} with an empty body"
        raise (errors.EmptyResponse if status < FAULT else errors.ServerError)(msg)
    is_truncated = defect is Defect.TRUNCATED and status < FAULT
    if status < BAD or is_truncated:
        msg = f"HTTP {status}: {defect.value}"
        raise errors.InvalidResponse(msg)


def describe(status: int, envelope: Envelope) -> str:
    """Describe a response in one line, without anything that may be a cursor or personal data.

    Its text is quoted, because anybody may have written it.
    """
    text, code = _redact(_text(envelope.error)), one_line(_redact(str(envelope.code)))[:MAX_CODE]
    what = f"HTTP {status}" if envelope.code in {None, status} else f"HTTP {status}, code {code}"
    return f"{what}: {_quoted(text)}" if text else what


def _redact(text: str) -> str:
    """Hide cursors and addresses, and make one line of it."""
    return SENSITIVE.sub("…", " ".join(text.split()))


def _quoted(text: str) -> str:
    """Return a text in quotation marks, its control characters as escapes, of limited length."""
    quoted = repr(text)  # an escape is up to ten characters long, so it is cut afterwards
    return quoted if len(quoted) <= MAX_TEXT else quoted[: MAX_TEXT - 1] + quoted[-1]


def _text(error: object) -> str:
    """Return the error as plain text; it may be a JSON list in a string."""
    return "" if error is None else str(error).strip('[]"')


def _error_class(status: int, code: str, text: str) -> type[ClevertapError]:
    """Return the error class by the text, then the code, then the status."""
    for fragment, error_class in BY_TEXT:
        if re.search(fragment, text):
            return error_class
    if code in BY_CODE:
        return BY_CODE[code]
    if status in BY_STATUS:
        return BY_STATUS[status]
    return errors.ServerError if status >= FAULT else errors.UnknownError


BY_TEXT: tuple[tuple[str, type[ClevertapError]], ...] = (
    (r"invalid credentials", errors.InvalidCredentials),
    (r"too many concurrent", errors.TooManyRequests),
    (r"still in progress", errors.InProgress),
    (r"no result as of yet|hasn't been completed", errors.ReportNotReady),
    (r"export not allowed", errors.ExportNotAllowed),
    (r"invalid event", errors.InvalidEvent),
    (r"invalid group", errors.InvalidGroup),
    (r"invalid campaign", errors.InvalidCampaign),
    (r"invalid request id", errors.RequestIdExpired),
    (r"invalid cursor|incorrect usage", errors.CursorLost),
    (r"batch_?size", errors.InvalidBatchSize),
    (r"could.{1,4}t find any", errors.NothingFound),
    (r"content ?blocks?\b.*enabled", errors.FeatureDisabled),
    (r"invalid date|date range|from greater|iso format", errors.InvalidDate),
)
BY_CODE: dict[str, type[ClevertapError]] = {
    "1": errors.Throttled,
    "2": errors.InProgress,
    "3": errors.CursorLost,
    "401": errors.InvalidCredentials,
    "403": errors.Forbidden,
    "404": errors.NotFound,
    "429": errors.TooManyRequests,
    "500": errors.ServerError,
    "4002": errors.InvalidDate,
    "4004": errors.InvalidDate,
    "CURSOR_INVALIDATED": errors.CursorLost,
}
BY_STATUS: dict[int, type[ClevertapError]] = {
    202: errors.InProgress,
    301: errors.Redirected,
    302: errors.Redirected,
    303: errors.Redirected,
    307: errors.Redirected,
    308: errors.Redirected,
    401: errors.InvalidCredentials,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    409: errors.ReportNotReady,
    429: errors.TooManyRequests,
}
