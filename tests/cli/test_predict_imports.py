"""``shapeclf predict`` imports heavy packages only with the options that need them."""

from collections.abc import Callable

import pytest

from .test_predict_options import LINE_OF_20

# The heavy modules that each command may import. All but the last run in one process, one after the other, where
# imported modules stay. So a command that may import more comes after those that may import less.
_NEEDED = {
    "line.csv": set(),
    "line.csv --json --each-point": set(),
    "line.csv --output a.csv": set(),
    "groups.csv --group run": set(),
    "line.csv --plot a.png --no-fit": {"matplotlib"},
    "line.csv --plot a.png": {"matplotlib", "scipy"},
    "line.csv --output a.parquet": {"pyarrow", "pandas"},  # which pyarrow imports where it is installed
}
_HEAVY = {"torch", "pytorch_lightning", "scipy", "matplotlib", "pyarrow", "pandas", "rich"}
_CODE = """
import sys
from shapeclf.cli.main import main
for words in {commands}:
    main(["predict", "--quiet", *words.split()], standalone_mode=False)
    print(*{heavy} & set(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, run_fresh: Callable[..., list[tuple[int, str, str]]]
) -> dict[str, set[str]]:
    """Return the heavy packages that each command of `_NEEDED` has imported."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "line.csv").write_text(LINE_OF_20, encoding="utf-8")
    rows = "".join(f"a,{row}\n" for row in LINE_OF_20.splitlines()[1:])
    (folder / "groups.csv").write_text("run,time,length\n" + rows, encoding="utf-8")
    *one_after_another, last = _NEEDED
    pieces = [_CODE.format(commands=commands, heavy=_HEAVY) for commands in (one_after_another, [last])]
    done = run_fresh(pieces, folder, before="import numpy, onnxruntime")
    assert [exit_code for exit_code, _, _ in done] == [0] * len(done), done
    lines = [line for _, _, errors in done for line in errors.splitlines()]
    return {words: set(line.split()) for words, line in zip(_NEEDED, lines, strict=True)}


@pytest.mark.parametrize(("words", "allowed"), _NEEDED.items(), ids=_NEEDED.keys())
def test_nothing_is_imported_that_is_not_needed(words: str, allowed: set[str], imported: dict[str, set[str]]) -> None:
    assert imported[words] <= allowed
