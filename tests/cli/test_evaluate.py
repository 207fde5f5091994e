"""``shapeclf eval``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from shapeclf import Recognizer, evaluate
from shapeclf.datasets import ShapeSequences

KEYS = {"model", "recipe", "families", "points", "sequences", "accuracy", "nll", "mean_accuracy", "confusion"}
AGAINST_THE_LIMIT = {"reference", "excess_nll", "excess_nll_standard_error", "calibration_error", "leak"}


@pytest.fixture
def report(shapeclf: Callable[..., Result], in_trained_folder: Path) -> Callable[..., dict[str, Any]]:
    """Runs ``eval --json`` on the newest run and reads what it prints."""

    def invoke(*arguments: object) -> dict[str, Any]:
        result = shapeclf("eval", "--json", *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        read: dict[str, Any] = json.loads(result.stdout)
        return read

    return invoke


@pytest.mark.parametrize("points", [1, 4, 64], ids="{}-points".format)
def test_json_has_these_keys_and_shapes(points: int, report: Callable[..., dict[str, Any]]) -> None:
    found = report("--points", points, "--sequences", 600)
    assert set(found) == KEYS | AGAINST_THE_LIMIT
    assert found["model"] == str(Path("runs") / "version_0" / "model.onnx")
    assert (found["recipe"], found["families"]) == ("classic", ["line", "parabola", "sqrt"])
    assert (found["points"], found["sequences"]) == (points, 600)
    assert len(found["accuracy"]) == len(found["nll"]) == points
    assert found["mean_accuracy"] == pytest.approx(sum(found["accuracy"]) / points)
    assert np.shape(found["confusion"]) == (3, 3)
    assert np.sum(found["confusion"]) == 600
    assert np.trace(found["confusion"]) == round(found["accuracy"][-1] * 600)


def test_the_figures_are_those_of_the_test_split_of_the_models_own_data(
    report: Callable[..., dict[str, Any]], in_trained_folder: Path
) -> None:
    found = report("--points", 3, "--sequences", 500, "--seed", 7)
    recognizer = Recognizer.load(in_trained_folder)
    parameters = ShapeSequences(seed=2).fixed_parameters
    assert parameters is not None
    batch = ShapeSequences(parameters=parameters, points=3, batch_size=500, seed=7, split="test").batch(0)
    answers = recognizer.log_probabilities(batch.points)
    right = answers.argmax(-1) == batch.labels[:, None]
    assert found["accuracy"] == pytest.approx(right.mean(0).tolist())
    nll = -np.take_along_axis(answers, batch.labels[:, None, None], axis=-1).mean((0, 2))
    assert found["nll"] == pytest.approx(nll.tolist(), rel=1e-5)
    for truth in range(3):  # rows are the truth
        counts = np.bincount(answers[batch.labels == truth, -1].argmax(-1), minlength=3)
        assert found["confusion"][truth] == counts.tolist()


def test_a_classic_run_reaches_its_target_accuracy(report: Callable[..., dict[str, Any]]) -> None:
    found = report("--points", 4)
    assert found["sequences"] == 10_000
    assert found["accuracy"][0] >= 0.99
    assert found["accuracy"][3] >= 0.999


def test_the_same_seed_gives_the_same_figures_and_another_others(report: Callable[..., dict[str, Any]]) -> None:
    first, again, other = (report("--sequences", 300, "--seed", seed) for seed in (1, 1, 2))
    assert first == again
    assert first["nll"] != other["nll"]


def test_python_gives_the_same_report(report: Callable[..., dict[str, Any]], trained_run: Path) -> None:
    expected = evaluate(Recognizer.load(trained_run), points=5, sequences=300, seed=3).to_json()
    found = report("--points", 5, "--sequences", 300, "--seed", 3)
    assert found.pop("model") != expected.pop("model")
    assert found == expected


def test_a_models_file_its_run_and_the_newest_run_are_the_same(
    report: Callable[..., dict[str, Any]], trained_run: Path
) -> None:
    found = [report("--sequences", 100, *model) for model in ((), ("--model", trained_run / "model.onnx"))]
    found.append(report("--sequences", 100, "--model", trained_run))
    assert found[1] == found[2]
    assert found[0] | {"model": found[1]["model"]} == found[1]


def test_the_table(shapeclf: Callable[..., Result], in_trained_folder: Path) -> None:
    result = shapeclf("eval", "--points", 2, "--sequences", 100)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{Path('runs') / 'version_0' / 'model.onnx'} (recipe classic), 100 sequences")
    assert lines[2].split()[:2] == ["points", "accuracy"]
    assert [line.split()[0] for line in lines[3:5]] == ["1", "2"]
    assert lines[6].startswith("mean accuracy over points 1..2: ")
    title, header, *matrix = lines[-5:]
    assert title == "confusion matrix after 2 points (row: true family, column: answer):"
    assert header.split() == ["line", "parabola", "sqrt"]
    assert [line.split()[0] for line in matrix] == ["line", "parabola", "sqrt"]
    assert sum(int(cell) for line in matrix for cell in line.split()[1:]) == 100


@pytest.mark.parametrize(
    ("name", "start"),
    [
        pytest.param("p.png", b"\x89PNG", id="png"),
        pytest.param("p.svg", b"<?xml", id="svg", marks=pytest.mark.slow),
        pytest.param("p.pdf", b"%PDF", id="pdf", marks=pytest.mark.slow),
    ],
)
def test_plot(name: str, start: bytes, shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path) -> None:
    result = shapeclf("eval", "--model", tiny_model, "--sequences", 20, "--plot", name)
    assert result.exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


_REFUSED = {
    "points-0": (["--points", "0"], "Invalid value for '--points': 0 is not in the range x>=1."),
    "points-text": (["--points", "four"], "Invalid value for '--points': 'four' is not a valid integer range."),
    "sequences-0": (["--sequences", "0"], "Invalid value for '--sequences': 0 is not in the range x>=1."),
    "seed": (["--seed", "-1"], "Invalid value for '--seed': -1 is not in the range x>=0."),
    "plot": (["--plot", "p.bmp"], "p.bmp: a picture's name ends in .pdf, .png, .svg"),
}


@pytest.mark.parametrize(("options", "text"), _REFUSED.values(), ids=_REFUSED.keys())
def test_a_bad_value_is_refused(options: list[str], text: str, mistake: Callable[..., str], tiny_model: Path) -> None:
    assert mistake("eval", "--model", tiny_model, *options) == text


def test_a_picture_that_cannot_be_written_is_a_failure(failure: Callable[..., str], tiny_model: Path) -> None:
    text = failure("eval", "--model", tiny_model, "--sequences", 10, "--plot", Path("missing") / "p.png")
    assert "missing" in text
    assert "No such file or directory" in text


def test_the_references_are_those_of_the_changed_data_set(report: Callable[..., dict[str, Any]]) -> None:
    own = report("--points", 3, "--sequences", 2000)
    assert own["reference"]["exact"]["accuracy"] == [1, 1, 1]  # one point decides where k and b are known
    other = report("--points", 3, "--sequences", 2000, "--parameters", "fresh", "--x", "5:15", "--noise", 0.1)
    np.testing.assert_allclose(other["reference"]["exact"]["accuracy"], [0.785, 0.895, 0.920], atol=0.03)
    np.testing.assert_allclose(other["reference"]["exact"]["nll"], [0.475, 0.267, 0.217], atol=0.05)
    np.testing.assert_allclose(other["reference"]["least_squares"]["accuracy"], [1 / 3, 1 / 3, 0.556], atol=0.04)
    np.testing.assert_allclose(other["leak"], [1 / 3] * 3, atol=0.04)
    differences = np.subtract(other["nll"], other["reference"]["exact"]["nll"])
    np.testing.assert_allclose(other["excess_nll"], differences, atol=1e-9)
    assert all(0 <= error <= 1 for error in other["calibration_error"])


def test_the_table_reports_the_leak_of_x(shapeclf: Callable[..., Result], in_trained_folder: Path) -> None:
    result = shapeclf("eval", "--points", 3, "--sequences", 500)
    assert "x alone, without y, has an accuracy of 0.50 after 1 point and 0.62 after 3" in result.stdout
    result = shapeclf("eval", "--points", 3, "--sequences", 500, "--x", "5:15")
    assert "x alone, without y" not in result.stdout


def test_a_data_set_without_an_exact_posterior_is_reported(
    shapeclf: Callable[..., Result], in_trained_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A family with a shape parameter, for which the exact posterior is not implemented.
    own = Path("my_families_bent.py")
    own.write_text(
        "from shapeclf.datasets import Family, LogUniform\n"
        "def power(x, a):\n    return x**a\n"
        "BENT = Family('bent', 'y = k·x^a + b', power, shape={'a': LogUniform(1.2, 1.8)})\n",
        encoding="utf-8",
    )
    of = ("--families", "line,bent", "--family", "my_families_bent:BENT", "--parameters", "fresh")
    small = ("--quiet", "--max-updates", 1, "--hidden-size", 4, "--test-sequences", 50, "--output", "own")
    trained = shapeclf("train", *of, *small)
    assert trained.exit_code == 0, trained.stderr
    options = ("--model", "own/version_0", "--family", "my_families_bent:BENT", "--sequences", 50)
    assert "cannot be computed for this data set" in shapeclf("eval", *options).stdout
    found = json.loads(shapeclf("eval", *options, "--json").stdout)
    assert found["reference"] == {"exact": None, "least_squares": None}
    assert found["excess_nll"] is None


def test_x_own_is_the_default(report: Callable[..., dict[str, Any]]) -> None:
    same = report("--points", 2, "--sequences", 300, "--x", "own")
    assert same == report("--points", 2, "--sequences", 300)
    assert same["leak"] != report("--points", 2, "--sequences", 300, "--x", "5:15")["leak"]


def test_several_numbers_of_points_have_a_row_each(shapeclf: Callable[..., Result], in_trained_folder: Path) -> None:
    every = shapeclf("eval", "--points", 3, "--sequences", 200).stdout.splitlines()
    some = shapeclf("eval", "--points", "1,3", "--sequences", 200).stdout.splitlines()
    assert some[2:5] == [every[2], every[3], every[5]]


def test_real_names_the_options_that_the_comparison_needs(shapeclf: Callable[..., Result]) -> None:
    printed = shapeclf("eval", "--model", "real", "--points", 3, "--sequences", 20).stdout
    assert "not compared with the exact posterior, which needs --noise and several numbers in --points" in printed
    assert "cannot be computed for this data set" not in printed


@pytest.mark.slow
def test_real_is_compared_with_the_limit_among_its_laws(shapeclf: Callable[..., Result]) -> None:
    options = ("eval", "--model", "real", "--points", "3,4", "--noise", 0.1, "--sequences", 12)
    found = json.loads(shapeclf(*options, "--json").stdout)
    assert found["points"] == [3, 4]
    np.testing.assert_allclose(np.subtract(found["nll"], found["exact_nll"]), found["excess_nll"])
    assert all(0 < exact < np.log(10) + 1 for exact in found["exact_nll"])
    assert "no drift, nothing rounded; only the laws are considered" in shapeclf(*options).stdout


def test_the_comparison_with_the_limit_has_no_picture(shapeclf: Callable[..., Result]) -> None:
    options = ("--model", "real", "--points", "3,4", "--noise", 0.1, "--plot", "picture.png")
    refused = shapeclf("eval", *options)
    assert refused.exit_code == 2
    assert "give --points one number" in refused.stderr
