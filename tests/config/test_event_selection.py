"""Preflight: what is chosen, and wrong settings that are told before anything is written."""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.api import client
from tap_clevertap.errors import SettingError
from tests.support.running import failing_run, run, tap_on
from tests.support.worlds import daily_world, silent_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Serve

NAMES = ("App Launched", "App Uninstalled", "Charged", "Viewed [old]")


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({}, NAMES),
        ({"events": ["App *"]}, NAMES[:2]),
        ({"events": ["App *"], "events_exclude": ["*Un*"]}, NAMES[:1]),
        ({"events": ["charged"]}, ("charged",)),
        ({"events": ["Charge?", "Viewed [[]old]"]}, NAMES[2:]),
        ({"events": ["*", "Ghost"]}, (*NAMES, "Ghost")),
        ({"events": ["Ghost", "Charged"], "events_exclude": ["Ghost"]}, NAMES[2:3]),
    ],
)
def test_patterns_choose_events(
    sandbox: Serve, settings: dict[str, object], chosen: tuple[str, ...]
) -> None:
    """Patterns are case-sensitive; a plain name is kept though the account does not list it."""
    box = sandbox(daily_world(*NAMES, days=1))
    assert tap_on(box, state=None, catalog=None, **settings).run.chosen_events == list(chosen)


def test_a_name_that_is_not_listed_is_warned_about(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """The account's list is not always complete, so the name is tried, and that is said."""
    box = sandbox(daily_world("Charged", days=1))
    assert tap_on(box, events=["Ghost"]).run.chosen_events == ["Ghost"]
    (line,) = caplog.messages
    assert line.startswith("events: 'Ghost' is not in the account's event schema; requesting ")


def test_no_event_matching_shows_what_there_is(sandbox: Serve) -> None:
    """The line names the setting, the patterns and some of the account's events."""
    failed = failing_run(sandbox(silent_world(12)), events=["Nothing*"], events_exclude=["X"])
    said = str(failed.error)
    assert said.startswith("events: none of the account's 12 events matches ['Nothing*']")
    assert "without ['X']" in said
    assert said.endswith("expected one of " + "".join(f"'Silent 00{n}', " for n in range(8)) + "…")
    assert failed.lines == []


def test_an_empty_account_names_the_region(sandbox: Serve) -> None:
    """No events at all looks like the wrong region."""
    failed = failing_run(sandbox(silent_world(0)))
    assert str(failed.error).startswith("region: the account has no events at http://127.0.0.1:")


def test_wrong_credentials_are_a_setting(sandbox: Serve) -> None:
    """401 names the three settings it may be, and neither value."""
    failed = failing_run(sandbox(), passcode="not-the-passcode", account_id="not-the-account")
    said = str(failed.error)
    assert said.startswith("account_id, passcode, region: rejected by http://127.0.0.1:")
    assert "not-the" not in said
    assert failed.lines == []


@pytest.mark.parametrize("fault", ["empty_body", "html", "redirect", "truncated"])
def test_a_host_that_is_no_clevertap_is_a_setting(sandbox: Serve, fault: str) -> None:
    """An answer that CleverTap would not give names the address."""
    failed = failing_run(sandbox(None, None, **{fault: 1.0}))
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("region, api_url: http://127.0.0.1:")
    assert "does not respond like CleverTap" in str(failed.error)


@contextmanager
def deaf_host() -> Iterator[str]:
    """Give the address of a host that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_host_that_never_answers_is_a_setting(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence ends the first contact soon."""
    monkeypatch.setattr(client, "CONNECTION_CHECK_TIMEOUT", 0.2)
    with deaf_host() as url:
        failed = failing_run(sandbox(), api_url=url)
    assert str(failed.error).startswith(f"region, api_url: {url} does not respond (")
    assert "TimedOut" not in str(failed.error)


def test_a_host_that_is_not_there_is_a_setting(sandbox: Serve) -> None:
    """A refused connection names the address and what to check."""
    with deaf_host() as url:
        pass
    failed = failing_run(sandbox(), api_url=url)
    assert str(failed.error).startswith(f"region, api_url: {url} does not respond (")
    assert "; check the host name and the network; this run reads the sandbox" in str(failed.error)


def test_a_start_in_the_future_is_a_setting(sandbox: Serve) -> None:
    """It is told before anything is sent."""
    box = sandbox()
    failed = failing_run(box, start_date="2026-07-11")
    assert str(failed.error).startswith("start_date: 2026-07-11 is in the future")
    assert box.request_log.requests.total() == 0


def test_a_wrong_setting_is_not_skipped(sandbox: Serve) -> None:
    """skip_failed_streams is for streams that fail, not for a tap that is set up wrongly."""
    failed = failing_run(sandbox(), passcode="wrong", skip_failed_streams=True)
    assert isinstance(failed.error, SettingError)


def test_chosen_events_are_read_and_no_others(sandbox: Serve) -> None:
    """What the patterns leave out is not asked for."""
    box = sandbox(daily_world(*NAMES, days=2))
    finished = run(box, start_date="2026-07-01", events=["App *"], events_exclude=["*Un*"])
    assert {one["event_name"] for one in finished.records()} == {"App Launched"}
    assert {one[0] for one in box.request_log.exports} == {"App Launched"}
