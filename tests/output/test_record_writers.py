"""Outlets: the same records on each way out, and no action ahead of the rows before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from singer_sdk.helpers._batch import BatchConfig
from singer_sdk.singerlib import RecordMessage

from tap_clevertap.output.batch_files import BatchFiles
from tap_clevertap.output.record_writers import BatchFileWriter, RawLineWriter, SdkMessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.output.record_writers import RecordWriter
    from tap_clevertap.output.rows import Row

ROWS = [b'{"n":1}', b'{"n":2}', b'{"n":3}']
JSON = dict[str, Any]


def message(row: Row) -> Iterator[RecordMessage]:
    """Return the one message of a row."""
    assert isinstance(row, bytes)
    yield RecordMessage("numbers", json.loads(row))


def into_files(folder: Path, size: int, told: list[Any]) -> BatchFileWriter:
    """Return an outlet whose files are cut at `size` rows."""
    storage = {"root": folder.as_uri(), "prefix": ""}
    encoding = {"format": "jsonl", "compression": "none"}
    config = BatchConfig.from_dict({"encoding": encoding, "storage": storage, "batch_size": size})

    def named(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        yield "numbers", rows

    return BatchFileWriter(BatchFiles(config, {"numbers": {}}), named, told.append, None)


def acting(writer: RecordWriter, told: list[Any]) -> list[int]:
    """Write three rows, an action after each, and return how much was told when each was done."""
    done: list[int] = []
    for row in ROWS:
        writer.write([row])
        writer.after_flush(lambda: done.append(len(told)))
    writer.flush()
    return done


def test_lines_are_out_before_what_follows_them() -> None:
    """Each row is a line, and its action comes right after it."""
    lines: list[bytes] = []
    raw = RawLineWriter("numbers", None, lines.append, lambda rows: rows)
    assert acting(raw, lines) == [1, 2, 3]
    records = [json.loads(line)["record"] for line in lines]
    assert records == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_messages_are_out_before_what_follows_them() -> None:
    """Each row is a message of the SDK's making, and its action comes right after it."""
    told: list[RecordMessage] = []
    assert acting(SdkMessageWriter(message, told.append), told) == [1, 2, 3]
    assert [one.record for one in told] == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_an_action_waits_for_its_file(tmp_path: Path) -> None:
    """What follows a row is done when the file that holds it is named, not before."""
    told: list[Any] = []
    assert acting(into_files(tmp_path, 2, told), told) == [1, 2, 2]
    paths = [Path(urlparse(url).path) for one in told for url in one.manifest]
    assert [path.read_bytes().splitlines() for path in paths] == [ROWS[:2], ROWS[2:]]
