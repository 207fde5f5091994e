"""Each row of ``docs/reference/bad-points.md``: accepted and how it is read, or refused with its place."""

import gzip
import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from shapeclf.cli.main import main


def _zip() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("points.csv", "1,2\n3,4\n")
    return content.getvalue()


def _parquet(columns: dict[str, list[float] | list[str]]) -> bytes:
    content = BytesIO()
    parquet.write_table(pa.table(columns), content)
    return content.getvalue()


_SKIP = "; --skip-bad leaves such rows out"
_ONE_ROW = "there is only one row of values; a table of points has one point a row, and two rows at least"
# content of a file, and what is said after its name; one line each
REFUSED = {
    "empty": (b"", ": there is no point in it"),
    "empty lines": (b"\n  \n", ": there is no point in it"),
    "header only": (b"x,y\n", ": there is no point in it; no line holds a number"),
    "one row": (b"1,2\n", f", line 1: {_ONE_ROW}"),
    "a short row": (b"1,2\n3,4\n5\n", f", line 3: 1 cell, but the table has 2{_SKIP}"),
    "a long row": (b"1,2\n3,4,5\n", f", line 2: 3 cells, but the table has 2{_SKIP}"),
    "text": (b"x,y\n1,2\n3,four\n", f", line 3, column 2 (y): 'four' is not a number{_SKIP}"),
    "infinity": (b"1,2\n3,-inf\n", f", line 2, column 2: '-inf' is not finite{_SKIP}"),
    "1e999": (b"1,2\n3,1e999\n", f", line 2, column 2: '1e999' is not finite{_SKIP}"),
    "thousands with commas": (
        b"1;2\n1,234;5\n",
        ", line 2, column 1: '1,234' may be 1.234 or 1234; "
        "--decimal , takes the comma for a decimal mark, --decimal . for thousands",
    ),
    "thousands with underscores": (b"1;2\n1_000;5\n", f", line 2, column 1: '1_000' is not a number{_SKIP}"),
    "UTF-16 without a mark": (
        "1,2\n3,4\n".encode("utf-16-le"),
        ", line 1: not text (there is a NUL byte); --encoding utf-16-le may read it",
    ),
    "a NUL byte": (b"1,2\n3,4\x00\n", ", line 2: not text (there is a NUL byte)"),
    "NUL bytes first": (b"\x00\x00\x00", ", line 1: not text (there is a NUL byte)"),
    "1e308 everywhere": (b"1e308,1e308\n-1e308,1e308\n1,2\n", "these points have no answer: the numbers are too large"),
}
# content of a file, and the points that it holds
ACCEPTED = {
    "one column": (b"1\n2\n", [(1, 1), (2, 2)]),
    "nan": (b"1,2\nnan,4\n5,6\n", [(1, 2), (5, 6)]),
    "nan first": (b"nan,nan\n1,2\n3,4\n", [(1, 2), (3, 4)]),
    "a missing value": (b"1,2\n2,\n3,4\n", [(1, 2), (3, 4)]),
    "delimiters alone": (b",\n1,2\n3,4\n", [(1, 2), (3, 4)]),
    "decimal commas": (b"0,5;1,5\n1;3\n", [(0.5, 1.5), (1, 3)]),
    "decimal commas later": (b"1;3\n1,5;4\n", [(1, 3), (1.5, 4)]),
    "thousands with blanks": (b"1;2\n1 234;5\n", [(1, 2), (1234, 5)]),
    "thousands with apostrophes": (b"1;2\n1'234;5\n", [(1, 2), (1234, 5)]),
    "UTF-16": ("1,2\n3,4\n".encode("utf-16"), [(1, 2), (3, 4)]),
    "Windows-1252": ("Länge,y\n1,2\n3,4\n".encode("latin-1"), [(1, 2), (3, 4)]),
    "gzip": (gzip.compress(b"1,2\n3,4\n"), [(1, 2), (3, 4)]),
    "a ZIP file": (_zip(), [(1, 2), (3, 4)]),
    "empty cells after a row": (b"1,2\n3,4,,\n", [(1, 2), (3, 4)]),
    "subnormal numbers": (b"5e-324,1\n1e-310,2\n", [(5e-324, 1), (1e-310, 2)]),
    "beyond 2^53": (b"9007199254740993,1\n1,36893488147419103233\n", [(2.0**53, 1), (1, 2.0**65)]),
    "quotes": (b'"x","y"\n"1","2"\n3,4\n', [(1, 2), (3, 4)]),
    "a byte order mark": (b"\xef\xbb\xbfx,y\n1,2\n3,4\n", [(1, 2), (3, 4)]),
    "a byte order mark and no header": (b"\xef\xbb\xbf1,2\n3,4\n", [(1, 2), (3, 4)]),
    "CRLF": (b"x,y\r\n1,2\r\n3,4\r\n", [(1, 2), (3, 4)]),
    "CR": (b"1,2\r3,4\r", [(1, 2), (3, 4)]),
    "repeated x": (b"1,2\n1,3\n2,4\n2,5\n", [(1, 2), (1, 3), (2, 4), (2, 5)]),
    "all x equal": (b"1,2\n1,3\n1,4\n", [(1, 2), (1, 3), (1, 4)]),
    "all y equal": (b"1,2\n2,2\n3,2\n4,2\n", [(1, 2), (2, 2), (3, 2), (4, 2)]),
    "negative x": (b"-2,-4\n-1,-2\n3,6\n", [(-2, -4), (-1, -2), (3, 6)]),
}
BAD_LINES = [
    *(b"3", b"3,4,5", b"3,four", b"nan,4", b"3,-inf", b"3,1e999", b'"0,5","1,5"', b'"1,234",5', b"1_000,5"),
    *("Länge,2".encode("latin-1"), b"\xff\xfe1,2", b"4,4\x00", b"2,", b","),
]
_GOOD = [f"{x},{2 * x + 0.1 * (x % 3)}\n".encode() for x in range(len(BAD_LINES))]


