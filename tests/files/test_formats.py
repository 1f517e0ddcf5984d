"""CSV, JSON lines and Parquet: what comes out is what was put in, or an error."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tap_clevertap.errors import FileFailed
from tap_clevertap.files.compression import decompressed
from tap_clevertap.files.csv_files import read_csv
from tap_clevertap.files.json_files import Line, read_json_lines
from tap_clevertap.files.parquet_files import read_parquet

CELLS = st.text(st.characters(exclude_categories=["Cs"]))


def rows_of(text: str) -> list[list[str]]:
    """Return the header and rows of CSV."""
    return list(read_csv(io.BytesIO(text.encode())))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1))
def test_any_cell_survives_csv(rows: list[list[str]]) -> None:
    """CR LF inside quotes, quotes in quotes, commas, NUL: texts are those that were written."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["\N{ZERO WIDTH SPACE}a", "b"], *rows])
    assert rows_of(out.getvalue()) == [["\N{ZERO WIDTH SPACE}a", "b"], *rows]


def test_cells_of_csv_stay_text() -> None:
    """No number is guessed: leading zeros and seventeen digits are as they were."""
    text = '\ufeffa,b\r\n00123,12345678901234567\r\n"x\r\ny","say ""hi"", then"\r\n'
    assert rows_of(text) == [
        ["a", "b"],
        ["00123", "12345678901234567"],
        ["x\r\ny", 'say "hi", then'],
    ]


def test_a_cell_may_be_longer_than_the_librarys_limit() -> None:
    """An export of a million characters in a cell is one."""
    assert rows_of("a,b\n" + "x" * 1_000_000 + ",y\n")[1][0] == "x" * 1_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3\n", "record 2 has 1 cells, the header has 2"),
        ("a,b\n1,2,3\n", "record 1 has 3 cells, the header has 2"),
        ('a,b\n1,2\n3,"cut', "is not valid CSV, line 3: unexpected end of data"),
    ],
)
def test_cut_csv_is_an_error(text: str, said: str) -> None:
    """Also where the file was not compressed, so that nothing else tells."""
    with pytest.raises(FileFailed, match=said):
        rows_of(text)


@pytest.mark.parametrize("text", ["", "a,b\n", "\n\n"])
def test_csv_without_rows(text: str) -> None:
    """An empty file has not even a header."""
    assert rows_of(text)[1:] in ([], [[]])


def test_gzip_is_told_by_its_first_bytes() -> None:
    """Whatever the name says."""
    in_two = gzip.compress(b"pl") + gzip.compress(b"ain")
    for content in (b"plain", gzip.compress(b"plain"), in_two):
        assert decompressed(io.BytesIO(content)).read() == b"plain"


@given(st.integers(3, 200))
def test_cut_gzip_is_an_error(kept: int) -> None:
    """Wherever it is cut."""
    whole = gzip.compress(bytes(range(256)) * 40)
    assert kept < len(whole)
    with pytest.raises(EOFError):
        decompressed(io.BytesIO(whole[:kept])).read()


def lines_of(content: bytes) -> list[Line]:
    """Return the lines of JSON."""
    return list(read_json_lines(io.BytesIO(content)))


def test_json_has_two_shapes() -> None:
    """The event's name is in the first line, bare or as JSON, or in each object."""
    objects = b'{"a":1}\r\n\n{"a":2}'
    plain = [Line(1, b'{"a":1}', None), Line(2, b'{"a":2}', None)]
    assert lines_of(b"\xef\xbb\xbf" + objects) == plain
    named = [Line(one.number, one.sent, "Order Placed") for one in plain]
    assert lines_of(b"Order Placed\n" + objects) == named
    assert lines_of(b'"Order Placed"\n' + objects) == named
    assert lines_of(b"") == []


@pytest.mark.parametrize("content", [b"[1]", b"<root>", b'{"a":1}\nnot one', b"Name\nName\n{}"])
def test_what_is_no_object_is_an_error(content: bytes) -> None:
    """A list, XML, or a line in the middle that is something else."""
    with pytest.raises(FileFailed):
        lines_of(content)


def union(**member: Any) -> dict[str, Any]:  # noqa: ANN401 - any member's value
    """Return a union with one member set."""
    return {f"member{n}": None for n in range(6)} | member


def as_parquet(rows: list[dict[str, Any]], schema: Any = None) -> bytes:  # noqa: ANN401 - pyarrow has no types
    """Return rows as a file of Parquet."""
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), out)
    return out.getvalue()


def test_unions_of_parquet_are_their_member() -> None:
    """Of each map's values the member that is set, with the digits that it was written with."""
    members = (pa.bool_(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string())
    kind = pa.struct([(f"member{n}", one) for n, one in enumerate(members)])
    props = [
        ("yes", union(member0=False)),
        ("few", union(member1=7)),
        ("many", union(member2=12345678901234567)),
        ("short", union(member3=0.1)),
        ("long", union(member4=0.30000000000000004)),
        ("text", union(member5="00123")),
        ("none", union()),
    ]
    schema = pa.schema([("eventProps", pa.map_(pa.string(), kind)), ("eventTime", pa.int64())])
    content = as_parquet([{"eventProps": props, "eventTime": 1663785000}], schema)
    expected = {
        "yes": False,
        "few": 7,
        "many": 12345678901234567,
        "short": 0.1,
        "long": 0.30000000000000004,
        "text": "00123",
    }
    for file in (content, gzip.compress(content)):
        [row] = read_parquet(io.BytesIO(file))
        assert row == {"eventProps": expected, "eventTime": 1663785000}


def test_lists_and_plain_structs_of_parquet_stay_what_they_are() -> None:
    """A struct whose members have names of their own is an object."""
    [row] = read_parquet(io.BytesIO(as_parquet([{"a": [1, 2], "b": {"c": "x", "d": None}}])))
    assert row == {"a": [1, 2], "b": {"c": "x"}}


def test_cut_parquet_is_an_error() -> None:
    """Its index is at the end."""
    whole = as_parquet([{"a": 1}])
    for content in (whole[:-20], b"PAR1", b"nothing of the kind", gzip.compress(whole[:-20])):
        with pytest.raises(FileFailed, match="is not a whole Parquet file"):
            list(read_parquet(io.BytesIO(content)))
