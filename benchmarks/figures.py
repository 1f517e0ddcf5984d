"""What was found, and how it is shown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.measure import Cost

CPUS = Path("/proc/cpuinfo")
PACKAGES = ("tap-clevertap", "singer-sdk", "msgspec", "requests")
HEADS = ("trial", "who", "runs", "wall s", "CPU s", "peak MB", "rows/s")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `rate` is rows a second."""

    trial: str
    who: str
    runs: int
    cost: Cost
    rate: float


@dataclass(frozen=True, slots=True)
class Budget:
    """A promise and what came of it; `most` tells that it is an upper bound."""

    what: str
    wanted: float
    found: float
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the promise holds."""
        return self.found <= self.wanted if self.is_most else self.found >= self.wanted


Finding = Figure | Budget | str
"""A line of a table; as text, something that is to be said."""


def machine() -> str:
    """Describe what the figures were taken on."""
    names = [
        line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")
    ]
    name = names[0] if names else platform.machine()
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}; "
        f"Python {platform.python_version()}, {packages}"
    )


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """Yield the lines of a table of medians, as Markdown."""
    yield _line(HEADS)
    yield _line(["---"] * 2 + ["--:"] * (len(HEADS) - 2))
    for one in figures:
        cost = one.cost
        numbers = f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.rss:.0f}", f"{one.rate:,.0f}"
        yield _line([one.trial, one.who, str(one.runs), *numbers])


def promises(budgets: Iterable[Budget]) -> Iterator[str]:
    """Yield the lines of a table of what was promised and found, as Markdown."""
    yield _line(("budget", "wanted", "found", ""))
    yield _line(("---", "--:", "--:", "---"))
    for one in budgets:
        bound = "≤" if one.is_most else "≥"
        verdict = "met" if one.is_met else "missed"
        yield _line((one.what, f"{bound} {one.wanted:g}", f"{one.found:.3g}", verdict))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cpu_lines() -> list[str]:
    return CPUS.read_text().splitlines() if CPUS.exists() else []
