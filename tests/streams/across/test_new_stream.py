"""A new stream is one class and one entry in the list of streams; contributing.md says so too."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest
from typing_extensions import override

from tap_clevertap import streams
from tap_clevertap.api.endpoints import Endpoint
from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.server import routes
from tap_clevertap.streams.base.columns import EXTRA, day, integer, schema, text
from tap_clevertap.streams.base.listed import DateRangeStream
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.running import run
from tests.support.worlds import daily_world

if TYPE_CHECKING:
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.field_reader import FieldReader
    from tap_clevertap.sandbox import Sandbox, World
    from tap_clevertap.sandbox.http_messages import Request
    from tests.conftest import Serve

PATH = "/1/lists/segments.json"
FIRST, LAST = date(2026, 5, 1), date(2026, 7, 9)


class SegmentsStream(DateRangeStream):
    """Segments by the day they were made."""

    name = "segments"
    endpoints = (Endpoint(PATH),)
    list_key = "segments"
    window_days = 31
    primary_keys = ("id",)
    replication_key = "made_on"
    jsonschema: ClassVar = schema(
        integer("id", "CleverTap's id of the segment.", required=True),
        text("name", "Name of the segment."),
        day("made_on", "Date in the account's time zone."),
        EXTRA,
    )

    @override
    def record(self, fields: FieldReader) -> Row:
        return {
            "id": fields.key_integer("id"),
            "name": fields.text("name"),
            "made_on": fields.text("made_on"),
            "extra": fields.rest,
        }


def list_segments(_: World, __: int, request: Request) -> Reply:
    """Serve a segment for each tenth day."""
    query = request.json()
    assert isinstance(query, dict)
    days = [FIRST + timedelta(days=n) for n in range(0, (LAST - FIRST).days + 1, 10)]
    listed = [
        {"id": n, "name": f"Segment {n}", "made_on": str(made), "color": "red"}
        for n, made in enumerate(days)
        if query["from"] <= int(f"{made:%Y%m%d}") <= query["to"]
    ]
    return Reply({"status": "success", "segments": listed})


@pytest.fixture
def box(sandbox: Serve, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Give a sandbox that has the list, and a tap that has the stream."""
    handler = routes._about(list_segments)  # noqa: SLF001 - as the routes of the module do
    monkeypatch.setitem(routes.ROUTES, ("POST", PATH), routes.Route("segments", handler))
    monkeypatch.setattr(streams, "STREAMS", (*streams.STREAMS, SegmentsStream))
    return sandbox(daily_world("Viewed"))


def test_one_class_and_one_entry_make_a_stream(box: Sandbox) -> None:
    """It is discovered, is allowed to send, reads windows of 31 days, and keeps what is unknown."""
    finished = run(box, catalog=catalog_of("segments"), start_date=str(FIRST))
    rows = sorted(finished.records("segments"), key=operator.itemgetter("id"))
    assert [one["id"] for one in rows] == list(range(7))
    assert rows[0]["extra"] == {"color": "red"}
    assert_conforms(finished, "segments")
    assert box.request_log.requests["segments"] == 3
    assert not box.request_log.unknown_paths
    assert finished.state["bookmarks"]["segments"]["replication_key_value"] == str(LAST)


def test_it_resumes(box: Sandbox) -> None:
    """The next run requests the look-back alone; a backfill leaves the bookmark as it was."""
    catalog = catalog_of("segments")
    first = run(box, catalog=catalog, start_date=str(FIRST))
    again = run(box, catalog=catalog, state=first.state, start_date=str(FIRST), lookback_days=10)
    assert [one["id"] for one in again.records("segments")] == [6]
    filled = run(
        box, catalog=catalog, state=again.state, start_date=str(FIRST), end_date="2026-05-20"
    )
    assert [one["id"] for one in filled.records("segments")] == [0, 1]
    assert filled.state["bookmarks"]["segments"] == again.state["bookmarks"]["segments"]
