"""Requests that wait for each other or for the test, so that no test leans on a clock."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.server.admission import _endpoint
from tests.support.processes import HANG_GUARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_clevertap.sandbox import Sandbox
    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.admission import Delivery


def hold_until_in_flight(box: Sandbox, number: int, *endpoints: str) -> None:
    """Have the first answers of each endpoint wait until so many of its requests are in flight.

    Those that wait hold a slot each, and go on together: with a latency of the sandbox one that is
    beyond the limit still meets them. Where there are never so many, the answers come after
    `HANG_GUARD` seconds, and the test's own assertion fails.
    """
    log, admission = box.request_log, box._server.admission  # noqa: SLF001 - nothing else waits there
    met = {endpoint: Event() for endpoint in endpoints}
    real_visit, real_handle = log.visit, admission._handle  # noqa: SLF001

    @contextmanager
    def visit(endpoint: str) -> Iterator[None]:
        with real_visit(endpoint):
            if endpoint in met and log.most_in_flight[endpoint] >= number:
                met[endpoint].set()
            yield

    def handle(request: Request, has_left: Callable[[], bool]) -> Delivery:
        if (one := met.get(_endpoint(request))) is not None:
            one.wait(HANG_GUARD)
            one.set()
        return real_handle(request, has_left)

    log.visit = visit  # type: ignore[method-assign]
    admission._handle = handle  # type: ignore[method-assign]  # noqa: SLF001


@contextmanager
def held(box: Sandbox) -> Iterator[Event]:
    """Give no answer to requests that come within the block; the event tells that one has come."""
    log, real = box.request_log, box.request_log.visit
    has_come, may_go = Event(), Event()

    @contextmanager
    def visit(endpoint: str) -> Iterator[None]:
        with real(endpoint):
            has_come.set()
            may_go.wait(HANG_GUARD)
            yield

    log.visit = visit  # type: ignore[method-assign]
    try:
        yield has_come
    finally:
        may_go.set()
        log.visit = real  # type: ignore[method-assign]
