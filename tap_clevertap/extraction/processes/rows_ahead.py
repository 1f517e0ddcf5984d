"""Builds the rows of pages: here, and beside it in a second process where that is worth it.

Building rows is most of what a processor does in a run. Where the network or the target is the slow
end it has time for that. Where pages come faster than their rows are built, a lane that would only
wait with its page has it built by a second process.
"""

from __future__ import annotations

import os
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from tap_clevertap import logger
from tap_clevertap.api.decoding import Envelope
from tap_clevertap.extraction.processes.pipes import Frame, PipedProcess
from tap_clevertap.extraction.processes.row_worker import PAGE, SLICE, SliceOfPage
from tap_clevertap.extraction.worker_pool import WorkerPool
from tap_clevertap.records.events import BuiltPage, BuiltRows
from tap_clevertap.records.fast_decoding import TypedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_clevertap.extraction.slices.model import Slice

MODULE = "tap_clevertap.extraction.processes.row_worker"
LEAST_BYTES, LEAST_RECORD_BYTES = 1 << 20, 1200
"""Of a page, and of its records on average, that are worth the way to another process and back.

Rows of small records are built nearly as fast as they are sent.
"""
WINDOW_SECONDS = 0.1
BUSY_SHARE, STILL_BUSY_SHARE = 0.5, 0.2
"""Of the time, that the calling thread is at work: else it waits for the target or the network.

The second is for after the first was reached: it then has less to do.
"""

ALONE = "the process that helps to build rows %s; going on without it"

_decode_rows = msgspec.msgpack.Decoder(BuiltRows).decode
_encode = msgspec.msgpack.Encoder().encode


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class BusyMeter:
    """Tells a thread whether it was at work most of the time, lately."""

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        work_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        """`clock` gives the time, `work_clock` what of it the thread was on a processor."""
        self.is_busy = False
        self._clocks = clock, work_clock
        self._since: tuple[float, float] | None = None

    def note(self) -> None:
        """Take note of the time; called between pages."""
        now, worked = (clock() for clock in self._clocks)
        if self._since is None:
            self._since = now, worked
        seconds = now - self._since[0]
        if seconds >= WINDOW_SECONDS:
            share = STILL_BUSY_SHARE if self.is_busy else BUSY_SHARE
            self.is_busy = worked - self._since[1] >= share * seconds
            self._since = now, worked


class RowsAhead:
    """Has pages built by a second process while the calling thread is at work on earlier ones.

    The process is started when that is worth it for the first time. Where it cannot be, or has
    ended, the calling thread builds all rows.
    """

    def __init__(self, zone: str, meter: BusyMeter | None = None) -> None:
        """`zone` names the account's time zone; `meter` is of the calling thread."""
        self._zone = zone
        self._meter = BusyMeter() if meter is None else meter
        self._receiver: WorkerPool[PipedProcess, None] = WorkerPool({"rows": 1})
        self._process: PipedProcess | None = None
        self._senders: SimpleQueue[PipedProcess | None] = SimpleQueue()
        self._sent: SimpleQueue[BuiltPage | None] = SimpleQueue()
        self._is_closed = False
        if processors() > 1:
            self._senders.put(None)  # to be started

    def note(self) -> None:
        """Take note of the time, on the calling thread and between pages."""
        self._meter.note()

    def sent(self, slice_: Slice, page: Envelope) -> Envelope:
        """Send a page to be built, on any thread; return it as it is where that would not pay.

        It takes as long as the process is at work on the page before it.
        """
        if not self._meter.is_busy or not isinstance(page, TypedPage):
            return page
        if len(page.body) < max(LEAST_BYTES, LEAST_RECORD_BYTES * len(page.records)):
            return page
        try:
            process = self._senders.get_nowait() or self._start()
        except Empty:  # another page waits
            return page
        except OSError as error:
            logger.info(ALONE, f"could not be started: {error.strerror}")
            return page
        built = BuiltPage(sent=page)
        self._sent.put(built)
        try:
            process.send(Frame(SLICE, _encode(SliceOfPage(slice_.event, str(slice_)))))
            process.send(Frame(PAGE, page.body))
        except (OSError, ValueError):  # it has ended, or its pipes were closed
            return page
        self._senders.put(process)
        return built

    def close(self) -> None:
        """End the process; pages that it has in hand are lost with it."""
        self._is_closed = True
        if self._process is not None:
            self._process.end()
            self._sent.put(None)

    def _start(self) -> PipedProcess:
        self._process = process = PipedProcess(MODULE, self._zone)
        self._receiver.submit("rows", process, self._receive)
        self._receiver.start()
        if self._is_closed:  # meanwhile
            self.close()
        return process

    def _receive(self, process: PipedProcess) -> Iterable[None]:
        """Give each page that was sent its rows; none after the process has ended."""
        is_lost = False
        while (page := self._sent.get()) is not None:
            rows = None if is_lost else _received(process)
            if rows is not None:
                page.sent = Envelope()  # its records are of no use any more
            elif not is_lost:
                is_lost = True
                process.end()
                if not self._is_closed:
                    logger.info(ALONE, "has ended")
            page.rows.put(rows)
        return ()


def _received(process: PipedProcess) -> BuiltRows | None:
    """Return the rows of the next page; None where the process does not give them."""
    try:
        return _decode_rows(process.receive().content)
    except Exception:  # noqa: BLE001 - whatever it was, the page can be built here
        return None
