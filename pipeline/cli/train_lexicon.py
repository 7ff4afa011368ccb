"""`arxiv-ja-en train-lexicon`: learn the lexicon from a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pipeline.pair.lexicon import LEXICON_FILE, write_lexicon
from pipeline.settings import PROJECT_ROOT


def _abstracts(files: list[Path]) -> Iterator[tuple[str, str]]:
    """Pairs of abstracts (English, Japanese), a file at a time."""
    import polars as pl
    from polars.exceptions import PolarsError

    for file in files:
        try:
            column = pl.scan_parquet(file).select(
                pl.col("translation").struct.field("en"), pl.col("translation").struct.field("ja")
            )
            yield from column.drop_nulls().collect().iter_rows()
        except (PolarsError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise click.ClickException(f"{file}: not a file of pairs: {reason}") from error


@click.command("train-lexicon")
@click.argument("snapshot", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PROJECT_ROOT / "data" / "reference" / LEXICON_FILE.name,
    help="Where to write the table; its description goes beside it. By default the project's own.",
)
def train_lexicon(snapshot: Path, out: Path) -> None:
    """Learn the lexicon from the training part of SNAPSHOT, the folder of a dataset.

    Every pair is computed again once the lexicon has another version.
    """
    files = sorted(snapshot.glob("en-ja/train*.parquet"))
    if not files:
        raise click.ClickException(f"{snapshot}: no en-ja/train*.parquet in it")
    from pipeline.pair.training import MAX_ABSTRACTS, read_terms, sample, train

    chosen = sample(_abstracts(files))
    words = train(chosen, read_terms())
    if not words:
        raise click.ClickException(
            f"{snapshot}: {len(chosen)} abstracts are too few to learn a lexicon from"
        )
    source = {
        "trained_on": f"en-ja, train split, of the snapshot {snapshot.resolve().name}",
        "where": "this project's own dataset, in the version named above",
        "licence": "as the snapshot's card says",
        "part": f"at most {MAX_ABSTRACTS} abstracts of the train split, by hash",
        "method": "IBM model 1 between English stems and Japanese units, on sure 1-1 beads; "
        "units of data/reference/terms.tsv beside them",
        "command": "arxiv-ja-en train-lexicon SNAPSHOT",
        "abstracts": len(chosen),
    }
    try:
        version = write_lexicon(words, out, source)
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from error
    click.echo(f"{out}: {len(words)} words from {len(chosen)} abstracts, version {version}")
