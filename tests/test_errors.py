"""The error tree: drawn as it is, and each leaf has somebody who raises it."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tap_clevertap
from tap_clevertap import errors

PACKAGE = Path(tap_clevertap.__file__).parent
BRANCHES = {
    errors.ClevertapError,
    errors.Refused,
    errors.NotAvailable,
    errors.PositionLost,
    errors.Transient,
}
TRANSIENT = errors.Transient.__subclasses__()


def drawn() -> dict[str, str]:
    """Return the parent of each class, as the drawing in the module's docstring has it."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in str(errors.__doc__).splitlines():
        if found := re.match(r"([│├└─ ]*)([A-Z]\w+)", line):
            depth = len(found[1]) // 4
            path = [*path[:depth], found[2]]
            if depth:
                parents[found[2]] = path[depth - 1]
    return parents


def names_used(source: str) -> set[str]:
    """Return every name and attribute that a module mentions."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def descendants(branch: type[BaseException]) -> set[type[BaseException]]:
    """Return the classes below one."""
    children = set(branch.__subclasses__())
    return children.union(*map(descendants, children)) if children else set()


def test_drawing_is_the_tree() -> None:
    """The drawing in the docstring has the classes that exist, each below its base."""
    ours = {
        kind
        for kind in descendants(errors.ClevertapError)
        if kind.__module__ == "tap_clevertap.errors"
    }
    assert drawn() == {kind.__name__: kind.__bases__[0].__name__ for kind in ours}


def test_every_leaf_is_raised_by_somebody() -> None:
    """No leaf is there for show: a module other than the tree's own names it."""
    files = [file for file in PACKAGE.rglob("*.py") if "sandbox" not in file.parts]
    sources = [file.read_text("utf-8") for file in files if file.name != "errors.py"]
    used = set().union(*map(names_used, sources))
    ends = {name for name in drawn() if name not in drawn().values()}
    assert ends - used == set()


def branches_raised(source: str) -> set[str]:
    """Return the branches of the tree that a module raises, whether as `errors.X` or as `X`."""
    raised = [node.exc for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise)]
    calls = [one.func if isinstance(one, ast.Call) else one for one in raised if one is not None]
    names = {ast.unparse(one).rpartition(".")[2] for one in calls}
    return names & {branch.__name__ for branch in BRANCHES}


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_only_classes_without_subclasses_are_raised(file: Path) -> None:
    """Code raises the most specific classes and catches their bases."""
    assert branches_raised(file.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    [
        'raise errors.Refused("no")',
        'raise Refused("no")',
        "raise Refused",
        'raise Refused("no") from None',
        'from tap_clevertap import errors as e\nraise e.Refused("no")',
    ],
)
def test_a_base_class_that_is_raised_is_found(source: str) -> None:
    """However it was imported."""
    assert branches_raised(source) == {"Refused"}


@given(st.sampled_from(TRANSIENT), st.integers(1, 10_000))
def test_waits_double_and_are_capped(leaf: type[errors.Transient], failures: int) -> None:
    """Each wait is twice the one before until the longest, which stays, however many follow."""
    error = leaf("again")
    wait, following = error.wait(failures), error.wait(failures + 1)
    assert error.wait(1) == min(leaf.first_wait, leaf.longest_wait)
    assert following == min(2 * wait, leaf.longest_wait)


@pytest.mark.parametrize("leaf", TRANSIENT)
def test_every_transient_leaf_ends(leaf: type[errors.Transient]) -> None:
    """Tries or a budget bound each kind of failure; a page in preparation has its own setting."""
    is_bounded = math.isfinite(leaf.tries) or math.isfinite(leaf.budget)
    assert is_bounded or leaf is errors.InProgress
    assert leaf.first_wait > 0
