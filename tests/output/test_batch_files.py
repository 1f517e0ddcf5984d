"""BATCH files: exactly what RECORD messages would hold, and no state ahead of them."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import pytest
from pyarrow import parquet
from singer_sdk.helpers._batch import BatchConfig

from tap_clevertap.errors import OutputClosed
from tap_clevertap.output.batch_files import write_file
from tap_clevertap.output.nested_text import text_schema
from tap_clevertap.sandbox import Event, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.running import Run, bookmarks, captured, failing_run, run, tap_on
from tests.support.worlds import KOLKATA, daily_world, hard_world, people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Serve

START = "2026-06-28"


def batches(root: Path, form: str = "jsonl", compression: str = "gzip", size: int = 50) -> Any:  # noqa: ANN401 - a config
    """Return a batch config that writes below a folder."""
    return {
        "encoding": {"format": form, "compression": compression},
        "storage": {"root": root.as_uri(), "prefix": "night-"},
        "batch_size": size,
    }


def files(finished: Run, stream: str = "events") -> list[Path]:
    """Return the files that the BATCH messages of a stream name, in order."""
    found = [one for one in finished.messages if one["type"] == "BATCH"]
    urls = [url for one in found if one["stream"] == stream for url in one["manifest"]]
    return [Path(urlparse(url).path) for url in urls]


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSONL file, whatever its compression."""
    data = path.read_bytes()
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return [json.loads(line) for line in text.splitlines()]


def by_id(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return records by their event's id."""
    return {one["event_id"]: one for one in records}


@pytest.mark.parametrize(("compression", "ending"), [("gzip", ".jsonl.gz"), ("none", ".jsonl")])
def test_jsonl_files_hold_the_records(
    sandbox: Serve, tmp_path: Path, compression: str, ending: str
) -> None:
    """A hard world's events are the same in files as in messages, compressed as configured."""
    box = sandbox(hard_world())
    plain = run(box, start_date=START)
    batched = run(box, start_date=START, batch_config=batches(tmp_path, compression=compression))
    written = [record for path in files(batched) for record in lines(path)]
    assert by_id(written) == by_id(plain.records())
    assert len(written) == len(plain.records())
    assert {path.name.endswith(ending) for path in files(batched)} == {True}
    assert {path.name.startswith("night-events-") for path in files(batched)} == {True}
    assert batched.records() == []


def test_parquet_files_hold_the_records(sandbox: Serve, tmp_path: Path) -> None:
    """Nested columns are JSON text in Parquet, as the SCHEMA message then says."""
    box = sandbox(hard_world())
    plain = by_id(run(box, start_date=START).records())
    batched = run(box, start_date=START, batch_config=batches(tmp_path, "parquet"))
    rows = [row for path in files(batched) for row in parquet.read_table(path).to_pylist()]
    assert by_id(rows).keys() == plain.keys()
    for row in rows:
        nested = ("all_identities", "profile", "event_props", "session_props", "items", "extra")
        parsed = {name: row[name] and json.loads(row[name]) for name in nested}
        assert row | parsed == plain[row["event_id"]]
    schema = next(one for one in batched.messages if one["type"] == "SCHEMA")["schema"]
    assert schema["properties"]["event_props"]["type"] == ["string", "null"]
    assert schema["properties"]["ts"]["type"] == ["integer", "null"]


def test_numbers_in_parquet_keep_their_digits(sandbox: Serve, tmp_path: Path) -> None:
    """A 17-digit integer and a float of 17 digits are text of just those digits."""
    box = sandbox(hard_world())
    batched = run(box, start_date=START, batch_config=batches(tmp_path, "parquet"))
    texts = [
        text
        for path in files(batched)
        for text in parquet.read_table(path).column("event_props").to_pylist()
    ]
    assert any('"big":12345678901234567,' in text for text in texts)
    assert any('"sum":0.30000000000000004,' in text for text in texts)


def test_deselected_and_mapped_columns_stay_out_of_files(sandbox: Serve, tmp_path: Path) -> None:
    """What selection or a stream map takes away is in no file: the SDK's own path leaks it."""
    box = sandbox(hard_world())
    maps = {"events": {"email": None, "domain": "email.split('@')[-1] if email else None"}}
    settings: Any = {"start_date": START, "stream_maps": maps}
    tap = tap_on(box, **settings, batch_config=batches(tmp_path))
    catalog = tap.catalog_dict
    events = next(one for one in catalog["streams"] if one["tap_stream_id"] == "events")
    events["metadata"].append(
        {"breadcrumb": ["properties", "phone"], "metadata": {"selected": False}}
    )
    for one in catalog["streams"]:
        root = next(each for each in one["metadata"] if each["breadcrumb"] == [])
        root["metadata"]["selected"] = one["tap_stream_id"] == "events"
    batched = run(box, catalog=catalog, **settings, batch_config=batches(tmp_path))
    records = [record for path in files(batched) for record in lines(path)]
    assert {"email", "phone"} & {name for record in records for name in record} == set()
    assert {record["domain"] for record in records} == {None, "example.com"}


def test_a_bookmark_waits_for_the_file(sandbox: Serve, tmp_path: Path) -> None:
    """No STATE covers a day whose rows are in no file yet."""
    box = sandbox(daily_world("Viewed", "Tapped"))
    batched = run(box, start_date="2026-06-10", batch_config=batches(tmp_path, size=1000))
    kinds = [one["type"] for one in batched.messages]
    first_batch = kinds.index("BATCH")
    early = [one["value"] for one in batched.messages[:first_batch] if one["type"] == "STATE"]
    assert [bookmarks(state) for state in early if bookmarks(state)] == []
    assert set(batched.bookmarks.values()) == {"2026-07-09"}


def test_files_are_cut_at_the_batch_size(sandbox: Serve, tmp_path: Path) -> None:
    """A file is written as soon as it has `batch_size` records, whole pages each."""
    box = sandbox(daily_world("Viewed", "Tapped"))
    batched = run(
        box, start_date="2026-06-10", batch_size=23, batch_config=batches(tmp_path, size=40)
    )
    sizes = [len(lines(path)) for path in files(batched)]
    assert sum(sizes) == 120
    assert all(40 <= size <= 63 for size in sizes[:-1])


def test_a_storage_that_takes_no_file_is_named(sandbox: Serve, tmp_path: Path) -> None:
    """A root that is a file ends the run with one line naming the setting."""
    (tmp_path / "file").write_text("in the way")
    box = sandbox(daily_world("Viewed"))
    failed = failing_run(box, start_date=START, batch_config=batches(tmp_path / "file"))
    assert isinstance(failed.error, OutputClosed)
    assert str(failed.error).startswith("batch_config: ")
    assert "\n" not in str(failed.error)


def test_a_dry_run_writes_no_file(sandbox: Serve, tmp_path: Path) -> None:
    """`--test` reads a record and leaves the storage alone."""
    box = sandbox(daily_world("Viewed"))
    tap = tap_on(box, start_date=START, batch_config=batches(tmp_path))
    tested = captured(tap.run_connection_test)
    assert len(tested.records()) == 1
    assert list(tmp_path.iterdir()) == []


def test_only_nested_columns_become_text() -> None:
    """A Parquet schema keeps its plain columns as they are."""
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": ["object", "null"]},
            "b": {"type": "array"},
            "c": {"type": "integer"},
        },
    }
    columns = text_schema(schema)["properties"]
    assert columns["c"] == {"type": "integer"}
    assert [columns[name]["type"] for name in "ab"] == [["string", "null"]] * 2


