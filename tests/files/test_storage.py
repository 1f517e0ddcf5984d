"""Folders and buckets: what is listed, and what is said where that fails."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import fsspec
import pytest

from tap_clevertap.errors import FileFailed, SettingError, StorageFailed
from tap_clevertap.files.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

SETTING = "exports.url"


def write(folder: Path, *names: str) -> None:
    """Write files that hold their own names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_files_are_named_by_their_path_below_the_folder(tmp_path: Path) -> None:
    """Whatever is deeper is found too; hidden files and folders are not."""
    write(tmp_path, "a.csv.gz", "events/b.csv.gz", "events/2026/c.csv", ".hidden", ".tmp/d.csv")
    for url in (str(tmp_path), f"{tmp_path}/", tmp_path.as_uri()):
        found = Folder(url, {}, SETTING).files()
        assert {one.name for one in found} == {"a.csv.gz", "events/b.csv.gz", "events/2026/c.csv"}
        assert {one.size for one in found} == {len(one.name) for one in found}


def test_a_file_is_opened_by_what_was_listed(tmp_path: Path) -> None:
    """The bytes are those of the file."""
    write(tmp_path, "deep/a.csv")
    folder = Folder(str(tmp_path), {}, SETTING)
    [file] = folder.files()
    with folder.open(file) as opened:
        assert opened.read() == b"deep/a.csv"


def test_a_copied_file_arrives_when_it_is_copied(tmp_path: Path) -> None:
    """A copy that keeps its old time is new here: its place in the order is that of arrival."""
    write(tmp_path, "old.csv")
    os.utime(tmp_path / "old.csv", (0, 0))
    before = datetime.now(UTC).timestamp() - 3600
    [file] = Folder(str(tmp_path), {}, SETTING).files()
    assert file.modified == datetime(1970, 1, 1, tzinfo=UTC)
    assert file.arrived.timestamp() > before


def test_a_memory_bucket_is_listed() -> None:
    """A storage of fsspec that is not a disk works alike."""
    storage = fsspec.filesystem("memory")
    storage.pipe("/bucket/exports/a.json", b"{}")
    folder = Folder("memory://bucket/exports", {}, SETTING)
    try:
        [file] = folder.files()
        assert (file.name, file.arrived) == ("a.json", file.modified)
        with folder.open(file) as opened:
            assert opened.read() == b"{}"
    finally:
        storage.rm("/bucket", recursive=True)


def test_a_file_that_has_gone_is_named(tmp_path: Path) -> None:
    """Between listing and reading somebody may delete it."""
    write(tmp_path, "a.csv")
    folder = Folder(str(tmp_path), {}, SETTING)
    [file] = folder.files()
    (tmp_path / "a.csv").unlink()
    with pytest.raises(FileFailed, match="cannot be opened"), folder.open(file):
        pass


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/no/such/folder", "'/no/such/folder' is not an existing folder; expected s3://"),
        ("nonsense://x", "'nonsense://x' is not a valid URL; expected s3://"),
        ("oss://x/y", "'oss://x/y' needs a package; install what fsspec needs for oss://"),
    ],
)
def test_a_wrong_url_is_one_line(url: str, said: str) -> None:
    """It names the setting, what was given and what is expected."""
    with pytest.raises(SettingError) as caught:
        Folder(url, {}, SETTING).files()
    assert str(caught.value).startswith(f"{SETTING}: {said}")
    assert "\n" not in str(caught.value)


def test_the_extra_of_a_cloud_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package is not installed with the tap."""

    def missing(*_: object, **__: object) -> None:
        raise ImportError

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(SettingError, match=r"install tap-clevertap\[gcs\]"):
        Folder("gs://bucket", {}, SETTING).files()


def test_options_that_a_storage_refuses_are_one_line() -> None:
    """An option's value, maybe a key, is not repeated."""
    with pytest.raises(SettingError, match=r"exports\.url: 'ftp://x/y' is not a valid URL"):
        Folder("ftp://x/y", {"nonsense": "s3cr3t"}, SETTING).files()


def test_a_storage_that_does_not_list_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever kind of error it raises."""

    class Denied(Exception):
        """An error of a storage's own."""

    def find(*_: object, **__: object) -> None:
        msg = "no access\nmore"
        raise Denied(msg)

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "find", find)
    with pytest.raises(StorageFailed) as caught:
        Folder("memory://bucket", {}, SETTING).files()
    expected = "exports.url: 'memory://bucket' cannot be listed (Denied: no access)"
    assert str(caught.value) == expected
