"""What was answered 200 is in the files, whatever happens to the process or its disk."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import random
import resource
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.receiver import (
    HANG,
    JSON_TYPE,
    KNOWN,
    SECRET,
    Receiver,
    post,
    receiving,
    request,
    stored,
)

if TYPE_CHECKING:
    from pathlib import Path

LIBC = ctypes.CDLL(None)
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

SENDERS = 200
BODIES_EACH = 5
MOST_REPEATS = 3


def body_of(sender: int, n: int, size: int = 100) -> str:
    """Return a body of its own."""
    return json.dumps({"targetId": sender, "n": n, "filler": "x" * size})


async def send_repeatedly(port: int, bodies: list[str], answered: list[str]) -> list[int]:
    """Send each body one to three times, as CleverTap may; note those that were answered 200."""
    statuses = []
    for n, body in enumerate(bodies):
        for _ in range(1 + n % MOST_REPEATS):
            statuses.append(await post(port, request(body)))
            if statuses[-1] == 200:
                answered.append(body)
    return statuses


async def send_at_once(port: int, senders: int, each: int, answered: list[str]) -> list[int]:
    """Have many senders send at the same time; return all statuses."""
    bodies = [[body_of(sender, n) for n in range(each)] for sender in range(senders)]
    work = (send_repeatedly(port, one, answered) for one in bodies)
    return [status for statuses in await asyncio.gather(*work) for status in statuses]


def test_concurrent_senders_are_all_stored(tmp_path: Path) -> None:
    """Two hundred at once, with repeats: each answered 200, each in the files once or more."""
    answered: list[str] = []
    with receiving(tmp_path) as receiver:
        statuses = asyncio.run(send_at_once(receiver.port, SENDERS, BODIES_EACH, answered))
    assert set(statuses) == {200}
    assert len(set(answered)) == SENDERS * BODIES_EACH
    assert sorted(stored(tmp_path)) == sorted(answered)


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path, seed: int) -> None:
    """At a random moment; the next receiver mends what is half written and publishes it."""
    answered: list[str] = []
    moment = random.Random(seed)  # noqa: S311 - to repeat a failure

    async def send_until_killed(receiver: Receiver) -> None:
        sending = asyncio.create_task(send_at_once(receiver.port, 20, 200, answered))
        while len(answered) < moment.randrange(20, 400):  # noqa: ASYNC110 - any moment will do
            await asyncio.sleep(moment.random() / 100)
        receiver.process.send_signal(signal.SIGKILL)
        await asyncio.wait_for(sending, HANG)

    with Receiver(tmp_path, "--rotate-minutes=0.01") as receiver:
        asyncio.run(send_until_killed(receiver))
        assert receiver.stop() == -signal.SIGKILL
    with receiving(tmp_path) as receiver:
        assert receiver.send(body_of(-1, -1)) == [200]
    assert set(answered) <= set(stored(tmp_path))
    assert body_of(-1, -1) in stored(tmp_path)
    assert list(tmp_path.glob("*.open")) == []


def test_a_stop_answers_what_is_under_way(tmp_path: Path) -> None:
    """SIGTERM is a polite end: nobody gets half an answer, and all is published."""
    answered: list[str] = []

    async def send_until_stopped(receiver: Receiver) -> list[int]:
        sending = asyncio.create_task(send_at_once(receiver.port, 20, 100, answered))
        while len(answered) < 100:  # noqa: ASYNC110 - no event of another process
            await asyncio.sleep(0.01)
        receiver.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(sending, HANG)

    with receiving(tmp_path) as receiver:
        statuses = asyncio.run(send_until_stopped(receiver))
    assert set(statuses) == {200, 0}  # 0: no connection any more
    assert sorted(stored(tmp_path)) == sorted(answered)
    assert list(tmp_path.glob("*.open")) == []
    assert "Traceback" not in "".join(receiver.log)


def full_after(size: int) -> None:
    """Let no file of the process grow beyond a size: writes fail in the middle, as on a full disk.

    Python ignores the signal that would come with it.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_503(tmp_path: Path) -> None:
    """200 for what is on the disk, 503 for what is not; when there is space again, 200 again."""
    bodies = [body_of(n, 0, 1000 + n) for n in range(21)]
    with receiving(tmp_path, preexec_fn=lambda: full_after(5000)) as receiver:
        statuses = receiver.send(*bodies)
        resource.prlimit(
            receiver.process.pid,
            resource.RLIMIT_FSIZE,
            (resource.RLIM_INFINITY, resource.RLIM_INFINITY),
        )
        assert receiver.send("1", "2") == [200, 200]
    assert set(statuses) == {200, 503}
    kept = [body for body, status in zip(bodies, statuses, strict=True) if status == 200]
    assert [one for one in stored(tmp_path) if one not in {"1", "2"}] == kept
    assert "File too large): answering 503" in "".join(receiver.log)
    assert "can write to" in "".join(receiver.log)


