"""Output and files of the commands: text from files is escaped, links stay links, errors name the right file."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

import shapeclf.cli
from shapeclf.cli.output import print_error, print_line, print_path

_EVIL = "\x1b[2J\x9b1m\u202egnp.\u2028\r\n\x07"
_SHOWN = r"\x1b[2J\x9b1m\u202egnp.\u2028\r\n\x07"
_POINTS = "x,y\n" + "".join(f"{x},{2 * x * x}\n" for x in range(1, 9))


def test_a_line_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(f"β {_EVIL}")
    print_error(f"a{_EVIL}b\nsecond")
    reported = capsys.readouterr()
    assert reported.out == f"β {_SHOWN}\n"
    assert reported.err == r"Error: a\x1b[2J\x9b1m\u202egnp.\u2028 \x07b second" + "\n"


def test_a_path_is_printed_byte_for_byte_for_scripts_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    print_path(Path("runs\u202e"))
    assert capsys.readouterr().out == "runs\u202e\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_path(Path("runs\u202e"))
    assert capsys.readouterr().out == "runs\\u202e\n"


def test_every_command_prints_through_the_one_module() -> None:
    """Otherwise text from files would reach the terminal without escapes."""
    printing = re.compile(r"\b(click\.s?echo|print|\w+\.std(out|err)\.write|click\.echo_via_pager)\(")
    for path in Path(shapeclf.cli.__path__[0]).glob("*.py"):
        if path.name != "output.py":
            assert printing.findall(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_names_of_groups_cannot_drive_the_terminal(
    as_json: bool, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    x = np.arange(1.0, 5.0)
    pq.write_table(pa.table({"g": [f"g{_EVIL}"] * 4, "x": x, "y": 2 * x}), tmp_path / "groups.parquet")
    words = ["predict", "groups.parquet", "--group", "g", *["--json"][: int(as_json)]]
    reported = shapeclf(*words).stdout.removesuffix("\n")
    assert reported.isprintable()
    assert (
        json.loads(reported)["group"] == f"g{_EVIL}"
        if as_json
        else re.match(re.escape(f"g{_SHOWN}  ") + r"[a-z ]+ a line \(9", reported)
    )


@pytest.mark.parametrize(
    "words",
    [
        ["predict", f"no{_EVIL}.csv"],
        ["predict", "points.csv", "--x", f"col{_EVIL}"],
        ["predict", "points.csv", "--model", f"m{_EVIL}"],
        ["predict", "points.csv", "--among", f"line,{_EVIL}x"],
        ["predict", "points.csv", "--plot", f"a{_EVIL}.gif"],
        ["predict", f"--{_EVIL}"],
        [f"fly{_EVIL}"],
        ["families", "--family", f"my{_EVIL}:X"],
        ["train", "--recipe", f"r{_EVIL}"],
        ["eval", "--points", f"1{_EVIL}"],
        ["wave", "eval", "--model", f"m{_EVIL}"],
        ["wave", "train", "--csv", f"m{_EVIL}"],
    ],
    ids=lambda words: " ".join(words[:-1]) or "command",
)
def test_an_error_is_one_printable_line(words: list[str], mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(_POINTS)
    assert mistake(*words).isprintable()


def test_a_recipe_of_a_foreign_model_is_printed_escaped(
    shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path
) -> None:
    shutil.copy(tiny_model, tmp_path / f"m{_EVIL}.onnx")
    reported = shapeclf("eval", "--model", f"m{_EVIL}.onnx", "--sequences", 20, "--points", 1)
    assert reported.exit_code == 0
    assert reported.stdout.startswith(f"m{_SHOWN}.onnx (recipe ")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here fails when it is read")
@pytest.mark.parametrize("words", [[], ["--group", "1", "--output", "out.csv"]], ids=["one", "groups"])
def test_an_input_that_cannot_be_read_is_a_mistake_about_the_input(
    words: list[str], mistake: Callable[..., str]
) -> None:
    assert mistake("predict", "/proc/self/mem", *words) == "/proc/self/mem: cannot be read: Input/output error"
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".png"], ids=str)
def test_an_output_that_is_a_link_stays_one(ending: str, shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(_POINTS)
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / f"link{ending}").symlink_to("real")
    assert (
        shapeclf("predict", "points.csv", "--plot" if ending == ".png" else "--output", f"link{ending}").exit_code == 0
    )
    assert (tmp_path / f"link{ending}").is_symlink()
    assert (tmp_path / "real").read_bytes()[:4] == {".csv": b"poin", ".parquet": b"PAR1", ".png": b"\x89PNG"}[ending]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no file without an end")
def test_a_model_file_that_never_ends_is_refused(mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(_POINTS)
    reported = mistake("predict", "points.csv", "--model", "/dev/zero")
    assert reported == "/dev/zero: larger than any model file may be (64 MiB)"
