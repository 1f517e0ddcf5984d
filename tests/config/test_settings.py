"""Settings: a config becomes what the layers below use, or one clear line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.config.account import REGIONS
from tap_clevertap.config.settings import SCHEMA, Settings
from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.slices.window import run_window

if TYPE_CHECKING:
    from tests.conftest import MakeSettings

NOON = datetime(2026, 7, 10, 12, tzinfo=UTC)


def refusal(settings: MakeSettings, **overrides: object) -> str:
    """Return the line that refuses a config."""
    with pytest.raises(SettingError) as caught:
        settings(**overrides)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_each_setting_is_in_the_view(settings: MakeSettings) -> None:
    """No setting of the schema is forgotten; the host stands for region and URL."""
    derived = {"region": "base_url", "api_url": "base_url", "timezone": "zone"}
    view = settings()
    for name in SCHEMA["properties"]:
        assert hasattr(view, derived.get(name, name))


def test_every_setting_is_described() -> None:
    """`--about` has a title and a sentence for each setting."""
    for name, entry in SCHEMA["properties"].items():
        assert entry.get("title"), name
        assert len(entry.get("description", "")) > 20, name


def test_passcode_is_not_in_the_print(settings: MakeSettings) -> None:
    """Who prints the settings does not print the passcode."""
    assert "s3cr3t" not in repr(settings(passcode="s3cr3t-passcode"))
    assert SCHEMA["properties"]["passcode"]["secret"]


@pytest.mark.parametrize("region", [region for region in REGIONS if region != "eu1"])
def test_region_picks_the_host(settings: MakeSettings, region: str) -> None:
    """A region is the first part of its host."""
    assert settings(region=region).base_url == f"https://{region}.api.clevertap.com"


@pytest.mark.parametrize("region", ["eu1", "global"])
def test_global_region_has_the_bare_host(
    settings: MakeSettings, region: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The region of Europe and its old name are the host without a prefix."""
    assert settings(region=region).base_url == "https://api.clevertap.com"
    assert not caplog.records


def test_unknown_region_warns(settings: MakeSettings, caplog: pytest.LogCaptureFixture) -> None:
    """A region that is newer than the tap is tried, with a warning that lists those known."""
    assert settings(region="br1").base_url == "https://br1.api.clevertap.com"
    (warning,) = caplog.messages
    assert "'br1'" in warning
    assert all(region in warning for region in REGIONS)


def test_url_overrides_the_region(settings: MakeSettings, caplog: pytest.LogCaptureFixture) -> None:
    """With a URL of your own the region is of no account."""
    view = settings(region="br1", api_url="http://127.0.0.1:8321/")
    assert view.base_url == "http://127.0.0.1:8321"
    assert not caplog.records


