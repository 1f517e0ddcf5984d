"""The command line as a shell sees it: lines, exit codes, pipes and signals."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from array import array
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.sandbox import Behaviour, Device, Event, Faults, Person, Sandbox, World
from tests.support.processes import HANG_GUARD, Process, started, unmeasured
from tests.support.rendezvous import held
from tests.support.running import assert_polite, bookmarks, config_for
from tests.support.telling import assert_nothing_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event as Occurrence

ZONE = "Asia/Kolkata"
PAGE = 46
TYPES = 14
ROWS = 80
JSON = dict[str, Any]


def yesterday(timezone: str = ZONE) -> date:
    """Return the last day that is over."""
    return datetime.now(ZoneInfo(timezone)).date() - timedelta(days=1)


def recent_world(timezone: str = ZONE, types: int = TYPES, rows: int = ROWS) -> World:
    """Return an account where some event types happened over the last three days."""
    world = World(timezone)
    world.people = [Person([Device(f"__g{n:03}", "iOS")], f"user-{n}") for n in range(20)]
    day = yesterday(timezone) - timedelta(days=2)
    opening = int(datetime(day.year, day.month, day.day, tzinfo=world.zone).timestamp())
    for n in range(types * rows):
        # Each person does the first event once, which is what proves a zone.
        name = f"Event {n % types:02}"
        at = opening + n * 3 * 86000 // (types * rows)
        world.add(Event(name, at, n // types % 20, props={"n": n, "long": "x" * 300}))
    for n in range(20):
        world.add(Event("App Launched", opening + 600 * n, n))
    return world


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    """Give an account of today for tests that change nothing about it."""
    with Sandbox(recent_world(types=2, rows=10), behaviour=Behaviour(partial_share=0)) as box:
        yield box


@pytest.fixture
def lively() -> Iterator[Sandbox]:
    """Give an account with enough rows to fill a pipe."""
    with Sandbox(recent_world(), behaviour=Behaviour(partial_share=0), faults=Faults()) as box:
        yield box
        assert_polite(box)


class Shell:
    """Runs the command line with files in a folder of its own, and no setting of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TAP_CLEVERTAP")}

    def file(self, name: str, content: object) -> str:
        """Write JSON, or a text as it is, and return the path."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    @contextmanager
    def start(
        self, *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE
    ) -> Iterator[Process]:
        """Start the tap, which may be sent signals; the block ends with it."""
        with self._started(arguments, unmeasured(self.env), stdout) as process:
            yield process

    @contextmanager
    def _started(
        self, arguments: tuple[str, ...], env: dict[str, str], stdout: int | IO[bytes]
    ) -> Iterator[Process]:
        command = [sys.executable, "-m", "tap_clevertap", *arguments]
        with (
            self._log.open("wb") as stderr,
            started(command, stdout=stdout, stderr=stderr, env=env) as process,
        ):
            yield process
        assert_nothing_told(self._log.read_bytes().splitlines())

    @property
    def _log(self) -> Path:
        return self.folder / "stderr"

    @property
    def stderr(self) -> str:
        """What the last one said."""
        return self._log.read_text("utf-8")

    def run(self, *arguments: str, **env: str) -> tuple[int, bytes, str]:
        """Run the tap to its end; return exit code, stdout and stderr."""
        self.env |= env
        with self._started(arguments, self.env, subprocess.PIPE) as process:
            out, _ = process.communicate(timeout=HANG_GUARD)
        assert_nothing_told(out.splitlines())
        return process.returncode, out, self.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a shell."""
    return Shell(tmp_path)


def errors_of(stderr: str) -> list[str]:
    """Return the lines that say what is wrong."""
    lines = (line.split(" | ") for line in stderr.splitlines())
    return [line[-1] for line in lines if len(line) > 2 and line[1].strip() == "ERROR"]


