"""Sends one request and returns one response; errors of the HTTP libraries are translated here.

No message of this module contains a header or a URL, because a URL may contain a cursor.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import requests
import urllib3
from requests.adapters import HTTPAdapter

from tap_clevertap import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.config.settings import Settings

CONNECT_SECONDS = 10  # a host either accepts soon or is down; slow pages need the read timeout


class Transport:
    """A connection pool for one host, with the account's credentials on each request."""

    def __init__(self, settings: Settings, *, connections: int) -> None:
        self._base_url = settings.base_url
        self._session = requests.Session()
        self._session.mount(settings.base_url, HTTPAdapter(pool_maxsize=connections))
        self._session.headers["X-CleverTap-Account-Id"] = settings.account_id
        self._session.headers["X-CleverTap-Passcode"] = settings.passcode
        # urllib3's debug log contains each URL, and so each cursor.
        logging.getLogger("urllib3").setLevel(logging.INFO)

    def exchange(
        self, method: str, path: str, query: str, body: Mapping[str, object] | None, timeout: float
    ) -> tuple[int, bytes]:
        """Send once and return the status and the whole body; redirects are not followed.

        `timeout` is the read timeout in seconds.

        Raises:
            ClevertapError: `ConnectionFailed`, `TimedOut`, or `SettingError` for an invalid URL.
        """
        try:
            with self._session.request(
                method,
                self._base_url + path + (f"?{query}" if query else ""),
                json=body,
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.raw.read(decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise translate(error, f"{method} {path}") from None


def translate(error: Exception, what: str) -> errors.ClevertapError:
    """Return the tap's error for a library's, whose text is left out: it contains the URL."""
    kind = type(_cause(error)).__name__
    if isinstance(error, BAD_URL):
        msg = f"api_url: invalid URL ({kind}); expected scheme and host"
        return errors.SettingError(msg)
    error_class = errors.TimedOut if isinstance(error, TIMEOUTS) else errors.ConnectionFailed
    return error_class(f"{what}: {kind}")


def _cause(error: BaseException) -> BaseException:
    """Return the library's innermost reason, which is more specific than its wrappers."""
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    return _cause(inner) if isinstance(inner, BaseException) else error


TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)
BAD_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
)
