"""The routes: path, method and handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tap_clevertap.sandbox.endpoints import campaigns, message_reports, metadata
from tap_clevertap.sandbox.endpoints.counts import totals
from tap_clevertap.sandbox.endpoints.profile_lookup import find_profile
from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import ServerState

Handler = Callable[["ServerState", "Request"], Reply]
Answer = Callable[["World", int, "Request"], Reply]

BLOCKS_OFF = fail("Content Blocks isn't enabled on your account", 403, 403)


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and the family of endpoints with which it shares its slots."""

    family: str
    handler: Handler


def _about(answer: Answer) -> Handler:
    """Return the handler of a question that the world alone can answer."""
    return lambda state, request: answer(state.world, state.now(), request)


def _counted(answer: Answer) -> Handler:
    """Return the handler of a question that may take a while."""
    return lambda state, request: state.counting.ask(state, request, answer)


def _blocks(answer: Answer) -> Handler:
    """Return the handler of a question about content blocks, which not every account has."""

    def handle(state: ServerState, request: Request) -> Reply:
        if state.faults.strikes("content_blocks_off", request.path):
            return BLOCKS_OFF
        return answer(state.world, state.now(), request)

    return handle


def _schema(state: ServerState, request: Request) -> Reply:
    """Answer the schema, of which some events may be hidden."""
    reply = metadata.schema(state.world, state.now(), request)
    if isinstance(reply.body, bytes) or "events" not in reply.body:
        return reply
    events = cast("list[dict[str, object]]", reply.body["events"])
    hides = state.faults.chooses
    listed = [one for one in events if not hides("hidden_event", str(one["name"]))]
    return Reply({**reply.body, "events": listed})


def _open_events(state: ServerState, request: Request) -> Reply:
    if "cursor" in request.query:  # CleverTap takes a POST for a page as well.
        return _read_events(state, request)
    return state.events.open(state, request)


def _read_events(state: ServerState, request: Request) -> Reply:
    return state.events.page(state, request)


def _open_profiles(state: ServerState, request: Request) -> Reply:
    if "cursor" in request.query:
        return _read_profiles(state, request)
    return state.profiles.open(state, request)


def _read_profiles(state: ServerState, request: Request) -> Reply:
    return state.profiles.page(state, request)


ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/1/events.json"): Route("events", _open_events),
    ("GET", "/1/events.json"): Route("events", _read_events),
    ("POST", "/1/profiles.json"): Route("profiles", _open_profiles),
    ("GET", "/1/profiles.json"): Route("profiles", _read_profiles),
    ("GET", "/1/profile.json"): Route("profiles", find_profile),
    ("POST", "/1/counts/events.json"): Route("counts_events", _counted(totals.count_events)),
    ("GET", "/1/counts/events.json"): Route("counts_events", _counted(totals.count_events)),
    ("POST", "/1/counts/profiles.json"): Route("counts_profiles", _counted(totals.count_profiles)),
    ("GET", "/1/counts/profiles.json"): Route("counts_profiles", _counted(totals.count_profiles)),
    ("POST", "/1/counts/trends.json"): Route("trends", _counted(totals.trends)),
    ("GET", "/1/counts/trends.json"): Route("trends", _counted(totals.trends)),
    ("POST", "/1/counts/top.json"): Route("top", _counted(totals.top_properties)),
    ("GET", "/1/counts/top.json"): Route("top", _counted(totals.top_properties)),
    ("POST", "/1/now.json"): Route("now", _about(totals.realtime_counts)),
    ("POST", "/1/targets/list.json"): Route("campaigns", _about(campaigns.list_campaigns)),
    ("POST", "/1/targets/result.json"): Route("campaign_report", _about(campaigns.campaign_report)),
    ("POST", "/1/message/report.json"): Route(
        "message_reports", _about(message_reports.message_reports)
    ),
    ("GET", "/getSchema"): Route("schema", _schema),
    ("POST", "/getSchema"): Route("schema", _schema),
    ("GET", "/category-groups"): Route("category_groups", _about(metadata.category_groups)),
    ("GET", "/v1/contentBlock/list"): Route("content_blocks", _blocks(metadata.content_blocks)),
    ("GET", "/v1/contentBlock/info"): Route("content_blocks", _blocks(metadata.content_block)),
}


def is_known(path: str) -> bool:
    """Tell whether a path is served, by whatever method."""
    return any(path == known for _, known in ROUTES)


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
