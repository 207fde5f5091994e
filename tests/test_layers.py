import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_every_package_imports_only_what_it_may() -> None:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_two_classes_share_a_name() -> None:
    files = (ROOT / "shapeclf").rglob("*.py")
    found = (node for path in files for node in ast.parse(path.read_text(encoding="utf-8")).body)
    names = Counter(node.name for node in found if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


_TORCH = {"torch", "pytorch_lightning", "torchmetrics"}
_WITHOUT = {
    "shapeclf.datasets": _TORCH | {"onnxruntime", "onnx", "matplotlib", "scipy", "pyarrow"},
    **dict.fromkeys(
        [
            "shapeclf",
            "shapeclf.datasets.writing",
            "shapeclf.recognition",
            "shapeclf.evaluation",
            "shapeclf.evaluation.plots",
            "shapeclf.evaluation.wave_plots",
            "shapeclf.training.waves.folder",
            "shapeclf.training",
            "shapeclf.service.app",
        ],
        _TORCH,
    ),
}


@pytest.fixture(scope="module")
def imported_with(run_fresh: Callable[..., list[tuple[int, str, str]]]) -> dict[str, set[str]]:
    """Return the modules that are loaded after each module of `_WITHOUT` is imported, in one fresh process."""
    code = "import importlib, sys\n"
    code += "\n".join(f"importlib.import_module({name!r}); print(*sys.modules)" for name in _WITHOUT)
    ((ended, out, errors),) = run_fresh([code], ROOT)
    assert (ended, errors) == (0, "")
    return {name: set(line.split()) for name, line in zip(_WITHOUT, out.splitlines(), strict=True)}


@pytest.mark.parametrize(("module", "heavy"), _WITHOUT.items(), ids=_WITHOUT.keys())
def test_what_a_module_does_not_import(module: str, heavy: set[str], imported_with: dict[str, set[str]]) -> None:
    assert module in imported_with[module]
    assert not heavy & imported_with[module]


def test_packages_have_their_public_names_and_no_others() -> None:
    import shapeclf
    import shapeclf.datasets

    for package in (shapeclf, shapeclf.datasets):
        assert all(hasattr(package, name) for name in package.__all__)
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
            _ = package.nothing
