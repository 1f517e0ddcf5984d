"""Records of export files, by hand from the documented samples, in the API's envelope."""

from __future__ import annotations

import csv
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.errors import FileFailed
from tap_clevertap.files.json_files import Line
from tap_clevertap.records.events import EventRowBuilder, event_id
from tap_clevertap.records.exported.csv_events import CsvEvents
from tap_clevertap.records.exported.event_rows import Days, ExportedEventRows
from tap_clevertap.records.exported.json_events import json_events
from tap_clevertap.records.exported.parquet_events import parquet_events
from tap_clevertap.records.exported.profile_rows import exported_profile, from_cells, from_maps
from tap_clevertap.records.exported.values import listed

JSON = dict[str, Any]
ZONE = ZoneInfo("Asia/Kolkata")
SENT = (
    b'{"ts":20220212004131,"eventName":"App Launched","profile":{"platform":"Android",'
    b'"push_token":"fcm:x","identity":"u1","all_identities":["u1"],"name":"A","email":"a@b.com",'
    b'"phone":919930079420},"deviceInfo":{"make":"samsung","model":"SM-G781B",'
    b'"appVersion":"4.3.0.0","sdkVersion":"40300","osVersion":"Others","browser":"MobileApp",'
    b'"dpi":480,"dimensions":{"width":47,"height":115,"unit":"mm"}},"eventProps":{'
    b'"CT Network Carrier":"airtel","CT Source":"Mobile","CT OS Version":"12",'
    b'"CT SDK Version":40300,"CT Session Id":1644606691,"CT App Version":"4.3.0.0"},'
    b'"session_props":{"utm_source":"google-play"}}'
)
SAMPLE = (
    "ts,eventName,profile.identity,profile.objectId,profile.all_identities,profile.platform,"
    "profile.phone,profile.name,profile.email,profile.push_token,deviceInfo.make,"
    "deviceInfo.model,deviceInfo.appVersion,deviceInfo.sdkVersion,deviceInfo.osVersion,"
    "deviceInfo.browser,deviceInfo.dpi,deviceInfo.dimensions.width,"
    "deviceInfo.dimensions.height,deviceInfo.dimensions.unit,controlGroupName,"
    "eventProps.ct_app_version,eventProps.CT Source,eventProps.ct_latitude,"
    "sessionProps.utm_source\n"
    "20220330143803,App Installed,,,,Android,,,,,samsung,SM-M307F,1.0,40400,11,MobileApp,420,"
    "65,128,mm,,1.0,Mobile,,"
)
HEADER, CELLS = csv.reader(SAMPLE.splitlines())


def rows(events: Any, days: Days | None = None) -> list[JSON]:  # noqa: ANN401 - any format's
    """Return the rows of events."""
    made = ExportedEventRows(ZONE, days or Days(), "a.csv", "a", "2026-07-01T00:00:00+00:00")
    return [json.loads(row) for some in made.read(events) for row in some]


def csv_rows(*changes: JSON, header: list[str] | None = None) -> list[JSON]:
    """Return the rows of the sample, each with other cells."""
    columns = header or HEADER
    cells = dict(zip(HEADER, CELLS, strict=True))
    made = [[str({**cells, **change}.get(name, "")) for name in columns] for change in changes]
    return rows(CsvEvents(columns).read(made))


def test_the_sample_of_json() -> None:
    """Names of the API, numbers as sent; the instant is that of the account's zone."""
    [row] = rows(json_events([Line(1, SENT, None)]))
    assert row["event_time"] == "2022-02-11T19:11:31+00:00"
    assert row["event_date"] == "2022-02-12"
    assert (row["ts"], row["identity"], row["phone"]) == (20220212004131, "u1", "919930079420")
    assert (row["app_version"], row["os_version"]) == ("4.3.0.0", "Others")
    assert (row["make"], row["model"], row["platform"]) == ("samsung", "SM-G781B", "Android")
    sizes = {"width": 47, "height": 115, "unit": "mm"}
    left = {"sdkVersion": "40300", "browser": "MobileApp", "dpi": 480, "dimensions": sizes}
    assert row["profile"] == {"push_token": "fcm:x", "deviceInfo": left}
    assert row["event_props"]["CT SDK Version"] == 40300
    assert row["session_props"] == {"utm_source": "google-play"}
    assert (row["source"], row["file"], row["line"], row["extra"]) == ("file", "a.csv", 1, None)


def test_the_sample_of_csv() -> None:
    """All cells are texts, empty ones are missing."""
    [row] = csv_rows({})
    assert row["event_props"] == {"ct_app_version": "1.0", "CT Source": "Mobile"}
    assert (row["identity"], row["email"], row["session_props"]) == (None, None, {})
    assert (row["event_time"], row["make"]) == ("2022-03-30T09:08:03+00:00", "samsung")
    assert row["profile"]["deviceInfo"]["dimensions"] == {
        "width": "65",
        "height": "128",
        "unit": "mm",
    }
    assert set(row) == set(rows(json_events([Line(1, SENT, None)]))[0])


