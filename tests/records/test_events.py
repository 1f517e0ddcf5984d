"""Records: the event id, the instant of local digits, and that nothing is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_clevertap.api.decoding import Defect, Envelope
from tap_clevertap.records.events import BATCH_ROWS, EventRowBuilder, event_id, with_id
from tap_clevertap.records.fast_decoding import TypedPage, decode_events

if TYPE_CHECKING:
    from datetime import tzinfo
    from random import Random

KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")

GOLDEN = r"""
Viewed | d1b74f2e06e0e61bb85d9a8c7ce5ce36 | e0207017598cdbddc21ff8c2bacdd3ad
  {"profile":{"objectId":"__g001"},"ts":20260701093000,"event_props":{}}
Viewed | d1b74f2e06e0e61bb85d9a8c7ce5ce36 | e0207017598cdbddc21ff8c2bacdd3ad
  {"profile":{"objectId":"__g001"},"ts":20260701093000}
Viewed | 783779acaa26c9cb9aa57c8545c45a3b | a0e031d8d6fbe54e58c317eaccf29b9a
  {"profile":{"objectId":"__g001"},"ts":20260701093000,"session_props":{"session_source":"Others"}}
Viewed | de884e590c6de519cf09f18f6109fc6b | c311807f53b194f23ad720745eb91478
  {"profile":{"objectId":"__g001"},"ts":20260701093001,"event_props":{"Product":"Tea"}}
Viewed | f9c07f37f9ec6f6b12d9524c345a77e9 | a10f431f03430ca4e7fe03e9489379b6
  {"profile":{"objectId":"-g002"},"ts":20260701093001,"event_props":{"Product":"Tea"}}
Added To Cart | f7f9914f6de9079716e242a3d2540783 | cbd70053b60d42aff7cc32ad3e9ef49b
  {"profile":{"objectId":"__g001"},"ts":20260701093001,"event_props":{"Product":"Tea"}}
दीवाली सेल | 9cebfdef8011921a216fcec166d033e7 | e3edf4a227d024fa179ceff0d7f52544
  {"profile":{"objectId":"__g001"},"ts":20261108180000,"event_props":{"शहर":"पुणे","emoji":"\ud83d\ude00"}}
App Launched | 8fc23a201532ca2b1412abda44310883 | ca9e551247c21f03957938376e991d02
  {"profile":{"objectId":"~w1"},"ts":20260308023000,"event_props":{"Trace":12345678901234567,"Id":123456789012345678901234567890}}
Viewed | ca12d266920684b2e4221d8857fa66bc | 3674badc749fb177992b76844fdc0d52
  {"profile":{"objectId":"__g001"},"ts":20260701000000,"event_props":{"Price":59.990,"Rating":0.30000000000000004}}
Viewed | 62e162249b0618f089c3f2217aaabafc | 2cc59b1f28189b3a24826bdc979af942
  {"profile":{"objectId":"__g001"},"ts":20260701000000,"event_props":{"Price":59.990,"Huge":1e400}}
Charged | ee585d9f35ed7a0e993764c878924f53 | 4ef27fcd8c435e776696a81f7fdc5ac4
  {"profile":{"objectId":"__g003"},"ts":20260731235959,"event_props":{"Amount":300,"Items":[{"Category":"books","Quantity":1},{"Quantity":4,"Category":"books"}]}}
Charged | 700ad7af8a11c0f711266face44b31a1 | a80e414fba278d1c44ca819493def795
  {"profile":{"objectId":"__g003"},"ts":20260731235959,"event_props":{"Amount":300},"items":[{"Items|Category":"books","Items|Quantity":1}]}
UTM Visited | c12a9adf224eb4e5571dd774c10ee050 | 48218a95591dc9af26738ff9b37f2cf1
  {"profile":{"objectId":"5f3c-web"},"ts":20221119054937,"event_props":{"Install":"y"},"session_props":{"utm_source":"google-play","session_source":"Others","nested":{"b":[true,null],"a":"$D_1468322268"}}}
Viewed | 381770be28b77043ef3c5ce7e0b8d604 | f126f1d19e3a41bbe4dff7ef63a06a48
  {"profile":{},"event_props":{"Product":"Tea"}}
