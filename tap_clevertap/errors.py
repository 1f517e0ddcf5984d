"""Exception hierarchy: one class per failure, grouped by how the tap reacts.

ClevertapError
├── SettingError           a setting is wrong: the user corrects it
│   └── HostUnreachable
├── RunInProgress          another run uses the same state: later
├── WriteNotAllowed        a path outside the allow-list: a defect of the tap
├── Refused                repeating the request does not help: the user has to act
│   ├── InvalidCredentials
│   ├── Forbidden
│   ├── InvalidEvent
│   ├── InvalidGroup
│   ├── InvalidDate
│   ├── InvalidBatchSize
│   ├── InvalidCampaign
│   ├── MethodNotAllowed
│   ├── Redirected
│   ├── ResponseTooLarge
│   └── UnknownError
├── NotAvailable           there is no data to read, which is not a failure: skipped
│   ├── ExportNotAllowed
│   ├── FeatureDisabled
│   ├── NotFound
│   ├── NothingFound
│   └── ReportNotReady
├── PositionLost           the position is lost: restart with a new cursor or request
│   ├── CursorLost
│   ├── CursorRepeated
│   └── RequestIdExpired
├── Transient              the same request is repeated after a wait that the class defines
│   ├── TooManyRequests
│   ├── Throttled
│   ├── InProgress
│   ├── Pending
│   ├── ServerError
│   ├── ConnectionFailed
│   ├── ProxyFailed
│   ├── TimedOut
│   ├── EmptyResponse
│   └── InvalidResponse
├── EntryWithoutKey        an entry of a list lacks its name or id: skipped and counted
├── SliceFailed            a slice failed after all its restarts
├── ReconciliationFailed   the extracted rows differ from CleverTap's counts
├── StreamsFailed          some streams failed and were skipped
├── StorageFailed          a folder or bucket cannot be listed
├── FileFailed             a file is truncated, corrupt or of an unknown format
├── FilesFailed            some files failed and were skipped
└── OutputClosed           the output cannot be written: closed pipe or full disk
"""

from __future__ import annotations

import math
from typing import ClassVar

from typing_extensions import override

from tap_clevertap.redaction import masked

MAX_DOUBLINGS = 64  # a long in_progress_timeout has more failures than a float has doublings


class ClevertapError(Exception):
    """Base class; the text never contains a passcode, a cursor or record content."""

    @override
    def __str__(self) -> str:
        return masked(super().__str__())


class SettingError(ClevertapError):
    """A setting is wrong; the text names the setting, its value and what is expected."""


class HostUnreachable(SettingError):
    """The first request got no response: the address is wrong, or the network is down."""


class RunInProgress(ClevertapError):
    """Another run uses the same state file; the text names it."""


class WriteNotAllowed(ClevertapError):
    """The method and path are not on the allow-list; raised before anything is sent."""


class Refused(ClevertapError):
    """CleverTap would return the same response again: the user has to act."""


class InvalidCredentials(Refused):
    """401: wrong account id or passcode, or the right ones at the wrong region."""


class Forbidden(Refused):
    """403: the account or its plan does not permit the request."""


class InvalidEvent(Refused):
    """The account has no event with that name."""


class InvalidGroup(Refused):
    """A count was requested by a property that does not exist."""


class InvalidDate(Refused):
    """CleverTap rejects the date or the range."""


class InvalidBatchSize(Refused):
    """The page size is not from 1 to 5,000."""


class InvalidCampaign(Refused):
    """The account has no campaign with that id."""


class MethodNotAllowed(Refused):
    """405: the path exists for another method."""


class Redirected(Refused):
    """3xx: redirects are not followed, so that the passcode stays with its host."""


class ResponseTooLarge(Refused):
    """The body is larger than memory should hold."""


class UnknownError(Refused):
    """A failure that the tap does not recognise."""


class NotAvailable(ClevertapError):
    """There is no data to read, which is not a failure."""


