"""The verdict on a response: every failure of the catalogue is one leaf, and none is an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_clevertap import errors
from tap_clevertap.api.decoding import Envelope, decode
from tap_clevertap.api.responses import (
    check_opening,
    check_page,
    check_poll,
    check_response,
    describe,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark.structures import ParameterSet

HTML = b"<html><body><h1>Sorry</h1></body></html>"
GOOD = b'{"status":"success","records":[]}'

CATALOGUE = r"""
E1 | 401 | InvalidCredentials
    {"status":"fail","error":"Invalid Credentials","code":401}
E2 | 429 | TooManyRequests
    {"status":"fail","error":"Too many concurrent requests","code":429}
E3 | 200 | Throttled
    {"status":"fail","error":"Slow down","code":1}
E4 | 200 | InProgress
    {"status":"fail","error":"Request still in progress, please retry later","code":2}
E4 as 202 | 202 | InProgress
    {"status":"fail","error":"Request still in progress, please retry later","code":2}
E5 | 200 | CursorLost
    {"status":"fail","error":"Incorrect Usage","code":3}
E6 | 400 | ExportNotAllowed
    {"status":"fail","error":"Export not allowed for this event","code":400}
E7 | 200 | InvalidEvent
    {"status":"fail","error":"[\"Invalid event : Uninstalled\"]","code":400}
E8 | 200 | InvalidGroup
    {"status":"fail","error":"Invalid group : City","code":400}
E9 date | 400 | InvalidDate
    {"status":"fail","error":"Invalid date : from","code":4002}
E9 range | 200 | InvalidDate
    {"status":"fail","error":"Bad date range","code":400}
E9 order | 200 | InvalidDate
    {"status":"fail","error":"from greater than to","code":400}
E9 code | 400 | InvalidDate
    {"status":"fail","error":"Something","code":4004}
E10 | 200 | RequestIdExpired
    {"status":"fail","error":"invalid request id","code":400}
E11 text | 200 | CursorLost
    {"status":"fail","error":"Invalid cursor","code":400}
E11 code | 400 | CursorLost
    {"status":"fail","error":"Gone","code":"CURSOR_INVALIDATED"}
E12 | 400 | InvalidBatchSize
    {"status":"fail","error":"batch_size must be between 1 and 5000","code":400}
E13 | 500 | ReportNotReady
    {"status":"fail","error":"This target has no result as of yet","code":500}
E14 | 200 | ReportNotReady
    {"status":"success","error":"This target hasn't been completed","code":200}
E15 200 | 200 | ReportNotReady
    {"error":"This target hasn't been completed","status":"fail"}
E15 400 | 400 | ReportNotReady
    {"error":"This target hasn't been completed","status":"fail"}
E16 | 409 | ReportNotReady
    {"status":"fail","error":"Campaign not completed","code":409}
E17 400 | 400 | InvalidCampaign
    {"status":"fail","error":"Invalid campaign id","code":400}
E17 200 | 200 | InvalidCampaign
    {"status":"fail","error":"Invalid campaign id","code":400}
E18 | 500 | ServerError
    {"status":"fail","error":"An unknown error occurred","code":500}
E19 | 405 | MethodNotAllowed
    Method Not Allowed
E20 | 403 | FeatureDisabled
    {"status":"fail","error":"Content Blocks isn't enabled on your account","code":403}
E21 | 400 | InvalidDate
    {"status":"fail","error":"Enter date in ISO format","code":400}
E22 | 404 | NotFound
    {"status":"fail","error":"Profile not found","code":404}
"""
ODD = r"""
code as text | 200 | Throttled
    {"status":"fail","error":"Slow down","code":"1"}
status within code | 200 | InvalidCredentials
    {"status":"fail","error":"No","code":"401"}
429 within 200 | 200 | TooManyRequests
    {"status":"fail","error":"No","code":429}
500 within 200 | 200 | ServerError
    {"status":"fail","error":"No","code":500}
