"""What is told to whom, without a warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.alerts import Alerts, Memory, News, destination_name, tell

if TYPE_CHECKING:
    from pathlib import Path

FALL: Alerts = {"revenue_fall Revenue": "Revenue fell"}


def send(sent: list[str], *dead: str) -> object:
    """Return what sends: it keeps bodies, and fails for dead addresses."""

    def sending(address: str, title: str, body: str) -> bool:
        sent.append(f"{address} {title} {body}")
        return address not in dead

    return sending


def run(now: Alerts, path: Path, sent: list[str], *dead: str) -> list[bool]:
    """Tell two destinations, with the memory as it was left."""
    memory = Memory.read(path)
    return [ok for _, _, ok in tell(now, memory, ["a", "b"], send(sent, *dead))]  # type: ignore[arg-type] # of this shape


def test_an_alert_is_told_once_and_once_more_when_it_ends(tmp_path: Path) -> None:
    """To each destination."""
    path, sent = tmp_path / "deep" / "alerts.json", list[str]()
    assert run(FALL, path, sent) == [True, True]
    assert run(FALL | {}, path, sent) == [True, True]
    assert sent == [f"{one} CleverTap: 1 alert Revenue fell" for one in "ab"]
    sent.clear()
    run({}, path, sent)
    assert sent == [f"{one} CleverTap: 1 ended Ended: Revenue fell" for one in "ab"]
    sent.clear()
    run({}, path, sent)
    assert sent == []


def test_a_dead_destination_is_told_later_and_alone(tmp_path: Path) -> None:
    """Nothing is lost, nothing is told twice."""
    path, sent = tmp_path / "alerts.json", list[str]()
    assert run(FALL, path, sent, "a") == [False, True]
    sent.clear()
    assert run(FALL, path, sent) == [True, True]
    assert sent == ["a CleverTap: 1 alert Revenue fell"]


def test_an_alert_whose_number_moves_is_the_same_alert() -> None:
    """The rule and the subject make it, not the message."""
    assert not News.since(FALL, {"revenue_fall Revenue": "Revenue fell further"})
    several = News.since({}, {"a": "A", "b": "B"} | FALL)
    assert several.title() == "CleverTap: 3 alerts"
    assert News.since(FALL, {"a": "A"}).title() == "CleverTap: 1 alert, 1 ended"


def test_the_memory_holds_no_address(tmp_path: Path) -> None:
    """A webhook's address is a secret."""
    memory = Memory(tmp_path / "alerts.json")
    memory.remember(destination_name("slack://secret"), FALL)
    assert "secret" not in memory.path.read_text()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, text: str) -> None:
    """Rather than overwritten."""
    path = tmp_path / "alerts.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="not a file of sent alerts"):
        Memory.read(path)
