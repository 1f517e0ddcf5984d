"""The switches, and how it is drawn whether one strikes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox import Faults


def test_nothing_goes_wrong_unless_switched_on() -> None:
    """A fresh set of switches never strikes."""
    faults = Faults()
    assert not any(faults.strikes(name, "key") for name in Faults.NAMES)
    assert faults.as_dict() == {}


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A typing mistake is told, not ignored."""
    with pytest.raises(ValueError, match=r"unknown fault 'rest'; known are .*reset.*unavailable"):
        Faults(rest=1)


@pytest.mark.parametrize(
    ("switch", "message"),
    [
        ({"reset": 1.5}, "reset is a probability from 0 to 1, not 1.5"),
        ({"slow": -1}, "slow cannot be negative"),
        ({"slow": "long"}, "slow takes a number, not 'long'"),
        ({"nan": True}, "nan takes a number, not True"),
        ({"nan": float("nan")}, "nan takes a number, not nan"),
    ],
)
def test_a_wrong_value_is_told(switch: dict[str, object], message: str) -> None:
    """The message names the switch and what was given; nothing is changed."""
    faults = Faults()
    with pytest.raises(ValueError, match=message):
        faults.update({"reset": 0.5} | switch)
    assert faults.as_dict() == {}


def test_signed_switches_take_negative_numbers() -> None:
    """Counts can be too low and clocks behind."""
    assert Faults(miscount=-2, wrong_zone=-330).as_dict() == {"miscount": -2, "wrong_zone": -330}


@given(st.floats(0.01, 0.99), st.integers(0, 50))
def test_a_fault_strikes_at_most_three_times_in_a_row(share: float, seed: int) -> None:
    """Whoever asks four times gets through."""
    faults = Faults(seed, reset=share)
    strikes = [faults.strikes("reset", "GET /x") for _ in range(60)]
    assert all(len(list(run)) <= 3 for hit, run in groupby(strikes) if hit)


def test_a_certain_fault_always_strikes() -> None:
    """At 1.0 patience does not help."""
    faults = Faults(reset=1)
    assert all(faults.strikes("reset", "GET /x") for _ in range(9))


def test_each_time_is_drawn_anew() -> None:
    """A request that was spared once is not spared for ever."""
    faults = Faults(reset=0.3)
    for key in map(str, range(20)):
        strikes = [faults.strikes("reset", key) for _ in range(40)]
        assert set(strikes) == {True, False}


def test_about_the_asked_share_is_hit() -> None:
    """A quarter is a quarter."""
    faults = Faults(reset=0.25)
    hits = sum(faults.strikes("reset", f"GET /{n}") for n in range(2000))
    assert 430 < hits < 570


def test_threads_change_nothing() -> None:
    """What each request suffers does not depend on which came first."""
    keys = [f"GET /{n % 40}" for n in range(400)]
    alone, together = Faults(3, reset=0.4), Faults(3, reset=0.4)
    one_by_one = {key: [alone.strikes("reset", key) for _ in range(10)] for key in set(keys)}
    with ThreadPoolExecutor(8) as pool:
        hits = list(pool.map(lambda key: (key, together.strikes("reset", key)), keys))
    for key, strikes in one_by_one.items():
        assert sum(hit for found, hit in hits if found == key) == sum(strikes)


def test_seeds_differ() -> None:
    """Another seed hits other requests."""
    hits = [
        [Faults(seed, reset=0.5).strikes("reset", str(n)) for n in range(64)] for seed in (1, 2)
    ]
    assert hits[0] != hits[1]


def test_once_is_once() -> None:
    """Even a certain fault hits a key only the first time."""
    faults = Faults(incorrect_usage=1)
    assert [faults.strikes_once("incorrect_usage", "page") for _ in range(3)] == [
        True,
        False,
        False,
    ]