"""
"""Event name, id of the first and of the second occurrence; then the record as sent."""

RECORD: dict[str, Any] = {
    "profile": {"objectId": "__g001", "platform": "Android", "profileData": {"VIP": "true"}},
    "ts": 20260701093001,
    "event_props": {"Product": "Tea", "Price": 59.99, "Deep": {"a": [1, {"b": 2, "c": 3}]}},
    "session_props": {"utm_source": "google-play", "session_source": "Others"},
}


def golden() -> list[tuple[str, ...]]:
    """Return event name, two ids and the record, for each of the frozen ones."""
    lines = GOLDEN.strip().splitlines()
    heads, bodies = lines[::2], lines[1::2]
    return [(*head.split(" | "), body) for head, body in zip(heads, bodies, strict=True)]


def read(record: object, event: str = "Viewed", zone: tzinfo = KOLKATA) -> dict[str, Any]:
    """Return the row of a record, as a target gets it; the record may be its text."""
    _, row = rows([record], event, zone)[0]
    return dict(json.loads(row))


def rows(
    records: list[object], event: str = "Viewed", zone: tzinfo = KOLKATA
) -> list[tuple[bytes, bytes]]:
    """Return keys and rows of a page of records, of which some may be texts."""
    sent = [record if isinstance(record, str) else json.dumps(record) for record in records]
    page = decode_events(f'{{"status":"success","records":[{",".join(sent)}]}}'.encode())
    parts = EventRowBuilder(event, zone).read(page)
    return [one for batch in parts for one in zip(batch.keys, batch.rows, strict=True)]


def id_of(record: object, event: str = "Viewed") -> str:
    """Return the event id of a record."""
    return str(read(record, event)["event_id"])


def time_of(ts: object, zone: tzinfo = KOLKATA) -> tuple[str | None, str | None]:
    """Return instant and day of a record with that `ts`."""
    row = read(RECORD | {"ts": ts}, zone=zone)
    return row["event_time"], row["event_date"]


def shuffled(value: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON
    """Return an equal object with its keys in another order, at every depth."""
    if isinstance(value, list):
        return [shuffled(one, random) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: shuffled(value[key], random) for key in random.sample(list(value), len(value))}


@pytest.mark.parametrize(("event", "first", "second", "record"), golden())
def test_event_ids_are_frozen(event: str, first: str, second: str, record: str) -> None:
    """These ids stand in people's warehouses: they change only with a major version."""
    key, row = rows([record], event)[0]
    ids = [json.loads(one)["event_id"] for one in (row, with_id(row, event_id(key, 1)))]
    assert ids == [first, second]


def test_event_ids_of_different_events_differ() -> None:
    """No two of the frozen records share an id, but the two that are the same event."""
    ids = [one for _, first, second, _ in golden() for one in (first, second)]
    assert len(set(ids)) == len(ids) - 2
    key = bytes(16)
    assert len({event_id(key, occurrence) for occurrence in range(100)}) == 100


@pytest.mark.parametrize(
    "change",
    [
        {"identity": "user-1", "email": "a@example.com", "phone": 584120000000},
        {"all_identities": ["user-1", "user-2"]},
        {"profileData": {"VIP": "false", "Orders": 8}},
        {"app_version": "5.3.0", "events": {"Viewed": {"count": 2}}},
    ],
    ids=["login", "merged identities", "new property", "new version"],
)
def test_event_id_survives_a_changed_profile(change: dict[str, object]) -> None:
    """The profile is today's: whatever changes in it, the event is the same."""
    assert id_of(RECORD | {"profile": RECORD["profile"] | change}) == id_of(RECORD)


@given(st.randoms(use_true_random=False))
def test_event_id_knows_no_order_of_keys(random: Random) -> None:
    """The order of keys makes no difference, in the record or within its properties."""
    assert id_of(shuffled(RECORD, random)) == id_of(RECORD)


def test_event_id_survives_a_repaired_page() -> None:
    """A damage elsewhere on the page does not change the id of an event, numbers and all."""
    for event, expected, _, record in golden():
        body = f'{{"status":"success","records":[{record},{{"a":NaN}}]}}'.encode()
        envelope = decode_events(body)
        batch = next(EventRowBuilder(event, KOLKATA).read(envelope))
        assert envelope.is_repaired
        assert json.loads(batch.rows[0])["event_id"] == expected


@pytest.mark.parametrize(
    "other",
    [
        RECORD | {"ts": 20260701093002},
        RECORD | {"profile": {"objectId": "__g002"}},
        RECORD | {"event_props": {"Product": "Tea"}},
        RECORD | {"event_props": RECORD["event_props"] | {"Price": "59.99"}},
        RECORD | {"session_props": {}},
        RECORD | {"items": [{"product": "Tea"}]},
    ],
    ids=["time", "device", "properties", "type", "session", "items"],
)
def test_event_id_covers_what_makes_the_event(other: object) -> None:
    """Another time, device, property or session is another event."""
    assert id_of(other) != id_of(RECORD)


