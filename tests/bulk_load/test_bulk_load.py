"""BATCH files into DuckDB by its own reader: the same cells as the records, replaced by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from bulk_load.__main__ import main
from bulk_load.bigquery_loader import merge
from bulk_load.messages import BulkError, Column, Stream, read
from tests.loaders.comparison import compare, streams
from tests.support.catalogs import catalog_of
from tests.support.running import run
from tests.support.worlds import hard_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
CATALOG = catalog_of("events", "event_counts", "written_rows")
START = "2026-06-28"


def config(folder: Path, form: str = "jsonl") -> JSON:
    """Return a batch_config of small files below a folder."""
    compression = "gzip" if form == "jsonl" else "none"
    return {
        "encoding": {"format": form, "compression": compression},
        "storage": {"root": folder.as_uri(), "prefix": ""},
        "batch_size": 50,
    }


def written(folder: Path, finished: Run, name: str = "run.jsonl") -> str:
    """Write the output of a run to a file, as a shell would."""
    path = folder / name
    path.write_bytes(b"\n".join(finished.lines) + b"\n")
    return str(path)


def rows(file: Path, table: str) -> list[JSON]:
    """Return the rows of a table."""
    with duckdb.connect(str(file)) as connection:
        cursor = connection.execute(f'SELECT * FROM clevertap."{table}"')  # noqa: S608 - our own
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the warehouse, which the command is told of."""
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("TARGET_DUCKDB_FILEPATH", str(path))
    return path


def test_a_load_has_the_cells_of_the_records(
    sandbox: Serve, tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loaded twice, each key is there once, and each cell is as a record would have it."""
    box = sandbox(hard_world())
    plain = run(box, state=None, catalog=CATALOG, start_date=START)
    batched = run(box, state=None, catalog=CATALOG, start_date=START, batch_config=config(tmp_path))
    output = written(tmp_path, batched)
    for _ in range(2):
        assert main(["duckdb", output]) == 0
    for name, stream in streams(plain).items():
        arrival = compare(name, stream, rows(file, name))
        assert arrival.is_exact, arrival.differing[:5]
    assert "bulk_load: events: 133 rows in" in capsys.readouterr().out


def test_the_last_record_of_a_key_holds(tmp_path: Path, file: Path) -> None:
    """Of two records with one key, in one load or in two, the later one is in the table."""
    for number, texts in enumerate((["first", "second"], ["third"])):
        lines = "".join(json.dumps({"id": "a", "text": text}) + "\n" for text in texts)
        (tmp_path / f"{number}.jsonl").write_text(lines)
        output = tmp_path / f"out-{number}.jsonl"
        output.write_text("\n".join(map(json.dumps, messages(tmp_path / f"{number}.jsonl"))))
        assert main(["duckdb", str(output)]) == 0
        assert rows(file, "things") == [{"id": "a", "text": texts[-1]}]


def messages(path: Path) -> list[JSON]:
    """Return the messages that name a file of `things`."""
    text = {"type": ["string", "null"]}
    schema = {"properties": {"id": text, "text": text}}
    encoding = {"format": "jsonl", "compression": "none"}
    return [
        {"type": "SCHEMA", "stream": "things", "schema": schema, "key_properties": ["id"]},
        {"type": "BATCH", "stream": "things", "encoding": encoding, "manifest": [path.as_uri()]},
        {"type": "STATE", "value": {}},
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("no json", "line 1: not valid JSON; expected a Singer message"),
        ('{"type": "RECORD", "stream": "x", "record": {}}', "line 1: a RECORD; expected BATCH"),
        ('{"type": "STATE", "value": {}}', "no BATCH message in the output"),
    ],
)
def test_another_output_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, problem: str
) -> None:
    """One line says what was expected, and the command ends with 1."""
    path = tmp_path / "out.jsonl"
    path.write_text(content)
    assert main(["duckdb", str(path)]) == 1
    assert problem in capsys.readouterr().err
    assert main(["duckdb", str(tmp_path / "nowhere")]) == 1


def test_parquet_is_refused(sandbox: Serve, tmp_path: Path) -> None:
    """In Parquet files nested columns are text: the loader says which format it takes."""
    settings: JSON = {"start_date": START, "batch_config": config(tmp_path, "parquet")}
    batched = run(sandbox(hard_world()), state=None, catalog=CATALOG, **settings)
    path = tmp_path / written(tmp_path, batched)
    with pytest.raises(BulkError, match=r"batch_config\.encoding\.format: 'parquet'"):
        read([path])


def test_a_broken_file_leaves_the_table_alone(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A load is one transaction: after a failure the earlier rows are all there is."""
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text('{"id": "a", "text": "x"}\n')
    bad.write_text('{"id": "b", "text": "y"}\n{"id": ')
    for path, code in ((good, 0), (bad, 1)):
        output = tmp_path / "out.jsonl"
        output.write_text("\n".join(map(json.dumps, messages(path))))
        assert main(["duckdb", str(output)]) == code
    assert rows(file, "things") == [{"id": "a", "text": "x"}]
    assert "bulk_load: things: cannot be loaded" in capsys.readouterr().err


def test_bigquery_merges_by_key() -> None:
    """One row of each key replaces the table's, or is added."""
    columns = {name: Column(name, "text") for name in ("id", "text")}
    sql = merge("p.d.things", "p.d.things__bulk", Stream("things", columns, ["id"]))
    assert sql == (
        "MERGE `p.d.things` t USING (SELECT * FROM `p.d.things__bulk` WHERE TRUE"
        " QUALIFY row_number() OVER (PARTITION BY `id`) = 1) s ON t.`id` = s.`id`"
        " WHEN MATCHED THEN UPDATE SET `text` = s.`text`"
        " WHEN NOT MATCHED THEN INSERT (`id`, `text`) VALUES (s.`id`, s.`text`)"
    )
