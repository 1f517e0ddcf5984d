"""What is published installs by itself, and starts from environment variables alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tap_clevertap.sandbox import Sandbox
from tests.support.needs import only_by
from tests.support.worlds import KOLKATA, busy_world

pytestmark = only_by("package")
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str | Path, **variables: str) -> str:
    """Run a command without the tap's own variables but those given; return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAP_")}
    done = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=ROOT, env=kept | variables, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("form", ["wheel", "sdist"])
def test_a_bare_environment_runs_the_tap(form: str, tmp_path: Path) -> None:
    """Built, installed with its dependencies alone, and run with nothing but variables."""
    run(BIN / "hatchling", "build", "--target", form, "--directory", tmp_path / "dist")
    [package] = (tmp_path / "dist").iterdir()
    python = tmp_path / "venv" / "bin" / "python"
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, package)
    tap = python.with_name("tap-clevertap")
    assert run(tap, "--version").startswith("tap-clevertap v")
    about = json.loads(run(tap, "--about", "--format=json"))
    assert "passcode" in about["settings"]["properties"]
    with Sandbox(busy_world()) as box:
        catalog = json.loads(
            run(
                tap,
                "--config=ENV",
                "--discover",
                TAP_CLEVERTAP_ACCOUNT_ID=box.account_id,
                TAP_CLEVERTAP_PASSCODE=box.passcode,
                TAP_CLEVERTAP_API_URL=box.url,
                TAP_CLEVERTAP_TIMEZONE=KOLKATA,
                TAP_CLEVERTAP_TYPED_EVENTS='["Viewed"]',
            )
        )
    assert "event_viewed" in {one["tap_stream_id"] for one in catalog["streams"]}