class ExportNotAllowed(NotAvailable):
    """CleverTap does not export the rows of this event, only its counts."""


class FeatureDisabled(NotAvailable):
    """The feature is not part of the account's plan, or not enabled."""


class NotFound(NotAvailable):
    """404: the object does not exist."""


class NothingFound(NotAvailable):
    """Nothing matches what was asked for: no records."""


class ReportNotReady(NotAvailable):
    """The campaign has not finished; CleverTap reports it as 500, 409 or even a success."""


class PositionLost(ClevertapError):
    """The position is lost: a new cursor or request is needed."""


class CursorLost(PositionLost):
    """The cursor expired, or was rejected."""


class CursorRepeated(PositionLost):
    """A response returned a cursor that was used before."""


class RequestIdExpired(PositionLost):
    """The `req_id` of a count is no longer valid."""


class Transient(ClevertapError):
    """The same request may succeed later.

    The n-th failure of a class waits `first_wait * 2 ** (n - 1)` seconds, at most `longest_wait`.
    The request fails after `tries` failures of the class, or `budget` seconds of waiting.

    Seven tries wait 63 seconds in all. On top of them a slice is restarted with a new cursor, so
    the tries of both layers multiply: see `Fetcher`.
    """

    first_wait: ClassVar[float] = 1.0
    longest_wait: ClassVar[float] = 60.0
    tries: ClassVar[float] = 7
    budget: ClassVar[float] = math.inf

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after that many failures of this class."""
        doublings = min(failures - 1, MAX_DOUBLINGS)
        return float(min(self.first_wait * 2**doublings, self.longest_wait))


class TooManyRequests(Transient):
    """429: other users of the account's API count towards the limit, so it may last."""

    first_wait = 2.0
    longest_wait = 30.0
    tries = 30


class Throttled(Transient):
    """Code 1 on opening a cursor; CleverTap's own download tool waits 30 seconds as well."""

    first_wait = 30.0
    longest_wait = 30.0
    tries = 10


class InProgress(Transient):
    """Code 2: the page is being prepared, which takes seconds to minutes.

    A first wait of 2 seconds loses little on a page that is ready soon; 30 seconds at most, as in
    CleverTap's own download tool, keep the delay after a long preparation small. Bounded by
    `in_progress_timeout`, not by tries.
    """

    first_wait = 2.0
    longest_wait = 30.0
    tries = math.inf


class Pending(Transient):
    """A count is being computed; its `req_id` is polled."""

    longest_wait = 30.0
    tries = math.inf
    budget = 600.0


class ServerError(Transient):
    """500 or 503 without a message that names another cause."""


class ConnectionFailed(Transient):
    """The connection could not be made, or was closed."""


class ProxyFailed(Transient):
    """The proxy that the environment names does not respond or refuses."""

    tries = 3


class TimedOut(Transient):
    """No data within `request_timeout`: with its default of 300 s three tries take 15 minutes."""

    tries = 3


class EmptyResponse(Transient):
    """200 with an empty body: a temporary failure, or a path that does not exist."""

    tries = 3


class InvalidResponse(Transient):
    """The body is truncated, or not a JSON object."""

    tries = 4


class EntryWithoutKey(ClevertapError):
    """An entry of a list lacks what identifies it; the others are read."""


class SliceFailed(ClevertapError):
    """A slice failed after all its restarts; the text names event, days and cause."""


class ReconciliationFailed(ClevertapError):
    """Days differ from CleverTap's counts, and `reconciliation` is `fail`."""


class StreamsFailed(ClevertapError):
    """Some streams failed and were skipped; each has its own line in the log."""


class StorageFailed(ClevertapError):
    """A folder or bucket does not list its files; the text names the setting."""


class FileFailed(ClevertapError):
    """A file is cut, corrupt or of a form that is not read; the text names it."""


class FilesFailed(ClevertapError):
    """Some files could not be read; the others were, and those are tried again every run."""


class OutputClosed(ClevertapError):
    """The pipe to the target is closed, or the disk is full."""
