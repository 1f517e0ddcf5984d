"""Reads one event into CSV files with quickhouse; runs with the Python that has it installed."""

from __future__ import annotations

import sys
from importlib import import_module

COLUMNS = [
    ("ts", "TIMESTAMP"),
    ("object_id", "STRING", "profile.objectId"),
    ("identity", "STRING", "profile.identity"),
    ("all_identities", "JSON", "profile.all_identities"),
    ("email", "STRING", "profile.email"),
    ("phone", "STRING", "profile.phone"),
    ("name", "STRING", "profile.name"),
    ("platform", "STRING", "profile.platform"),
    ("app_version", "STRING", "profile.app_version"),
    ("os_version", "STRING", "profile.os_version"),
    ("make", "STRING", "profile.make"),
    ("model", "STRING", "profile.model"),
    ("push_token", "STRING", "profile.push_token"),
    ("df", "JSON", "profile.df"),
    ("event_props", "JSON"),
    ("session_props", "JSON"),
]


def main(arguments: list[str]) -> None:
    """Read `event` of `first` to `last` from `url` into `folder`; say how many rows."""
    url, account_id, passcode, event, first, last, folder = arguments
    library = import_module("quickhouse")  # installed where this runs, not where it is checked
    source = library.CleverTap(
        account_id, passcode, event, COLUMNS, from_date=first, to_date=last, base_url=url
    )
    result = library.sync(source, library.Csv(folder), dest_table="events", mode="full")
    sys.stderr.write(f"{result.rows_written} rows\n")


if __name__ == "__main__":
    main(sys.argv[1:])
