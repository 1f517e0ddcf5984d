"""Endpoints of campaigns created through the API, and of their reports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.endpoints.message_reports import message_reports
from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.query.request_body import read_object, read_period, refusable, refuse

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import JSON, World
    from tap_clevertap.sandbox.http_messages import Request

__all__ = ["campaign_report", "list_campaigns", "message_reports"]

NOT_REPORTED = {"id", "name", "scheduled_at", "status"}

NOT_COMPLETED = "This target hasn't been completed"
NOT_READY = (
    fail("This target has no result as of yet", 500, 500),
    Reply({"status": "success", "error": NOT_COMPLETED, "code": 200}),
    Reply({"error": NOT_COMPLETED, "status": "fail"}, 400),
    fail(NOT_COMPLETED, 409, 409),
)
"""The four answers that were seen for a campaign without a report."""


@refusable
def list_campaigns(world: World, _now: int, request: Request) -> Reply:
    """Answer `/1/targets/list.json`: API campaigns scheduled on the asked local days.

    Where there is none, `targets` is absent. The format of `scheduled_on` is a guess:
    it is the one in which the API takes the time when a campaign is made.
    """
    period = read_period(read_object(request))
    targets = [
        _entry(world, campaign)
        for campaign in world.campaigns
        if world.local_day(int(str(campaign["scheduled_at"]))) in period
    ]
    found: JSON = {"targets": targets} if targets else {}
    return Reply({"status": "success"} | found)


@refusable
def campaign_report(world: World, _now: int, request: Request) -> Reply:
    """Answer `/1/targets/result.json`: a completed campaign's metrics, without its id.

    Campaigns that are not completed take the four known refusals in turn, in the
    order of their ids.
    """
    wanted = read_object(request).get("id")
    campaign = next((one for one in world.campaigns if str(one["id"]) == str(wanted)), None)
    if campaign is None:
        refuse("Invalid campaign id", 400, 400)
    if campaign["status"] != "completed":
        return NOT_READY[_waiting(world).index(str(campaign["id"])) % len(NOT_READY)]
    result = {key: value for key, value in campaign.items() if key not in NOT_REPORTED}
    return Reply({"result": result, "status": "success"})


def _entry(world: World, campaign: JSON) -> JSON:
    start = datetime.fromtimestamp(int(str(campaign["scheduled_at"])), world.zone)
    return {
        "id": campaign["id"],
        "name": campaign["name"],
        "scheduled_on": f"{start:%Y%m%d %H:%M}",
        "status": campaign["status"],
    }


def _waiting(world: World) -> list[str]:
    ids = (int(str(one["id"])) for one in world.campaigns if one["status"] != "completed")
    return [str(number) for number in sorted(ids)]
