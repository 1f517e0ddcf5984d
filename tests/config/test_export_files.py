"""The setting `exports`: checked before anything is read, each fault in one line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tap_clevertap.config.export_files import ExportFiles
from tap_clevertap.errors import SettingError

URL = "s3://bucket/exports"


def test_a_url_is_enough() -> None:
    """Everything else has a default."""
    found = ExportFiles.from_config({"url": URL})
    assert found is not None
    assert (found.url, found.format, found.min_age) == (URL, None, timedelta(minutes=60))
    assert not found.waits_for_alert
    assert found.processes >= 1


def test_all_keys_are_taken() -> None:
    """Values are those given; options may hold keys and are not printed."""
    config = {"url": URL, "storage_options": {"key": "s3cr3t"}, "format": "csv"}
    found = ExportFiles.from_config(
        config | {"min_age_minutes": 0, "wait_for": "completed", "processes": 2}
    )
    assert found is not None
    assert found.storage_options == {"key": "s3cr3t"}
    assert (found.format, found.min_age, found.processes) == ("csv", timedelta(0), 2)
    assert found.waits_for_alert
    assert "s3cr3t" not in repr(found)


def test_nothing_is_no_setting() -> None:
    """The streams of files say so when they are selected."""
    assert ExportFiles.from_config({}) is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ([], r"exports: \[\] is not valid; expected an object of url, storage_options"),
        ({"format": "csv"}, r"exports.url: None is not valid; expected s3://"),
        ({"url": " "}, r"exports.url: ' ' is not valid; expected s3://"),
        ({"url": URL, "min_age": 5}, r"'min_age' is not a valid key; did you mean min_age_minutes"),
        ({"url": URL, "qqq": 5}, r"'qqq' is not a valid key; expected url, storage_options"),
        (
            {"url": URL, "format": "xml"},
            r"exports.format: 'xml' .* expected csv or json",
        ),
        ({"url": URL, "wait_for": "done"}, r"exports.wait_for: 'done' .* expected completed"),
        ({"url": URL, "min_age_minutes": -1}, r"exports.min_age_minutes: -1 .* minutes from 0"),
        ({"url": URL, "min_age_minutes": True}, r"exports.min_age_minutes: True is not valid"),
        ({"url": URL, "processes": 0}, r"exports.processes: 0 .* a whole number from 1"),
        ({"url": URL, "processes": "2"}, r"exports.processes: '2' is not valid"),
        ({"url": URL, "storage_options": "s3cr3t"}, r"what was given is not a valid object"),
    ],
)
def test_a_fault_is_one_line(config: Any, said: str) -> None:  # noqa: ANN401 - whatever was given
    """It names the key, what was given and what is expected."""
    with pytest.raises(SettingError, match=said) as caught:
        ExportFiles.from_config(config)
    assert "\n" not in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
