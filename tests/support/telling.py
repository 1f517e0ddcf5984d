"""What nothing that is written may tell: passcodes, cursors, and users outside of data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSCODES = re.compile(r"s3cr3t-passcode|sandbox-passcode")
"""What no line of any kind may hold."""
TELLING = re.compile(PASSCODES.pattern + r"|\b[\w.]+@example\.(?:com|in)\b|[A-Za-z0-9+/%_=-]{120,}")
"""What no line but those of data may hold: users of the tests and, by their length, cursors too."""
DATA = (b'{"type":"RECORD"', b'{"type":"BATCH"')
"""How the lines begin that hold users, or the long paths of their files."""


def assert_nothing_told(lines: Iterable[bytes], error: BaseException | None = None) -> None:
    """Search the lines of a run, and the message that it ended with."""
    for line in lines:
        pattern = PASSCODES if line.startswith(DATA) else TELLING
        told = pattern.search(line.decode("utf-8", "replace"))
        assert told is None, f"{line[:40]!r} tells {told[0]!r}"
    told = TELLING.search(str(error))
    assert told is None, f"the error tells {told[0]!r}"
