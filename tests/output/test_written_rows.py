"""Counts of what goes out: by event and day, on each way, quick and slow alike."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.output.rows import events_by_day
from tap_clevertap.output.written_rows import Written
from tests.output.test_batch_files import batches, lines
from tests.support.catalogs import catalog_of
from tests.support.running import Run, run
from tests.support.worlds import hard_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve

JSON = dict[str, Any]
START = "2026-06-28"
CATALOG = catalog_of("events", "event_counts", "written_rows")

rows = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.just("0" * 32),
            "event_name": st.just("कार्ट"),
            "event_time": st.sampled_from(["2026-07-01T00:00:00+00:00", None]),
            "event_date": st.sampled_from(["2026-07-01", "2026-07-02", None]),
        },
        optional={"props": st.text()},
    )
)


@given(rows)
def test_events_are_counted_as_if_each_were_parsed(sent: list[JSON]) -> None:
    """Rows without a time stand differently, and are counted by their own day all the same."""
    lines = [json.dumps(row, separators=(",", ":")).encode() for row in sent]
    assert events_by_day(lines) == Counter((row["event_name"], row["event_date"]) for row in sent)


def entries(finished: Run) -> Counter[Written]:
    """Return what the stream says."""
    return Counter(
        {
            Written(one["stream"], one["event_name"], one["date"]): one["row_count"]
            for one in finished.records("written_rows")
        }
    )


def written(finished: Run, streams: dict[str, str]) -> Counter[Written]:
    """Count the records of a run; `streams` has the stream that each name goes by."""
    counts: Counter[Written] = Counter()
    for name, stream in streams.items():
        for record in finished.records(name):
            is_event = stream == "events"
            event, day = (record["event_name"], record["event_date"]) if is_event else (None, None)
            counts[Written(name, event, day)] += 1
    return counts


@pytest.mark.parametrize(
    ("settings", "streams"),
    [
        ({}, {"events": "events", "event_counts": "event_counts"}),
        ({"nested_values": "text"}, {"events": "events", "event_counts": "event_counts"}),
        (
            {"stream_maps": {"events": {"__alias__": "happenings", "__filter__": "ts % 2 == 0"}}},
            {"happenings": "events", "event_counts": "event_counts"},
        ),
    ],
    ids=["lines", "text", "maps"],
)
def test_the_stream_says_what_was_written(
    sandbox: Serve, settings: JSON, streams: dict[str, str]
) -> None:
    """Each entry is the number of records of its stream, event and day; maps are obeyed."""
    finished = run(sandbox(hard_world()), catalog=CATALOG, start_date=START, **settings)
    assert entries(finished) == written(finished, streams)
    told = finished.records("written_rows")
    assert {one["entries"] for one in told} == {len(told)}
    assert len({one["entry_id"] for one in told}) == len(told)


def test_rows_in_files_are_counted(sandbox: Serve, tmp_path: Path) -> None:
    """A run into BATCH files writes as many rows as one of messages."""
    box = sandbox(hard_world())
    plain = run(box, state=None, catalog=CATALOG, start_date=START)
    config = batches(tmp_path)
    into = run(box, state=None, catalog=CATALOG, start_date=START, batch_config=config)
    [file] = tmp_path.glob("night-written_rows-*")
    assert into.records("events") == []
    counted = {
        Written(one["stream"], one["event_name"], one["date"]): one["row_count"]
        for one in lines(file)
    }
    assert counted == entries(plain)
