"""Export files that are odd, broken, late or cut short by a kill."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import FilesFailed, StreamsFailed
from tap_clevertap.sandbox import shop
from tap_clevertap.tap import TapClevertap
from tests.support.catalogs import CONFIG, catalog_of
from tests.support.exports import (
    HEAD,
    by_id,
    envelope,
    export,
    put,
    read_exports,
    rows,
    tap_of,
    try_exports,
)
from tests.support.processes import started
from tests.support.running import captured
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from pathlib import Path

JSON = dict[str, Any]
CSV_NAME = f"{HEAD}-Viewed-20260701-{{}}-0.csv.gz"
CSV = 'ts,eventName,eventProps.n\n20260701120000,Viewed,1\n20260701120001,Viewed,"a ""b""\r\nc"\n'
HARD = (
    "ts,eventName,profile.identity,eventProps.Code,eventProps.Order,eventProps.Tags\r\n"
    '20260701120000,Viewed,00123,00123,12345678901234567,"[a, b]"\r\n'
    '20260701120001,Viewed,,,,"say ""hi""\r\nthere"\r\n'
)
TURNED = (
    "eventProps.Order,profile.identity,eventName,ts,eventProps.Other\n"
    "12345678901234568,00124,Viewed,20260701120002,x\n"
)


def names(found: list[JSON]) -> list[str]:
    """Return the files that rows came from, once each, in order."""
    return sorted({one["file"] for one in found})


def number(place: int) -> str:
    """Return the name of a file."""
    return CSV_NAME.format(place)


def test_headers_in_another_order_and_hard_cells(tmp_path: Path) -> None:
    """Each file has its own header; zeros, digits, quotes and line breaks are as they were."""
    put(tmp_path, number(0), HARD, is_gzip=True)
    put(tmp_path, number(1), TURNED, is_gzip=True)
    found = sorted(rows(read_exports(tmp_path)), key=lambda one: str(one["ts"]))
    assert [one["event_props"] for one in found] == [
        {"Code": "00123", "Order": "12345678901234567", "Tags": ["a", "b"]},
        {"Tags": 'say "hi"\r\nthere'},
        {"Order": "12345678901234568", "Other": "x"},
    ]
    assert [one["identity"] for one in found] == ["00123", None, "00124"]
    assert [one["line"] for one in found] == [1, 2, 1]


@pytest.mark.parametrize("state_of", ["first", "middle", "last"])
def test_a_cut_file_is_an_error_that_names_it_and_the_others_go_on(
    tmp_path: Path, state_of: str
) -> None:
    """What had come of it is told; it is tried again by each run, and no other file is."""
    broken = {"first": 0, "middle": 1, "last": 2}[state_of]
    for place in range(3):
        put(tmp_path, number(place), CSV, is_gzip=True)
    whole = (tmp_path / number(broken)).read_bytes()
    (tmp_path / number(broken)).write_bytes(whole[:-12])
    finished = try_exports(tmp_path)
    assert isinstance(finished.error, FilesFailed)
    assert f"{number(broken)}: is cut off or corrupt" in str(finished.error)
    assert {number(place) for place in range(3) if place != broken} <= set(names(rows(finished)))
    again = try_exports(tmp_path, state=finished.state)
    assert isinstance(again.error, FilesFailed)
    assert set(names(rows(again))) <= {number(broken)}
    (tmp_path / number(broken)).write_bytes(whole)
    healed = read_exports(tmp_path, state=again.state)
    assert names(rows(healed)) == [number(broken)]
    assert not rows(read_exports(tmp_path, state=healed.state))


def test_rows_of_a_file_that_is_cut_far_in_are_told(tmp_path: Path) -> None:
    """They were written before it was known: their ids are those of the whole file's rows."""
    many = "ts,eventName,eventProps.n\n" + "".join(
        f"{20260701000000 + n % 60},Viewed,{n}{'x' * 1000}\n" for n in range(2_000)
    )
    put(tmp_path, number(0), many, is_gzip=True)
    whole = {one["event_id"] for one in rows(read_exports(tmp_path))}
    content = (tmp_path / number(0)).read_bytes()
    (tmp_path / number(0)).write_bytes(content[: len(content) // 2])
    finished = try_exports(tmp_path)
    ids = {one["event_id"] for one in rows(finished)}
    assert 0 < len(ids) < len(whole)
    assert ids < whole
    assert f"after {len(ids):,} rows that were written" in str(finished.error)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (number(0), "a,b\n1,2\n", "is not an export of events"),
        (number(0), "ts,eventName\n20260701120000\n", "record 1 has 1 cells, the header has 2"),
        (number(0), "ts,eventName\n20260701120000,\n", "record 1 has no eventName"),
        (f"{HEAD}-A-20260701-0-0.json.gz", '{"eventName":"A"}\n{"eve', "record 2 is cut off"),
        (f"{HEAD}-A-20260701-0-0.parquet", "PAR1", "is not a whole Parquet file"),
        (f"{HEAD}-A-20260701-0-0.xml.gz", "<root/>", "XML exports are not read; expected csv"),
    ],
)
def test_a_broken_file_is_one_line(
    tmp_path: Path, name: str, content: str, said: str, processes: int
) -> None:
    """It names the file and what is wrong with it; the same from another process."""
    put(tmp_path, name, content)
    finished = try_exports(tmp_path, exports={"processes": processes})
    assert isinstance(finished.error, FilesFailed)
    assert f"{name}: " in str(finished.error)
    assert said in str(finished.error)
    assert "\n" not in str(finished.error)


