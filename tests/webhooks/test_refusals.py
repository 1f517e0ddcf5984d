"""What is refused, with which answer; and that nothing of it is written or logged."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.support.receiver import (
    JSON_TYPE,
    KNOWN,
    SECRET,
    Receiver,
    receiving,
    request,
    status_of,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "a-mark-that-no-log-may-have"
BODY = json.dumps({"targetId": 1, "profiles": [{"email": MARK}]})
MAX_BYTES = 2000
LOGIN = "clevertap:another-secret-0123456789"
CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Give one receiver to all; at its end none of what was refused may be there."""
    folder = tmp_path_factory.mktemp("webhooks")
    with receiving(folder, f"--max-body-bytes={MAX_BYTES}", "--request-timeout=1") as running:
        yield running
    assert stored(folder) == []
    assert list(folder.glob("webhooks-*")) == []
    assert MARK not in "".join(running.log)
    assert SECRET not in "".join(running.log)
    assert "Traceback" not in "".join(running.log)


def asked(receiver: Receiver, raw: bytes) -> int:
    """Send a request that asks for its connection to be closed and return the status."""
    return status_of(receiver.exchange(raw))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["X-Webhook-Secret: wrong"],
        ["X-Webhook-Secret: "],
        [f"X-Webhook-Secret: {SECRET[:-1]}"],
        [f"X-Webhook-Secret: {SECRET}x"],
        [f"X-Webhook-Secret: {SECRET.upper()}"],
        [f"X-Webhook-Secret: {SECRET}", "X-Webhook-Secret: wrong"],
        [f"X-Other-Secret: {SECRET}"],
        [f"Authorization: Bearer {SECRET}"],
        [f"Authorization: Basic {b64encode(SECRET.encode()).decode()}"],
    ],
)
def test_a_wrong_secret_is_401(receiver: Receiver, headers: list[str]) -> None:
    """Also one that is part of the right one, sent twice or sent elsewhere."""
    assert asked(receiver, request(BODY, [*headers, JSON_TYPE, CLOSE])) == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_another_method_is_405(receiver: Receiver, method: str) -> None:
    """The answer says what is allowed."""
    raw = request("", [KNOWN, CLOSE], f"{method} /webhooks HTTP/1.1")
    answer = receiver.exchange(raw)
    assert status_of(answer) == 405
    assert b"allow: POST" in answer


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//webhooks",
        "/webhooks/",
        "/webhooks/x",
        "/webhooks/../webhooks",
        "/./webhooks",
        "/web%68ooks",
        "/webhooks%2f",
        "/webhooks%00",
        "/webhooks;x",
        "/WEBHOOKS",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "http://receiver/webhooks",
        "*",
        "webhooks",
    ],
)
def test_another_path_is_404(receiver: Receiver, path: str) -> None:
    """However it is written; nothing of a path is used to find a file."""
    assert asked(receiver, request(BODY, [KNOWN, JSON_TYPE, CLOSE], f"POST {path} HTTP/1.1")) == 404


@pytest.mark.parametrize("excess", [1, 100, 3_000_000])
def test_too_long_a_body_is_413(receiver: Receiver, excess: int) -> None:
    """By its announced length, before it is read."""
    body = '"' + "x" * (MAX_BYTES - 2 + excess) + '"'
    assert asked(receiver, request(body, [KNOWN, JSON_TYPE, CLOSE])) == 413


def test_too_long_a_body_without_a_length_is_413(receiver: Receiver) -> None:
    """A chunked body is counted as it comes."""
    head = request("", [KNOWN, JSON_TYPE, CLOSE]).replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked"
    )
    chunk = b"400\r\n" + b"1" * 1024 + b"\r\n"
    assert asked(receiver, head + chunk * 5) == 413


def test_an_endless_body_ends(receiver: Receiver) -> None:
    """Who goes on sending after the refusal is cut off."""
    head = request("", [KNOWN, JSON_TYPE]).replace(
        b"Content-Length: 0", b"Content-Length: 99999999999"
    )
    assert asked(receiver, head + b"x" * 100_000) == 413


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "GZIP", "x"])
def test_a_compressed_body_is_415(receiver: Receiver, coding: str) -> None:
    """Even with the right secret: nothing is unpacked, so nothing can explode."""
    raw = request(
        gzip.compress(BODY.encode()), [KNOWN, JSON_TYPE, CLOSE, f"Content-Encoding: {coding}"]
    )
    answer = receiver.exchange(raw)
    assert status_of(answer) == 415
    assert b"accept-encoding: identity" in answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \r\n",
        b"{",
        b'{"a": NaN}',
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b"{'a': 1}",
        b'{"name": "Jane "J" Doe"}',
        b'"\xff"',
        b"[" * 900 + b"1",
        b"[" * 999 + b"]" * 999,
        gzip.compress(BODY.encode()),
        BODY.encode("utf-16"),
    ],
    ids=range(13),
)
def test_broken_json_is_400(receiver: Receiver, body: bytes) -> None:
    """What says that it is JSON has to be: empty, cut off, nested out of all reason, packed."""
    for content_type in ("application/json", "application/vnd.x+json; charset=utf-8"):
        raw = request(body, [KNOWN, CLOSE, f"Content-Type: {content_type}"])
        assert asked(receiver, raw) == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /webhooks HTTP/1.1\r\n\r\n",
        request(BODY, [KNOWN, "Content-Length: 5"]),
        b"POST /webhooks HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000,
        b"POST /" + b"y" * 100_000,
        request(BODY, [KNOWN, "Content-Length: x"]),
        request(BODY, [KNOWN, "Content-Length: " + "9" * 5000]),
        request(BODY, [KNOWN, "X: a\nb"]),
        request(BODY, [KNOWN, "X : a"]),
        request(BODY, [KNOWN], "POST /webh\xf6oks HTTP/1.1"),
        request(BODY, [KNOWN, *["X: y"] * 100]),
        request(BODY, [KNOWN, JSON_TYPE, CLOSE, "Transfer-Encoding: chunked"]),
        request(BODY, [KNOWN, "Transfer-Encoding: gzip"]),
        b"POST /webhooks HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000,
    ],
    ids=range(15),
)
def test_what_is_not_http_is_400(receiver: Receiver, raw: bytes) -> None:
    """TLS, no host, two lengths, endless headers, bare line feeds."""
    assert asked(receiver, raw) in {400, 501}


def test_a_body_that_is_cut_off_is_not_stored(receiver: Receiver) -> None:
    """The sender has gone in the middle."""
    raw = request(BODY, [KNOWN, JSON_TYPE])
    receiver.exchange(raw[:-5], end=True)


@pytest.mark.parametrize("cut", [10, 60, -5], ids=["request line", "headers", "body"])
def test_a_slow_sender_is_408(receiver: Receiver, cut: int) -> None:
    """Whatever part does not come in time."""
    raw = request(BODY, [KNOWN, JSON_TYPE])
    assert asked(receiver, raw[:cut]) == 408
