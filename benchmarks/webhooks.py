"""How quickly the receiver of webhooks answers when many send at once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.figures import Budget, Figure
from benchmarks.measure import Cost, await_end, middle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.figures import Finding

SECRET = "a-secret-of-the-benchmark"  # noqa: S105 - of no account
SENDERS = 200
MOST_MS = 300.0
TRIAL = f"{SENDERS} senders at once"
BODY = json.dumps(
    {
        "targetId": 1659684581,
        "key_values": {"SomeKey1": "SomeValue1"},
        "profiles": [
            {"identity": "x@y.com", "email": "x@y.com", "profileData": {"note": "x" * 800}}
        ],
    }
)
REQUEST = (
    "POST /webhooks HTTP/1.1\r\nHost: receiver\r\nConnection: close\r\n"
    f"X-Webhook-Secret: {SECRET}\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
).encode()


class NotStored(Exception):
    """A webhook was refused: the figures would be those of refusing."""


def answering(times: int, each: int, folder: Path) -> Iterator[Finding]:
    """Have each sender send so many bodies of a kilobyte, one after the other.

    Each is sent over a connection of its own, which is the slower way.
    """
    runs = [_run(folder / f"webhooks-{n}", each) for n in range(times)]
    cost = middle([cost for cost, _ in runs])
    yield Figure(TRIAL, "tap-clevertap-webhooks", times, cost, SENDERS * each / cost.wall)
    slowest = median(quantiles(seconds, n=100)[98] * 1000 for _, seconds in runs)
    yield Budget(f"{TRIAL}: ms to a 200, 99th percentile", MOST_MS, slowest, is_most=True)


def _run(folder: Path, each: int) -> tuple[Cost, list[float]]:
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        [sys.executable, "-m", "tap_clevertap.webhooks", f"--folder={folder}", "--port=0"],
        env={**os.environ, "TAP_CLEVERTAP_WEBHOOKS_SECRET": SECRET},
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    found = re.search(rb"listening on http://127.0.0.1:(\d+)", process.stderr.readline())
    if found is None:
        msg = "the receiver has not started"
        raise NotStored(msg)
    started = time.perf_counter()
    seconds = asyncio.run(_send_all(int(found[1]), each))
    wall = time.perf_counter() - started
    process.send_signal(signal.SIGTERM)
    cost = await_end(process, started)
    process.stderr.close()
    return Cost(wall, cost.cpu, cost.rss), seconds


async def _send_all(port: int, each: int) -> list[float]:
    found = await asyncio.gather(*(_send(port, each) for _ in range(SENDERS)))
    return [seconds for one in found for seconds in one]


async def _send(port: int, each: int) -> list[float]:
    """Send and return the seconds of each request, from connecting to the whole answer."""
    found = []
    for _ in range(each):
        started = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        answer = await reader.read()
        writer.close()
        found.append(time.perf_counter() - started)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise NotStored(answer[:100].decode())
    return found
