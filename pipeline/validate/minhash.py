"""MinHash of abstracts: which of a million texts may be near duplicates of each other.

Word 3-shingles, 128 permutations in 16 bands of 8: two texts that share most of their shingles
share a band, with even odds at a Jaccard similarity of .67, 99.9 % at .9 and 1 % at .4. What
shares a band is a candidate; `pipeline.tables.near_duplicates` compares the texts themselves.
"""

from __future__ import annotations

import re

import polars as pl

BANDS = 16
_ROWS_A_BAND = 8
_SEED = 42
_SHINGLE_WORDS = 3
_WORD = re.compile(r"[^\W_]+")


def shingles(text: str) -> list[str]:
    """Runs of three words of the text, lower-case; fewer at its end, none without words.

    >>> shingles("To be, or not!")
    ['to be or', 'be or not', 'or not', 'not']
    """
    words = _WORD.findall(text.lower())
    return [" ".join(words[n : n + _SHINGLE_WORDS]) for n in range(len(words))]


def minhash_bands(texts: pl.Series) -> pl.Series:
    """The MinHash bands of each text.

    Args:
        texts: strings; null counts as empty.

    Returns:
        Lists of 16 unsigned 64-bit band hashes, empty where a text has no word. The k-th hashes
        of two texts are equal if their k-th bands are; hashes of different bands never are, save
        by chance.
    """
    import numpy as np
    from rensa import RMinHash

    token_sets = [shingles(text or "") for text in texts]
    if not token_sets:
        return pl.Series(texts.name, [], dtype=pl.List(pl.UInt64))
    matrix = RMinHash.digest_matrix_from_token_sets(
        token_sets, num_perm=BANDS * _ROWS_A_BAND, seed=_SEED
    )
    digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(-1, BANDS, _ROWS_A_BAND)
    # FNV-1a over the band's rows, begun with the band's number; wraps at 64 bits by design.
    hashes = np.full((len(digests), BANDS), 0xCBF29CE484222325, dtype=np.uint64)
    hashes ^= np.arange(BANDS, dtype=np.uint64)
    for row in range(_ROWS_A_BAND):
        hashes = (hashes * np.uint64(0x100000001B3)) ^ digests[:, :, row]
    hashes *= np.uint64(0x9E3779B97F4A7C15)
    found = np.array([bool(tokens) for tokens in token_sets])
    return pl.Series(
        texts.name,
        [row.tolist() if any_ else [] for row, any_ in zip(hashes, found, strict=True)],
        dtype=pl.List(pl.UInt64),
    )
