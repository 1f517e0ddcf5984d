"""The way of a page: how many files its bytes enter between the client and the RECORD lines."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

import tap_clevertap
from tap_clevertap.extraction.timezone_check import LANE as SAMPLE_LANE
from tap_clevertap.records.fast_decoding import TypedPage
from tap_clevertap.sandbox import Device, Event, Person, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.running import run
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from types import FrameType

    from tests.conftest import Serve

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
PACKAGE = Path(tap_clevertap.__file__).parent
MAX_FILES = 10
MARK = "marked"
LOCAL_MINUTES = range(202607090000, 202607092400)
"""The day of the page, as the digits that its rows begin with."""
DEPTH = 8


def holds(value: object, depth: int = DEPTH) -> bool:
    """Tell whether a value is, or holds, something of the marked page."""
    match value:
        case bytes() | bytearray() | memoryview() | msgspec.Raw():
            return MARK.encode() in bytes(value)
        case str():
            return MARK in value
        case int():
            return value in LOCAL_MINUTES
        case dict():
            parts = [one for pair in value.items() for one in pair]
        case list() | tuple():
            parts = list(value)
        case msgspec.Struct():
            parts = [getattr(value, name) for name in value.__struct_fields__]
        case _:
            slots = getattr(type(value), "__slots__", ())
            parts = [getattr(value, name, None) for name in slots]
    return depth > 0 and any(holds(one, depth - 1) for one in parts)


class Trace:
    """Notes, over all threads, the files of the tap whose functions get or give of the page.

    It begins when the client hands out the page, and ends when its RECORD lines reach the writer.
    """

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.is_on = self.is_over = False

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        """Look at what a function is called with, and at what it returns or yields."""
        if threading.current_thread().name.startswith(SAMPLE_LANE):
            return  # the check of the time zone reads a page of its own, beside the first slices
        file = Path(frame.f_code.co_filename)
        if event not in {"call", "return"} or self.is_over or not file.is_relative_to(PACKAGE):
            return
        code, name = frame.f_code, file.relative_to(PACKAGE).as_posix()
        if event == "return" and code.co_name == "export" and isinstance(value, TypedPage):
            self.is_on = True
        elif self.is_on and name not in self.files:
            given = [frame.f_locals.get(one) for one in code.co_varnames[: code.co_argcount]]
            if holds(given if event == "call" else value):
                self.files[name] = None
        if self.is_on and event == "call" and code.co_name == "write_lines":
            self.is_over = b'"RECORD"' in frame.f_locals["lines"]


@pytest.fixture
def files(sandbox: Serve) -> list[str]:
    """Give the files that a page of two events enters on the quick path, with nothing cached."""
    world = World(KOLKATA, people=[Person([Device(f"__g-{MARK}", "Android")], "user-1")])
    for hour in (9, 12):
        at = epoch(f"2026-07-09T{hour:02}:00:00", KOLKATA)
        world.add(Event("Viewed", at, 0, props={"mark": MARK}))
    box, trace = sandbox(world), Trace()
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        finished = run(
            box, catalog=catalog_of("events"), start_date="2026-07-09", reconciliation="off"
        )
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert trace.is_over
    assert all(MARK in one["object_id"] for one in finished.records("events"))
    return list(trace.files)


def test_a_page_enters_few_files(files: list[str]) -> None:
    """From where the client hands it out to its RECORD lines, over all threads."""
    assert {"extraction/engine.py", "records/events.py", "output/writer.py"} <= set(files)
    assert len(files) <= MAX_FILES


def test_the_architecture_page_lists_them(files: list[str]) -> None:
    """Who follows a page by the documentation finds each file that it enters, and no other."""
    section = ARCHITECTURE.read_text(encoding="utf-8").partition("## The way of a page")[2]
    listed = re.findall(r"`tap_clevertap/([a-z_/]+\.py)`", section.partition("\n## ")[0])
    assert sorted(listed) == sorted(files)
