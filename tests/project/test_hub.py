"""The definition for MeltanoHub keeps to the schemas that Meltano and its Hub check."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft7Validator

from tools import hub

HUB_ALONE = {"domain_url", "maintenance_status", "keywords"}
"""Keys that the Hub adds to what a project may say of a plugin."""
STATUSES = {"active", "beta", "development", "inactive", "unknown"}
CAPABILITIES = {"properties", "catalog", "discover", "state", "about", "stream-maps"}
CAPABILITIES |= {"schema-flattening", "activate-version", "batch", "test", "log-based"}
CAPABILITIES |= {"structured-logging"}
KINDS = {"oauth", "hidden", "password", "date_iso8601", "file", "email", "integer", "options"}
KINDS |= {"object", "array", "boolean", "string"}
DEFINITION = yaml.safe_load(hub.text())


def test_meltano_takes_the_definition() -> None:
    """A project with this plugin is valid by the schema that Meltano ships."""
    schema = json.loads(files("meltano.schemas").joinpath("meltano.schema.json").read_text())
    plugin = {name: value for name, value in DEFINITION.items() if name not in HUB_ALONE}
    project = {"plugins": {"extractors": [plugin]}}
    errors = [error.message for error in Draft7Validator(schema).iter_errors(project)]
    assert errors == []


def test_the_hub_takes_the_definition() -> None:
    """Capabilities, kinds and the status are those that the Hub's schema lists."""
    assert set(DEFINITION["capabilities"]) <= CAPABILITIES
    assert {one["kind"] for one in DEFINITION["settings"]} <= KINDS
    assert DEFINITION["maintenance_status"] in STATUSES
    assert {"name", "namespace", "variant", "label", "pip_url", "repo"} <= set(DEFINITION)


@pytest.mark.parametrize("setting", DEFINITION["settings"], ids=lambda one: one["name"])
def test_each_setting_is_explained(setting: dict[str, object]) -> None:
    """The Hub shows label and description; options are texts."""
    assert setting["label"]
    assert setting["description"]
    options = setting.get("options", [])
    assert isinstance(options, list)
    assert all(isinstance(one["value"], str) for one in options)
