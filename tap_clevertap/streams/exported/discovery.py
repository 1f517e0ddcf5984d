"""Discovers typed streams of export files, from the catalog or from some rows of their files."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap import logger
from tap_clevertap.errors import FileFailed
from tap_clevertap.extraction.files.job import FileSummary
from tap_clevertap.extraction.files.reading import read_file
from tap_clevertap.files.names import parse_name
from tap_clevertap.records.column_types import (
    PREFIX,
    Column,
    columns_of,
    kind_of,
    kind_of_cell,
    merge_columns,
)
from tap_clevertap.records.masking import masker
from tap_clevertap.streams.exported.typed import RESERVED_IN_FILES, ExportedTypedStream
from tap_clevertap.streams.typed_discovery import PROPS, catalogued_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from singer_sdk import Tap

    from tap_clevertap.extraction.run import Run
    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.streams.typed_events import TypedStream

EXPORTED = "exported_"
FILES_SAMPLED = 3
"""The newest of an event."""
ROWS_SAMPLED = 2300

Columns = dict[str, Column]

_PROPS = msgspec.json.Decoder(dict[str, Raw])


def exported_typed_streams(
    tap: Tap, run: Callable[[], Run], typed: Collection[TypedStream]
) -> list[ExportedTypedStream]:
    """Return a stream of export files for each typed stream of the API.

    Columns are those of the catalog if there is one; otherwise those that the API's stream has, and
    those of some rows of the newest files.

    Raises:
        ClevertapError: The folder of the files cannot be listed.
    """
    names = [EXPORTED + one.name for one in typed]
    if tap.input_catalog:
        columns = catalogued_columns(tap, names, RESERVED_IN_FILES)
        return [
            ExportedTypedStream(tap, run, name=name, events=one.event_names, columns=columns[name])
            for name, one in zip(names, typed, strict=True)
        ]
    streams = [
        ExportedTypedStream(tap, run, name=name, events=one.event_names, columns={})
        for name, one in zip(names, typed, strict=True)
    ]
    listed = streams[0].folder.files() if streams else []
    return [
        ExportedTypedStream(
            tap,
            run,
            name=stream.name,
            events=one.event_names,
            columns=merge_columns([_renamed(one.columns), *_sampled(stream, listed)]),
        )
        for stream, one in zip(streams, typed, strict=True)
    ]


def _renamed(columns: Mapping[str, Column]) -> Columns:
    """Return the columns of the API's stream, those under other names that files have too."""
    return {
        PREFIX + name if name in RESERVED_IN_FILES else name: column
        for name, column in columns.items()
    }


def _sampled(stream: ExportedTypedStream, listed: Collection[StoredFile]) -> Iterator[Columns]:
    """Yield the columns of the newest files of a stream."""
    files = [file for file in listed if (name := parse_name(file.name)) and stream.has(name)]
    newest = sorted(files, key=lambda file: file.arrived, reverse=True)[:FILES_SAMPLED]
    for file in newest:
        name = parse_name(file.name)
        kind = kind_of_cell if name is not None and name.format == "csv" else kind_of
        try:
            properties = list(_properties(stream, file))
        except FileFailed as error:
            logger.warning("typed_events: %s, not sampled", error)
            continue
        yield columns_of(properties, RESERVED_IN_FILES, kind)


def _properties(stream: ExportedTypedStream, file: StoredFile) -> Iterator[dict[str, Raw]]:
    """Yield the visible properties of some rows of a file."""
    mask = masker(stream.run.settings.privacy, [PROPS])
    found = (
        row
        for some in read_file(stream.job(file))
        if not isinstance(some, FileSummary)
        for row in some
    )
    rows = list(islice(found, ROWS_SAMPLED))
    for row in rows if mask is None else mask(rows):
        members = _PROPS.decode(row)
        if PROPS in members:
            yield _PROPS.decode(members[PROPS])
