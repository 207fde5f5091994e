import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.runs import GroupName, GroupStarts, merged_neighbours, runs_of_rows


@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=20),
    more=st.lists(st.integers(1, 19), max_size=5),
)
def test_runs_are_those_of_a_loop(rows: list[tuple[str, bool]], more: list[int]) -> None:
    changes = [i for i in range(1, len(rows)) if rows[i][0] != rows[i - 1][0]]
    starts = np.array(sorted({0, *changes, *(start for start in more if start < len(rows))}))
    names: list[GroupName] = [rows[start][0] for start in starts]
    is_point = np.array([is_point for _, is_point in rows])
    runs = merged_neighbours(runs_of_rows(GroupStarts(names, starts, 7 + starts), is_point, [np.zeros(is_point.sum())]))
    expected = [
        (name, [is_point for _, is_point in part]) for name, part in itertools.groupby(rows, lambda row: row[0])
    ]
    assert runs.names == [name for name, _ in expected]
    assert runs.lengths.tolist() == [sum(part) for _, part in expected]
    assert runs.skipped.tolist() == [len(part) - sum(part) for _, part in expected]
    assert runs.lines.tolist() == [7, *(7 + change for change in changes)]


def test_a_group_may_have_no_row() -> None:
    groups = GroupStarts(["a", "b", "c"], np.array([0, 2, 2]), np.array([1, 2, 3]))
    runs = runs_of_rows(groups, np.ones(2, dtype=bool), [])
    assert runs.lengths.tolist() == [2, 0, 0]
