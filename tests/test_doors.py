import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_ONE_MODULE_A_FILE = """
import collections, os, sys
modules = collections.defaultdict(set)
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None)
    if file and os.path.realpath(file).startswith(os.path.realpath("shapeclf") + os.sep):
        modules[os.path.realpath(file)].add(id(module))
assert len(modules) > 3, modules
assert all(len(copies) == 1 for copies in modules.values()), modules
"""


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "from datasets import LINE; import shapeclf.datasets; assert LINE is shapeclf.datasets.LINE",
            id="door first",
        ),
        pytest.param(
            "import shapeclf.datasets; from datasets import LINE; assert LINE is shapeclf.datasets.LINE",
            id="package first",
        ),
        pytest.param(
            "import datasets.families, shapeclf.datasets.families\n"
            "assert datasets.families is shapeclf.datasets.families\n"
            "assert sys.modules['datasets'] is shapeclf.datasets",
            id="submodule",
        ),
        pytest.param(
            "from datasets.sequences import ShapeSequences\n"
            "import shapeclf.datasets\n"
            "assert ShapeSequences is shapeclf.datasets.ShapeSequences\n"
            "assert ShapeSequences.__module__ == 'shapeclf.datasets.sequences'",
            id="class of a submodule",
        ),
        pytest.param(
            "import cli, cli.main, shapeclf.cli, shapeclf.cli.main\n"
            "assert cli is shapeclf.cli and cli.main is shapeclf.cli.main",
            id="cli",
        ),
        pytest.param(
            "import cli.main, datasets, pickle, shapeclf.datasets\n"
            "assert pickle.loads(pickle.dumps(datasets.SQRT)) == shapeclf.datasets.SQRT",
            id="both doors and a pickle",
        ),
    ],
)
def test_the_doors_open_on_the_very_objects(code: str) -> None:
    done = _run(f"import sys\n{code}\n{_ONE_MODULE_A_FILE}", ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_that_is_not_there_is_not_found_behind_a_door_either() -> None:
    done = _run("import datasets.nothing", ROOT)
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'shapeclf.datasets.nothing'" in done.stderr


def test_the_doors_import_no_torch() -> None:
    done = _run("import sys, datasets, cli; sys.exit('torch' in sys.modules)", ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_away_from_the_checkout_there_are_no_doors(tmp_path: Path) -> None:
    code = (
        "import importlib.util, os, sys, shapeclf\n"
        "root = os.path.dirname(os.path.dirname(os.path.realpath(shapeclf.__file__)))\n"
        "sys.path = [path for path in sys.path if os.path.realpath(path) != root]\n"
        "for name in ('datasets', 'cli'):\n"
        "    spec = importlib.util.find_spec(name)\n"  # another package of this name may be installed
        "    assert spec is None or not os.path.realpath(spec.origin).startswith(root + os.sep + 'shapeclf'), spec"
    )
    done = _run(code, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
