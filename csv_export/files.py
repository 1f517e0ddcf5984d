"""A folder of CSV files, and one workbook with the same sheets."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

import xlsxwriter

from csv_export.cells import MAX_TEXT, as_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from csv_export.cells import Cell

WORKBOOK = "all.xlsx"
UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\[\]]')
MAX_NAME = 100
MAX_SHEET_NAME = 31
MAX_ROWS = 1_048_576
"""Rows of a sheet, the heading among them."""
MIN_WIDTH, MAX_WIDTH = 10, 40


class Folder:
    """The files of one run, written as the rows come."""

    def __init__(self, path: Path) -> None:
        """Make the folder; it must not be there."""
        path.mkdir(parents=True)
        self.path = path
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(path / WORKBOOK, options)
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._bold = self._book.add_format({"bold": True})
        self._names: set[str] = set()
        self._tables: list[Table] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Finish all files."""
        for table in self._tables:
            table.close()
        self._book.close()

    def table(self, name: str, columns: Sequence[str]) -> Table:
        """Begin a CSV file and a sheet under a name, or one much like it."""
        plain = UNSAFE.sub("_", name).strip(" .'")[:MAX_NAME] or "event"
        unique = _unique(plain, MAX_NAME, self._names)
        sheet = self._book.add_worksheet(_unique(plain, MAX_SHEET_NAME, self._sheet_names))
        sheet.freeze_panes(1, 0)
        table = Table(self.path / f"{unique}.csv", sheet, self._formats, columns)
        self._tables.append(table)
        return table

    @property
    def _formats(self) -> dict[type, object]:
        return {datetime: self._time, date: self._day, str: self._bold}

    @property
    def _sheet_names(self) -> set[str]:
        return {sheet.get_name().casefold() for sheet in self._book.worksheets()}


class Table:
    """One CSV file and the sheet beside it."""

    def __init__(
        self,
        path: Path,
        sheet: xlsxwriter.worksheet.Worksheet,
        formats: dict[type, object],
        columns: Sequence[str],
    ) -> None:
        """Write the heading; the mark at the file's start tells spreadsheets that it is UTF-8."""
        self.path = path
        self.rows = 0
        self._file = path.open("x", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._sheet = sheet
        self._formats = formats
        self._csv.writerow(columns)
        for place, column in enumerate(columns):
            width = min(max(MIN_WIDTH, len(column) + 2), MAX_WIDTH)
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, column, formats[str])

    def write(self, cells: Sequence[Cell]) -> None:
        """Write a row; a sheet takes no more than a million."""
        self._csv.writerow(map(as_csv, cells))
        self.rows += 1
        if self.rows < MAX_ROWS:
            for place, value in enumerate(cells):
                self._write_cell(place, value)

    def close(self) -> None:
        """Finish the CSV file."""
        self._file.close()

    @property
    def is_cut(self) -> bool:
        """Whether the sheet has fewer rows than the CSV file."""
        return self.rows >= MAX_ROWS

    def _write_cell(self, place: int, value: Cell) -> None:
        sheet, row = self._sheet, self.rows
        match value:
            case None:
                pass
            case bool():
                sheet.write_boolean(row, place, value)
            case datetime() | date():
                sheet.write_datetime(row, place, value, self._formats[type(value)])
            case int() | float():
                sheet.write_number(row, place, value)
            case _:
                sheet.write_string(row, place, value[:MAX_TEXT])


def _unique(name: str, most: int, taken: set[str]) -> str:
    """Return the name, cut, and numbered where another has it; `taken` are names casefolded."""
    found, number = name[:most], 1
    while found.casefold() in taken:
        number += 1
        ending = f" {number}"
        found = name[: most - len(ending)] + ending
    taken.add(found.casefold())
    return found
