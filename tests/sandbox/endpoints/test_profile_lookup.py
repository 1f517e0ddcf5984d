"""Get User Profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.caller import account

if TYPE_CHECKING:
    from tests.support.caller import Serve

PATH = "/1/profile.json"


@pytest.mark.parametrize("query", ["email=4@example.com", "identity=user-4", "objectId=__g004"])
def test_a_person_is_found_by_any_name(serve: Serve, query: str) -> None:
    """The record is that of the profile export."""
    _, call = serve()
    answer = call.get(f"{PATH}?{query}").json()
    assert answer["status"] == "success"
    assert answer["record"]["identity"] == "user-4"
    assert answer["record"]["events"]["Viewed"]["count"] == 6


def test_nobody_is_null(serve: Serve) -> None:
    """With status 200."""
    _, call = serve()
    assert call.get(f"{PATH}?identity=user-99").json() == {"status": "success", "record": None}


def test_a_person_who_is_not_known_yet_is_not_found_by_name(serve: Serve) -> None:
    """By device they are."""
    world = account()
    world.people[4].identified_at = 2**40
    _, call = serve(world)
    assert call.get(f"{PATH}?identity=user-4").json()["record"] is None
    assert "identity" not in call.get(f"{PATH}?objectId=__g004").json()["record"]


@pytest.mark.parametrize("query", ["", "?identity=a&email=b"])
def test_exactly_one_name_is_needed(serve: Serve, query: str) -> None:
    """Neither none nor two."""
    _, call = serve()
    assert call.get(PATH + query).json()["status"] == "fail"
