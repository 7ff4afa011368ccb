"""What a person sees of a run that was started from the console."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from typing import Self, TextIO

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from pipeline.orchestration.dagster_private import logged
from pipeline.orchestration.progress import Progress
from pipeline.redaction import redact

_OUR_ERROR = re.compile(r"^pipeline\.[\w.]+: ")

INTERRUPTIONS = frozenset({"KeyboardInterrupt", "DagsterExecutionInterruptedError"})
"""What Dagster calls the error of a run whose process was asked to end."""


def _stderr() -> TextIO:
    """Standard error; where it is a terminal, through a descriptor of our own.

    Dagster points descriptor 2 at a pipe while steps run, to keep what they write: the display
    would take that for no terminal, stand still, and leave its live line in the kept output.
    """
    if not sys.stderr.isatty():
        return sys.stderr
    own = os.dup(sys.stderr.fileno())
    return os.fdopen(own, "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)


class TerminalDisplay(Progress):
    """One line a step, with a live line of progress on a terminal; plain lines in a pipe."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(file=_stderr(), highlight=False)
        self._status: Status | None = None
        self._started: dict[str, float] = {}
        self._last_plain_line = 0.0
        self._checks_passed = 0
        self.failed: list[str] = []

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._status = self.console.status("starting")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def report(self, message: str) -> None:
        """Show how far a step has come: live on a terminal, every five seconds in a pipe."""
        if self._status is not None:
            self._status.update(escape(message))
        elif time.monotonic() - self._last_plain_line > 5:
            self._last_plain_line = time.monotonic()
            self.line(f"  … {message}")

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(escape(redact(text)), soft_wrap=True)

    def step_started(self, step: str) -> None:
        """A step has begun."""
        self._started[step] = time.monotonic()
        if self._status is not None:
            self._status.update(escape(step))

    def step_succeeded(self, step: str) -> None:
        """A step that made something has ended well."""
        self._count_checks()
        self.line(f"  ✓ {step:<16}{self._seconds(step)}")

    def check_passed(self) -> None:
        """A check has found nothing; checks that pass one after another share a line."""
        self._checks_passed += 1

    def check_failed(self, check: str, reason: str) -> None:
        """A check has found something; its name is kept for the summary."""
        self._count_checks()
        self.failed.append(check)
        self.line(f"  ✗ {check}: {reason}")

    def step_failed(self, step: str, reason: str) -> None:
        """A step has failed; its name is kept for the summary."""
        self._count_checks()
        self.failed.append(step)
        self.line(f"  ✗ {step:<16}{self._seconds(step)}  {reason}")

    def run_ended(self) -> None:
        """No step of the run is to come."""
        self._count_checks()

    def _count_checks(self) -> None:
        if self._checks_passed:
            self.line(f"  ✓ checks: {self._checks_passed} passed")
            self._checks_passed = 0

    def _seconds(self, step: str) -> str:
        return f"{time.monotonic() - self._started.get(step, time.monotonic()):6.1f} s"


class _EventHandler(logging.Handler):
    """Turns what Dagster logs of a run into lines of the display."""

    def __init__(self, display: TerminalDisplay) -> None:
        super().__init__()
        self._display = display
        self._check_steps: set[str] = set()
        self._failed_by_check: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        event = logged(record)
        if isinstance(event, str):
            self._warn(record.levelno, event)
        else:
            self._show(event, event.step_key or "")

    def _warn(self, level: int, message: str) -> None:
        # That steps after a failed one are not run goes without saying.
        if level >= logging.WARNING and not message.startswith("Dependencies for"):
            self._display.line(f"  ! {message}")

    def _show(self, event: dg.DagsterEvent, step: str) -> None:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._judge(step, event.asset_check_evaluation_data)
        elif event.is_step_start:
            self._display.step_started(step)
        elif event.is_step_success and step not in self._check_steps:
            self._display.step_succeeded(step)
        elif (
            event.is_step_failure
            and step not in self._failed_by_check
            and not _is_interruption(event)
        ):
            self._display.step_failed(step, _reason(event))

    def _judge(self, step: str, check: dg.AssetCheckEvaluation) -> None:
        asset = check.asset_key.to_user_string()
        self._check_steps.add(step)
        reason = check.description or "failed"
        if check.passed:
            self._display.check_passed()
            if check.description:
                self._display.line(f"  ! {asset}, {check.check_name}, accepted: {reason}")
        elif check.severity is dg.AssetCheckSeverity.ERROR:
            self._failed_by_check.add(step)
            self._display.check_failed(f"{asset}, {check.check_name}", reason)
        else:
            self._display.line(f"  ! {asset}, {check.check_name}: {reason}")


def _is_interruption(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error
    return error is not None and error.cls_name in INTERRUPTIONS


def _reason(event: dg.DagsterEvent) -> str:
    """Why a step failed, on one line: what our code said, without Dagster's wrapping."""
    data = event.event_specific_data
    asset_metadata = getattr(getattr(data, "user_failure_data", None), "description", None)
    if asset_metadata:
        return " ".join(str(asset_metadata).split())
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    text = " ".join(error.message.split()) if error is not None else "unknown"
    return _OUR_ERROR.sub("", text)  # its message says all


def terminal_logger(display: TerminalDisplay) -> dg.LoggerDefinition:
    """A Dagster logger that shows a run's events on `display`."""

    def terminal(init_context: dg.InitLoggerContext) -> logging.Logger:
        del init_context
        logger = logging.Logger("arxiv-ja-en.terminal")
        logger.addHandler(_EventHandler(display))
        return logger

    return dg.LoggerDefinition(
        terminal, description="Shows a run on the terminal it was started from."
    )