WRONG: list[tuple[JSON, str]] = [
    ({"passcode": "hush-hush-1"}, "account_id, passcode, region: "),
    ({"timezone": "Asia/Kolkatta"}, "timezone: 'Asia/Kolkatta' is not a valid IANA time zone; did"),
    ({"timezone": "America/Sao_Paulo"}, "timezone: America/Sao_Paulo does not fit the account: "),
    ({"max_concurrency": 9}, "max_concurrency: 9 is not valid; expected an integer from 1 to 3"),
    ({"start_date": "2026-02-30"}, "start_date: '2026-02-30' is not a valid date; expected"),
    ({"start_date": "2999-01-01"}, "start_date: 2999-01-01 is in the future"),
    ({"events": ["Nothing*"]}, "events: none of the account's 3 events matches"),
]
AT_ONCE: dict[str, tuple[object, str]] = {
    "account_id": (
        None,
        "missing; expected a string without spaces (or the environment variable TAP_CLEVERTAP_",
    ),
    "passcode": (12345678, "the value is not valid; expected a string without spaces"),
    "api_url": ("ftp://x", '"ftp://x" is not valid; expected scheme and host'),
    "start_date": ("next week", '"next week" is not valid; expected a date as YYYY-MM-DD'),
    "events": ("Charged", '"Charged" is not valid; expected a list of strings such as'),
    "start_day": ("2026-01-01", "unknown setting; did you mean start_date?"),
    "max_concurrency": ("abc", '"abc" is not valid; expected an integer from 1 to 3'),
    "reconciliation": ("maybe", '"maybe" is not valid; expected one of off, warn, fail'),
    "include_today": ("perhaps", '"perhaps" is not valid; expected true or false'),
}


@pytest.mark.parametrize(("wrong", "line"), WRONG, ids=lambda one: str(one)[:40])
def test_a_wrong_setting_is_one_clear_line(
    shell: Shell, account: Sandbox, wrong: JSON, line: str
) -> None:
    """The exit code is not zero, one line names the setting, nothing else is said or written."""
    config = shell.file("config.json", config_for(account) | wrong)
    code, out, stderr = shell.run("--config", config)
    assert (code, out) == (2, b"")
    (said,) = errors_of(stderr)
    assert said.startswith(line)
    assert "Traceback" not in stderr
    assert "hush-hush-1" not in stderr
    assert account.passcode not in stderr


def test_all_wrong_settings_are_told_at_once(shell: Shell, account: Sandbox) -> None:
    """Each setting that is wrong by itself has its line in one run, and nothing is sent."""
    before = account.request_log.requests.total()
    wrong = {name: value for name, (value, _) in AT_ONCE.items()}
    config = shell.file("config.json", config_for(account) | wrong)
    code, out, stderr = shell.run("--config", config)
    assert (code, out) == (2, b"")
    said = dict(line.split(": ", 1) for line in errors_of(stderr))
    assert said.keys() == AT_ONCE.keys()
    assert [name for name, (_, line) in AT_ONCE.items() if not said[name].startswith(line)] == []
    assert "12345678" not in stderr
    assert account.request_log.requests.total() == before


@pytest.mark.parametrize(
    ("true", "wrong", "offset"),
    [
        ("America/Sao_Paulo", "Asia/Kolkata", "-03:00"),
        ("America/New_York", "Asia/Kolkata", None),
    ],
)
def test_a_wrong_zone_names_the_offset(
    shell: Shell, true: str, wrong: str, offset: str | None
) -> None:
    """It is told for zones west of UTC and for those with daylight saving, as of that day."""
    shown = datetime.now(ZoneInfo(true)) - timedelta(days=3)
    offset = offset or f"{shown:%z}"[:3] + ":00"
    with Sandbox(recent_world(true, 2, 5), behaviour=Behaviour(partial_share=0)) as box:
        config = shell.file("config.json", config_for(box, timezone=wrong))
        code, out, stderr = shell.run("--config", config)
    assert (code, out) == (2, b"")
    (said,) = errors_of(stderr)
    assert said.startswith(f"timezone: {wrong} does not fit the account: ")
    assert f"offset {offset}; time zones that fit all: America/" in said


