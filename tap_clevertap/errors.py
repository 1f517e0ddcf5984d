"""Exception hierarchy: one class per failure, grouped by how the tap reacts.

ClevertapError
├── SettingError           a setting is wrong: the user corrects it
├── WriteNotAllowed        a path outside the allow-list: a defect of the tap
├── Refused                repeating the request does not help: somebody must act
│   ├── InvalidCredentials
│   ├── Forbidden
│   ├── InvalidEvent
│   ├── InvalidGroup
│   ├── InvalidDate
│   ├── InvalidBatchSize
│   ├── InvalidCampaign
│   ├── MethodNotAllowed
│   ├── Redirected
│   └── UnknownError
├── NotAvailable           there is no data to read, which is not a failure: skipped
│   ├── ExportNotAllowed
│   ├── FeatureDisabled
│   ├── NotFound
│   └── ReportNotReady
├── PositionLost           the position is gone: start again with a new cursor or request
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
│   ├── TimedOut
│   ├── EmptyResponse
│   └── InvalidResponse
├── SliceFailed            a slice stayed broken over all its restarts
├── ReconciliationFailed   the extracted rows differ from CleverTap's counts
├── StreamsFailed          some streams failed while the others went on
├── StorageFailed          a folder or bucket does not list its files
├── FileFailed             a file is cut, corrupt or of a form that is not read
├── FilesFailed            some files failed while the others were read
└── OutputClosed           the process that reads the output has gone
"""

from __future__ import annotations

import math
from typing import ClassVar

MOST_DOUBLINGS = 64  # a day's patience has more failures than a float can double


class ClevertapError(Exception):
    """Any failure of the tap's own; its text holds no passcode, cursor or record content."""


class SettingError(ClevertapError):
    """A setting is wrong; the text names it, what was given and what is allowed."""


class WriteNotAllowed(ClevertapError):
    """A method and path that the tap may not send; raised before a byte leaves."""


class Refused(ClevertapError):
    """CleverTap will give the same answer again: somebody must act."""


class InvalidCredentials(Refused):
    """401: wrong account id or passcode, or the right ones at another region's host."""


class Forbidden(Refused):
    """403: the account or its plan may not do this."""


class InvalidEvent(Refused):
    """The account has no event of that name."""


class InvalidGroup(Refused):
    """A count was asked for by a property that does not exist."""


class InvalidDate(Refused):
    """A date or range that CleverTap does not take."""


class InvalidBatchSize(Refused):
    """A page size outside of 1 to 5000."""


class InvalidCampaign(Refused):
    """No campaign has that id."""


class MethodNotAllowed(Refused):
    """405: the path exists, for another method."""


class Redirected(Refused):
    """The host points elsewhere; the passcode is not carried there."""


class UnknownError(Refused):
    """A failure that nobody has described yet."""


class NotAvailable(ClevertapError):
    """What was asked for cannot be had, and that is no failure."""


class ExportNotAllowed(NotAvailable):
    """The rows of this event leave CleverTap by no API; its counts do."""


class FeatureDisabled(NotAvailable):
    """The account has not bought or not switched on this part of CleverTap."""


class NotFound(NotAvailable):
    """404: no such object."""


class ReportNotReady(NotAvailable):
    """The campaign has not finished; comes as 500, as 409 and even as a success."""


class PositionLost(ClevertapError):
    """The place in an answer is gone; the question must be put anew."""


class CursorLost(PositionLost):
    """The cursor expired, was refused or was mangled on its way."""


class CursorRepeated(PositionLost):
    """The chain of cursors came back to where it had been."""


class RequestIdExpired(PositionLost):
    """The `req_id` of a count is no longer known."""


class Transient(ClevertapError):
    """The same request may succeed later.

    The n-th failure of a kind waits `first_wait * 2 ** (n - 1)` seconds, `longest_wait` at most;
    after `tries` failures of the kind, or `budget` seconds of waiting, the request has failed.
    """

    first_wait: ClassVar[float] = 1.0
    longest_wait: ClassVar[float] = 60.0
    tries: ClassVar[float] = 7
    budget: ClassVar[float] = math.inf

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures of this kind."""
        doublings = min(failures - 1, MOST_DOUBLINGS)
        return float(min(self.first_wait * 2**doublings, self.longest_wait))


class TooManyRequests(Transient):
    """429: the account's other users of the API count too, so it may last."""

    first_wait = 2.0
    longest_wait = 30.0
    tries = 30


class Throttled(Transient):
    """Code 1 on opening a cursor; CleverTap's own downloader waits 30 seconds."""

    first_wait = 30.0
    longest_wait = 30.0
    tries = 10


class InProgress(Transient):
    """Code 2: the page is being prepared; bounded by `in_progress_timeout`, not by tries."""

    first_wait = 2.0
    longest_wait = 30.0
    tries = math.inf


class Pending(Transient):
    """A count is being worked out; its `req_id` is asked again."""

    longest_wait = 30.0
    tries = math.inf
    budget = 600.0


class ServerError(Transient):
    """500 or 503 without a business message."""


class ConnectionFailed(Transient):
    """No connection, or one that was cut."""


class TimedOut(Transient):
    """No byte came within `request_timeout`, so few tries make a long time."""

    tries = 3


class EmptyResponse(Transient):
    """200 with nothing in it: a hiccup, or a path that does not exist."""

    tries = 3


class InvalidResponse(Transient):
    """A body that is cut off or no JSON object."""

    tries = 4


class SliceFailed(ClevertapError):
    """A slice stayed broken; the text names event, days and cause."""


class ReconciliationFailed(ClevertapError):
    """Days differ from CleverTap's own count, and `reconciliation` is `fail`."""


class StreamsFailed(ClevertapError):
    """The run went on without some streams, and has said why."""


class StorageFailed(ClevertapError):
    """A folder or bucket does not list its files; the text names the setting."""


class FileFailed(ClevertapError):
    """A file is cut, corrupt or of a form that is not read; the text names it."""


class FilesFailed(ClevertapError):
    """Some files could not be read; the others were, and those are tried again every run."""


class OutputClosed(ClevertapError):
    """The pipe to the target is closed, or the disk that we write to is full."""
