"""The stream `webhooks`: what the receiver stored, each file once, each body once."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import fsspec
import pytest

from tap_clevertap.errors import FilesFailed, SettingError
from tap_clevertap.extraction.files.recent_ids import RecentIds
from tap_clevertap.records.webhooks import stored_line
from tap_clevertap.tap import TapClevertap
from tests.records.test_webhooks import ALERT, BROADCAST, TEST_BODY
from tests.support.catalogs import assert_conforms, catalog_of
from tests.support.receiver import receiving
from tests.support.running import Run, captured
from tests.webhooks.test_storing import send_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = dict[str, Any]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ACCOUNT = {"account_id": "TEST-ABC", "passcode": "s3cr3t", "timezone": "Asia/Kolkata"}
WEBHOOKS = catalog_of("webhooks")


def read(url: str | Path, state: JSON | None = None, **settings: object) -> Run:
    """Sync the stream from a folder; nothing is asked of CleverTap."""
    config = {**ACCOUNT, "webhooks": {"url": str(url)}, **settings}
    catalog = json.loads(json.dumps(WEBHOOKS))
    tap = TapClevertap(config=config, state=state, catalog=catalog, parse_env_config=False)
    return captured(tap.sync_all)


def records(finished: Run) -> list[JSON]:
    """Return what a run that went well has written."""
    if finished.error:
        raise finished.error
    return finished.records("webhooks")


def write(folder: Path, name: str, *bodies: object, at: datetime = NOON) -> None:
    """Write a file as the receiver does."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in bodies]
    (folder / f"{name}.jsonl").write_bytes(b"".join(stored_line(at, None, one) for one in texts))


def test_what_is_sent_is_in_the_stream_once(tmp_path: Path) -> None:
    """Through a real receiver: two hundred senders with repeats, and every documented body."""
    answered: list[str] = []
    documented = [json.dumps(body) for body in (BROADCAST, TEST_BODY, ALERT)]
    with receiving(tmp_path, "--rotate-mb=1") as receiver:
        statuses = asyncio.run(send_at_once(receiver.port, 200, 3, answered))
        statuses += receiver.send(*documented, *documented)
    assert set(statuses) == {200}
    finished = read(tmp_path)
    assert_conforms(finished, "webhooks")
    found = records(finished)
    sent = {(one["targetId"], one["n"]) for one in map(json.loads, answered)}
    numbered = [one for one in found if "n" in one["body"]]
    assert sorted((int(one["target_id"]), one["body"]["n"]) for one in numbered) == sorted(sent)
    assert len(found) == len(sent) + 1 + 5 + 1
    assert [one["is_test"] for one in found].count(True) == 5
    assert [one["kind"] for one in found].count("export_alert") == 1
    assert records(read(tmp_path, finished.state)) == []


def test_each_file_is_read_once(tmp_path: Path) -> None:
    """A later run has what was published since."""
    write(tmp_path, "webhooks-1", "a", "b")
    first = read(tmp_path)
    assert [one["body"]["value"] for one in records(first)] == ["a", "b"]
    write(tmp_path, "webhooks-0", "c")
    second = read(tmp_path, first.state)
    assert [one["body"]["value"] for one in records(second)] == ["c"]
    assert records(read(tmp_path, second.state)) == []


def test_a_file_that_is_written_to_is_not_read(tmp_path: Path) -> None:
    """Nor are the receiver's other files."""
    with receiving(tmp_path) as receiver:
        receiver.send("1")
        unread = read(tmp_path)
        assert records(unread) == []
        receiver.send("2")
    assert [one["body"]["value"] for one in records(read(tmp_path, unread.state))] == [1, 2]


def test_a_repeat_in_another_file_is_the_same_row(tmp_path: Path) -> None:
    """In one run once; in the next under the same key, which the target merges."""
    write(tmp_path, "1", BROADCAST, "other")
    write(tmp_path, "2", BROADCAST, BROADCAST)
    first = read(tmp_path)
    assert len(records(first)) == 2
    write(tmp_path, "3", BROADCAST)
    [again] = records(read(tmp_path, first.state))
    assert again["webhook_id"] in {one["webhook_id"] for one in records(first)}


def test_days_that_are_not_wanted_are_left_out(tmp_path: Path) -> None:
    """By the account's days: noon in UTC of the first is that day's in Kolkata, 19:00 the next."""
    write(tmp_path, "1", "noon", at=NOON)
    write(tmp_path, "2", "evening", at=NOON.replace(hour=19))
    days: list[tuple[JSON, list[str]]] = [
        ({"start_date": "2026-07-02"}, ["evening"]),
        ({"start_date": "2026-07-01", "end_date": "2026-07-01"}, ["noon"]),
        ({"start_date": "2026-07-03"}, []),
        ({}, ["noon", "evening"]),
    ]
    for settings, wanted in days:
        found = [one["body"]["value"] for one in records(read(tmp_path, **settings))]
        assert found == wanted


