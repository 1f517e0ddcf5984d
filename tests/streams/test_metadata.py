"""What an account says of itself: schema, properties, content blocks, categories."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.errors import Forbidden, InvalidResponse, SettingError
from tap_clevertap.sandbox import EventType, World, shop
from tap_clevertap.sandbox.endpoints.metadata import schema
from tap_clevertap.sandbox.http_messages import Request
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.running import Run, captured, run, tap_on
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from tap_clevertap.api.endpoints import Endpoint
    from tests.conftest import Serve

JSON = dict[str, Any]
LISTS = ("event_schema", "user_properties", "category_groups", "content_blocks")
ALL = catalog_of(*LISTS)
BLOCKS = catalog_of("content_blocks")
KEYS = {
    "event_schema": "name",
    "user_properties": "name",
    "category_groups": "key",
    "content_blocks": "id",
}


def with_blocks(number: int) -> World:
    """Return an account with that many content blocks, each changed a minute after the one before.

    The one with the highest number was changed first.
    """
    world = World(KOLKATA)
    world.content_blocks = [
        {
            "id": n,
            "name": f"Block {n}",
            "content": "<p>x</p>",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": changed(number - n),
        }
        for n in range(1, number + 1)
    ]
    return world


def changed(minute: int) -> str:
    """Return an instant as content blocks have it."""
    return f"2026-07-0{1 + minute // 1440}T{minute // 60 % 24:02}:{minute % 60:02}:00.250Z"


def keys(finished: Run, stream: str) -> list[Any]:
    """Return the keys of a stream's records in order."""
    return sorted(one[KEYS[stream]] for one in finished.records(stream))


def test_a_shop_tells_everything_of_itself(sandbox: Serve) -> None:
    """Each list is there whole, in records that fit their schema."""
    box = sandbox(shop(3, KOLKATA, date(2026, 7, 9), days=3, people=20, events_per_day=200))
    finished = run(box, catalog=ALL)
    world = box.world
    assert keys(finished, "event_schema") == sorted(world.event_types)
    assert keys(finished, "user_properties") == sorted(
        str(one["name"]) for one in world.user_properties
    )
    assert keys(finished, "category_groups") == [1, 2, 3]
    assert keys(finished, "content_blocks") == [1, 2, 3, 4, 5]
    for stream in LISTS:
        assert_conforms(finished, stream)


def test_the_event_schema_says_what_the_account_says(sandbox: Serve) -> None:
    """Counts, kinds and properties as the account tells them; discarded events are listed."""
    world = shop(3, KOLKATA, date(2026, 7, 9), days=3, people=20, events_per_day=200)
    world.event_types["Old"] = EventType("Old", status="Discarded")
    box = sandbox(world)
    told = schema(world, box.now(), Request("GET", "/getSchema", {"type": "events"})).body
    assert isinstance(told, dict)
    records = run(box, catalog=catalog_of("event_schema")).records("event_schema")
    assert records == [
        {
            "name": one["name"],
            "type": one["type"],
            "status": one["status"],
            "event_count": one["eventCount"],
            "properties": one["properties"],
            "extra": None,
        }
        for one in told["events"]
    ]


def test_unknown_fields_of_a_property_are_kept(sandbox: Serve) -> None:
    """Nobody has described what the schema says beside the name."""
    world = World(KOLKATA, user_properties=[{"name": "VIP", "type": 7, "isSystem": False}])
    [row] = run(sandbox(world), catalog=ALL).records("user_properties")
    assert row == {"name": "VIP", "type": "7", "extra": {"isSystem": False}}


def test_epochs_of_category_groups_are_instants(sandbox: Serve) -> None:
    """Seconds since 1970 become a time that a warehouse takes."""
    group: JSON = {"key": 4, "name": "News", "channels": ["Email"], "updated_on": 1597812749}
    world = World(KOLKATA, category_groups=[group | {"created_on": 1597812749}])
    [row] = run(sandbox(world), catalog=ALL).records("category_groups")
    assert row["updated_on"] == row["created_on"] == "2020-08-19T04:52:29+00:00"
    assert (row["key"], row["channels"], row["description"]) == (4, ["Email"], None)


