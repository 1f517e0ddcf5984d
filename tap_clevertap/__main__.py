"""The command line: every failure is one line on stderr and a non-zero exit code."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys

import click

from tap_clevertap.errors import ClevertapError, OutputClosed
from tap_clevertap.output.writer import SIGNAL_EXIT, Interrupted
from tap_clevertap.tap import TapClevertap

M_MMAP_THRESHOLD = -3
BIG_BLOCK = 1 << 20
GC_THRESHOLD = 50_000
SWITCH_SECONDS = 0.0005


def main() -> None:
    """Run the tap and exit: 0 complete, 1 failed, 2 wrong usage, 128 + n ended by signal n."""
    # Records are millions of short-lived objects without cycles: collecting as often as by
    # default takes a quarter of the run's time.
    gc.set_threshold(GC_THRESHOLD)
    gc.freeze()  # imported modules are never garbage: scanning them at exit takes 0.1 s
    limit_malloc_retention()
    # A worker needs the interpreter briefly for each chunk of a page that arrives. By default it
    # waits 5 ms for it while the main thread builds rows.
    sys.setswitchinterval(SWITCH_SECONDS)
    sys.exit(_run())


def _run() -> int:
    logger = TapClevertap.logger
    try:
        return TapClevertap.cli(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Interrupted as stop:
        name = signal.Signals(int(str(stop.code)) - SIGNAL_EXIT).name
        logger.warning("%s: interrupted; run again to resume", name)
        return int(str(stop.code))
    except ClevertapError as error:
        for line in str(error).splitlines():
            logger.error(line)  # noqa: TRY400 - a traceback does not help to fix a setting
        if isinstance(error, OutputClosed):
            _abandon_stdout()
        return 1


def limit_malloc_retention() -> None:
    """Make glibc return blocks of a megabyte or more to the system as soon as they are freed.

    By default the threshold grows with the first large block freed. Pages of several megabytes
    are then allocated from per-thread heaps, which never shrink. Does nothing with another C
    library.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, BIG_BLOCK)


def _abandon_stdout() -> None:
    """Discard what is still buffered: at exit Python would write to the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
