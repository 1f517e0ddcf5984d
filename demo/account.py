"""The account that the demo reads: a sandbox in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

ANNOUNCED = re.compile(r"listening on (\S+) account_id=(\S+) passcode=(\S+)")
SECONDS = 60
GRACE_SECONDS = 10
TIMEZONE = "Asia/Kolkata"

Counts = dict[str, dict[str, int]]
"""Occurrences by event and local day `YYYYMMDD`."""


@dataclass(frozen=True, slots=True)
class Account:
    """A running sandbox, and what it takes to read it."""

    url: str
    account_id: str
    passcode: str

    def truth(self) -> Counts:
        """Return what has really happened so far, whatever the API says."""
        counts: Counts = requests.get(f"{self.url}/sandbox/truth/counts", timeout=SECONDS).json()
        return counts

    def refuses(self, event: str) -> bool:
        """Tell whether CleverTap gives out no rows of this event, only counts."""
        answer = requests.post(
            f"{self.url}/1/events.json?batch_size=50",
            json={"event_name": event, "from": 20200101, "to": 20200102},
            headers={
                "X-CleverTap-Account-Id": self.account_id,
                "X-CleverTap-Passcode": self.passcode,
            },
            timeout=SECONDS,
        )
        return "cursor" not in answer.json()


@contextmanager
def running() -> Iterator[Account]:
    """Start a sandbox on a free port; it ends with the block, whatever happens in it.

    Raises:
        RuntimeError: It does not start.
    """
    command = [sys.executable, "-m", "tap_clevertap.sandbox", "--port=0", f"--timezone={TIMEZONE}"]
    with subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            announced = ANNOUNCED.search(process.stdout.readline() if process.stdout else "")
            if announced is None:
                msg = "the sandbox has not started"
                raise RuntimeError(msg)
            yield Account(*announced.groups())
        finally:
            process.terminate()
            _wait(process)


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
