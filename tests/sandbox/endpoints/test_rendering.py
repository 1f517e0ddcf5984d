"""Records as the documentation and captured responses show them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tap_clevertap.sandbox import Device, Event, Person, World
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.sandbox.endpoints.rendering import Flags, Moment, Renderer
from tests.support.caller import NOW, account

BARE = Flags(app=False, events=False, profile=False)
LATER = Moment(2_000_000_000)


def printed(world: World, event: Event, flags: Flags = BARE, moment: Moment = LATER) -> Any:  # noqa: ANN401 - JSON
    """Return an event's record, parsed."""
    (record,) = Renderer(world).events([event], flags, moment)
    return json.loads(record)


def test_an_anonymous_event_reads_like_the_captured_one() -> None:
    """Every key and value of a response that was captured in an account in Kolkata."""
    world = World("Asia/Kolkata")
    app: dict[str, object] = {
        "os_version": "10",
        "app_version": "1.1.7",
        "make": "xiaomi",
        "model": "M2006C3MII",
    }
    device = Device("__g9e75e20dcf3d41ee9f1ebd907663164e", "Android", app)
    world.people = [Person([device])]
    session: dict[str, object] = {
        "session_source": "Others",
        "session_referrer": "wzrk://track?install=true&utm_source=google-play&utm_medium=organic",
        "utm_source": "google-play",
        "utm_medium": "organic",
    }
    visited = Event("UTM Visited", 1668817177, 0, props={"Install": "y"}, session=session)
    world.add(Event("App Launched", 1668817176, 0))
    world.add(visited)
    captured = """
    {"profile":{"df":{"2":320,"1":136,"0":68},
      "events":{"UTM Visited":{"count":1,"first_seen":1668817177,"last_seen":1668817177},
                "App Launched":{"count":1,"first_seen":1668817176,"last_seen":1668817176}},
      "os_version":"10","app_version":"1.1.7","make":"xiaomi","model":"M2006C3MII",
      "platform":"Android","objectId":"__g9e75e20dcf3d41ee9f1ebd907663164e"},
     "session_props":{"session_source":"Others",
      "session_referrer":"wzrk://track?install=true&utm_source=google-play&utm_medium=organic",
      "utm_source":"google-play","utm_medium":"organic"},
     "ts":20221119054937,
     "event_props":{"Install":"y"}}
    """
    assert printed(world, visited, Flags()) == json.loads(captured)


def test_a_known_person_s_event_reads_like_the_documented_one() -> None:
    """Keys and values of the official sample, which shows no list of identities."""
    world = World("America/New_York")
    web = Device("a8ffcbc9-a747-4ee3-a791-c5e58ad03097", "Web")
    person = Person([web], "5555555555", 0, email="peter@foo.com")
    person.properties = {"favoriteColor": "blue"}
    world.people = [person]
    at = epoch("2015-10-23T14:04:16", "America/New_York")
    session: dict[str, object] = {"utm_source": "Foo", "session_source": "Direct"}
    event = Event("choseNewFavoriteFood", at, 0, props={"value": "pizza"}, session=session)
    documented = """
    {"profile":{"objectId":"a8ffcbc9-a747-4ee3-a791-c5e58ad03097","platform":"Web",
      "email":"peter@foo.com","profileData":{"favoriteColor":"blue"},"identity":"5555555555",
      "all_identities":["5555555555","peter@foo.com"],"badKs":[]},
     "ts":20151023140416,"event_props":{"value":"pizza"},
     "session_props":{"utm_source":"Foo","session_source":"Direct"}}
    """
    assert printed(world, event, Flags(events=False)) == json.loads(documented)


def test_a_profile_reads_like_the_documented_one() -> None:
    """A person with a phone and a browser; this one has no object id on top."""
    app: dict[str, object] = {
        "os_version": "10.2",
        "app_version": "6.1.3",
        "make": "Apple",
        "model": "iPhone7,2",
    }
    phone = Device("-1a063854f83a4c6484285039ecff87cb", "iOS", app, "95f971a3")
    web = Device("a8ffcbc9-a747-4ee3-a791-c5e58ad03097", "Web")
    person = Person([phone, web], "5555555555", 0, properties={"favoriteFood": "pizza"})
    world = World("UTC", people=[person])
    documented = """
    {"identity":"5555555555","all_identities":["5555555555"],
     "profileData":{"favoriteFood":"pizza"},
     "platformInfo":[
       {"platform":"iOS","os_version":"10.2","app_version":"6.1.3","make":"Apple",
        "model":"iPhone7,2","push_token":"95f971a3",
        "objectId":"-1a063854f83a4c6484285039ecff87cb"},
       {"platform":"Web","objectId":"a8ffcbc9-a747-4ee3-a791-c5e58ad03097"}]}
    """
    (record,) = Renderer(world).people([0], Flags(events=False), LATER)
    assert json.loads(record) == json.loads(documented)


