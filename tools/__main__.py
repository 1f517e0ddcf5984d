"""Renew the parts of the files that are made from the code: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from reports.arrival import sql as arrival
from tools import described, render

ROOT = Path(__file__).parents[1]


def parts() -> dict[tuple[str, str], str]:
    """Return each made part by its file and name."""
    own, built_in = described.own_settings(), described.built_in_settings()
    return {
        ("README.md", "settings"): render.settings_table(own),
        ("README.md", "capabilities"): render.bullets(described.capabilities()),
        ("README.md", "streams"): render.streams_table(described.streams()),
        ("docs/streams.md", "columns"): render.columns_tables(described.streams()),
        ("meltano.yml", "capabilities"): render.meltano_list(described.capabilities()),
        ("meltano.yml", "settings"): render.meltano_settings([*own, *built_in]),
        (".secrets.example", "settings"): render.environment(own),
    }


def whole_files() -> dict[Path, str]:
    """Return the content of each file that is made as a whole."""
    checked = [one.name for one in described.streams() if one.name != "written_rows"]
    return arrival.files(checked)


def renewed(text: str, name: str, part: str) -> str:
    """Return the text with the part between its two marker lines replaced.

    Raises:
        ValueError: The text has no such markers.
    """
    begin, end = rf"[^\n]*\bbegin {name}\b[^\n]*\n", rf"[^\n]*\bend {name}\b[^\n]*"
    found = re.search(f"({begin})(.*?)({end})", text, re.DOTALL)
    if found is None:
        msg = f"no lines 'begin {name}' and 'end {name}'"
        raise ValueError(msg)
    blank = "\n" if part.startswith(("|", "#", "- ")) else ""  # Markdown needs a blank line
    return f"{text[: found.start(2)]}{blank}{part}\n{blank}{text[found.start(3) :]}"


def main() -> int:
    """Renew all parts in place and say which files have changed."""
    for (file, name), part in parts().items():
        path = ROOT / file
        before = path.read_text()
        after = renewed(before, name, part)
        if after != before:
            path.write_text(after)
            sys.stdout.write(f"docs: renewed the {name} in {file}\n")
    for path, text in whole_files().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"docs: renewed {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
