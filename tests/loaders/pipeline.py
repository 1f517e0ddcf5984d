"""`meltano run`, as anybody would type it, and killed where a test wants it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
MELTANO = Path(sys.executable).with_name("meltano")
OTHERS = ("TAP_CLEVERTAP_", "TARGET_", "MELTANO_")
HANG_GUARD = 600


@dataclass
class Pipeline:
    """One account into one loader; state and Meltano's own database are in `folder`."""

    loader: str
    folder: Path
    tap: Mapping[str, Any]
    target: Mapping[str, Any]
    log: list[str] = field(default_factory=list)

    def run(self, *options: str, also: str | None = None, **more: object) -> None:
        """Run to the end, which has to be a good one; `more` are settings of the tap."""
        blocks = ["tap-clevertap", self.loader, *([also] if also else [])]
        code = self._run(["run", *options, *blocks], more)
        assert code == 0, "".join(self.log[-40:])

    def check(self, command: str, expected: int) -> str:
        """Run a command of a utility, which has to end with a code; return its log."""
        code = self._run(["run", command], {})
        assert code == expected, "".join(self.log[-40:])
        return "".join(self.log)

    def run_and_kill(self, pattern: str, times: int) -> None:
        """Run, and kill everything when a line of the log fits for the n-th time."""
        code = self._run(["run", "--force", "tap-clevertap", self.loader], {}, pattern, times)
        assert code == -signal.SIGKILL, f"ended before {pattern!r}: {''.join(self.log[-20:])}"

    def environment(self, more: Mapping[str, object]) -> dict[str, str]:
        """Return the variables of a run; nothing of the caller's own settings is in them."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        # A loader that inherits takes the variables of its parent.
        prefix = self.loader.removesuffix("-pypi").upper().replace("-", "_")
        return kept | {
            "MELTANO_ENVIRONMENT": "sandbox",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "MELTANO_STATE_BACKEND_URI": f"file://{self.folder}/state",
            "MELTANO_DATABASE_URI": f"sqlite:///{self.folder}/meltano.db",
            **_variables("TAP_CLEVERTAP", {**self.tap, **more}),
            **_variables(prefix, self.target),
        }

    def _run(
        self, arguments: list[str], more: Mapping[str, object], pattern: str = "", times: int = 0
    ) -> int:
        self.log = []
        with subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [MELTANO, *arguments],
            cwd=ROOT,
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            for line in process.stdout or ():
                self.log.append(line)
                times -= bool(pattern and re.search(pattern, line))
                if pattern and not times:
                    os.killpg(process.pid, signal.SIGKILL)
                    break
            return process.wait(HANG_GUARD)


def _variables(prefix: str, settings: Mapping[str, object]) -> dict[str, str]:
    return {
        f"{prefix}_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
