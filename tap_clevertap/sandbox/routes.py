"""Which path is answered by what: one entry per route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap.sandbox import metadata
from tap_clevertap.sandbox.wire import Reply

if TYPE_CHECKING:
    from tap_clevertap.sandbox.service import Service
    from tap_clevertap.sandbox.wire import Request
    from tap_clevertap.sandbox.world import World

Handler = Callable[["Service", "Request"], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and the family of endpoints with which it shares its slots."""

    family: str
    handler: Handler


def _about(answer: Callable[[World, int, Request], Reply]) -> Handler:
    """Return the handler of a question that the world alone can answer."""
    return lambda service, request: answer(service.world, service.now(), request)


def _open_events(service: Service, request: Request) -> Reply:
    if "cursor" in request.query:  # CleverTap takes a POST for a page as well.
        return _read_events(service, request)
    return service.events.open(service, request)


def _read_events(service: Service, request: Request) -> Reply:
    return service.events.page(service, request)


def _open_profiles(service: Service, request: Request) -> Reply:
    if "cursor" in request.query:
        return _read_profiles(service, request)
    return service.profiles.open(service, request)


def _read_profiles(service: Service, request: Request) -> Reply:
    return service.profiles.page(service, request)


ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/1/events.json"): Route("events", _open_events),
    ("GET", "/1/events.json"): Route("events", _read_events),
    ("POST", "/1/profiles.json"): Route("profiles", _open_profiles),
    ("GET", "/1/profiles.json"): Route("profiles", _read_profiles),
    ("GET", "/getSchema"): Route("schema", _about(metadata.schema)),
    ("POST", "/getSchema"): Route("schema", _about(metadata.schema)),
    ("GET", "/category-groups"): Route("category_groups", _about(metadata.category_groups)),
    ("GET", "/v1/contentBlock/list"): Route("content_blocks", _about(metadata.content_blocks)),
    ("GET", "/v1/contentBlock/info"): Route("content_blocks", _about(metadata.content_block)),
}

PATHS = frozenset(path for _, path in ROUTES)

WRITES = (
    "/1/upload",
    "/1/targets/create",
    "/1/targets/stop",
    "/1/targets/estimate",
    "/1/send/",
    "/1/delete/",
    "/1/demerge/",
    "/1/subscribe",
    "/1/disassociate",
    "/1/segments/create",
    "/1/segments/update",
    "/1/externaltrigger",
    "/1/bulletin",
    "/get_custom_list_segment_url",
    "/upload_custom_list_segment_completed",
    "/get_catalog_url",
    "/upload_catalog_completed",
    "/v1/contentBlock/create",
    "/v1/contentBlock/update",
)


def is_write(path: str) -> bool:
    """Tell whether a request to this path changes the account."""
    return path.startswith(WRITES)
