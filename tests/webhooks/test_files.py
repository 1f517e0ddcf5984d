"""Files are whole, in order, and never read while they are written to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.webhooks.files import LOCK, Rotation, WebhookFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = Rotation(max_bytes=1000, max_seconds=3600)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        """Begin at noon."""
        self.now = NOON

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.now

    def advance(self, **parts: float) -> None:
        """Go on, or back."""
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> Iterator[WebhookFiles]:
    """Give files in an empty folder."""
    opened = WebhookFiles(tmp_path, HOUR, clock)
    yield opened
    opened.close()


def published(folder: Path) -> list[bytes]:
    """Return the contents of the published files, by their dates."""
    paths = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    return [path.read_bytes() for path in paths]


def restarted(folder: Path, *left_open: bytes) -> list[bytes]:
    """Return what is published by a receiver that starts where another was killed."""
    for n, content in enumerate(left_open):
        (folder / f"webhooks-{n}.jsonl.open").write_bytes(content)
    WebhookFiles(folder, HOUR, Clock()).close()
    assert list(folder.glob("*.open")) == []
    return published(folder)


def test_what_is_written_to_has_another_name(files: WebhookFiles) -> None:
    """Until it is published nobody takes it for a file to read."""
    files.append([b"1\n", b"2\n"])
    files.append([b"3\n"])
    assert published(files.folder) == []
    files.publish()
    assert published(files.folder) == [b"1\n2\n3\n"]


def test_a_full_file_is_published(files: WebhookFiles) -> None:
    """With the line that fills it, and the next line begins another."""
    files.append([b"x" * 999 + b"\n"])
    files.append([b"2\n"])
    assert published(files.folder) == [b"x" * 999 + b"\n"]


@pytest.mark.parametrize("passed", [{"hours": 1}, {"hours": 12}, {"days": 2}])
def test_an_old_file_is_published_without_another_line(
    files: WebhookFiles, clock: Clock, passed: dict[str, float]
) -> None:
    """Its time is known beforehand, so that somebody can wait for it."""
    files.append([b"1\n"])
    assert files.seconds_left == 3600
    clock.advance(**passed)
    assert files.seconds_left <= 0
    files.rotate_if_due()
    assert published(files.folder) == [b"1\n"]
    assert files.seconds_left == float("inf")


def test_a_day_has_its_own_files(files: WebhookFiles, clock: Clock) -> None:
    """A minute before midnight UTC and one after are in two files."""
    clock.advance(hours=11, minutes=59)
    files.append([b"1\n"])
    clock.advance(minutes=2)
    files.append([b"2\n"])
    files.publish()
    assert published(files.folder) == [b"1\n", b"2\n"]


def test_nothing_written_is_nothing_published(files: WebhookFiles) -> None:
    """No empty files."""
    files.rotate_if_due()
    files.publish()
    assert published(files.folder) == []


def test_a_clock_put_back_changes_neither_order_nor_content(
    files: WebhookFiles, clock: Clock
) -> None:
    """Readers go by the date of a file: each later one has a later date and a name of its own."""
    for n in range(4):
        files.append([b"%d\n" % n])
        files.publish()
        clock.advance(hours=-1 if n else 0)
    assert published(files.folder) == [b"0\n", b"1\n", b"2\n", b"3\n"]
    assert len({path.stat().st_mtime for path in files.folder.glob("*.jsonl")}) == 4


def test_dates_go_on_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    """A receiver that starts with a clock put back goes on after the files it finds."""
    for _ in range(2):
        files = WebhookFiles(tmp_path, HOUR, clock)
        files.append([b"1\n"])
        files.close()
        clock.advance(days=-1)
    later, earlier = sorted(tmp_path.glob("*.jsonl"), reverse=True)
    assert earlier.stat().st_mtime > later.stat().st_mtime


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (b"1\n2\n", b"1\n2\n"),
        (b"1\n2\n3", b"1\n2\n"),
        (b"1\n" + b"x" * 200_000, b"1\n"),
        (b"x" * 65_535 + b"\n" + b"y" * 65_536, b"x" * 65_535 + b"\n"),
        (b"1\n" + bytes(5000), b"1\n"),
    ],
    ids=["whole", "cut off", "long and cut off", "at the edge of a block", "zeros"],
)
def test_a_half_written_line_is_removed_at_the_start(
    tmp_path: Path, left: bytes, right: bytes
) -> None:
    """What came before it stays, to the byte."""
    assert restarted(tmp_path, left) == [right]


@pytest.mark.parametrize("left", [b"", b"cut off", b"x" * 300_000])
def test_a_file_without_a_whole_line_goes(tmp_path: Path, left: bytes) -> None:
    """Nothing in it was ever answered."""
    assert restarted(tmp_path, left) == []


def test_all_that_was_left_open_is_published(tmp_path: Path) -> None:
    """Several files, after several bad ends."""
    assert restarted(tmp_path, b"1\n", b"2\n3", b"") == [b"1\n", b"2\n"]


def test_what_is_not_its_own_is_left_alone(tmp_path: Path) -> None:
    """Other names, folders and links are nothing to publish."""
    aim = tmp_path / "aim"
    aim.write_bytes(b"half a line")
    (tmp_path / "webhooks-link.jsonl.open").symlink_to(aim)
    (tmp_path / "webhooks-folder.jsonl.open").mkdir()
    (tmp_path / "other.open").write_bytes(b"x")
    files = WebhookFiles(tmp_path, HOUR, Clock())
    files.append([b"1\n"])
    files.close()
    assert published(tmp_path) == [b"1\n"]
    assert aim.read_bytes() == b"half a line"
    assert (tmp_path / "other.open").read_bytes() == b"x"


def test_a_file_that_somebody_removes_is_written_anew(files: WebhookFiles) -> None:
    """What is written to a file without a name would be gone."""
    files.append([b"1\n"])
    for path in files.folder.glob("*.open"):
        path.unlink()
    files.append([b"2\n"])
    files.publish()
    assert published(files.folder) == [b"2\n"]


def test_a_folder_that_goes_and_comes_back(tmp_path: Path, clock: Clock) -> None:
    """Errors as long as it is away; what had been written is in the folder that went."""
    folder = tmp_path / "webhooks"
    files = WebhookFiles(folder, HOUR, clock)
    files.append([b"1\n"])
    files.publish()
    folder.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        files.append([b"2\n"])
    (tmp_path / "away").rename(folder)
    files.append([b"3\n"])
    files.close()
    assert published(folder) == [b"1\n", b"3\n"]


def test_one_receiver_a_folder(files: WebhookFiles, clock: Clock) -> None:
    """Two would publish each other's files while they are written to."""
    with pytest.raises(SettingError, match="in use by another receiver; expected one of its own"):
        WebhookFiles(files.folder, HOUR, clock)


def test_the_lock_ends_with_its_receiver(tmp_path: Path, clock: Clock) -> None:
    """A lock file that is left is no lock."""
    for _ in range(2):
        WebhookFiles(tmp_path, HOUR, clock).close()
    assert (tmp_path / LOCK).exists()


def test_a_folder_is_made(tmp_path: Path, clock: Clock) -> None:
    """With its parents; others than its user and group may not look inside."""
    folder = tmp_path / "a" / "b"
    files = WebhookFiles(folder, HOUR, clock)
    files.append([b"1\n"])
    files.close()
    assert folder.stat().st_mode & 0o007 == 0
    assert all(path.stat().st_mode & 0o137 == 0 for path in folder.iterdir())


def test_a_folder_that_is_a_file(tmp_path: Path, clock: Clock) -> None:
    """One line, which names it."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"folder: .*file' is not a folder that can be written"):
        WebhookFiles(tmp_path / "file", HOUR, clock)
