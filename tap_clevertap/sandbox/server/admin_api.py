"""The paths under `/sandbox/`: for tests and for the curious, without credentials."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import ground_truth as truth
from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import Service

PREFIX = "/sandbox/"


def control(service: Service, request: Request) -> Reply:
    """Answer a request under `/sandbox/`; a wrong one gets 400 and the reason, or 404."""
    handler = _PATHS.get((request.method, request.path.removeprefix(PREFIX)))
    if handler is None:
        return fail(f"nothing at {request.method} {request.path}", 404, 404)
    try:
        return handler(service, request)
    except (ValueError, KeyError) as error:
        return fail(str(error), 400, 400)


def _health(_service: Service, _request: Request) -> Reply:
    return Reply({"status": "success"})


def _ledger(service: Service, _request: Request) -> Reply:
    return Reply(service.ledger.as_dict())


def _counts(service: Service, _request: Request) -> Reply:
    return Reply(truth.counts(service.world, service.now()))


def _rows(service: Service, request: Request) -> Reply:
    first, last = _day(request, "from"), _day(request, "to")
    name = request.query["event"]
    return Reply({"rows": truth.rows(service.world, name, first, last, service.now())})


def _set_faults(service: Service, request: Request) -> Reply:
    switches = request.json()
    if not isinstance(switches, dict):
        msg = "faults are an object of names and values"
        raise ValueError(msg)  # noqa: TRY004 - the caller answers every ValueError with its text
    service.faults.update(switches)
    return Reply({"faults": service.faults.as_dict()})


def _day(request: Request, name: str) -> date:
    return datetime.strptime(request.query[name], "%Y%m%d").date()  # noqa: DTZ007 - a day, no instant


_PATHS: dict[tuple[str, str], Callable[[Service, Request], Reply]] = {
    ("GET", "health"): _health,
    ("GET", "ledger"): _ledger,
    ("GET", "truth/counts"): _counts,
    ("GET", "truth/rows"): _rows,
    ("POST", "faults"): _set_faults,
}
