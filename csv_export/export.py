"""Runs the tap, and writes what it sends into a folder of files."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from csv_export.cells import cell
from csv_export.files import Folder
from csv_export.settings import ExportError
from tap_clevertap.errors import ClevertapError
from tap_clevertap.streams.typed_events import RESERVED_COLUMNS, TypedStream
from tap_clevertap.tap import TapClevertap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from csv_export.files import Table

PROFILES = "profiles"
JSON_COLUMNS = ("all_identities", "items", "session_props", "event_props", "profile", "extra")
"""They come last: who reads a sheet wants the others."""
EVERY_ROWS = 10_000


@dataclass
class Sheet:
    """A table and what its columns are."""

    table: Table
    formats: Mapping[str, str | None]
    last_told: int = field(default=0)


def export(settings: Mapping[str, Any], path: Path, tell: Callable[[str], None]) -> int:
    """Write the events and profiles of an account to a new folder; return the number of rows.

    `tell` is called with lines for the screen. The log of the tap is in the folder too.

    Raises:
        ExportError: The tap has failed; the folder has what came before.
    """
    config = {"typed_events": settings.get("events", ["*"]), **settings, "nested_values": "text"}
    catalog, titles = _catalog(config)
    with tempfile.TemporaryDirectory() as folder, Folder(path) as files:
        command = [sys.executable, "-m", "tap_clevertap"]
        for name, content in (("config", config), ("catalog", catalog)):
            file = Path(folder, f"{name}.json")
            file.touch(0o600)
            file.write_text(json.dumps(content))
            command += [f"--{name}", str(file)]
        sheets = _run(command, files, titles, ZoneInfo(str(config["timezone"])), tell)
    for sheet in sheets:
        cut = ", of which all.xlsx has the first million" if sheet.table.is_cut else ""
        tell(f"{sheet.table.path.name}: {sheet.table.rows:,} rows{cut}")
    return sum(sheet.table.rows for sheet in sheets)


def _run(
    command: list[str],
    files: Folder,
    titles: Mapping[str, str],
    zone: tzinfo,
    tell: Callable[[str], None],
) -> list[Sheet]:
    log = files.path / "log.txt"
    with (
        log.open("wb") as errors,
        subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as tap,
    ):
        sheets = _write(tap.stdout or (), files, titles, zone, tell)
    if tap.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        msg = f"the export has ended early: {' '.join(last)}"
        raise ExportError(msg)
    return sheets


def _write(
    lines: Iterable[bytes],
    files: Folder,
    titles: Mapping[str, str],
    zone: tzinfo,
    tell: Callable[[str], None],
) -> list[Sheet]:
    schemas: dict[str, dict[str, str | None]] = {}
    sheets: dict[str, Sheet] = {}
    for line in lines:
        message = json.loads(line, parse_float=Decimal)
        match message["type"]:
            case "SCHEMA":
                columns = message["schema"]["properties"]
                formats = {name: columns[name].get("format") for name in _in_order(columns)}
                schemas[message["stream"]] = formats
            case "RECORD":
                stream, record = message["stream"], message["record"]
                if stream not in sheets:  # an event without rows has no file
                    formats = schemas[stream]
                    sheets[stream] = Sheet(files.table(titles[stream], list(formats)), formats)
                _add(sheets[stream], record, zone, tell)
    return list(sheets.values())


def _add(
    sheet: Sheet, record: Mapping[str, Any], zone: tzinfo, tell: Callable[[str], None]
) -> None:
    table = sheet.table
    table.write([cell(record.get(name), form, zone) for name, form in sheet.formats.items()])
    if table.rows - sheet.last_told >= EVERY_ROWS:
        sheet.last_told = table.rows
        tell(f"  {table.path.stem}: {table.rows:,} rows so far")


def _in_order(columns: Iterable[str]) -> list[str]:
    """Return columns with the typed ones before those that hold JSON."""
    last = {name: place for place, name in enumerate(JSON_COLUMNS)}
    is_own = {name: name not in RESERVED_COLUMNS for name in columns}
    return sorted(columns, key=lambda name: (last.get(name, -1), is_own[name]))


def _catalog(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a catalog of typed events and profiles, and the title of each stream."""
    try:
        tap = TapClevertap(config=dict(config), parse_env_config=False)
        titles = {PROFILES: "Profiles"}
        for stream in tap.streams.values():
            if isinstance(stream, TypedStream):
                titles[stream.name] = " and ".join(sorted(stream.event_names))
        catalog: dict[str, Any] = tap.catalog_dict
    except ClevertapError as error:
        raise ExportError(str(error)) from None
    for entry in catalog["streams"]:
        for one in entry["metadata"]:
            if not one["breadcrumb"]:
                one["metadata"]["selected"] = entry["tap_stream_id"] in titles
    return catalog, titles
