"""Typed streams of export files: the rows of `exported_events`, with a column a property."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import shop
from tap_clevertap.streams.exported.typed import RESERVED_IN_FILES
from tests.support.catalogs import assert_conforms
from tests.support.exports import HEAD, by_id, export, put
from tests.support.running import captured, tap_on
from tests.support.worlds import KOLKATA, busy_world

if TYPE_CHECKING:
    from pathlib import Path

    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
FIRST, LAST = date(2026, 7, 2), date(2026, 7, 9)
CHARGED, SENT = "exported_event_charged", "exported_event_notification_sent"


def typed_run(box: Sandbox, folder: Path, *events: str, **settings: Any) -> Run:  # noqa: ANN401 - passed on
    """Read the exported events and their typed streams alone."""
    exports = {"url": str(folder), "min_age_minutes": 0, "processes": 1}
    for path in folder.rglob("*.*"):
        os.utime(path, (0, 0))  # the sandbox's clock is in July
    asked = {"exports": exports, "typed_events": list(events), "start_date": "2026-07-01"}
    tap = tap_on(box, **(asked | settings))
    for stream in tap.streams.values():
        stream.selected = stream.name.startswith("exported_event")
    finished = captured(tap.sync_all)
    assert finished.error is None
    return finished


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_rows_are_those_of_exported_events_with_columns(
    sandbox: Serve, tmp_path: Path, kind: str
) -> None:
    """Texts of CSV are converted as the API's values are; also of events that only exports have."""
    world = shop(3, KOLKATA, LAST, days=8, people=40, events_per_day=100)
    export(world, tmp_path, FIRST, LAST, format=kind)
    finished = typed_run(sandbox(world), tmp_path, "Charged", "Notification Sent")
    for stream, event in ((CHARGED, "Charged"), (SENT, "Notification Sent")):
        assert_conforms(finished, stream)
        plain = [one for one in finished.records("exported_events") if one["event_name"] == event]
        typed = finished.records(stream)
        bare = [{name: one[name] for name in RESERVED_IN_FILES} for one in typed]
        assert by_id(bare) == by_id(plain)
        assert typed
    for row in finished.records(CHARGED):
        assert row["amount"] == pytest.approx(float(row["event_props"]["Amount"]))
    assert all(one["campaign_name"] for one in finished.records(SENT))


def test_types_are_found_in_the_files_where_the_api_has_no_rows(
    sandbox: Serve, tmp_path: Path
) -> None:
    """By the tap's own rules: zeros in front make a text, seventeen digits an exact integer."""
    text = (
        "ts,eventName,eventProps.Code,eventProps.Order,eventProps.Price,eventProps.Yes,"
        "eventProps.Source\n20260702120000,Notification Sent,00123,12345678901234567,1.50,true,x\n"
    )
    put(tmp_path, f"{HEAD}-Notification-Sent-20260702-0-0.csv.gz", text, is_gzip=True)
    [row] = typed_run(sandbox(), tmp_path, "Notification Sent").records(SENT)
    assert (row["code"], row["order"], row["price"]) == ("00123", 12345678901234567, 1.5)
    assert (row["yes"], row["prop_source"], row["source"]) == (True, "x", "file")


def test_a_broken_file_does_not_stop_discovery(
    sandbox: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told, and columns come from what the API has."""
    put(tmp_path, f"{HEAD}-Viewed-20260702-0-0.json", '{"eventName":"Viewed"')
    tap = tap_on(
        sandbox(busy_world()),
        exports={"url": str(tmp_path)},
        typed_events=["Viewed"],
        start_date="2026-07-01",
    )
    assert "n" in tap.streams["exported_event_viewed"].schema["properties"]
    assert "not sampled" in caplog.text


def test_a_catalog_has_the_columns_it_says(sandbox: Serve, tmp_path: Path) -> None:
    """Of an earlier discovery: nothing is sampled."""
    line = json.dumps({"eventName": "Viewed", "ts": 20260702120000, "eventProps": {"n": 1}})
    os.utime(put(tmp_path, f"{HEAD}-Viewed-20260702-0-0.json", line), (0, 0))
    box = sandbox(busy_world())
    settings: JSON = {
        "exports": {"url": str(tmp_path), "min_age_minutes": 0},
        "typed_events": ["Viewed"],
        "start_date": "2026-07-01",
    }
    catalog = tap_on(box, **settings).catalog_dict
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = stream["tap_stream_id"] == "exported_event_viewed"
        if stream["tap_stream_id"] == "exported_event_viewed":
            stream["schema"]["properties"]["n"]["type"] = ["string", "null"]
    finished = captured(tap_on(box, catalog=catalog, **settings).sync_all)
    [row] = finished.records("exported_event_viewed")
    assert row["n"] == "1"
