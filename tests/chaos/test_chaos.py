"""Nothing lost, nothing twice: whatever the API does, and whenever the tap dies.

`CHAOS_CASES=1000` runs a thousand cases instead of the usual few, `CHAOS_SEED=7` begins with case
7. A case draws all it does from its number; only the timing of threads is left to chance.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.extraction.slices import planning
from tests.chaos.case import Case
from tests.chaos.runs import REFUSED_CATALOG

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = int(os.environ.get("CHAOS_CASES", "60"))
FIRST = int(os.environ.get("CHAOS_SEED", "0"))
MOST_ROUGH_RUNS = 5


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
@pytest.mark.usefixtures("short_waits", "signals")
def test_the_union_of_all_runs_is_what_happened(
    seed: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """A few runs among faults and deaths, then a calm one: every event is there, once."""
    case = Case(seed)
    rows = case.rng.choice((15, 60, 100_000))
    monkeypatch.setattr(planning, "SLICE_ROWS", rows)
    with case.serve() as box:
        for _ in range(case.rng.randint(1, MOST_ROUGH_RUNS)):
            case.run_rough(box)
        left = box.request_log.forget_most()  # requests of runs that have died
        case.run_calmly(box)
        record_property("chaos", dict(case.endings))
        assert REFUSED_CATALOG not in case.endings, "a run that is refused tries nothing"
        assert not case.missing(box)
        assert not case.unexplained(box)
        assert not case.behind(box)
        assert not box.request_log.writes
        assert not box.request_log.double_encoded_cursors
        most = box.request_log.most_in_flight
        assert max(most[one] - left[one] for one in most) <= case.settings["max_concurrency"]
