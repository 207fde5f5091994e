"""Each file of ``files`` is read as its entry in ``expected.json`` says, or refused with a line that does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shapeclf.datasets.tables.reading import read_table
from shapeclf.errors import InputError

FILES = Path(__file__).parent / "files"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
_KEYS = ("x", "y", "y_error", "x_unit", "y_unit", "x_origin", "points", "skipped")


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" not in want])
def test_files_that_are_read(name: str) -> None:
    want = EXPECTED[name]
    table = read_table(FILES / name)
    found = table.record()
    assert {key: found[key] for key in _KEYS if key in want} == {key: want[key] for key in _KEYS if key in want}
    for place in ("first", "last"):
        if place in want:
            assert found[place] == pytest.approx(want[place], rel=0.03, abs=1e-9)
    assert sorted(found["other_columns"]) == sorted(want.get("other_columns", []))
    assert all(want[axis] in table.summary() for axis in "xy" if want.get(axis))


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" in want])
def test_files_that_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"(?i){EXPECTED[name]['refused']}") as told:
        read_table(FILES / name)
    assert re.match(rf"{re.escape(str(FILES / name))}[:,] ", str(told.value))
    assert "\n" not in str(told.value)


def test_every_file_has_its_entry() -> None:
    assert {path.name for path in FILES.iterdir()} - {"expected.json", "README.md"} == set(EXPECTED)
