"""A stream whose records are in files of a folder or bucket, each file read once."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.extraction.files.checkpoint import FileCheckpoint
from tap_clevertap.extraction.worker_pool import JobDone, in_parallel
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.files.storage import Folder
    from tap_clevertap.output.rows import Row


MAX_FAILED = 100
"""Files that fail in one run before it ends: something else than a few files is broken."""
MAX_LISTED = 3


class FileStream(ClevertapStream):
    """Reads the files that have arrived since the last run, in the order of their arrival.

    A file that fails does not keep the others from being read: the run then ends with an error,
    and every run tries the file again until it can be read or is gone. A run with `end_date`, and
    a full-table one, reads every file; the former leaves the bookmark alone.
    """

    needs_api: ClassVar[bool] = False

    @property
    @abstractmethod
    def folder(self) -> Folder:
        """Where the files are.

        Raises:
            SettingError: No folder is set.
        """

    @abstractmethod
    def is_whole(self, file: StoredFile) -> bool:
        """Tell whether a file can be taken: nobody writes to it any more."""

    @abstractmethod
    def read(self, file: StoredFile) -> Iterator[Sequence[Row]]:
        """Yield the rows of a file, some at a time; called on any thread.

        Raises:
            FileFailed: It is cut, corrupt or of a form that is not read.
        """

    def wanted(self, files: Collection[StoredFile]) -> Collection[StoredFile]:
        """Return those of the folder's files that are the stream's; by itself all are."""
        return files

    def report_waiting(self, files: Sequence[StoredFile]) -> None:
        """Log why files are not read yet."""
        logger.info("%s: %d files are too young to be read in this run", self.name, len(files))

    @property
    def parallel(self) -> int:
        """How many files are read at a time."""
        return 1

    @override
    def prepare(self) -> None:
        self._listed = self.wanted(self.folder.files())

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        progress = self.run.progress(self.name, unit="files")
        checkpoint = self._checkpoint()
        files, waiting = checkpoint.plan(self._listed, self.is_whole)
        progress.planned = len(files)
        if waiting:
            self.report_waiting(waiting)
        failed: dict[StoredFile, str] = {}
        for file, found in in_parallel(
            files, self._read_safely, lanes=self.parallel, on_idle=progress.wait
        ):
            if isinstance(found, JobDone):
                self.after_flush(partial(self._close, checkpoint, file, file not in failed))
                progress.add(files=1, failed_files=int(file in failed))
            elif isinstance(found, errors.FileFailed):
                failed[file] = str(found)
                self._note_failure(failed)
            else:
                progress.add(rows=len(found))
                yield found
        progress.end()
        if failed:
            raise errors.FilesFailed(self._failures(failed))

    def _checkpoint(self) -> FileCheckpoint:
        is_bounded = self.run.settings.end_date is not None
        is_live = self.replication_method == "INCREMENTAL" and not is_bounded
        return FileCheckpoint(
            self.name, str(self.replication_key), self.stream_state, is_live=is_live
        )

    def _read_safely(self, file: StoredFile) -> Iterator[Sequence[Row] | errors.FileFailed]:
        """Read a file; a failure is passed on in its place, because other files go on."""
        try:
            yield from self.read(file)
        except errors.FileFailed as error:
            yield error

    def _close(self, checkpoint: FileCheckpoint, file: StoredFile, is_read: bool) -> None:  # noqa: FBT001 - bound by partial
        checkpoint.close(file, is_read=is_read)
        self.state_manager.is_flushed = False  # the SDK would not see that a bookmark has moved
        self._write_state_message()

    def _note_failure(self, failed: dict[StoredFile, str]) -> None:
        logger.error("%s: %s", self.name, list(failed.values())[-1])
        if len(failed) >= MAX_FAILED:
            raise errors.FilesFailed(self._failures(failed))

    def _failures(self, failed: dict[StoredFile, str]) -> str:
        some = "; ".join(list(failed.values())[:MAX_LISTED])
        more = f"; and {len(failed) - MAX_LISTED} more" if len(failed) > MAX_LISTED else ""
        return (
            f"{self.name}: {len(failed)} files could not be read and are tried again by every run "
            f"until they can be or are gone: {some}{more}"
        )
