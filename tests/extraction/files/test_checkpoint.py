"""Which files are next: in order of arrival, none twice, none lost, failed ones again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.files.checkpoint import FileCheckpoint
from tap_clevertap.files.listing import StoredFile

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def file(name: str, minutes: float = 0, age: float | None = None) -> StoredFile:
    """Return a file that arrived so many minutes after noon, and was written `age` before it."""
    arrived = NOON + timedelta(minutes=minutes)
    return StoredFile(name, f"/x/{name}", 1, arrived - timedelta(minutes=age or 0), arrived)


def checkpoint(state: dict[str, Any], *, is_live: bool = True) -> FileCheckpoint:
    """Return the checkpoint of a state."""
    return FileCheckpoint("exported_events", "file_modified", state, is_live=is_live)


def names(files: list[StoredFile]) -> list[str]:
    """Return the names of files."""
    return [one.name for one in files]


def plan(state: dict[str, Any], *files: StoredFile) -> list[str]:
    """Return the names of the files that a run with a state would read."""
    return names(checkpoint(state).plan(files, lambda _: True)[0])


def run(state: dict[str, Any], *files: StoredFile, broken: tuple[str, ...] = ()) -> list[str]:
    """Read what is next, and return the names."""
    point = checkpoint(state)
    planned, _ = point.plan(files, lambda _: True)
    for one in planned:
        point.close(one, is_read=one.name not in broken)
    return names(planned)


def test_files_come_in_order_of_arrival_and_each_once() -> None:
    """Names decide at one instant; a second run has what is new alone."""
    state: dict[str, Any] = {}
    assert run(state, file("b"), file("a"), file("0", 5)) == ["a", "b", "0"]
    assert run(state, file("b"), file("a"), file("0", 5)) == []
    assert run(state, file("a"), file("1", 5), file("old name", 6)) == ["1", "old name"]


def test_the_bookmark_waits_for_every_file_before_it() -> None:
    """Files are read a few at a time: a later one that is done first does not pass the others."""
    state: dict[str, Any] = {}
    files = [file(name, n) for n, name in enumerate("abc")]
    point = checkpoint(state)
    planned, _ = point.plan(files, lambda _: True)
    point.close(planned[2], is_read=True)
    point.close(planned[0], is_read=True)
    assert plan(state, *files) == ["b", "c"]
    point.close(planned[1], is_read=True)
    assert plan(state, *files) == []
    assert state["replication_key_value"] == planned[2].arrived.isoformat()


def test_a_file_that_failed_is_tried_again_until_it_is_read_or_gone() -> None:
    """Those after it are not read again meanwhile."""
    state: dict[str, Any] = {}
    files = [file(name, n) for n, name in enumerate("abc")]
    assert run(state, *files, broken=("b",)) == ["a", "b", "c"]
    assert state["unread_files"] == ["b"]
    assert run(state, *files, broken=("b",)) == ["b"]
    assert run(state, *files) == ["b"]
    assert run(state, *files) == []
    assert "unread_files" not in state
    assert run(state, *files, file("d", 9), broken=("d",)) == ["d"]
    assert run(state, *files) == []
    assert run(state, *files, file("d", 9)) == []


def test_a_replaced_file_is_read_once_more() -> None:
    """It has a new time; that it failed before does not make it come twice."""
    state: dict[str, Any] = {}
    assert run(state, file("a"), broken=("a",)) == ["a"]
    assert run(state, file("a", 9)) == ["a"]
    assert run(state, file("a", 9)) == []


def test_a_young_file_holds_back_those_after_it() -> None:
    """A bookmark beyond it would lose it; what waits is told apart."""
    files = [file("a", 0), file("young", 1), file("copied with its old time", 2, age=600)]
    planned, waiting = checkpoint({}).plan(files, lambda one: one.name != "young")
    assert names(planned) == ["a"]
    assert names(waiting) == ["young", "copied with its old time"]


def test_a_run_that_is_not_live_reads_all_and_leaves_the_state_alone() -> None:
    """A bounded backfill, and a full-table run."""
    state: dict[str, Any] = {}
    run(state, file("a"), file("b", 1), broken=("b",))
    before = dict(state)
    point = checkpoint(state, is_live=False)
    planned, _ = point.plan([file("a"), file("b", 1)], lambda _: True)
    for one in planned:
        point.close(one, is_read=True)
    assert names(planned) == ["a", "b"]
    assert state == before


def test_a_bookmark_that_is_not_a_time_is_refused() -> None:
    """The line names the stream and what was found."""
    with pytest.raises(SettingError, match="exported_events, 'yesterday', is not a valid time"):
        checkpoint({"replication_key_value": "yesterday"})


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdefgh")), unique=True, max_size=12),
    st.data(),
)
def test_any_order_of_closing_and_any_kill_loses_nothing(
    arrivals: list[tuple[int, str]], data: st.DataObject
) -> None:
    """Files read before a kill and by the run after it are all files."""
    files = [file(f"{minute}{name}", minute) for minute, name in arrivals]
    state: dict[str, Any] = {}
    point = checkpoint(state)
    planned, _ = point.plan(files, lambda _: True)
    done = data.draw(st.permutations(planned)) if planned else []
    killed_at = data.draw(st.integers(0, len(done)))
    for one in done[:killed_at]:
        point.close(one, is_read=True)
    read_before = set(names(done[:killed_at]))
    assert read_before | set(plan(state, *files)) == set(names(files))