def test_event_id_covers_the_name() -> None:
    """The same record of another event is another event."""
    assert id_of(RECORD, "Added To Cart") != id_of(RECORD, "Viewed")


@pytest.mark.parametrize("make", [ZoneInfo, pendulum.timezone])
@pytest.mark.parametrize(
    ("zone", "ts", "instant", "day"),
    [
        ("Asia/Kolkata", 20260701000000, "2026-06-30T18:30:00+00:00", "2026-07-01"),
        ("Asia/Kolkata", 20260701235959, "2026-07-01T18:29:59+00:00", "2026-07-01"),
        ("Asia/Kolkata", 20240229053007, "2024-02-29T00:00:07+00:00", "2024-02-29"),
        ("America/New_York", 20260701000000, "2026-07-01T04:00:00+00:00", "2026-07-01"),
        ("America/New_York", 20260308015959, "2026-03-08T06:59:59+00:00", "2026-03-08"),
        ("America/New_York", 20260308023000, "2026-03-08T07:30:00+00:00", "2026-03-08"),
        ("America/New_York", 20260308030000, "2026-03-08T07:00:00+00:00", "2026-03-08"),
        ("America/New_York", 20261101005959, "2026-11-01T04:59:59+00:00", "2026-11-01"),
        ("America/New_York", 20261101013000, "2026-11-01T05:30:00+00:00", "2026-11-01"),
        ("America/New_York", 20261101020000, "2026-11-01T07:00:00+00:00", "2026-11-01"),
        ("America/New_York", 20261231235959, "2027-01-01T04:59:59+00:00", "2026-12-31"),
        ("UTC", 20260701120000, "2026-07-01T12:00:00+00:00", "2026-07-01"),
    ],
)
def test_instant_of_local_digits(
    make: type[tzinfo], zone: str, ts: int, instant: str, day: str
) -> None:
    """Digits are the account's; a skipped hour counts on, a repeated one is its first passing."""
    assert time_of(ts, make(zone)) == (instant, day)  # type: ignore[call-arg]
    assert time_of(str(ts), make(zone)) == (instant, day)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "ts",
    [
        1782878400000,
        "yesterday",
        20261301000000,
        20260230000000,
        20260701240000,
        20260701006000,
        20260701000060,
        20260701000061,
        10101000000,
        "00010101000000",
        0,
        None,
        "20260701093001.x",
        [20260701093001],
    ],
)
def test_time_that_is_none_is_kept(ts: object) -> None:
    """A `ts` that is no local time leaves the times empty and is kept as sent."""
    row = read(RECORD | {"ts": ts})
    assert (row["event_time"], row["event_date"], row["ts"]) == (None, None, None)
    assert row["extra"] == {"ts": ts}
    assert row["profile"] == {"profileData": RECORD["profile"]["profileData"]}


def test_missing_time_is_empty() -> None:
    """A record without `ts` has no times, and nothing is made up for it."""
    row = read({"profile": {"objectId": "__g001"}})
    assert (row["event_time"], row["event_date"], row["ts"], row["extra"]) == (None,) * 4


def test_columns_of_a_record() -> None:
    """Each known key becomes its column; what is absent is null, what is unknown is kept."""
    profile = {
        "objectId": "__g9", "identity": "user-1", "all_identities": ["user-1", "+584120000000"],
        "name": "Ana", "email": "ana@example.com", "phone": 584120000000, "platform": "Android",
        "app_version": 5.2, "os_version": "14", "make": "samsung", "model": "SM-A546E",
        "push_token": "fcm:xxx", "df": {"0": 68}, "badKs": [], "profileData": {"Orders": 7},
    }  # fmt: skip
    unknown = {"insert_id": "abc", "deep": {"a": [1, None]}}
    row = read(RECORD | {"profile": profile} | unknown)
    assert len(row.pop("event_id")) == 32
    assert row == {
        "event_name": "Viewed",
        "event_time": "2026-07-01T04:00:01+00:00",
        "event_date": "2026-07-01",
        "ts": 20260701093001,
        "object_id": "__g9",
        "identity": "user-1",
        "all_identities": ["user-1", "+584120000000"],
        "email": "ana@example.com",
        "phone": "584120000000",
        "name": "Ana",
        "platform": "Android",
        "app_version": "5.2",
        "os_version": "14",
        "make": "samsung",
        "model": "SM-A546E",
        "profile": {key: profile[key] for key in ("push_token", "df", "badKs", "profileData")},
        "event_props": RECORD["event_props"],
        "session_props": RECORD["session_props"],
        "items": None,
        "extra": unknown,
    }