def test_an_account_that_is_empty_has_empty_lists(sandbox: Serve) -> None:
    """No record, no error."""
    finished = run(sandbox(World(KOLKATA)), catalog=ALL)
    assert [one["type"] for one in finished.messages].count("RECORD") == 0


@pytest.mark.parametrize(("blocks", "requests"), [(99, 1), (100, 1), (250, 3)])
def test_content_blocks_come_in_pages_of_a_hundred(
    sandbox: Serve, blocks: int, requests: int
) -> None:
    """To the first page that is not full; none is lost or there twice."""
    box = sandbox(with_blocks(blocks))
    finished = run(box, catalog=BLOCKS)
    assert keys(finished, "content_blocks") == list(range(1, blocks + 1))
    assert box.request_log.requests["content_blocks"] == requests


def test_a_second_run_has_the_blocks_that_changed(sandbox: Serve) -> None:
    """From the latest change seen, which is read once more; the first run reads them all."""
    box = sandbox(with_blocks(150))
    first = run(box, catalog=BLOCKS)
    assert bookmark(first) == "2026-07-01T02:29:00.250000+00:00"
    box.world.content_blocks[76]["updatedAt"] = "2026-07-08T00:00:00.001Z"
    second = run(box, catalog=BLOCKS, state=first.state)
    assert keys(second, "content_blocks") == [1, 77]
    assert bookmark(second) == "2026-07-08T00:00:00.001000+00:00"
    third = run(box, catalog=BLOCKS, state=second.state)
    assert keys(third, "content_blocks") == [77]


def bookmark(finished: Run) -> str:
    """Return the last bookmark of the content blocks."""
    return str(finished.state["bookmarks"]["content_blocks"]["replication_key_value"])


def test_a_full_table_run_and_a_backfill_read_all_blocks(sandbox: Serve) -> None:
    """And leave the bookmark alone."""
    box = sandbox(with_blocks(3))
    first = run(box, catalog=BLOCKS)
    whole = run(box, catalog=catalog_of("content_blocks", method="FULL_TABLE"), state=first.state)
    past = run(box, catalog=BLOCKS, state=first.state, end_date="2026-07-01")
    assert keys(whole, "content_blocks") == keys(past, "content_blocks") == [1, 2, 3]
    assert bookmark(past) == bookmark(first)


