"""A registry of the groups that have been read, to detect groups whose rows are not consecutive."""

from collections.abc import Sequence
from typing import final

import numpy as np

from shapeclf.datasets._types import IntArray
from shapeclf.datasets.tables.runs import GroupName

__all__ = ["GroupRegistry"]


def _keys(names: Sequence[GroupName]) -> IntArray:
    """Return a number for each name: its bits, or the 64-bit hash of a text.

    Two of a million texts have the same hash with a probability of 3e-8.
    """
    if isinstance(names[0], str):
        return np.fromiter(map(hash, names), np.int64, len(names))
    if isinstance(names[0], int):
        try:
            return np.array(names, dtype=np.int64)
        except OverflowError:  # some are from 2⁶³ up; without a type, NumPy would round all of them to double precision
            return np.array(names, dtype=np.uint64).view(np.int64)
    return (np.array(names, dtype=np.float64) + 0.0).view(np.int64)  # -0.0 equals 0.0, but its bits differ


@final
class GroupRegistry:
    """The groups read so far, 16 bytes each: a number for the name, and the line in which the group began.

    Example:
        >>> registry = GroupRegistry()
        >>> registry.add(["a", "b"], np.array([1, 17]))
        >>> registry.add(["c", "a"], np.array([33, 49]))
        (1, 1)
    """

    def __init__(self) -> None:
        self._parts: list[tuple[IntArray, IntArray]] = []  # keys in ascending order, and their lines

    def add(self, names: Sequence[GroupName], lines: IntArray) -> tuple[int, int] | None:
        """Add groups, and find the first that was read before.

        Args:
            names: Names of the groups, all of one type, in the order of the file.
            lines: Number of the line or row in which each group begins, ascending, shape (groups,).

        Returns:
            None if all groups are new; else the index of the first that is not, and the line in which it began before.
        """
        if not names:
            return None
        keys = _keys(names)
        order = np.argsort(keys, kind="stable")
        keys, lines_by_key = keys[order], lines[order]
        again = np.flatnonzero(keys[1:] == keys[:-1])
        repeated = [(int(order[i + 1]), int(lines_by_key[i])) for i in again[np.argsort(order[again + 1])][:1]]
        for known, began in self._parts:
            at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            hits = np.flatnonzero(known[at] == keys)
            repeated += [(int(order[i]), int(began[at[i]])) for i in hits[np.argsort(order[hits])][:1]]
        self._store(keys, lines_by_key)
        return min(repeated, default=None)

    def _store(self, keys: IntArray, lines: IntArray) -> None:
        # Each part is at least twice as long as the next, so few parts are searched, and a key is merged few times.
        while self._parts and len(self._parts[-1][0]) < 2 * len(keys):
            known, began = self._parts.pop()
            at = np.searchsorted(known, keys)
            keys, lines = np.insert(known, at, keys), np.insert(began, at, lines)
        self._parts.append((keys, lines))
