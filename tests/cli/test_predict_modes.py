"""The documented table of options and modes of ``shapeclf predict`` agrees with the command."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from shapeclf.cli.predict_options import MODES, NEEDED, NOT_ALLOWED, Mode

_POINTS = "g,x,y\n" + "".join(f"a,{x},{2 * x + 1}\n" for x in range(1, 7))
_ARGUMENTS: dict[Mode, list[str]] = {
    "file": ["points.csv", "--x", "x", "--y", "y"],
    "files": ["points.csv", "points.csv", "--x", "x", "--y", "y"],
    "stream": ["-", "--x", "x", "--y", "y"],
    "groups": ["points.csv", "--group", "g"],
    "folder": ["folder", "--group", "g", "--output", "answers"],
}
_GIVEN: dict[str, list[str]] = {
    "--json": ["--json"],
    "--format": ["--format", "json"],
    "--plot": ["--plot", "a.svg"],
    "--compare": ["--compare"],
    "--at": ["--at", "9"],
    "--each-point": ["--each-point"],
    "--decide": ["--decide", "0.9"],
    "--output": ["--output", "answers.csv"],
    "--engine": ["--engine", "one"],
    "--actors": ["--engine", "ray", "--actors", "1"],
    "--y-error": ["--y-error", "0.1"],
    "--header": ["--header", "yes"],
    "--delimiter": ["--delimiter", ","],
    "--decimal": ["--decimal", "."],
    "--comment": ["--comment", "!"],
    "--skip-lines": ["--skip-lines", "0"],
    "--encoding": ["--encoding", "utf-8"],
    "--sheet": ["--sheet", "1"],
    "--date-format": ["--date-format", "dmy"],
    "--x-origin": ["--x-origin", "2024-03-01"],
    "--missing": ["--missing", "skip"],
    "--skip-bad": ["--skip-bad"],
}
_OTHER_FILES = {"--sheet": "spreadsheets", "--x-origin": "dates"}  # what these options need in a file


@pytest.fixture(autouse=True)
def inputs(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(_POINTS, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    x = list(range(1, 7))
    pq.write_table(
        pa.table({"g": ["a"] * 6, "x": x, "y": [2.0 * each + 1 for each in x]}), tmp_path / "folder/a.parquet"
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("option", NOT_ALLOWED)
def test_each_option_is_allowed_as_the_table_declares(
    option: str, mode: Mode, shapeclf: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(  # starting Ray takes seconds, and is not tested here
        "shapeclf.recognition.ray_engine.answer_with_ray", lambda todo, **_: ((partition, 1, "x") for partition in todo)
    )
    for name in ("check_groups", "unanswered_groups"):  # there are no answers to read then
        monkeypatch.setattr(f"shapeclf.recognition.partitions.{name}", lambda _: None)
    given = _ARGUMENTS[mode] if option in _ARGUMENTS[mode] else [*_ARGUMENTS[mode], *_GIVEN[option]]
    result = shapeclf("predict", *given, stdin=_POINTS)
    reason = NOT_ALLOWED[option].get(mode)
    if reason is None and option in _OTHER_FILES:
        assert f"{option} is for {_OTHER_FILES[option]}" in result.stderr
    elif reason is None:
        assert result.exit_code == 0, result.output
    else:
        refused = {name for name in NOT_ALLOWED if name in given and mode in NOT_ALLOWED[name]}
        assert result.exit_code == 2
        assert any(result.stderr.endswith(f"'{name}': {NOT_ALLOWED[name][mode]}\n") for name in refused)


@pytest.mark.parametrize(
    ("mode", "options"), [(mode, options) for mode, needed in NEEDED.items() for options in needed], ids=str
)
def test_missing_required_options_are_named(mode: Mode, options: tuple[str, ...], mistake: Callable[..., str]) -> None:
    arguments = [*_ARGUMENTS[mode]]
    for option in options:
        if option in arguments:
            del arguments[arguments.index(option) : arguments.index(option) + 2]
    assert mistake("predict", *arguments) == f"Invalid value for '{options[0]}': {NEEDED[mode][options]}"
