"""`arxiv-ja-en publish`: the newest snapshot to the Hub, without a refresh."""

from __future__ import annotations

import click

from pipeline.release.errors import PublicationError, ReleaseRefusedError
from pipeline.release.manifest import ManifestError
from pipeline.release.publish import publish as send
from pipeline.release.snapshot import latest_snapshot
from pipeline.settings import settings


@click.command()
@click.option(
    "--accept-foreign",
    is_flag=True,
    help="Replace files that others have put into the places of ours, or changed; make a "
    "repository anew that is gone.",
)
def publish(accept_foreign: bool) -> None:
    """Publish the newest snapshot to ARXIV_JA_EN_HUB_REPO.

    A refresh does so by itself. This is for what a refresh refuses until a person has looked.
    """
    now = settings()
    newest = latest_snapshot(now.snapshots_dir)
    if newest is None:
        raise click.ClickException("there is no snapshot yet: run `arxiv-ja-en refresh`")
    if now.hub_repo is None:
        raise click.ClickException("ARXIV_JA_EN_HUB_REPO names no repository")
    try:
        published = send(
            newest,
            now.hub_repo,
            private=now.hub_private or None,
            resource_group=now.hub_resource_group,
            accept_foreign=accept_foreign,
        )
    except (PublicationError, ReleaseRefusedError, ManifestError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(published.message)
    click.echo(published.address)