@pytest.mark.parametrize("is_listening", [False, True], ids=["refused", "silent"])
def test_a_host_that_does_not_answer_is_one_clear_line(
    shell: Shell, account: Sandbox, *, is_listening: bool
) -> None:
    """Whether it refuses or takes the connection and says nothing: no retries without end."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        if not is_listening:
            server.close()
        config = shell.file("config.json", config_for(account, api_url=url, request_timeout=1))
        code, out, stderr = shell.run("--config", config)
    assert (code, out) == (1, b"")
    (said,) = errors_of(stderr)
    assert said.startswith(f"region, api_url: {url} does not respond (")
    assert "Traceback" not in stderr


BROKEN = '{"passcode": "hush-hush-1",'


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("config", BROKEN, "is not valid JSON (line 1: "),
        ("config", "[]", "contains a JSON list; expected an object"),
        ("state", BROKEN, "is not valid JSON (line 1: "),
        ("state", '"x"', "contains a JSON str; expected an object"),
        (
            "state",
            '{"bookmarks": []}',
            "`bookmarks` is not valid (list); expected an object with an object for each stream",
        ),
        (
            "state",
            '{"bookmarks": {"events": 1}}',
            "`bookmarks.events` is not valid (1); expected an object",
        ),
        ("catalog", "", "is not valid JSON (line 1: "),
    ],
)
def test_a_broken_file_is_one_clear_line(
    shell: Shell, account: Sandbox, name: str, content: str, line: str
) -> None:
    """The line names option, file and place, and shows nothing of what the file holds."""
    files = {"config": shell.file("config.json", config_for(account))}
    files[name] = shell.file(f"{name}.json", content)
    options = [text for key, path in files.items() for text in (f"--{key}", path)]
    code, out, stderr = shell.run(*options)
    assert (code, out) == (2, b"")
    (said,) = errors_of(stderr)
    assert said.startswith(f"--{name}: ")
    assert line in said
    assert "Traceback" not in stderr
    assert "hush-hush-1" not in stderr


def test_a_missing_or_unreadable_config_is_one_clear_line(shell: Shell, tmp_path: Path) -> None:
    """A path that is wrong, a folder and bytes that are no text are told as such."""
    (tmp_path / "latin").write_bytes(b'{"account_id": "\xe9"}')
    for path, why in (("none.json", "No such file"), (".", "Is a dir"), ("latin", "not UTF-8")):
        code, _, stderr = shell.run("--config", str(tmp_path / path))
        (said,) = errors_of(stderr)
        assert code == 2
        assert said.startswith(f"--config: {tmp_path / path} cannot be read ({why}")
        assert "Traceback" not in stderr


def test_a_number_that_is_none_in_the_environment_is_one_clear_line(shell: Shell) -> None:
    """The environment's texts are checked as those of a file are."""
    code, out, stderr = shell.run("--config", "ENV", TAP_CLEVERTAP_MAX_CONCURRENCY="abc")
    assert (code, out) == (2, b"")
    assert errors_of(stderr) == [
        'max_concurrency: "abc" is not valid; expected an integer from 1 to 3'
    ]
    assert "Traceback" not in stderr


def test_an_option_that_is_none_is_told(shell: Shell) -> None:
    """Wrong usage is exit code 2, with the usage."""
    code, out, stderr = shell.run("--catalogue", "x")
    assert (code, out) == (2, b"")
    assert "No such option" in stderr
    assert "Traceback" not in stderr


def test_discovery_needs_no_config(shell: Shell) -> None:
    """--discover prints a catalog without settings and without a request."""
    code, out, stderr = shell.run("--discover")
    streams = {one["tap_stream_id"]: one for one in json.loads(out)["streams"]}
    assert code == 0
    assert streams["events"]["key_properties"] == ["event_id"]
    assert "Traceback" not in stderr


@pytest.mark.parametrize("style", [None, "markdown", "json"])
def test_about_names_every_setting(shell: Shell, style: str | None) -> None:
    """Each setting and its description stand in the text, in markdown and in JSON."""
    options = ["--about", f"--format={style}"] if style else ["--about"]
    code, out, _ = shell.run(*options)
    assert code == 0
    text = out.decode()
    for name in SCHEMA["properties"]:
        assert name in text
    if style == "json":
        settings = json.loads(text)["settings"]["properties"]
        for name, entry in SCHEMA["properties"].items():
            assert settings[name].get("description") == entry.get("description")


def test_the_version_is_said(shell: Shell) -> None:
    """--version is one line with the tap's name."""
    code, out, _ = shell.run("--version")
    assert (code, out.startswith(b"tap-clevertap v"), out.count(b"\n")) == (0, True, 1)


@pytest.mark.parametrize("test", ["--test", "--test=schema"])
def test_a_test_reads_a_record_or_none(shell: Shell, account: Sandbox, test: str) -> None:
    """--test writes one record a stream at most; --test=schema only schemas."""
    config = shell.file("config.json", config_for(account))
    code, out, stderr = shell.run("--config", config, test)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0, stderr
    assert "events" in {one["stream"] for one in lines if one["type"] == "SCHEMA"}
    records = [one for one in lines if one["type"] == "RECORD" and one["stream"] == "events"]
    assert len(records) == (test == "--test")
    assert "unhandled" not in str(stderr)


