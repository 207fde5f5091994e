"""The check that rebuilds shipped models: which models it finds equal, and which not."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from shapeclf import Recognizer
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.model_file import read_model_file, serialize_with_checksum
from tools.rebuild import FigureComparison, compare_figures, main


def _changed(name: str, by: float, path: Path) -> Path:
    """A shipped model whose weights are moved by random numbers of that size."""
    model = onnx.load(shipped_models()[name])
    del model.metadata_props[[entry.key for entry in model.metadata_props].index("shapeclf.checksum")]
    generator = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.ndim > 1:
            moved = value + np.float32(by) * generator.standard_normal(value.shape).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(moved, tensor.name))
    path.write_bytes(serialize_with_checksum(model))
    read_model_file(path)
    return path


@pytest.mark.parametrize("name", ["fresh", "real"])
def test_a_shipped_model_is_equal_to_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--run", str(shipped_models()[name]), "--sequences", "100"]) == 0
    reported = capsys.readouterr().out
    assert "bytes: equal\nweights: equal, " in reported
    assert "DIFFERS" not in reported


def test_a_model_that_differs_by_rounding_is_equal_in_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fresh", "--run", str(_changed("fresh", 1e-6, tmp_path / "a.onnx")), "--sequences", "500"]) == 0
    assert "bytes: not equal\nweights: " in capsys.readouterr().out


def test_another_model_of_the_same_settings_is_not_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fresh", "--run", str(_changed("fresh", 0.3, tmp_path / "a.onnx")), "--sequences", "500"]) == 1
    assert capsys.readouterr().out.endswith("NOT EQUAL\n")


def test_a_model_of_other_settings_is_not_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fresh", "--run", str(shipped_models()["real"])]) == 1
    assert capsys.readouterr().out.startswith("settings: different: ")


def test_figures_are_those_that_are_measured() -> None:
    recognizer = Recognizer.load("fresh")
    rows = {(row.where, row.name): row for row in compare_figures(recognizer, recognizer, 2000)}
    accuracy = rows["after 8 points", "accuracy"]
    assert accuracy.shipped == accuracy.rebuilt == pytest.approx(0.9404, abs=3 * accuracy.error)  # the model card's
    assert accuracy.error == pytest.approx(np.sqrt(0.94 * 0.06 / 2000), rel=0.2)


def test_figures_within_two_standard_errors_are_equal() -> None:
    assert FigureComparison("all", "accuracy", 0.8, 0.819, 0.01).equal
    assert not FigureComparison("all", "accuracy", 0.8, 0.779, 0.01).equal
