"""People: a profile gives the same columns however it is read, and when it was forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records.fast_decoding import decode_profile
from tap_clevertap.records.profile_columns import (
    ProfileCache,
    parse_profile_lenient,
)

TEXTS = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=8)
USUAL = st.fixed_dictionaries(
    {},
    optional={
        "objectId": TEXTS | st.none(),
        "identity": TEXTS | st.integers() | st.none(),
        "all_identities": st.lists(TEXTS, max_size=3) | st.none(),
        "name": TEXTS | st.none(),
        "email": TEXTS | st.none(),
        "phone": TEXTS | st.integers() | st.none(),
        "platform": TEXTS,
        "app_version": TEXTS,
        "os_version": TEXTS,
        "make": TEXTS,
        "model": TEXTS,
        "push_token": TEXTS,
        "profileData": st.dictionaries(TEXTS, st.integers(-(2**63), 2**63 - 1), max_size=2),
        "events": st.just({"Viewed": {"count": 2}}),
        "df": st.just({"0": 68}),
        "badKs": st.just([]),
        "id": st.just(33),
    },
)


STRANGE: list[dict[str, object]] = [
    {},
    {"custom": 1},
    {"objectId": 5},
    {"objectId": None, "identity": "user-1"},
    {"profileData": {"Balance": 2**70}},
    {"profileData": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}},
    {"profileData": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {}}}}}}}}},
    {"all_identities": "[a, b]"},
]
"""Members that hardly any profile has, some of which are not read together with others."""


def columns(members: bytes) -> dict[str, object]:
    """Return the columns of a person; what was null among the rest may be left out."""
    made = dict(json.loads(b"{%b}" % members))
    return made | {"profile": {k: v for k, v in made["profile"].items() if v is not None}}


def alone(profile: bytes) -> tuple[bytes, bytes]:
    """Return the forms of a profile that comes by itself."""
    return ProfileCache().of([profile])[0]


@given(USUAL)
def test_a_usual_profile_is_read_as_carefully(profile: dict[str, object]) -> None:
    """The fast way and the careful way agree on each column and on the device."""
    sent = json.dumps(profile).encode()
    decode_profile(sent)
    fast, careful = alone(sent), parse_profile_lenient(Raw(sent))
    assert columns(fast[1]) == columns(careful[1])
    assert fast[0] == careful[0]


@given(st.lists(st.tuples(USUAL, st.sampled_from(STRANGE)), min_size=1, max_size=12))
def test_profiles_together_are_those_of_one_by_one(
    profiles: list[tuple[dict[str, Any], ...]],
) -> None:
    """Whatever is among them, each has the device and the columns that it has alone."""
    sent = [json.dumps(usual | strange).encode() for usual, strange in profiles]
    assert ProfileCache().of(sent) == [alone(one) for one in sent]


def test_line_breaks_in_raw_members_part_no_profiles() -> None:
    """Spaces between tokens are legal JSON, and what they part is still one profile."""
    sent = [b'{"objectId":"%d","df":{"a":{"b":1\n}\n}}' % number for number in range(3)]
    assert ProfileCache().of(sent) == [alone(one) for one in sent]


def test_a_profile_is_taken_apart_once() -> None:
    """The second time it is known; another one, by a single character, is not."""
    known = ProfileCache()
    first, second = (known.of([b'{"objectId":"a"}'])[0] for _ in range(2))
    assert first is second
    assert known.of([b'{"objectId":"b"}'])[0][0] == b'"b"'
    assert len(known) == 2


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 5))
def test_each_form_is_that_of_its_value(numbers: list[int], batch: int) -> None:
    """Known ones, new ones and those that come twice in a batch stand where they were sent."""
    known = ProfileCache()
    sent = [b'{"objectId":"%d"}' % number for number in numbers]
    for first in range(0, len(sent), batch):
        some = sent[first : first + batch]
        assert [device for device, _ in known.of(some)] == [one[12:-1] for one in some]
    assert set(known) == set(sent)


@pytest.mark.parametrize("batch", [1, 2, 50], ids="by {}".format)
def test_what_is_remembered_is_bounded(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people come, and whatever was forgotten comes out as before."""
    monkeypatch.setattr(ProfileCache, "max_bytes", 6000)
    known = ProfileCache()
    sent = [b'{"objectId":"%d"}' % number for number in range(100)] * 2
    for first in range(0, len(sent), batch):
        some = sent[first : first + batch]
        assert [device for device, _ in known.of(some)] == [one[12:-1] for one in some]
        assert sum(len(one) + sum(map(len, known[one])) for one in set(known)) <= 6000
    assert len(known) < 20
    assert known or batch > 20
