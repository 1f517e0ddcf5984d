"""Everything that can go wrong, each to one leaf, and what to do about it.

ClevertapError
├── SettingError           a setting is wrong: the user mends it
├── WriteRefused           a path outside the allow-list: a defect of ours
├── Refused                asking again is of no use: somebody must act
│   ├── InvalidCredentials
│   ├── Forbidden
│   ├── InvalidEvent
│   ├── InvalidGroup
│   ├── InvalidDate
│   ├── InvalidBatchSize
│   ├── InvalidCampaign
│   ├── WrongVerb
│   ├── Redirected
│   └── Unrecognised
├── NothingThere           no data to be had there, which is no failure: skip it
│   ├── ExportNotAllowed
│   ├── FeatureDisabled
│   ├── NotFound
│   └── ReportNotReady
├── Lost                   the position is gone: begin again with a new cursor or question
│   ├── CursorLost
│   ├── CursorRepeated
│   └── QuestionLost
├── Transient              the same request again, after a pause that the leaf knows
│   ├── TooManyRequests
│   ├── Throttled
│   ├── InProgress
│   ├── Pending
│   ├── ServerFault
│   ├── ConnectionFailed
│   ├── TimedOut
│   ├── EmptyAnswer
│   └── BrokenAnswer
├── SliceFailed            a slice stayed broken over all its restarts
├── ReconciliationFailed   what was extracted is not what CleverTap counts
├── StreamsFailed          some streams failed while the others went on
└── OutputClosed           whoever reads our output has gone
"""

from __future__ import annotations

import math
from typing import ClassVar

MOST_DOUBLINGS = 64  # a day's patience has more failures than a float can double


class ClevertapError(Exception):
    """Any failure of the tap's own; its text holds no passcode, cursor or record content."""


class SettingError(ClevertapError):
    """A setting is wrong; the text names it, what was given and what is allowed."""


class WriteRefused(ClevertapError):
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


class WrongVerb(Refused):
    """405: the path exists, for another method."""


class Redirected(Refused):
    """The host points elsewhere; the passcode is not carried there."""


class Unrecognised(Refused):
    """A failure that nobody has described yet."""


class NothingThere(ClevertapError):
    """What was asked for cannot be had, and that is no failure."""


class ExportNotAllowed(NothingThere):
    """The rows of this event leave CleverTap by no API; its counts do."""


class FeatureDisabled(NothingThere):
    """The account has not bought or not switched on this part of CleverTap."""


class NotFound(NothingThere):
    """404: no such object."""


class ReportNotReady(NothingThere):
    """The campaign has not finished; comes as 500, as 409 and even as a success."""


class Lost(ClevertapError):
    """The place in an answer is gone; the question must be put anew."""


class CursorLost(Lost):
    """The cursor expired, was refused or was mangled on its way."""


class CursorRepeated(Lost):
    """The chain of cursors came back to where it had been."""


class QuestionLost(Lost):
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


class ServerFault(Transient):
    """500 or 503 without a business message."""


class ConnectionFailed(Transient):
    """No connection, or one that was cut."""


class TimedOut(Transient):
    """No byte came within `request_timeout`, so few tries make a long time."""

    tries = 3


class EmptyAnswer(Transient):
    """200 with nothing in it: a hiccup, or a path that does not exist."""

    tries = 3


class BrokenAnswer(Transient):
    """A body that is cut off or no JSON object."""

    tries = 4


class SliceFailed(ClevertapError):
    """A slice stayed broken; the text names event, days and cause."""


class ReconciliationFailed(ClevertapError):
    """Days differ from CleverTap's own count, and `reconciliation` is `fail`."""


class StreamsFailed(ClevertapError):
    """The run went on without some streams, and has said why."""


class OutputClosed(ClevertapError):
    """The pipe to the target is closed, or the disk that we write to is full."""