def test_an_empty_file_has_no_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is no error: there was nothing to export; it is told."""
    put(tmp_path, number(0), "")
    put(tmp_path, number(1), "", is_gzip=True)
    put(tmp_path, number(2), "ts,eventName\n", is_gzip=True)
    finished = read_exports(tmp_path)
    assert not rows(finished)
    assert f"{number(0)} has no rows: it is empty" in caplog.text
    assert not rows(read_exports(tmp_path, state=finished.state))


def test_unknown_names_are_told_and_read_where_they_are_exports(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file of somebody's own among them is no reason to fail."""
    put(tmp_path, "own.csv", CSV)
    put(tmp_path, "sales.csv", "shop,amount\nx,1\n")
    put(tmp_path, "_SUCCESS", "")
    put(tmp_path, "notes.txt", "hello")
    found = rows(read_exports(tmp_path))
    assert names(found) == ["own.csv"]
    assert "4 files have names that CleverTap's exports do not have" in caplog.text
    assert "sales.csv has no rows: it is neither" in caplog.text


def test_only_the_format_asked_for_is_read(tmp_path: Path) -> None:
    """For a bucket in which several exports of the same days lie."""
    put(tmp_path, number(0), CSV, is_gzip=True)
    line = '{"eventName":"Viewed","ts":20260701120000}'
    put(tmp_path, f"{HEAD}-Viewed-20260701-0-0.json.gz", line, is_gzip=True)
    assert len(rows(read_exports(tmp_path, exports={"format": "json"}))) == 1
    assert len(rows(read_exports(tmp_path))) == 3


