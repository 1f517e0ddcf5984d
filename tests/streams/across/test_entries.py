"""Lists with an odd entry: it is skipped, counted and named, and the others are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import InvalidResponse
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.running import captured, tap_at
from tests.support.scripted import CREDENTIALS, response, scripted, success

if TYPE_CHECKING:
    from tests.support.running import Run
    from tests.support.scripted import Seen

JSON = dict[str, Any]
ODD = [{"eventCount": 3}, None, "text", {"name": None, "id": None, "key": None, "message id": None}]
LISTED = {
    "event_schema": ("events", {"name": "Viewed"}),
    "user_properties": ("userProperties", {"name": "VIP"}),
    "category_groups": ("list", {"key": 1}),
    "content_blocks": ("contentBlocks", {"id": 1}),
    "campaigns": ("targets", {"id": 1}),
    "campaign_reports": ("targets", {"id": 1}),
    "message_reports": ("messages", {"message id": 1}),
}
PATHS = {
    "event_schema": "/getSchema",
    "user_properties": "/getSchema",
    "category_groups": "/category-groups",
    "content_blocks": "/v1/contentBlock/list",
    "campaigns": "/1/targets/list.json",
    "campaign_reports": "/1/targets/list.json",
    "message_reports": "/1/message/report.json",
}
NOW = 1_783_665_000


def read(stream: str, entries: list[Any], times: int = 1) -> Run:
    """Read a stream from a server that lists these entries a few times, and nothing after."""
    key, _ = LISTED[stream]
    left = [entries] * times

    def answer(seen: Seen) -> bytes:
        if seen.path.startswith("/getSchema?type=events") and stream != "event_schema":
            return success(events=[{"name": "Viewed"}])
        if "result.json" in seen.path:
            return success(result={"sent": 1, "clicked": 1})
        listed = left.pop() if left else []
        if stream == "event_schema":  # asked for twice: first to find out what there is
            left.append(listed)
        return success(**{key: listed})

    with scripted(answer) as server:
        config = CREDENTIALS | {
            "api_url": server.url,
            "timezone": "UTC",
            "start_date": "2026-07-09",
        }
        tap = tap_at(NOW)(config=config, catalog=catalog_of(stream))
        return captured(tap.sync_all)


@pytest.mark.parametrize("stream", LISTED)
def test_an_entry_without_its_key_is_skipped(stream: str, caplog: pytest.LogCaptureFixture) -> None:
    """The run is whole but for that entry, and a line names stream, endpoint, list and number."""
    key, entry = LISTED[stream]
    finished = read(stream, [*ODD, entry])
    assert finished.error is None
    assert len(finished.records(stream)) == 1
    assert_conforms(finished, stream)
    told = f"{stream}, {PATHS[stream]}: skipped 4 entries of {key!r} without a name or id"
    assert told in caplog.text
    if stream == "event_schema":
        assert "/getSchema: skipped 4 of 5 events without a name" in caplog.text


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("stream", ["user_properties", "campaigns", "message_reports"])
def test_a_list_of_such_entries_alone_is_broken(stream: str) -> None:
    """A list in which nothing has a key is of another shape: the error names endpoint and days."""
    left = read(stream, ODD, times=999)
    assert isinstance(left.error, InvalidResponse)
    assert f"{stream}: the request to {PATHS[stream]} for " in str(left.error)
    if stream in {"campaigns", "message_reports"}:
        assert f"{stream}' 2026-" in str(left.error)


def test_a_schema_that_is_no_list_is_broken() -> None:
    """Events that are not listed are not taken for an account without any."""

    def answer(_: Seen) -> bytes:
        return response({"status": "success", "events": {"name": "Viewed"}})

    with scripted(answer) as server:
        config = CREDENTIALS | {"api_url": server.url, "timezone": "UTC"}
        finished = captured(tap_at(NOW)(config=config, catalog=catalog_of("event_counts")).sync_all)
    assert "does not respond like CleverTap ('events' is not a list)" in str(finished.error)