def test_a_catalog_and_a_state_are_honoured(shell: Shell, account: Sandbox) -> None:
    """A run with its own state and a catalog of one stream reads just the look-back of that."""
    config = shell.file("config.json", config_for(account, lookback_days=1))
    _, catalog, _ = shell.run("--discover")
    chosen = select(json.loads(catalog), "events")
    code, first, _ = shell.run("--config", config, "--catalog", shell.file("c.json", chosen))
    state = messages(first)[-1]["value"]
    options = ["--catalog", shell.file("c.json", chosen), "--state", shell.file("s.json", state)]
    again, second, _ = shell.run("--config", config, *options)
    assert (code, again) == (0, 0)
    days = {one["record"]["event_date"] for one in records(second)}
    assert days == {yesterday().isoformat()}
    assert {one["stream"] for one in messages(first) if "stream" in one} == {"events"}
    assert len(records(first)) == 40


def select(catalog: JSON, *names: str) -> JSON:
    """Return a catalog that selects only the named streams."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in names
    return catalog


def messages(out: bytes) -> list[JSON]:
    """Return the messages of an output, of which every line has to be whole."""
    assert out.endswith(b"\n")
    assert_nothing_told(out.splitlines())
    return [json.loads(line) for line in out.splitlines()]


def records(out: bytes) -> list[JSON]:
    """Return the RECORD messages of the events."""
    found = messages(out)
    return [one for one in found if one["type"] == "RECORD" and one["stream"] == "events"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("waits_for", ["target", "unbuffered target", "api"])
def test_an_interrupted_run_is_red_and_is_resumed(
    shell: Shell, lively: Sandbox, number: signal.Signals, waits_for: str
) -> None:
    """Lines are whole, the last is a STATE of closed slices only, and resuming loses nothing."""
    # Python images are often unbuffered: there a write may end half-way when a signal comes.
    shell.env["PYTHONUNBUFFERED"] = "1" if "unbuffered" in waits_for else ""
    settings = config_for(lively, batch_size=PAGE, lookback_days=0, max_concurrency=1)
    config = shell.file("config.json", settings)
    catalog = select(json.loads(shell.run("--discover")[1]), "events")
    options = ["--config", config, "--catalog", shell.file("catalog.json", catalog)]
    with shell.start(*options) as process, ExitStack() as holding:
        assert process.stdout is not None
        head = b"".join(process.stdout.readline() for _ in range(300))
        if waits_for == "api":
            head += read_until(holding.enter_context(held(lively)), process)
        else:
            time.sleep(0.5)
        process.send_signal(number)
        out = head + process.stdout.read()
        assert process.wait(HANG_GUARD) == 128 + number
    assert f"{number.name}: interrupted" in shell.stderr
    assert "Traceback" not in shell.stderr
    last = messages(out)[-1]
    assert last["type"] == "STATE"
    closed = bookmarks(last["value"])
    assert 0 < len(closed) < TYPES + 1
    assert_closed_are_whole(out, closed, lively)
    code, rest, _ = shell.run(*options, "--state", shell.file("state.json", last["value"]))
    assert code == 0
    ids = {one["record"]["event_id"] for one in records(out) + records(rest)}
    assert len(ids) == TYPES * ROWS + 20
    assert not {one["record"]["event_name"] for one in records(rest)} & closed.keys()


def read_until(request_has_come: Occurrence, process: Process) -> bytes:
    """Return what is written until a request has come that gets no answer."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    os.set_blocking(descriptor, False)
    parts, deadline = [], time.monotonic() + HANG_GUARD
    while not request_has_come.wait(0.02) and time.monotonic() < deadline:
        if part := process.stdout.read():
            parts.append(part)
    os.set_blocking(descriptor, True)
    return b"".join(parts)


def wait_until_the_pipe_is_full(process: Process) -> None:
    """Return when the tap has written what the pipe holds and waits for its reader."""
    assert process.stdout is not None
    deadline = time.monotonic() + HANG_GUARD
    unread, before = array("i", [0]), -1
    while (unread[0] != before or not unread[0]) and time.monotonic() < deadline:
        before = unread[0]
        time.sleep(0.5)
        fcntl.ioctl(process.stdout, termios.FIONREAD, unread)


