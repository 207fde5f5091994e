import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_every_floor_imports_only_what_it_may() -> None:
    done = _run("from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "shapeclf",
        "shapeclf.datasets",
        "shapeclf.datasets.writing",
        "shapeclf.recognition",
        "shapeclf.evaluation",
        "shapeclf.evaluation.plots",
        "shapeclf.evaluation.wave_plots",
        "shapeclf.training.waves.folder",
        "shapeclf.training",
        "shapeclf.service.app",
    ],
)
def test_torch_is_not_imported(module: str) -> None:
    done = _run(
        f"import sys, {module}\nprint(*sorted({{'torch', 'pytorch_lightning', 'torchmetrics'}} & set(sys.modules)))"
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_generators_import_neither_onnxruntime_nor_matplotlib() -> None:
    done = _run(
        "import sys, shapeclf.datasets\n"
        "print(*sorted({'onnxruntime', 'onnx', 'matplotlib', 'scipy', 'pyarrow'} & set(sys.modules)))"
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_the_package_hands_out_what_it_names_and_nothing_else() -> None:
    import shapeclf
    import shapeclf.datasets

    for package in (shapeclf, shapeclf.datasets):
        assert all(hasattr(package, name) for name in package.__all__)
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
            _ = package.nothing
