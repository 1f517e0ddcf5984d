"""Runs the receiver as a process of its own, and sends to it as CleverTap and others would."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-of-the-tests-0123456789"  # noqa: S105 - of no account
HANG = 60.0
"""Seconds after which a test has hung; nothing else depends on the clock."""
JSON_TYPE = "Content-Type: application/json"
KNOWN = f"X-Webhook-Secret: {SECRET}"
PROMPT_ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 10),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 10),
}
"""Has glibc give back at once what is freed, so that a process's memory is what it keeps."""


class Receiver:
    """A receiver that listens on a free port and writes to a folder."""

    def __init__(self, folder: Path, *options: str, **process: Any) -> None:  # noqa: ANN401 - of Popen
        """Start it, and wait until it listens; `process` is for `subprocess.Popen`."""
        self.folder = folder
        command = [sys.executable, "-m", "tap_clevertap.webhooks", f"--folder={folder}", "--port=0"]
        self.process = subprocess.Popen(  # noqa: S603 - a command of our own
            [*command, *options],
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **PROMPT_ALLOCATOR, "TAP_CLEVERTAP_WEBHOOKS_SECRET": SECRET},
            **process,
        )
        self.log: list[str] = []
        self.port = self._await_port()

    def _await_port(self) -> int:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.decode())
            if found := re.search(r"listening on http://[^/]*:(\d+)/", self.log[-1]):
                return int(found[1])
        self.process.wait(HANG)
        self.process.stderr.close()
        msg = f"the receiver has ended: {''.join(self.log)}"
        raise AssertionError(msg)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it if it still runs."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code; the log is then whole."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        if self.process.stderr and not self.process.stderr.closed:
            _, rest = self.process.communicate(timeout=HANG)
            self.log += rest.decode().splitlines(keepends=True)
        return self.process.returncode

    def memory_kb(self, name: str = "VmRSS") -> int:
        """Return a figure of the process's memory; `VmHWM` is its peak."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1])

    def send(self, *bodies: bytes | str, headers: Sequence[str] = (KNOWN, JSON_TYPE)) -> list[int]:
        """Send bodies one after the other and return the statuses."""
        return asyncio.run(self._send_all(bodies, headers))

    async def _send_all(self, bodies: Iterable[bytes | str], headers: Sequence[str]) -> list[int]:
        return [await post(self.port, request(body, headers)) for body in bodies]

    def exchange(self, raw: bytes, *, end: bool = False) -> bytes:
        """Send bytes as they are and return all that comes back; `end` closes the sending side."""
        return asyncio.run(exchange(self.port, raw, end=end))


def request(
    body: bytes | str,
    headers: Sequence[str] = (KNOWN, JSON_TYPE),
    line: str = "POST /webhooks HTTP/1.1",
) -> bytes:
    """Return a whole request."""
    body = body.encode() if isinstance(body, str) else body
    lines = [line, "Host: receiver", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def post(port: int, raw: bytes) -> int:
    """Send a request and return the status of the answer; 0 where none came."""
    try:
        answer = await exchange(port, raw.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    except OSError:
        return 0
    return status_of(answer)


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 where it is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


async def exchange(port: int, raw: bytes, *, end: bool = False) -> bytes:
    """Send bytes and return what comes back until the other side closes."""
    async with asyncio.timeout(HANG):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw)
            await writer.drain()
            if end:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()


@contextmanager
def receiving(folder: Path, *options: str, **process: Any) -> Iterator[Receiver]:  # noqa: ANN401 - of Popen
    """Give a receiver that is stopped at the end as a service manager would."""
    with Receiver(folder, *options, **process) as receiver:
        yield receiver
        receiver.stop()


def stored(folder: Path) -> list[str]:
    """Return the bodies in the published files, in their order; each line has to be whole."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line)["body"] for file in files for line in file.read_bytes().splitlines()]