def assert_closed_are_whole(out: bytes, closed: dict[str, str], sandbox: Sandbox) -> None:
    """Make sure that all rows of the closed events have been written."""
    names = [one["record"]["event_name"] for one in records(out)]
    for event in closed:
        assert names.count(event) == (20 if event == "App Launched" else ROWS)
    assert set(closed) <= set(sandbox.world.event_types)


def test_a_closed_pipe_ends_the_run_at_once(shell: Shell, lively: Sandbox) -> None:
    """A target that has gone is told in one line, and Python adds nothing at its exit."""
    config = shell.file("config.json", config_for(lively, batch_size=PAGE))
    with shell.start("--config", config) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(HANG_GUARD) == 1
    assert errors_of(shell.stderr)[-1:] == [
        "output: the target closed the pipe; see the target's own log"
    ]
    assert "Exception ignored" not in shell.stderr
    assert "Traceback" not in shell.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_the_run(shell: Shell, account: Sandbox) -> None:
    """Output that cannot be written is one line and an exit code that is not zero."""
    config = shell.file("config.json", config_for(account))
    with Path("/dev/full").open("wb") as full, shell.start("--config", config, stdout=full) as run:
        assert run.wait(HANG_GUARD) == 1
    assert errors_of(shell.stderr)[-1:] == ["output: cannot be written: No space left on device"]
    assert "Exception ignored" not in shell.stderr
    assert "Traceback" not in shell.stderr


def test_a_plan_asks_for_counts_alone(shell: Shell, lively: Sandbox) -> None:
    """`--plan` prints what a run would read and reads nothing of it."""
    config = shell.file("config.json", config_for(lively))
    code, stdout, _ = shell.run("--config", config, "--plan")
    assert code == 0
    head, *events, total, pace = stdout.decode().splitlines()
    assert head.split() == ["event", "days", "rows", "requests"]
    assert total.startswith("in all")
    assert events
    assert pace.startswith("no estimate of the time")
    assert set(lively.request_log.requests) == {"schema", "trends"}


def test_a_second_signal_ends_a_run_whose_reader_hangs(shell: Shell, lively: Sandbox) -> None:
    """Nobody takes the lines: the first signal waits for that, the second does not; none is cut."""
    config = shell.file("config.json", config_for(lively, batch_size=PAGE))
    with shell.start("--config", config) as process:
        assert process.stdout is not None
        head = process.stdout.readline()
        wait_until_the_pipe_is_full(process)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG_GUARD) == 128 + signal.SIGTERM
        out = head + process.stdout.read()
    assert messages(out)
    assert "Traceback" not in shell.stderr


