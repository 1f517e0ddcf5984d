"""The files of `make csv`: what a spreadsheet opens is what was sent, and no formula is run."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from csv_export.__main__ import main
from csv_export.cells import as_csv, cell
from csv_export.export import export
from csv_export.files import Folder
from csv_export.settings import ExportError, read
from tap_clevertap.sandbox import Event, Sandbox, World
from tap_clevertap.sandbox.account.models import epoch
from tests.loaders.accounts import HardAccount
from tests.support.worlds import KOLKATA, people

if TYPE_CHECKING:
    from pathlib import Path

BOM = b"\xef\xbb\xbf"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LONG_ID = 12345678901234567


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ("=1+1", None, "'=1+1"),
        ("+91 98765", None, "'+91 98765"),
        ("@SUM(A1)", None, "'@SUM(A1)"),
        ("-5", None, "'-5"),
        ("\tx", None, "'\tx"),
        (-5, None, "-5"),
        ("a=b", None, "a=b"),
        (LONG_ID, None, "12345678901234567"),
        (-LONG_ID, None, "'-12345678901234567"),
        (Decimal("899.25"), None, "899.25"),
        (True, None, "TRUE"),
        (None, None, ""),
        ("2026-07-01T18:30:00+00:00", "date-time", "2026-07-02 00:00:00"),
        ("2026-07-01", "date", "2026-07-01"),
    ],
)
def test_cells_are_safe_and_in_the_accounts_time(
    value: object, form: str | None, expected: str
) -> None:
    """Text that would be a formula gets an apostrophe; times are local."""
    assert as_csv(cell(value, form, ZoneInfo(KOLKATA))) == expected


def test_long_numbers_are_text() -> None:
    """A spreadsheet keeps fifteen digits of a number, so a longer one is text."""
    zone = ZoneInfo(KOLKATA)
    assert cell(LONG_ID, None, zone) == str(LONG_ID)
    assert cell(123456789012345, None, zone) == 123456789012345
    assert cell(Decimal("0.1234567890123456"), None, zone) == "0.1234567890123456"


def workbook(path: Path) -> dict[str, list[list[object]]]:
    """Return the sheets of a workbook: texts as texts, numbers as numbers, formulas not at all."""
    with zipfile.ZipFile(path) as book:
        names = [one.get("name") for one in _tree(book, "xl/workbook.xml").iter(f"{SHEET}sheet")]
        parts = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(names) + 1)]
        trees = [_tree(book, part) for part in parts]
    assert not [cell for tree in trees for cell in tree.iter(f"{SHEET}f")]
    return {
        str(name): [[*_row(row)] for row in tree.iter(f"{SHEET}row")]
        for name, tree in zip(names, trees, strict=True)
    }


def _tree(book: zipfile.ZipFile, part: str) -> ET.Element:
    return ET.fromstring(book.read(part))  # noqa: S314 - our own file


def _row(row: ET.Element) -> list[object]:
    found: dict[int, object] = {}
    for one in row:
        place = 0
        for letter in re.sub(r"\d", "", str(one.get("r"))):
            place = place * 26 + ord(letter) - ord("A") + 1
        text = "".join(part.text or "" for part in one.iter(f"{SHEET}t"))
        number = one.find(f"{SHEET}v")
        found[place] = text if number is None else float(str(number.text))
    return [found.get(place) for place in range(1, max(found, default=0) + 1)]


def sheet(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, which begins with the mark of UTF-8."""
    assert path.read_bytes().startswith(BOM)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def box() -> Sandbox:
    """Return an account with text that wants to be a formula, long ids and a strange name."""
    account = HardAccount(events_per_day=10)
    world = World(account.zone, people=people(4))
    at = epoch(f"{account.last_day}T09:30:00", account.zone)
    props = {"Note": '=HYPERLINK("http://x","y")', "Order": LONG_ID, "Amount": 10.5, "Gift": True}
    for n in range(3):
        world.add(Event("Bought / Paid?", at + n, n, props=props | {"n": n}))
        world.add(Event("App Launched", at + n, n, props={"नाम": "दीवाली 🪔"}))
    return Sandbox(world)


