"""Fixtures and helpers that several tests share."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, settings

from shapeclf.recognition import model_file
from shapeclf.recognition.wire import structure_bytes

# The same examples at every run, however slow the machine; a fixture's folder may serve several examples.
for _name, _examples in (("fast", 15), ("thorough", 100)):
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
settings.load_profile("fast")  # --hypothesis-profile names another

# Tests run in parallel, and their networks are tiny: a second thread would only wait for the first.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _prepared_once() -> Iterator[None]:
    """Check and prepare each model only once, since hundreds of tests load a shipped model."""
    checked: dict[bytes, model_file.ModelFile] = {}
    check = model_file._checked

    def checking(source: str, content: bytes, model: onnx.ModelProto) -> model_file.ModelFile:
        if content not in checked:
            if len(checked) > 20:
                checked.clear()
            checked[content] = check(source, content, model)
        found = checked[content]
        return replace(found, source=source, record=deepcopy(found.record))

    prepared: dict[tuple[bytes, int, int], onnxruntime.InferenceSession] = {}
    prepare = onnxruntime.InferenceSession

    def remembering(content: Any, sess_options: Any = None, **options: Any) -> onnxruntime.InferenceSession:
        if sess_options is None or not isinstance(content, bytes):
            return prepare(content, sess_options, **options)
        key = (content, sess_options.intra_op_num_threads, sess_options.inter_op_num_threads)
        if key not in prepared:
            if len(prepared) > 20:
                prepared.clear()
            prepared[key] = prepare(content, sess_options, **options)
        return prepared[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnxruntime, "InferenceSession", remembering)
        patch.setattr(model_file, "_checked", checking)
        patch.setattr(model_file, "structure_bytes", lru_cache(20)(structure_bytes))
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model file of an untrained network with three families, hidden size 16 and the record of ``classic``."""
    import torch  # here, because only some tests need it and it takes seconds

    from shapeclf.training import settings_of
    from shapeclf.training.export import export
    from shapeclf.training.network import ShapeNetwork

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ShapeNetwork(families=3, hidden_size=16).eval()
    classic = settings_of("classic")
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    names = [family.name for family in classic.families]
    path.write_bytes(export(network, names, {"settings": classic.record()}))
    return path


@pytest.fixture(scope="session")
def one_picture() -> Iterator[None]:
    """Draw the picture of a training only once; drawing it takes longer than fifty updates of a tiny network.

    The tests ``training/test_runs.py`` and ``training/waves/test_runs.py`` check that a picture shows its own training.
    """
    from matplotlib.figure import Figure

    from shapeclf._files import write_whole
    from shapeclf.recognition.pictures import save_figure

    def save(figure: Figure, path: Path) -> None:
        if drawn:
            write_whole(path, drawn[0])
        else:
            save_figure(figure, path)
            drawn.append(path.read_bytes())

    drawn: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        for module in ("shapeclf.training.runs", "shapeclf.training.waves.runs"):
            patch.setattr(f"{module}.save_figure", save)
        yield


@pytest.fixture(scope="session")
def run_fresh() -> Callable[..., list[tuple[int, str, str]]]:
    """Run pieces of code as ``python -c`` does, each in its own process; return their exit codes and outputs.

    ``before`` is code that is run once, before all pieces, such as imports that every piece needs.
    """

    def run(pieces: Sequence[str], folder: Path, before: str = "") -> list[tuple[int, str, str]]:
        if not hasattr(os, "fork"):
            pytest.skip("pieces of code are forked")
        done = subprocess.run(
            [sys.executable, "-W", "error", str(Path(__file__).with_name("forked.py"))],
            cwd=folder,
            input=json.dumps({"before": before, "pieces": pieces}),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        return [(code, out, errors) for code, out, errors in json.loads(done.stdout)]

    return run
