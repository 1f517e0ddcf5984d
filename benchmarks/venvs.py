"""Other people's programs, each installed into an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venv-benchmarks"
PACKAGES = {
    "quickhouse": ["quickhouse==0.21.0"],
    "target-jsonl": ["target-jsonl==0.1.4"],
    "target-duckdb": ["target-duckdb==0.8.0", "duckdb==1.2.2", "--only-binary=duckdb"],
    "target-postgres": ["meltanolabs-target-postgres~=0.8.1"],
    "target-csv": ["meltanolabs-target-csv~=0.5.0"],
}


class NotInstalled(Exception):
    """A program cannot be installed here; what it was to be measured with is left out."""


def program(name: str) -> Path:
    """Return the folder of a program's executables; the first time it is installed.

    Raises:
        NotInstalled: There is no network, or no build for this Python.
    """
    folder = FOLDER / name
    ready = folder / ".ready"
    if not ready.exists():
        venv.create(folder, clear=True, with_pip=True)
        _install(folder / "bin" / "python", PACKAGES[name])
        ready.touch()
    return folder / "bin"


def _install(python: Path, packages: list[str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run(  # noqa: S603 - a command of our own
            [*command, *packages], check=True, stdout=sys.stderr, stderr=subprocess.PIPE, text=True
        )
    except subprocess.CalledProcessError as error:
        last = str(error.stderr).strip().splitlines()[-1:]
        msg = f"{packages[0]} cannot be installed: {' '.join(last)}"
        raise NotInstalled(msg) from None
