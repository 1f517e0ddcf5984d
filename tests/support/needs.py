"""Tests that need more than Python: skipped by name where that is missing, never where promised.

`TAP_CLEVERTAP_NEEDS` names what the machine has, separated by commas; each `make check-…` target
sets it to what it has just installed. A test whose need is named there runs, and fails if the thing
is not there after all.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

PROMISED = frozenset(filter(None, os.environ.get("TAP_CLEVERTAP_NEEDS", "").split(",")))


def only_by(name: str) -> pytest.MarkDecorator:
    """Return the mark of a test that is too heavy for `make test`, though nothing is missing."""
    reason = f"takes long: `make check-{name}` runs it"
    return pytest.mark.skipif(name not in PROMISED, reason=reason)


def needs(
    name: str, *, modules: tuple[str, ...] = (), commands: tuple[str, ...] = ()
) -> pytest.MarkDecorator:
    """Return the mark of a test that needs Python modules or commands, under the name of the need.

    The name is that of the make target: `check-<name>` installs what is needed.
    """
    missing = [one for one in modules if find_spec(one) is None]
    missing += [one for one in commands if shutil.which(one) is None]
    reason = f"needs {name}: {', '.join(missing)} not installed; `make check-{name}` installs it"
    return pytest.mark.skipif(bool(missing) and name not in PROMISED, reason=reason)
