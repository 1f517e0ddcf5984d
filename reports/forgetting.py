"""Forgetting a user: from every table of the warehouse that the tap and the models have made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.dbt import Dbt

MARK = "forgotten: "


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, or would be: the user's ids, and rows by table."""

    ids: list[str]
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """Rows in all tables."""
        return sum(self.rows.values())


def forget(dbt: Dbt, person: str, *, is_dry_run: bool) -> Forgotten:
    """Remove a user and their devices, known by identity, e-mail, phone or a device's id.

    Raises:
        LookupError: Nobody is known by that.
    """
    printed = dbt.operation("forget", {"person": person, "dry_run": is_dry_run})
    for line in printed.splitlines():
        if line.startswith(MARK):
            answer = json.loads(line.removeprefix(MARK))
            return Forgotten(
                answer["ids"], {name: int(rows) for name, rows in answer["rows"].items()}
            )
    msg = "no user has this identity, e-mail, phone or device id"
    raise LookupError(msg)
