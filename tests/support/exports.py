"""Export files in a folder, and runs that read them: no server is asked anything."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any

from tap_clevertap.sandbox.files.exporter import Exporter, ExportOptions
from tests.support.catalogs import CONFIG, assert_conforms, catalog_of
from tests.support.running import captured, tap_at
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tap_clevertap.sandbox import World
    from tap_clevertap.tap import TapClevertap
    from tests.support.running import Run

JSON = dict[str, Any]
OWN_COLUMNS = {"source", "file", "line", "file_modified"}
HEAD = "1663664837-1663785000"
TOMORROW = 86_400
"""Seconds from now, by when files that were just written are old enough."""


def export(world: World, folder: Path, first: date, last: date, **options: Any) -> list[Path]:  # noqa: ANN401 - as the exporter has them
    """Write an account's exports of some days; return the files."""
    return Exporter(world, folder, ExportOptions(**options)).export(first, last)


def put(folder: Path, name: str, content: bytes | str, *, is_gzip: bool = False) -> Path:
    """Write one file of a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(plain) if is_gzip else plain)
    return path


def tap_of(
    folder: Path | str,
    *streams: str,
    state: JSON | None = None,
    at: int | None = None,
    **settings: Any,  # noqa: ANN401
) -> TapClevertap:
    """Return a tap that reads a folder's files and nothing else; `exports` may be overridden."""
    exports = {"url": str(folder), "processes": 1} | settings.pop("exports", {})
    config = CONFIG | {"timezone": KOLKATA, "api_url": "http://127.0.0.1:9", "exports": exports}
    now = int(time.time()) + TOMORROW if at is None else at
    return tap_at(now)(
        config=config | settings,
        catalog=catalog_of(*(streams or ("exported_events",))),
        state=json.loads(json.dumps(state)) if state else None,
    )


def read_exports(folder: Path | str, *streams: str, **named: Any) -> Run:  # noqa: ANN401 - passed on
    """Read a folder's files; what is written has to fit its schema, and its keys be unique."""
    finished = try_exports(folder, *streams, **named)
    if finished.error:
        raise finished.error
    for stream in streams or ("exported_events",):
        assert_conforms(finished, stream)
    return finished


def try_exports(folder: Path | str, *streams: str, **named: Any) -> Run:  # noqa: ANN401 - passed on
    """Read a folder's files, which may fail."""
    return captured(tap_of(folder, *streams, **named).sync_all)


def rows(finished: Run) -> list[JSON]:
    """Return the exported events of a run."""
    return finished.records("exported_events")


def envelope(row: JSON, *without: str) -> JSON:
    """Return the columns of a row that events of the API have too."""
    return {name: row[name] for name in row if name not in {*OWN_COLUMNS, *without}}


def by_id(found: list[JSON]) -> list[JSON]:
    """Return rows in the order of their ids."""
    return sorted(found, key=lambda row: str(row["event_id"]))
