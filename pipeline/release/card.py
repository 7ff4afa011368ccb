"""The dataset card: the README of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.release import front_matter
from pipeline.release.alt_texts import alt_texts
from pipeline.release.citation import bibtex
from pipeline.release.configs import CONFIGS, dtype_name
from pipeline.release.manifest import Snapshot
from pipeline.release.markdown import cell, flat, literal
from pipeline.release.refusals import SCHEMA_NOTES
from pipeline.release.statistics import TOP, Statistics
from pipeline.settings import BUNDLED, PROJECT_URL, SITE_URL
from pipeline.validate.records import PARSER_DOUBTS

if TYPE_CHECKING:
    from jinja2 import Environment


FLAG_NOTES = {
    **PARSER_DOUBTS,
    "omission_suspected": "the English says more than its Japanese: something may be missing",
    "untranslated": "a Japanese sentence is English, or nearly",
    "truncated": "the last English sentence has no Japanese",
    "repeated": "a Japanese sentence is there twice",
    "garbled": "the Japanese is damaged: Latin letters within a word, a wrong encoding, or TeX and "
    "HTML that belong to no formula",
    "misaligned": "the two texts hardly match",
    "no_text": "one side has no words",
    "date_before_id_month": "the version is dated before its id's month: by over a week, which no "
    "announcement takes, or at all though it is not the first version",
    "missing_categories": "the post is in no category",
    "unknown_category": "a category is none of arXiv's",
    "texturize_undone": "typographic characters were turned back into those that were typed",
    "texturize_ambiguous": "typographic characters are left whose origin is not certain",
}
"""Flag to meaning; a flag that is not here is shown by its name alone."""

CARD = "README.md"
TERMS = "LICENSE.md"
TEMPLATE = BUNDLED / "dataset_card.md"
_TERMS_HEADING = "## Licence and attribution"


def _environment() -> Environment:
    """Everything is escaped unless a filter says that it is Markdown of ours."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        undefined=StrictUndefined, autoescape=True, keep_trailing_newline=True
    )
    environment.filters |= {
        "number": lambda n: f"{n:,}",
        "flat": flat,
        "md": lambda text: Markup(literal(text)),  # noqa: S704 - escaped, mark by mark
        "cell": lambda text: Markup(cell(text)),  # noqa: S704 - from the models
        "type_name": dtype_name,
        "what": lambda text: text.removeprefix("One row per ").rstrip("."),
    }
    return environment


def _example(snapshot: Snapshot) -> dict[str, Any] | None:
    """A short pair without flags, to show what the data look like; None where there is none."""
    files = snapshot.data_files("en-ja")
    if not files:
        return None
    rows = (
        pl.scan_parquet(files[-1])
        .filter(pl.col("flags").list.len() == 0)
        .sort(pl.col("translation").struct.field("en").str.len_chars(), "paper_id")
        .head(1)
        .collect()
    )
    return rows.row(0, named=True) if rows.height else None


def render_card(snapshot: Snapshot, figures: Statistics, repo: str | None) -> str:
    """The card of a snapshot, as Markdown with front matter.

    Args:
        snapshot: the snapshot, its data files written.
        figures: what was counted in it.
        repo: the repository on the Hub that the examples name; None: a folder.
    """
    manifest = snapshot.manifest
    template = _environment().from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        configs=CONFIGS,
        counts=manifest.counts(),
        example=_example(snapshot),
        figures=figures,
        flag_notes=FLAG_NOTES,
        front_matter=front_matter.dumps(manifest),
        manifest=manifest,
        repo=repo,
        bibtex=bibtex(snapshot.manifest, repo),
        project=PROJECT_URL,
        site=SITE_URL,
        alts=alt_texts(figures),
        schema_notes=SCHEMA_NOTES,
        top=TOP,
    )


def terms() -> str:
    """The terms of the data: that section of the card, as a file of its own for the Hub to show."""
    card = TEMPLATE.read_text(encoding="utf-8")
    section = card.split(_TERMS_HEADING, 1)[1].split("\n## ", 1)[0]
    section = section.replace("{{ project }}", PROJECT_URL)
    return f"# Licence and attribution\n{section.rstrip()}\n"
