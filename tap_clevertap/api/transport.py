"""Sends one HTTP request and returns its response; errors of the HTTP libraries are translated.

No message of this module holds a header or a URL, because URLs contain cursors.
"""

from __future__ import annotations

import logging
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
import urllib3

from tap_clevertap import errors
from tap_clevertap.api.deadline import TimedAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.config.settings import Settings

CONNECT_SECONDS = 10
MAX_BODY_BYTES = 256 << 20
"""Of a body, unpacked: five thousand records of fifty kilobytes."""
CHUNK, PACKED_CHUNK = 1 << 20, 1 << 18
"""Bytes read at a time; what is packed may become a thousand times as much."""
MAX_AT_ONCE = 16 << 20
"""Of a body that is not packed, read in one piece if so much was announced: parts are copied."""
ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}


class Transport:
    """A pool of connections to one host, with the account's credentials on each request."""

    def __init__(self, settings: Settings, *, connections: int) -> None:
        """Prepare the pool; nothing is sent yet."""
        self._base_url = settings.base_url
        self._session = requests.Session()
        adapter = TimedAdapter(pool_maxsize=connections)
        self._session.mount(settings.base_url, adapter)
        self._session.headers["X-CleverTap-Account-Id"] = settings.account_id
        self._session.headers["X-CleverTap-Passcode"] = settings.passcode
        self._session.headers["Accept-Encoding"] = "gzip, deflate"
        # With an `auth` of its own, requests does not look into ~/.netrc.
        self._session.auth = lambda request: request
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # urllib3 writes each URL, and so each cursor, into its debug log.
        logging.getLogger("urllib3").setLevel(logging.INFO)

    def exchange(
        self, method: str, path: str, query: str, body: Mapping[str, object] | None, timeout: float
    ) -> tuple[int, bytes]:
        """Send once and return the status and the whole body; a redirect is not followed.

        `timeout` is in seconds, for the whole response; a connection takes ten at most.

        Raises:
            ClevertapError: `ConnectionFailed`, `TimedOut`, `ProxyFailed`, `ResponseTooLarge`,
                `InvalidResponse` for an encoding that was not asked for, or `SettingError` for an
                invalid URL or CA bundle.
        """
        what = f"{method} {path}"
        try:
            with self._session.request(
                method,
                self._base_url + path + (f"?{query}" if query else ""),
                json=body,
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, read_body(response.raw, what)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise translate(error, what) from None
        except OSError as error:
            msg = f"REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE: {error}"
            raise errors.SettingError(msg) from None


def read_body(response: urllib3.HTTPResponse, what: str) -> bytes:
    """Return the unpacked body of a response; memory is used for what has come, not announced.

    Raises:
        ResponseTooLarge: It is larger than a page of records can be.
        InvalidResponse: It is packed in a way that was not asked for.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        msg = f"{what}: a body in an encoding that was not requested"
        raise errors.InvalidResponse(msg)
    is_packed = encoding not in {"", "identity"}
    announced = min(response.length_remaining or 0, MAX_AT_ONCE)
    size = PACKED_CHUNK if is_packed else max(CHUNK, announced)
    return b"".join(_within_limit(response.stream(size, decode_content=is_packed), what))


def _within_limit(parts: Iterator[bytes], what: str) -> Iterator[bytes]:
    total = 0
    for part in parts:
        total += len(part)
        if total > MAX_BODY_BYTES:
            most = MAX_BODY_BYTES >> 20
            msg = f"{what}: the body is larger than {most} MB; a smaller batch_size may help"
            raise errors.ResponseTooLarge(msg)
        yield part


def translate(error: Exception, what: str) -> errors.ClevertapError:
    """Convert a library error to one of ours, without its text, which may contain the URL."""
    kind = type(_cause(error)).__name__
    if isinstance(error, PROXY):
        return errors.ProxyFailed(f"{what}: {kind}")
    if isinstance(error, BAD_URL):
        msg = f"api_url: invalid URL ({kind}); expected scheme and host"
        return errors.SettingError(msg)
    leaf = errors.TimedOut if isinstance(error, TIMEOUTS) else errors.ConnectionFailed
    return leaf(f"{what}: {kind}")


def _cause(error: BaseException) -> BaseException:
    """Return the innermost exception, which is more specific than its wrappers."""
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    return _cause(inner) if isinstance(inner, BaseException) else error


TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)
PROXY = (
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidProxyURL,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.ProxySchemeUnknown,
)
BAD_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
)
