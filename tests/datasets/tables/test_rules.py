"""Files show that each row of ``docs/reference/reading.md`` holds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

from . import cell_rules, rules

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "reading.md"
_RULES = rules.RULES | cell_rules.RULES


def _cases() -> Iterator[Any]:
    for rule, cases in _RULES.items():
        for number, case in enumerate(cases, start=1):
            content, want, options = case if len(case) == 3 else (*case, {})
            yield pytest.param(content, want, options, id=f"{rule[:40]} {number}")


@pytest.mark.parametrize(("content", "want", "options"), list(_cases()))
def test_each_rule_of_the_page(content: str | bytes, want: Any, options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "points"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if isinstance(want, str):
        with pytest.raises(InputError) as raised:
            read_table(path, ReadOptions(**options))
        assert want in str(raised.value)
        assert "\n" not in str(raised.value)
        return
    table = read_table(path, ReadOptions(**options))
    if isinstance(want, list):
        np.testing.assert_array_equal(np.stack([table.x, table.y], axis=1), want)
        return
    found = table.record() | {"remarks": list(table.remarks)}
    if "errors" in want:
        assert table.y_error == pytest.approx(want["errors"])
    assert {key: found[key] for key in want if key != "errors"} == {key: want[key] for key in want if key != "errors"}


def test_each_row_of_the_page_has_files() -> None:
    text = _PAGE.read_text(encoding="utf-8").split("## Streams")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row not in ("content",)] == sorted(_RULES, key=rows.index)
    assert len(rows) - rows.count("content") == len(_RULES)
