"""Runs dbt, and reads the warehouse through it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROJECT = "transform"
OF_MELTANO = Path(".meltano/utilities/dbt-duckdb/venv/bin/dbt")
MARK = "rows: "
TAIL = 15

Row = dict[str, str | None]
"""Values by column, as the warehouse prints them."""
Tables = dict[str, list[Row]]


class DbtError(Exception):
    """dbt is missing, or has failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one node: `status` is pass, warn, fail, error, skipped or success."""

    name: str
    status: str
    failures: int
    relation: str | None
    message: str


@dataclass(frozen=True)
class Dbt:
    """The dbt of the project, by its command."""

    command: tuple[str, ...]

    @classmethod
    def find(cls, command: str | None = None) -> Dbt:
        """Return the dbt that is asked for, else REPORTS_DBT, else Meltano's, else that of PATH.

        Raises:
            DbtError: There is none.
        """
        named = shlex.split(command or os.environ.get("REPORTS_DBT", ""))
        meltanos = [str(OF_MELTANO)] if OF_MELTANO.exists() else []
        words = named or meltanos or ["dbt"]
        if shutil.which(words[0]) is None:
            msg = (
                f"dbt: {words[0]!r} is not a program; expected the path of dbt, or Meltano's own "
                "after `meltano install utility dbt-duckdb`"
            )
            raise DbtError(msg)
        return cls(tuple(words))

    def tables(self, models: Iterable[str]) -> Tables:
        """Return the rows of some models."""
        return self._rows("export_rows", {"models": sorted(models)})

    def relations(self, relations: Mapping[str, str]) -> Tables:
        """Return the rows of some tables, by names of the caller's own."""
        return self._rows("export_relations", {"relations": dict(relations)})

    def operation(self, macro: str, arguments: Mapping[str, object]) -> str:
        """Run a macro and return what it prints."""
        return self.run("run-operation", macro, "--args", json.dumps(arguments))

    def test(self, selector: str) -> list[Result]:
        """Run some tests and return what came of each; tests that find something are no error."""
        self.run("test", "--select", selector)
        folder = Path(os.environ.get("DBT_TARGET_PATH") or f"{_folder('DBT_PROJECT_DIR')}/target")
        report = json.loads((folder / "run_results.json").read_text(encoding="utf-8"))
        return [_result(one) for one in report["results"]]

    def run(self, *words: str) -> str:
        """Run dbt and return its output.

        Raises:
            DbtError: It ended otherwise than well.
        """
        finished = subprocess.run(  # noqa: S603 - the user's own dbt
            [*self.command, "--quiet", *words],
            env=os.environ
            | {name: _folder(name) for name in ("DBT_PROJECT_DIR", "DBT_PROFILES_DIR")},
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode and not _found_something(words, finished.returncode):
            tail = "\n".join((finished.stdout + finished.stderr).splitlines()[-TAIL:])
            msg = f"dbt {words[0]} ended with {finished.returncode}; the end of its output:\n{tail}"
            raise DbtError(msg)
        return finished.stdout

    def _rows(self, macro: str, arguments: Mapping[str, object]) -> Tables:
        for line in self.operation(macro, arguments).splitlines():
            if line.startswith(MARK):
                tables: Tables = json.loads(line.removeprefix(MARK))
                return tables
        msg = f"dbt: {macro} has printed no rows"
        raise DbtError(msg)


def _folder(variable: str) -> str:
    return os.environ.get(variable) or PROJECT


def _found_something(words: tuple[str, ...], code: int) -> bool:
    """Tell whether tests ran and some failed, which their results say better."""
    return words[0] == "test" and code == 1


def _result(one: dict[str, object]) -> Result:
    return Result(
        name=str(one["unique_id"]).split(".")[2],
        status=str(one["status"]),
        failures=int(str(one.get("failures") or 0)),
        relation=str(one["relation_name"]) if one.get("relation_name") else None,
        message=str(one.get("message") or ""),
    )
