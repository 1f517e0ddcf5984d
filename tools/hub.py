"""The definition for MeltanoHub, made from what meltano.yml says of the tap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / "hub" / "tap-clevertap.yml"
HEAD = """\
# For MeltanoHub: _data/meltano/extractors/tap-clevertap/<variant>.yml. Made by `make docs`.
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


def files(meltano: str) -> dict[Path, str]:
    """Return the file of the definition and its text, made from the text of meltano.yml."""
    content = definition(yaml.safe_load(meltano))
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return {FILE: HEAD + text}
