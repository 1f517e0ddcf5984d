"""The admin API under `/sandbox/`, without credentials: faults, time and the request log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import ServerState

PREFIX = "/sandbox/"


def control(state: ServerState, request: Request) -> Reply:
    """Answer a request under `/sandbox/`; a wrong one gets 400 and the reason, or 404."""
    handler = _PATHS.get((request.method, request.path.removeprefix(PREFIX)))
    if handler is None:
        return fail(f"nothing at {request.method} {request.path}", 404, 404)
    try:
        return handler(state, request)
    except (ValueError, KeyError) as error:
        return fail(str(error), 400, 400)


def _health(_state: ServerState, _request: Request) -> Reply:
    return Reply({"status": "success"})


def _request_log(state: ServerState, _request: Request) -> Reply:
    return Reply(state.request_log.as_dict())


def _counts(state: ServerState, _request: Request) -> Reply:
    return Reply(ground_truth.counts(state.world, state.now()))


def _rows(state: ServerState, request: Request) -> Reply:
    first, last = _day(request, "from"), _day(request, "to")
    name = request.query["event"]
    return Reply({"rows": ground_truth.rows(state.world, name, first, last, state.now())})


def _set_faults(state: ServerState, request: Request) -> Reply:
    switches = request.json()
    if not isinstance(switches, dict):
        msg = "faults are an object of names and values"
        raise ValueError(msg)  # noqa: TRY004 - the caller answers every ValueError with its text
    state.faults.update(switches)
    return Reply({"faults": state.faults.as_dict()})


def _day(request: Request, name: str) -> date:
    return datetime.strptime(request.query[name], "%Y%m%d").date()  # noqa: DTZ007 - a day, no instant


_PATHS: dict[tuple[str, str], Callable[[ServerState, Request], Reply]] = {
    ("GET", "health"): _health,
    ("GET", "requests"): _request_log,
    ("GET", "truth/counts"): _counts,
    ("GET", "truth/rows"): _rows,
    ("POST", "faults"): _set_faults,
}
