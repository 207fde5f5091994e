import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.chunks import whole_groups
from shapeclf.datasets.tables.columns import Choice, Column
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.runs import GroupName, GroupStarts, Runs, merged_neighbours, runs_of_rows
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

_LONG = TableLayout(
    "a.csv", "line", ",", ".", 2, True, Choice(None, Column(1, "y", None, "y", "number")), ReadOptions()
)
_WIDE = replace(_LONG, options=ReadOptions(wide=True))
_LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=12)


def _runs(names: list[GroupName], first: int) -> Runs:
    """Return the runs of rows of these groups; y is the number of the row in the file."""
    starts, rows = np.arange(len(names)), np.arange(first, first + len(names))
    columns = [-rows.astype(np.float64), rows.astype(np.float64)]
    return merged_neighbours(
        runs_of_rows(GroupStarts(names, starts, 1 + rows), np.ones(len(names), dtype=bool), columns)
    )


def _parts(lengths: list[int], cuts: list[int]) -> Iterator[Runs]:
    """Yield the parts of a table with groups g0, g1, ... of these lengths that is cut at these rows."""
    rows = [f"g{group}" for group, length in enumerate(lengths) for _ in range(length)]
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for start, stop in itertools.pairwise(edges):
        yield _runs([*rows[start:stop]], start)


def _check(chunks: list[Runs], lengths: list[int], limit: int) -> None:
    assert [name for chunk in chunks for name in chunk.names] == [f"g{i}" for i in range(len(lengths))]
    assert np.concatenate([chunk.lengths for chunk in chunks]).tolist() == lengths
    for axis, sign in enumerate((-1, 1)):
        values = np.concatenate([chunk.columns[axis] for chunk in chunks])
        assert (sign * values).tolist() == list(range(sum(lengths)))
    for chunk in chunks:
        assert {len(column) for column in chunk.columns} == {chunk.lengths.sum()}
        assert chunk.lengths.sum() <= limit or len(chunk.names) == 1


@given(lengths=_LENGTHS, cuts=st.lists(st.integers(1, 60), max_size=8), limit=st.integers(1, 30), at_once=st.booleans())
def test_joined_chunks_are_the_groups(lengths: list[int], cuts: list[int], limit: int, at_once: bool) -> None:
    chunks = list(whole_groups(_LONG, _parts(lengths, cuts), limit, at_once=at_once))
    _check(chunks, lengths, limit)
    if not at_once:
        for chunk, after in itertools.pairwise(chunks):
            assert chunk.lengths.sum() + after.lengths[0] > limit, "another group would have fitted"


@given(lengths=_LENGTHS, parts=st.integers(1, 5), limit=st.integers(1, 30), at_once=st.booleans())
def test_chunks_of_whole_groups(lengths: list[int], parts: int, limit: int, at_once: bool) -> None:
    ends = np.cumsum(lengths)[:-1]
    cuts = ends[:: max(1, len(lengths) // parts)].tolist()
    chunks = list(whole_groups(_WIDE, _parts(lengths, cuts), limit, at_once=at_once))
    _check(chunks, lengths, limit)


def test_whole_groups_may_share_a_name() -> None:
    part = runs_of_rows(GroupStarts(["a", "a"], np.arange(2), np.arange(2)), np.ones(2, dtype=bool), [np.zeros(2)])
    (chunk,) = whole_groups(_WIDE, [part, part], limit=10)
    assert chunk.names == ["a"] * 4
    assert chunk.lengths.tolist() == [1] * 4


def test_a_stream_is_answered_as_soon_as_a_group_ends() -> None:
    read = []

    def parts() -> Iterator[Runs]:
        for part in _parts([2, 2, 1], [1, 2, 3, 4]):
            read.append(part.names[0])
            yield part

    chunks = whole_groups(_LONG, parts(), limit=100, at_once=True)
    assert next(chunks).names == ["g0"]
    assert read == ["g0", "g0", "g1"]


def test_the_number_of_points_in_memory_is_bounded() -> None:
    largest = 0
    held: list[Runs] = []
    for chunk in whole_groups(_LONG, _parts([3] * 400, list(range(0, 1200, 10))), limit=20):
        column = chunk.columns[0]
        base = column if column.base is None else column.base
        largest = max(largest, len(base))
        held.append(chunk)
    assert largest <= 20 + 10
    assert len(held) == 400 // 6 + 1


@pytest.mark.parametrize("cuts", [[], [2], [1, 2, 3, 4]], ids=["one part", "two parts", "a part a row"])
def test_a_group_whose_rows_are_not_adjacent_is_refused(cuts: list[int]) -> None:
    def rows(names: str) -> Iterator[Runs]:
        edges = [0, *cuts, len(names)]
        for start, stop in itertools.pairwise(edges):
            yield _runs([*names[start:stop]], start)

    message = r"^a\.csv, line 5: the rows of group 'b' are not adjacent, it began in line 2; sort by group first$"
    with pytest.raises(InputError, match=message):
        list(whole_groups(_LONG, rows("abbcb"), limit=100))


def test_no_runs_give_no_chunks() -> None:
    assert list(whole_groups(_LONG, [], limit=1)) == []
    assert list(whole_groups(_WIDE, [], limit=1)) == []
