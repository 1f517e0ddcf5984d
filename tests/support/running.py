"""Runs the tap in this process against a sandbox, and keeps what it wrote."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clevertap.api.client import Client
from tap_clevertap.config.settings import Settings
from tap_clevertap.errors import ClevertapError
from tap_clevertap.extraction.run import Run as TapRun
from tap_clevertap.extraction.run import events_read_before
from tap_clevertap.streams import endpoints
from tap_clevertap.streams.typed_events import TypedStream
from tap_clevertap.tap import TapClevertap
from tests.support.telling import assert_nothing_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox import Sandbox

JSON = dict[str, Any]
MOST_IN_FLIGHT = 3
EVENTS_ONLY = ("events", "reconciliation")


@dataclass(frozen=True)
class Run:
    """What came of one run: its lines, and the error that ended it."""

    lines: list[bytes]
    error: ClevertapError | None = None

    @cached_property
    def messages(self) -> list[JSON]:
        """The messages in the order of writing."""
        return [json.loads(line) for line in self.lines]

    def records(self, stream: str = "events") -> list[JSON]:
        """Return the records of a stream."""
        found = (one for one in self.messages if one["type"] == "RECORD")
        return [one["record"] for one in found if one["stream"] == stream]

    def ids(self) -> set[str]:
        """Return the ids of the events."""
        return {one["event_id"] for one in self.records()}

    @property
    def states(self) -> list[JSON]:
        """The values of the STATE messages."""
        return [one["value"] for one in self.messages if one["type"] == "STATE"]

    @property
    def state(self) -> JSON:
        """The last state; an empty one where none was written."""
        return self.states[-1] if self.states else {}

    @property
    def bookmarks(self) -> dict[str, str]:
        """The last bookmark of each event."""
        return bookmarks(self.state)


def bookmarks(state: JSON) -> dict[str, str]:
    """Return the live bookmarks that a state holds for the events stream."""
    partitions = state.get("bookmarks", {}).get("events", {}).get("partitions", [])
    return {
        one["context"]["event_name"]: one["replication_key_value"]
        for one in partitions
        if "replication_key_value" in one
    }


def config_for(sandbox: Sandbox, **settings: object) -> JSON:
    """Return a config that reaches a sandbox."""
    return {
        "account_id": sandbox.account_id,
        "passcode": sandbox.passcode,
        "api_url": sandbox.url,
        "timezone": sandbox.world.timezone,
    } | settings


def tap_on(
    sandbox: Sandbox, *, state: JSON | None = None, catalog: JSON | None = None, **settings: object
) -> TapClevertap:
    """Return a tap that reads a sandbox's events and lives by the sandbox's clock.

    With a catalog it reads the streams that this selects.
    """
    tap = tap_at(sandbox.now())(
        config=config_for(sandbox, **settings),
        state=json.loads(json.dumps(state)) if state else None,
        catalog=catalog,
    )
    if catalog is None:
        select_events(tap)
    return tap


def tap_at(now: int) -> type[TapClevertap]:
    """Return the tap as it is at an instant."""

    class AtAnInstant(TapClevertap):
        @cached_property
        def run(self) -> TapRun:
            checked = Settings.from_config(self.config)
            client, at = Client(checked, endpoints()), datetime.fromtimestamp(now, UTC)
            return TapRun(checked, client, at, events_read_before(self.state))

    return AtAnInstant


def select_events(tap: TapClevertap) -> None:
    """Have a tap read events, typed ones too, and their proof."""
    for stream in tap.streams.values():
        stream.selected = stream.name in EVENTS_ONLY or isinstance(stream, TypedStream)


def run(
    sandbox: Sandbox, *, state: JSON | None = None, catalog: JSON | None = None, **settings: object
) -> Run:
    """Sync and return what was written; the client has to have been polite."""
    tap = tap_on(sandbox, state=state, catalog=catalog, **settings)
    finished = captured(tap.sync_all)
    assert_polite(sandbox)
    if finished.error:
        raise finished.error
    return finished


def failing_run(
    sandbox: Sandbox, *, state: JSON | None = None, catalog: JSON | None = None, **settings: object
) -> Run:
    """Sync, which has to fail, and return what was written before."""
    finished = captured(tap_on(sandbox, state=state, catalog=catalog, **settings).sync_all)
    assert_polite(sandbox)
    assert finished.error is not None
    return finished


def captured(work: Callable[[], object]) -> Run:
    """Return what a piece of work writes to stdout, and its error if it fails."""
    error = None
    binary = io.BytesIO()
    out = io.TextIOWrapper(binary, encoding="utf-8", write_through=True)
    with redirect_stdout(out):
        try:
            work()
        except ClevertapError as failure:
            error = failure
    out.flush()
    lines = binary.getvalue().splitlines()
    assert_states_have_no_float(lines)
    assert_nothing_told(lines, error)
    return Run(lines, error)


def assert_states_have_no_float(lines: list[bytes]) -> None:
    """Make sure that targets can write the states that they are given.

    Those of the SDK parse a float as a decimal and die of it at their next state.
    """

    def refuse(number: str) -> None:
        msg = f"a STATE has the float {number}"
        raise AssertionError(msg)

    for line in lines:
        if line.startswith(b'{"type":"STATE"'):
            json.loads(line, parse_float=refuse, parse_constant=refuse)


def assert_polite(sandbox: Sandbox) -> None:
    """Make sure that the client only read, kept to its slots and left cursors as they were."""
    request_log = sandbox.request_log
    assert (request_log.writes, request_log.unknown_paths) == ([], [])
    assert max(request_log.most_in_flight.values(), default=0) <= MOST_IN_FLIGHT
    assert request_log.double_encoded_cursors == 0
