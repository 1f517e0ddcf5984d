"""The shop's campaigns and other objects."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from tap_clevertap.sandbox import World
from tap_clevertap.sandbox.account.campaigns import furnish

if TYPE_CHECKING:
    from tests.support.caller import Serve


def furnished() -> World:
    """Return an account with nothing but its own objects."""
    world = World("Asia/Kolkata")
    furnish(world, Random(1), date(2026, 7, 9))  # noqa: S311 - no secret
    return world


def test_campaigns_have_every_status() -> None:
    """Those without a report as well."""
    statuses = {campaign["status"] for campaign in furnished().campaigns}
    assert statuses == {"pending", "scheduled", "running", "completed", "stopped", "paused"}


def test_campaigns_are_found_over_the_api(serve: Serve) -> None:
    """All of them, the coming ones only by asking for the future."""
    _, call = serve(furnished())
    path = "/1/targets/list.json"
    found = call.post(path, {"from": 20260601, "to": 20260731}).json()["targets"]
    assert len(found) == len({target["id"] for target in found}) == 12
    past = call.post(path, {"from": 20260601, "to": 20260710}).json()["targets"]
    assert 0 < len(past) < 12


def test_campaigns_are_not_ready_in_every_way(serve: Serve) -> None:
    """Four refusals and the report."""
    _, call = serve(furnished())
    ids = [campaign["id"] for campaign in furnished().campaigns]
    answers = [call.post("/1/targets/result.json", {"id": number}) for number in ids]
    kinds = Counter(
        (answer.status_code, answer.json()["status"], "result" in answer.json())
        for answer in answers
    )
    assert set(kinds) == {
        (200, "success", True),
        (500, "fail", False),
        (200, "success", False),
        (400, "fail", False),
        (409, "fail", False),
    }


def test_metadata_is_found_over_the_api(serve: Serve) -> None:
    """Blocks page by page, categories, user properties."""
    _, call = serve(furnished())
    blocks = call.get("/v1/contentBlock/list?pageNumber=2&pageSize=2").json()
    assert [block["id"] for block in blocks["contentBlocks"]] == [3, 4]
    assert call.get("/v1/contentBlock/info?id=5").json()["contentBlock"]["name"] == "Footer 5"
    assert [group["key"] for group in call.get("/category-groups").json()["list"]] == [1, 2, 3]
    names = call.get("/getSchema?type=userProperties").json()["userProperties"]
    assert {"VIP", "Signup Date"} <= {entry["name"] for entry in names}
