"""A folder on a disk or in a bucket, through fsspec: the one place that knows storages.

Each storage has errors of its own, and several of them no common base: all become a line here.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

import fsspec
from fsspec.utils import get_protocol

from tap_clevertap.errors import FileFailed, SettingError, StorageFailed
from tap_clevertap.files.listing import StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXTRAS = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
}
EXPECTED = "expected s3://, gs://, abfs:// or a local folder"
LOCAL = {"file", "local"}
TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")
"""What storages call the time of a file, the best first."""
NO_LISTING_CACHE = {"use_listings_cache": False}
LONGEST_MESSAGE = 200


class Folder:
    """Everything below a URL; `setting` is named where that is wrong."""

    def __init__(self, url: str, options: Mapping[str, Any], setting: str) -> None:
        self.url = url
        self.setting = setting
        self._options = dict(options)

    @property
    def is_local(self) -> bool:
        """Whether the folder is on a disk of this machine."""
        return get_protocol(self.url) in LOCAL

    def files(self) -> list[StoredFile]:
        """Return all files below the folder, in no order; hidden ones are left out.

        Raises:
            SettingError: There is no such folder, or its storage's package is not installed.
            StorageFailed: The storage does not list it.
        """
        storage, root = self._opened
        if self.is_local and not storage.isdir(root):
            msg = f"{self.setting}: {self.url!r} is not an existing folder; {EXPECTED}"
            raise SettingError(msg)
        try:
            storage.invalidate_cache()
            found = storage.find(root, detail=True)
        except Exception as error:  # noqa: BLE001 - each storage has errors of its own
            raise StorageFailed(self._explain("cannot be listed", error)) from None
        below = len(root.rstrip("/")) + 1 if root else 0
        files = (self._file(path, path[below:], info) for path, info in found.items())
        return [file for file in files if not _is_hidden(file.name)]

    @contextmanager
    def open(self, file: StoredFile) -> Iterator[IO[bytes]]:
        """Give the bytes of a file.

        Raises:
            FileFailed: It cannot be opened, or stops in the middle.
        """
        storage, _ = self._opened
        try:
            opened = storage.open(file.path, "rb")
        except Exception as error:  # noqa: BLE001 - likewise
            msg = f"cannot be opened ({_message(error)})"
            raise FileFailed(msg) from None
        with opened:
            yield opened

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        protocol = get_protocol(self.url)
        remote = {} if protocol in LOCAL else NO_LISTING_CACHE
        try:
            storage, root = fsspec.core.url_to_fs(self.url, **remote, **self._options)
        except ImportError:
            extra = EXTRAS.get(protocol)
            needed = f"tap-clevertap[{extra}]" if extra else f"what fsspec needs for {protocol}://"
            msg = f"{self.setting}: {self.url!r} needs a package; install {needed}"
            raise SettingError(msg) from None
        except Exception as error:  # noqa: BLE001 - a storage may refuse options in any way
            raise SettingError(self._explain(f"is not a valid URL; {EXPECTED}", error)) from None
        return storage, str(root)

    def _explain(self, what: str, error: Exception) -> str:
        return f"{self.setting}: {self.url!r} {what} ({_message(error)})"

    def _file(self, path: str, name: str, info: Mapping[str, Any]) -> StoredFile:
        modified = next((_instant(info[key]) for key in TIMES if info.get(key) is not None), None)
        if modified is None:
            msg = f"{self.setting}: {self.url!r} does not say when {name!r} was written"
            raise StorageFailed(msg)
        arrived = modified
        if self.is_local:  # the inode's own time cannot be set back, as copying with -p does
            arrived = max(modified, _instant(info.get("created") or 0))
        return StoredFile(name, path, int(info.get("size") or 0), modified, arrived)


def _instant(value: object) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _message(error: Exception) -> str:
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first[:LONGEST_MESSAGE]}"


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
