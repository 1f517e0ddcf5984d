"""target-csv and target-jsonl write what the tap sends, each run after the other."""

from __future__ import annotations

import csv
import json
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_clevertap.extraction import shared_export
from tests.loaders.comparison import compare, latest, report, streams
from tests.loaders.pipeline import ROOT, Pipeline
from tests.support.needs import only_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from tests.loaders.accounts import HardAccount

pytestmark = only_by("loaders")
Rows = list[dict[str, Any]]
PYTHON_LITERAL = ("{'", "[{'", "['", "Decimal(")


def csv_rows(folder: Path, stream: str) -> Rows:
    """Return the rows of a stream's files in the order of the runs; an empty cell is NULL."""
    files = sorted(folder.glob(f"{stream}-2*.csv"))
    return [row for file in files for row in _csv(file)]


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield {name: value or None for name, value in row.items()}


def jsonl_rows(folder: Path, stream: str) -> Rows:
    """Return the rows of a stream's file."""
    text = (folder / f"{stream}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def assert_exact(
    account: HardAccount, folder: Path, read: Callable[[Path, str], Rows], empty: object
) -> None:
    """Make sure that the last row of each key is what was sent; empty text reads as `empty`."""

    def same(sent: object, found: object) -> bool:
        return sent == found or (sent == "" and found == empty)

    arrivals = [
        compare(name, stream, latest(read(folder, name), stream), same)
        for name, stream in streams(account.records()).items()
    ]
    wrong = [line for one in arrivals for line in one.differing]
    assert all(one.is_exact for one in arrivals), f"{report(arrivals)}\n" + "\n".join(wrong[:10])
    assert sum(one.expected for one in arrivals) > 500


def test_csv_files_hold_json_and_the_last_rows(account: HardAccount, tmp_path: Path) -> None:
    """As meltano.yml has it, nested cells are JSON and no cell is a literal of Python."""
    pipeline = Pipeline("target-csv", tmp_path, account.settings, {"output_path": str(tmp_path)})
    pipeline.run(nested_values="text")
    account.change()
    pipeline.run(nested_values="text")
    assert_exact(account, tmp_path, csv_rows, None)
    cells = [str(cell) for row in csv_rows(tmp_path, "events") for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(PYTHON_LITERAL)]


def test_jsonl_files_hold_the_records(account: HardAccount, tmp_path: Path) -> None:
    """Each run appends to the file of each stream."""
    folder = tmp_path / "files"
    folder.mkdir()
    target = {"destination_path": str(folder)}
    pipeline = Pipeline("target-jsonl", tmp_path, account.settings, target)
    pipeline.run()
    account.change()
    pipeline.run()
    assert_exact(account, folder, jsonl_rows, "")


def test_the_state_of_a_long_run_is_written(
    account: HardAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of more than a minute remembers its pace; a target of the SDK prints such a state."""
    monkeypatch.setattr(shared_export, "LEAST_SECONDS", 0)
    sent = account.records()
    assert "milliseconds_a_request" in str(sent.state)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"output_path": str(tmp_path)}))
    installed = ROOT / ".meltano" / "loaders" / "target-csv" / "venv" / "bin" / "target-csv"
    done = subprocess.run(  # noqa: S603 - the loader that meltano.yml names
        [installed, "--config", config],
        input=b"\n".join(sent.lines) + b"\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == sent.state
