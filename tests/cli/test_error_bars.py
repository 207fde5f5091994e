"""Error bars reach a model of format 2 from every input of `predict`; other models report that they do not use them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from tests.recognition.format_2_model import FAMILIES, expected, write_model

_POINTS = np.array([[float(x), 0.25 * x, 0.1 + 0.05 * x] for x in range(1, 7)])
_TABLE = "x,y,y_err\n" + "".join(f"{x},{y},{error}\n" for x, y, error in _POINTS.tolist())
_NOTE = "note: the error bars weight the fit; this model does not use them for the probabilities\n"


@pytest.fixture
def predict(shapeclf: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs `predict` with a model of format 2, without a fit."""
    write_model(tmp_path / "model.onnx")
    (tmp_path / "points.csv").write_text(_TABLE, encoding="utf-8")
    rows = "".join(f"{name},{row}\n" for name in "ab" for row in _TABLE.splitlines()[1:])
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "groups.csv").write_text(f"run,x,y,y_err\n{rows}", encoding="utf-8")

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return shapeclf("predict", *arguments, "--model", "model.onnx", "--no-fit", "--json", stdin=stdin)

    return run


def _posteriors(text: str) -> list[list[float]]:
    return [[json.loads(line)["posterior"][name] for name in FAMILIES] for line in text.splitlines()]


def test_a_file(predict: Callable[..., Result]) -> None:
    result = predict("points.csv")
    assert _posteriors(result.stdout)[0] == pytest.approx(expected(_POINTS)[-1], abs=1e-6)
    assert "error bars" not in result.stderr
    each = predict("points.csv", "--each-point", "--y-error", "y_err")
    assert np.array(_posteriors(each.stdout)) == pytest.approx(expected(_POINTS), abs=1e-6)


@pytest.mark.parametrize("error", ["y_err", "0.2", "10%"])
def test_a_stream(error: str, predict: Callable[..., Result]) -> None:
    points = np.tile(_POINTS, (8, 1))  # more lines than those from which the layout is inferred
    points[:, 0] = np.arange(len(points))
    table = "x,y,y_err\n" + "".join(f"{x},{y},{error}\n" for x, y, error in points.tolist())
    points[:, 2] = {"y_err": points[:, 2], "0.2": 0.2, "10%": 0.1 * points[:, 1]}[error]
    result = predict("-", "--y-error", error, stdin=table)
    found = np.array(_posteriors(result.stdout))
    assert found[:-1] == pytest.approx(expected(points), abs=1e-5)
    assert "error bars" not in result.stderr


def test_groups(predict: Callable[..., Result], tmp_path: Path) -> None:
    truth = expected(_POINTS)[-1]
    found = _posteriors(predict("folder/groups.csv", "--group", "run").stdout)
    assert found == [pytest.approx(truth, abs=1e-6)] * 2


def test_a_folder(shapeclf: Callable[..., Result], predict: Callable[..., Result], tmp_path: Path) -> None:
    result = shapeclf("predict", "folder", "--group", "run", "--output", "out", "--model", "model.onnx", "--no-fit")
    assert "error bars" not in result.stderr
    table = pq.read_table(tmp_path / "out" / "groups.csv.parquet")
    found = np.stack([table[f"p_{name}"].to_numpy() for name in FAMILIES], axis=-1)
    assert found == pytest.approx(np.tile(expected(_POINTS)[-1], (2, 1)), abs=1e-6)


def test_models_of_format_1_report_that_they_do_not_use_them(
    shapeclf: Callable[..., Result], predict: Callable[..., Result]
) -> None:
    fresh = ("--model", "fresh")
    for arguments, stdin in ((["points.csv"], None), (["-"], _TABLE), (["folder/groups.csv", "--group", "run"], None)):
        assert shapeclf("predict", *arguments, *fresh, stdin=stdin).stderr.count(_NOTE) == 1
    result = shapeclf("predict", "folder", "--group", "run", "--output", "answers", *fresh)
    assert result.stderr.count(_NOTE.removeprefix("note: ")) == 1
    decided = shapeclf("predict", "-", "--decide", "0.1", *fresh, stdin=_TABLE)
    assert decided.stderr.count("note: the error bars are not used") == 1
    table = _TABLE.replace(",y_err", ",other")
    assert "error bars" not in shapeclf("predict", "-", *fresh, stdin=table).stderr
