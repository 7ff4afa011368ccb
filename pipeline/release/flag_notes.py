"""What the flags say, for the card."""

from __future__ import annotations

FLAG_NOTES = {
    "omission_suspected": "the English says more than its Japanese: something may be missing",
    "untranslated": "a Japanese sentence is English, or nearly",
    "truncated": "the last English sentence has no Japanese",
    "repeated": "a Japanese sentence is there twice",
    "misaligned": "the two texts hardly match",
    "no_text": "one side has no words",
    "date_before_id_month": "the version is dated before its id's month: by over a week, which no "
    "announcement takes, or at all though it is not the first version",
    "unread_lines": "lines beside the authors or the provider were not understood, and left out",
    "texturize_undone": "typographic characters were turned back into those that were typed",
    "texturize_ambiguous": "typographic characters are left whose origin is not certain",
}
"""Flag to meaning; a flag that is not here is shown by its name alone."""
