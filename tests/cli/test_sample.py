"""``shapeclf sample``: one data set in three kinds of file, and its recognition by a trained model."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from numpy.typing import NDArray

from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences

Rows = list[tuple[int, str, float, float]]


def csv_rows(text: str) -> Rows:
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["sequence", "family", "x", "y"]
    return [(int(number), family, float(x), float(y)) for number, family, x, y in rows]


def rows_of(points: NDArray[np.float64], lengths: NDArray[np.int64], families: list[str]) -> Rows:
    return [
        (number, family, float(x), float(y))
        for number, (sequence, length, family) in enumerate(zip(points, lengths, families, strict=True))
        for x, y in sequence[:length]
    ]


def drawn(sequences: ShapeSequences) -> Rows:
    batch = sequences.batch(0)
    return rows_of(batch.points, batch.lengths, [sequences.families[label].name for label in batch.labels])


@pytest.mark.parametrize("points", ["8", "2:6"], ids=["one-length", "lengths"])
def test_csv_npz_and_parquet_agree_with_each_other_and_with_the_data_set(
    points: str, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    options = ["--sequences", 30, "--seed", 5, "--points", points, "--noise", 0.5]
    printed = shapeclf("sample", *options)
    assert (printed.exit_code, printed.stderr) == (0, "")
    for ending in ("csv", "npz", "parquet"):
        result = shapeclf("sample", *options, "--output", f"drawn.{ending}")
        assert (result.exit_code, result.output) == (0, "")
    expected = drawn(
        ShapeSequences(points=8 if points == "8" else (2, 6), noise=0.5, batch_size=30, seed=5, split="test")
    )
    assert csv_rows(printed.stdout) == expected
    assert csv_rows((tmp_path / "drawn.csv").read_text(encoding="utf-8")) == expected
    with np.load(tmp_path / "drawn.npz") as arrays:
        names = [str(arrays["families"][label]) for label in arrays["labels"]]
        assert rows_of(arrays["points"], arrays["lengths"], names) == expected
        assert arrays["points"].dtype == np.float64
    table = pq.read_table(tmp_path / "drawn.parquet")
    columns = [table.column(name).to_pylist() for name in ("sequence", "family", "x", "y")]
    assert list(zip(*columns, strict=True)) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn.csv", "drawn.npz", "drawn.parquet"]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_split_is_the_requested_one(split: str, shapeclf: Callable[..., Result]) -> None:
    rows = csv_rows(shapeclf("sample", "--split", split, "--sequences", 9, "--seed", 1).stdout)
    expected = ShapeSequences(batch_size=9, seed=1, split=split)  # type: ignore[arg-type]  # one of the three
    assert rows == drawn(expected)


def test_by_default_it_prints_ten_sequences_of_classic(shapeclf: Callable[..., Result]) -> None:
    rows = csv_rows(shapeclf("sample").stdout)
    assert [number for number, *_ in rows] == [number for number in range(10) for _ in range(8)]


def test_every_option_of_the_data_set_has_an_effect(shapeclf: Callable[..., Result]) -> None:
    options = ["--families", "sqrt,line", "--parameters", "fresh", "--points", 3, "--x", "6:7", "--sequences", 50]
    rows = csv_rows(shapeclf("sample", *options).stdout)
    assert {family for _, family, _, _ in rows} == {"sqrt", "line"}
    assert all(6 <= x < 7 for _, _, x, _ in rows)
    assert len(rows) == 150
    lines: dict[int, list[tuple[float, float]]] = {}
    for number, family, x, y in rows:
        if family == "line":
            lines.setdefault(number, []).append((x, y))
    slopes = {round((p[1][1] - p[0][1]) / (p[1][0] - p[0][0]), 6) for p in lines.values()}
    assert len(slopes) > 5  # fresh


def test_predict_is_right_on_what_sample_writes_for_the_same_seed(
    shapeclf: Callable[..., Result], in_trained_folder: Path, tmp_path: Path
) -> None:
    shapeclf("sample", "--seed", 2, "--sequences", 6, "--output", "drawn.csv")
    rows = csv_rows((tmp_path / "drawn.csv").read_text(encoding="utf-8"))
    families = set()
    for number in range(6):
        sequence = [(family, x, y) for n, family, x, y in rows if n == number]
        (tmp_path / "one.csv").write_text("x,y\n" + "".join(f"{x},{y}\n" for _, x, y in sequence), encoding="utf-8")
        answer = json.loads(shapeclf("predict", "one.csv", "--json").stdout)
        assert answer["family"] == sequence[0][0]
        families.add(answer["family"])
    assert families == {"line", "parabola", "sqrt"}


def test_the_recogniser_is_right_on_ten_thousand_of_them(
    shapeclf: Callable[..., Result], trained_run: Path, tmp_path: Path
) -> None:
    shapeclf("sample", "--seed", 2, "--sequences", 10_000, "--output", "drawn.npz")
    with np.load(tmp_path / "drawn.npz") as arrays:
        truth = arrays["families"][arrays["labels"]]
        answers = Recognizer.load(trained_run).predict(arrays["points"])
    assert np.mean(answers == truth) >= 0.999


def test_a_model_gives_its_own_data_set(shapeclf: Callable[..., Result], trained_run: Path) -> None:
    own = csv_rows(shapeclf("sample", "--model", trained_run, "--sequences", 20, "--seed", 9).stdout)
    parameters = ShapeSequences(seed=2).fixed_parameters
    assert parameters is not None
    assert own == drawn(ShapeSequences(parameters=parameters, batch_size=20, seed=9, split="test"))
    changed = csv_rows(shapeclf("sample", "--model", trained_run, "--points", 2, "--x", "6:7", "--noise", 0.1).stdout)
    assert len(changed) == 20
    assert all(6 <= x < 7 for _, _, x, _ in changed)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (["--families", "line,sqrt"], "--families and --model exclude each other: the model has its own"),
        (["--parameters", "fresh"], "--parameters and --model exclude each other: the model has its own"),
        (["--recipe", "classic"], "--recipe and --model exclude each other: the model has its own"),
    ],
    ids=["families", "parameters", "recipe"],
)
def test_options_of_a_recipe_are_refused_with_a_model(
    option: list[str], text: str, mistake: Callable[..., str], trained_run: Path
) -> None:
    assert mistake("sample", "--model", trained_run, *option) == text


_REFUSED = {
    "sequences-0": (["--sequences", "0"], "Invalid value for '--sequences': 0 is not in the range x>=1."),
    "split": (["--split", "best"], "Invalid value for '--split': 'best' is not one of 'train', 'validation', 'test'."),
    "ending": (["--output", "drawn.txt"], "drawn.txt: the name must end in .csv, .npz, .parquet"),
    "noise": (
        ["--noise", "1e308", "--output", "drawn.csv"],
        "noise 1e+308 makes y too large for floating point; choose a smaller one",
    ),
    "folder": (["--output", "."], "Invalid value for '--output': File '.' is a directory."),
}


@pytest.mark.parametrize(("options", "text"), _REFUSED.values(), ids=_REFUSED.keys())
def test_a_bad_value_is_refused(options: list[str], text: str, mistake: Callable[..., str], tmp_path: Path) -> None:
    assert mistake("sample", *options) == text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["csv", "npz", "parquet"])
def test_a_file_that_cannot_be_written_is_a_failure(ending: str, failure: Callable[..., str], tmp_path: Path) -> None:
    text = failure("sample", "--output", Path("missing") / f"drawn.{ending}")
    assert "missing" in text
    assert "No such file or directory" in text
    assert not list(tmp_path.iterdir())


def test_an_earlier_file_stays_until_the_new_one_is_complete(
    shapeclf: Callable[..., Result], mistake: Callable[..., str], tmp_path: Path
) -> None:
    shapeclf("sample", "--output", "drawn.csv")
    before = (tmp_path / "drawn.csv").read_bytes()
    (tmp_path / "my_families_wrong.py").write_text(
        "from shapeclf.datasets import Family\nWRONG = Family('wrong', 'y = nan', lambda x: x * float('nan'))\n",
        encoding="utf-8",
    )
    text = mistake("sample", "--family", "my_families_wrong:WRONG", "--sequences", 50, "--output", "drawn.csv")
    assert text.startswith("family 'wrong': y is not finite everywhere")
    assert (tmp_path / "drawn.csv").read_bytes() == before
    assert not list(tmp_path.glob(".*"))
