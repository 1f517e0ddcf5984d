"""What a whole process costs, start-up included."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KIB_A_MB = 1000 / 1.024
MEASURES = ("wall", "cpu", "rss")
LOOK_SECONDS = 0.05
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, seconds of CPU (user and system) and the peak of memory in MB.

    All three are of a process with those that it has started; the last is the sum of their peaks.
    """

    wall: float
    cpu: float
    rss: float


class RunFailed(Exception):
    """A process that was to be measured has failed; the text ends with its last words."""


def run(command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command with its output thrown away and return what it cost.

    Raises:
        RunFailed: It did not end well.
    """
    return pipe([command], log, env)[0]


def pipe(
    commands: Sequence[Sequence[str]], log: Path, env: Mapping[str, str] | None = None
) -> list[Cost]:
    """Run commands that feed one another and return what each cost, until its own end.

    Raises:
        RunFailed: One did not end well.
    """
    environment = {**os.environ, **(env or {})}
    started = time.perf_counter()
    with log.open("wb") as errors:
        processes: list[subprocess.Popen[bytes]] = []
        for command in commands:
            is_last = len(processes) == len(commands) - 1
            process = subprocess.Popen(  # noqa: S603 - commands of our own
                command,
                stdin=processes[-1].stdout if processes else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if is_last else subprocess.PIPE,
                stderr=errors,
                env=environment,
            )
            _let_go(processes)
            processes.append(process)
        families = [Family(process.pid) for process in processes]
        costs = [await_end(process, started) for process in processes]
    costs = [
        replace(cost, rss=family.total_mb(cost.rss))
        for cost, family in zip(costs, families, strict=True)
    ]
    for process in processes:
        if process.returncode:
            last = b"\n".join(log.read_bytes().splitlines()[-5:]).decode(errors="replace")
            msg = f"{process.args!r} ended with {process.returncode}:\n{last}"
            raise RunFailed(msg)
    return costs


class Family:
    """The peaks of memory of a process and those that it starts, looked at while it runs.

    On Linux: elsewhere there are none.
    """

    def __init__(self, pid: int) -> None:
        """Begin to look."""
        self._pid = str(pid)
        self._peaks: dict[str, int] = {}
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def total_mb(self, reported: float) -> float:
        """Return the sum of the peaks, after the end of the process.

        What the system has `reported` is that of the greatest among them: of one alone, its own.
        """
        self._thread.join()
        return sum(self._peaks.values()) / KIB_A_MB if len(self._peaks) > 1 else reported

    def _watch(self) -> None:
        while Path(f"/proc/{self._pid}").exists():
            self._look_at(self._pid)
            time.sleep(LOOK_SECONDS)

    def _look_at(self, pid: str) -> None:
        """Note the peak of a process and of those that it, or one of them, has started."""
        folder = Path(f"/proc/{pid}")
        with suppress(OSError):  # it has ended
            if found := PEAK.search((folder / "status").read_text()):
                self._peaks[pid] = int(found[1])
            for children in folder.glob("task/*/children"):
                for child in children.read_text().split():
                    self._look_at(child)


def _let_go(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Leave the pipe to its reader, so that the writer learns when that has gone."""
    if processes and processes[-1].stdout:
        processes[-1].stdout.close()


def await_end(process: subprocess.Popen[bytes], started: float) -> Cost:
    """Wait for a process to end and return what it cost since it was started."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_A_MB)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each measure on its own."""
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in MEASURES))


def in_turns(contenders: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, list[Cost]]:
    """Measure contenders in turns, so that a slow minute of the machine hits all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, contender in contenders.items():
            costs[name].append(contender())
    return costs


def ratio(slow: Sequence[Cost], fast: Sequence[Cost]) -> float:
    """Return how many times as long the slow one took, as the median over paired runs."""
    return median(one.wall / other.wall for one, other in zip(slow, fast, strict=True))
