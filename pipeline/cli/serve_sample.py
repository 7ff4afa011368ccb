"""`arxiv-ja-en serve-sample`: the sample site on loopback, until interrupted."""

from __future__ import annotations

import signal
import threading

import click


@click.command("serve-sample")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes any that is free.",
)
def serve_sample(port: int) -> None:
    """Serve the invented digest blog of data/sample until interrupted."""
    from pipeline.sample import SampleError
    from pipeline.sample import serve_sample as serve

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with serve(port) as site:
            click.echo(site.base_url)
            stopped.wait()
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from error
    except SampleError as error:
        raise click.ClickException(str(error)) from error