def settings(box: Sandbox) -> dict[str, object]:
    """Return what a csv.toml would have."""
    return {
        "account_id": box.account_id,
        "passcode": box.passcode,
        "api_url": box.url,
        "timezone": box.world.timezone,
    }


def test_each_event_is_a_file_and_a_sheet(box: Sandbox, tmp_path: Path) -> None:
    """Typed columns, names that a file may have, no formula, and the same in the workbook."""
    said: list[str] = []
    folder = tmp_path / "run"
    with box:
        rows = export(settings(box), folder, said.append)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "App Launched.csv",
        "Bought _ Paid_.csv",
        "Profiles.csv",
        "all.xlsx",
        "log.txt",
    ]
    bought = sorted(sheet(folder / "Bought _ Paid_.csv"), key=lambda row: row["n"])
    assert [row["n"] for row in bought] == ["0", "1", "2"]
    assert {row["note"] for row in bought} == {'\'=HYPERLINK("http://x","y")'}
    assert {row["order"] for row in bought} == {str(LONG_ID)}
    assert {row["gift"] for row in bought} == {"TRUE"}
    assert bought[0]["event_time"].endswith("09:30:00")
    assert sheet(folder / "App Launched.csv")[0]["event_props"] == '{"नाम":"दीवाली 🪔"}'
    assert rows == 6 + len(sheet(folder / "Profiles.csv"))
    assert "Bought _ Paid_.csv: 3 rows" in said
    book = workbook(folder / "all.xlsx")
    heading, *body = book["Bought _ Paid_"]
    rows_by_name = [dict(zip(map(str, heading), row, strict=False)) for row in body]
    [first] = [row for row in rows_by_name if row["n"] == 0]
    assert first["order"] == str(LONG_ID)
    assert first["note"] == '=HYPERLINK("http://x","y")'
    assert (first["amount"], first["gift"]) == (10.5, 1)
    assert len(body) == len(bought)


def test_names_that_are_alike_are_numbered(tmp_path: Path) -> None:
    """Two events whose names are one on a disk have a file each, and cells keep their kind."""
    with Folder(tmp_path / "run") as files:
        for name in ("A/B", "a:b", "x" * 200):
            files.table(name, ["when"]).write([datetime(2026, 7, 1, 9, 30)])  # noqa: DTZ001 - local
        files.table("days", ["day"]).write([date(2026, 7, 1)])
    names = sorted(path.stem for path in (tmp_path / "run").glob("*.csv"))
    assert names == ["A_B", "a_b 2", "days", "x" * 100]
    assert workbook(tmp_path / "run" / "all.xlsx")["days"][1] == [46204]


def test_a_failed_run_is_said_in_a_line(box: Sandbox, tmp_path: Path) -> None:
    """A wrong passcode ends the export with what the tap says."""
    with box, pytest.raises(ExportError, match="passcode"):
        export(settings(box) | {"passcode": "wrong"}, tmp_path / "run", print)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("account_id = ", "not valid TOML"),
        ('acount_id = "x"', "unknown setting 'acount_id'; expected account_id"),
        ('account_id = "x"\npasscode = "y"', "'timezone' is missing"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, problem: str) -> None:
    """One line names the file, what is wrong, and what is expected."""
    path = tmp_path / "csv.toml"
    path.write_text(text)
    with pytest.raises(ExportError, match=re.escape(problem)):
        read(path)


def test_the_command_reads_its_file(
    box: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """csv.toml of the current folder is taken; dates may be dates."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["nowhere.toml"]) == 1
    lines = [f'{name} = "{value}"' for name, value in settings(box).items()]
    day = HardAccount(events_per_day=1).last_day
    lines += ['events = ["Bought*"]', f"start_date = {day}", f"end_date = {day}"]
    (tmp_path / "csv.toml").write_text("\n".join(lines))
    with box:
        assert main([]) == 0
    [folder] = (tmp_path / "output" / "csv").iterdir()
    assert (folder / "Bought _ Paid_.csv").exists()
    assert not (folder / "App Launched.csv").exists()
    out, err = capsys.readouterr()
    assert "rows in output/csv/" in out
    assert "nowhere.toml: cannot be read" in err
