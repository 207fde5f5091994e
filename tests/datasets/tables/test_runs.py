import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.runs import GroupName, make_runs


@given(rows=st.lists(st.sampled_from("abc"), min_size=1, max_size=20), data=st.data())
def test_runs_are_those_of_a_loop(rows: list[str], data: st.DataObject) -> None:
    changes = [i for i in range(1, len(rows)) if rows[i] != rows[i - 1]]
    more = (
        data.draw(st.lists(st.integers(1, len(rows)).filter(lambda i: i < len(rows)), max_size=5)) if rows[1:] else []
    )
    starts = sorted({0, *changes, *more})
    points = np.arange(2.0 * len(rows)).reshape(-1, 2)
    names: list[GroupName] = [rows[start] for start in starts]
    runs = make_runs(names, np.array(starts), 7 + np.arange(len(rows)), points)
    expected = [(name, len(list(part))) for name, part in itertools.groupby(rows)]
    assert list(zip(runs.names, runs.lengths.tolist(), strict=True)) == expected
    assert runs.places.tolist() == [7, *(7 + change for change in changes)]
    assert runs.points is points
