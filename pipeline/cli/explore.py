"""`arxiv-ja-en explore`: pages on loopback to look at a snapshot."""

from __future__ import annotations

import socket
from contextlib import suppress

import click

from pipeline.cli.trace import sources, told


@click.command()
@click.argument("source", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8766,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes any that is free.",
)
def explore(source: str | None, port: int) -> None:
    """Serve pages on 127.0.0.1 to look at a snapshot, until interrupted.

    Search in English and Japanese; filter by category, month, translator, flag and score; see both
    texts of a paper side by side, its sentence pairs, why it has its flags and where it comes from;
    see what is in quarantine. SOURCE is a folder, a local version or REPO@TAG; without it, the
    newest local version.
    """
    import uvicorn

    from pipeline.explore.app import application

    with told(), sources(source) as found, socket.socket() as listening:
        if found.snapshot is None:
            raise click.ClickException(
                "there is no snapshot yet: run `arxiv-ja-en refresh` or `arxiv-ja-en demo`, or "
                "name one"
            )
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()
        except OSError as error:
            raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from error
        click.echo(f"http://127.0.0.1:{listening.getsockname()[1]}  (Ctrl-C ends it)")
        config = uvicorn.Config(application(found), log_level="warning", server_header=False)
        with suppress(KeyboardInterrupt):  # uvicorn passes it on when it has ended
            uvicorn.Server(config).run(sockets=[listening])
