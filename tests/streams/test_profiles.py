"""The profiles stream: every person once, by activity, in sweeps that do not pretend."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.errors import CursorLost, SettingError
from tap_clevertap.sandbox import Behaviour, Device, Event, EventType, Person, World, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.running import Run, captured, run, tap_on
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Export
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

JSON = dict[str, Any]
PROFILES = catalog_of("profiles")
SWEEP = catalog_of("profiles", method="FULL_TABLE")
START = "2026-06-01"
LAUNCHED, BROWSED = "App Launched", "Web Session Started"


def account() -> World:
    """Return an account: known people, anonymous ones, one with three devices, one idle, one mute.

    Everybody but the last two launched the app on three days that lie weeks apart.
    """
    world = World(KOLKATA)
    world.people = [
        Person([Device("__g0", "Android"), Device("w0", "Web"), Device("-i0", "iOS")], "user-0"),
        Person([Device("__g1", "Android", {"model": "M1"}, "fcm:1")], "user-1", name="Zoë"),
        Person([Device("zz2", "Web"), Device("aa2", "Android")]),
        Person([Device("__g3", "Android")], "user-3", phone=919930079420, email="3@example.com"),
        Person([Device("idle", "Android")], "idle"),
        Person([Device("mute", "Android")], "mute"),
    ]
    world.people[3].properties = {"Orders": 12345678901234567, "नाम": "दीवाली 🪔"}
    for day in ("2026-06-02", "2026-06-20", "2026-07-09"):
        for person in range(4):
            at = epoch(f"{day}T09:00:00", KOLKATA) + person
            world.add(Event(LAUNCHED, at, person))
            world.add(Event(BROWSED, at + 60, person, len(world.people[person].devices) - 1))
    world.event_types["Notification Sent"] = EventType("Notification Sent", is_exportable=False)
    world.add(Event("Notification Sent", epoch("2026-07-01T09:00:00", KOLKATA), 5))
    return world


def truth(box: Sandbox, *events: str, since: date = date.min) -> dict[str, JSON]:
    """Return who raised one of the events by yesterday, by profile id, as they are now."""
    world, now = box.world, box.now()
    yesterday = world.local_day(now) - timedelta(days=1)
    seen: dict[int, list[int]] = defaultdict(list)
    active = set()
    for name in world.event_types:
        for event in world.events(name, date.min, date.max, now):
            seen[event.person].append(event.at)
            if name in events and since <= world.local_day(event.at) <= yesterday:
                active.add(event.person)
    return {
        row["profile_id"]: row for row in (_told(world.people[n], seen[n], now) for n in active)
    }


def _told(person: Person, seen: list[int], now: int) -> JSON:
    ids = sorted(device.object_id for device in person.devices)
    is_known = person.is_identified(now)
    known = {
        "identity": person.identity,
        "name": person.name,
        "email": person.email,
        "phone": None if person.phone is None else str(person.phone),
    }
    return (known if is_known else dict.fromkeys(known)) | {
        "profile_id": person.identity if is_known else ids[0],
        "object_ids": ids,
        "profile_data": person.properties,
        "first_seen": datetime.fromtimestamp(min(seen), UTC).isoformat(),
        "last_seen": datetime.fromtimestamp(max(seen), UTC).isoformat(),
        "platform_info": [_installed(device) for device in person.devices],
    }


def _installed(device: Device) -> JSON:
    token = {"push_token": device.push_token} if device.push_token else {}
    return {"platform": device.platform} | device.app | token | {"objectId": device.object_id}


def rows(finished: Run) -> dict[str, JSON]:
    """Return the rows by profile id, in the words of the truth; no id may come twice."""
    records = finished.records("profiles")
    told = {one["profile_id"]: one for one in records}
    assert len(told) == len(records)
    return {key: {name: one[name] for name in COLUMNS} for key, one in told.items()}


COLUMNS = tuple(_told(Person([Device("x", "Web")]), [0], 0))


def versions(finished: Run) -> list[JSON]:
    """Return the ACTIVATE_VERSION messages."""
    return [one for one in finished.messages if one["type"] == "ACTIVATE_VERSION"]


def bookmarks(state: JSON) -> dict[str, str]:
    """Return the bookmark of each event."""
    partitions = state["bookmarks"]["profiles"].get("partitions", [])
    return {one["context"]["event_name"]: one["replication_key_value"] for one in partitions}


def test_everybody_active_comes_once(sandbox: Serve) -> None:
    """However many events, slices and devices found them, with all that the account knows."""
    box = sandbox(account())
    finished = run(box, catalog=PROFILES, start_date=START)
    assert rows(finished) == truth(box, LAUNCHED, BROWSED)
    assert sorted(rows(finished)) == ["aa2", "user-0", "user-1", "user-3"]
    assert_conforms(finished, "profiles")


def test_a_whole_shop_comes_once_each(sandbox: Serve) -> None:
    """The seeded account over two months, in small pages."""
    box = sandbox(shop(5, KOLKATA, date(2026, 7, 9), days=60, people=150, events_per_day=150))
    finished = run(box, catalog=PROFILES, start_date="2026-05-15", batch_size=230)
    assert rows(finished) == truth(box, LAUNCHED, BROWSED, since=date(2026, 5, 15))
    assert_conforms(finished, "profiles")


def test_digits_stay_as_sent(sandbox: Serve) -> None:
    """A big whole number is not rounded on its way."""
    finished = run(sandbox(account()), catalog=PROFILES, start_date=START)
    assert any(b'"Orders":12345678901234567' in line for line in finished.lines)


def test_who_raised_none_of_the_events_is_not_reached(sandbox: Serve) -> None:
    """The stream says so; other events reach other people."""
    box = sandbox(account())
    box.world.add(Event("Signed Up", epoch("2026-07-02T09:00:00", KOLKATA), 4))
    assert "idle" not in rows(run(box, catalog=PROFILES, start_date=START))
    reached = rows(run(box, catalog=PROFILES, start_date=START, profile_events=["Signed *"]))
    assert list(reached) == ["idle"]


def test_the_second_run_has_who_was_active_since(sandbox: Serve) -> None:
    """From each event's bookmark on, with the look-back."""
    box = sandbox(account())
    box.world.add(Event(LAUNCHED, epoch("2026-07-10T15:00:00", KOLKATA), 4))
    first = run(box, catalog=PROFILES, start_date=START)
    assert bookmarks(first.state) == {LAUNCHED: "2026-07-09", BROWSED: "2026-07-09"}
    box.advance(3 * 86400)
    box.request_log.profiles.clear()
    second = run(box, catalog=PROFILES, start_date=START, state=first.state, lookback_days=0)
    assert list(rows(second)) == ["idle"]
    assert bookmarks(second.state) == {LAUNCHED: "2026-07-12", BROWSED: "2026-07-12"}
    again = run(box, catalog=PROFILES, start_date=START, state=second.state, lookback_days=4)
    assert len(rows(again)) == 5