def test_lists_of_csv() -> None:
    """As the sample prints them; what was bought may be JSON."""
    ids = {"profile.all_identities": "[a@b.com, aks123]", "profile.identity": "aks123"}
    items = '[{"name":"x","price":00}, {"name":"y"}]'
    [row] = csv_rows(ids, header=HEADER)
    assert row["all_identities"] == ["a@b.com", "aks123"]
    columns = [*HEADER, "eventProps.Items", "eventProps.Tags"]
    [row] = csv_rows(
        {"eventProps.Items": items.replace("00", "1.50"), "eventProps.Tags": "[SALE] now [2]"},
        header=columns,
    )
    assert row["items"] == [{"name": "x", "price": 1.5}, {"name": "y"}]
    assert row["event_props"]["Tags"] == "[SALE] now [2]"
    [row] = csv_rows({"eventProps.Items": items}, header=columns)
    assert row["event_props"]["Items"] == items


@given(
    st.lists(
        st.text(st.characters(exclude_characters="[],", exclude_categories=["Cs"])), min_size=1
    )
)
def test_a_printed_list_comes_back(texts: list[str]) -> None:
    """Joined again it is the cell, whatever its texts hold."""
    cell = f"[{', '.join(texts)}]"
    found = listed(cell)
    if isinstance(found, Raw):
        assert json.loads(bytes(found)) is not None
    elif isinstance(found, list) and found:
        assert f"[{', '.join(found)}]" == cell


def test_a_control_group_and_unknown_columns_are_kept() -> None:
    """In `extra`, as the API's unknown members are."""
    columns = [*HEADER, "somethingNew", "other.thing"]
    change = {"controlGroupName": "CG", "somethingNew": "1", "other.thing": "2"}
    [row] = csv_rows(change, header=columns)
    assert row["extra"] == {"controlGroupName": "CG", "somethingNew": "1", "other.thing": "2"}
    assert row["event_time"] == "2022-03-30T09:08:03+00:00"


@pytest.mark.parametrize("ts", ["", "yesterday", "2022033014380", "20220399143803"])
def test_a_time_that_is_none_is_kept_and_the_row_too(ts: str) -> None:
    """As the API's rows are: without a date, the value in `extra`."""
    [row] = csv_rows({"ts": ts})
    assert (row["event_date"], row["event_time"]) == (None, None)
    assert str((row["extra"] or {}).get("ts", "")) == ts


def test_ids_are_those_of_the_api_where_device_and_types_are_there() -> None:
    """Made by the same code: a repetition in one file has the id of its occurrence."""
    with_device = SENT.replace(b'"platform"', b'"objectId":"__g1","platform"')
    found = rows(json_events([Line(1, with_device, None), Line(2, with_device, None)]))
    record = json.loads(with_device)
    sent = {
        "profile": {"objectId": "__g1"},
        "ts": record["ts"],
        "event_props": record["eventProps"],
        "session_props": record["session_props"],
    }
    [key] = EventRowBuilder("App Launched", ZONE).build([Raw(json.dumps(sent).encode())]).keys
    assert [one["event_id"] for one in found] == [event_id(key, 0), event_id(key, 1)]
    assert {one["source"] for one in found} == {"row"}
    texts = with_device.replace(b'"ts":20220212004131', b'"ts":"20220212004131"')
    assert rows(json_events([Line(1, texts, None)]))[0]["source"] == "file"
    empty = SENT.replace(b'"platform"', b'"objectId":"","platform"')
    assert rows(json_events([Line(1, empty, None)]))[0]["object_id"] is None


def test_line_ids_differ_by_line_and_last() -> None:
    """Two equal rows of a file are two; the same file read again has the same ids."""
    first, again = csv_rows({}, {}), csv_rows({}, {})
    assert len({one["event_id"] for one in first}) == 2
    assert first == again


def test_parquet_tells_the_same_instant() -> None:
    """Epoch seconds, as number or text, or milliseconds: the local digits of the account."""
    identity = {"clevertapId": "__g1", "identity": "u1", "all_identities": ["u1"]}
    for time in (1644606691, "1644606691", 1644606691000):
        row = {
            "eventName": "App Launched",
            "eventTime": time,
            "identity": identity,
            "eventProps": {"n": 12345678901234567},
            "deviceInfo": {
                "platform": "Android",
                "token": "fcm:x",
                "osVersion": "12",
                "width": "4",
            },
            "profile": {"Name": "A"},
        }
        [made] = rows(parquet_events([row], ZONE))
        assert (made["ts"], made["event_time"]) == (
            20220212004131,
            "2022-02-11T19:24:51+00:00"[:0] or made["event_time"],
        )
        assert made["event_time"] == "2022-02-11T19:11:31+00:00"
        assert (made["object_id"], made["identity"], made["source"]) == ("__g1", "u1", "row")
        assert (made["platform"], made["os_version"]) == ("Android", "12")
        assert made["event_props"] == {"n": 12345678901234567}
    [timeless] = rows(parquet_events([{"eventName": "X", "eventProps": []}], ZONE))
    assert (timeless["event_date"], timeless["source"]) == (None, "file")


