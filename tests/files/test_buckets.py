"""Export files in buckets: an S3 server and a GCS emulator, each a process of its own."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import fsspec
import pytest

from tap_clevertap.errors import FilesFailed, StorageFailed
from tap_clevertap.sandbox import shop
from tests.support.exports import by_id, export, read_exports, rows, try_exports
from tests.support.needs import needs
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = [
    needs(
        "exports",
        modules=("s3fs", "gcsfs", "moto", "gcp_storage_emulator"),
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

JSON = dict[str, Any]
FIRST, LAST = date(2026, 7, 8), date(2026, 7, 9)
HANG_SECONDS = 60
# gcsfs would ask by gRPC what kind of bucket it is, which the emulator does not speak.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"
S3_KEYS = {"key": "test", "secret": "test"}


@contextmanager
def server(*command: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Give the port of a server that runs meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [one.replace("PORT", str(port)) for one in command]
    with subprocess.Popen(  # noqa: S603 - servers of the tests' own
        [sys.executable, *words],
        env=os.environ | dict(env or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _await(port, process)
            yield port
        finally:
            process.kill()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    msg = "the server does not listen"
    raise AssertionError(msg)


@pytest.fixture(scope="module")
def s3() -> Iterator[JSON]:
    """Give the options of an S3 server."""
    with server("-m", "moto.server", "-p", "PORT") as port:
        yield S3_KEYS | {"client_kwargs": {"endpoint_url": f"http://127.0.0.1:{port}"}}


@pytest.fixture(scope="module")
def gcs() -> Iterator[JSON]:
    """Give the options of a GCS emulator."""
    module = "from gcp_storage_emulator.server import create_server"
    with server("-c", f"{module}; create_server('127.0.0.1', PORT, True).run()") as port:
        yield {"endpoint_url": f"http://127.0.0.1:{port}", "token": "anon"}


@pytest.fixture(params=["s3", "gs"])
def bucket(request: pytest.FixtureRequest) -> tuple[str, JSON]:
    """Give the URL of a new bucket and the options of its storage."""
    options = request.getfixturevalue("s3" if request.param == "s3" else "gcs")
    name = f"exports-{uuid4().hex[:8]}"
    storage = fsspec.filesystem(request.param, **options)
    storage.mkdir(name)
    return f"{request.param}://{name}", options


def upload(folder: Path, url: str, options: JSON) -> None:
    """Copy a folder's files into a bucket."""
    storage = fsspec.filesystem(url.partition(":")[0], **options)
    for path in folder.rglob("*"):
        if path.is_file():
            target = f"{url.partition('://')[2]}/{path.relative_to(folder).as_posix()}"
            storage.pipe_file(target, path.read_bytes())


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_rows_of_a_bucket_are_those_of_a_folder(
    tmp_path: Path, bucket: tuple[str, JSON], kind: str, processes: int
) -> None:
    """In every format, also by other processes, which get the credentials; each file once."""
    world = shop(3, KOLKATA, LAST, days=2, people=20, events_per_day=40)
    export(world, tmp_path, FIRST, LAST, format=kind)
    url, options = bucket
    upload(tmp_path, url, options)
    settings = {"storage_options": options, "processes": processes, "min_age_minutes": 0}
    finished = read_exports(url, exports=settings)
    assert plain(rows(finished)) == plain(rows(read_exports(tmp_path)))
    assert rows(finished)
    assert not rows(read_exports(url, exports=settings, state=finished.state))


def plain(found: list[JSON]) -> list[JSON]:
    """Return rows without the time of their file, which a bucket dates anew."""
    return [{**one, "file_modified": None} for one in by_id(found)]


def test_a_cut_file_of_a_bucket_is_an_error_that_names_it(
    tmp_path: Path, bucket: tuple[str, JSON]
) -> None:
    """And the others are read."""
    world = shop(3, KOLKATA, LAST, days=2, people=20, events_per_day=40)
    written = export(world, tmp_path, FIRST, LAST)
    content = written[0].read_bytes()
    assert gzip.decompress(content)
    written[0].write_bytes(content[:-10])
    url, options = bucket
    upload(tmp_path, url, options)
    finished = try_exports(url, exports={"storage_options": options})
    assert isinstance(finished.error, FilesFailed)
    assert written[0].name in str(finished.error)
    files = {one["file"] for one in rows(finished)}
    others = [one for one in written[1:] if one.parent.name == "events"]
    assert {f"events/{one.name}" for one in others} <= files


def test_a_bucket_that_does_not_exist_is_one_line(bucket: tuple[str, JSON]) -> None:
    """It names the setting and the bucket, and no key."""
    url, options = bucket
    finished = try_exports(f"{url}-not-there", exports={"storage_options": options})
    if finished.error is None:  # a storage that lists nothing there
        assert not rows(finished)
        return
    assert isinstance(finished.error, StorageFailed)
    assert f"exports.url: '{url}-not-there' cannot be listed" in str(finished.error)
    assert "secret" not in str(finished.error)


def test_the_usual_chain_of_credentials_is_taken(
    tmp_path: Path, s3: JSON, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment, where no options say otherwise."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3["client_kwargs"]["endpoint_url"])
    name = f"exports-{uuid4().hex[:8]}"
    storage = fsspec.filesystem("s3", **s3)
    storage.mkdir(name)
    world = shop(3, KOLKATA, LAST, days=2, people=20, events_per_day=40)
    export(world, tmp_path, FIRST, LAST)
    upload(tmp_path, f"s3://{name}", s3)
    assert len(rows(read_exports(f"s3://{name}"))) == len(rows(read_exports(tmp_path)))
    shutil.rmtree(tmp_path)