def test_a_bounded_backfill_leaves_the_bookmarks_alone(sandbox: Serve) -> None:
    """It has who was active then, and the nightly run goes on where it was."""
    box = sandbox(account())
    first = run(box, catalog=PROFILES, start_date=START)
    bounds: JSON = {"start_date": "2026-06-20", "end_date": "2026-06-20"}
    past = run(box, catalog=PROFILES, state=first.state, **bounds)
    assert len(rows(past)) == 4
    assert past.state == first.state


def test_a_sweep_lets_the_target_drop_the_others(sandbox: Serve) -> None:
    """Asked for FULL_TABLE, the run begins anew and says after its last row that it is whole."""
    box = sandbox(account())
    first = run(box, catalog=PROFILES, start_date=START)
    sweep = run(box, catalog=SWEEP, start_date=START, state=first.state)
    assert rows(sweep) == rows(first)
    [activated] = versions(sweep)
    kinds = [one["type"] for one in sweep.messages]
    last_row = len(kinds) - kinds[::-1].index("RECORD") - 1
    assert kinds.index("ACTIVATE_VERSION") > last_row
    assert {one.get("version") for one in sweep.messages if one["type"] == "RECORD"} == {
        activated["version"]
    }
    assert versions(first) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"end_date": "2026-07-01"},
        {"profile_events": [LAUNCHED, "Notification Sent"]},
        {"profile_events": ["Ghost*", "Notification Sent"]},
    ],
    ids=["bounded", "one event refused", "all events refused"],
)
def test_a_sweep_of_a_part_does_not_pretend(sandbox: Serve, settings: JSON) -> None:
    """A target that dropped the others would lose people."""
    assert versions(run(sandbox(account()), catalog=SWEEP, start_date=START, **settings)) == []