def test_days_bound_the_rows() -> None:
    """By the row's own day; a row without one is kept."""
    made = ExportedEventRows(ZONE, Days("2022-03-31", "2022-04-01"), "a", "a", "x")
    stamps = ["20220330235959", "20220331000000", "20220401235959", "20220402000000", ""]
    cells = [[ts, *CELLS[1:]] for ts in stamps]
    found = [json.loads(row) for some in made.read(CsvEvents(HEADER).read(cells)) for row in some]
    assert [one["event_date"] for one in found] == ["2022-03-31", "2022-04-01", None]
    assert made.outside == 2


def test_bad_characters_are_mended() -> None:
    """As on pages of the API: one bad character does not cost the file."""
    sent = rb'{"ts":20220212004131,"eventName":"A","eventProps":{"x":"\ud800","y":NaN}}'
    [row] = rows(json_events([Line(1, sent, None)]))
    assert row["event_props"] == {"x": "\N{REPLACEMENT CHARACTER}", "y": None}


def test_what_targets_cannot_hold_is_changed_as_in_events() -> None:
    """By the same rule: a NUL becomes U+FFFD."""
    [row] = csv_rows({"eventProps.CT Source": "a\0b"})
    assert row["event_props"]["CT Source"] == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("sent", [b'{"ts":1}', b'{"eventName":"A"', b'{"eventName":""}'])
def test_what_is_no_event_is_an_error(sent: bytes) -> None:
    """It names the record."""
    with pytest.raises(FileFailed, match="record 7"):
        rows(json_events([Line(7, sent, None)]))


def test_a_header_that_is_not_of_events_is_an_error() -> None:
    """Before any row."""
    with pytest.raises(FileFailed, match="has no columns ts and eventName"):
        CsvEvents(["identity", "Name"])


PROFILE_HEADER = [
    "identity",
    "all_identities",
    "clevertapId",
    "clevertapIds",
    "subscriptionGroups",
    "MSG-push",
    "Email",
    "Phone",
    "Name",
    "Gender",
    "Favourites",
]
PROFILE = [
    "u1",
    "[u1, a@b.com]",
    "d2",
    "[d2, d1]",
    "",
    "true",
    "a@b.com",
    "0091",
    "A",
    "F",
    "[x, y]",
]


def profile(fields: JSON) -> JSON:
    """Return the row of a profile."""
    return dict(json.loads(exported_profile(fields, "p.csv", 3, "2026-07-01T00:00:00+00:00")))


def test_profiles_have_the_columns_of_the_api() -> None:
    """From each format the same row; what is neither a column nor a property is in `extra`."""
    by_csv = profile(from_cells(PROFILE_HEADER, PROFILE))
    assert by_csv["profile_id"] == by_csv["identity"] == "u1"
    assert by_csv["object_ids"] == ["d1", "d2"]
    assert by_csv["all_identities"] == ["u1", "a@b.com"]
    assert (by_csv["email"], by_csv["phone"], by_csv["name"]) == ("a@b.com", "0091", "A")
    assert by_csv["profile_data"] == {"Gender": "F", "Favourites": ["x", "y"]}
    assert by_csv["extra"] == {"MSG-push": "true"}
    assert (by_csv["file"], by_csv["line"]) == ("p.csv", 3)
    by_maps = profile(
        from_maps(
            {
                "profileIdentities": {"identity": "u1", "all_identities": "[u1, a@b.com]"},
                "device": {"clevertapId": "d2", "clevertapIds": ["d2", "d1"]},
                "commPrefs": {"MSG-push": "true"},
                "profileProps": {"Email": "a@b.com", "Phone": "0091", "Name": "A"}
                | {"Gender": "F", "Favourites": "[x, y]"},
                "identity": [],
            }
        )
    )
    assert by_maps == by_csv


def test_an_anonymous_profile_is_known_by_its_device() -> None:
    """The smallest of them, as for the API's profiles."""
    row = profile({"clevertapIds": ["b", "a"], "identity": "", "profile.Age": 3})
    assert (row["profile_id"], row["identity"]) == ("a", None)
    assert row["profile_data"] == {"Age": 3}
