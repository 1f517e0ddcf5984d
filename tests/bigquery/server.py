"""The emulator in a process of its own, and its tables as Python's values."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.loaders.pipeline import ROOT
from tests.loaders.postgres import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = ROOT / ".venv-bigquery" / "bin" / "python"
PROJECT, DATASET = "p", "clevertap"
TRIES, PAUSE = 240, 0.5
LATEST = 10**11
"""More than the seconds of any instant."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BigQuery:
    """A running emulator; `folder` has its key file and takes the file `fail`."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """The address of the emulator, for BIGQUERY_EMULATOR_HOST."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def target(self) -> dict[str, Any]:
        """The settings of target-bigquery beside those of meltano.yml."""
        key = self.folder / "key.json"
        return {"project": PROJECT, "dataset": DATASET, "credentials_path": str(key)}

    def fail_next_load(self) -> None:
        """Let the next load job into the table of events fail."""
        (self.folder / "fail").touch()

    def ask(self, sql: str) -> Rows:
        """Return the rows of a query."""
        answer = requests.post(
            f"{self.url}/bigquery/v2/projects/{PROJECT}/queries",
            json={"query": sql, "useLegacySql": False, "maxResults": 100_000},
            timeout=60,
        ).json()
        assert "rows" in answer or answer.get("totalRows") == "0", answer
        fields = answer["schema"]["fields"]
        return [
            {
                one["name"]: _value(cell["v"], one)
                for one, cell in zip(fields, row["f"], strict=True)
            }
            for row in answer.get("rows", [])
        ]

    def rows(self, table: str) -> Rows:
        """Return the rows of a table."""
        return self.ask(f"SELECT * FROM `{PROJECT}.{DATASET}.{table}`")  # noqa: S608 - our own

    def types(self, table: str) -> dict[str, str]:
        """Return the type of each column; repeated ones are lists."""
        answer = requests.get(
            f"{self.url}/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables/{table}",
            timeout=60,
        ).json()
        kinds = {
            one["name"]: (one["type"].upper(), one["mode"]) for one in answer["schema"]["fields"]
        }
        return {
            name: f"ARRAY<{kind}>" if mode == "REPEATED" else kind
            for name, (kind, mode) in kinds.items()
        }


def _value(value: Any, field: dict[str, Any]) -> Any:  # noqa: ANN401 - any cell
    if field.get("mode") == "REPEATED":
        return [one["v"] for one in value] or None
    if value is not None and field["type"] == "TIMESTAMP":
        number = float(value)  # seconds, or microseconds
        return EPOCH + timedelta(microseconds=round(number if number > LATEST else number * 10**6))
    return value


@contextmanager
def running(folder: Path) -> Iterator[BigQuery]:
    """Start an emulator; it ends with the block."""
    port, token_port = free_port(), free_port()
    _write_key(folder / "key.json", token_port)
    script = Path(__file__).with_name("emulator.py")
    with (
        (folder / "emulator.log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [PYTHON, script, str(folder), str(port), str(token_port)],
            env={**os.environ, "HOME": str(folder), "PYTHONPATH": ""},
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            server = BigQuery(port, folder)
            _await(server, process)
            yield server
        finally:
            process.terminate()
            process.wait()


def _await(server: BigQuery, process: subprocess.Popen[bytes]) -> None:
    for _ in range(TRIES):
        assert process.poll() is None, (server.folder / "emulator.log").read_text()
        try:
            server.ask("SELECT 1 AS one")
        except requests.ConnectionError:
            time.sleep(PAUSE)
        else:
            return
    raise AssertionError((server.folder / "emulator.log").read_text())


def _write_key(path: Path, token_port: int) -> None:
    """Write a key file as Google's, whose tokens the emulator's process gives."""
    key = subprocess.run(
        ["openssl", "genrsa", "2048"],  # noqa: S607 - whichever there is
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    content = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "any",
        "private_key": key,
        "client_email": f"tests@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"http://127.0.0.1:{token_port}/token",
    }
    path.write_text(json.dumps(content))
