import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.registry import GroupRegistry
from shapeclf.datasets.tables.runs import GroupName

_NAMES = st.one_of(
    st.lists(st.lists(st.integers(-4, 40), max_size=8), max_size=12),
    st.lists(st.lists(st.text("ab", max_size=5), max_size=8), max_size=12),
    st.lists(st.lists(st.sampled_from([0.0, -0.0, 0.5, 1e300, -1.0, 2.0, 2.5]), max_size=3), max_size=4),
)


@given(parts=_NAMES)
def test_the_first_group_read_before_is_found(parts: list[list[GroupName]]) -> None:
    registry = GroupRegistry()
    began: dict[GroupName, int] = {}
    line = 1
    for names in parts:
        found = registry.add(names, np.arange(line, line + len(names)))
        expected = None
        for index, name in enumerate(names):
            if name in began and expected is None:
                expected = (index, began[name])
            began.setdefault(name, line + index)
        assert found == expected
        if expected is not None:
            return
        line += len(names)


@pytest.mark.parametrize(
    "names",
    [
        [-1, -2],
        [0, 2**61 - 1],
        [1, 2**61],
        [2**63 - 1, -(2**63)],
        [0, 2**64 - 1],
        [2**63 + 1, 2**63 + 2, 1],
        [1.0, 1.0 + 2**-52],
    ],
    ids=repr,
)
def test_similar_names_are_different_groups(names: Sequence[GroupName]) -> None:
    registry = GroupRegistry()
    together = GroupRegistry()
    assert together.add(names, np.arange(len(names))) is None
    assert registry.add(names[:1], np.array([1])) is None
    assert registry.add(names[1:], np.arange(2, len(names) + 1)) is None
    assert registry.add(names[:1], np.array([9])) == (0, 1)


def test_many_groups_take_16_bytes_each() -> None:
    names = np.random.default_rng(0).permutation(50_000)
    tracemalloc.start()
    try:
        registry = GroupRegistry()
        for start in range(0, len(names), 100):
            assert registry.add(names[start : start + 100].tolist(), start + np.arange(100)) is None
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 16 * len(names) <= held < 17 * len(names)
    assert registry.add([int(names[31_234])], np.array([50_000])) == (0, 31_234)
