"""The console script `arxiv-ja-en`: one module a command, imported when it is called."""

from __future__ import annotations

import ast
import os
from errno import EPIPE
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from pipeline import __version__
from pipeline.redaction import redact, redact_error, redact_logs

COMMANDS = {
    "demo": "pipeline.cli.demo:demo",
    "refresh": "pipeline.cli.refresh:refresh",
    "align": "pipeline.cli.align:align",
    "serve-sample": "pipeline.cli.serve_sample:serve_sample",
    "import": "pipeline.cli.import_:import_",
    "days": "pipeline.cli.days:days",
    "ledger": "pipeline.cli.ledger:ledger",
    "parse": "pipeline.cli.parse:parse",
    "publish": "pipeline.cli.publish:publish",
    "quarantine": "pipeline.cli.quarantine:quarantine",
    "cite": "pipeline.cli.cite:cite",
    "diff": "pipeline.cli.diff:diff",
    "erase": "pipeline.cli.erase:erase",
    "explore": "pipeline.cli.explore:explore",
    "export": "pipeline.cli.export:export",
    "restore": "pipeline.cli.restore:restore",
    "trace": "pipeline.cli.trace:trace",
    "verify": "pipeline.cli.verify:verify",
    "train-lexicon": "pipeline.cli.train_lexicon:train_lexicon",
}
"""Command name to `module:attribute`; the modules are imported only when they are needed."""


class LazyGroup(click.Group):
    """A command group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in alphabetical order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None where there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, reading their help instead of importing all of them."""
        del ctx
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=_help_of(place)).get_short_help_str(limit))
                    for name, place in sorted(COMMANDS.items())
                ]
            )

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a wrong setting is one line on stderr and exit code 2.

        So is a file that cannot be read or written, with exit code 1.
        """
        from pipeline.settings import SettingError  # not for --help: it loads pydantic

        redact_logs()
        try:
            return super().invoke(ctx)
        except SettingError as error:
            raise click.UsageError(redact(str(error)), ctx=ctx) from error
        except click.ClickException as error:
            raise redact_error(error)  # noqa: B904 - the same error, its message changed
        except OSError as error:
            if error.errno == EPIPE:  # who reads our output has left; click ends us quietly
                raise
            raise click.ClickException(redact(_files_line(error))) from error


def _help_of(place: str) -> str | None:
    """The docstring of the function at `module:attribute`, from the module's source."""
    module, attribute = place.split(":")
    spec = find_spec(module)
    assert spec is not None, f"{module} is part of this package"
    assert spec.origin is not None, f"{module} is a file"
    functions = [
        node
        for node in ast.parse(Path(spec.origin).read_bytes()).body
        if isinstance(node, ast.FunctionDef) and node.name == attribute
    ]
    return ast.get_docstring(functions[0])


def _files_line(error: OSError) -> str:
    """What the operating system refuses, on one line: every command reads the data folder."""
    reason = error.strerror or str(error) or type(error).__name__
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{where}{reason} (files of ARXIV_JA_EN_DATA_DIR: are they there, and may you write?)"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="arxiv-ja-en")
def main() -> None:
    """From digest pages to a Japanese-English parallel dataset of arXiv abstracts."""
