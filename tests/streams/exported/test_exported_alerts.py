"""Files of events that wait for the status alert of their export instead of an age."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError
from tests.support.exports import put, read_exports, rows, try_exports

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

JSON = dict[str, Any]
REQUEST = 1690283492
RUN = 1690283500
"""2023-07-25 16:41:40 in Kolkata."""
WAITING: JSON = {"exports": {"wait_for": "completed"}}


def alert(folder: Path, status: str, printed: str, request: int = REQUEST) -> None:
    """Store a status alert as the receiver of webhooks does."""
    body = {
        "Export Request Id": request,
        "Partner": "Google Cloud Storage",
        "Type": "Events",
        "Status": status,
        "Frequency": "One Time",
        "Date and Time": printed,
    }
    line = {"received_at": "2023-07-25T11:21:00+00:00", "content_type": "application/json"}
    name = f"alerts-{len(list(folder.glob('*')))}.jsonl"
    put(folder, name, json.dumps(line | {"body": json.dumps(body)}) + "\n")


def export_of(folder: Path, run: int = RUN) -> None:
    """Write a file of the export."""
    text = "ts,eventName\n20230725120000,Viewed\n"
    put(folder, f"{REQUEST}-{run}-Viewed-20230725-0-0.csv.gz", text, is_gzip=True)


def read(tmp_path: Path, **named: Any) -> list[JSON]:  # noqa: ANN401 - passed on
    """Return the rows of a run that waits for alerts."""
    webhooks = {"url": str(tmp_path / "webhooks")}
    return rows(read_exports(tmp_path / "exports", webhooks=webhooks, **(WAITING | named)))


def test_a_file_waits_for_the_alert_that_its_run_is_completed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not for one that has begun, nor for one of a run before; its age does not matter."""
    caplog.set_level("INFO")
    (tmp_path / "webhooks").mkdir()
    export_of(tmp_path / "exports")
    now = int(time.time())
    assert not read(tmp_path, at=now)
    assert "1 files wait for the status alert of their export" in caplog.text
    alert(tmp_path / "webhooks", "Initiated", "25/07/2023 4:50:52 PM")
    alert(tmp_path / "webhooks", "Completed", "25/07/2023 4:41:39 PM")
    alert(tmp_path / "webhooks", "Completed", "25/07/2023 4:50:52 PM", request=1)
    assert not read(tmp_path, at=now)
    alert(tmp_path / "webhooks", "Completed", "25/07/2023 4:50:52 PM")
    assert len(read(tmp_path, at=now)) == 1
    export_of(tmp_path / "exports", run=RUN + 86_400)
    assert len(read(tmp_path, at=now)) == 1


def test_a_file_that_waits_for_a_day_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An alert that was lost must not hold up the files after it in silence."""
    caplog.set_level("INFO")
    (tmp_path / "webhooks").mkdir()
    export_of(tmp_path / "exports")
    now = int(time.time())
    for at, level in ((now, "INFO"), (now + 90_000, "WARNING")):
        caplog.clear()
        assert not read(tmp_path, at=at)
        (line,) = [one for one in caplog.records if "wait for the status alert" in one.message]
        assert line.levelname == level


def test_an_alert_without_a_time_counts_from_its_arrival(tmp_path: Path) -> None:
    """Whatever CleverTap prints there one day."""
    alert(tmp_path / "webhooks", "Completed", "yesterday")
    put(
        tmp_path / "webhooks",
        "more.jsonl",
        '{"received_at":"2023-07-25T11:21:00+00:00","body":"x"}\n',
    )
    export_of(tmp_path / "exports")
    assert len(read(tmp_path)) == 1


def test_without_a_folder_of_alerts_it_is_a_wrong_setting(tmp_path: Path) -> None:
    """Before anything is written."""
    export_of(tmp_path)
    finished = try_exports(tmp_path, webhooks={}, **WAITING)
    assert isinstance(finished.error, SettingError)
    assert "exports.wait_for: 'completed' is not valid without webhooks.url" in str(finished.error)


def test_profiles_wait_for_their_age(tmp_path: Path) -> None:
    """CleverTap sends no alerts of their exports."""
    (tmp_path / "webhooks").mkdir()
    put(tmp_path / "exports", "100000000-1761651721-1761651721-0.csv", "identity\nu1\n")
    webhooks = {"url": str(tmp_path / "webhooks")}
    finished = read_exports(tmp_path / "exports", "exported_profiles", webhooks=webhooks, **WAITING)
    assert len(finished.records("exported_profiles")) == 1
