"""Has each page built by a second process, however small it is and however idle the tap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clevertap.extraction.processes import rows_ahead
from tap_clevertap.extraction.processes.pipes import PipedProcess
from tap_clevertap.extraction.worker_pool import WorkerPool

if TYPE_CHECKING:
    import pytest

    from tap_clevertap.records.events import BuiltRows


@dataclass
class Watch:
    """The processes that were started, and how many pages they have given back."""

    processes: list[PipedProcess] = field(default_factory=list)
    pages: int = 0


class AlwaysBusy(rows_ahead.BusyMeter):
    """Says that there is more to do than one thread can."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy = True

    @override
    def note(self) -> None:
        """Change nothing."""


def help_with_all(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Send all pages to a second process, and watch it."""
    watch, received = Watch(), rows_ahead._received  # noqa: SLF001 - to watch

    def starting(module: str, *arguments: str) -> PipedProcess:
        watch.processes.append(PipedProcess(module, *arguments))
        return watch.processes[-1]

    def receiving(process: PipedProcess) -> BuiltRows | None:
        rows = received(process)
        watch.pages += rows is not None
        return rows

    monkeypatch.setattr(rows_ahead, "LEAST_BYTES", 0)
    monkeypatch.setattr(rows_ahead, "LEAST_RECORD_BYTES", 0)
    monkeypatch.setattr(rows_ahead, "processors", lambda: 2)
    monkeypatch.setattr(rows_ahead, "PipedProcess", starting)
    monkeypatch.setattr(rows_ahead, "_received", receiving)
    monkeypatch.setattr(rows_ahead, "BusyMeter", AlwaysBusy)
    monkeypatch.setattr(WorkerPool, "has_results", property(lambda _: True))
    return watch
