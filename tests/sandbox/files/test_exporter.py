"""Export files of the sandbox, held against the documented forms, not against a reader of ours."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Device, Event, Person, World, shop
from tap_clevertap.sandbox.__main__ import main
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.sandbox.files.exporter import Exporter, ExportOptions, in_file_name

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Asia/Kolkata"
FIRST, LAST = date(2026, 7, 1), date(2026, 7, 3)


def small_world() -> World:
    """Return an account of two events, one of which arrived a day late."""
    world = World(ZONE)
    world.people = [Person([Device("__g1", "Android", {"make": "x"})], "u1", 0, phone=9198)]
    at = epoch("2026-07-01T10:00:00", ZONE)
    world.add(Event("Order Placed", at, 0, props={"n": 1, "Tags": ["a", "b"]}, arrived_at=at))
    world.add(Event("Order Placed", at + 1, 0, props={"n": 'say "hi"\r\n'}, arrived_at=at + 86400))
    return world


def exported(folder: Path, world: World, **options: object) -> dict[str, bytes]:
    """Return the files of events by name, unpacked."""
    Exporter(world, folder, ExportOptions(**options)).export(FIRST, LAST)  # type: ignore[arg-type]
    return {one.name: gzip.decompress(one.read_bytes()) for one in (folder / "events").iterdir()}


def test_a_late_event_is_in_the_run_after_its_arrival(tmp_path: Path) -> None:
    """The day in the name is that of the run; rows are dated by themselves."""
    files = exported(tmp_path, small_world())
    days = {re.findall(r"-(\d{8})-0-0\.csv\.gz$", name)[0]: text for name, text in files.items()}
    assert sorted(days) == ["20260701", "20260702"]
    assert b"20260701100001" in days["20260702"]
    assert all("Order-Placed" in name for name in files)


def test_csv_is_the_documented_one(tmp_path: Path) -> None:
    """Fixed columns first, properties after; lists are printed bare, quotes doubled."""
    texts = [text.decode() for _, text in sorted(exported(tmp_path, small_world()).items())]
    first, second = (list(csv.DictReader(io.StringIO(one, newline=""))) for one in texts)
    assert texts[0].startswith("ts,eventName,profile.identity,profile.objectId,")
    assert first[0]["eventProps.Tags"] == "[a, b]"
    assert (first[0]["profile.objectId"], first[0]["profile.phone"]) == ("", "9198")
    assert second[0]["eventProps.n"] == 'say "hi"\r\n'


@pytest.mark.parametrize("kind", ["json", "json-named"])
def test_json_has_both_shapes(tmp_path: Path, kind: str) -> None:
    """The event's name in each object, or alone in the first line."""
    files = exported(tmp_path, small_world(), format=kind)
    lines = files[min(files)].splitlines()
    if kind == "json-named":
        assert lines.pop(0) == b"Order Placed"
    record = json.loads(lines[0])
    assert record.get("eventName") == (None if kind == "json-named" else "Order Placed")
    assert (record["ts"], record["eventProps"]["n"]) == (20260701100000, 1)


def test_as_string_leaves_no_number(tmp_path: Path) -> None:
    """Times too."""
    files = exported(tmp_path, small_world(), format="json", is_all_strings=True)
    record = json.loads(next(iter(files.values())).splitlines()[0])
    assert record["ts"].isdigit()


def test_names_are_lossy() -> None:
    """Spaces and slashes become hyphens, control characters question marks."""
    assert in_file_name("A b/c\td\x07") == "A-b-c-d?"


def test_the_command_writes_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sub-folder each, with events and profiles."""
    words = ["export", str(tmp_path), "--days", "2", "--people", "5", "--events-per-day", "10"]
    assert main([*words, "--last-day", "2026-07-09", "--object-ids"]) == 0
    assert {one.name for one in tmp_path.iterdir()} == {"csv", "json", "json-named", "parquet"}
    assert {one.name for one in (tmp_path / "csv").iterdir()} == {"events", "profiles"}
    assert capsys.readouterr().out.count("sandbox wrote") == 4


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    """But for the time in gzip's head."""
    worlds = [shop(3, ZONE, LAST, days=3, people=10, events_per_day=20) for _ in range(2)]
    assert exported(tmp_path / "a", worlds[0]) == exported(tmp_path / "b", worlds[1])


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And status 1."""
    (tmp_path / "file").write_text("")
    words = ["export", str(tmp_path / "file"), "--format", "csv", "--days", "1"]
    assert main([*words, "--people", "5", "--events-per-day", "10"]) == 1
    assert "sandbox: cannot write to" in capsys.readouterr().err
