"""Names of export files: read from both ends, with folders of old and new exports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.files.names import in_file_names, parse_name

SAMPLE = "1663664837-1663785000-Order-Placed-20220921-0-0.csv.gz"


def test_the_sample_of_the_documentation() -> None:
    """Request, run, event and format; what lasts leaves out the run alone."""
    name = parse_name(SAMPLE)
    assert name is not None
    assert (name.kind, name.format, name.event) == ("events", "csv", "Order-Placed")
    assert (name.request, name.run) == ("1663664837", "1663785000")
    assert name.lasting == "1663664837-Order-Placed-20220921-0-0"
    rerun = parse_name(SAMPLE.replace("1663785000", "1663871400"))
    assert rerun is not None
    assert rerun.lasting == name.lasting


@pytest.mark.parametrize(
    ("path", "kind", "format_", "event"),
    [
        (
            "1663664837-1663785000-A-20220921-1-20220921-3-23.json.gz",
            "events",
            "json",
            "A-20220921-1",
        ),
        (
            "events/2025-10-03/1663664837-1663785000-X-20251003-0-0.parquet",
            "events",
            "parquet",
            "X",
        ),
        ("1663664837-1663785000-X-20251003-0-0.parquet.gzip", "events", "parquet", "X"),
        ("1663664837-1663785000-मसाला-चाय-20251003-0-0.csv", "events", "csv", "मसाला-चाय"),
        ("100000000-1761651721-1761651721-0.csv.gz", "profiles", "csv", None),
        ("profile/100000000-1761651721-1761651721-0.json.gz", "profiles", "json", None),
        ("ABC-DEF-1761651721-1761651721-0-csv.gz", "profiles", "csv", None),
        ("1761650178/events/nightly-1761651721-4.csv.gz", "events", "csv", None),
        ("profile/nightly_1761651721_4.parquet", "profiles", "parquet", None),
        ("nightly-2025-10-03-1761651721-4.json.gz", None, "json", None),
        ("x.xml.gz", None, "xml", None),
    ],
)
def test_names_of_old_and_new_exports(
    path: str, kind: str | None, format_: str, event: str | None
) -> None:
    """Hyphens, digits and other scripts in an event's name; folders where the name says nothing."""
    name = parse_name(path)
    assert name is not None
    assert (name.kind, name.format, name.event) == (kind, format_, event)


@pytest.mark.parametrize("path", ["_SUCCESS", "README.txt", "data", "a.csv.bak", "events/"])
def test_what_is_no_file_of_data(path: str) -> None:
    """Nothing is read of it."""
    assert parse_name(path) is None


def test_names_that_exports_do_not_have_are_marked() -> None:
    """A custom name ends in time and instance; one that does not is somebody's own."""
    custom, own = parse_name("nightly-1761651721-4.csv.gz"), parse_name("orders.csv.gz")
    assert custom is not None
    assert own is not None
    assert (custom.is_known, own.is_known) == (True, False)


@given(st.text(min_size=1), st.integers(0, 9999), st.integers(0, 23))
def test_any_event_comes_back_from_its_file_name(event: str, index: int, instance: int) -> None:
    """As far as names of files have it."""
    name = parse_name(
        f"1663664837-1663785000-{in_file_names(event)}-20220921-{index}-{instance}.csv.gz"
    )
    assert name is not None
    assert (name.kind, name.event) == ("events", in_file_names(event))
