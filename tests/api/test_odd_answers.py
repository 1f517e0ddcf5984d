"""Answers that HTTP allows and nobody expects: each to its right class."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap import errors
from tap_clevertap.api.client import Client
from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.decoding import Defect, Envelope, decode, read_records
from tap_clevertap.api.endpoints import (
    CATEGORY_GROUPS,
    CONTENT_BLOCKS,
    EVENTS,
    SCHEMA,
    Endpoint,
    Export,
)
from tap_clevertap.api.responses import describe
from tap_clevertap.records.field_reader import read_entries
from tap_clevertap.redaction import remember
from tap_clevertap.streams import endpoints
from tests.support.catalogs import catalog_of
from tests.support.running import captured, tap_at
from tests.support.scripted import CREDENTIALS, response, scripted, success

if TYPE_CHECKING:
    from tests.conftest import MakeSettings
    from tests.support.scripted import Answer, Seen

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
BOM = b"\xef\xbb\xbf"
QUERY = {"event_name": "Viewed"}
NOW = 1_783_665_000

pytestmark = pytest.mark.usefixtures("short_waits")


def exported(answer: Answer, settings: MakeSettings) -> list[dict[str, Any]]:
    """Return the records of an export from a scripted server."""
    with scripted(answer) as server:
        client = Client(settings(api_url=server.url), endpoints())
        pages = list(client.export(Export(EVENTS), QUERY))
    return [dict(record) for page in pages for record in read_records(page.records)]


def paged(opening: bytes, *pages: bytes) -> Answer:
    """Return what answers an opening, and each cursor with the page of that number."""

    def answer(seen: Seen) -> bytes:
        if seen.method == "POST":
            return opening
        return pages[int(seen.path.rpartition("=")[2])]

    return answer


OPENED = success(cursor="0")
FIRST = success(records=[{"n": 1}], next_cursor="1")
LAST = success(records=[{"n": 2}])


def test_a_204_has_no_rows(settings: MakeSettings) -> None:
    """Instead of a cursor, or of the first page, it means that there is nothing."""
    assert exported(paged(NO_CONTENT), settings) == []
    assert exported(paged(OPENED, NO_CONTENT), settings) == []
    with scripted(lambda _: NO_CONTENT) as server:
        assert Client(settings(api_url=server.url), endpoints()).get(CATEGORY_GROUPS) == {}


def test_a_204_in_mid_export_is_no_end(settings: MakeSettings) -> None:
    """After a page that named the next one, nothing is not the end of the data."""
    with pytest.raises(errors.CursorLost, match="204 after 1 pages"):
        exported(paged(OPENED, FIRST, NO_CONTENT), settings)


def test_a_redirect_in_mid_export_is_said(settings: MakeSettings) -> None:
    """A page that points elsewhere is not a lost cursor, and is not followed."""
    moved = response(b"", 301, Location="https://elsewhere.example/")
    with pytest.raises(errors.Redirected, match="301"):
        exported(paged(OPENED, FIRST, moved), settings)


@pytest.mark.parametrize("start", [b"", BOM, b"\n  "])
def test_html_is_said(settings: MakeSettings, start: bytes) -> None:
    """A page of a portal or proxy is called what it is."""
    page = response(start + b"<!doctype html><title>Sign in</title>", Content_Type="text/html")
    with pytest.raises(errors.InvalidResponse, match="an HTML page instead of JSON"):
        exported(paged(OPENED, page), settings)


def test_a_byte_order_mark_is_passed_over(settings: MakeSettings) -> None:
    """On the opening, on a page and on a list."""
    opening = response(BOM + b'{"status":"success","cursor":"0"}')
    page = response(BOM + b'{"status":"success","records":[{"n":1}]}')
    assert len(exported(paged(opening, page), settings)) == 1
    with scripted(lambda _: response(BOM + b'{"status":"success","list":[]}')) as server:
        answer = Client(settings(api_url=server.url), endpoints()).get(CATEGORY_GROUPS)
    assert answer == {"status": "success", "list": []}


@pytest.mark.parametrize("status", [{}, {"status": "Success"}, {"status": "SUCCESS"}])
def test_an_answer_without_status_is_judged_by_what_it_holds(
    settings: MakeSettings, status: dict[str, Any]
) -> None:
    """Where the body has what was asked for, it is a success, as the documented samples are."""
    opening = response({"cursor": "0"} | status)
    pages = [
        response({"records": [{"n": 1}], "next_cursor": "1"} | status),
        response({"records": [{"n": 2}]} | status),
    ]
    assert len(exported(paged(opening, *pages), settings)) == 2
    with scripted(lambda _: response({"events": [{"name": "Viewed"}]} | status)) as server:
        client = Client(settings(api_url=server.url), endpoints())
        assert client.list_event_types() == [{"name": "Viewed"}]


@pytest.mark.parametrize(
    ("endpoint", "body", "http"),
    [
        (SCHEMA, {}, 200),
        (SCHEMA, {"message": "down for maintenance"}, 200),
        (SCHEMA, {"events": [], "error": "no"}, 200),
        (SCHEMA, {"events": [], "status": "fail"}, 200),
        (SCHEMA, {"events": []}, 400),
        (CATEGORY_GROUPS, {"events": []}, 200),
        (CONTENT_BLOCKS, {"list": []}, 200),
    ],
)
def test_an_answer_that_holds_something_else_is_a_failure(
    settings: MakeSettings, endpoint: Endpoint, body: dict[str, Any], http: int
) -> None:
    """Without a status, only what was asked for is proof of success."""
    with scripted(lambda _: response(body, http)) as server:
        client = Client(settings(api_url=server.url), endpoints())
        with pytest.raises(errors.UnknownError, match=f"HTTP {http}"):
            client.get(endpoint)


def test_every_endpoint_says_what_it_holds() -> None:
    """No endpoint is left without a way to tell a success that has no status."""
    assert all(one.holds for one in endpoints())


@pytest.mark.parametrize("http", [200, 400, 404])
def test_no_content_block_that_matches_is_no_row(http: int) -> None:
    """The search finds nothing: an empty stream, and the bookmark stays."""
    told = {
        "status": "fail",
        "error": "We couldn't find any content blocks matching your search",
        "code": http,
    }

    def answer(seen: Seen) -> bytes:
        return success(events=[{"name": "V"}]) if "getSchema" in seen.path else response(told, http)

    with scripted(answer) as server:
        config = CREDENTIALS | {"api_url": server.url, "timezone": "UTC"}
        tap = tap_at(NOW)(config=config, catalog=catalog_of("content_blocks"))
        finished = captured(tap.sync_all)
    assert finished.error is None
    assert finished.records("content_blocks") == []


def test_texts_of_servers_are_quoted_short_and_anonymous() -> None:
    """Control characters are escapes, persons and secrets are not shown, and it is one line."""
    remember("Pass-1-Word")
    hostile = (
        "no\n2026-11-25 ERROR forged\x1b[31m\u202e \x00 Pass-1-Word "
        "Zoe zoe@example.com +91 98765 43210 (020) 7946-0018"
    )
    told = str(errors.UnknownError(describe(400, Envelope(error=hostile, code="x\ny"))))
    assert told.isprintable()
    assert told.startswith("HTTP 400, code x y: 'no … ERROR forged\\x1b")
    assert not {"Pass-1-Word", "zoe@example.com", "98765", "7946"} & set(told.split())
    for secret in ("Pass-1-Word", "example.com", "98765", "43210", "7946"):
        assert secret not in told
    assert len(told) < 220


def test_a_passcode_in_an_answer_is_masked(settings: MakeSettings) -> None:
    """Whatever a server echoes, the error shows stars."""
    passcode = "Pass-2-Word"
    told = {"status": "fail", "error": f"wrong {passcode}", "code": passcode}
    with scripted(lambda _: response(told, 401)) as server:
        known = settings(api_url=server.url, passcode=passcode)
        with pytest.raises(errors.InvalidCredentials) as caught:
            Client(known, endpoints()).get(SCHEMA)
    assert passcode not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_big_number_in_a_list_is_read(settings: MakeSettings) -> None:
    """A number that no parser takes does not block the list that it stands in."""
    body = b'{"status":"success","events":[{"name":"V","a":%b,"b":1e999,"c":NaN}]}' % (b"9" * 4400)
    with scripted(lambda _: response(body)) as server:
        [event] = Client(settings(api_url=server.url), endpoints()).list_event_types()
    assert event == {"name": "V", "a": "9" * 4400, "b": "1e999", "c": None}


def test_deep_nesting_in_a_list_is_read(settings: MakeSettings) -> None:
    """Neither does nesting that no parser takes."""
    deep = b'{"a":' * 3000 + b"1" + b"}" * 3000
    body = b'{"status":"success","events":[{"name":"V","deep":%b}]}' % deep
    assert decode(body).defect is None
    with scripted(lambda _: response(body)) as server:
        [event] = Client(settings(api_url=server.url), endpoints()).list_event_types()
    assert isinstance(event, dict)
    assert event["name"] == "V"


def test_counts_of_a_million_days_are_refused(settings: MakeSettings) -> None:
    """A trend with more days than were asked for is no trend."""
    days = {f"{date(1900, 1, 1) + timedelta(days=n):%Y%m%d}": 1 for n in range(20_000)}
    with scripted(lambda _: success(days=days)) as server:
        client = Client(settings(api_url=server.url), endpoints())
        with pytest.raises(errors.InvalidResponse, match="a trend of 20,000 days"):
            daily_counts(client, "Viewed", date(2026, 7, 1), date(2026, 7, 2))


def test_a_schema_of_a_million_events_is_refused(settings: MakeSettings) -> None:
    """No account has as many; the line says how many came."""
    with scripted(lambda _: success(events=[{"name": f"E{n}"} for n in range(20_001)])) as server:
        known = settings(api_url=server.url)
        with pytest.raises(errors.SettingError, match="20,001 events"):
            listed_events(known, Client(known, endpoints()))


def test_a_list_of_a_million_entries_is_refused() -> None:
    """Neither does a list of anything else grow without bounds."""
    with pytest.raises(errors.InvalidResponse, match="'list' lists 200,001 entries"):
        read_entries({"list": [{"id": 1}] * 200_001}, "list", lambda one: one.key_integer("id"))


def test_a_page_of_a_million_records_is_refused() -> None:
    """A body may be as large as the limit, and not hold millions of small objects."""
    body = b'{"status":"success","records":[' + b"{}," * 12_000_000 + b"{}]}"
    assert decode(body).defect is Defect.TOO_MANY
