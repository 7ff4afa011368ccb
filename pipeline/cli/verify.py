"""`arxiv-ja-en verify`: whether a snapshot, or the archive, is what was written."""

from __future__ import annotations

import click

from pipeline.cli.show import seen
from pipeline.settings import settings


@click.command()
@click.argument("snapshot", metavar="PATH|VERSION|REPO@TAG", required=False)
@click.option("--archive", "archive", is_flag=True, help="Verify the archive instead.")
def verify(snapshot: str | None, archive: bool) -> None:
    """Check every sum, count, schema, key and reference of a snapshot.

    It is a folder, the name of a local version such as v2025.03.04, or a tag of a dataset
    repository on the Hub. What is wrong is printed, a line each, and makes the exit code 1.

    With --archive: check every WARC file, every record's digest, and the index against the files.
    """
    if archive == (snapshot is not None):
        raise click.UsageError("give a snapshot or --archive")
    if snapshot is None:
        _verify_archive()
    else:
        _verify_snapshot(snapshot)


def _verify_archive() -> None:
    from pipeline.archive.verification import verify_archive

    found = verify_archive(settings().archive_dir)
    for damage in found.damages:
        click.echo(seen(str(damage)), err=True)
    summary = f"{found.files:,} files, {found.records:,} records, {found.size:,} bytes"
    if n := len(found.damages):
        raise click.ClickException(f"archive: {n:,} problem{'s' * (n > 1)} in {summary}")
    click.echo(f"archive: {summary}, all as written.")


def _verify_snapshot(snapshot: str) -> None:
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
