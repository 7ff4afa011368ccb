"""What was erased from an archive: `redactions.jsonl`, a line each time a file was rewritten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOG = "redactions.jsonl"


@dataclass(frozen=True, slots=True)
class Redaction:
    """One rewrite of a WARC file.

    Attributes:
        file: its name.
        at: when, UTC.
        before: SHA-256 of the file as it was.
        after: SHA-256 of the file as it is.
        digests: of each body that was replaced, its digest and that of the new one.
    """

    file: str
    at: str
    before: str
    after: str
    digests: Mapping[str, str]


def redactions(folder: Path) -> list[Redaction]:
    """What was erased from the archive in `folder`, oldest first; a torn line is passed over."""
    found = []
    with suppress(FileNotFoundError):
        for line in (folder / LOG).read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError):
                found.append(Redaction(**json.loads(line)))
    return found


def current_digests(folder: Path) -> dict[str, str]:
    """Of each body that was replaced, the digest of what stands in its place now."""
    return _latest([redaction.digests for redaction in redactions(folder)])


def current_files(folder: Path) -> dict[str, str]:
    """Of each file that was rewritten, the SHA-256 it has now by each that it had."""
    return _latest([{redaction.before: redaction.after} for redaction in redactions(folder)])


def _latest(steps: list[Mapping[str, str]]) -> dict[str, str]:
    latest: dict[str, str] = {}
    for step in reversed(steps):
        for old, new in step.items():
            latest.setdefault(old, latest.get(new, new))
    return latest
