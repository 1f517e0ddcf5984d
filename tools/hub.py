"""Print the definition for MeltanoHub, made of what meltano.yml says of the tap: `make hub`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
HEAD = """\
# For MeltanoHub: _data/meltano/extractors/tap-clevertap/<variant>.yml. Made by `make hub`.
# `variant` and `repo` are those of the account that publishes it.
"""
SHARED = ("name", "namespace", "label", "description", "executable", "capabilities")


def definition(project: dict[str, Any]) -> dict[str, Any]:
    """Return the Hub's definition of the extractor that a project has first."""
    extractor = project["plugins"]["extractors"][0]
    return {
        **{name: extractor[name] for name in SHARED},
        "variant": "tap-clevertap",
        "pip_url": "tap-clevertap",
        "repo": "https://github.com/tap-clevertap/tap-clevertap",
        "domain_url": "https://clevertap.com",
        "maintenance_status": "active",
        "keywords": ["api", "meltano_sdk"],
        "settings_group_validation": extractor["settings_group_validation"],
        "settings": extractor["settings"],
        "select": extractor["select"],
    }


def text() -> str:
    """Return the definition as the Hub's repository keeps it."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    return HEAD + yaml.safe_dump(
        definition(project), allow_unicode=True, sort_keys=False, width=100
    )


if __name__ == "__main__":
    sys.stdout.write(text())