def test_a_line_of_nobodys_costs_itself_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are read, and it is counted; nothing of it is logged."""
    write(tmp_path, "1", "a", "b")
    path = tmp_path / "1.jsonl"
    path.write_bytes(b'{"secret": \n' + path.read_bytes() + b"\0\0secret\n")
    assert len(records(read(tmp_path))) == 2
    assert "1.jsonl: 2 lines are not of a receiver of webhooks" in caplog.text
    assert "secret" not in caplog.text


def test_a_copy_that_is_cut_off_is_tried_again(tmp_path: Path) -> None:
    """What is whole in it goes out, the run fails, and a later one reads all of it."""
    write(tmp_path, "1", "a", "b")
    path = tmp_path / "1.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    finished = read(tmp_path)
    assert isinstance(finished.error, FilesFailed)
    assert "1.jsonl: is cut off in its last line" in str(finished.error)
    path.write_bytes(whole)
    assert len(records(read(tmp_path, finished.state))) == 2


def test_a_compressed_copy_is_read(tmp_path: Path) -> None:
    """A bucket costs less with it; one that is cut off is tried again like any other."""
    write(tmp_path, "1", *range(1000))
    plain = tmp_path / "1.jsonl"
    whole = gzip.compress(plain.read_bytes())
    plain.unlink()
    packed = tmp_path / "1.jsonl.gz"
    packed.write_bytes(whole[:-20])
    finished = read(tmp_path)
    assert isinstance(finished.error, FilesFailed)
    assert "1.jsonl.gz: cannot be read to its end (EOFError)" in str(finished.error)
    packed.write_bytes(whole)
    assert len(records(read(tmp_path, finished.state))) == 1000


def test_many_profiles_are_written_a_few_at_a_time(tmp_path: Path) -> None:
    """A body of a megabyte that each row repeats is not held in memory as often."""
    body = {"key_values": {"k": "x" * 200_000}, "profiles": [{"identity": n} for n in range(50)]}
    write(tmp_path, "1", body)
    assert [one["identity"] for one in records(read(tmp_path))] == [str(n) for n in range(50)]


@pytest.fixture
def bucket() -> Iterator[str]:
    """Give a bucket that is emptied at the end."""
    yield "memory://webhooks-bucket/folder"
    fsspec.filesystem("memory").rm("/webhooks-bucket", recursive=True)


def test_a_copy_in_a_bucket_is_read(tmp_path: Path, bucket: str) -> None:
    """Once it is a minute old: what comes within the second of the last could sort before it."""
    storage = fsspec.filesystem("memory")
    write(tmp_path, "1", BROADCAST)
    storage.pipe(f"{bucket}/deep/1.jsonl", (tmp_path / "1.jsonl").read_bytes())
    young = read(bucket)
    assert records(young) == []
    stored = storage.store["/webhooks-bucket/folder/deep/1.jsonl"]
    stored.modified = stored.created = NOON
    assert len(records(read(bucket, young.state))) == 1


def test_privacy_holds_in_every_column(tmp_path: Path) -> None:
    """Columns, what is inside the profile, and the id, which is made of all of it."""
    body = json.loads(json.dumps(BROADCAST).replace('"profileData"', '"ProfileData"'))
    write(tmp_path, "1", body)
    privacy = {
        "hash": ["identity", "profile_id", "webhook_id"],
        "mask": ["email"],
        "drop": ["all_identities", "phone", "profile.profileData", "profile_data"],
        "salt": "a-secret-salt",
    }
    [found] = records(read(tmp_path, privacy=privacy))
    assert "profileData" not in found["profile"]
    assert found.keys().isdisjoint({"all_identities", "phone"})
    assert found["email"] == "*@*.**m"
    assert not {"x@y.com", "+917872483227", "gold"} & set(json.dumps(found).split('"'))
    assert found["webhook_id"] != records(read(tmp_path))[0]["webhook_id"]


def test_an_id_that_gives_a_value_away_is_refused(tmp_path: Path) -> None:
    """Who knows the rest of a body could try addresses until the hash is right."""
    error = read(tmp_path, privacy={"drop": ["email", "all_identities"]}).error
    assert isinstance(error, SettingError)
    expected = (
        "webhook_id still reveals all_identities, email of webhooks; expected it in privacy.hash"
    )
    assert expected in str(error)


def test_a_wrong_folder_is_one_line(tmp_path: Path) -> None:
    """And so is anything else in its place."""
    for webhooks, said in (
        ({"url": str(tmp_path / "none")}, "is not an existing folder; expected s3://"),
        ({"url": ""}, "webhooks.url: '' is not valid; expected s3://"),
        ({"folder": "x"}, "webhooks: 'folder' is not a valid key; expected url, storage_options"),
    ):
        with pytest.raises(SettingError, match="webhooks") as caught:
            records(read("", webhooks=webhooks))
        assert said in str(caught.value)


def test_the_stream_is_there_where_a_folder_is_set(tmp_path: Path) -> None:
    """And then selected, so that nobody need select it; without, nobody need leave it out."""
    for webhooks, names in (({}, []), ({"url": str(tmp_path)}, ["webhooks"])):
        tap = TapClevertap(config={**ACCOUNT, "webhooks": webhooks}, parse_env_config=False)
        selected = [name for name, stream in tap.streams.items() if stream.selected]
        assert [name for name in selected if name == "webhooks"] == names


def test_recent_ids_are_bounded() -> None:
    """The last ones are known, those of long ago may come again."""
    recent = RecentIds(10)
    ids = [f"{n:032x}"[::-1] for n in range(100)]
    assert all(recent.is_new(one) for one in ids)
    assert not any(recent.is_new(one) for one in ids[-10:])
    assert recent.is_new(ids[0])
