"""Export files: rows a CPU second beside DuckDB's, memory, and two processes beside one."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.accounts import ENVIRONMENT, RowsMissing
from benchmarks.figures import Budget, Figure
from benchmarks.measure import Cost, in_turns, middle, ratio, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.figures import Finding

FILES = 50
HEADERS = 8
PEOPLE = 20_000
TRIAL = "exported CSV"
LEAST_OF_DUCKDB, MOST_MB, LEAST_OF_ONE = 0.4, 250, 1.7
FIXED = (
    "ts,eventName,profile.identity,profile.objectId,profile.all_identities,profile.platform,"
    "profile.phone,profile.name,profile.email,profile.push_token,deviceInfo.make,deviceInfo.model,"
    "deviceInfo.appVersion,deviceInfo.sdkVersion,deviceInfo.osVersion,deviceInfo.browser,"
    "deviceInfo.dpi,deviceInfo.dimensions.width,deviceInfo.dimensions.height,"
    "deviceInfo.dimensions.unit,controlGroupName"
)
DUCKDB = """
import sys, duckdb
files = f"read_csv('{sys.argv[1]}/*.csv.gz', all_varchar=true, union_by_name=true, header=true)"
duckdb.execute("set threads = 1")
duckdb.execute(f"copy (select * from {files}) to '{sys.argv[2]}' (format json)")
"""


def reading(times: int, rows: int, folder: Path) -> Iterator[Finding]:
    """Read so many rows of 50 gzip CSV files of eight headers, by one process, two, and DuckDB."""
    files = folder / "exports"
    write_files(files, rows // FILES)
    total = rows // FILES * FILES
    contenders = {
        "tap, one process": lambda: _tap(folder, files, 1, total),
        "tap, two processes": lambda: _tap(folder, files, 2, total),
        "two taps, half of the files each": lambda: _side_by_side(folder, files, total),
        "DuckDB to JSON lines, one thread": lambda: _duckdb(folder, files),
    }
    costs = in_turns(contenders, times)
    for who, runs in costs.items():
        cost = middle(runs)
        yield Figure(TRIAL, who, times, cost, total / cost.wall)
    one, two, halves, duck = costs.values()
    rates = median(other.cpu / ours.cpu for ours, other in zip(one, duck, strict=True))
    yield Budget("rows a CPU second, of DuckDB's", LEAST_OF_DUCKDB, rates)
    yield Budget("MB of one process", MOST_MB, middle(one).rss, is_most=True)
    yield Budget("MB of two processes and the tap", MOST_MB, middle(two).rss, is_most=True)
    second = ratio(one, halves)
    yield f"{TRIAL}: two taps with half of the files each are {second:.2f} times as fast as one"
    yield Budget("two processes, times one", LEAST_OF_ONE, ratio(one, two))


def write_files(folder: Path, rows: int) -> None:
    """Write 50 files of so many rows; those of one header are alike but for their names."""
    folder.mkdir(parents=True)
    for number in range(FILES):
        name = f"1663664837-1663785000-Event-{number % HEADERS}-20220921-{number}-0.csv.gz"
        if number < HEADERS:
            _write_file(folder / name, number, rows)
        else:
            first = number % HEADERS
            shutil.copy(folder / name.replace(f"-{number}-0.csv", f"-{first}-0.csv"), folder / name)


def _write_file(path: Path, number: int, rows: int) -> None:
    rng = Random(number)  # noqa: S311 - files that are alike each time
    props = [f"eventProps.Property {number} {n}" for n in range(6 + number % 4)]
    with gzip.open(path, "wt", compresslevel=6, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*FIXED.split(","), *props])
        for _ in range(rows):
            at = 20220921000000 + rng.randrange(24) * 10_000 + rng.randrange(3600) % 60
            cells = [_cell(rng) for _ in props]
            writer.writerow([at, f"Event {number}", *_person(rng.randrange(PEOPLE)), *cells])


def _person(n: int) -> list[str]:
    ids = f"[user-{n}, a{n}@example.com, +9198{n:08}]"
    known = [f"user-{n}", "", ids, "Android", f"9198{n:08}", f"Name {n}", f"a{n}@example.com"]
    device = ["samsung", "SM-A546E", "5.2.0", "40300", "14", "MobileApp", "420", "65", "128", "mm"]
    return [*known, f"fcm:{n:048}", *device, ""]


def _cell(rng: Random) -> str:
    number = str(rng.randrange(10**6))
    return rng.choice(("Mobile", number, f"{rng.random():.6f}", "true", f"value, {number}", ""))


def _tap(folder: Path, files: Path, processes: int, rows: int) -> Cost:
    """Read the files as the stream exported_events does."""
    config = {"account_id": "A-B", "passcode": "x", "timezone": "Asia/Kolkata"}
    exports = {"url": str(files), "min_age_minutes": 0, "processes": processes}
    settings, catalog = folder / f"exports-{processes}.json", folder / "exports-catalog.json"
    settings.write_text(json.dumps(config | {"exports": exports}))
    command = [sys.executable, "-m", "tap_clevertap", "--config", str(settings)]
    if not catalog.exists():
        found = subprocess.run(  # noqa: S603 - a command of our own
            [*command, "--discover"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        catalog.write_text(json.dumps(_selecting(json.loads(found.stdout))))
    log = folder / "exports.log"
    cost = run([*command, "--catalog", str(catalog)], log, ENVIRONMENT)
    if f"{rows:,} rows" not in log.read_text():
        msg = f"the tap has not read {rows:,} rows"
        raise RowsMissing(msg)
    return cost


def _side_by_side(folder: Path, files: Path, rows: int) -> Cost:
    """Read half of the files each with two taps that know nothing of each other."""
    halves = [folder / f"half-{number}" for number in range(2)]
    for number, file in enumerate(sorted(files.iterdir())):
        link = halves[number % 2] / "exports" / file.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.hardlink_to(file)
    with ThreadPoolExecutor(2) as pool:
        costs = list(pool.map(lambda half: _tap(half, half / "exports", 1, rows // 2), halves))
    wall = max(one.wall for one in costs)
    return Cost(wall, sum(one.cpu for one in costs), sum(one.rss for one in costs))


def _selecting(catalog: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    chosen = [one for one in catalog["streams"] if one["tap_stream_id"] == "exported_events"]
    return {"streams": chosen}


def _duckdb(folder: Path, files: Path) -> Cost:
    out = folder / "duckdb.json"
    command = [sys.executable, "-c", DUCKDB, str(files), str(out)]
    cost = run(command, folder / "duckdb.log", ENVIRONMENT)
    out.unlink()
    return cost
