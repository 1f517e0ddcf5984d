"""Damage to single characters."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Faults
from tap_clevertap.sandbox.endpoints.corruption import damaged

if TYPE_CHECKING:
    from tests.support.caller import Serve

EVENT = b'{"profile":{"objectId":"a"},"ts":20260701000000}'
PROFILE = b'{"identity":"user-1","platformInfo":[]}'


def spoilt(name: str, record: bytes) -> bytes:
    """Return a record with the damage."""
    first, second = damaged([record, record], Faults(**{name: 1}), "page")
    assert second == record
    return first


@pytest.mark.parametrize("record", [EVENT, PROFILE])
def test_lone_surrogate(record: bytes) -> None:
    """Python's parser takes it; the text cannot be encoded."""
    found = json.loads(spoilt("lone_surrogate", record))
    with pytest.raises(UnicodeEncodeError):
        str(found.get("profile", found)["nickname"]).encode()


@pytest.mark.parametrize("record", [EVENT, PROFILE])
def test_nan(record: bytes) -> None:
    """No JSON, though Python's parser takes it."""
    found = json.loads(spoilt("nan", record))
    assert math.isnan(found.get("profile", found)["score"])


@pytest.mark.parametrize("record", [EVENT, PROFILE])
def test_bad_utf8(record: bytes) -> None:
    """Bytes that are no text."""
    with pytest.raises(UnicodeDecodeError):
        spoilt("bad_utf8", record).decode()


def test_nothing_is_damaged_without_a_fault() -> None:
    """Nor on a page without records."""
    assert damaged([EVENT], Faults(), "page") == [EVENT]
    assert damaged([], Faults(nan=1), "page") == []


def test_what_an_event_is_known_by_stays(serve: Serve) -> None:
    """Time, device and properties of a damaged record are the true ones."""
    sound, hurt = serve()[1].pages(), serve(lone_surrogate=1)[1].pages()
    assert hurt[0]["records"][0]["profile"].pop("nickname") == "cut \ud800 off"
    assert hurt == sound
