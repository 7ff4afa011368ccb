"""`arxiv-ja-en cite`: how a version is cited."""

from __future__ import annotations

import click

from pipeline.release.citation import bibtex
from pipeline.release.errors import PublicationError
from pipeline.release.locate import located
from pipeline.release.manifest import ManifestError, load
from pipeline.settings import settings


@click.command()
@click.argument("source")
def cite(source: str) -> None:
    """Print the BibTeX entry of a version.

    SOURCE is a folder, the name of a local version such as v2025.03.04, or REPO@TAG on the Hub.
    """
    repo, at, _ = source.partition("@")
    try:
        with located(source, settings().snapshots_dir, papers_only=True) as folder:
            click.echo(bibtex(load(folder), repo if at else settings().hub_repo))
    except (ManifestError, PublicationError) as error:
        raise click.ClickException(str(error)) from error
