"""Real-time counts."""

from __future__ import annotations

import json
from typing import Any

from tap_clevertap.sandbox.account.models import Device, Event, Person, World
from tap_clevertap.sandbox.endpoints.counts.totals import realtime_counts
from tap_clevertap.sandbox.http_messages import Request

NOW = 1486536600
FLAGS = ("user_type", "session_source", "browser", "os", "device", "new")


def account() -> World:
    """Return an account where three people were active in the last minutes, one of them new."""
    world = World("Asia/Kolkata")
    world.people = [
        Person([Device("__g1", "Android", {}, "fcm:x")], identity="ana"),
        Person([Device("web", "Web", {"browser": "Chrome", "os": "Mac"})]),
        Person([Device("-g3", "iOS"), Device("__g4", "Tizen")], identity="cem", email="c@x.com"),
    ]
    world.add(Event("Charged", NOW - 9000, 0))
    world.add(Event("App Installed", NOW - 10, 0))
    world.add(Event("App Launched", NOW, 0, session={"session_source": "Direct"}))
    world.add(Event("Web Session Started", NOW - 299, 1, session={"session_source": "Search"}))
    world.add(Event("App Launched", NOW - 20, 2))
    world.add(Event("App Launched", NOW - 20, 2, device=1))
    return world


def ask(world: World, **flags: bool) -> dict[str, Any]:
    """Return the counts that flags ask for."""
    request = Request("POST", "/1/now.json", body=json.dumps(flags).encode())
    answer: dict[str, Any] = json.loads(realtime_counts(world, NOW, request).encode())
    return answer


def test_without_flags_there_is_a_number() -> None:
    """People are counted once, however much they do; the shape is the documented one."""
    assert ask(account()) == {"status": "success", "count": 3, "last_processed_ts": NOW}


def test_only_the_last_five_minutes_count() -> None:
    """Neither older events nor those of the future, nor those still on their way."""
    world = account()
    world.people.append(Person([Device("x", "Web")]))
    world.add(Event("App Launched", NOW - 300, 3))
    world.add(Event("App Launched", NOW + 1, 3))
    world.add(Event("App Launched", NOW - 5, 3, arrived_at=NOW + 60))
    assert ask(world)["count"] == 3
    world.add(Event("App Launched", NOW - 5, 3))
    assert ask(world)["count"] == 4


def test_the_last_minutes_may_reach_into_yesterday() -> None:
    """Shortly after midnight both days are looked at."""
    world = World("UTC", people=[Person([Device("x", "Web")]), Person([Device("y", "Web")])])
    midnight = NOW - NOW % 86_400
    world.add(Event("App Launched", midnight - 60, 0))
    world.add(Event("App Launched", midnight + 60, 1))
    reply = realtime_counts(world, midnight + 120, Request("POST", "/1/now.json", body=b"{}"))
    assert json.loads(reply.encode())["count"] == 2


def test_flags_split_the_number() -> None:
    """Every flag has the documented values; somebody may be in two of them."""
    answer = ask(account(), **dict.fromkeys(FLAGS, True))
    assert answer["user_type"] == {"new": 1, "repeat": 2, "addressable": 2, "customer": 1}
    assert answer["session_source"] == {
        "direct": 1,
        "others": 0,
        "search": 1,
        "social": 0,
        "email": 0,
        "unavailable": 2,
    }
    assert answer["browser"] == {"others": 0, "firefox": 0, "chrome": 1, "ie": 0, "mobileapp": 2}
    assert answer["os"] == {
        "others": 1,
        "android": 1,
        "ios": 1,
        "windows": 0,
        "mac": 1,
        "linux": 0,
    }
    assert answer["device"] == {"desktop": 2, "mobile": 2, "tablet": 0}


def test_new_people_are_split_by_all_but_themselves() -> None:
    """Values that nobody new has are left out."""
    assert ask(account(), new=True)["new"] == {
        "session_source": {"direct": 1, "unavailable": 1},
        "browser": {"mobileapp": 1},
        "os": {"android": 1},
        "device": {"mobile": 1},
    }


def test_an_unset_flag_splits_nothing() -> None:
    """Only what is asked for with true is told."""
    assert set(ask(account(), os=True, device=False)) == {
        "status",
        "count",
        "os",
        "last_processed_ts",
    }
