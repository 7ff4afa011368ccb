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
    from polars.exceptions import PolarsError

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
            old, new = open_snapshot(older), open_snapshot(newer)
            try:
                changes = diff_snapshots(old, new)
            except (PolarsError, OSError, ManifestError) as error:
                reason = " ".join(str(error).split())
                raise click.ClickException(
                    f"{before} or {after} is damaged, `arxiv-ja-en verify` says where: {reason}"
                ) from error
    except (ManifestError, PublicationError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(changes.to_json() if as_json else changes_markdown(changes), nl=False)
