"""The troubleshooting page has a row for every warning and error that the tap can log."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.messages import ANY, ROOT, problems, problems_in

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
ROWS = [cell[1:-1] for cell in re.findall(r"^\| (`.+?`) \| ", PAGE, re.MULTILINE)]
GENERAL = 2
"""Words that a row has at least: one that fits everything would hold nothing."""


def fits(row: str, message: str) -> bool:
    """Tell whether a row of the page is about a message."""
    return re.fullmatch(".*".join(map(re.escape, row.split(ANY))), message, re.DOTALL) is not None


def lacking(messages: dict[str, str]) -> dict[str, str]:
    """Return the messages that no row is about."""
    return {text: file for text, file in messages.items() if not any(fits(r, text) for r in ROWS)}


def test_every_message_has_a_row() -> None:
    """Whoever adds a message adds its cause and what to do to docs/troubleshooting.md."""
    assert lacking(problems()) == {}


def test_a_message_without_a_row_is_found() -> None:
    """A warning that is new to the page fails the test above."""
    source = 'logger.warning("%s: the moon is in the way of %s", name, event)'
    (text,) = problems_in(ast.parse(source))
    assert text == "…: the moon is in the way of …"
    assert lacking({text: "new.py"}) == {text: "new.py"}


@pytest.mark.parametrize(
    "source",
    [
        'msg = f"events: {name} is lost"',
        'raise errors.SettingError(f"events: {name} is lost")',
        'logger.log(level, "events: %s is lost", name)',
        'logger.error("events: %s is lost", name)',
        'what = "events: %r is lost"',
    ],
)
def test_messages_are_collected_in_all_their_forms(source: str) -> None:
    """Logged, raised, or named before either."""
    assert list(problems_in(ast.parse(source))) == ["events: … is lost"]


def test_no_row_is_about_everything() -> None:
    """A row says at least something of its message."""
    vague = {row for row in ROWS if len(re.findall("[A-Za-z]{2,}", row)) < GENERAL}
    assert vague <= {"HTTP …", "HTTP …: …", "reconciliation: …", "… …: …; waiting … s"}


def test_every_row_is_about_something() -> None:
    """A message that is gone takes its row along, unless another form of it is left."""
    texts = problems()
    stale = [row for row in ROWS if not any(fits(row, text) for text in texts)]
    assert set(stale) <= COMPOSED


COMPOSED = {
    "region, api_url: … does not respond (…); check the host name and the network",
    "region, api_url: … does not respond like CleverTap (…); check the address",
    "timezone: … does not fit the account: …",
    "reconciliation: …",
    "… …: …; waiting … s",
    "….name: … is used twice; expected a name of its own for each query",
    "…: the query … was rejected (…)…",
}
"""Rows of messages that are put together from several strings."""
