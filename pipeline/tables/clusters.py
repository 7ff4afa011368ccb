"""Things that belong together, directly or through others."""

from __future__ import annotations

from collections.abc import Iterable


class Clusters:
    """Disjoint sets of row numbers; the least of a set stands for it.

    >>> clusters = Clusters(range(4))
    >>> clusters.join(2, 3); clusters.join(3, 1)
    >>> [clusters.root(n) for n in range(4)]
    [0, 1, 1, 1]
    """

    def __init__(self, rows: Iterable[int]) -> None:
        self._parent = {row: row for row in rows}

    def root(self, row: int) -> int:
        """The least row of the set that `row` is in."""
        while self._parent[row] != row:
            self._parent[row] = row = self._parent[self._parent[row]]
        return row

    def join(self, a: int, b: int) -> None:
        """Make one set of the sets of `a` and `b`."""
        first, second = sorted((self.root(a), self.root(b)))
        self._parent[second] = first
