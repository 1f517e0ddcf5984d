"""Lines of a message report as rows."""

from __future__ import annotations

import locale
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.records.field_reader import FieldReader
from tap_clevertap.records.message_reports import (
    MONTHS,
    message_row,
    number_duplicate_keys,
    started,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
DOCUMENTED: dict[str, Any] = {
    "message id": 1457432766,
    "message_name": "Welcome",
    "channel": "Push",
    "delivery": "One time",
    "start_date": "01 Dec, 2017 10:00:00",
    "status": "completed",
    "sent": 82,
    "viewed": 40,
    "clicked": 28,
    "conversion_event": "Charged",
    "labels": ["onboarding"],
    "device": "Android",
}


def rows(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of an answer with these lines."""
    return list(number_duplicate_keys([message_row(FieldReader(line), KOLKATA) for line in lines]))


def test_the_documented_line_has_its_columns() -> None:
    """Every field has a column, and nothing is left over."""
    [row] = rows(DOCUMENTED)
    assert row == {
        "report_id": "1457432766:Push:Android:",
        "message_id": 1457432766,
        "message_name": "Welcome",
        "channel": "Push",
        "device": "Android",
        "variant": None,
        "delivery": "One time",
        "status": "completed",
        "start_date": "01 Dec, 2017 10:00:00",
        "start_time": "2017-12-01T04:30:00+00:00",
        "start_day": "2017-12-01",
        "sent": 82,
        "viewed": 40,
        "clicked": 28,
        "conversion_event": "Charged",
        "labels": ["onboarding"],
        "extra": None,
    }


def test_unknown_fields_are_kept() -> None:
    """What nobody has described is in `extra`, as is a number that is none."""
    [row] = rows(DOCUMENTED | {"revenue": 12.5, "errors": {"bounced": 3}, "sent": "many"})
    assert row["extra"] == {"revenue": 12.5, "errors": {"bounced": 3}, "sent": "many"}
    assert row["sent"] is None


def test_devices_and_variants_have_keys_of_their_own() -> None:
    """The same message over devices and variants makes as many rows."""
    lines = [DOCUMENTED | {"device": d, "variant": v} for d in ("iOS", "Web") for v in (None, "A")]
    assert [row["report_id"] for row in rows(*lines)] == [
        "1457432766:Push:iOS:",
        "1457432766:Push:iOS:A",
        "1457432766:Push:Web:",
        "1457432766:Push:Web:A",
    ]


def test_a_key_outlives_the_numbers() -> None:
    """Tomorrow's line replaces today's."""
    [today], [tomorrow] = rows(DOCUMENTED), rows(DOCUMENTED | {"sent": 99, "status": "stopped"})
    assert today["report_id"] == tomorrow["report_id"]


def test_lines_that_name_the_same_are_numbered() -> None:
    """No line overwrites another, whatever it is that tells them apart."""
    lines = [DOCUMENTED | {"date": day} for day in ("20171201", "20171202", "20171203")]
    assert [row["report_id"] for row in rows(*lines)] == [
        "1457432766:Push:Android:",
        "1457432766:Push:Android:#2",
        "1457432766:Push:Android:#3",
    ]


def test_a_line_without_an_id_goes_by_its_name() -> None:
    """A key is never empty because one field is missing."""
    [row] = rows({"message_name": "Welcome", "channel": "Email"})
    assert (row["report_id"], row["message_id"]) == ("Welcome:Email::", None)


@pytest.mark.parametrize("number", range(12))
def test_months_are_english_whatever_the_locale(number: int) -> None:
    """Each month is found by its English name, in any case, short or whole."""
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            text = f"15 {MONTHS[number].capitalize()}, 2026 23:59:58"
            expected = f"2026-{number + 1:02}-15T18:29:58+00:00", f"2026-{number + 1:02}-15"
            assert started(text, KOLKATA) == expected
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    ("text", "zone", "time"),
    [
        ("1 january 2026 00:30:00", "Asia/Kolkata", "2025-12-31T19:00:00+00:00"),
        ("01 Nov, 2026 01:30:00", "America/New_York", "2026-11-01T05:30:00+00:00"),
        ("08 Mar, 2026 02:30:00", "America/New_York", "2026-03-08T07:30:00+00:00"),
    ],
)
def test_a_start_is_in_the_accounts_zone(text: str, zone: str, time: str) -> None:
    """A repeated hour is its first passing; one that is skipped is after the change."""
    assert started(text, ZoneInfo(zone))[0] == time


@pytest.mark.parametrize(
    "text", [None, "", "soon", "31 Feb, 2026 10:00:00", "01 Dez, 2017 10:00:00", "2026-01-01"]
)
def test_what_is_no_start_stays_text(text: str | None) -> None:
    """No date is better than a wrong one; the text is kept beside it."""
    assert started(text, KOLKATA) == (None, None)
