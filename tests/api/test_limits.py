"""Servers that never end, or send more than memory holds: each ends in a line, in time."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from tap_clevertap import errors
from tap_clevertap.api import transport
from tap_clevertap.api.client import Client
from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.api.endpoints import EVENTS, SCHEMA, Export
from tap_clevertap.streams import endpoints
from tests.support.scripted import response, scripted, success

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeSettings
    from tests.support.scripted import Answer, Scripted, Seen

HANG_GUARD = 60
"""Seconds; a server of these tests would go on for ever."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MEGABYTE = 1 << 20
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"

pytestmark = pytest.mark.usefixtures("short_waits")


def client_of(server: Scripted, settings: MakeSettings, **overrides: object) -> Client:
    """Return a client of a scripted server that gives each request a second."""
    known = settings(**({"api_url": server.url, "request_timeout": 1} | overrides))
    return Client(known, endpoints())


def dripping(server: Scripted, head: bytes, drop: bytes) -> Iterator[bytes]:
    """Yield a drop again and again until the test is over: no wait is as long as the limit."""
    yield head
    while not server.is_over.wait(0.2):
        yield drop


DRIPS = {
    "body": (HEAD + b"Content-Length: 1000000\r\n\r\n{", b" "),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X"),
    "status line": (b"H", b"T"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("kind", DRIPS)
def test_a_response_that_drips_ends(kind: str, settings: MakeSettings) -> None:
    """A request has so many seconds in all, whatever comes while it waits."""
    head, drop = DRIPS[kind]
    servers: list[Scripted] = []
    with scripted(lambda _: dripping(servers[0], head, drop)) as server:
        servers.append(server)
        began = time.monotonic()
        with pytest.raises(errors.TimedOut):
            client_of(server, settings).get(SCHEMA, "type=events")
        assert time.monotonic() - began < HANG_GUARD
        assert len(server.seen) == errors.TimedOut.tries


def test_a_drip_at_the_first_contact_ends(settings: MakeSettings) -> None:
    """The check of the connection has the same limit, and says which setting to look at."""
    servers: list[Scripted] = []
    with scripted(lambda _: dripping(servers[0], *DRIPS["body"])) as server:
        servers.append(server)
        known = settings(api_url=server.url, request_timeout=1)
        with pytest.raises(errors.SettingError, match="does not respond"):
            listed_events(known, Client(known, endpoints()))
        assert len(server.seen) == 2


def test_the_next_response_on_a_connection_has_all_its_time(settings: MakeSettings) -> None:
    """What one response has used up is not taken from the next."""
    with scripted(lambda _: success(events=[{"name": "Viewed"}])) as server:
        client = client_of(server, settings)
        for _ in range(3):
            assert client.list_event_types() == [{"name": "Viewed"}]


def endless_chunks(_: Seen) -> Iterator[bytes]:
    """Yield a body without an end."""
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield CHUNK


def bomb(_: Seen) -> bytes:
    """Return a response of 200 kB that unpacks to 200 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(200)) + packer.flush()
    return response(packed, Content_Encoding="gzip")


def announcing(_: Seen) -> bytes:
    """Return a response that announces a petabyte and ends."""
    return HEAD + b"Content-Length: 1000000000000000\r\n\r\n{}"


def announcing_packed(_: Seen) -> bytes:
    """Return one that announces as much of a packed body."""
    return HEAD + b"Content-Encoding: gzip\r\nContent-Length: 1000000000000000\r\n\r\n"


@pytest.mark.parametrize("answer", [bomb, endless_chunks], ids=lambda one: one.__name__)
def test_a_body_beyond_the_limit_is_refused(
    answer: Answer, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read no further than the limit, and asked for once."""
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 8 * MEGABYTE)
    with scripted(answer) as server:
        client = client_of(server, settings, request_timeout=60)
        tracemalloc.start()
        try:
            with pytest.raises(errors.ResponseTooLarge, match="larger than 8 MB"):
                client.get(SCHEMA, "type=events")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 40 * MEGABYTE
        assert len(server.seen) == 1


@pytest.mark.parametrize("answer", [announcing, announcing_packed], ids=lambda one: one.__name__)
def test_an_announced_length_takes_no_memory(answer: Answer, settings: MakeSettings) -> None:
    """A `Content-Length` that nothing follows is a connection that was cut."""
    with scripted(answer) as server:
        tracemalloc.start()
        try:
            with pytest.raises(errors.ConnectionFailed):
                client_of(server, settings).get(SCHEMA, "type=events")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 40 * MEGABYTE


@pytest.mark.parametrize(("megabytes", "held"), [(12, 1), (40, 2)])
def test_a_body_is_held_once(megabytes: int, held: int, settings: MakeSettings) -> None:
    """A page comes in one piece that no copy is made of; only what is larger is joined of parts."""
    size = megabytes * MEGABYTE
    sent = response(b'{"a":"%b"}' % (b"x" * size))
    with scripted(lambda _: sent) as server:
        known = settings(api_url=server.url)
        tracemalloc.start()
        try:
            status, body = transport.Transport(known, connections=1).exchange(
                "GET", SCHEMA.path, "", None, HANG_GUARD
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert status == 200
    assert body == sent[-len(body) :]
    assert len(body) == size + 8
    assert (held - 0.5) * size < peak < (held + 0.5) * size


def test_a_page_beyond_the_limit_is_not_asked_for_again(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new cursor would not make the page smaller."""
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 1000)

    def answer(seen: Seen) -> bytes:
        return success(cursor="c") if seen.method == "POST" else success(records=["x" * 2000])

    with scripted(answer) as server, pytest.raises(errors.ResponseTooLarge, match="batch_size"):
        list(client_of(server, settings).export(Export(EVENTS), {"event_name": "Viewed"}))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip, gzip", "x"])
def test_an_encoding_that_was_not_asked_for_is_refused(
    encoding: str, settings: MakeSettings
) -> None:
    """Encodings within encodings could unpack without bounds."""

    def answer(_: Seen) -> bytes:
        return response(gzip.compress(b"{}"), Content_Encoding=encoding)

    with scripted(answer) as server:
        with pytest.raises(errors.InvalidResponse, match="encoding that was not requested"):
            client_of(server, settings).get(SCHEMA, "type=events")
        assert server.seen[0].headers["accept-encoding"] == "gzip, deflate"


def test_no_credentials_of_others_are_sent(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A .netrc is not read, and a cookie is not kept."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    body = {"status": "success", "events": []}
    with scripted(lambda _: response(body, Set_Cookie="session=1; Path=/")) as server:
        client = client_of(server, settings)
        client.list_event_types()
        client.list_event_types()
        assert [one.headers.keys() & {"authorization", "cookie"} for one in server.seen] == [
            set(),
            set(),
        ]


def test_a_proxy_is_told_from_a_host(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that does not answer is not told as a wrong region or address."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    known = settings(api_url="http://clevertap.invalid")
    with pytest.raises(errors.SettingError) as caught:
        listed_events(known, Client(known, endpoints()))
    assert str(caught.value).startswith("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY: the proxy")
    assert "api_url" not in str(caught.value)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_missing_ca_bundle_is_a_line(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The file that the environment names is not there: the line says which."""
    for one in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, "/nowhere/ca.pem")
    known = settings(api_url="https://127.0.0.1:9")
    with pytest.raises(errors.SettingError, match=r"REQUESTS_CA_BUNDLE, .*/nowhere/ca\.pem"):
        listed_events(known, Client(known, endpoints()))
