"""Serves an account from a process of its own, page by page as rendered once.

The sandbox prints each page the first time that it is asked for and remembers it, so that the
figures are those of who reads and not of who serves. A client that leaves `events` and `profile`
out is served the lean records too: everybody reads the same bytes.
"""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.worlds import Plan, build
from tap_clevertap.sandbox import Behaviour, Faults
from tap_clevertap.sandbox.server.admission import AdmissionControl, Delivery
from tap_clevertap.sandbox.server.http_server import Listener
from tap_clevertap.sandbox.server.routes import ROUTES
from tap_clevertap.sandbox.server.state import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.http_messages import Reply, Request

ACCOUNT_ID, PASSCODE = "TEST-BENCHMARK", "benchmark-passcode"
EVENTS = "/1/events.json"
LEAN = {"app": "true", "events": "false", "profile": "false"}

Shelf = dict[tuple[str, str, bytes], "Reply"]


class ReplayGate(AdmissionControl):
    """Answers each export request as it did the first time, after a latency of its own."""

    def __init__(self, state: ServerState, shelf: Shelf, latency: float) -> None:
        super().__init__(state, ACCOUNT_ID, PASSCODE)
        self._shelf = shelf
        self._latency = latency

    def _handle(self, request: Request, has_left: Callable[[], bool]) -> Delivery:
        self._state.closing.wait(self._latency)
        if request.path != EVENTS:
            return super()._handle(request, has_left)
        asked = lean(request)
        key = asked.method, asked.raw_query, asked.body
        if key not in self._shelf:
            handler = ROUTES[asked.method, asked.path].handler
            self._shelf[key] = handler(self._state, asked)
        return Delivery(self._shelf[key])


def lean(request: Request) -> Request:
    """Return the request with the flags that it leaves out; a cursor has its flags already."""
    if "cursor" in request.query:
        return request
    query = LEAN | dict(request.query)
    return replace(request, query=query, raw_query=urlencode(sorted(query.items())))


def main() -> None:
    """Serve until standard input ends; print one address a line, one for each latency."""
    args = _parser().parse_args()
    gc.disable()  # millions of events and no cycles
    world = build(Plan.from_json(args.plan))
    behaviour = Behaviour(gzip=args.gzip, partial_share=args.partial_share)
    state = ServerState(world, behaviour, Faults())
    shelf: Shelf = {}
    for latency in args.latency:
        listener = Listener(("127.0.0.1", 0), state, ACCOUNT_ID, PASSCODE)
        listener.admission = ReplayGate(state, shelf, latency)
        Thread(target=listener.serve_forever, daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{listener.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


def _parser() -> argparse.ArgumentParser:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("plan")
    args.add_argument("latency", type=float, nargs="+")
    args.add_argument("--gzip", action="store_true")
    # A count that has to be polled for is a wait, and most trials are not about waiting.
    args.add_argument("--partial-share", type=float, default=0.0)
    return args


if __name__ == "__main__":
    main()
