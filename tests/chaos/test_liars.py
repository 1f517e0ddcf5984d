"""Green means whole, or the day is named and read again: whatever the API hides.

`CHAOS_CASES` and `CHAOS_SEED` choose the cases, as in `test_chaos.py`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from tap_clevertap.extraction.reconciliation.remembered_days import remembered_in
from tap_clevertap.extraction.reconciliation.verdicts import SUSPECT_SHARE
from tap_clevertap.extraction.slices import planning
from tests.chaos.case import DEATHS, HEAD_BYTES, ROW_BYTES, Case, is_of, yesterday
from tests.chaos.faults import random_lies
from tests.chaos.runs import FOREVER
from tests.support.random_worlds import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox import Sandbox

CASES = int(os.environ.get("CHAOS_CASES", "40"))
FIRST = int(os.environ.get("CHAOS_SEED", "0"))
NIGHTS = 2
MOST_COPIES = 4
"""Different rows of a page that may come twice without a doubt about its day."""


class LyingCase(Case):
    """An account whose API hides rows; the counts are honest, if late."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.settings["duplicates"] = "reconcile"
        self.settings["reconciliation"] = self.rng.choice(("warn", "fail"))
        self.settings.pop("end_date", None)

    def run_lied_to(self, box: Sandbox) -> None:
        """Run among lies, perhaps to death."""
        box.faults = random_lies(self.rng)
        self._is_typed = self.rng.random() < 0.3
        death = self.rng.choice(DEATHS)
        most = HEAD_BYTES + self._wanted(box).total() * ROW_BYTES
        self._run(box, death, FOREVER if death is None else self.rng.randrange(most))
        box.advance(self.rng.choice((0, 3600, DAY)))

    @override
    def missing(self, box: Sandbox) -> Counter[str]:
        wanted = self._wanted(box)
        lost = Counter[str]()
        for target in self._read:
            stands_in = Counter(map(_day_of, (target.events() - wanted).elements()))
            missing = wanted - target.events()
            lost += missing - self._undetectable(missing, wanted, stands_in)
        return lost

    @override
    def unexplained(self, box: Sandbox) -> Counter[str]:
        wanted, found = self._wanted(box), super().unexplained(box)
        return found - sum(
            (self._undetectable(one.events() - wanted, wanted) for one in self._read),
            Counter[str](),
        )

    @override
    def _is_known(self, event: str) -> bool:
        return super()._is_known(event) or is_of(event, self._too_many)

    def _undetectable(
        self,
        events: Counter[str],
        wanted: Counter[str],
        stands_in: Counter[tuple[str, str]] | None = None,
    ) -> Counter[str]:
        """Return what no count can tell: up to four copies in place of other rows of a day.

        They came on a page of their own, and are a tenth of the day at most. The numbers of such a
        day agree, users do tap twice now and then, and the tap has said that it takes these for
        that.
        """
        rows, here = (Counter(map(_day_of, one.elements())) for one in (wanted, events))
        few = {
            day
            for day, n in here.items()
            if n <= MOST_COPIES
            and n <= SUSPECT_SHARE * rows[day]
            and (stands_in is None or n <= stands_in[day])
        }
        return Counter(
            {
                one: n
                for one, n in events.items()
                if _day_of(one) in few and is_of(one, self._doubled)
            }
        )

    @override
    def _check_success(self, box: Sandbox) -> None:
        lost = [one for one in self.missing(box) if not self._will_be_read(one, box)]
        assert not lost, f"a run has said success, and nobody will look for {lost[:3]}"

    def _will_be_read(self, event: str, box: Sandbox) -> bool:
        """Tell whether a row that is missing is of a day that is named, or read again anyway."""
        name, ts, *_ = json.loads(event)
        day = datetime.strptime(str(ts)[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        if day > yesterday(box):
            return True
        return all(self._is_open(name, day, target.state, box) for target in self._read)

    def _is_open(self, name: str, day: date, state: dict[str, object], box: Sandbox) -> bool:
        entries = [
            entry
            for stream in dict(state.get("bookmarks") or {}).values()  # type: ignore[call-overload]
            for entry in stream.get("partitions") or []
            if entry["context"].get("event_name") == name and "rows_a_day" in entry
        ]
        lookback = timedelta(days=self.settings["lookback_days"])
        return not entries or any(
            day in remembered_in(entry)
            or str(day) > entry.get("replication_key_value", "")
            or day > yesterday(box) - lookback
            for entry in entries
        )


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
@pytest.mark.usefixtures("short_waits", "signals")
def test_green_means_whole_or_named(
    seed: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """A few runs among lies and deaths, then calm nights: everything is there, once."""
    case = LyingCase(10_000 + seed)
    monkeypatch.setattr(planning, "SLICE_ROWS", case.rng.choice((15, 60, 100_000)))
    with case.serve() as box:
        for _ in range(case.rng.randint(1, 4)):
            case.run_lied_to(box)
        for _ in range(NIGHTS):
            case.run_calmly(box)
            box.advance(DAY)
        record_property("chaos", dict(case.endings))
        assert not _of_read_days(case, box)
        assert not case.unexplained(box)


def _day_of(event: str) -> tuple[str, str]:
    name, ts, *_ = json.loads(event)
    return name, str(ts)[:8]


def _of_read_days(case: LyingCase, box: Sandbox) -> Counter[str]:
    """Return what is missing of the days up to the last run."""
    box.advance(-DAY)
    return case.missing(box)
