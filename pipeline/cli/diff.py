"""`arxiv-ja-en diff`: what changed between two snapshots."""

from __future__ import annotations

import click

from pipeline.settings import settings


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="JSON, with all ids.")
def diff(before: str, after: str, as_json: bool) -> None:
    """Print what changed from snapshot A to snapshot B: columns, counts, papers with their ids.

    Each is a folder, the name of a local version such as v2025.03.04, or REPO@TAG on the Hub.
    """
    from pipeline.release.changes import changes_markdown
    from pipeline.release.diff import diff_snapshots
    from pipeline.release.errors import PublicationError
    from pipeline.release.locate import located
    from pipeline.release.manifest import ManifestError, open_snapshot

    snapshots = settings().snapshots_dir
    try:
        with (
            located(before, snapshots, papers_only=True) as older,
            located(after, snapshots, papers_only=True) as newer,
        ):
            changes = diff_snapshots(open_snapshot(older), open_snapshot(newer))
    except (ManifestError, PublicationError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(changes.to_json() if as_json else changes_markdown(changes), nl=False)
