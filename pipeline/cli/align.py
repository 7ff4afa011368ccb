"""`arxiv-ja-en align`: sentence pairs and signals for any abstracts, one JSON line each."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.pair.abstracts import PairedAbstract, pair_abstract


def as_json(name: str | int | None, en: str, ja: str, paired: PairedAbstract) -> dict[str, object]:
    """What `align` prints of a pair of abstracts; sentences are counted from 0.

    `ja` and `en` of a bead are indexes of sentences; `bead` counts English sentences first, as in
    the dataset. Spans are (start, end) in characters of the text that was given.
    """
    return {
        "id": name,
        "ja_sentences": [ja[start:end] for start, end in paired.japanese],
        "en_sentences": [en[start:end] for start, end in paired.english],
        "ja_spans": paired.japanese,
        "en_spans": paired.english,
        "beads": [
            {
                "ja": list(range(scored.bead.ja_start, scored.bead.ja_end)),
                "en": list(range(scored.bead.en_start, scored.bead.en_end)),
                "bead": scored.bead.kind,
                "score": round(scored.score, 4),
                "flags": scored.flags,
            }
            for scored in paired.beads
        ],
        "signals": {
            label: round(value, 4) if isinstance(value, float) else value
            for label, value in paired.signals._asdict().items()
        },
        "flags": paired.flags,
        "omissions": [
            {
                "en": scored.omission.sentence,
                "text": en[scored.omission.start : scored.omission.end],
            }
            for scored in paired.beads
            if scored.omission
        ],
    }


def _read(line: str) -> tuple[str | int | None, str, str]:
    """The id and the texts of a line.

    Raises:
        ValueError: the line is not such an object; the message says why.
    """
    try:
        row = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    name = row.get("id")
    if not isinstance(name, str | int | None):
        raise ValueError("neither text nor a whole number under 'id'")
    for key, text in (("id", str(name)), ("en", row.get("en")), ("ja", row.get("ja"))):
        if not isinstance(text, str):
            raise ValueError(f"no text under {key!r}")
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise ValueError(f"half a surrogate pair under {key!r}")
    return name, row["en"], row["ja"]


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--html",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write a page that shows the texts side by side.",
)
def align(file: Path, html: Path | None) -> None:
    """Align the abstracts of FILE: a JSON line each in, {"id", "ja", "en"}, a JSON line each out.

    A line that cannot be read goes to stderr with its number and makes the exit code 1.
    """
    unreadable = 0
    shown: list[tuple[str, str, str, PairedAbstract]] = []
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if not raw.strip():
                continue
            try:
                name, en, ja = _read(raw.decode())
            except ValueError as error:
                click.echo(f"{file}, line {number}: {error}", err=True)
                unreadable += 1
                continue
            paired = pair_abstract(en, ja)
            click.echo(json.dumps(as_json(name, en, ja, paired), ensure_ascii=False))
            if html is not None:
                shown.append((str(name if name is not None else number), en, ja, paired))
    if html is not None:
        from pipeline.pair.review_page import write_page

        try:
            write_page(shown, html)
        except OSError as error:
            raise click.ClickException(f"{html}: {error.strerror}") from error
    if unreadable:
        raise click.exceptions.Exit(1)
