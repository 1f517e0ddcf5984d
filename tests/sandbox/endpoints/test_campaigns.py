"""Campaigns made through the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox.account.models import World, epoch
from tap_clevertap.sandbox.endpoints.campaigns import campaign_report, list_campaigns
from tap_clevertap.sandbox.http_messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.http_messages import Reply


def campaign(
    number: int, status: str, day: str = "2016-01-10", **metrics: int
) -> dict[str, object]:
    """Return a campaign that starts five minutes after midnight in Kolkata."""
    start = epoch(f"{day}T00:05:00", "Asia/Kolkata")
    about = {"id": number, "name": f"No. {number}", "scheduled_at": start, "status": status}
    return about | metrics


WORLD = World(
    "Asia/Kolkata",
    campaigns=[
        campaign(1457432766, "completed", "2016-01-31", sent=82, clicked=28, viewed=40),
        campaign(44, "paused"),
        campaign(11, "pending"),
        campaign(33, "running"),
        campaign(22, "scheduled"),
    ],
)


def ask(handler: Callable[[World, int, Request], Reply], body: object) -> tuple[int, Any]:
    """Return the status and the body of an answer."""
    reply = handler(WORLD, 0, Request("POST", "/1/targets/", body=json.dumps(body).encode()))
    return reply.status, json.loads(reply.encode())


def test_campaigns_are_listed_by_their_local_day() -> None:
    """31 January in Kolkata is still the 30th in UTC."""
    assert ask(list_campaigns, {"from": 20160131, "to": 20160131}) == (
        200,
        {
            "status": "success",
            "targets": [
                {
                    "id": 1457432766,
                    "name": "No. 1457432766",
                    "scheduled_on": "20160131 00:05",
                    "status": "completed",
                }
            ],
        },
    )


def test_an_empty_window_has_no_targets() -> None:
    """The key is absent rather than empty."""
    assert ask(list_campaigns, {"from": 20160201, "to": 20160229}) == (200, {"status": "success"})


def test_campaigns_need_dates() -> None:
    """Missing days are bad dates."""
    assert ask(list_campaigns, {})[1]["code"] == 4002


def test_a_report_has_the_metrics_and_no_id() -> None:
    """Metrics beyond the known two go out too."""
    assert ask(campaign_report, {"id": 1457432766}) == (
        200,
        {"result": {"sent": 82, "clicked": 28, "viewed": 40}, "status": "success"},
    )


@pytest.mark.parametrize(
    ("number", "status", "body"),
    [
        (11, 500, '{"status":"fail","error":"This target has no result as of yet","code":500}'),
        (22, 200, '{"status":"success","error":"This target hasn\'t been completed","code":200}'),
        (33, 400, '{"error":"This target hasn\'t been completed","status":"fail"}'),
        (44, 409, '{"status":"fail","error":"This target hasn\'t been completed","code":409}'),
        (999, 400, '{"status":"fail","error":"Invalid campaign id","code":400}'),
    ],
)
def test_there_are_four_ways_of_not_ready_and_one_of_unknown(
    number: int, status: int, body: str
) -> None:
    """The bodies are verbatim."""
    assert ask(campaign_report, {"id": number}) == (status, json.loads(body))


def test_a_report_needs_an_id() -> None:
    """No id is an unknown one."""
    assert ask(campaign_report, {})[1]["error"] == "Invalid campaign id"
