"""Stream of this run's reconciliation results."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.streams.base.columns import EVENT_NAME, day, instant, integer, schema, text
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation
    from tap_clevertap.output.rows import Row


class ReconciliationStream(ClevertapStream):
    """Extracted rows and CleverTap's own count, for each event and day completed in this run.

    Written after the events, and empty if `reconciliation` is off.
    """

    name = "reconciliation"
    primary_keys = ("event_name", "date")
    replication_key = "checked_at"
    jsonschema: ClassVar = schema(
        EVENT_NAME,
        day("date", "Date in the account's time zone.", required=True),
        integer("extracted", "Number of rows extracted for the day in this run."),
        integer("reported", "Number of events that CleverTap counts for the day."),
        integer("difference", "Extracted minus reported; negative where rows are missing."),
        text(
            "verdict",
            "equal, late (a small difference on a day that the next run reads again), missing, "
            "surplus or undecided.",
        ),
        instant("checked_at", "Start time of the run, in UTC."),
    )

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        checked_at = self.run.now.isoformat()
        # A day is read twice if a stream that is new catches up; keep the result that is wrong.
        proofs = sorted(self.run.reconciled_days, key=lambda one: one.verdict.is_wrong)
        by_day = {(one.event, one.day): one for one in proofs}
        yield [_row(proof) | {"checked_at": checked_at} for proof in by_day.values()]


def _row(proof: DayReconciliation) -> dict[str, object]:
    return {
        "event_name": proof.event,
        "date": proof.day.isoformat(),
        "extracted": proof.extracted,
        "reported": proof.reported,
        "difference": proof.difference,
        "verdict": proof.verdict.value,
    }
