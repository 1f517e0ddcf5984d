"""One run of the tap in this process, cut short in one of the ways that runs are."""

from __future__ import annotations

import io
import json
import logging
import signal
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap.errors import ClevertapError
from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation, Verdict
from tap_clevertap.extraction.slices.model import Slice
from tap_clevertap.output.writer import Interrupted
from tests.support.running import select_events, tap_at
from tests.support.telling import assert_nothing_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Buffer

    from tap_clevertap.tap import TapClevertap

FOREVER = sys.maxsize
REFUSED_CATALOG = "refused catalog"


class Death(Enum):
    """How a run is cut short, once it has written so many bytes."""

    SIGKILL = "SIGKILL"
    SIGTERM = "SIGTERM"
    SIGINT = "SIGINT"
    CLOSED_PIPE = "closed pipe"


class Killed(BaseException):
    """Nothing of the tap may run after this that anybody could notice."""


@dataclass(slots=True)
class Ending:
    """What is left of a run: its output, and how it ended; `error` is None after a success.

    `undecided` are the slices of which the tap said that identical rows could not be told apart,
    `too_many` those days of which it said that these are too many to be believed, `doubled` the
    slices in which it took them for what users did twice.
    """

    output: bytes = b""
    error: BaseException | None = None
    undecided: list[Slice] = field(default_factory=list)
    too_many: list[Slice] = field(default_factory=list)
    doubled: list[Slice] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How it ended: `success`, or the class of its error; a refused catalog has its own."""
        if str(self.error).startswith("--catalog"):
            return REFUSED_CATALOG
        return "success" if self.error is None else type(self.error).__name__


class Pipe(io.BufferedIOBase):
    """A pipe to a target; `die` is called when `life` bytes are in it."""

    def __init__(self, life: int, die: Callable[[], None]) -> None:
        self.got = bytearray()
        self._life = life
        self._die = die
        self._is_closed = False

    def close_to_all(self) -> None:
        """Take nothing more: whatever is written now nobody reads."""
        self._is_closed = True

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, chunk: Buffer, /) -> int:
        data = bytes(chunk)
        if self._is_closed:
            return len(data)
        room = self._life - len(self.got)
        if len(data) <= room:
            self.got += data
            return len(data)
        self.got += data[:room]
        self.close_to_all()
        self._life = FOREVER
        self._die()
        self._is_closed = False
        self.got += data[room:]
        return len(data)


def run(  # noqa: PLR0913, PLR0917 - what a run is given, and how it ends
    config: dict[str, Any],
    state: dict[str, Any],
    now: int,
    death: Death | None = None,
    life: int = FOREVER,
    catalog: dict[str, Any] | None = None,
) -> Ending:
    """Run the tap at the instant `now` until its end, or its death after `life` bytes."""
    try:
        tap = tap_at(now)(config=config, catalog=catalog, state=json.loads(json.dumps(state)))
        select_events(tap)
    except ClevertapError as error:
        return Ending(error=error.with_traceback(None))
    pipe = Pipe(life, _means(death, tap))
    ending = Ending()
    stdout = io.TextIOWrapper(pipe, "utf-8", newline="\n", write_through=True)  # type: ignore[type-var] # the stub asks more than the class
    with redirect_stdout(stdout):
        with _listening(ending):
            try:
                tap.sync_all()
            except (Killed, Interrupted, ClevertapError) as error:
                ending.error = error.with_traceback(None)
        ending.output = bytes(pipe.got)
        pipe.close_to_all()
    assert_nothing_told(ending.output.splitlines(), ending.error)
    return ending


def _means(death: Death | None, tap: TapClevertap) -> Callable[[], None]:
    match death:
        case Death.SIGTERM | Death.SIGINT:
            return lambda: tap.message_writer.interrupt(signal.Signals[death.name])
        case Death.CLOSED_PIPE:
            return _raise(BrokenPipeError())
    return _raise(Killed())


def _raise(error: BaseException) -> Callable[[], None]:
    def die() -> None:
        raise error

    return die


class _Warnings(logging.Handler):
    def __init__(self, found: Ending) -> None:
        super().__init__()
        self.found = found

    @override
    def emit(self, record: logging.LogRecord) -> None:
        match record.args:
            case (Slice() as slice_, _, "kept (undecided)"):
                self.found.undecided.append(slice_)
            case (Slice() as slice_, _, "kept (genuine)"):
                self.found.doubled.append(slice_)
            case (DayReconciliation(event, day, verdict=Verdict.UNDECIDED),):
                self.found.too_many.append(Slice(event, day, day))


@contextmanager
def _listening(ending: Ending) -> Iterator[None]:
    logger, handler = logging.getLogger("tap-clevertap"), _Warnings(ending)
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
