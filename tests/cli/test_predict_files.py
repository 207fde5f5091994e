"""``shapeclf predict`` with several files, and with several columns of y."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shapeclf.recognition import Recognizer

_LINE = "t (s),s (m)\n" + "".join(f"{t},{3 * t + 1}\n" for t in range(8))
_TWO = "t;A1;A2\n" + "".join(f"{t};{2 * t + 1};{t * t}\n" for t in range(8))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A line, a file that cannot be read, one that does not exist, and two columns of y."""
    (tmp_path / "a.csv").write_text(_LINE, encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(b"t,s\n0,1\n1,high\n2,3\n3,4\n")
    (tmp_path / "d.csv").write_text(_TWO, encoding="utf-8")
    return ["a.csv", "b.csv", "c.csv", "d.csv"]


def test_a_file_that_cannot_be_read_leaves_the_answers_of_the_others(
    files: list[str], shapeclf: Callable[..., Result]
) -> None:
    result = shapeclf("predict", *files, "--json")
    a, d = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 2
    for answer, file, equation in ((a, "a.csv", "s = 3·t + 1"), (d, "d.csv", "A1 = 2·t + 1")):
        (alone,) = map(json.loads, shapeclf("predict", file, "--json").stdout.splitlines())
        assert answer == {**alone, "file": file}
        assert answer["equation_named"] == equation
    notes = result.stderr.splitlines()
    assert [note for note in notes if note.startswith("note: ")] == [
        "note: a.csv: x = t (s), y = s (m); 8 points",
        "note: d.csv: x = t, y = A1; 8 points; not read: A2",
    ]
    errors = [note for note in notes if note.startswith("Error: ")]
    assert len(notes) == len(errors) + 2
    assert errors[0].startswith("Error: b.csv, line 3, column 2 (s): 'high' is not a number")
    assert errors[1] == "Error: c.csv: there is no such file"


def test_a_block_for_each_file(files: list[str], shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("predict", "a.csv", "d.csv", "--quiet")
    assert (result.exit_code, result.stderr) == (0, "")
    blocks = [shapeclf("predict", file, "--quiet").stdout for file in ("a.csv", "d.csv")]
    assert result.stdout == f"a.csv: {blocks[0]}d.csv: {blocks[1]}"


def test_each_column_of_y_in_turn(files: list[str], shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("predict", "d.csv", "--y", "A2", "--y", "9", "--y", "A1", "--json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["data"]["y"] for answer in answers] == ["A2", "A1"]
    for answer in answers:
        (alone,) = map(
            json.loads, shapeclf("predict", "d.csv", "--y", answer["data"]["y"], "--json").stdout.splitlines()
        )
        assert answer == {**alone, "file": "d.csv"}
    assert result.exit_code == 2
    assert result.stderr.count("Error: d.csv: --y '9' is not a column: there are 1 to 3 (t, A1, A2)\n") == 1
    words = shapeclf("predict", "d.csv", "--y", "A2", "--y", "A1", "--quiet").stdout
    assert [line.partition(": ")[0] for line in words.splitlines() if line[0] != " "] == [
        "d.csv, y = A2",
        "d.csv, y = A1",
    ]


def test_points_without_an_answer_name_their_file(
    files: list[str], shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "b.csv").write_text("1e308,1e308\n-1e308,1e308\n1,2\n", encoding="utf-8")
    result = shapeclf("predict", "b.csv", "a.csv", "--quiet")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: b.csv: these points have no answer: the numbers are too large")
    assert result.stdout.startswith("a.csv: almost certainly a line")


def test_the_model_is_loaded_once(
    files: list[str], shapeclf: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Recognizer.load()
    times: list[object] = []

    def load(*arguments: object, **options: object) -> Recognizer:
        times.append(arguments)
        return loaded

    monkeypatch.setattr(Recognizer, "load", load)
    assert shapeclf("predict", "a.csv", "d.csv", "a.csv").exit_code == 0
    assert len(times) == 1


_REFUSED = {
    "a stream among files": (("a.csv", "-"), "- reads a stream: give no other FILE, and at most one --y"),
    "two y of a stream": (("-", "--y", "1", "--y", "2"), "- reads a stream: give no other FILE, and at most one --y"),
    "groups": (("a.csv", "d.csv", "--group", "t"), "'--group': takes one file or folder, and one --y"),
    "wide": (("a.csv", "--wide", "--y", "1", "--y", "2"), "'--wide': takes one file or folder, and one --y"),
}


@pytest.mark.parametrize(("arguments", "text"), _REFUSED.values(), ids=_REFUSED)
def test_options_that_are_refused_for_several_files(
    arguments: tuple[str, ...], text: str, files: list[str], mistake: Callable[..., str]
) -> None:
    assert mistake("predict", *arguments).endswith(text)