a list of errors | 200 | InvalidEvent
    {"status":"fail","error":["Invalid event : X"],"code":400}
no reason | 200 | UnknownError
    {"status":"fail"}
new reason | 200 | UnknownError
    {"status":"fail","error":"Moon in the wrong phase","code":77}
success with an error | 200 | UnknownError
    {"status":"success","error":"Hm"}
no status at all | 200 | UnknownError
    {}
403 in general | 403 | Forbidden
    {"status":"fail","error":"Not allowed","code":403}
business message beside 500 | 500 | InvalidEvent
    {"status":"fail","error":"Invalid event : X","code":500}
success beside 202 | 202 | InProgress
    {"status":"success","records":[]}
success beside 400 | 400 | UnknownError
    {"status":"success","records":[]}
success beside 304 | 304 | UnknownError
    {"status":"success","records":[]}
success beside 500 | 500 | ServerError
    {"status":"success","records":[]}
html beside 200 | 200 | InvalidResponse
    <html><body><h1>Sorry</h1></body></html>
html beside 400 | 400 | UnknownError
    <html><body><h1>Sorry</h1></body></html>
html beside 403 | 403 | Forbidden
    <html><body><h1>Sorry</h1></body></html>
html beside 502 | 502 | ServerError
    <html><body><h1>Sorry</h1></body></html>
html beside 503 | 503 | ServerError
    <html><body><h1>Sorry</h1></body></html>
cut off | 200 | InvalidResponse
    {"status":"success","records
a refusal cut off | 400 | InvalidResponse
    {"status":"fail","error":"Export not allowed for th
a fault cut off | 500 | ServerError
    {"status":"fail","error":"An unknown err
an array | 200 | InvalidResponse
    [1, 2]
"""
EMPTY = {
    200: "EmptyResponse", 202: "InProgress", 204: "EmptyResponse", 400: "EmptyResponse",
    401: "InvalidCredentials", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed",
    409: "ReportNotReady", 429: "TooManyRequests", 500: "ServerError", 503: "ServerError",
}  # fmt: skip
REDIRECTS = 301, 302, 303, 307, 308


def rows(table: str) -> Iterator[ParameterSet]:
    """Yield status, leaf and body of a table: a line of names, then the body as it came."""
    for heads, body in batched(table.strip().splitlines()):
        label, status, leaf = heads.split(" | ")
        yield pytest.param(int(status), leaf, body.strip().encode(), id=label)


def batched(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines two by two."""
    return zip(lines[::2], lines[1::2], strict=True)


@pytest.mark.parametrize(("status", "leaf", "body"), [*rows(CATALOGUE), *rows(ODD)])
def test_failure_is_one_leaf(status: int, leaf: str, body: bytes) -> None:
    """Each known failure, verbatim, is the leaf that says what to do about it."""
    failure = verdict(status, body)
    assert type(failure).__name__ == leaf
    assert f"HTTP {status}" in str(failure)


@pytest.mark.parametrize(("status", "leaf"), EMPTY.items())
@pytest.mark.parametrize("body", [b"", b" \n"])
def test_nothing_in_a_body_is_no_answer(status: int, leaf: str, body: bytes) -> None:
    """An empty body is a failure at each status; the status says which."""
    assert type(verdict(status, body)).__name__ == leaf


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("body", [b"", HTML, GOOD])
def test_redirect_is_refused(status: int, body: bytes) -> None:
    """Whatever a redirect carries, it is not an answer."""
    assert type(verdict(status, body)) is errors.Redirected


def test_catalogue_is_whole() -> None:
    """Each row of the API's catalogue of failures, E1 to E23, is in the table."""
    told = {str(row.id).split()[0] for row in rows(CATALOGUE)}
    assert told | {"E23"} == {f"E{number}" for number in range(1, 24)}  # E23 is the empty body


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("word", ["success", "partial"])
def test_success_is_an_envelope(status: int, word: str) -> None:
    """A success without an error is an answer, and so is a partial one."""
    check_response(status, decode(json.dumps({"status": word, "error": ""}).encode()))


@given(
    st.sampled_from([200, 202, 204, 302, 400, 401, 404, 409, 429, 500, 503]),
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["status", "error", "code", "records", "next_cursor"]),
            st.sampled_from(["success", "partial", "fail", "", 1, "2", None, True, [], {}, "text"]),
        ).map(lambda body: json.dumps(body).encode()),
    ),
)
def test_failure_is_never_an_envelope(status: int, body: bytes) -> None:
    """Only a 2xx that says success or partial, and names no error, is an answer."""
    found = verdict(status, body)
    if isinstance(found, Envelope):
        assert 200 <= status < 300
        assert found.status in {"success", "partial"}
        assert not json.loads(body).get("error")
    else:
        assert not type(found).__subclasses__()  # a leaf


