"""The real command, and real signals at random moments."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import Faults, Sandbox, shop
from tap_clevertap.tap import TapClevertap
from tests.chaos.case import yesterday
from tests.chaos.target import Target, happened
from tests.support.processes import HANG_GUARD, started, unmeasured
from tests.support.running import EVENTS_ONLY
from tests.support.telling import assert_nothing_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.processes import Process

ZONE = "Asia/Kolkata"
DAYS = 6
OUTPUT = 400_000
"""Most that is read before the signal, of the 600 kB that a whole run writes."""
SIP = 4096
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CODES = {signal.SIGKILL: (-9,), signal.SIGTERM: (143,), signal.SIGINT: (130,)}
GENTLE = {"short_page": 0.3, "empty_page": 0.3}
"""Faults after which nobody has to wait."""


class Command:
    """The command line, reading a sandbox into a target."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self.box = box
        self.folder = folder
        self.target = Target()
        self.first = yesterday(box) - timedelta(days=DAYS - 1)
        config = {
            "account_id": box.account_id,
            "passcode": box.passcode,
            "api_url": box.url,
            "timezone": ZONE,
            "start_date": str(self.first),
            "batch_size": 46,
        }
        self._write("config", config)
        self._write("catalog", _catalog(config))

    def run(self, kill: signal.Signals | None = None, after: int = 0) -> int:
        """Run to the end, or send a signal once `after` bytes were read; return the exit code."""
        self._write("state", self.target.state)
        files = [f"--{name}={self.folder / name}.json" for name in ("config", "catalog", "state")]
        command = [sys.executable, "-m", "tap_clevertap", *files]
        log = self.folder / "log"
        with log.open("wb") as stderr, started(command, stderr=stderr, env=unmeasured()) as process:
            output = b"".join(_read(process, after))
            if kill is not None:
                process.send_signal(kill)
            output += process.communicate(timeout=HANG_GUARD)[0]
        assert_nothing_told([*output.splitlines(), *log.read_bytes().splitlines()])
        self.target.take(output, yesterday(self.box))
        is_whole = output.endswith(b"\n") or not output
        assert is_whole or process.returncode == -signal.SIGKILL
        return process.returncode

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(content))


def _catalog(config: dict[str, Any]) -> dict[str, Any]:
    """Return a catalog that selects no more than the streams of interest."""
    streams = list(TapClevertap(config=config).catalog_dict["streams"])
    for stream in streams:
        root = next(one for one in stream["metadata"] if not one["breadcrumb"])
        root["metadata"]["selected"] = stream["stream"] in EVENTS_ONLY
    return {"streams": streams}


def _read(process: Process, most: int) -> Iterator[bytes]:
    assert process.stdout is not None
    while most > 0 and (some := os.read(process.stdout.fileno(), min(most, SIP))):
        most -= len(some)
        yield some


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("signals")
def test_a_killed_command_loses_nothing_on_the_next_run(seed: int, tmp_path: Path) -> None:
    """SIGTERM and SIGINT end red and whole, SIGKILL anyhow; in the end each event is there."""
    rng = Random(seed)  # noqa: S311 - dice, no secret
    today = datetime.now(tz=None).astimezone().date()
    world = shop(seed, ZONE, today - timedelta(days=1), DAYS, people=30, events_per_day=150)
    with Sandbox(world, faults=Faults(seed, **GENTLE)) as box:
        command = Command(box, tmp_path)
        for kill in rng.sample(KILLS, len(KILLS)):
            code = command.run(kill, rng.randrange(OUTPUT))
            assert code in {0, *CODES[kill]}
        assert command.run() == 0
        wanted = happened(box, command.first, yesterday(box))
        assert command.target.events() == wanted
