"""Files of one line a webhook: written by one process, published when no more is written to them.

A file is written to as `<name>.jsonl.open` and becomes `<name>.jsonl` when it is full, an hour old,
of yesterday, or when the receiver stops. Readers take `*.jsonl` alone and so never see half a line.
"""

from __future__ import annotations

import fcntl
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

logger = logging.getLogger("tap-clevertap-webhooks")

PUBLISHED, OPEN = ".jsonl", ".jsonl.open"
LOCK = ".receiver.lock"
FOLDER_MODE, FILE_MODE = 0o750, 0o640
"""The group may read: the tap often runs as another user than the receiver."""
CREATE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
BLOCK = 1 << 16
TICK = 10**6
"""Nanoseconds between the dates of two files: what a reader that has them as a float can tell."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a file is full: bytes and seconds since its first line; the UTC day ends it too."""

    max_bytes: int
    max_seconds: float


class WebhookFiles:
    """Appends lines durably to the newest file of a folder; not for several threads at once."""

    def __init__(self, folder: Path, rotation: Rotation, now: Callable[[], datetime]) -> None:
        """Take the folder, and publish what an earlier receiver has left open.

        Raises:
            SettingError: The folder cannot be used, or another receiver does.
        """
        self.folder = folder
        self._rotation = rotation
        self._now = now
        self._fd = -1
        self._opened = datetime.min.replace(tzinfo=UTC)
        self._size = 0
        try:
            self._make_folder()
            self._lock = _locked(folder / LOCK)
            self._last_published = max(
                (_modified(one) for one in self._named(PUBLISHED)), default=0
            )
            self._publish_leftovers()
        except OSError as error:
            raise _unusable(folder, error) from None

    def append(self, lines: Iterable[bytes]) -> None:
        """Write lines, each with its line break; on return they are on the disk.

        Raises:
            OSError: They are not, or not surely; the file was given up and a next call begins one.
        """
        data = b"".join(lines)
        try:
            self.rotate_if_due()
            if self._fd < 0:
                self._begin_file()
            self._write(data)
            if _is_deleted(self._fd):
                self._abandon()
                self._begin_file()
                self._write(data)
        except OSError:
            self._abandon()
            raise

    def rotate_if_due(self) -> None:
        """Publish the file that is written to, if its time has come.

        Raises:
            OSError: It cannot be renamed.
        """
        if self._fd >= 0 and self.seconds_left <= 0:
            self.publish()

    @property
    def seconds_left(self) -> float:
        """How long the file that is written to may stay so; infinite where there is none."""
        if self._fd < 0:
            return float("inf")
        now = self._now()
        if self._size >= self._rotation.max_bytes or now.date() != self._opened.date():
            return 0.0
        return self._rotation.max_seconds - (now - self._opened).total_seconds()

    def publish(self) -> None:
        """Close the file that is written to and give it the name that readers take.

        Raises:
            OSError: It cannot be renamed; the next file, or receiver, tries again.
        """
        if self._fd >= 0:
            self._abandon()
            self._publish_leftovers()

    def close(self) -> None:
        """Publish what is open and let go of the folder.

        Raises:
            OSError: It cannot be renamed; the next receiver does it.
        """
        try:
            self.publish()
        finally:
            os.close(self._lock)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(0, "no permission to write")

    def _begin_file(self) -> None:
        self._publish_leftovers()
        self._opened = self._now()
        self._fd = os.open(self._free_path(), CREATE, FILE_MODE)
        self._size = 0
        _sync_folder(self.folder)

    def _free_path(self) -> Path:
        """Return a path named by the instant, or by the next one that is free."""
        for microseconds in count():
            moment = self._opened + timedelta(microseconds=microseconds)
            path = self.folder / f"webhooks-{moment:%Y%m%dT%H%M%S.%fZ}{PUBLISHED}"
            if not path.exists():
                break
        return path.with_name(path.name.removesuffix(PUBLISHED) + OPEN)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]
        os.fsync(self._fd)
        self._size += len(data)

    def _abandon(self) -> None:
        """Close the file as it is; where it ends in half a line, that goes before it is read."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)

    def _publish_leftovers(self) -> None:
        """Publish what is open and not written to any more, without a last line that is cut off."""
        for path in self._named(OPEN):
            if (cut := _cut_half_line(path)) > 0:
                logger.warning("%s: removed a half-written line of %d bytes", path.name, cut)
            if path.stat().st_size:
                self._rename(path)
            else:
                path.unlink()
        _sync_folder(self.folder)

    def _rename(self, path: Path) -> None:
        """Publish a file, by its date after those before it: readers go by the date."""
        moment = max(int(self._now().timestamp() * 10**9), self._last_published + TICK)
        os.utime(path, ns=(moment, moment))
        path.rename(path.with_name(path.name.removesuffix(OPEN) + PUBLISHED))
        self._last_published = moment

    def _named(self, suffix: str) -> list[Path]:
        paths = sorted(self.folder.glob(f"webhooks-*{suffix}"))
        return [one for one in paths if one.is_file() and not one.is_symlink()]


def _locked(path: Path) -> int:
    """Return the descriptor that holds the folder's lock: the system frees it with the process."""
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        msg = f"folder: {str(path.parent)!r} is in use by another receiver; expected one of its own"
        raise SettingError(msg) from None
    return fd


def _unusable(folder: Path, error: OSError) -> SettingError:
    return SettingError(
        f"folder: {str(folder)!r} is not a folder that can be written to ({error.strerror}); "
        "expected one that this user owns"
    )


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns


def _is_deleted(fd: int) -> bool:
    """Tell whether somebody has removed the file: what is written to it would be gone."""
    return os.fstat(fd).st_nlink == 0


def _cut_half_line(path: Path) -> int:
    """Cut a file after its last line break, durably; return how many bytes went."""
    with path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - BLOCK)
            file.seek(start)
            if (found := file.read(end - start).rfind(b"\n")) >= 0:
                end = start + found + 1
                break
            end = start
        file.truncate(end)
        os.fsync(file.fileno())
    return size - end


def _sync_folder(folder: Path) -> None:
    """Make names durable: without it a new file may be gone after a power failure."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
