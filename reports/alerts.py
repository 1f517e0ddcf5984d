"""Alerts: what the alert tests found, told once to each destination, and once more when it ends."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.dbt import Dbt

Alerts = dict[str, str]
"""Messages by the rule and subject they are about."""
Told = dict[str, Alerts]
"""What each destination has been told and not yet told the end of."""

TAG = "tag:alert"
BROKEN = frozenset({"error", "skipped", "runtime error"})
NAME_LENGTH = 12


def current(dbt: Dbt) -> Alerts:
    """Run the alert tests and return what is wrong now; a test that cannot run is wrong too."""
    results = dbt.test(TAG)
    broken = {
        f"check {one.name}": f"The check {one.name} could not run"
        for one in results
        if one.status in BROKEN
    }
    stored = {one.name: one.relation for one in results if one.failures and one.relation}
    if not stored:
        return broken
    rows = [row for table in dbt.relations(stored).values() for row in table]
    return broken | {f"{row['rule']} {row['subject']}": str(row["message"]) for row in rows}


@dataclass(frozen=True, slots=True)
class News:
    """What a destination has not been told yet."""

    begun: Alerts
    ended: Alerts

    @classmethod
    def since(cls, told: Mapping[str, str], now: Mapping[str, str]) -> News:
        """Compare what was told with what holds now."""
        begun = {key: text for key, text in now.items() if key not in told}
        return cls(begun, {key: text for key, text in told.items() if key not in now})

    def __bool__(self) -> bool:
        """Tell whether there is anything to send."""
        return bool(self.begun or self.ended)

    def title(self) -> str:
        """Return a heading."""
        parts = [(len(self.begun), "alert"), (len(self.ended), "ended")]
        return "CleverTap: " + ", ".join(_counted(number, what) for number, what in parts if number)

    def body(self) -> str:
        """Return a line for each alert."""
        ended = [f"Ended: {text}" for text in self.ended.values()]
        return "\n".join([*self.begun.values(), *ended])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}s" if what == "alert" and number > 1 else f"{number} {what}"


@dataclass
class Memory:
    """A file that says what each destination has been told; it holds no address."""

    path: Path
    told: Told = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Memory:
        """Return what was told before; nothing where there is no file yet.

        Raises:
            ValueError: The file is not one of these.
        """
        if not path.exists():
            return cls(path)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            told = None
        if not isinstance(told, dict) or not all(isinstance(one, dict) for one in told.values()):
            msg = f"{path} is not a file of sent alerts; expected the JSON that this command writes"
            raise ValueError(msg)
        return cls(path, told)

    def remember(self, destination: str, alerts: Alerts) -> None:
        """Write down what a destination knows; the file is replaced whole."""
        self.told[destination] = alerts
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps(self.told, indent=2, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.path)


def destination_name(address: str) -> str:
    """Return a name for an address that does not give it away."""
    return hashlib.sha256(address.encode()).hexdigest()[:NAME_LENGTH]


def tell(
    now: Alerts,
    memory: Memory,
    addresses: Sequence[str],
    send: Callable[[str, str, str], bool],
) -> Iterator[tuple[int, News, bool]]:
    """Tell each destination its news, and yield its number, the news and whether they arrived.

    What does not arrive is not remembered, so that the next run tells it again.
    """
    for number, address in enumerate(addresses, 1):
        name = destination_name(address)
        news = News.since(memory.told.get(name, {}), now)
        arrived = not news or send(address, news.title(), news.body())
        if arrived:
            memory.remember(name, now)
        yield number, news, arrived