def verdict(status: int, body: bytes) -> Envelope | errors.ClevertapError:
    """Return the envelope or the error that a response means."""
    envelope = decode(body)
    try:
        check_response(status, envelope)
    except errors.ClevertapError as error:
        return error
    return envelope


def test_opening_without_a_cursor_is_broken() -> None:
    """An export that opens without a cursor is not an empty export."""
    check_opening(200, decode(b'{"status":"success","cursor":"abc"}'))
    with pytest.raises(errors.InvalidResponse, match="no cursor"):
        check_opening(200, decode(b'{"status":"success"}'))


@pytest.mark.parametrize("onward", ["cursor", "next_cursor"])
def test_partial_page_that_leads_on_is_a_page(onward: str) -> None:
    """Of the two ways of paging, either cursor makes a partial page a page."""
    body = json.dumps({"status": "partial", onward: "abc", "records": []}).encode()
    check_page(200, decode(body))


def test_partial_page_without_a_cursor_is_in_progress() -> None:
    """A page that is partial and leads nowhere is asked again: it is not the last."""
    check_page(200, decode(GOOD))
    with pytest.raises(errors.InProgress):
        check_page(200, decode(b'{"status":"partial","records":[]}'))


def test_partial_count_is_pending() -> None:
    """A count that is being worked out is polled again."""
    check_poll(200, decode(GOOD))
    with pytest.raises(errors.Pending):
        check_poll(200, decode(b'{"status":"partial","req_id":384649162721787780}'))


@given(st.text(max_size=400), st.one_of(st.none(), st.integers(), st.text(max_size=400)))
@example("\U00018cd6 " * 70, "\U00018cd6 " * 20)
@example("\\ ' \" " * 70, "\x1b " * 100)
def test_description_is_one_short_line(error: str, code: int | str | None) -> None:
    """Whatever CleverTap answers becomes one line of at most 200 characters."""
    text = describe(200, Envelope(error=error, code=code))
    assert len(text) <= 200
    assert len(text.splitlines()) == 1
    assert text.isprintable()


@pytest.mark.parametrize("secret", ["Zm9v" * 500, "a%2Bb%3D" * 9, "asha@example.com"])
@pytest.mark.parametrize("place", ["error", "code"])
def test_description_keeps_cursors_and_people(secret: str, place: str) -> None:
    """Neither a cursor nor an e-mail address is repeated, wherever it stands; the rest is."""
    answer = {"error": "No", place: f"Bad {secret} thing"}
    text = describe(400, Envelope(error=answer["error"], code=answer.get("code")))
    assert secret[:16] not in text
    assert "Bad … thing" in text
    assert text.startswith("HTTP 400")


def test_description_gives_a_code_that_is_not_the_status() -> None:
    """The code is told where it says more than the status."""
    assert describe(200, Envelope(error="No", code=3)) == "HTTP 200, code 3: 'No'"
    assert describe(400, Envelope(error="No", code=400)) == "HTTP 400: 'No'"
    assert describe(400, Envelope(code=400)) == "HTTP 400"
