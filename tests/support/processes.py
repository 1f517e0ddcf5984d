"""Processes of a test's own: one that hangs is killed when its test fails, and holds up nobody."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Process = subprocess.Popen[bytes]
HANG_GUARD = 300
"""Seconds after which a process counts as hanging, however busy the machine is."""


def unmeasured(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without the measuring of coverage, for what gets signals.

    Python raises a signal's error wherever the main thread is: where that is inside the lock of
    coverage's collector, the lock stays taken, and each thread waits for it for ever.
    """
    return {name: value for name, value in env.items() if not name.startswith("COVERAGE_")}


@contextmanager
def started(
    command: Sequence[str],
    *,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Give a process; the block ends with it, or ends it where the block raises."""
    with subprocess.Popen(command, stdout=stdout, stderr=stderr, env=env) as process:  # noqa: S603 - the tests' own commands
        try:
            yield process
        except BaseException:
            process.kill()
            raise
