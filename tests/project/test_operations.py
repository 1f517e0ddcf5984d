"""The examples of docs/operations.md, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.processes import HANG_GUARD
from tests.support.running import config_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
BASH = shutil.which("bash") or ""
TARGET = """#!{python}
import json, os, sys
lines = [json.loads(line) for line in sys.stdin]
if os.environ.get("BREAKS"):
    sys.exit(7)
with open("rows.jsonl", "a") as rows:
    rows.writelines(json.dumps(one["record"]) + "\\n" for one in lines if one["type"] == "RECORD")
states = [one["value"] for one in lines if one["type"] == "STATE"]
if states:
    print(json.dumps(states[-1]))
"""
COUNTED = '#!/bin/sh\necho "$@" >> {name}.log\n'


def example(heading: str, language: str) -> str:
    """Return the code below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


class Machine:
    """A folder with the script of the page, and commands before all others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        self.command("tap-clevertap", f'#!/bin/sh\nexec {sys.executable} -m tap_clevertap "$@"\n')
        self.command("target-jsonl", TARGET.format(python=sys.executable))
        self.command("sleep", COUNTED.format(name="sleep"))
        (folder / "job").write_text(example("cron", "bash"))

    def command(self, name: str, script: str) -> None:
        """Put a command there."""
        path = self.folder / "bin" / name
        path.write_text(script)
        path.chmod(0o755)

    def run(self, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the script as cron does."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(  # noqa: S603 - a script of our own page
            [BASH, "job"],
            cwd=self.folder,
            env=os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)} | env,
            capture_output=True,
            text=True,
            timeout=HANG_GUARD,
            check=False,
        )

    def rows(self) -> int:
        """Return how many rows of events the target has."""
        return (self.folder / "rows.jsonl").read_text().count('"event_id"')

    def slept(self) -> list[str]:
        """Return what was waited for."""
        file = self.folder / "sleep.log"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def box(sandbox: Serve) -> Sandbox:
    """Give a small account."""
    return sandbox()


@pytest.fixture
def machine(tmp_path: Path, box: Sandbox) -> Machine:
    """Give a machine whose tap reads the account."""
    machine = Machine(tmp_path)
    settings = config_for(box, events=["Viewed"], start_date="2026-07-01")
    (tmp_path / "config.json").write_text(json.dumps(settings))
    return machine


def test_the_script_for_cron_begins_and_goes_on(machine: Machine) -> None:
    """The first run needs no state file; the second begins where the first ended."""
    first = machine.run()
    assert first.returncode == 0, first.stderr
    state = json.loads((machine.folder / "state.json").read_text())
    assert state["bookmarks"]["events"]
    rows = machine.rows()
    assert rows > 0
    second = machine.run()
    assert second.returncode == 0, second.stderr
    assert machine.rows() == rows  # nothing is newer, and the look-back has no rows
    assert machine.slept() == []


def test_the_script_for_cron_fails_with_its_target(machine: Machine) -> None:
    """A target that fails is tried three times, and the state stays as it was."""
    done = machine.run(BREAKS="1")
    assert done.returncode == 1
    assert machine.slept() == ["300", "600"]
    assert (machine.folder / "state.json").read_text() == "{}\n"
    assert machine.run().returncode == 0


def test_the_script_for_cron_does_not_repeat_a_wrong_setting(machine: Machine) -> None:
    """It ends with the tap's exit code, at once."""
    wrong = {"account_id": "A", "passcode": "x", "timezone": "Asia/Kolkatta"}
    (machine.folder / "config.json").write_text(json.dumps(wrong))
    done = machine.run()
    assert (done.returncode, machine.slept()) == (2, [])
    assert "timezone" in done.stderr


class AirflowError(Exception):
    """Ends an attempt; others follow."""


class NoRetryError(AirflowError):
    """Ends the task."""


class DagsterError(Exception):
    """Ends an attempt."""

    def __init__(self, text: str, *, allow_retries: bool) -> None:
        super().__init__(text)
        self.allow_retries = allow_retries


def decorated(**_: object) -> Callable[[Any], Any]:
    """Return a decorator that changes nothing."""
    return lambda function: function


def module(monkeypatch: pytest.MonkeyPatch, name: str, **names: object) -> None:
    """Put a module in the place of a package that is not installed here."""
    found = types.ModuleType(name)
    vars(found).update(names)
    monkeypatch.setitem(sys.modules, name, found)


@pytest.fixture
def task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str, int, dict[str, Any] | None], None]:
    """Give what runs an orchestrator's example beside a Meltano that ends so."""
    monkeypatch.chdir(tmp_path)
    module(monkeypatch, "airflow")
    module(monkeypatch, "airflow.decorators", task=decorated)
    errors = {"AirflowException": AirflowError, "AirflowFailException": NoRetryError}
    module(monkeypatch, "airflow.exceptions", **errors)
    module(monkeypatch, "dagster", Failure=DagsterError, RetryPolicy=dict, op=decorated)

    def run(heading: str, code: int, summary: dict[str, Any] | None) -> None:
        file = tmp_path / "run_summary.json"
        file.write_text(json.dumps({"exit_code": 3, "error": "of the run before"}))

        def meltano(_: list[str]) -> subprocess.CompletedProcess[str]:
            if summary is not None:
                file.write_text(json.dumps(summary))
            return subprocess.CompletedProcess([], code)

        monkeypatch.setattr(subprocess, "run", meltano)
        names: dict[str, Any] = {}
        exec(example(heading, "python"), names)  # noqa: S102 - our own page
        names["clevertap"]()

    return run


@pytest.mark.parametrize("heading", ["Airflow", "Dagster"])
@pytest.mark.parametrize(
    ("summary", "repeats", "text"),
    [
        ({"exit_code": 1, "error": "timed out"}, True, "timed out"),
        ({"exit_code": 3, "error": "days differ"}, False, "days differ"),
        ({"exit_code": 2, "error": "events: wrong"}, False, "events: wrong"),
        ({"exit_code": 0, "error": None}, True, "the target failed"),
        (None, True, "a setting is wrong"),
    ],
)
def test_an_orchestrator_repeats_what_may_pass(
    task: Callable[[str, int, dict[str, Any] | None], None],
    *,
    heading: str,
    summary: dict[str, Any] | None,
    repeats: bool,
    text: str,
) -> None:
    """The tap's failure by its summary; the target's, and a run that left none, as any other."""
    with pytest.raises((AirflowError, DagsterError), match=text) as raised:
        task(heading, 1, summary)
    error = raised.value
    assert repeats is getattr(error, "allow_retries", not isinstance(error, NoRetryError))


@pytest.mark.parametrize("heading", ["Airflow", "Dagster"])
def test_a_good_run_is_a_good_task(
    task: Callable[[str, int, dict[str, Any] | None], None], heading: str
) -> None:
    """Nothing is raised."""
    task(heading, 0, {"exit_code": 0, "error": None})
