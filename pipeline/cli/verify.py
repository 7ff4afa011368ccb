"""`arxiv-ja-en verify`: whether a snapshot is whole."""

from __future__ import annotations

import click

from pipeline.settings import settings


@click.command()
@click.argument("snapshot", metavar="PATH|VERSION|REPO@TAG")
def verify(snapshot: str) -> None:
    """Check every sum, count, schema, key and reference of a snapshot.

    It is a folder, the name of a local version such as v2025.03.04, or a tag of a dataset
    repository on the Hub. What is wrong is printed, a line each, and makes the exit code 1.
    """
    from pipeline.release.errors import PublicationError
    from pipeline.release.locate import located
    from pipeline.release.manifest import RESTORE, ManifestError, load
    from pipeline.release.verify import verify_snapshot

    try:
        with located(snapshot, settings().snapshots_dir) as folder:
            problems = verify_snapshot(folder)
            if not problems:
                manifest = load(folder)
                size = sum(entry.bytes for entry in manifest.files.values())
                click.echo(
                    f"{manifest.version}: {len(manifest.files):,} files, {size:,} bytes, "
                    f"{manifest.n_papers:,} papers, all as the manifest says."
                )
    except (ManifestError, PublicationError) as error:
        raise click.ClickException(str(error)) from error
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        count = f"{snapshot}: {len(problems):,} problem{'s' * (len(problems) > 1)}"
        remedy = "" if "@" in snapshot else f"; where a file is missing or damaged, {RESTORE}"
        raise click.ClickException(count + remedy)