def test_some_profiles_have_an_object_id_on_top() -> None:
    """And some have none: nobody may rely on it."""
    records = [json.loads(record) for record in Renderer(account()).people(range(6), BARE, LATER)]
    assert {"objectId" in record for record in records} == {True, False}


def test_flags_decide_which_keys_come() -> None:
    """Object id and identity come always."""
    world = account(people=1, events=1)
    world.people[0].properties = {"VIP": "true"}
    world.people[0].devices = [Device("__g1", "Android", {"make": "samsung"})]
    (event,) = world.events("Viewed", world.days("Viewed")[0], world.days("Viewed")[0], NOW)
    for name, key in (("app", "make"), ("events", "events"), ("profile", "profileData")):
        profile = printed(world, event, replace(BARE, **{name: True}))["profile"]
        assert key in profile
        assert {"objectId", "identity"} < set(profile)
        assert key not in printed(world, event)["profile"]


def test_a_profile_is_todays() -> None:
    """An old event of somebody who logged in since carries the identity."""
    world = account(people=1, events=1)
    event = Event("Viewed", 1_000_000_000, 0)
    login = world.people[0].identified_at or 0
    assert "identity" not in printed(world, event, moment=Moment(login - 1))["profile"]
    assert printed(world, event, moment=Moment(login))["profile"]["identity"] == "user-0"


def test_a_summary_knows_only_what_has_arrived() -> None:
    """And learns of events that are added later."""
    world = account(people=1, events=0)
    world.add(Event("Viewed", 100, 0))
    world.add(Event("Viewed", 50, 0, arrived_at=300))
    renderer = Renderer(world)

    def summary(now: int) -> object:
        (record,) = renderer.people([0], Flags(), Moment(now))
        return json.loads(record)["events"].get("Viewed")

    assert summary(299) == {"count": 1, "first_seen": 100, "last_seen": 100}
    assert summary(300) == {"count": 2, "first_seen": 50, "last_seen": 100}
    world.add(Event("Viewed", 200, 0))
    assert summary(300) == {"count": 3, "first_seen": 50, "last_seen": 200}


def test_the_summary_in_an_event_is_of_the_moment_too() -> None:
    """Although records are kept once printed."""
    world = account(people=1, events=0)
    world.add(Event("Viewed", 100, 0))
    world.add(Event("Viewed", 50, 0, arrived_at=300))
    renderer, event = Renderer(world), Event("Viewed", 100, 0)
    counts = []
    for now in (299, 300, 299):
        (record,) = renderer.events([event], Flags(), Moment(now))
        counts.append(json.loads(record)["profile"]["events"]["Viewed"]["count"])
    assert counts == [1, 2, 1]


def test_properties_that_are_not_there_are_missing_or_empty() -> None:
    """Both occur; null does not."""
    world = account(people=1, events=0)
    records = [printed(world, Event("Viewed", at, 0)) for at in (100, 101)]
    assert [record.get("event_props") for record in records] == [None, {}]
    assert not any("session_props" in record for record in records)


def test_values_come_through_as_they_are() -> None:
    """Large integers, long floats, other scripts, even half a character."""
    props: dict[str, object] = {
        "large": 12345678901234567,
        "long": 0.30000000000000004,
        "text": "मसाला 🪔 café",
        "half": "\ud800",
        "nothing": "",
    }
    world = account(people=1, events=0)
    event = Event("Viewed", 100, 0, props=props, items=[{"Items|product": "mug"}])
    record = printed(world, event)
    assert record["event_props"] == props
    assert record["items"] == [{"Items|product": "mug"}]
    (raw,) = Renderer(world).events([event], BARE, LATER)
    assert b"12345678901234567" in raw
    assert b"0.30000000000000004" in raw
    assert b"\\ud800" in raw


def test_the_day_is_the_accounts_day() -> None:
    """Whether the event was printed before or not."""
    world = account(people=1, events=0)
    event = Event("Viewed", epoch("2026-07-02T00:00:01", "Asia/Kolkata"), 0)
    renderer = Renderer(world)
    assert renderer.day(event) == 20260702
    renderer.events([event], BARE, Moment(NOW, minutes_off=-330))
    renderer.events([event], BARE, LATER)
    assert renderer.day(event) == 20260702
