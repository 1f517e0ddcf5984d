"""Endpoints of the account's metadata: schema, content blocks, subscription categories."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.query.request_body import refusable, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.sandbox.account.models import JSON, Event, EventType, World
    from tap_clevertap.sandbox.http_messages import Request

EVENTS_LOOKED_AT = 5000
"""How many events of a type, spread over its days, tell which properties it has."""

LARGEST_PAGE = 100
ISO_WITH_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DATE_PROPERTY = re.compile(r"\$D_-?\d+")

_BOUNDS = {
    "createdAtFrom": ("createdAt", True),
    "createdAtTo": ("createdAt", False),
    "updatedFrom": ("updatedAt", True),
    "updatedTo": ("updatedAt", False),
}

_TYPES = {bool: "Boolean", int: "Integer", float: "Float", list: "List"}


@refusable
def schema(world: World, now: int, request: Request) -> Reply:
    """Answer `/getSchema?type=events` and `?type=userProperties`, discarded events included.

    Of the keys of an event only `name` and `eventCount` are known from the real
    API; the others are this sandbox's guess.
    """
    match request.query.get("type"):
        case "events":
            events = [_describe(world, now, kind) for kind in world.event_types.values()]
            return Reply({"status": "success", "events": events})
        case "userProperties":
            return Reply({"status": "success", "userProperties": list(world.user_properties)})
        case _:
            return fail("Invalid type", 400, 400)


def category_groups(world: World, _now: int, _request: Request) -> Reply:
    """Answer `/category-groups`: the subscription categories."""
    return Reply({"list": list(world.category_groups), "status": "success"})


@refusable
def content_blocks(world: World, _now: int, request: Request) -> Reply:
    """Answer `/v1/contentBlock/list`: one page, by id, and how many there are in all."""
    number = _read_count(request.query, "pageNumber", default=1)
    size = _read_count(request.query, "pageSize", default=LARGEST_PAGE, most=LARGEST_PAGE)
    bounds = list(_read_bounds(request.query))
    blocks = [block for block in _by_id(world) if _is_within(block, bounds)]
    page = blocks[(number - 1) * size : number * size]
    return Reply({"status": "success", "contentBlocks": page, "total": len(blocks)})


def content_block(world: World, _now: int, request: Request) -> Reply:
    """Answer `/v1/contentBlock/info?id=`; the name of the key around the block is a guess."""
    wanted = request.query.get("id")
    for block in world.content_blocks:
        if str(block["id"]) == wanted:
            return Reply({"status": "success", "contentBlock": block})
    return fail("Content block not found", 404, 404)


def data_type(value: object) -> str:
    """Return CleverTap's name for the type of a property's value as it is on the wire."""
    if not isinstance(value, str):
        return _TYPES.get(type(value), "String")
    if value.lower() in {"true", "false"}:
        return "Boolean"
    return "Date" if DATE_PROPERTY.fullmatch(value) else "String"


def _describe(world: World, now: int, kind: EventType) -> JSON:
    return {
        "name": kind.name,
        "eventCount": sum(world.count(kind.name, day, now) for day in world.days(kind.name)),
        "type": kind.kind,
        "status": kind.status,
        "properties": _properties(_some_events(world, now, kind.name)),
    }


def _some_events(world: World, now: int, name: str) -> Iterator[Event]:
    days = world.days(name)
    share = EVENTS_LOOKED_AT // max(1, len(days)) + 1
    for day in days:
        yield from islice(world.events(name, day, day, now), share)


def _properties(events: Iterator[Event]) -> list[JSON]:
    types: dict[str, set[str]] = {}
    for event in events:
        for name, value in event.props.items():
            types.setdefault(name, set()).add(data_type(value))
    return [{"name": name, "dataType": _join(types[name])} for name in sorted(types)]


def _join(types: set[str]) -> str:
    if types == {"Integer", "Float"}:
        return "Float"
    return next(iter(types)) if len(types) == 1 else "Mixed"


def _by_id(world: World) -> list[JSON]:
    return sorted(world.content_blocks, key=lambda block: int(str(block["id"])))


def _read_count(
    query: Mapping[str, str], name: str, *, default: int, most: int | None = None
) -> int:
    text = query.get(name, str(default))
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if number < 1 or (most is not None and number > most):
        refuse(f"Invalid {name}", 400, 400)
    return number


def _read_bounds(query: Mapping[str, str]) -> Iterator[tuple[str, bool, str]]:
    for name, (key, is_lower) in _BOUNDS.items():
        if name in query:
            yield key, is_lower, _read_instant(query[name])


def _read_instant(text: str) -> str:
    """Return the text; ISO texts of one shape sort like the instants they name."""
    if not (ISO_WITH_MILLISECONDS.fullmatch(text) and _exists(text)):
        refuse("Enter date in ISO format", 400, 400)
    return text


def _exists(iso: str) -> bool:
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _is_within(block: JSON, bounds: list[tuple[str, bool, str]]) -> bool:
    texts = ((str(block[key]), is_lower, bound) for key, is_lower, bound in bounds)
    return all(text >= bound if is_lower else text <= bound for text, is_lower, bound in texts)
