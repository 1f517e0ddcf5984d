"""Exit codes: each failure says whether running again helps."""

from __future__ import annotations

import pytest

from tap_clevertap import errors
from tap_clevertap.output.exit_codes import FAILED, INCOMPLETE, WRONG_SETTING, exit_code
from tests.conftest import leaves

Kind = type[errors.ClevertapError]

RETRY: set[Kind] = {
    errors.HostUnreachable,
    errors.RunInProgress,
    errors.UnknownError,
    errors.SliceFailed,
    errors.OutputClosed,
    errors.StorageFailed,
    errors.FileFailed,
    errors.WriteNotAllowed,
    errors.EntryWithoutKey,
    *leaves(errors.Transient),
    *leaves(errors.PositionLost),
    *leaves(errors.NotAvailable),
}
SOMEBODY: set[Kind] = {
    errors.SettingError,
    *(one for one in leaves(errors.Refused) if one not in RETRY),
}
GAPS: set[Kind] = {
    errors.StreamsFailed,
    errors.ReconciliationFailed,
    errors.FilesFailed,
}


@pytest.mark.parametrize("kind", sorted(RETRY, key=str))
def test_what_may_pass_is_retried(kind: type[errors.ClevertapError]) -> None:
    """1: the network, CleverTap or the target."""
    assert exit_code(kind("x")) == FAILED == 1


@pytest.mark.parametrize("kind", sorted(SOMEBODY, key=str))
def test_what_somebody_corrects_is_not(kind: type[errors.ClevertapError]) -> None:
    """2: a setting, credential or option."""
    assert exit_code(kind("x")) == WRONG_SETTING == 2


@pytest.mark.parametrize("kind", sorted(GAPS, key=str))
def test_what_is_missing_is_named(kind: type[errors.ClevertapError]) -> None:
    """3: everything was tried, and a part is missing."""
    assert exit_code(kind("x")) == INCOMPLETE == 3


def test_every_failure_has_its_code() -> None:
    """No leaf of the error tree is left to chance."""
    ours = {
        one for one in leaves(errors.ClevertapError) if one.__module__ == "tap_clevertap.errors"
    }
    assert ours - {errors.HostUnreachable} <= RETRY | SOMEBODY | GAPS
