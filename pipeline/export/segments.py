"""The two sides of a row as segments: one line each, with nothing in it that ends a line."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

_BREAKS = r"[\p{Cc}\p{Zl}\p{Zp}\x{FEFF}\x{FFFE}\x{FFFF}]"
r"""What no segment holds: characters that some reader takes for the end of a line or a field, that
XML 1.0 forbids (section 2.2), or that an editor takes for a byte order mark. Python's
`str.splitlines` alone ends a line at ten of them."""

_FOLDED = rf"\s*{_BREAKS}[\s\x{{FEFF}}\x{{FFFE}}\x{{FFFF}}\p{{Cc}}]*"

_UNSEEN = r"^[\s\p{Cf}]*$"
"""A side of which nothing can be seen: spaces, joiners and direction marks at most."""


def sides(columns: Collection[str]) -> tuple[pl.Expr, pl.Expr] | None:
    """The English and the Japanese text of a row with these columns; None where it has no pair."""
    if "translation" in columns:
        pair = pl.col("translation").struct
        return pair.field("en"), pair.field("ja")
    for en, ja in (("abstract_en", "abstract_ja"), ("term", "ja")):
        if {en, ja} <= {*columns}:
            return pl.col(en), pl.col(ja)
    return None


def segment(text: pl.Expr) -> pl.Expr:
    """A text on one line: each run of control characters and line breaks is one space.

    Returns:
        The text without spaces around it; `""` where nothing of it can be seen, or where it is
        null.
    """
    line = text.fill_null("").str.replace_all(_FOLDED, " ").str.strip_chars()
    return pl.when(line.str.contains(_UNSEEN)).then(pl.lit("")).otherwise(line)
