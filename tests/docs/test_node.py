"""The JavaScript of the documentation gives Python's answers, to 1e-5."""

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from shapeclf import Recognizer

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "tools" / "node" / "node_modules"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.skipif(not PACKAGES.is_dir(), reason="needs onnxruntime-web: npm ci --prefix tools/node")
@pytest.mark.parametrize("model", ["real", "fresh"])
def test_node_answers_as_python_does(tmp_path: Path, model: str) -> None:
    (code,) = re.findall(r"```js\n(.*?)```", (ROOT / "docs/how-to/other-languages.md").read_text("utf-8"), re.DOTALL)
    if model == "fresh":  # it has one answer for both
        code = code.replace('"ended_log_probabilities"', '"log_probabilities"')
    recognizer = Recognizer.load(model)
    (tmp_path / "recognise.mjs").write_text(code, encoding="utf-8")
    (tmp_path / "families.json").write_text(json.dumps(recognizer.families), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    shutil.copy(str(files("shapeclf") / "models" / f"{model}.onnx"), tmp_path / "model.onnx")
    done = subprocess.run(["node", "recognise.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)

    points = [(1, 4.9), (2, 19.6), (3, 44.1), (4, 78.5), (5, 122.4), (6, 176.5)]
    stream = recognizer.stream()
    *_, streamed = (stream.update(x, y) for x, y in points)
    whole = recognizer.recognize(*zip(*points, strict=True)).probabilities
    assert said["whole"] == pytest.approx(dict(whole), abs=1e-5)
    assert said["stream"] == pytest.approx(dict(zip(recognizer.families, streamed.tolist(), strict=True)), abs=1e-5)
