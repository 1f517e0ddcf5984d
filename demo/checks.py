"""Whether what arrived is what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from demo.account import Counts


def differences(
    arrived: Counts, before: Counts, after: Counts, last_day: str, refused: Container[str] = ()
) -> Iterator[str]:
    """Yield a line for each event and day whose rows do not fit the truth.

    Late events go on arriving while the demo runs, so each number must lie between the truth
    `before` and `after`. Days past `last_day` (`YYYYMMDD`) had not ended and are left out.
    """
    for event in sorted({*arrived, *after}):
        if event in refused:
            continue
        rows, least, most = (counts.get(event, {}) for counts in (arrived, before, after))
        for day in sorted({*rows, *most}):
            low, number, high = (one.get(day, 0) for one in (least, rows, most))
            if day <= last_day and not low <= number <= high:
                yield f"{event} on {day}: {number} rows, but {low} to {high} happened"
