"""The table of types in docs/loaders.md, which is held against real tables."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "loaders.md"


def documented(loader: str) -> dict[str, str]:
    """Return the documented type of each column, by `table.column`."""
    lines = PAGE.read_text().partition("<!-- types: ")[2].partition("<!-- end")[0].splitlines()
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[1:]]
    heading, *body = [row for row in rows if len(row) > 1]
    place = heading.index(loader)
    return {row[0]: row[place] for row in body if not row[0].startswith("-")}