def test_a_sweep_without_any_event_drops_nobody(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """An account without apps gets one line that says what to do, and keeps its other streams."""
    world = World(KOLKATA, people=[Person([Device("a", "Web")])])
    world.add(Event("Paid", epoch("2026-07-02T09:00:00", KOLKATA), 0))
    finished = run(sandbox(world), catalog=SWEEP, start_date=START)
    assert (finished.records("profiles"), versions(finished)) == ([], [])
    [line] = (one for one in caplog.messages if one.startswith("profile_events:"))
    assert "neither App Launched nor Web Session Started" in line
    assert line.endswith("such as 'Paid'")


def test_a_failed_sweep_does_not_pretend(sandbox: Serve) -> None:
    """What is incomplete is never activated, though the other streams go on."""
    box = sandbox(account(), cursor_cycle=1.0)
    tap = tap_on(box, catalog=SWEEP, start_date=START, skip_failed_streams=True)
    finished = captured(tap.sync_all)
    assert finished.error is not None
    assert versions(finished) == []


@pytest.mark.parametrize("event", ["Ghost", "App launched"])
def test_an_unknown_event_is_a_wrong_setting(sandbox: Serve, event: str) -> None:
    """The line names the setting and the event."""
    with pytest.raises(SettingError, match=f"^profile_events: '{event}' is not an event"):
        run(sandbox(account()), catalog=PROFILES, profile_events=[event])


def test_patterns_without_a_match_are_a_wrong_setting(sandbox: Serve) -> None:
    """The line shows what there is, and nothing was written."""
    tap = tap_on(sandbox(account()), catalog=PROFILES, profile_events=["Nothing*"])
    failed = captured(tap.sync_all)
    assert str(failed.error).startswith(
        "profile_events: ['Nothing*'] matches no event of the account"
    )
    assert "'App Launched', 'Notification Sent', 'Web Session Started'" in str(failed.error)
    assert failed.lines == []


def test_wrong_credentials_are_told_before_anything_is_written(sandbox: Serve) -> None:
    """This stream alone fails as all together do."""
    failed = captured(tap_on(sandbox(account()), catalog=PROFILES, passcode="wrong").sync_all)
    assert isinstance(failed.error, SettingError)
    assert failed.lines == []


@pytest.mark.parametrize(
    "fault",
    [
        {"expired_cursor": 0.4},
        {"repeats": 0.5},
        {"server_error": 0.2, "reset": 0.2, "truncated": 0.2},
        {"empty_page": 0.5, "short_page": 0.5},
        {"too_many_requests": 0.3, "throttled": 0.5, "in_progress": 2},
        {"alternate_paging": 1.0},
        {"incorrect_usage": 0.5},
    ],
    ids="+".join,
)
def test_faults_lose_nobody_and_bring_nobody_twice(sandbox: Serve, fault: JSON) -> None:
    """A slice that begins anew does not bring people again."""
    box = sandbox(account(), **fault)
    finished = run(box, catalog=PROFILES, start_date=START, batch_size=23)
    assert rows(finished) == truth(box, LAUNCHED, BROWSED)


def test_a_cursor_that_dies_halves_its_slice(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A cursor over several days that lives for one page costs nobody: each day is read alone."""
    export = Client.export

    def dying(client: Client, spec: Export, query: Mapping[str, object]) -> Iterator[Envelope]:
        for n, page in enumerate(export(client, spec, query)):
            if n and query["from"] != query["to"]:
                msg = "HTTP 200, code CURSOR_INVALIDATED"
                raise CursorLost(msg)
            yield page

    monkeypatch.setattr(Client, "export", dying)
    box = sandbox(account(), Behaviour(shards=1, partial_share=0.0))
    finished = run(box, catalog=PROFILES, start_date=START, batch_size=2)
    assert rows(finished) == truth(box, LAUNCHED, BROWSED)
    assert bookmarks(finished.state) == dict.fromkeys((LAUNCHED, BROWSED), "2026-07-09")
    assert "reading it in halves" in caplog.text


def test_who_logs_in_after_a_run_is_known_in_the_next(sandbox: Serve) -> None:
    """Read as anonymous first; the look-back brings them again, under their identity."""
    box = sandbox(account(), login_between_reads=1.0)
    first = run(box, catalog=PROFILES, start_date=START)
    assert set(rows(first)) == {"-i0", "__g1", "aa2", "__g3"}
    second = run(box, catalog=PROFILES, start_date=START, state=first.state)
    third = run(box, catalog=PROFILES, start_date=START, state=second.state)
    assert set(rows(third)) == {"user-0", "user-1", "aa2", "user-3"}


def test_bad_characters_are_mended(sandbox: Serve) -> None:
    """A lone surrogate does not lose a page of people."""
    box = sandbox(account(), lone_surrogate=1.0)
    assert len(rows(run(box, catalog=PROFILES, start_date=START))) == 4


def test_deselected_columns_stay_away(sandbox: Serve) -> None:
    """The SDK's own way gives the same people without the columns."""
    box = sandbox(account())
    whole = run(box, catalog=PROFILES, start_date=START).records("profiles")
    part = run(
        box, catalog=catalog_of("profiles", without=["email", "events"]), start_date=START
    ).records("profiles")
    for one in whole:
        del one["email"], one["events"]
    assert sorted(part, key=_key) == sorted(whole, key=_key)


def _key(row: JSON) -> str:
    return str(row["profile_id"])


def test_the_default_asks_for_what_the_account_has(sandbox: Serve) -> None:
    """An account with a site and no app is asked by its site alone."""
    world = account()
    del world.event_types[LAUNCHED]
    box = sandbox(world)
    assert len(rows(run(box, catalog=PROFILES, start_date=START))) == 4
    assert set(box.request_log.profiles) == {BROWSED}
