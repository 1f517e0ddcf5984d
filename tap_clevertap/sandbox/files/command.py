"""Write export files: `python -m tap_clevertap.sandbox export FOLDER`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.files.exporter import FORMATS, Exporter, ExportOptions

if TYPE_CHECKING:
    import argparse
    from datetime import date

    from tap_clevertap.sandbox.account.models import World


def add_options(args: argparse.ArgumentParser) -> None:
    """Add what an export may be told to a parser."""
    args.add_argument("folder", type=Path, help="gets a sub-folder for each format")
    args.add_argument(
        "--format", action="append", choices=FORMATS, help="repeatable; default all of them"
    )
    args.add_argument("--object-ids", action="store_true", help="fill profile.objectId")
    args.add_argument("--as-string", action="store_true", help="every value of JSON as a text")
    args.add_argument("--rows-per-file", type=int, default=100_000)


def export(args: argparse.Namespace, world: World, last_day: date) -> int:
    """Write the files and say where; return the exit status."""
    first = last_day - timedelta(days=args.days - 1)
    for kind in args.format or FORMATS:
        options = ExportOptions(
            format=kind,
            rows_per_file=max(1, args.rows_per_file),
            has_object_ids=args.object_ids,
            is_all_strings=args.as_string,
        )
        try:
            written = Exporter(world, args.folder / kind, options).export(first, last_day)
        except OSError as error:
            sys.stderr.write(f"sandbox: cannot write to {args.folder}: {error.strerror}\n")
            return 1
        except ImportError:
            sys.stderr.write("sandbox: Parquet needs pyarrow; install tap-clevertap[parquet]\n")
            return 1
        sys.stdout.write(f"sandbox wrote {len(written)} files to {args.folder / kind}\n")
    return 0