def test_parquet_without_its_package_is_a_wrong_setting(
    sandbox: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the setting and what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    box = sandbox(daily_world("Viewed"))
    failed = failing_run(box, start_date=START, batch_config=batches(tmp_path, "parquet"))
    assert str(failed.error) == (
        "batch_config: parquet needs pyarrow; install tap-clevertap[parquet]"
    )


def test_a_number_that_a_float_rounds_goes_into_parquet(sandbox: Serve, tmp_path: Path) -> None:
    """Arrow refuses such an integer for a column of floats; `event_props` keeps its digits."""
    world = World(KOLKATA, people=people(2))
    at = epoch("2026-07-08T10:00:00", KOLKATA)
    for n, value in enumerate((1.5, 12345678901234567)):
        world.add(Event("Paid", at + n, 0, props={"Sum": value}))
    settings: Any = {"start_date": START, "typed_events": ["Paid"]}
    config = batches(tmp_path, "parquet")
    batched = run(sandbox(world), state=None, catalog=None, **settings, batch_config=config)
    [path] = files(batched, "event_paid")
    rows = parquet.read_table(path).to_pylist()
    assert sorted(row["sum"] for row in rows) == [1.5, 12345678901234568.0]
    assert '{"Sum":12345678901234567}' in [row["event_props"] for row in rows]


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Rows are personal data, whatever the umask is."""
    to = BatchConfig.from_dict(
        {"encoding": {"format": "jsonl"}, "storage": {"root": tmp_path.as_uri()}}
    )
    write_file("events", [b"{}"], {"properties": {}}, to)
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_filled_is_removed(tmp_path: Path) -> None:
    """A full disk leaves no orphan that no message names, and says which setting it is."""
    to = BatchConfig.from_dict(
        {"encoding": {"format": "jsonl"}, "storage": {"root": tmp_path.as_uri()}}
    )

    def rows() -> Iterator[bytes]:
        yield b"{}"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputClosed, match="No space left on device"):
        write_file("events", rows(), {"properties": {}}, to)  # type: ignore[arg-type] # read once
    assert list(tmp_path.iterdir()) == []
