"""`arxiv-ja-en restore`: a published snapshot, back from the Hub."""

from __future__ import annotations

import click

from pipeline.release.errors import PublicationError
from pipeline.release.manifest import ManifestError
from pipeline.release.restore import restore as bring_back
from pipeline.settings import settings


@click.command()
@click.argument("source", metavar="REPO[@TAG]")
def restore(source: str) -> None:
    """Bring a published snapshot back from the Hub into data/snapshots, verified.

    Without a tag, the newest version. The next refresh then goes on from it: splits stay, and what
    is published next follows what is published now.
    """
    repo_id, _, tag = source.partition("@")
    try:
        folder = bring_back(repo_id, tag or None, settings().snapshots_dir)
    except (PublicationError, ManifestError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{folder}: restored from {repo_id}, all as its manifest says")
