"""Message reports: by start, read again while their numbers move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import World, shop
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.streams.message_reports import MessageReportsStream
from tap_clevertap.tap import TapClevertap
from tests.support.catalogs import CONFIG, assert_conforms, catalog_of
from tests.support.running import Run, captured, run, tap_on
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

JSON = dict[str, Any]
REPORTS = catalog_of("message_reports")
YESTERDAY = date(2026, 7, 9)
START = "2026-05-01"


def account(days: int = 70) -> World:
    """Return an account where a message starts each day, up to today, at the day's first minute."""
    world = World(KOLKATA)
    world.messages = [
        {
            "message id": 1457432766 + ago,
            "message_name": f"Message {ago}",
            "channel": "Push",
            "device": "iOS",
            "start_at": epoch(f"{YESTERDAY + timedelta(days=1 - ago)}T00:00:30", KOLKATA),
            "sent": 10 * ago,
            "viewed": ago,
            "clicked": 1,
            "status": "running",
        }
        for ago in range(days)
    ]
    return world


def days_of(finished: Run) -> list[str]:
    """Return the local days on which the reported messages started."""
    return sorted(one["start_day"] for one in finished.records("message_reports"))


def days(first: date, last: date = YESTERDAY) -> list[str]:
    """Return the days from the first to the last."""
    return [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def asked(monkeypatch: pytest.MonkeyPatch) -> list[Slice]:
    """Return a list that fills with the windows that are asked about."""
    windows: list[Slice] = []
    fetch = MessageReportsStream.fetch

    def remember(stream: MessageReportsStream, request: Slice) -> Any:  # noqa: ANN401 - passed on
        windows.append(request)
        return fetch(stream, request)

    monkeypatch.setattr(MessageReportsStream, "fetch", remember)
    return windows


def bookmark(finished: Run) -> str:
    """Return the last bookmark."""
    return str(finished.state["bookmarks"]["message_reports"]["replication_key_value"])


def test_every_message_of_a_shop_has_its_rows(sandbox: Serve) -> None:
    """Devices and variants of a message are rows of their own, in numbers as the account has."""
    box = sandbox(shop(3, KOLKATA, YESTERDAY, days=2, people=5, events_per_day=10))
    finished = run(box, catalog=REPORTS, start_date=START)
    assert transform(finished.records("message_reports")) == truth(box)
    assert_conforms(finished, "message_reports")
    by_message = [one["message_id"] for one in finished.records("message_reports")]
    assert len(set(by_message)) < len(by_message)


def transform(records: list[JSON]) -> list[tuple[object, ...]]:
    """Return what rows say, in the order of the truth."""
    names = ("message_id", "device", "variant", "start_time", "sent", "viewed", "clicked")
    return sorted((tuple(one[name] for name in names) for one in records), key=str)


def truth(box: Sandbox) -> list[tuple[object, ...]]:
    """Return what the world knows of messages that started by yesterday."""
    return sorted(
        (
            (
                one["message id"],
                one.get("device"),
                one.get("variant"),
                datetime.fromtimestamp(int(str(one["start_at"])), UTC).isoformat(),
                one["sent"],
                one["viewed"],
                one["clicked"],
            )
            for one in box.world.messages
            if box.world.local_day(int(str(one["start_at"]))) <= YESTERDAY
        ),
        key=str,
    )


def test_windows_of_a_fortnight_cover_each_day_once(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer reports take minutes; none asks for more than 14 days, none for a day twice."""
    windows = asked(monkeypatch)
    finished = run(sandbox(account()), catalog=REPORTS, start_date=START)
    assert days_of(finished) == days(date(2026, 5, 2))
    assert sorted(str(day) for one in windows for day in one.days()) == days(date(2026, 5, 1))
    assert max(len(list(one.days())) for one in windows) == 14
    assert len(windows) == 5
    assert bookmark(finished) == "2026-07-09"


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({}, date(2026, 6, 10)),
        ({"message_reports_lookback_days": 0}, date(2026, 7, 10)),
        ({"message_reports_lookback_days": 365}, date(2026, 5, 1)),
        ({"message_reports_lookback_days": 3, "lookback_days": 60}, date(2026, 7, 7)),
    ],
)
def test_the_next_run_reads_its_own_lookback(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, settings: JSON, first: date
) -> None:
    """Numbers keep moving longer than events keep coming, but the start is never passed."""
    box = sandbox(account())
    before = run(box, catalog=REPORTS, start_date=START)
    windows = asked(monkeypatch)
    after = run(box, catalog=REPORTS, start_date=START, state=before.state, **settings)
    assert sorted(str(day) for one in windows for day in one.days()) == days(first)
    assert bookmark(after) == "2026-07-09"


def test_today_is_read_where_wanted_and_never_closed(sandbox: Serve) -> None:
    """A message of this morning is reported; its day is read again tomorrow."""
    finished = run(sandbox(account()), catalog=REPORTS, start_date=START, include_today=True)
    assert days_of(finished)[-1] == "2026-07-10"
    assert bookmark(finished) == "2026-07-09"


def test_a_bounded_backfill_leaves_the_bookmark_alone(sandbox: Serve) -> None:
    """It reads exactly its days."""
    box = sandbox(account())
    first = run(box, catalog=REPORTS, start_date="2026-07-01")
    bounds: JSON = {"start_date": "2026-05-10", "end_date": "2026-05-20"}
    past = run(box, catalog=REPORTS, state=first.state, **bounds)
    assert days_of(past) == days(date(2026, 5, 10), date(2026, 5, 20))
    assert past.state == first.state


def test_a_full_table_run_begins_anew(sandbox: Serve) -> None:
    """The catalog may ask for everything."""
    box = sandbox(account())
    first = run(box, catalog=REPORTS, start_date=START)
    whole = catalog_of("message_reports", method="FULL_TABLE")
    assert days_of(run(box, catalog=whole, start_date=START, state=first.state)) == days_of(first)


def test_the_bookmark_stops_before_a_window_that_failed(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later windows that were read do not carry it over the hole."""
    fetch = MessageReportsStream.fetch

    def fail(stream: MessageReportsStream, request: Slice) -> Any:  # noqa: ANN401 - passed on
        if request.first <= date(2026, 5, 20) <= request.last:
            msg = "the outage of this test"
            raise SettingError(msg)
        return fetch(stream, request)

    monkeypatch.setattr(MessageReportsStream, "fetch", fail)
    tap = tap_on(sandbox(account()), catalog=REPORTS, start_date=START, max_concurrency=1)
    failed = captured(tap.sync_all)
    assert failed.error is not None
    assert bookmark(failed) == "2026-05-14"


def test_the_split_by_day_is_kept_as_it_comes(sandbox: Serve) -> None:
    """Where it is asked for; unasked there is none."""
    box = sandbox(account(days=3))
    plain = run(box, catalog=REPORTS, start_date="2026-07-01")
    split = run(box, catalog=REPORTS, start_date="2026-07-01", message_reports_daily=True)
    assert {str(one["extra"]) for one in plain.records("message_reports")} == {"None"}
    for one in split.records("message_reports"):
        assert sum(day["sent"] for day in one["extra"]["daily"]) == one["sent"]
    assert_conforms(split, "message_reports")


def test_an_account_without_messages_is_empty(sandbox: Serve) -> None:
    """`messages` is absent there, which is no error, and the days are closed."""
    finished = run(sandbox(World(KOLKATA)), catalog=REPORTS, start_date=START)
    assert finished.records("message_reports") == []
    assert bookmark(finished) == "2026-07-09"


@pytest.mark.parametrize(
    ("total", "warnings"), [(500, 1), (3, 1), (2, 0), (1, 0), (0, 0), ("500", 0), (None, 0)]
)
def test_a_report_with_fewer_messages_than_it_counts_is_named(
    sandbox: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    total: object,
    warnings: int,
) -> None:
    """Its rows come all the same; fewer counted than listed is what variants do."""
    real = Client.post_and_poll

    def counting(client: Client, *args: Any) -> JSON:  # noqa: ANN401 - as the method takes them
        answer = real(client, *args)
        return {**answer, "total_results": total} if "messages" in answer else dict(answer)

    monkeypatch.setattr(Client, "post_and_poll", counting)
    finished = run(sandbox(account(days=3)), catalog=REPORTS, start_date="2026-07-01")
    assert len(finished.records("message_reports")) == 2
    said = [one for one in caplog.messages if "the others are missing" in one]
    assert len(said) == warnings
    text = f"the response has 2 of {total} entries"
    assert all(one.startswith("message_reports: 2026-0") and text in one for one in said)


def test_faults_lose_no_report(sandbox: Serve) -> None:
    """Outages and refusals are waited out."""
    faults: JSON = {"server_error": 0.3, "too_many_requests": 0.3, "truncated": 0.2, "reset": 0.2}
    box = sandbox(account(), **faults)
    assert days_of(run(box, catalog=REPORTS, start_date=START)) == days(date(2026, 5, 2))


def test_a_bad_character_in_a_name_is_mended(sandbox: Serve) -> None:
    """One message's name does not lose the report."""
    world = account(days=2)
    world.messages[1]["message_name"] = "half an emoji \ud83d"
    [row] = run(sandbox(world), catalog=REPORTS, start_date=START).records("message_reports")
    assert row["message_name"] == "half an emoji \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(("value", "shown"), [(-1, "-1"), (366, "366"), ("x", '"x"')])
def test_a_wrong_lookback_is_one_line(value: object, shown: str) -> None:
    """Naming the setting, the value and what is allowed."""
    with pytest.raises(SettingError) as failed:
        TapClevertap(config=CONFIG | {"message_reports_lookback_days": value})
    assert str(failed.value) == (
        f"message_reports_lookback_days: {shown} is not valid; expected an integer from 0 to 365"
    )


def test_wrong_credentials_are_told_before_anything_is_written(sandbox: Serve) -> None:
    """This stream alone fails as all together do."""
    failed = captured(tap_on(sandbox(account()), catalog=REPORTS, passcode="wrong").sync_all)
    assert isinstance(failed.error, SettingError)
    assert failed.lines == []
