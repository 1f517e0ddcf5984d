"""What the exit code says to an orchestrator: done, retry, correct a setting, or look at a gap.

- 0: complete.
- 1: failed: the network, CleverTap or the target; running again may help.
- 2: a setting, file, credential or option is wrong: somebody has to correct it.
- 3: incomplete: everything was tried, and some streams, days or files are missing; the log names
  them.
- 128 + n: ended by signal n, with its state written; running again goes on from there.
"""

from __future__ import annotations

from tap_clevertap import errors

COMPLETE, FAILED, WRONG_SETTING, INCOMPLETE = range(4)

SETTINGS = (errors.SettingError, errors.Refused)
NOT_SETTINGS = (errors.UnknownError, errors.HostUnreachable)
GAPS = (errors.StreamsFailed, errors.ReconciliationFailed, errors.FilesFailed)


def exit_code(error: BaseException) -> int:
    """Return the exit code of a run that an error has ended."""
    if isinstance(error, GAPS):
        return INCOMPLETE
    if isinstance(error, SETTINGS) and not isinstance(error, NOT_SETTINGS):
        return WRONG_SETTING
    return FAILED
