"""Exports: how each reading of the same days is cut into pages."""

from __future__ import annotations

import pytest

from tap_clevertap.api.endpoints import EVENTS, Export


@pytest.mark.parametrize(
    ("setting", "sizes"),
    [(4991, [4991, 2495, 1663]), (23, [23, 11, 7]), (2, [2, 1, 4]), (1, [1, 2, 3])],
)
def test_no_two_readings_have_pages_of_one_size(setting: int, sizes: list[int]) -> None:
    """The first has those of the setting."""
    export = Export(EVENTS)
    cut = [export.cut_otherwise(reading, setting).batch_size or setting for reading in range(3)]
    assert cut == sizes
    assert len(set(cut)) == len(cut)


def test_a_size_of_its_own_comes_before_the_setting() -> None:
    """As that of a look at a few records."""
    assert Export(EVENTS, batch_size=100).cut_otherwise(1, 4991).batch_size == 50
