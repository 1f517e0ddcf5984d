"""Privacy in a run: what is hidden is in no message and no file, on every way out."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import Event, World, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.output.test_batch_files import batches, files, lines
from tests.support.catalogs import assert_conforms
from tests.support.running import Run, captured, run, tap_on
from tests.support.worlds import KOLKATA, people

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve

JSON = dict[str, Any]
RULES = {
    "hash": ["identity", "profile_id", "phone", "event_id"],
    "mask": ["email"],
    "drop": [
        "all_identities",
        "name",
        "event_props.Payment mode",
        "platform_info.push_token",
        "profile.push_token",
    ],
    "salt": "pepper and salt",
}
SETTINGS: JSON = {
    "start_date": "2026-07-01",
    "typed_events": ["Charged"],
    "privacy": RULES,
}
WAYS: JSON = {
    "lines": {},
    "maps": {"stream_maps": {name: {"more": "'x'"} for name in ("events", "event_charged")}},
    "flat": {"flattening_enabled": True, "flattening_max_depth": 1},
}


def account() -> World:
    """Return a small shop."""
    return shop(3, KOLKATA, date(2026, 7, 9), days=5, people=30, events_per_day=200)


def secrets(world: World) -> set[bytes]:
    """Return what must not come out: who people are, how they are reached and how they paid."""
    found = {"Credit Card", "UPI"}
    for person in world.people:
        known = (person.identity, person.name, person.email, person.phone)
        found |= {str(one) for one in known if one}
        found |= {str(device.push_token) for device in person.devices if device.push_token}
    return {one.encode() for one in found}


def everything(box: Any) -> JSON:  # noqa: ANN401 - a sandbox
    """Return a catalog that selects the streams of people."""
    catalog = tap_on(box, **SETTINGS).catalog_dict
    for stream in catalog["streams"]:
        names = ("events", "event_charged", "profiles", "reconciliation")
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in names
    return catalog


@pytest.mark.parametrize("way", WAYS)
def test_nothing_hidden_is_in_any_message(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """No name, number, address or token of anybody is in the output or the log."""
    caplog.set_level("DEBUG")
    box = sandbox(account())
    finished = run(box, catalog=everything(box), **SETTINGS, **WAYS[way])
    output = b"\n".join(finished.lines)
    assert len(finished.records("profiles")) > 10
    assert len(finished.records("event_charged")) > 10
    for secret in secrets(box.world):
        assert secret not in output
        assert secret.decode() not in caplog.text


def test_records_keep_to_their_schemas(sandbox: Serve) -> None:
    """Columns that are left have the types that they had, and keys are still keys."""
    box = sandbox(account())
    finished = run(box, catalog=everything(box), **SETTINGS)
    for name in ("events", "event_charged", "profiles"):
        assert_conforms(finished, name)
        [schema] = (
            one["schema"]["properties"]
            for one in finished.messages
            if one["type"] == "SCHEMA" and one["stream"] == name
        )
        assert {"name", "all_identities"}.isdisjoint(schema)


def test_hashed_people_still_join(sandbox: Serve) -> None:
    """An identity is the same text in events and profiles; each event has its own id."""
    box = sandbox(account())
    finished = run(box, catalog=everything(box), **SETTINGS)
    known = {one["identity"] for one in finished.records("profiles") if one["identity"]}
    seen = {one["identity"] for one in finished.records() if one["identity"]}
    assert len(seen) > 10
    assert seen <= known
    assert known <= {one["profile_id"] for one in finished.records("profiles")}
    assert len(finished.ids()) == len(finished.records())
    typed = {one["event_id"] for one in finished.records("event_charged")}
    assert typed < finished.ids()


def test_a_typed_column_of_another_streams_name_is_its_own(sandbox: Serve) -> None:
    """A rule for a column of profiles is none for a property that is called alike."""
    world = World(KOLKATA, people=people(2))
    at = epoch("2026-07-08T10:00:00", KOLKATA)
    world.add(Event("Paid", at, 0, props={"Profile Data": "x", "Events": 5}))
    rules = {"drop": ["profile_data", "profile.profileData", "events", "profile.events"]}
    settings: JSON = {"start_date": "2026-07-01", "typed_events": ["Paid"], "privacy": rules}
    finished = run(sandbox(world), state=None, catalog=None, **settings)
    [row] = finished.records("event_paid")
    assert (row["profile_data"], row["events"]) == ("x", 5)
    assert_conforms(finished, "event_paid")


def test_typed_columns_show_what_their_property_shows(sandbox: Serve) -> None:
    """A property that is dropped has no column; one that is hashed has a column of hashes."""
    box = sandbox(account())
    rules = {"drop": ["event_props.Payment mode"], "hash": ["event_props.Amount", "event_id"]}
    settings = SETTINGS | {"privacy": rules | {"salt": "pepper and salt"}}
    finished = run(box, state=None, catalog=None, **settings)
    rows = finished.records("event_charged")
    assert rows
    assert not any("payment_mode" in one for one in rows)
    assert all(one["amount"] == one["event_props"]["Amount"] for one in rows)
    assert all(len(one["amount"]) == 32 for one in rows)
    assert_conforms(finished, "event_charged")


def test_nothing_hidden_is_in_any_file(sandbox: Serve, tmp_path: Path) -> None:
    """BATCH files hold what messages would: the SDK's own path would write it all."""
    box = sandbox(account())
    catalog = everything(box)
    batched = run(box, catalog=catalog, **SETTINGS, batch_config=batches(tmp_path))
    plain = run(box, catalog=catalog, **SETTINGS)
    for name in ("events", "event_charged", "profiles"):
        written = [record for path in files(batched, name) for record in lines(path)]
        assert ordered(written) == ordered(plain.records(name))
        text = json.dumps(written, ensure_ascii=False).encode()
        assert not [secret for secret in secrets(box.world) if secret in text]


def ordered(records: list[JSON]) -> list[str]:
    """Return records as texts, in order."""
    return sorted(json.dumps(one, sort_keys=True) for one in records)


def test_a_dry_run_hides_too(sandbox: Serve) -> None:
    """`--test` writes a record as a run would."""
    box = sandbox(account())
    tap = tap_on(box, **SETTINGS)
    streams = [tap.streams[name] for name in ("event_charged", "events", "profiles")]
    finished: Run = captured(lambda: tap.run_sync_dry_run(1, streams))
    assert len(finished.records("profiles")) == 1
    assert not [one for one in secrets(box.world) if one in b"\n".join(finished.lines)]


@pytest.mark.parametrize(
    ("column", "rule", "said"),
    [
        ("emial", "drop", "privacy: 'emial' is not a column of events or profiles"),
        (
            "payment_mode",
            "drop",
            "privacy: 'payment_mode' is not a column of events or profiles",
        ),
        ("event_id", "drop", "privacy: 'event_id' is a key"),
        ("ts", "hash", "privacy.hash: 'ts' is not a string column; expected drop"),
    ],
)
def test_a_rule_that_would_hide_nothing_ends_the_run(
    sandbox: Serve, column: str, rule: str, said: str
) -> None:
    """Nothing is written before a slip in a rule is told."""
    settings = {"privacy": {rule: [column], "salt": "pepper and salt"}}
    with pytest.raises(SettingError) as wrong:
        tap_on(sandbox(account()), state=None, catalog=None, **settings)
    assert str(wrong.value).startswith(said)
