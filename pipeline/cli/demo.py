"""`arxiv-ja-en demo`: the whole pipeline on the sample site."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.settings import PROJECT_ROOT, settings

if TYPE_CHECKING:
    from pipeline.sample import SampleSite

PORT = 8765
"""Where the sample is served, if the port is free: a post keeps its address from run to run."""


@click.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Serve the invented sample site on loopback and refresh from it, to a snapshot.

    The sample belongs in a data folder of its own before the live site is crawled: see the README.
    """
    from pipeline.orchestration.refresh import RefreshError, refresh
    from pipeline.orchestration.summary import summary_lines
    from pipeline.orchestration.terminal import TerminalDisplay

    with _served() as site:
        days = sorted({post.posted_at.date() for post in site.blog.posts})
        # The pause between requests is for other people's servers; this one is ours.
        chosen = settings().changed(base_url=site.base_url, delay_seconds=0.0)
        try:
            with TerminalDisplay() as display:
                outcome = refresh([(days[0], days[-1])], settings=chosen, display=display)
        except RefreshError as error:
            raise click.ClickException(str(error)) from error
    for line in summary_lines(outcome):
        click.echo(line)
    if not outcome.success:
        ctx.exit(1)
    click.echo(f"\nOpen it ({_shown(Path(sys.executable))}):")
    snapshot = Path(outcome.texts["snapshot"]["folder"])
    for line in opening_lines(snapshot):
        click.echo(line)
    click.echo("\nUse it:")
    for line in using_lines(snapshot):
        click.echo(line)


@contextmanager
def _served() -> Iterator[SampleSite]:
    """The sample site on its port, or on any other if that is taken."""
    from pipeline.sample import serve_sample

    with ExitStack() as stack:
        try:
            site = stack.enter_context(serve_sample(PORT))
        except OSError:
            click.echo(f"port {PORT} is taken; serving the sample on another", err=True)
            site = stack.enter_context(serve_sample(0))
        yield site


def opening_lines(snapshot: Path) -> list[str]:
    """The Python lines that open every config of the snapshot that has rows."""
    from pipeline.release.manifest import open_snapshot

    shown = _shown(snapshot)
    counts = open_snapshot(snapshot).manifest.counts()
    return [
        "    from datasets import load_dataset",
        *(f'    load_dataset("{shown}", "{config}")' for config, rows in counts.items() if rows),
    ]


def using_lines(snapshot: Path) -> list[str]:
    """The commands that export, trace and show what the snapshot holds."""
    import polars as pl

    from pipeline.release.manifest import open_snapshot

    files = open_snapshot(snapshot).data_files("papers")
    newest = pl.scan_parquet(files).select(pl.col("paper_id").max()).collect().item()
    name = snapshot.name
    return [
        f"    arxiv-ja-en export {name} --config en-ja-sentences --min-score 0.9 --format moses "
        "--out FOLDER",
        f"    arxiv-ja-en trace {newest}",
        f"    arxiv-ja-en explore {name}",
    ]


def _shown(path: Path) -> Path:
    """The path, relative to the project's root where it is below it."""
    return path.relative_to(PROJECT_ROOT) if path.is_relative_to(PROJECT_ROOT) else path
