"""Campaigns made through the API and their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.rendezvous import hold_until_in_flight
from tests.support.running import Run, captured, run, tap_on
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from tests.conftest import Serve

JSON = dict[str, Any]
BOTH = catalog_of("campaigns", "campaign_reports")
STATUSES = ("completed", "running", "scheduled", "stopped", "paused", "completed")
START = "2025-07-01"


def account() -> World:
    """Return an account whose campaigns start on the first and last days that are listed."""
    starts = ("2025-07-01", "2025-08-01", "2026-07-09", "2026-07-10", "2027-07-10", "2026-01-31")
    world = World(KOLKATA)
    world.campaigns = [
        {
            "id": 1457432766 + number,
            "name": f"Campaign {number} ✉",
            "scheduled_at": epoch(f"{start}T23:59:00", KOLKATA),
            "status": status,
            "sent": 100 + number,
            "clicked": number,
        }
        for number, (start, status) in enumerate(zip(starts, STATUSES, strict=True))
    ]
    world.campaigns[5]["revenue"] = 12.75
    return world


def by_id(finished: Run, stream: str) -> dict[int, JSON]:
    """Return the records of a stream by id."""
    return {one["id"]: one for one in finished.records(stream)}


def test_every_campaign_from_the_start_to_a_year_ahead_is_listed(sandbox: Serve) -> None:
    """The list is what the account has made, by the account's days."""
    box = sandbox(account())
    finished = run(box, catalog=BOTH, start_date=START)
    listed = by_id(finished, "campaigns")
    assert listed == {
        one["id"]: {
            "id": one["id"],
            "name": one["name"],
            "scheduled_on": f"{box.world.ts(int(str(one['scheduled_at'])))}"[:8] + " 23:59",
            "status": one["status"],
            "extra": None,
        }
        for one in box.world.campaigns
    }
    assert_conforms(finished, "campaigns")


@pytest.mark.parametrize(
    ("days", "ids"),
    [
        ({"start_date": "2025-07-02"}, {1, 2, 3, 4, 5}),
        ({"start_date": "2025-07-01", "end_date": "2026-01-31"}, {0, 1, 5}),
        ({"start_date": "2026-07-09", "end_date": "2026-07-09"}, {2}),
    ],
)
def test_wanted_days_bound_the_list(sandbox: Serve, days: JSON, ids: set[int]) -> None:
    """Both days are included."""
    finished = run(sandbox(account()), catalog=BOTH, **days)
    assert {one - 1457432766 for one in by_id(finished, "campaigns")} == ids


def test_no_more_than_31_days_are_asked_for_at_once(sandbox: Serve) -> None:
    """A start today and a year ahead are twelve questions."""
    box = sandbox(account())
    run(box, catalog=catalog_of("campaigns"), start_date="2026-07-10")
    assert box.request_log.requests["campaigns"] == 12


def test_completed_campaigns_have_reports(sandbox: Serve) -> None:
    """With the campaign's id, which the answer lacks, and metrics that nobody described."""
    finished = run(sandbox(account()), catalog=BOTH, start_date=START)
    assert by_id(finished, "campaign_reports") == {
        1457432766: {"id": 1457432766, "sent": 100, "clicked": 0, "extra": None},
        1457432771: {"id": 1457432771, "sent": 105, "clicked": 5, "extra": {"revenue": 12.75}},
    }
    assert_conforms(finished, "campaign_reports")


def test_four_ways_of_not_ready_are_one_line(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """None is an outage: each campaign is asked about once, and the run is green."""
    box = sandbox(account())
    with caplog.at_level("INFO"):
        run(box, catalog=catalog_of("campaign_reports"), start_date=START)
    [line] = (one for one in caplog.messages if "no result yet" in one)
    assert line.startswith("campaign_reports: 4 campaigns have no result yet (")
    for status in ("HTTP 200", "HTTP 400", "HTTP 409", "HTTP 500"):
        assert line.count(f"1 x {status}: ") == 1
    assert box.request_log.requests["campaign_report"] == len(STATUSES)


def test_an_outage_is_told_apart(sandbox: Serve) -> None:
    """A 500 without a business message is tried again."""
    box = sandbox(account(), server_error=0.3, too_many_requests=0.3, reset=0.2)
    finished = run(box, catalog=BOTH, start_date=START)
    assert len(by_id(finished, "campaigns")) == 6
    assert len(by_id(finished, "campaign_reports")) == 2
    assert box.request_log.requests["campaign_report"] > len(STATUSES)


def test_a_campaign_that_is_gone_is_no_failure(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Deleted between the list and the report, it is counted with those without a result."""
    box = sandbox(account())
    ids = [1457432766, 77]
    monkeypatch.setattr("tap_clevertap.streams.campaigns.campaign_ids", lambda *_: ids)
    with caplog.at_level("INFO"):
        finished = run(box, catalog=catalog_of("campaign_reports"), start_date=START)
    assert list(by_id(finished, "campaign_reports")) == [1457432766]
    assert any("1 x HTTP 400: 'Invalid campaign id" in one for one in caplog.messages)


def test_a_success_without_a_result_is_no_report(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It makes no row of nothing."""
    box = sandbox(account())
    monkeypatch.setattr("tap_clevertap.streams.campaigns.campaign_ids", lambda *_: [1])
    monkeypatch.setattr(Client, "post_and_poll", lambda *_: {"status": "success"})
    with caplog.at_level("INFO"):
        finished = run(box, catalog=catalog_of("campaign_reports"), start_date=START)
    assert by_id(finished, "campaign_reports") == {}
    assert any("1 x a response without a result" in one for one in caplog.messages)


def test_an_account_without_campaigns_is_empty(sandbox: Serve) -> None:
    """`targets` is absent there, which is no error."""
    finished = run(sandbox(World(KOLKATA)), catalog=BOTH, start_date="2026-07-01")
    assert [one["type"] for one in finished.messages].count("RECORD") == 0


def test_a_second_run_reads_all_again(sandbox: Serve) -> None:
    """Nothing tells when a campaign changed."""
    box = sandbox(account())
    first = run(box, catalog=BOTH, start_date=START)
    second = run(box, catalog=BOTH, start_date=START, state=first.state)
    for stream in ("campaigns", "campaign_reports"):
        assert by_id(second, stream) == by_id(first, stream)
    assert second.state == first.state


def test_three_questions_at_most_are_in_flight(sandbox: Serve) -> None:
    """Per endpoint, and three are used where there is something to wait for."""
    box = sandbox(account(), slow=0.02)
    hold_until_in_flight(box, 3, "campaigns", "campaign_report")
    run(box, catalog=BOTH, start_date=START)
    assert box.request_log.most_in_flight["campaigns"] == 3
    assert box.request_log.most_in_flight["campaign_report"] == 3


@pytest.mark.parametrize("stream", ["campaigns", "campaign_reports"])
def test_wrong_credentials_are_told_before_anything_is_written(sandbox: Serve, stream: str) -> None:
    """Each of the streams fails alone as all together do."""
    tap = tap_on(sandbox(account()), catalog=catalog_of(stream), passcode="wrong")
    failed = captured(tap.sync_all)
    assert isinstance(failed.error, SettingError)
    assert failed.lines == []
