"""`arxiv-ja-en export`: rows of a snapshot as files that other tools read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from pipeline.cli.options import DAY
from pipeline.export.export import ExportError, Request, files_of, sidecar
from pipeline.export.export import export as write_export
from pipeline.export.formats import FORMATS
from pipeline.release.card import FLAG_NOTES
from pipeline.release.configs import BY_NAME
from pipeline.release.errors import PublicationError
from pipeline.release.locate import located, readable
from pipeline.release.manifest import ManifestError
from pipeline.release.selection import Selection, SelectionError
from pipeline.schema.columns import SPLITS
from pipeline.settings import settings

_SEVERAL = "; may be given more than once."


@click.command()
@click.argument("source")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files.",
)
@click.option(
    "--format",
    "format_",
    required=True,
    type=click.Choice([*FORMATS]),
    help="How rows are written.",
)
@click.option(
    "--config", default="en-ja", show_default=True, type=click.Choice([*BY_NAME]), help="Config."
)
@click.option(
    "--split", "splits", multiple=True, type=click.Choice(SPLITS), help=f"Only this split{_SEVERAL}"
)
@click.option("--min-score", type=click.FloatRange(0, 1), help="Least alignment score.")
@click.option(
    "--with",
    "having",
    multiple=True,
    metavar="FLAG",
    type=click.Choice([*FLAG_NOTES]),
    help=f"Rows with this flag{_SEVERAL}",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FLAG",
    type=click.Choice([*FLAG_NOTES]),
    help=f"Rows without this flag{_SEVERAL}",
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    help=f"Papers in this category, such as cs.CL, or archive, such as cs{_SEVERAL}",
)
@click.option("--translator", "translators", multiple=True, help=f"Made by this service{_SEVERAL}")
@click.option("--kind", "kinds", multiple=True, help=f"Japanese of this kind{_SEVERAL}")
@click.option("--since", type=DAY, metavar="DAY", help="Versions of this day (UTC) and later.")
@click.option("--until", type=DAY, metavar="DAY", help="Versions of this day (UTC) and earlier.")
@click.option("--dedup", is_flag=True, help="Each pair once; test keeps it, then validation.")
@click.option("--keep-empty", is_flag=True, help="Pairs of which a side is empty, too.")
def export(
    source: str,
    out: Path,
    format_: str,
    config: str,
    splits: tuple[str, ...],
    min_score: float | None,
    having: tuple[str, ...],
    without: tuple[str, ...],
    categories: tuple[str, ...],
    translators: tuple[str, ...],
    kinds: tuple[str, ...],
    since: date | None,
    until: date | None,
    dedup: bool,
    keep_empty: bool,
) -> None:
    """Write rows of the snapshot SOURCE to files, by split.

    SOURCE is a folder, the name of a local version such as v2025.03.04, or REPO@TAG on the Hub.

    \b
    moses    CONFIG.SPLIT.en and CONFIG.SPLIT.ja: a segment a line
    tsv      English, Japanese, paper_id, score; no header
    jsonl    all columns, a JSON object a line
    tmx      TMX 1.4b
    parquet  all columns

    In moses, tsv and tmx, line breaks and control characters within a text become spaces. Beside
    the files, CONFIG.FORMAT.json says which version and options they come from, how many rows were
    left out and why, and under which terms the texts stand.
    """  # noqa: D301 - \b is click's
    if since and until and since > until:
        raise click.UsageError(f"--since {since} is after --until {until}")
    request = Request(
        config=config,
        format=format_,
        splits=tuple(s for s in BY_NAME[config].splits if not splits or s in splits),
        selection=Selection(
            min_score, having, without, categories, translators, kinds, since, until
        ),
        dedup=dedup,
        keep_empty=keep_empty,
    )
    if not request.splits:
        raise click.UsageError(f"{config} has no such split: all of its rows are in train")
    with _told(source), located(source, settings().snapshots_dir) as folder:
        counts = write_export(readable(folder), request, out, source)
    for split, found in counts.items():
        if found.read:
            names = " ".join(files_of(request, split)) if found.written else "no file"
            click.echo(f"{split}: {found.written:,} of {found.read:,} rows: {names}")
    click.echo(f"in {out}, described by {sidecar(request)}")


@contextmanager
def _told(source: str) -> Iterator[None]:
    """Have what is wrong with the snapshot or the request be one line."""
    from polars.exceptions import PolarsError
    from pyarrow import ArrowException

    try:
        yield
    except (ManifestError, PublicationError, SelectionError, ExportError) as error:
        raise click.ClickException(str(error)) from error
    except (PolarsError, ArrowException) as error:
        reason = " ".join(str(error).split())
        raise click.ClickException(
            f"{source} is damaged, `arxiv-ja-en verify` says where: {reason}"
        ) from error
