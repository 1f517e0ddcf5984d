"""Values that targets cannot hold: one rule, applied after the ids are made."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.api.nesting import MAX_READ_LEVELS
from tap_clevertap.records.events import EventRowBuilder
from tap_clevertap.records.fast_decoding import decode_events
from tap_clevertap.records.target_safe import MAX_LEVELS, PLAIN_LEVELS, TargetSafe, is_plain

ZONE = ZoneInfo("UTC")
BIG = "123456789012345678901"
MAX, MIN = 2**63 - 1, -(2**63)
NAN = float("nan")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)  # fmt: skip


def page(*records: str) -> bytes:
    """Return the body of a page with records as they are sent."""
    return b'{"status":"success","records":[%b]}' % ",".join(records).encode()


def record(**parts: str) -> str:
    """Return a record with parts as they are sent."""
    usual = {"profile": '{"objectId":"d"}', "ts": "20260701093001", "event_props": "{}"}
    return "{" + ",".join(f'"{name}":{value}' for name, value in (usual | parts).items()) + "}"


def rows(*records: str, event: str = "Viewed") -> tuple[list[dict[str, Any]], EventRowBuilder]:
    """Return the rows of records, and what has made them."""
    builder = EventRowBuilder(event, ZONE)
    found = [row for batch in builder.read(decode_events(page(*records))) for row in batch.rows]
    return [json.loads(row) for row in found], builder


def nested(depth: int) -> str:
    """Return an object with so many levels."""
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        (BIG, BIG),
        (f"-{BIG}", f"-{BIG}"),
        (str(MAX), MAX),
        (str(MIN), MIN),
        (str(MAX + 1), str(MAX + 1)),
        (str(MIN - 1), str(MIN - 1)),
        ("9" * 4400, "9" * 4400),
        ("1e999", "1e999"),
        ("-1E+400", "-1E+400"),
        ("1e300", 1e300),
        ("9007199254740993.0", 9007199254740993.0),
        (f'"{BIG}"', BIG),
        (f'["{BIG}",{BIG}]', [BIG, BIG]),
        (r'"a\u0000b"', "a\ufffdb"),
        (r'"\\u0000"', "\\u0000"),
        (r'"\\\u0000"', "\\\ufffd"),
        (r'{"k\u0000":1}', {"k\ufffd": 1}),
        ("NaN", None),
        ("-Infinity", None),
        (r'"\ud800!"', "\ufffd!"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_values_that_targets_cannot_hold(sent: str, held: object) -> None:
    """Each goes out as the rule says, wherever in a record it stands."""
    found, _ = rows(
        record(event_props=f'{{"x":{sent}}}'),
        record(session_props=f'{{"x":{sent}}}'),
        record(profile=f'{{"profileData":{{"x":{sent}}}}}'),
        record(unheard=sent),
        record(event_props=f'{{"Items":[{{"x":{sent}}}]}}'),
    )
    assert found[0]["event_props"] == {"x": held}
    assert found[1]["session_props"] == {"x": held}
    assert found[2]["profile"] == {"profileData": {"x": held}}
    assert found[3]["extra"] == {"unheard": held}
    assert found[4]["items"] == [{"x": held}]


def test_items_that_come_as_text_are_looked_at_too() -> None:
    """A list of items in a text is unwrapped, and then held to the same rule."""
    found, _ = rows(record(event_props=f'{{"Items":"[{{\\"id\\":{BIG}}}]"}}'))
    assert found[0]["items"] == [{"id": BIG}]


def test_ids_are_made_of_what_was_sent() -> None:
    """What a target cannot hold has the id that it had before there was a rule."""
    found, _ = rows(
        record(event_props=f'{{"x":{BIG}}}'),
        record(event_props=f'{{"x":"{BIG}"}}'),
        record(event_props=r'{"x":"a\u0000b"}'),
        record(event_props='{"x":"a\N{REPLACEMENT CHARACTER}b"}'),
    )
    assert len({one["event_id"] for one in found}) == 4


@pytest.mark.parametrize("depth", [101, 300, 500, 501, 800, 960, 975, 985, 2000, 50_000])
@pytest.mark.parametrize("part", ["event_props", "session_props", "profile", "unheard"])
def test_deep_values_become_text(depth: int, part: str) -> None:
    """A value nested deep goes out with a text at its hundredth level, and its neighbours as sent.

    Its id does not depend on how deep the parser, or the stack of Python, happens to reach.
    """
    found, builder = rows(record(), record(**{part: nested(depth)}))
    column = found[1]["extra" if part == "unheard" else part]
    value = column["unheard"] if part == "unheard" else column
    levels = 0
    while isinstance(value, dict):
        value, levels = value["a"], levels + 1
    assert MAX_LEVELS - 2 <= levels <= MAX_LEVELS
    assert value == nested(depth - levels)
    assert found[0]["event_props"] == {}
    assert builder.safe.changed["values nested too deep (now JSON text)"] <= 1


def test_ids_of_deep_values_are_stable() -> None:
    """The id of a value within what is always read is that of the whole, beyond of its text."""
    ids = [rows(record(event_props=nested(depth)))[0][0]["event_id"] for depth in (500, 501, 2000)]
    assert ids == [
        "49c4d207636dadf4219c0ba89fda0ee1",
        "d396579414bb7417bcb5f8d4d585942f",
        "38584f7b99c298e8d5f7ded40acbdbce",
    ]
    assert MAX_READ_LEVELS == 500


def test_changes_are_counted() -> None:
    """Each change is counted by what it was; a plain row is not one."""
    _, builder = rows(
        record(),
        record(event_props=f'{{"x":{BIG},"y":1e999}}'),
        record(event_props=r'{"x":"\u0000\u0000"}'),
        record(ts="7"),
    )
    assert builder.safe.summary() == (
        "2 NUL characters (now U+FFFD), 1 events without a usable ts (event_time is null), "
        "2 numbers beyond 64 bits (now text)"
    )


def test_a_name_of_an_event_is_held_to_the_rule() -> None:
    """An event may have a NUL in its name; the column says it without."""
    found, _ = rows(record(), event="a\0b%s")
    assert found[0]["event_name"] == "a\ufffdb%s"


@pytest.mark.parametrize(
    ("ts", "instant"),
    [
        ("20261101100005.0", "2026-11-01T10:00:05+00:00"),
        ('"20261101100005.75"', "2026-11-01T10:00:05+00:00"),
        ("20261101100005", "2026-11-01T10:00:05+00:00"),
    ],
)
def test_a_time_with_a_fraction_is_a_time(ts: str, instant: str) -> None:
    """A `ts` that came through a float, or with part of a second, has its day and instant."""
    builder = EventRowBuilder("Viewed", ZONE)
    [batch] = builder.read(decode_events(page(record(ts=ts))))
    assert json.loads(batch.rows[0])["event_time"] == instant
    assert batch.days == ["2026-11-01"]


def test_users_without_a_device_are_told_apart_by_identity() -> None:
    """Three in one second with the same properties are three; with a device nothing changes."""
    fast = [record(profile=f'{{"identity":"u{n}"}}') for n in range(3)]
    number = record(profile='{"identity":7}')
    careful = record(profile='{"identity":"7","new":1}')
    with_device = [record(profile=f'{{"objectId":"d","identity":"{n}"}}') for n in range(2)]
    found, _ = rows(*fast, number, careful, *with_device)
    ids = [one["event_id"] for one in found]
    assert len(set(ids[:4])) == 4
    assert ids[3] == ids[4]
    assert ids[5] == ids[6] == rows(record())[0][0]["event_id"]


@given(VALUES)
def test_what_goes_out_can_be_held(value: object) -> None:
    """Whatever is sent, only its large numbers and its NULs change; a second time changes nothing.

    What is called plain needs no change.
    """
    sent = Raw(json.dumps(value).encode())
    safe = TargetSafe()
    held = safe.value(sent)
    assert TargetSafe().value(held) == held
    assert json.loads(bytes(held)) == changed(value)
    if is_plain(bytes(sent)):
        assert held is sent


def changed(value: object) -> object:
    """Return what the rule makes of a value."""
    match value:
        case bool() | None | float():
            return value
        case int():
            return value if MIN <= value <= MAX else str(value)
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [changed(one) for one in value]
        case dict():
            return {changed(name): changed(one) for name, one in value.items()}
    raise AssertionError(value)


def test_usual_values_are_plain() -> None:
    """Values of an everyday shape are passed by the parser alone, so that the rule costs little."""
    assert is_plain(b'{"a":[{"b":{"c":[1,2.5,"x",true,null]}}],"n":12345678901234567}')
    assert is_plain(nested(PLAIN_LEVELS).encode())
    assert not is_plain(nested(PLAIN_LEVELS + 1).encode())
