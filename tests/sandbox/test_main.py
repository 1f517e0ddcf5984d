"""The command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from tap_clevertap.sandbox import Faults
from tap_clevertap.sandbox.__main__ import main
from tests.support.processes import HANG_GUARD, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = ("--days", "2", "--people", "10", "--events-per-day", "20")


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a running sandbox and the line it said."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-m", "tap_clevertap.sandbox", *SMALL, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=unmeasured() | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_stop(number: signal.Signals) -> None:
    """One line says where; the end is clean."""
    with running("--port", "0", "--fault", "miscount=3") as (process, line):
        found = re.fullmatch(
            r"sandbox listening on (http://127\.0\.0\.1:\d+) "
            r"account_id=TEST-SANDBOX passcode=sandbox-passcode\n",
            line,
        )
        assert found
        assert requests.get(f"{found[1]}/sandbox/health", timeout=HANG_GUARD).ok
        process.send_signal(number)
        out, err = process.communicate(timeout=HANG_GUARD)
        assert (process.returncode, out, err) == (0, "", "")


INTERRUPTED = """
import os, signal, sys
from threading import Timer
from tap_clevertap.sandbox.__main__ import stop_requests
for step in range(1, 16):
    requests, steps = stop_requests(), iter(range(1, step + 1))
    def interrupt(*_):
        if next(steps, None) == step:
            signal.raise_signal(signal.SIGINT)
    Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()  # where there are fewer steps
    sys.setprofile(interrupt)
    requests.get()
    sys.setprofile(None)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
"""Interrupts the wait for a signal at its first step, its second, and so on."""


def test_a_signal_may_come_when_the_wait_for_it_begins() -> None:
    """A lock that the wait holds is none that the handler needs: that hung, once in a while."""
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, check=False, timeout=HANG_GUARD, env=unmeasured())  # noqa: S603 - our own
    assert done.returncode == 0


def test_a_taken_port_is_one_line_and_1() -> None:
    """It names the port."""
    with running("--port", "0") as (_, line):
        port = line.split()[3].rpartition(":")[2]
        with running("--port", port) as (late, said):
            _, err = late.communicate(timeout=HANG_GUARD)
    assert said == ""
    assert late.returncode == 1
    assert re.fullmatch(rf"sandbox: cannot listen on 127\.0\.0\.1:{port}: .*in use\n", err)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "x"], "--port: 'x' is no port"),
        (["--port", "65536"], "--port: '65536' is no port"),
        (["--people", "0"], "--people: '0' is no positive number"),
        (["--latency", "-1"], "--latency"),
        (["--latency", "nan"], "--latency: 'nan' is no number of seconds"),
        (["--timezone", "Mars/Olympus"], "--timezone: 'Mars/Olympus' is no time zone"),
        (["--last-day", "yesterday"], "--last-day: 'yesterday' is no day"),
        (["--fault", "rest=1"], "unknown fault 'rest'; known are"),
        (["--fault", "reset"], "fault reset takes a number"),
        (["--fault", "reset=often"], "--fault"),
        (["--nothing"], "--nothing"),
    ],
)
def test_a_wrong_argument_is_one_line_and_2(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the argument and what was given."""
    with pytest.raises(SystemExit) as left:
        main(options)
    err = capsys.readouterr().err
    assert left.value.code == 2
    assert words in err
    assert err.count("\n") == 1


def test_faults_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with what it does."""
    assert main(["--list-faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == sorted(Faults.NAMES)