@pytest.mark.parametrize(("content", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_files(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    outputs = [tmp_path / "answers.csv", tmp_path / "answers.png"]
    result = CliRunner().invoke(
        main, ["predict", str(path), "--output", str(outputs[0]), "--plot", str(outputs[1])], catch_exceptions=False
    )
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert told in line
    assert sorted(tmp_path.iterdir()) == [path]  # no partial output


@pytest.mark.parametrize(("content", "points"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted_files(content: bytes, points: list[tuple[float, float]], tmp_path: Path) -> None:
    from shapeclf.datasets.tables.reading import read_table

    path = tmp_path / "points.csv"
    path.write_bytes(content)
    table = read_table(path)
    np.testing.assert_array_equal(np.stack([table.x, table.y], axis=1), points)
    result = CliRunner().invoke(main, ["predict", str(path), "--json", "--quiet"], catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")
    posterior = json.loads(result.stdout)["posterior"]
    assert sum(posterior.values()) == pytest.approx(1.0)
    if min(x for x, _ in points) < 0:
        assert [posterior[name] for name in ("sqrt", "logarithm", "reciprocal", "power")] == [0.0] * 4


def test_all_y_equal_are_a_constant(tmp_path: Path) -> None:
    """No law of the model is a constant: it is sure of none of them, and the line through the points has k = 0."""
    path = tmp_path / "points.csv"
    path.write_bytes(ACCEPTED["all y equal"][0])
    told = CliRunner().invoke(main, ["predict", str(path), "--json", "--quiet"], catch_exceptions=False)
    posterior = json.loads(told.stdout)["posterior"]
    assert max(posterior.values()) < 0.8
    asked = ["predict", str(path), "--among", "line,sine", "--json", "--quiet"]
    answer = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).stdout)
    assert (answer["family"], answer["parameters"]) == ("line", {"k": 0.0, "b": 2.0})


def test_bad_lines_of_a_stream_are_skipped() -> None:
    """The good points before, between and after answer as if the bad lines were not there."""
    stream = b"".join(good + bad + b"\n" for good, bad in zip(_GOOD, BAD_LINES, strict=True))
    result = CliRunner().invoke(main, ["predict", "-", "--json", "--quiet"], input=stream, catch_exceptions=False)
    expected = CliRunner().invoke(main, ["predict", "-", "--json", "--quiet"], input=b"".join(_GOOD))
    assert result.stdout == expected.stdout
    *skipped, ending = result.stderr.splitlines()
    assert len(skipped) == len(BAD_LINES)
    for number, line in zip(range(2, 100, 2), skipped, strict=False):
        assert re.match(rf"skipped: standard input, line {number}[,:] ", line)
    assert ending == f"Error: standard input: {len(BAD_LINES)} lines skipped; the answer is of the others"
    assert (result.exit_code, expected.exit_code) == (1, 0)


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
def test_a_line_of_100_megabytes_is_not_held_in_memory(stream: bool, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    with path.open("wb") as file:
        file.write(b"1,2\n")
        for _ in range(100):
            file.write(b"3" * 2**20)
        file.write(b"\n5,6\n")
    told = "points.csv, line 2: " if not stream else "standard input, line 2: "
    with path.open("rb") as file:
        result = CliRunner().invoke(main, ["predict", "-" if stream else str(path), "--quiet"], input=file)
    assert f"{told}the line is longer than 16 MiB" in result.stderr
    assert (result.exit_code, len(result.stdout.splitlines())) == ((1, 2) if stream else (2, 0))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_parquet({"x": ["1", "2"], "y": ["1", "2"]}), ": no column holds numbers; y needs one"),
        (_parquet({"x": [1.0, 2.0], "y": [1.0, -np.inf]}), f", row 2, column 2 (y): '-inf' is not finite{_SKIP}"),
        (_parquet({"x": [1.0, 2.0], "y": [1.0, 2.0]})[:-40], ": not a Parquet file, or a damaged one"),
    ],
    ids=["texts", "infinity", "cut-off"],
)
def test_refused_parquet(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "points.parquet").write_bytes(content)
    result = CliRunner().invoke(main, ["predict", str(tmp_path / "points.parquet")], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert told in line


def test_groups(tmp_path: Path) -> None:
    """A group that comes back is refused; one of one point is accepted, and the answers of others stay."""
    path = tmp_path / "groups.csv"
    path.write_text("g,x,y\na,1,2\na,2,4\nb,1,1\na,3,6\n")
    told = CliRunner().invoke(main, ["predict", str(path), "--group", "g", "--quiet"], catch_exceptions=False)
    assert told.exit_code == 2
    assert "line 5: the group 'a' comes back after another, it began in line 2; sort by group first" in told.stderr
    path.write_text("g,x,y\na,1,2\na,2,4\nb,1,1\n")
    result = CliRunner().invoke(main, ["predict", str(path), "--group", "g", "--json"], catch_exceptions=False)
    assert [json.loads(line)["points"] for line in result.stdout.splitlines()] == [2, 1]


# A row of the page, and the cases above, or tests, that show it.
SHOWN: dict[str, list[str | Callable[..., None]]] = {
    "empty file, or only empty lines": ["empty", "empty lines"],
    "a header alone": ["header only"],
    "one column": ["one column"],
    "one row": ["one row"],
    "a row that is too short": ["a short row"],
    "a row with more cells than the first": ["a long row", "empty cells after a row"],
    "text for a number": ["text"],
    "`nan`": ["nan", "nan first"],
    "`inf`, `1e999`": ["infinity", "1e999"],
    "`1e308`": ["1e308 everywhere"],
    "subnormal numbers, `5e-324`": ["subnormal numbers"],
    "whole numbers above 2⁵³": ["beyond 2^53"],
    "decimal commas, `0,5;1,5`": ["decimal commas", "decimal commas later"],
    "thousands between blanks or apostrophes, `1 234` `1'234`": [
        *("thousands with blanks", "thousands with apostrophes"),
    ],
    "thousands with commas or underscores, `1,234` `1_000`": ["thousands with commas", "thousands with underscores"],
    'quotes, `"1","2"`': ["quotes"],
    "UTF-8 with a byte order mark": ["a byte order mark", "a byte order mark and no header"],
    "CRLF, or CR alone, at line ends": ["CRLF", "CR"],
    "UTF-16 with a byte order mark": ["UTF-16"],
    "UTF-16 without one": ["UTF-16 without a mark"],
    "Windows-1252, Latin-1": ["Windows-1252"],
    "NUL bytes": ["a NUL byte", "NUL bytes first"],
    "gzip, or ZIP of one file, under any name": ["gzip", "a ZIP file"],
    "a line of 100 MB": [test_a_line_of_100_megabytes_is_not_held_in_memory],
    "repeated x with different y": ["repeated x"],
    "all x equal": ["all x equal"],
    "all y equal": ["all y equal", test_all_y_equal_are_a_constant],
    "negative x": ["negative x"],
    "a group whose rows do not stand together": [test_groups],
    "a group of one point": [test_groups],
    "a missing value in the middle": ["a missing value", "delimiters alone"],
    "Parquet with texts for numbers": [test_refused_parquet],
    "Parquet that is cut off": [test_refused_parquet],
}


def test_each_row_of_the_documentation_is_shown() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "bad-points.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    outcomes = {cells[1].strip(): cells[2].strip() for cells in (re.split(r"(?<!\\)\|", row) for row in rows)}
    assert list(outcomes) == list(SHOWN)
    for row, cases in SHOWN.items():
        named = [case for case in cases if isinstance(case, str)]
        assert not set(named) - REFUSED.keys() - ACCEPTED.keys()
        if outcomes[row] == "refused" and len(named) == 1:
            assert set(named) <= REFUSED.keys()
        if outcomes[row] == "accepted":
            assert set(named) <= ACCEPTED.keys()
    shown = {case for cases in SHOWN.values() for case in cases if isinstance(case, str)}
    assert shown == REFUSED.keys() | ACCEPTED.keys()
