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
BROAD = {"exports.wait_for: …"}


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
    assert vague <= {"HTTP …", "HTTP …: …", "reconciliation: …", "… …: …; waiting … s"} | BROAD
