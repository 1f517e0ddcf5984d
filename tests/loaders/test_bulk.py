"""A first load in bulk, the check of arrival, then the nightly run from the next day."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.loaders.pipeline import ROOT
from tests.loaders.test_warehouses import Warehouse, assert_exact, warehouse
from tests.support.needs import only_by

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loaders.accounts import HardAccount

pytestmark = only_by("loaders")
__all__ = ["warehouse"]


def test_history_in_bulk_and_nightly_runs_add_up(
    warehouse: Warehouse,
    account: HardAccount,
    tmp_path: Path,
) -> None:
    """What is loaded in bulk passes the check, and the nightly run goes on in the same tables.

    Both have one catalog, as docs/bulk-load.md says: another discovery may find other types.
    """
    pipeline = warehouse.pipeline
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(account.discover()))
    files = tmp_path / "files"
    files.mkdir()
    middle = account.first_day + timedelta(1)
    bulk = {
        "batch_config": {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": files.as_uri(), "prefix": ""},
        },
        "end_date": str(middle),
    }
    output = tmp_path / "run.jsonl"
    finished = account.records({**account.settings, **bulk})
    output.write_bytes(b"\n".join(finished.lines) + b"\n")
    assert "replication_key_value" not in str(finished.state["bookmarks"]["events"])
    name = pipeline.loader.removeprefix("target-")
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulk_load", name, str(output)],
        cwd=ROOT,
        env=pipeline.environment({}),
        check=True,
    )
    pipeline.check(f"arrival-{name}:check", expected=0)
    pipeline.run(start_date=str(middle + timedelta(1)), _catalog=str(catalog))
    assert_exact(warehouse, account, but={"top_properties"})  # totals begin at start_date


@pytest.mark.parametrize("arguments", [[], ["oracle", "x"]])
def test_a_wrong_call_is_explained(arguments: list[str]) -> None:
    """Without a warehouse that there is a loader for, the command says how it is called."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulk_load", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "usage: bulk_load" in done.stderr
