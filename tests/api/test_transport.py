"""The transport: every error of the libraries below has a home, and none brings a URL along."""

from __future__ import annotations

import pytest
import requests
import urllib3

from tap_clevertap import errors
from tap_clevertap.api.endpoints import EVENTS
from tap_clevertap.api.transport import translate

UNREACHABLE = urllib3.exceptions.ProxySchemeUnsupported
"""Only a Python whose ssl module lacks `wrap_bio` raises it, and CPython's has it."""


def library_errors() -> list[type[Exception]]:
    """Return every exception, warnings apart, that requests and urllib3 define."""
    kinds = {
        kind
        for library in (requests.exceptions, urllib3.exceptions)
        for kind in vars(library).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
        if kind.__module__ == library.__name__ and not issubclass(kind, (Warning, UNREACHABLE))
    }
    return sorted(kinds, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize(
    "kind", library_errors(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_no_library_error_is_homeless(kind: type[Exception]) -> None:
    """Each exception of requests and urllib3 is caught, becomes a leaf without its URL."""
    assert issubclass(kind, (requests.RequestException, urllib3.exceptions.HTTPError))
    error = kind.__new__(kind)
    error.args = ("http://127.0.0.1/1/events.json?cursor=c3VjaCBhIGN1cnNvcg",)
    translated = translate(error, f"GET {EVENTS}")
    homes = {errors.SettingError, errors.TimedOut, errors.ConnectionFailed, errors.ProxyFailed}
    assert type(translated) in homes
    assert "c3VjaCBhIGN1cnNvcg" not in str(translated)
    assert "Error" in str(translated) or kind.__name__ in str(translated)