def give_up_roots_right() -> None:
    """Take the right to write everywhere from a process, which root has beyond all permissions."""
    if os.geteuid() == 0:
        LIBC.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def small_disk(folder: Path) -> bool:
    """Mount a disk of 64 KiB, if that is allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def test_a_disk_that_fills_up_is_503(tmp_path: Path) -> None:
    """The same on a real file system, where one may be mounted."""
    folder = tmp_path / "disk"
    if not small_disk(folder):
        pytest.skip("needs to be root and allowed to mount")
    try:
        bodies = [body_of(n, 0, 2000) for n in range(40)]
        with receiving(folder) as receiver:
            statuses = receiver.send(*bodies)
        assert "No space left on device" in "".join(receiver.log)
        kept = [body for body, status in zip(bodies, statuses, strict=True) if status == 200]
        assert set(statuses) == {200, 503}
        assert set(kept) <= set(stored(folder))
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607


def test_a_folder_that_has_gone_is_503(tmp_path: Path) -> None:
    """200 again once it is back."""
    folder = tmp_path / "webhooks"
    with receiving(folder) as receiver:
        folder.rename(tmp_path / "away")
        assert receiver.send("1", "2") == [503, 503]
        folder.write_text("a file")
        assert receiver.send("3") == [503]
        folder.unlink()
        (tmp_path / "away").rename(folder)
        assert receiver.send("4") == [200]
    assert stored(folder) == ["4"]


def test_a_folder_not_writable_is_503(tmp_path: Path) -> None:
    """Where the permission goes while the receiver runs."""
    with receiving(tmp_path, preexec_fn=give_up_roots_right) as receiver:
        tmp_path.chmod(0o500)
        assert receiver.send("1") == [503]
        tmp_path.chmod(0o700)
        assert receiver.send("2") == [200]
    assert stored(tmp_path) == ["2"]
    assert "Permission denied): answering 503" in "".join(receiver.log)


def test_a_folder_not_writable_at_the_start_is_one_line(tmp_path: Path) -> None:
    """The receiver does not start."""
    tmp_path.chmod(0o500)
    with pytest.raises(AssertionError, match=r"folder: .* is not a folder that can be written to"):
        Receiver(tmp_path, preexec_fn=give_up_roots_right)


def test_files_are_published_while_nothing_comes(tmp_path: Path) -> None:
    """By their age, so that a quiet hour does not hide what came before it."""
    with receiving(tmp_path, "--rotate-minutes=0.01") as receiver:
        receiver.send("1")
        while not stored(tmp_path):
            assert receiver.process.poll() is None
        assert list(tmp_path.glob("*.open")) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON_TYPE, '{"name": "\\ud83d"}'),
        (JSON_TYPE, '\ufeff{"a": 1}'),
        (JSON_TYPE, '{"a": 123456789012345678901234567890, "b": 1e999, "c": "\\u0000"}'),
        (JSON_TYPE, "\r\n[1,\r\n 2]\r\n"),
        ("Content-Type: text/plain", "High value purchase by Jané 😀\r\n\tsecond line\u2028third"),
        ("Content-Type: text/plain", '{"broken": '),
        ("Content-Type: application/x-www-form-urlencoded", "a=1&b=%00"),
        ("X-No: type", "\x00\x01\x7f"),
        ("X-No: type", "x" * (1 << 20)),
    ],
)
def test_a_body_is_kept_to_the_character(tmp_path: Path, content_type: str, body: str) -> None:
    """Any text that a marketer may have typed, up to the limit."""
    with receiving(tmp_path) as receiver:
        assert receiver.send(body, headers=(KNOWN, content_type)) == [200]
    assert stored(tmp_path) == [body]


def test_a_second_secret_is_accepted(tmp_path: Path) -> None:
    """So that a secret can change without a webhook lost; Basic beside it likewise."""
    secrets = tmp_path / "secrets"
    secrets.write_text(f"{SECRET}\n\nthe-next-secret-0123456789\n")
    logins = tmp_path / "logins"
    logins.write_text("clevertap:another-secret-0123456789\n")
    options = (f"--secret-file={secrets}", f"--basic-file={logins}", "--secret-header=X-Key")
    basic = "Authorization: Basic Y2xldmVydGFwOmFub3RoZXItc2VjcmV0LTAxMjM0NTY3ODk="
    with receiving(tmp_path / "webhooks", *options) as receiver:
        for header in (f"X-Key: {SECRET}", "x-key: the-next-secret-0123456789", basic):
            assert receiver.send("1", headers=(header,)) == [200]
        for header in (KNOWN, f"X-Key: {secrets.read_text()}".replace("\n", ""), basic[:-5]):
            assert receiver.send("1", headers=(header,)) == [401]
