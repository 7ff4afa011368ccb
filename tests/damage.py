"""What may happen to a file that is stored."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def junk(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(3000))


def bit_flipped(path: Path) -> None:
    """In the first half of the file: of a table, that is in its rows."""
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


def missing(path: Path) -> None:
    path.unlink()


Damage = Callable[[Path], None]
DAMAGES = [truncated, emptied, junk, bit_flipped, missing]