def test_young_files_wait(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever writes them may not be done; a later run has them."""
    caplog.set_level("INFO")
    put(tmp_path, number(0), CSV, is_gzip=True)
    now = int(time.time())
    finished = read_exports(tmp_path, at=now + 60)
    assert not rows(finished)
    assert "1 files wait to be 60 minutes old" in caplog.text
    assert rows(read_exports(tmp_path, at=now + 3700, state=finished.state))
    assert rows(read_exports(tmp_path, at=now + 60, exports={"min_age_minutes": 0}))


def test_a_file_that_comes_late_with_an_older_date_is_read(tmp_path: Path) -> None:
    """Neither the date in its name nor that of its copy keeps it out; rows are dated by `ts`."""
    put(tmp_path, number(5), CSV, is_gzip=True)
    state = read_exports(tmp_path).state
    late = put(tmp_path, f"{HEAD}-Viewed-20260101-0-0.csv.gz", CSV, is_gzip=True)
    os.utime(late, (0, 0))
    finished = read_exports(tmp_path, state=state)
    assert names(rows(finished)) == [late.name]
    assert {one["event_date"] for one in rows(finished)} == {"2026-07-01"}


def test_without_the_setting_there_are_no_such_streams() -> None:
    """Nobody who reads the API alone has them in the catalog."""
    config = {name: value for name, value in CONFIG.items() if name != "exports"}
    tap = TapClevertap(config=config, parse_env_config=False)
    assert not {name for name in tap.streams if name.startswith("exported")}


def test_a_failed_file_fails_the_stream_alone_where_that_is_wished(tmp_path: Path) -> None:
    """skip_failed_streams holds here too."""
    put(tmp_path, number(0), "a,b\n", is_gzip=True)
    put(tmp_path, "profiles/100000000-1761651721-1761651721-0.csv", "identity\nu1\n")
    finished = try_exports(
        tmp_path, "exported_events", "exported_profiles", skip_failed_streams=True
    )
    assert isinstance(finished.error, StreamsFailed)
    assert len(finished.records("exported_profiles")) == 1


def test_batch_files_have_the_same_rows(tmp_path: Path) -> None:
    """The bookmark waits for the file that has a file's rows."""
    put(tmp_path, number(0), CSV, is_gzip=True)
    out = tmp_path / "out"
    out.mkdir()
    batch = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": out.as_uri()},
    }
    finished = read_exports(tmp_path, exports={"url": str(tmp_path)})
    batched = captured(
        tap_of(tmp_path, exports={"url": str(tmp_path)}, batch_config=batch).sync_all
    )
    [file] = out.glob("*.jsonl.gz")
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert by_id(lines) == by_id(rows(finished))
    assert batched.state == finished.state


@pytest.mark.parametrize("processes", [1, 2])
def test_a_kill_in_mid_file_loses_nothing(tmp_path: Path, processes: int) -> None:
    """What was read before it and by the run after it are all rows, with the same ids."""
    world = shop(3, KOLKATA, date(2026, 7, 9), days=8, people=40, events_per_day=300)
    folder = tmp_path / "exports"
    export(world, folder, date(2026, 7, 2), date(2026, 7, 9), rows_per_file=150)
    whole = by_id(rows(read_exports(folder)))
    before, state = killed_run(tmp_path, folder, processes, after=700)
    assert 0 < len(before) < len(whole)
    after = rows(read_exports(folder, state=state))
    assert processes > 1 or len(after) < len(whole)  # several may all be at their first files
    union = {one["event_id"]: one for one in before + after}
    assert [envelope(one) for one in by_id(list(union.values()))] == [envelope(o) for o in whole]


def killed_run(tmp_path: Path, folder: Path, processes: int, after: int) -> tuple[list[JSON], JSON]:
    """Kill a tap as soon as so many of its lines are there; return its rows and last state."""
    config: JSON = CONFIG | {"timezone": KOLKATA, "api_url": "http://127.0.0.1:9"}
    config["exports"] = {"url": str(folder), "min_age_minutes": 0, "processes": processes}
    paths = [tmp_path / "config.json", tmp_path / "catalog.json"]
    for path, content in zip(paths, (config, catalog_of("exported_events")), strict=True):
        path.write_text(json.dumps(content))
    command = [sys.executable, "-m", "tap_clevertap", "--config", str(paths[0])]
    with started([*command, "--catalog", str(paths[1])]) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
    messages = [json.loads(line) for line in lines if line.endswith(b"\n")]
    states = [one["value"] for one in messages if one["type"] == "STATE"]
    return [one["record"] for one in messages if one["type"] == "RECORD"], [{}, *states][-1]
