"""Runs of chosen streams alone, each record held against its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.running import assert_polite, captured, tap_on

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.support.running import Run

JSON = dict[str, Any]


def read(
    sandbox: Sandbox,
    *streams: str,
    state: JSON | None = None,
    catalog: JSON | None = None,
    **settings: object,
) -> Run:
    """Run the named streams alone; what they write has to fit and the client to be polite."""
    finished = try_to_read(sandbox, *streams, state=state, catalog=catalog, **settings)
    if finished.error:
        raise finished.error
    for stream in streams:
        assert_conforms(finished, stream)
    return finished


def try_to_read(
    sandbox: Sandbox,
    *streams: str,
    state: JSON | None = None,
    catalog: JSON | None = None,
    **settings: object,
) -> Run:
    """Run the named streams alone; the run may fail."""
    chosen = catalog or catalog_of(*streams)
    finished = captured(tap_on(sandbox, state=state, catalog=chosen, **settings).sync_all)
    assert_polite(sandbox)
    return finished


def bookmarks_of(finished: Run, stream: str) -> dict[str, str]:
    """Return the live bookmarks in the last state of a run, by event or query."""
    partitions = finished.state.get("bookmarks", {}).get(stream, {}).get("partitions", [])
    return {
        next(iter(one["context"].values())): one["replication_key_value"]
        for one in partitions
        if "replication_key_value" in one
    }
