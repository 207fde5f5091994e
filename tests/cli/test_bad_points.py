"""Odd points through the command: answered, or refused in one line."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from shapeclf.cli.main import main
from tests.datasets.tables.writing import parquet

_SKIP = "; --skip-bad leaves such rows out"
# content of a file, and the text of the error after the file's name
REFUSED = {
    "empty": (b"", ": it has no points"),
    "text": (b"x,y\n1,2\n3,four\n", f", line 3, column 2 (y): 'four' is not a number{_SKIP}"),
    "a date in Parquet after the year 9999": (
        parquet({"day": np.array(["2024-03-01", "12024-03-01"], "M8[D]"), "y": [1.0, 2.0]}),
        f", row 2, column 1 (day): '12024-03-01' is not in the years 1 to 9999{_SKIP}",
    ),
    "1e308 everywhere": (b"1e308,1e308\n-1e308,1e308\n1,2\n", "these points have no answer: the numbers are too large"),
}
# content of a file, and the points in it
ACCEPTED = {
    "subnormal numbers": (b"5e-324,1\n1e-310,2\n", [(5e-324, 1), (1e-310, 2)]),
    "beyond 2^53": (b"9007199254740993,1\n1,36893488147419103233\n", [(2.0**53, 1), (1, 2.0**65)]),
    "repeated x": (b"1,2\n1,3\n2,4\n2,5\n", [(1, 2), (1, 3), (2, 4), (2, 5)]),
    "all x equal": (b"1,2\n1,3\n1,4\n", [(1, 2), (1, 3), (1, 4)]),
    "all y equal": (b"1,2\n2,2\n3,2\n4,2\n", [(1, 2), (2, 2), (3, 2), (4, 2)]),
    "negative x": (b"-2,-4\n-1,-2\n3,6\n", [(-2, -4), (-1, -2), (3, 6)]),
}
BAD_LINES = [
    *(b"3", b"3,4,5", b"3,four", b"3,-inf", b"3,1e999", b'"0,5","1,5"', b"1_000,5"),
    *("Länge,2".encode("latin-1"), b"\xff\xfe1,2", b"4,4\x00", b"3,six"),
]
_KINDS = "1 × ... cell, but the table has ...; 1 × ... cells, but the table has ...; 5 × ... is not a number; "
_KINDS += "2 × ... is not finite; 1 × ... is not a number with the decimal mark ... (--decimal , changes it); ..."
_EMPTY = b"\n\n,\n# a comment\nnan,4\n2,\n"  # lines that are skipped, or have no value
_GOOD = [f"{x},{2 * x + 0.1 * (x % 3)}\n".encode() for x in range(len(BAD_LINES))]


@pytest.mark.parametrize(("content", "reported"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_files(content: bytes, reported: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    outputs = [tmp_path / "answers.csv", tmp_path / "answers.png"]
    result = CliRunner().invoke(
        main, ["predict", str(path), "--output", str(outputs[0]), "--plot", str(outputs[1])], catch_exceptions=False
    )
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert reported in line
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
    """The answer is `constant`; if --among restricts it to laws, the fitted line has k = 0."""
    path = tmp_path / "points.csv"
    path.write_bytes(ACCEPTED["all y equal"][0])
    reported = CliRunner().invoke(main, ["predict", str(path), "--json", "--quiet"], catch_exceptions=False)
    answer = json.loads(reported.stdout)
    assert (answer["family"], answer["parameters"]) == ("constant", {"b": 2.0})
    assert answer["probability"] > 0.95
    arguments = ["predict", str(path), "--among", "line,sine", "--json", "--quiet"]
    answer = json.loads(CliRunner().invoke(main, arguments, catch_exceptions=False).stdout)
    assert (answer["family"], answer["parameters"]) == ("line", {"k": 0.0, "b": 2.0})


def test_bad_lines_of_a_stream_are_skipped() -> None:
    """The good points get the answers that they get without the bad lines; each kind of bad line is named once."""
    lines = b"".join(good + bad + b"\n" for good, bad in zip(_GOOD, BAD_LINES, strict=True))
    command = ["predict", "-", "--json", "--quiet"]
    result = CliRunner().invoke(main, command, input=lines + _EMPTY, catch_exceptions=False)
    expected = CliRunner().invoke(main, command, input=b"".join(_GOOD))
    *points, last = result.stdout.splitlines()
    assert points == expected.stdout.splitlines()[:-1]
    assert json.loads(last)["posterior"] == json.loads(expected.stdout.splitlines()[-1])["posterior"]
    assert json.loads(last)["data"]["skipped"] == len(BAD_LINES) + 2
    *skipped, ending = result.stderr.splitlines()
    assert [re.sub(r"skipped: standard input, line (\d+)[,:] .*", r"\1", line) for line in skipped] == [
        *("2", "4", "6", "8", "12", "20")
    ]
    assert ending == (
        f"Error: standard input: {len(BAD_LINES)} lines skipped ({_KINDS}); the answer is for the other "
        "lines; --skip-bad accepts skipped lines"
    )
    assert (result.exit_code, expected.exit_code) == (1, 0)
    allowed = CliRunner().invoke(main, [*command, "--skip-bad"], input=lines + _EMPTY, catch_exceptions=False)
    assert (allowed.exit_code, allowed.stdout) == (0, result.stdout)


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
def test_a_line_of_100_megabytes_is_not_held_in_memory(stream: bool, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    with path.open("wb") as file:
        file.write(b"1,2\n")
        for _ in range(100):
            file.write(b"3" * 2**20)
        file.write(b"\n5,6\n")
    reported = "points.csv, line 2: " if not stream else "standard input, line 2: "
    with path.open("rb") as file:
        result = CliRunner().invoke(main, ["predict", "-" if stream else str(path), "--quiet"], input=file)
    assert f"{reported}the line is longer than 16 MiB" in result.stderr
    lines = result.stdout.splitlines()
    assert (result.exit_code, sum(line.startswith("     ") for line in lines)) == ((1, 2) if stream else (2, 0))


def test_groups(tmp_path: Path) -> None:
    """A group whose rows are not adjacent is refused; a group of one point is accepted, and other answers are kept."""
    path = tmp_path / "groups.csv"
    path.write_text("g,x,y\na,1,2\na,2,4\nb,1,1\na,3,6\n")
    reported = CliRunner().invoke(main, ["predict", str(path), "--group", "g", "--quiet"], catch_exceptions=False)
    assert reported.exit_code == 2
    assert "line 5: the rows of group 'a' are not adjacent, it began in line 2; sort by group first" in reported.stderr
    path.write_text("g,x,y\na,1,2\na,2,4\nb,1,1\n")
    result = CliRunner().invoke(main, ["predict", str(path), "--group", "g", "--json"], catch_exceptions=False)
    assert [json.loads(line)["points"] for line in result.stdout.splitlines()] == [2, 1]
