"""People: a profile gives the same columns however it is read, and when it was forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records import profile_columns as profiles
from tap_clevertap.records.fast_decoding import decode_profile
from tap_clevertap.records.profile_columns import (
    EncodedProfile,
    ProfileCache,
    parse_profile_lenient,
)

if TYPE_CHECKING:
    import pytest

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


def columns(encoded_profile: EncodedProfile) -> dict[str, object]:
    """Return the columns of a person; what was null among the rest may be left out."""
    made = dict(json.loads(b"{%b}" % encoded_profile.columns))
    return made | {"profile": {k: v for k, v in made["profile"].items() if v is not None}}


@given(USUAL)
def test_a_usual_profile_is_read_as_carefully(profile: dict[str, object]) -> None:
    """The fast way and the careful way agree on each column and on the device."""
    sent = json.dumps(profile).encode()
    decode_profile(sent)
    fast, careful = ProfileCache()[sent], parse_profile_lenient(Raw(sent))
    assert columns(fast) == columns(careful)
    assert fast.device == careful.device


def test_a_profile_is_taken_apart_once() -> None:
    """The second time it is known; another one, by a single character, is not."""
    known = ProfileCache()
    assert known[b'{"objectId":"a"}'] is known[b'{"objectId":"a"}']
    assert known[b'{"objectId":"b"}'].device == b'"b"'
    assert len(known) == 2


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people come, and whatever was forgotten comes out as before."""
    monkeypatch.setattr(profiles, "MAX_CACHED_BYTES", 2000)
    known = ProfileCache()
    sent = [b'{"objectId":"%d"}' % number for number in range(100)]
    assert [known[one].device for one in sent * 2] == [b'"%d"' % n for n in range(100)] * 2
    assert 0 < len(known) < 20
    assert sum(len(one) + len(known[one].columns) for one in known) <= 2000
