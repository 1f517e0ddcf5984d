"""Says after the tests how many cases there were, and how their runs ended; returns signals."""

from __future__ import annotations

import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def signals() -> Iterator[None]:
    """Give pytest its signals back, which each tap takes."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the cases have recorded."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    cases = [value for one in reports for name, value in one.user_properties if name == "chaos"]
    if cases:
        runs = sum((Counter(endings) for endings in cases), Counter[str]())
        ended = ", ".join(f"{number} {how}" for how, number in runs.most_common())
        terminalreporter.write_line(f"chaos: {len(cases)} cases, {runs.total()} runs: {ended}")