def test_absent_keys_are_null_or_empty() -> None:
    """An anonymous record has null columns and empty objects."""
    row = read({"ts": 20260701093001})
    empty: dict[str, object] = {"profile": {}, "event_props": {}, "session_props": {}}
    filled = {"event_id", "event_name", "event_time", "event_date", "ts"}
    assert {name: value for name, value in row.items() if name not in filled} == {
        name: empty.get(name) for name in row.keys() - filled
    }


def test_profile_that_is_no_object_is_kept() -> None:
    """A profile of another shape is not thrown away."""
    assert read(RECORD | {"profile": ["__g001"]})["profile"] == {"value": ["__g001"]}
    assert read(RECORD | {"profile": None})["profile"] == {}


def test_values_go_through_as_sent() -> None:
    """Nested values come out digit by digit."""
    props = '{"Trace":12345678901234567,"Price":59.990,"Rating":0.30000000000000004}'
    _, row = rows([f'{{"event_props":{props}}}'])[0]
    assert f'"event_props":{props}' in row.decode()


def test_an_event_may_have_any_name() -> None:
    """What means something to a template means nothing in a name."""
    name = 'Up 50% "today" %b %d ü\\'
    assert read(RECORD, name)["event_name"] == name
    assert read(RECORD | {"ts": None}, name)["event_name"] == name


def test_pages_of_the_usual_shape_take_the_fast_way() -> None:
    """One record of another shape has the page read record by record, to the same rows."""
    odd = RECORD | {"surprise": 1}
    for records, is_usual in (([RECORD, RECORD], True), ([RECORD, odd], False)):
        body = json.dumps({"status": "success", "records": records}).encode()
        assert isinstance(decode_events(body), TypedPage) is is_usual
    assert rows([RECORD])[0] == rows([RECORD, odd])[0]


def test_a_page_comes_in_parts() -> None:
    """All of it, in order, a few rows at a time."""
    page = Envelope(records=msgspec.Raw(json.dumps([RECORD] * (2 * BATCH_ROWS + 1)).encode()))
    parts = list(EventRowBuilder("Viewed", KOLKATA).read(page))
    assert [len(batch.rows) for batch in parts] == [BATCH_ROWS, BATCH_ROWS, 1]
    assert [len(batch.keys) for batch in parts] == [len(batch.days) for batch in parts]


SOMETIMES = {
    "identity": st.sampled_from(["user-1", 7, 10**30, 5.0, None, True]),
    "all_identities": st.sampled_from([[], ["a", "b"], [1], "[a, b]", None]),
    "phone": st.sampled_from(["+58412", 584120000000, 5.84e11, None]),
    "app_version": st.sampled_from(["5.2.0", 5.2, None]),
    "push_token": st.sampled_from(["fcm:x", None]),
    "profileData": st.sampled_from([{"Orders": 7}, {}, None]),
    "badKs": st.sampled_from([[], None]),
    "id": st.sampled_from([33, None]),
    "surprise": st.sampled_from([1, None]),
}
PROFILES = st.fixed_dictionaries({}, optional={"objectId": st.just("__g001"), **SOMETIMES})
PROPS = st.sampled_from([{}, None, {"Items": [{"a": 1}]}, {"x": 'say "Items":'}, [1], {"b": 2.50}])
TIMES = st.sampled_from([20260701093001, 20260701093001.0, "20260701093001", 20260701, 0, -1, None])
WHOLE = st.fixed_dictionaries(
    {},
    optional={
        "profile": PROFILES | st.sampled_from([None, [], "x"]),
        "ts": st.sampled_from([20260701093001]) | TIMES,
        "event_props": PROPS,
        "session_props": PROPS,
        "items": PROPS,
    },
)


@settings(max_examples=400)
@given(WHOLE)
def test_neighbours_on_a_page_change_nothing(record: dict[str, object]) -> None:
    """A record gives the same key and row alone and beside one that is most unusual."""
    alone, among = rows([record])[0], rows([record, {"odd": 1, "ts": None}])[0]
    assert digits_and_all(alone) == digits_and_all(among)


def digits_and_all(read: tuple[bytes, bytes]) -> tuple[bytes, Any]:
    """Return a key and the columns of its row, numbers as their digits."""
    key, row = read
    return key, json.loads(row, parse_int=str, parse_float=str)


@pytest.mark.parametrize("record", ["7", "null", '"x"', "[]"])
def test_a_page_with_a_record_that_is_none_is_broken(record: str) -> None:
    """It is told when the page is read, where it can be asked for again."""
    body = f'{{"status":"success","records":[{{"ts":1,"profile":{{}}}},{record}]}}'
    assert decode_events(body.encode()).defect is Defect.NOT_A_RECORD
