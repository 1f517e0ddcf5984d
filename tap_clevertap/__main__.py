"""The command line: every failure is a line on stderr and an exit code that is not zero."""

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
    """Run the tap's command line and exit: 0 done, 1 failed, 2 wrong usage, 128 + n by signal n."""
    # Records make millions of short-lived objects and no cycles: looking for these often costs a
    # quarter of the time.
    gc.set_threshold(GC_THRESHOLD)
    gc.freeze()  # what was imported stays: to look it through at exit takes a tenth of a second
    limit_malloc_retention()
    # A lane needs Python for a moment with each piece of a page that arrives, and otherwise waits
    # five milliseconds for it while rows are made.
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
        logger.warning("%s: stopped before the end; run again to resume", name)
        return int(str(stop.code))
    except ClevertapError as error:
        for line in str(error).splitlines():
            logger.error(line)  # noqa: TRY400 - a traceback says nothing to who must mend it
        if isinstance(error, OutputClosed):
            _abandon_stdout()
        return 1


def limit_malloc_retention() -> None:
    """Have glibc return each block of a megabyte or more to the system as soon as it is free.

    By default its threshold grows with the first big block that is freed; pages of several
    megabytes then come from the threads' own heaps, which stay as large as they ever were. Does
    nothing where there is another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, BIG_BLOCK)


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere: at exit Python would try the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
