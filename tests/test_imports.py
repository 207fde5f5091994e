from collections.abc import Callable
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


_SAME = {
    "link first": "from datasets import LINE; import shapeclf.datasets; assert LINE is shapeclf.datasets.LINE",
    "package first": "import shapeclf.datasets; from datasets import LINE; assert LINE is shapeclf.datasets.LINE",
    "submodule": """
import datasets.families, shapeclf.datasets.families
assert datasets.families is shapeclf.datasets.families
assert sys.modules['datasets'] is shapeclf.datasets
""",
    "class of a submodule": """
from datasets.sequences import ShapeSequences
import shapeclf.datasets
assert ShapeSequences is shapeclf.datasets.ShapeSequences
assert ShapeSequences.__module__ == 'shapeclf.datasets.sequences'
""",
    "cli": """
import cli, cli.main, shapeclf.cli, shapeclf.cli.main
assert cli is shapeclf.cli and cli.main is shapeclf.cli.main
""",
    "both links and a pickle": """
import cli.main, datasets, pickle, shapeclf.datasets
assert pickle.loads(pickle.dumps(datasets.SQRT)) == shapeclf.datasets.SQRT
""",
}
_NOTHING_THERE = "import datasets.nothing"
_NO_TORCH = "import sys, datasets, cli; sys.exit('torch' in sys.modules)"
_AWAY = """
import importlib.util, os, sys, shapeclf
root = os.path.dirname(os.path.dirname(os.path.realpath(shapeclf.__file__)))
sys.path = [path for path in sys.path if os.path.realpath(path or ".") != root]
for name in ("datasets", "cli"):
    spec = importlib.util.find_spec(name)  # another package of this name may be installed
    assert spec is None or not os.path.realpath(spec.origin).startswith(root + os.sep + "shapeclf"), spec
"""


@pytest.fixture(scope="module")
def ended(run_fresh: Callable[..., list[tuple[int, str, str]]]) -> dict[str, tuple[int, str]]:
    """Exit code and standard error of each piece of code, run in the checkout."""
    pieces = {code: f"import sys\n{code}\n{_ONE_MODULE_A_FILE}" for code in _SAME.values()}
    pieces |= {code: code for code in (_NOTHING_THERE, _NO_TORCH, _AWAY)}
    done = run_fresh(list(pieces.values()), ROOT, before="import numpy")
    return {code: (exit_code, errors) for code, (exit_code, _, errors) in zip(pieces, done, strict=True)}


@pytest.mark.parametrize("code", _SAME.values(), ids=_SAME.keys())
def test_a_link_leads_to_the_same_objects(code: str, ended: dict[str, tuple[int, str]]) -> None:
    assert ended[code] == (0, "")


def test_a_module_that_is_not_there_is_not_found_through_a_link_either(ended: dict[str, tuple[int, str]]) -> None:
    exit_code, errors = ended[_NOTHING_THERE]
    assert exit_code == 1
    assert "ModuleNotFoundError: No module named 'shapeclf.datasets.nothing'" in errors


def test_links_import_no_torch(ended: dict[str, tuple[int, str]]) -> None:
    assert ended[_NO_TORCH] == (0, "")


def test_away_from_the_checkout_there_are_no_links(ended: dict[str, tuple[int, str]]) -> None:
    assert ended[_AWAY] == (0, "")
