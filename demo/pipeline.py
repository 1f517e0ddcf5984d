"""`meltano run`, as anybody would type it, with its files in a folder of the demo's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo.account import TIMEZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.account import Account

MELTANO = Path(sys.executable).with_name("meltano")
COMMAND = ("run", "tap-clevertap", "target-duckdb")
ANALYSIS = ("run", "dbt-duckdb:build", "reports:alerts-preview", "reports:dashboard")
LINE = re.compile(r"^\S+Z \[(?P<level>\w+)\s*\] (?P<who>\S+)\s+(?P<what>.*)$")
DULL = re.compile(r"METRIC|Skipping parse|Meltano SDK|^Beginning sync|No state was found")
TELLING = re.compile(r"Done\. PASS=|^\S* *(Failure|Runtime Error|Database Error)")
"""Of what dbt writes."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m|^\d\d:\d\d:\d\d +")
WIDEST = 140
HIDDEN = '{"drop": ["profile.push_token", "platform_info.push_token"]}'
"""The setting `privacy`; Meltano would take a key with a dot out of an object on its way."""
GRACE_SECONDS = 10


FOREIGN = ("TAP_CLEVERTAP_", "TARGET_DUCKDB_", "MELTANO_", "DBT_", "REPORTS_")


def environment(account: Account, folder: Path, first_day: str) -> dict[str, str]:
    """Return the variables of a run against the account; the caller's own settings stay out.

    Each is set, because a project's .env would fill in what is left open.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "MELTANO_STATE_BACKEND_URI": f"file://{folder}/state",
        "TAP_CLEVERTAP_ACCOUNT_ID": account.account_id,
        "TAP_CLEVERTAP_PASSCODE": account.passcode,
        "TAP_CLEVERTAP_API_URL": account.url,
        "TAP_CLEVERTAP_TIMEZONE": TIMEZONE,
        "TAP_CLEVERTAP_START_DATE": first_day,
        "TAP_CLEVERTAP_EVENTS": '["*"]',
        "TAP_CLEVERTAP_EVENTS_EXCLUDE": "[]",
        "TAP_CLEVERTAP_TYPED_EVENTS": '["Charged"]',
        "TAP_CLEVERTAP_PRIVACY": HIDDEN,
        "TARGET_DUCKDB_FILEPATH": str(folder / "warehouse.duckdb"),
        "TARGET_DUCKDB_ADD_METADATA_COLUMNS": "true",
        "DBT_LOG_PATH": f"{folder}/dbt",
        "DBT_TARGET_PATH": f"{folder}/dbt",
        "REPORTS_DASHBOARD_PATH": str(folder / "dashboard.html"),
    }


def run(variables: Mapping[str, str], log: Path, command: Sequence[str] = COMMAND) -> None:
    """Run the pipeline once, show what the tap says and keep everything in `log`.

    Raises:
        RuntimeError: It ended otherwise than well.
    """
    with (
        log.open("w") as kept,
        subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [MELTANO, *command],
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                kept.write(line)
                if told := worth_telling(line):
                    sys.stdout.write(f"  {told}\n")
                    sys.stdout.flush()
            code = process.wait()
        except BaseException:
            _stop(process)
            raise
    if code:
        tail = "".join(log.read_text().splitlines(keepends=True)[-25:])
        msg = f"meltano run ended with {code}; the end of {log}:\n{tail}"
        raise RuntimeError(msg)


def worth_telling(line: str) -> str | None:
    """Return what a person wants to see of a line of Meltano's log, if anything."""
    found = LINE.match(line)
    if found is None:
        return None
    level, who, what = found.group("level", "who", "what")
    what = COLOUR.sub("", COLOUR.sub("", what))
    if not _is_told(level, who, what) or DULL.search(what):
        return None
    return f"{who}: {what}"[:WIDEST]


def _is_told(level: str, who: str, what: str) -> bool:
    if who == "dbt-duckdb":
        return TELLING.search(what) is not None
    is_ours = who in {"tap-clevertap", "reports"}
    return is_ours or level in {"warning", "error"} or "install" in what.lower()


def _stop(process: subprocess.Popen[str]) -> None:
    """End Meltano; the tap and the target end when their pipes do."""
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
