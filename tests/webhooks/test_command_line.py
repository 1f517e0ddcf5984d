"""The command line: wrong options are one line, secrets are in none."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.receiver import HANG, ROOT, SECRET, receiving

if TYPE_CHECKING:
    from pathlib import Path

LONG = "another-secret-0123456789"
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("TAP_CLEVERTAP")
}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the receiver, which is to end by itself."""
    return subprocess.run(  # noqa: S603 - a command of our own
        [sys.executable, "-m", "tap_clevertap.webhooks", *arguments],
        env={**ENVIRONMENT, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )


def refused(folder: Path, *arguments: str, **variables: str) -> str:
    """Run with a folder and a secret and return the last line that it says."""
    known = {"TAP_CLEVERTAP_WEBHOOKS_SECRET": LONG, **variables}
    ended = run(f"--folder={folder}", *arguments, **known)
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    assert LONG not in ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--port=x", "'--port': 'x' is not a valid whole number; expected one from 0 to 65535"),
        ("--port=99999", "'99999' is not a valid whole number; expected one from 0 to 65535"),
        ("--max-body-bytes=0", "'0' is not a valid whole number; expected one from 1 to 67108864"),
        ("--rotate-minutes=nan", "'nan' is not a valid number; expected one from 0.01 to 1440"),
        ("--request-timeout=-1", "'-1' is not a valid number; expected one from 0.1 to 600"),
        ("--path=webhooks", "path: 'webhooks' is not a valid path; expected such as /webhooks"),
        ("--path=/a/../b?c", "path: '/a/../b?c' is not a valid path"),
        ("--path=/", "path: '/' is not a valid path"),
        ("--secret-header=Host", "secret-header: 'Host' is not a valid name; expected such as X-"),
        ("--secret-header=X Y", "secret-header: 'X Y' is not a valid name"),
        ("--secret-file=/no/file", "'/no/file' cannot be read (No such file or directory); "),
        ("--host=203.0.113.1", "host, port: cannot listen on '203.0.113.1', 8080 (Cannot assign"),
        ("--host=no.such.host.invalid", "host, port: cannot listen on 'no.such.host.invalid'"),
        ("--folder=/dev/null", "folder: '/dev/null' is not a folder that can be written to"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, option: str, said: str) -> None:
    """It names the option, the value and what is expected."""
    assert said in refused(tmp_path, option)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "secret: missing; expected a secret, or a login for Basic, that senders must know"),
        ("short", "secret: what was given is too short; expected 16 characters or more, such as"),
        ("ä" * 20, "secret: what was given cannot be sent in a header; expected printable ASCII"),
    ],
    ids=["none", "short", "unprintable"],
)
def test_a_wrong_secret_is_one_line(tmp_path: Path, secret: str, said: str) -> None:
    """Nobody may send without one, and a weak one is none; it is not repeated."""
    line = refused(tmp_path, TAP_CLEVERTAP_WEBHOOKS_SECRET=secret)
    assert said in line
    assert "short " not in line.replace("too short", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("login", ["no-colon-at-all-0123456789", ":password-0123456789", "u:short"])
def test_a_wrong_login_is_one_line(tmp_path: Path, login: str) -> None:
    """Of Basic: a user, a colon, a long password."""
    line = refused(tmp_path, TAP_CLEVERTAP_WEBHOOKS_BASIC=login)
    assert "basic: what was given is" in line
    assert login not in line


def test_a_folder_is_asked_for() -> None:
    """Without one there is nowhere to write to."""
    ended = run(TAP_CLEVERTAP_WEBHOOKS_SECRET=LONG)
    assert ended.returncode == 2
    assert "Missing option '--folder'" in ended.stderr


def test_options_come_from_the_environment(tmp_path: Path) -> None:
    """Each has its variable, as a service manager sets them."""
    assert "expected one from 0 to 65535" in refused(tmp_path, TAP_CLEVERTAP_WEBHOOKS_PORT="x")
    assert "'w' is not a valid path" in refused(tmp_path, TAP_CLEVERTAP_WEBHOOKS_PATH="w")
    assert "'/no/file' cannot be read" in refused(
        tmp_path, TAP_CLEVERTAP_WEBHOOKS_BASIC_FILE="/no/file"
    )


def test_a_second_receiver_is_refused(tmp_path: Path) -> None:
    """Of one folder, whatever its port."""
    with receiving(tmp_path):
        said = refused(tmp_path, "--port=0")
    assert "is in use by another receiver; expected one of its own" in said


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """And the folder is free again."""
    with receiving(tmp_path / "a") as receiver:
        said = refused(tmp_path / "b", f"--port={receiver.port}")
    assert "(Address already in use); expected an address of this machine and a free port" in said


def test_help_and_version() -> None:
    """Every option is described, with its variable."""
    shown = " ".join(run("--help").stdout.split())
    assert shown.count("[env var:") == 12
    assert run("--version").stdout.startswith("tap-clevertap-webhooks, version ")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """The tap itself does not need it."""
    (tmp_path / "starlette.py").write_text("raise ImportError")
    ended = run("--help", PYTHONPATH=str(tmp_path))
    assert ended.returncode == 1
    assert "pip install 'tap-clevertap[webhooks]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_log_has_no_secret_and_no_body(tmp_path: Path) -> None:
    """It counts, at the end too."""
    with receiving(tmp_path) as receiver:
        receiver.send('{"email": "x@y.com"}')
        receiver.send("x@y.com", headers=("X-Webhook-Secret: wrong",))
    log = "".join(receiver.log)
    assert "x@y.com" not in log
    assert SECRET not in log
    assert "1 stored, refused: 1 x 401, connections closed: 0" in log
    assert len(receiver.log) == 2, log


def test_ctrl_c_is_an_orderly_end(tmp_path: Path) -> None:
    """All is published, and the exit code is that of the signal."""
    with receiving(tmp_path) as receiver:
        receiver.send("1")
        assert receiver.stop(2) == 130
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert "Traceback" not in "".join(receiver.log)
