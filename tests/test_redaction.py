"""What no line may show: secrets by their value, and characters that forge a line."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest

from tap_clevertap import errors
from tap_clevertap.redaction import SHORTEST, SafeRecord, guard_logs, masked, one_line, remember
from tests.support.telling import assert_nothing_told

SECRET = 'Aw/ful "Secret"'  # noqa: S105 - of the test
FORGED = "Evil\n2026-11-25 03:00:00,000 | ERROR    | tap-clevertap | forged \x1b[2K \x00 \u202e"


def record(message: str, *arguments: object) -> logging.LogRecord:
    """Return a safe record."""
    return SafeRecord("any.library", logging.INFO, "file", 1, message, arguments, None)


def test_a_record_is_one_line_without_secrets() -> None:
    """Whoever logs it, in the message or in its arguments, by name or by value."""
    remember(SECRET)
    for one in (record("%s", FORGED), record(FORGED), record("%r", FORGED)):
        assert one.getMessage().isprintable()
    for form in (SECRET, quote(SECRET, safe=""), json.dumps(SECRET)):
        assert "ful" not in record("sent %s", form).getMessage()
        assert "***" in record("sent %s", form).getMessage()


def test_every_log_record_is_guarded(caplog: pytest.LogCaptureFixture) -> None:
    """Those of libraries too."""
    before = logging.getLogRecordFactory()
    guard_logs()
    try:
        logging.getLogger("somebody.else").warning("name: %s", FORGED)
    finally:
        logging.setLogRecordFactory(before)
    assert "Evil\\n2026" in caplog.text


def test_errors_show_no_secret() -> None:
    """The text of an error is masked when it is read, so that no printer need think of it."""
    remember(SECRET)
    assert str(errors.SliceFailed(f"because of {SECRET}")) == "because of ***"


def test_short_secrets_are_left() -> None:
    """To blank out each letter of a secret would blank out every line."""
    remember("e" * (SHORTEST - 1))
    assert masked("three eels, eee") == "three eels, eee"


@pytest.mark.parametrize("text", ["", "plain", "दीवाली 🪔", "a\u00a0b"])
def test_letters_of_all_scripts_stay(text: str) -> None:
    """Only what controls the line or its direction is an escape."""
    assert one_line(text).replace("\\xa0", "\u00a0") == text


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b'{"type":"RECORD","record":{"of":"sandbox-passcode"}}', None),
        (b'{"type":"BATCH","manifest":["s3cr3t-passcode"]}', None),
        (b'{"type":"STATE","value":{"of":"a@example.com"}}', None),
        (b'{"type":"STATE","value":{"cursor":"' + b"ab%3D" * 24 + b'"}}', None),
        (b"", errors.SliceFailed("no answer to sandbox-passcode")),
    ],
)
def test_what_a_run_tells_is_found(line: bytes, error: Exception | None) -> None:
    """By the search that every run of the tests goes through, its lines and its last message."""
    with pytest.raises(AssertionError, match="tells"):
        assert_nothing_told([line], error)


def test_users_in_records_are_no_telling() -> None:
    """They are what the tap is for."""
    assert_nothing_told([b'{"type":"RECORD","record":{"email":"a@example.com"}}'])