@pytest.fixture
def _hangups() -> Iterator[None]:
    """Hear SIGHUP, which is ignored where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_hangups")
def test_a_hangup_ends_a_run_like_the_other_signals(shell: Shell, lively: Sandbox) -> None:
    """A terminal that closes leaves whole lines and the state."""
    config = shell.file("config.json", config_for(lively, batch_size=PAGE, max_concurrency=1))
    with shell.start("--config", config) as process:
        assert process.stdout is not None
        head = b"".join(process.stdout.readline() for _ in range(50))
        process.send_signal(signal.SIGHUP)
        out = head + process.stdout.read()
        assert process.wait(HANG_GUARD) == 128 + signal.SIGHUP
    assert messages(out)[-1]["type"] == "STATE"
    assert "SIGHUP: interrupted" in shell.stderr


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"api_url": "http://joe:hush-hush-2@127.0.0.1:9"}, "api_url: the value is not valid"),
        ({"events": ["a\ud800"]}, "events: has a text with half of a surrogate pair"),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date: '0001-01-01T00:00:00+14:00' is"),
        ({"end_date": "9999-12-31T23:59:59-14:00"}, "end_date: '9999-12-31T23:59:59-14:00' is"),
        ({"timezone": "IST"}, "did you mean Asia/Kolkata or Asia/Jerusalem or Europe/Dublin?"),
        ({"batch_config": {"encoding": {"format": "jsonl"}}}, "batch_config: not valid; expected"),
        (
            {
                "batch_config": {
                    "encoding": {"format": "jsonl"},
                    "storage": {"root": "nowhere://bucket"},
                }
            },
            "batch_config: ",
        ),
        ({"stream_maps": {"event": {"email": None}}}, "no stream is named 'event'; did you mean"),
        ({"stream_maps": {"events": {"email": "1 +"}}}, "stream_maps: 'events': Failed to parse"),
        (
            {"stream_maps": {"events": {"email": "fake.email()"}}},
            "stream_maps: 'events'",
        ),
    ],
)
def test_odd_settings_are_a_line(shell: Shell, account: Sandbox, changes: JSON, line: str) -> None:
    """What used to be a traceback, or silence, names the setting; nothing secret is shown."""
    config = shell.file("config.json", config_for(account, **changes))
    code, out, stderr = shell.run("--config", config)
    assert code == 2
    assert b'"stream":"events","record"' not in out
    assert line in "\n".join(errors_of(stderr))
    assert "Traceback" not in stderr
    assert "hush-hush-2" not in stderr


@pytest.mark.parametrize("option", ["--discover", "--about", "--version"])
def test_stdout_that_takes_nothing_is_a_line(shell: Shell, option: str) -> None:
    """A full disk, in whatever is printed."""
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    with Path("/dev/full").open("wb") as full, shell.start(option, stdout=full) as process:
        assert process.wait(HANG_GUARD) == 1
    assert "output: cannot be written: No space left on device" in shell.stderr
    assert "Traceback" not in shell.stderr
    assert "Exception ignored" not in shell.stderr


@pytest.mark.parametrize("name", ["TAP_CLEVERTAP_LOGLEVEL", "LOGLEVEL"])
def test_a_log_level_that_is_none_is_a_line(shell: Shell, name: str) -> None:
    """The line names the variable and the levels."""
    code, out, stderr = shell.run("--version", **{name: "LOUD"})
    assert (code, out) == (2, b"")
    assert f"{name}: 'LOUD' is not valid; expected one of " in stderr


@pytest.mark.parametrize("locale", ["C", "en_US.ISO-8859-1"])
def test_files_are_read_alike_under_each_locale(
    shell: Shell, account: Sandbox, locale: str
) -> None:
    """A bookmark of an event with letters beyond ASCII is found, wherever the tap runs."""
    name = "Ünïcode Evént ✓"
    mark = {"context": {"event_name": name}, "replication_key_value": yesterday().isoformat()}
    text = json.dumps({"bookmarks": {"events": {"partitions": [mark]}}}, ensure_ascii=False)
    state = shell.file("state.json", text)
    config = shell.file("config.json", config_for(account))
    env = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, stderr = shell.run("--config", config, "--state", state, **env)
    assert code == 0, stderr
    first = next(one["value"] for one in messages(out) if one["type"] == "STATE")
    assert name in bookmarks(first)


def test_a_first_contact_without_a_response_may_be_retried(shell: Shell) -> None:
    """The network may be down: the code differs from that of a wrong setting."""
    config = {"account_id": "A", "passcode": "hush-hush-3", "timezone": "UTC"}
    path = shell.file("config.json", config | {"api_url": "http://127.0.0.1:9"})
    code, _, stderr = shell.run("--config", path)
    assert code == 1
    assert "does not respond" in stderr
    assert "plain http" not in stderr


def test_plain_http_beyond_this_machine_is_warned_of(shell: Shell) -> None:
    """The passcode would be readable on its way."""
    config = {"account_id": "A", "passcode": "hush-hush-3", "timezone": "UTC"}
    path = shell.file("config.json", config | {"api_url": "http://clevertap.invalid"})
    _, _, stderr = shell.run("--config", path)
    assert "http://clevertap.invalid is plain http: the passcode is sent unencrypted" in stderr


def test_two_runs_of_one_state_are_found_out(shell: Shell, lively: Sandbox) -> None:
    """The second ends with a line and a code that says to try again; the first goes on."""
    config = shell.file("config.json", config_for(lively, batch_size=PAGE))
    state = shell.file("state.json", {})
    with shell.start("--config", config, "--state", state) as first:
        assert first.stdout is not None
        first.stdout.readline()
        code, out, stderr = shell.run("--config", config, "--state", state)
        assert (code, out) == (1, b"")
        assert "--state: " in stderr
        assert "is in use by another run; run again when that has ended" in stderr
        first.stdout.read()
        assert first.wait(HANG_GUARD) == 0
    code, _, stderr = shell.run("--config", config, "--state", state)
    assert code == 0, stderr