def test_pages_that_repeat_themselves_are_no_end_and_no_loop(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ignores the page's number would be read for ever; the bookmark stays."""
    box = sandbox(with_blocks(250))
    get = Client.get

    def first_page(client: Client, path: Endpoint, query: str = "") -> JSON:
        return get(client, path, query.replace("pageNumber=2", "pageNumber=1"))

    monkeypatch.setattr(Client, "get", first_page)
    failed = captured(tap_on(box, catalog=BLOCKS).sync_all)
    assert isinstance(failed.error, InvalidResponse)
    assert "page 2 repeats an earlier page" in str(failed.error)
    assert "replication_key_value" not in str(failed.states)


@pytest.mark.parametrize(("total", "is_whole"), [(120, True), (121, False)])
def test_pages_smaller_than_requested_are_read_to_the_total(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, total: int, *, is_whole: bool
) -> None:
    """Fifty where a hundred were requested; fewer than the total in all are an error."""
    blocks = with_blocks(120).content_blocks

    def fifty(client: Client, spec: Endpoint, query: str = "") -> JSON:
        del client, spec
        number = int(parse_qs(query)["pageNumber"][0])
        page = blocks[50 * (number - 1) : 50 * number]
        return {"status": "success", "total": total, "contentBlocks": page}

    box = sandbox(with_blocks(120))
    tap = tap_on(box, catalog=BLOCKS)
    monkeypatch.setattr(Client, "get", fifty)
    finished = captured(tap.sync_all)
    assert keys(finished, "content_blocks") == list(range(1, 121))
    assert (finished.error is None) == is_whole
    if not is_whole:
        assert "content_blocks: 120 records listed, total 121" in str(finished.error)


def test_a_change_dated_in_the_future_hides_no_later_one(sandbox: Serve) -> None:
    """The bookmark is now at most."""
    world = with_blocks(3)
    world.content_blocks[1]["updatedAt"] = "2099-01-01T00:00:00.000Z"
    box = sandbox(world)
    first = run(box, catalog=BLOCKS)
    assert bookmark(first) < "2026-07-11"
    box.advance(3600)
    now = datetime.fromtimestamp(box.now() - 60, UTC)
    world.content_blocks[0]["updatedAt"] = f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
    second = run(box, catalog=BLOCKS, state=first.state)
    assert 1 in keys(second, "content_blocks")


def test_an_account_without_content_blocks_goes_on(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning, no record, and the other streams are read."""
    box = sandbox(shop(3, KOLKATA, date(2026, 7, 9), days=1, people=5), content_blocks_off=1.0)
    finished = run(box, catalog=ALL)
    assert finished.records("content_blocks") == []
    assert len(finished.records("user_properties")) == 10
    [line] = (one for one in caplog.messages if one.startswith("content_blocks:"))
    assert (
        "not available to this account, skipped (HTTP 403: \"Content Blocks isn't enabled" in line
    )
    assert "STATE" in {one["type"] for one in finished.messages}


def test_a_list_that_is_refused_in_its_middle_is_not_whole(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run fails and the bookmark stays, where a first page would only be skipped."""
    box = sandbox(with_blocks(250))
    get = Client.get

    def refuse_third(client: Client, path: Endpoint, query: str = "") -> JSON:
        if "pageNumber=3" in query:
            msg = "HTTP 403"
            raise Forbidden(msg)
        return get(client, path, query)

    monkeypatch.setattr(Client, "get", refuse_third)
    failed = captured(tap_on(box, catalog=BLOCKS).sync_all)
    assert isinstance(failed.error, Forbidden)
    assert keys(failed, "content_blocks") == list(range(1, 201))
    assert "replication_key_value" not in str(failed.states)


@pytest.mark.parametrize("value", ["yesterday", 20260701, ["2026-07-01"]])
def test_a_bookmark_that_is_no_time_is_told(sandbox: Serve, value: object) -> None:
    """A state that somebody mended by hand ends in one line, not in a traceback."""
    state = {"bookmarks": {"content_blocks": {"replication_key_value": value}}}
    failed = captured(tap_on(sandbox(with_blocks(1)), catalog=BLOCKS, state=state).sync_all)
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith(f"state: the bookmark of content_blocks, {value!r},")


def test_a_day_is_a_bookmark_too(sandbox: Serve) -> None:
    """Who mends a state by hand may give a day; it is one in UTC."""
    state = {"bookmarks": {"content_blocks": {"replication_key_value": "2026-07-01"}}}
    finished = run(sandbox(with_blocks(3)), catalog=BLOCKS, state=state)
    assert keys(finished, "content_blocks") == [1, 2, 3]


@pytest.mark.parametrize("stream", ["user_properties", "category_groups"])
def test_what_a_plan_does_not_offer_is_a_warning(
    sandbox: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    stream: str,
) -> None:
    """403 for one list is no reason to lose the others."""

    def refuse(*_: object) -> JSON:
        msg = "HTTP 403"
        raise Forbidden(msg)

    monkeypatch.setattr(Client, "get", refuse)
    assert run(sandbox(), catalog=catalog_of(stream)).records(stream) == []
    assert f"{stream}: not available to this account, skipped (HTTP 403)" in caplog.messages


def test_faults_lose_nothing(sandbox: Serve) -> None:
    """Outages, refusals and cut answers are waited out on every page."""
    faults: JSON = {"server_error": 0.2, "too_many_requests": 0.2, "truncated": 0.2, "reset": 0.1}
    box = sandbox(with_blocks(250), **faults)
    assert keys(run(box, catalog=ALL), "content_blocks") == list(range(1, 251))


@pytest.mark.parametrize("stream", LISTS)
def test_wrong_credentials_are_told_before_anything_is_written(sandbox: Serve, stream: str) -> None:
    """Each stream fails alone as all together do."""
    failed = captured(tap_on(sandbox(), catalog=catalog_of(stream), passcode="wrong").sync_all)
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("account_id, passcode, region:")
    assert failed.lines == []


def test_the_account_is_greeted_once_for_all_streams(sandbox: Serve) -> None:
    """One look for the four of them, beside what they ask themselves."""
    box = sandbox(with_blocks(1))
    run(box, catalog=ALL)
    assert box.request_log.requests["schema"] == 3
