"""Export events and profiles: `python -m csv_export [csv.toml]`.

Without the file the sandbox is exported, to see what comes.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from csv_export.export import export
from csv_export.settings import EXAMPLE, ExportError, read
from demo import account as accounts

OUTPUT = Path("output/csv")
SETTINGS = Path("csv.toml")


def main(arguments: list[str] | None = None) -> int:
    """Export; return 0 only if everything is there."""
    parser = argparse.ArgumentParser(prog="csv_export", description=__doc__)
    parser.add_argument("settings", nargs="?", type=Path, help="default: csv.toml, if it exists")
    given = parser.parse_args(arguments).settings
    folder = OUTPUT / datetime.now().astimezone().strftime("%Y-%m-%d %H.%M.%S")
    try:
        if given is None and not SETTINGS.exists():
            rows = _sandbox(folder)
        else:
            settings = read(given or SETTINGS)
            tell(f"reading {settings.get('events', 'all events')} of {settings['account_id']}")
            rows = export(settings, folder, tell)
    except ExportError as error:
        sys.stderr.write(f"csv: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\ncsv: interrupted; {folder} is not complete\n")
        return 130
    tell(f"{rows:,} rows in {folder}: a CSV file each, and all of them in all.xlsx")
    return 0


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"csv: {line}\n")
    sys.stdout.flush()


def _sandbox(folder: Path) -> int:
    tell(
        f"no {SETTINGS}: exporting the sandbox's small shop. For your own account write {SETTINGS}:"
    )
    for line in EXAMPLE.splitlines():
        tell(f"    {line}")
    with accounts.running() as account:
        settings = {
            "account_id": account.account_id,
            "passcode": account.passcode,
            "api_url": account.url,
            "timezone": accounts.TIMEZONE,
        }
        return export(settings, folder, tell)


if __name__ == "__main__":
    sys.exit(main())
