"""The table of findings: each row names a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ROWS = [
    line.strip().strip("|").split(" | ")
    for line in (TESTS / "findings.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| input")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_finding_has_a_test(row: list[str]) -> None:
    """A row has what came before, what comes now, and a test of that name."""
    assert len(row) == 4
    named = re.fullmatch(r"`([\w/]+\.py)::(test_\w+)`", row[3].strip())
    assert named, row[3]
    assert f"def {named[2]}(" in (TESTS / named[1]).read_text("utf-8")


def test_the_table_is_whole() -> None:
    """Rows that are not read would hold nothing."""
    assert len(ROWS) > 75