def test_zone_is_that_of_the_account(settings: MakeSettings) -> None:
    """The zone gives the account's offset."""
    zone = settings(timezone="America/New_York").zone
    assert NOON.astimezone(zone) == NOON
    assert (
        NOON.astimezone(zone).utcoffset()
        == NOON.astimezone(ZoneInfo("America/New_York")).utcoffset()
    )


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Asia/Calcuta", "Asia/Calcutta"),
        ("america/new york", "America/New_York"),
        ("IST+5:30", "expected one like Asia/Kolkata"),
        ("Asia", ""),
        ("../etc/passwd", ""),
        ("/etc/localtime", ""),
        ("Asia/\0", ""),
        (" ", ""),
    ],
)
def test_unknown_zone_is_one_line(settings: MakeSettings, zone: str, hint: str) -> None:
    """A zone that does not exist is named, with those that look like it."""
    line = refusal(settings, timezone=zone)
    assert line.startswith(f"timezone: {zone!r} is not a valid IANA time zone; ")
    assert hint in line


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "2026-07-01 soon", "2026-07-01T25:00"]
)
def test_day_that_is_none_is_one_line(settings: MakeSettings, name: str, text: str) -> None:
    """A date that the calendar lacks is told with its setting."""
    assert (
        refusal(settings, **{name: text})
        == f"{name}: {text!r} is not a valid date; expected YYYY-MM-DD"
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-01", date(2026, 7, 1)),
        ("2026-07-01T23:30:00", date(2026, 7, 1)),
        ("2026-07-01T23:30:00Z", date(2026, 7, 2)),
        ("2026-07-01T00:00:00+05:30", date(2026, 7, 1)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_day_is_the_accounts(settings: MakeSettings, text: str, day: date) -> None:
    """A day is the account's; an instant with an offset is the account's day at that instant."""
    assert settings(start_date=text).start_date == day


def test_start_after_end_is_refused(settings: MakeSettings) -> None:
    """Days that contradict each other are told together."""
    line = refusal(settings, start_date="2026-07-02", end_date="2026-07-01")
    assert line == "start_date: 2026-07-02 is after end_date 2026-07-01; expected an earlier date"
    assert settings(start_date="2026-07-01", end_date="2026-07-01").end_date == date(2026, 7, 1)


def test_start_in_the_future_is_refused(settings: MakeSettings) -> None:
    """A start that is yet to come is told with the account's today."""
    with pytest.raises(SettingError, match="2026-07-11 is in the future"):
        run_window(settings(start_date="2026-07-11"), NOON)


def test_today_is_the_accounts(settings: MakeSettings) -> None:
    """Shortly before midnight UTC it is tomorrow already in India."""
    late = datetime(2026, 7, 10, 20, tzinfo=UTC)
    window = run_window(settings(start_date="2026-07-11", timezone="Asia/Kolkata"), late)
    assert window.today == date(2026, 7, 11)
    assert run_window(settings(timezone="America/New_York"), late).today == date(2026, 7, 10)


def test_window_of_a_nightly_run(settings: MakeSettings) -> None:
    """Thirty days unless a start is given; look-back and today as set."""
    window = run_window(settings(lookback_days=5, include_today=True), NOON)
    assert (window.start, window.end) == (date(2026, 6, 10), None)
    assert (window.lookback_days, window.include_today) == (5, True)
    assert run_window(settings(start_date="2026-01-01"), NOON).start == date(2026, 1, 1)


def test_window_of_a_backfill(settings: MakeSettings) -> None:
    """With an end the thirty days are those before it."""
    window = run_window(settings(end_date="2026-03-31"), NOON)
    assert (window.start, window.end) == (date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("events", "excluded", "wanted", "unwanted"),
    [
        (["*"], [], ["App Launched", "", "दीवाली"], []),
        (["*"], ["Notification*"], ["App Launched"], ["Notification Sent"]),
        (["App *", "Charged"], [], ["App Launched", "Charged"], ["Charged ", "charged", "app x"]),
        (["Step ?"], [], ["Step 1"], ["Step 10", "Step "]),
        (["Step [12]"], [], ["Step 1", "Step 2"], ["Step 3"]),
        (["Charged"], ["Charged"], [], ["Charged"]),
        ([], [], [], ["Charged"]),
    ],
)
def test_patterns_choose_events(
    settings: MakeSettings,
    events: list[str],
    excluded: list[str],
    wanted: list[str],
    unwanted: list[str],
) -> None:
    """Names and patterns choose, case-sensitive; what is excluded is out."""
    view = settings(events=events, events_exclude=excluded)
    assert all(view.wants(name) for name in wanted)
    assert not any(view.wants(name) for name in unwanted)


def test_named_events_are_no_patterns(settings: MakeSettings) -> None:
    """Plain names that are asked for and not excluded are known as names."""
    view = settings(events=["App *", "Charged", "Viewed", "Step [1]"], events_exclude=["View*"])
    assert view.named_events == ["Charged"]


def test_settings_are_frozen(config: dict[str, Any]) -> None:
    """Nobody below changes a setting."""
    view = Settings.from_config(config)
    with pytest.raises(AttributeError):
        view.batch_size = 1  # type: ignore[misc]  # that it cannot be is the promise
