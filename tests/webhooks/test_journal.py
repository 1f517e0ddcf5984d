"""Many callers share one disk, and each is told the truth about its own line."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from tap_clevertap.webhooks.files import Rotation, WebhookFiles
from tap_clevertap.webhooks.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

HANG = 60.0
HOUR = Rotation(max_bytes=1 << 20, max_seconds=3600)


class BusyDisk(WebhookFiles):
    """Files on a disk that writes when it is let, and fails when it is told to."""

    def __init__(self, folder: Path) -> None:
        """Begin with a disk that is idle."""
        super().__init__(folder, HOUR, lambda: datetime.now(UTC))
        self.may_write = threading.Event()
        self.may_write.set()
        self.failure: Exception | None = None
        self.batches: list[int] = []

    @override
    def append(self, lines: Iterable[bytes]) -> None:
        written = list(lines)
        assert self.may_write.wait(HANG)
        if self.failure:
            raise self.failure
        self.batches.append(len(written))
        super().append(written)


@asynccontextmanager
async def running(files: BusyDisk) -> AsyncIterator[Journal]:
    """Run a journal, and stop it at the end."""
    journal = Journal(files)
    task = asyncio.create_task(journal.run())
    yield journal
    journal.stop()
    await asyncio.wait_for(task, HANG)


def lines(folder: Path) -> list[bytes]:
    """Return the published lines."""
    return [
        line
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_bytes().splitlines(keepends=True)
    ]


async def start(journal: Journal, *texts: bytes) -> list[asyncio.Task[None]]:
    """Begin to write lines, each of a caller of its own, and let them all queue."""
    tasks = [asyncio.create_task(journal.append(one)) for one in texts]
    await asyncio.sleep(0)
    return tasks


def test_what_waits_is_written_together(tmp_path: Path) -> None:
    """A slow disk gets few big writes, in the order of asking."""
    files = BusyDisk(tmp_path)
    texts = [b"%d\n" % n for n in range(100)]

    async def go() -> None:
        async with running(files) as journal:
            files.may_write.clear()
            first = await start(journal, b"first\n")
            await asyncio.sleep(0.05)
            others = await start(journal, *texts)
            files.may_write.set()
            await asyncio.gather(*first, *others)

    asyncio.run(go())
    assert files.batches == [1, 100]
    assert lines(tmp_path) == [b"first\n", *texts]


def test_a_caller_that_gives_up_does_not_take_its_line_along(tmp_path: Path) -> None:
    """It may be repeated later; that is better than lost."""
    files = BusyDisk(tmp_path)

    async def go() -> None:
        async with running(files) as journal:
            files.may_write.clear()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await journal.append(b"1\n")
            files.may_write.set()

    asyncio.run(go())
    assert lines(tmp_path) == [b"1\n"]


def test_a_failure_is_that_of_its_batch(tmp_path: Path) -> None:
    """Each caller of the batch has it; the next batch is another matter."""
    files = BusyDisk(tmp_path)

    async def go() -> list[BaseException | None]:
        async with running(files) as journal:
            files.failure = OSError(28, "No space left on device")
            failed = await asyncio.gather(
                *await start(journal, b"1\n", b"2\n"), return_exceptions=True
            )
            files.failure = None
            await journal.append(b"3\n")
            return failed

    failed = asyncio.run(go())
    assert [str(one) for one in failed] == ["[Errno 28] No space left on device"] * 2
    assert lines(tmp_path) == [b"3\n"]


def test_a_disk_that_hangs_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is bounded, though each sender has long been answered 503."""
    monkeypatch.setattr("tap_clevertap.webhooks.journal.MOST_WAITING_BYTES", 100)
    files = BusyDisk(tmp_path)

    async def go() -> None:
        async with running(files) as journal:
            files.may_write.clear()
            first = await start(journal, b"first\n")
            await asyncio.sleep(0.05)
            others = await start(journal, *[b"x" * 9 + b"\n"] * 11)
            await asyncio.sleep(0.05)
            assert isinstance(others.pop().exception(), OSError)
            files.may_write.set()
            await asyncio.gather(*first, *others)

    asyncio.run(go())
    assert len(lines(tmp_path)) == 11


def test_a_stop_writes_what_has_come(tmp_path: Path) -> None:
    """Also what came while the disk was busy with something else."""
    files = BusyDisk(tmp_path)

    async def go() -> None:
        journal = Journal(files)
        task = asyncio.create_task(journal.run())
        files.may_write.clear()
        first = await start(journal, b"1\n")
        await asyncio.sleep(0.05)
        others = await start(journal, b"2\n", b"3\n")
        journal.stop()
        files.may_write.set()
        await asyncio.wait_for(asyncio.gather(task, *first, *others), HANG)

    asyncio.run(go())
    assert lines(tmp_path) == [b"1\n", b"2\n", b"3\n"]


def test_a_defect_ends_the_journal_and_nobody_waits_for_ever(tmp_path: Path) -> None:
    """What is not a failure of the disk is one of the program: it says so and does not go on."""
    files = BusyDisk(tmp_path)

    async def go() -> Journal:
        journal = Journal(files)
        task = asyncio.create_task(journal.run())
        files.failure = ValueError("a defect")
        waiting = await start(journal, b"1\n", b"2\n")
        with pytest.raises(ValueError, match="a defect"):
            await asyncio.wait_for(task, HANG)
        with pytest.raises(OSError, match="not written"):
            await asyncio.wait_for(waiting[0], HANG)
        with pytest.raises(OSError, match="not written"):
            await asyncio.wait_for(waiting[1], HANG)
        return journal

    assert asyncio.run(go()).has_failed
