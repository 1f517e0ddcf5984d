"""The tap: settings in, streams out, and every failure told in words of its own."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap import __main__ as command_line
from tap_clevertap.errors import SettingError, TooManyRequests
from tap_clevertap.extraction.engine import ExtractionEngine
from tap_clevertap.output.writer import Interrupted
from tap_clevertap.streams import ClevertapStream
from tap_clevertap.tap import TapClevertap
from tests.support.running import captured, tap_on
from tests.support.worlds import daily_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Serve


def test_defaults_are_filled_in(config: dict[str, Any]) -> None:
    """What is not given has its default; what is given as null too."""
    required = {name: config[name] for name in ("account_id", "passcode", "timezone")}
    tap = TapClevertap(config=required | {"max_concurrency": None})
    assert {name: tap.config[name] for name in config} == config


def test_the_config_is_checked_before_anything_is_sent(config: dict[str, Any]) -> None:
    """All that is wrong is told at once, a line each, and never the passcode."""
    with pytest.raises(SettingError) as wrong:
        TapClevertap(config=config | {"max_concurrency": 9, "passcode": 5, "regoin": "in1"})
    lines = sorted(str(wrong.value).splitlines())
    assert [line.split(":")[0] for line in lines] == ["max_concurrency", "passcode", "regoin"]


def test_a_config_need_not_be_right_to_discover() -> None:
    """Without a config the catalog has every stream."""
    tap = TapClevertap(validate_config=False)
    assert {"events", "reconciliation"} <= tap.streams.keys()


def test_wrong_settings_are_listed_where_they_are_not_raised(config: dict[str, Any]) -> None:
    """Where validation is not to fail, discovery works with a wrong setting too."""
    tap = TapClevertap(config=config | {"max_concurrency": 9}, validate_config=False)
    assert "events" in tap.streams


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    """Texts become numbers, booleans and lists."""
    monkeypatch.setenv("TAP_CLEVERTAP_MAX_CONCURRENCY", "2")
    monkeypatch.setenv("TAP_CLEVERTAP_INCLUDE_TODAY", "true")
    monkeypatch.setenv("TAP_CLEVERTAP_EVENTS", '["A", "B*"]')
    tap = TapClevertap(config=config, parse_env_config=True)
    assert tap.config["max_concurrency"] == 2
    assert tap.config["include_today"] is True
    assert tap.config["events"] == ["A", "B*"]


@pytest.mark.parametrize("bookmarks", [[], {"events": []}, "x"])
def test_a_state_of_another_shape_is_refused(config: dict[str, Any], bookmarks: object) -> None:
    """It would be read as no state at all, or end in a traceback."""
    with pytest.raises(SettingError, match=r"^--state: `bookmarks.* expected an object"):
        TapClevertap(config=config, state={"bookmarks": bookmarks})


def test_a_signal_says_the_state_and_ends_red(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line is the state, though the same has been said before."""
    tap = tap_on(sandbox(daily_world("Viewed", days=3)), start_date="2026-07-07")
    real = ExtractionEngine.pages

    def pages(engine: ExtractionEngine) -> Iterator[Any]:
        yield from real(engine)
        tap._handle_termination(signal.SIGTERM, None)  # noqa: SLF001 - called by Python alone

    monkeypatch.setattr(ExtractionEngine, "pages", pages)
    finished = captured(lambda: interrupted(tap.sync_all))
    assert finished.states[-1] == finished.states[-2] == tap.state
    assert finished.bookmarks == {"Viewed": "2026-07-09"}


def test_a_signal_before_the_run_has_begun_says_nothing(config: dict[str, Any]) -> None:
    """What is being written may be a catalog."""
    tap = TapClevertap(config=config, state={"bookmarks": {"events": {"partitions": []}}})
    end = partial(tap._handle_termination, signal.SIGINT, None)  # noqa: SLF001 - likewise
    assert captured(lambda: interrupted(end)).lines == []


def interrupted(work: Callable[[], object]) -> None:
    """Do something that a signal ends red."""
    with pytest.raises(Interrupted) as stop:
        work()
    assert stop.value.code in {143, 130}


def test_the_source_is_made_once(config: dict[str, Any]) -> None:
    """All streams of a run share a client, and the instant of its start."""
    tap = TapClevertap(config=config)
    assert tap.run is tap.run
    assert tap.run.settings.account_id == config["account_id"]
    ours = [one for one in tap.streams.values() if isinstance(one, ClevertapStream)]
    assert len(ours) == len(tap.streams)
    assert all(one.run is tap.run for one in ours)


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process and return its exit code."""
    monkeypatch.setattr("sys.argv", ["tap-clevertap", *arguments])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["--about"], 0),
        (["--no-such-option"], 2),
        (["--config", "no-such-file"], 2),
    ],
)
def test_exit_codes(monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int) -> None:
    """0 is done, 2 a wrong setting, file or option."""
    assert called(monkeypatch, *arguments) == code


def test_a_run_reads_what_a_stream_map_leaves(sandbox: Serve) -> None:
    """A stream that is mapped away is not written."""
    box = sandbox(daily_world("Viewed", days=1))
    tap = tap_on(box, start_date="2026-07-08", stream_maps={"reconciliation": None})
    finished = captured(tap.sync_all)
    assert finished.error is None
    assert (len(finished.records()), finished.records("reconciliation")) == (2, [])


def test_a_config_that_is_no_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Bytes that are no UTF-8 are told as such."""
    (tmp_path / "config").write_bytes(b"\xff")
    assert called(monkeypatch, "--config", str(tmp_path / "config"), "--discover") == 2


@pytest.mark.usefixtures("short_waits")
def test_a_first_look_that_is_refused_for_now_has_its_turn_later(sandbox: Serve) -> None:
    """Only a wrong setting ends the run at the first look; this one is the stream's to tell."""
    box = sandbox(daily_world("Viewed", days=1), too_many_requests=1)
    finished = captured(tap_on(box).sync_all)
    assert isinstance(finished.error, TooManyRequests)
    assert finished.lines == []
