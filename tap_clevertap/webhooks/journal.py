"""Many senders, one disk: what arrives while the disk is busy is written together afterwards."""

from __future__ import annotations

import asyncio
import errno
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_clevertap.webhooks.files import WebhookFiles

logger = logging.getLogger("tap-clevertap-webhooks")

ResultT = TypeVar("ResultT")
MOST_WAITING_BYTES = 32 << 20
Waiting = tuple[bytes, asyncio.Future[None]]


class Journal:
    """Appends lines for many callers at once; each returns when its own is on the disk.

    One fsync serves all lines that wait, so a slow disk makes bigger batches, not a longer queue.
    """

    def __init__(self, files: WebhookFiles) -> None:
        """Take the files; nothing else may write to them."""
        self._files = files
        self._waiting: list[Waiting] = []
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._is_over = self._is_failing = self.has_failed = False
        self._disk = ThreadPoolExecutor(1, "disk")

    async def append(self, line: bytes) -> None:
        """Write a line, with its line break; on return it is on the disk.

        Whoever stops waiting does not stop the writing.

        Raises:
            OSError: It is not, or not surely; also where a disk that hangs has let too much wait.
        """
        if self._waiting_bytes + len(line) > MOST_WAITING_BYTES:
            raise OSError(errno.EAGAIN, "the disk does not keep up")
        self._waiting_bytes += len(line)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, future))
        self._wake.set()
        await future  # a caller that is cancelled cancels this, and not the line

    async def run(self) -> None:
        """Write what arrives, and publish files whose time has come, until told to stop."""
        try:
            while self._waiting or not self._is_over:
                await self._sleep()
                await self._write_waiting()
                await self._rotate()
            await self._close()
        except BaseException:
            self.has_failed = True
            raise
        finally:
            _settle(self._waiting, OSError("the receiver has ended"))
            self._disk.shutdown(wait=False)

    def stop(self) -> None:
        """Have `run` return once all that arrived is written and published."""
        self._is_over = True
        self._wake.set()

    async def _sleep(self) -> None:
        """Wait for a line, or for the file to be published."""
        seconds = self._files.seconds_left
        try:
            await asyncio.wait_for(self._wake.wait(), None if seconds == float("inf") else seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _write_waiting(self) -> None:
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not batch:
            return
        error: OSError | None = OSError("not written")
        try:
            await self._on_disk(lambda: self._files.append(line for line, _ in batch))
            error = None
        except OSError as failure:
            error = failure
        finally:
            self._log_change(error)
            _settle(batch, error)

    async def _rotate(self) -> None:
        """Publish if it is time; where that fails, the next line to come is told."""
        try:
            await self._on_disk(self._files.rotate_if_due)
        except OSError:
            return

    async def _close(self) -> None:
        try:
            await self._on_disk(self._files.close)
        except OSError as error:
            logger.warning("%s: not all is published (%s)", self._files.folder, error.strerror)

    def _log_change(self, error: OSError | None) -> None:
        """Log that the disk begins to fail, or works again; not each of the failures between."""
        if error is not None and not self._is_failing:
            why = error.strerror or error
            logger.error("cannot write to %s (%s): answering 503", self._files.folder, why)
        if error is None and self._is_failing:
            logger.info("can write to %s again", self._files.folder)
        self._is_failing = error is not None

    async def _on_disk(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _settle(batch: Sequence[Waiting], error: OSError | None) -> None:
    for _, future in batch:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(OSError(error.errno, error.strerror or str(error)))
            future.exception()  # whoever asked may have gone: that is not worth a line in the log
