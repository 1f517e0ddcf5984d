"""The command line: every failure is one line on stderr and a non-zero exit code."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys

import click

from tap_clevertap.errors import ClevertapError, OutputClosed, SettingError
from tap_clevertap.output.exit_codes import FAILED, exit_code
from tap_clevertap.output.writer import SIGNAL_EXIT, Interrupted
from tap_clevertap.redaction import guard_logs
from tap_clevertap.tap import TapClevertap

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
BIG_BLOCK = 1 << 20
KEPT_BYTES = 8 << 20
GC_THRESHOLD = 50_000
SWITCH_SECONDS = 0.0005


def main() -> None:
    """Run the tap and exit with a code that says what to do; see `output.exit_codes`."""
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
    guard_logs()
    try:
        _check_environment()
        code = TapClevertap.cli(standalone_mode=False) or 0
        sys.stdout.flush()
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
        return exit_code(error)
    except OSError as error:  # of --discover, --about or --version, which print
        logger.error("output: cannot be written: %s", error.strerror)  # noqa: TRY400 - likewise
        _abandon_stdout()
        return FAILED
    return code


def _check_environment() -> None:
    """Find out what would end in a traceback before anything of ours is asked.

    Raises:
        SettingError: Stdout is closed, or a log level is not one.
    """
    if sys.stdout is None:
        msg = "output: stdout is closed; expected a file or a pipe to a target"
        raise SettingError(msg)
    levels = logging.getLevelNamesMapping()
    for name in ("TAP_CLEVERTAP_LOGLEVEL", "LOGLEVEL"):
        if (level := os.environ.get(name)) and level.upper() not in levels:
            msg = f"{name}: {level!r} is not valid; expected one of {', '.join(levels)}"
            raise SettingError(msg)


def limit_malloc_retention() -> None:
    """Make glibc return blocks of a megabyte or more to the system as soon as they are freed.

    By default the threshold grows with the first large block freed. Pages of several megabytes
    are then allocated from per-thread heaps, which never shrink. Of smaller blocks a heap keeps
    eight free megabytes at its end: with 128 kB, the default, the system clears the same memory
    for each page anew. Does nothing with another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, BIG_BLOCK)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def _abandon_stdout() -> None:
    """Discard what is still buffered: at exit Python would write to the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
