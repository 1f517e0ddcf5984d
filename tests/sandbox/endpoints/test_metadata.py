"""What an account says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox.account.models import Event, EventType, World, epoch
from tap_clevertap.sandbox.endpoints import metadata
from tap_clevertap.sandbox.http_messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.http_messages import Reply

NOW = epoch("2026-08-03T12:00:00")


def ask(
    handler: Callable[[World, int, Request], Reply], world: World, **query: str
) -> dict[str, Any]:
    """Return the answer to a GET."""
    reply = handler(world, NOW, Request("GET", "/", query=query))
    answer: dict[str, Any] = json.loads(reply.encode())
    return answer | {"http": reply.status}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_event_type_is_described(method: str) -> None:
    """Discarded types and those without events are there; the count is that of the arrived."""
    world = World("UTC")
    world.event_types["Old"] = EventType("Old", status="Discarded")
    world.event_types["Charged"] = EventType("Charged", "System")
    at = epoch("2026-08-01T10:00:00")
    world.add(Event("Charged", at, 0, props={"Amount": 1, "Gift": "true", "When": "$D_1468322268"}))
    world.add(Event("Charged", at, 0, props={"Amount": 0.5, "CT App Version": "1.0"}))
    world.add(Event("Charged", at, 0, props={"CT App Version": 6.55, "Items": []}))
    world.add(Event("Charged", at, 0, props={"Late": 1}, arrived_at=NOW + 1))
    request = Request(method, "/getSchema", query={"type": "events"})
    assert json.loads(metadata.schema(world, NOW, request).encode()) == {
        "status": "success",
        "events": [
            {
                "name": "Old",
                "eventCount": 0,
                "type": "Custom",
                "status": "Discarded",
                "properties": [],
            },
            {
                "name": "Charged",
                "eventCount": 3,
                "type": "System",
                "status": "Active",
                "properties": [
                    {"name": "Amount", "dataType": "Float"},
                    {"name": "CT App Version", "dataType": "Mixed"},
                    {"name": "Gift", "dataType": "Boolean"},
                    {"name": "Items", "dataType": "List"},
                    {"name": "When", "dataType": "Date"},
                ],
            },
        ],
    }


def test_properties_of_every_day_are_known() -> None:
    """A property that came into use on the last of many busy days is described too."""
    world = World("UTC")
    start = epoch("2026-01-01T00:00:00")
    for number in range(metadata.EVENTS_LOOKED_AT + 1000):
        world.add(Event("Seen", start + number % 86_400, 0, props={"a": 1}))
    world.add(Event("Seen", start + 9 * 86_400, 0, props={"b": "x"}))
    [event] = ask(metadata.schema, world, type="events")["events"]
    assert [entry["name"] for entry in event["properties"]] == ["a", "b"]
    assert event["eventCount"] == metadata.EVENTS_LOOKED_AT + 1001


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "Boolean"),
        ("False", "Boolean"),
        (1, "Integer"),
        (0.30000000000000004, "Float"),
        ("$D_1790373205", "Date"),
        ("$D_soon", "String"),
        ("", "String"),
        (["a"], "List"),
    ],
)
def test_values_have_clevertaps_types(value: object, expected: str) -> None:
    """Booleans and dates are recognised in the texts that carry them."""
    assert metadata.data_type(value) == expected


def test_user_properties_are_described() -> None:
    """They are told as the world has them."""
    world = World("UTC", user_properties=[{"name": "VIP", "dataType": "Boolean"}])
    answer = ask(metadata.schema, world, type="userProperties")
    assert answer["userProperties"] == [{"name": "VIP", "dataType": "Boolean"}]
    assert answer["status"] == "success"


@pytest.mark.parametrize("query", [{}, {"type": "catalogs"}])
def test_other_schemas_are_refused(query: dict[str, str]) -> None:
    """There are two types."""
    assert ask(metadata.schema, World("UTC"), **query)["status"] == "fail"


def test_category_groups_are_listed() -> None:
    """The documented answer, with `list` for a key."""
    group = json.loads(
        """{"name":"Newsletter","key":1,"description":"..","channels":["Email"],
        "updated_on":1597812749,"created_on":1597812749}"""
    )
    answer = ask(metadata.category_groups, World("UTC", category_groups=[group]))
    assert answer == {"list": [group], "status": "success", "http": 200}


def block(number: int, created: str = "2025-01-02T03:04:05.000Z") -> dict[str, object]:
    """Return a content block that was updated a year after it was made."""
    updated = f"{int(created[:4]) + 1}{created[4:]}"
    about = {"id": number, "name": "Footer", "type": "html", "content": "<p>…</p>"}
    people = {"createdBy": "a@x.com", "updatedBy": "a@x.com"}
    return about | people | {"createdAt": created, "updatedAt": updated}


def listed(world: World, **query: str) -> list[int]:
    """Return the ids on a page."""
    answer = ask(metadata.content_blocks, world, **query)
    return [one["id"] for one in answer["contentBlocks"]]


def test_content_blocks_are_listed_with_their_number() -> None:
    """The documented shape."""
    answer = ask(metadata.content_blocks, World("UTC", content_blocks=[block(1)]))
    assert answer == {
        "status": "success",
        "contentBlocks": [block(1)],
        "total": 1,
        "http": 200,
    }


def test_content_blocks_come_in_pages_by_id() -> None:
    """Pages count from 1; the last one is short and those behind it are empty."""
    world = World("UTC", content_blocks=[block(number) for number in (10, 9, 2, 1, 3)])
    pages = [listed(world, pageNumber=str(page), pageSize="2") for page in (1, 2, 3, 4)]
    assert pages == [[1, 2], [3, 9], [10], []]
    assert ask(metadata.content_blocks, world, pageSize="2")["total"] == 5


@pytest.mark.parametrize(
    "query",
    [{"pageSize": "101"}, {"pageSize": "0"}, {"pageNumber": "0"}, {"pageNumber": "one"}],
)
def test_impossible_pages_are_refused(query: dict[str, str]) -> None:
    """A page has 1 to 100 blocks."""
    assert ask(metadata.content_blocks, World("UTC"), **query)["http"] == 400


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ({"createdAtFrom": "2024-01-01T00:00:00.000Z"}, [2, 3]),
        ({"createdAtFrom": "2024-01-01T00:00:00.001Z"}, [3]),
        ({"createdAtTo": "2024-01-01T00:00:00.000Z"}, [1, 2]),
        ({"updatedFrom": "2025-01-01T00:00:00.000Z"}, [2, 3]),
        ({"updatedTo": "2024-06-01T00:00:00.000Z"}, [1]),
        (
            {
                "createdAtFrom": "2023-06-01T00:00:00.000Z",
                "updatedTo": "2025-06-01T00:00:00.000Z",
            },
            [2],
        ),
    ],
)
def test_content_blocks_are_selected_by_their_dates(
    bound: dict[str, str], expected: list[int]
) -> None:
    """Bounds belong to the range; the total counts what was selected."""
    years = ((1, 2023), (2, 2024), (3, 2025))
    blocks = [block(number, f"{year}-01-01T00:00:00.000Z") for number, year in years]
    world = World("UTC", content_blocks=blocks)
    assert listed(world, **bound) == expected
    assert ask(metadata.content_blocks, world, **bound)["total"] == len(expected)


@pytest.mark.parametrize(
    "text", ["2024-01-01", "2024-01-01T00:00:00Z", "2024-13-01T00:00:00.000Z", "20240101"]
)
def test_dates_without_milliseconds_are_refused(text: str) -> None:
    """Plain RFC 3339 is not what the API calls ISO."""
    assert ask(metadata.content_blocks, World("UTC"), updatedFrom=text) == {
        "status": "fail",
        "error": "Enter date in ISO format",
        "code": 400,
        "http": 400,
    }


def test_one_content_block_can_be_asked_for() -> None:
    """By its id; another id is not found."""
    world = World("UTC", content_blocks=[block(1), block(2)])
    assert ask(metadata.content_block, world, id="2")["contentBlock"] == block(2)
    missing = {
        "status": "fail",
        "error": "Content block not found",
        "code": 404,
        "http": 404,
    }
    assert ask(metadata.content_block, world, id="3") == missing
    assert ask(metadata.content_block, world) == missing
