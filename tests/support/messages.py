"""The texts that users read, collected from the syntax trees of the package."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tap_clevertap"
ELSEWHERE = {"sandbox", "webhooks"}
"""Programs of their own, whose messages the tap never logs."""
ANY = "…"
PLACEHOLDER = re.compile(r"%[-+.,\d]*[srdf]")
LOGGED = {"warning": 0, "error": 0, "log": 1}
"""Methods of a logger that are of a problem, and which argument is the message."""
NAMES = {"msg", "what", "line"}


def text_of(node: ast.expr | None) -> str | None:
    """Return a string of the source with `…` for whatever is filled in; None for what is none."""
    match node:
        case ast.Constant(value=str(text)):
            return PLACEHOLDER.sub(ANY, text)
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) or ANY for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (text_of(left) or ANY) + (text_of(right) or ANY)
    return None


def is_prose(text: str) -> bool:
    """Tell whether a string is a message by itself, not a name or a hint after another."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= 2 and not text.startswith(";")


def problems_in(tree: ast.AST, *, is_config: bool = False) -> Iterator[str]:
    """Yield the messages of warnings and errors in a module.

    They are what a logger gets, what is raised, what is named `msg`, `what` or `line`, and in the
    checks of the settings what is yielded or returned.
    """
    for node in ast.walk(tree):
        found: ast.expr | None = None
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args) if attr in LOGGED:
                if ast.unparse(owner).endswith("logger") and len(args) > LOGGED[attr]:
                    found = args[LOGGED[attr]]
            case ast.Raise(exc=ast.Call(args=[first, *_])):
                found = first
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in NAMES:
                found = value if name == "msg" or ": " in (text_of(value) or "") else None
            case ast.Yield(value=value) | ast.Return(value=value) if is_config:
                found = value if ": " in (text_of(value) or "") else None
        text = text_of(found)
        if text is not None and is_prose(text):
            yield text


def modules() -> list[Path]:
    """Return the modules of the tap."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [file for file in files if not ELSEWHERE & set(file.relative_to(PACKAGE).parts)]


def problems() -> dict[str, str]:
    """Return the file of each message of a warning or an error."""
    found: dict[str, str] = {}
    for file in modules():
        name = file.relative_to(PACKAGE).as_posix()
        tree = ast.parse(file.read_text())
        for text in problems_in(tree, is_config="config" in file.parts):
            found.setdefault(text, name)
    return found
