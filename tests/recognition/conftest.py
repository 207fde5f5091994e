"""Model files that were changed after they were written."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from shapeclf.recognition.model_file import serialize_with_checksum


@pytest.fixture
def altered_model(tiny_model: Path, tmp_path: Path) -> Callable[[Callable[[onnx.ModelProto], object]], Path]:
    """Writes the tiny model, changed and with a correct checksum: ``altered_model(lambda model: ...)``."""

    def altered(change: Callable[[onnx.ModelProto], object]) -> Path:
        model = onnx.load_model_from_string(tiny_model.read_bytes())
        kept = [entry for entry in model.metadata_props if entry.key != "shapeclf.checksum"]
        del model.metadata_props[:]
        model.metadata_props.extend(kept)
        change(model)
        path = tmp_path / "other.onnx"
        path.write_bytes(serialize_with_checksum(model))
        return path

    return altered
