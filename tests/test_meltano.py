"""meltano.yml and .secrets.example say what the code says."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.tap import TapClevertap
from tools.__main__ import parts, renewed, whole_files

ROOT = Path(__file__).parents[1]
PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text())
EXTRACTOR = PROJECT["plugins"]["extractors"][0]
LISTED: dict[str, dict[str, Any]] = {one["name"]: one for one in EXTRACTOR["settings"]}
BUILT_IN = {"stream_maps", "stream_map_config", "flattening_enabled", "flattening_max_depth"}
KINDS = {
    "string": {"string", "options"},  # no date_iso8601: Meltano guesses at one that is wrong
    "integer": {"integer"},
    "number": {"decimal"},
    "boolean": {"boolean"},
    "array": {"array"},
    "object": {"object"},
}


def schema() -> dict[str, dict[str, Any]]:
    """Return the schema of every setting of the tap, the SDK's own among them."""
    whole = copy.deepcopy(SCHEMA)
    TapClevertap.append_builtin_config(whole)
    return dict(whole["properties"])


def own() -> list[str]:
    """Return the names of the tap's own settings."""
    empty: dict[str, Any] = {"properties": {}}
    TapClevertap.append_builtin_config(empty)
    return [name for name in SCHEMA["properties"] if name not in empty["properties"]]


def test_meltano_offers_exactly_the_settings_of_the_tap() -> None:
    """Every setting is there, in the schema's order, and no other."""
    assert [name for name in LISTED if name not in BUILT_IN] == own()
    assert set(LISTED) - set(own()) == BUILT_IN


@pytest.mark.parametrize("name", LISTED)
def test_a_setting_is_as_in_the_schema(name: str) -> None:
    """Kind, default, description, label, options and secrecy are those of the code."""
    told, described = LISTED[name], schema()[name]
    types = described["type"] if isinstance(described["type"], list) else [described["type"]]
    assert told["kind"] in KINDS[next(one for one in types if one != "null")]
    assert told.get("value") == described.get("default")
    assert told.get("description", "") == " ".join(described.get("description", "").split())
    assert told["label"] == described.get("title", told["label"])
    assert told.get("sensitive", False) is bool(described.get("secret"))
    allowed = [value for value in described.get("enum", []) if value is not None]
    assert [one["value"] for one in told.get("options", [])] == allowed


def test_required_settings_validate_together() -> None:
    """Meltano refuses to run without what the tap cannot do without."""
    assert [sorted(SCHEMA["required"])] == [
        sorted(group) for group in EXTRACTOR["settings_group_validation"]
    ]


def test_capabilities_are_those_of_the_tap() -> None:
    """Meltano may use what the tap can do, and nothing else."""
    assert EXTRACTOR["capabilities"] == [one.value for one in TapClevertap.capabilities]


def test_meltano_leaves_out_what_is_deselected_by_default() -> None:
    """Without a selection Meltano would take every stream, also those that are off by default."""
    streams = TapClevertap(validate_config=False).streams.values()
    off = [stream.name for stream in streams if not stream.selected_by_default]
    assert EXTRACTOR["select"] == ["*.*", *(f"!{name}.*" for name in off)]


def test_sandbox_environment_needs_nothing_of_the_user() -> None:
    """The default environment holds every required setting, for a machine's own sandbox."""
    sandbox = next(one for one in PROJECT["environments"] if one["name"] == "sandbox")
    config = sandbox["config"]["plugins"]["extractors"][0]["config"]
    assert PROJECT["default_environment"] == "sandbox"
    assert set(SCHEMA["required"]) <= set(config)
    assert config["api_url"] == "http://127.0.0.1:8321"


def test_real_environments_hold_no_account() -> None:
    """An account's data comes from the environment alone."""
    real = [one for one in PROJECT["environments"] if one["name"] != "sandbox"]
    assert [one["name"] for one in real] == ["dev", "prod"]
    assert not any("passcode" in str(one) for one in real)


def test_loaders_pin_their_release() -> None:
    """A loader that changes over night would change what arrives."""
    for loader in PROJECT["plugins"]["loaders"]:
        assert re.search(r"(==|~=)\d|@[0-9a-f]{40}$", loader["pip_url"]), loader["name"]


def test_utilities_pin_their_release() -> None:
    """Of dbt as well: from 1.12 on its installation downloads from elsewhere."""
    for utility in PROJECT["plugins"]["utilities"]:
        for package in utility["pip_url"].split():
            assert package.startswith("--") or re.search(r"(==|~=)\d", package), package


def steps() -> set[str]:
    """Return what a task may name after the extractor: loaders, and utilities with a command."""
    plugins = PROJECT["plugins"]
    named = {one["name"] for one in plugins["loaders"]}
    return named | {
        f"{one['name']}:{command}" for one in plugins["utilities"] for command in one["commands"]
    }


def test_schedules_run_jobs_that_exist() -> None:
    """Each reads the account into a loader, and what comes after it is a command that there is."""
    jobs = {one["name"]: one["tasks"] for one in PROJECT["jobs"]}
    assert len(PROJECT["schedules"]) == len(jobs) == 2
    for schedule in PROJECT["schedules"]:
        (task,) = jobs[schedule["job"]]
        extractor, loader, *analysis = task.split()
        assert extractor == EXTRACTOR["name"]
        assert {loader, *analysis} <= steps()


def test_secrets_example_names_every_setting_and_fills_in_none() -> None:
    """Each setting has its variable, commented out: an empty line would override the sandbox."""
    text = (ROOT / ".secrets.example").read_text()
    variables = re.findall(r"^(# )?TAP_CLEVERTAP_(\w+)=(.*)$", text, re.MULTILINE)
    assert [name.lower() for _, name, _ in variables] == own()
    for comment, name, value in variables:
        assert comment
        assert not (name.lower() in SCHEMA["required"] and value)


@pytest.mark.parametrize("file_and_name", parts(), ids=" ".join)
def test_made_parts_are_up_to_date(file_and_name: tuple[str, str]) -> None:
    """`make docs` would change nothing."""
    file, name = file_and_name
    text = (ROOT / file).read_text()
    assert renewed(text, name, parts()[file_and_name]) == text


@pytest.mark.parametrize("file", whole_files(), ids=lambda path: path.name)
def test_made_files_are_up_to_date(file: Path) -> None:
    """`make docs` would write nothing else."""
    assert file.read_text() == whole_files()[file]


def test_a_file_without_markers_is_refused() -> None:
    """A made part is never written to a place that does not wait for it."""
    with pytest.raises(ValueError, match="begin settings"):
        renewed("nothing", "settings", "part")
