"""What a WARC file was when it was closed, so that damage to it is noticed.

It is noted as the name of an empty file in `fixity/`: the WARC file's name, bytes, records and
digest. A name has no content that could be damaged, and appears whole or not at all. A run that is
killed leaves a file without one, which is no fault: the next verification makes it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pipeline.archive.redactions import current_files


class Fixity(NamedTuple):
    """What a WARC file was when it was closed."""

    size: int
    records: int
    sha256: str


def keep_fixity(folder: Path, name: str, fixity: Fixity) -> None:
    """Note what the file `name` of an archive is.

    Raises:
        OSError: it cannot be written.
    """
    notes = folder / "fixity"
    notes.mkdir(parents=True, exist_ok=True)
    (notes / f"{name}.{fixity.size}.{fixity.records}.{fixity.sha256}").touch()


def kept_fixity(folder: Path) -> dict[str, Fixity]:
    """What is noted of the files of an archive, by name; of one that was redacted, since then."""
    noted, rewritten = {}, current_files(folder)
    with suppress(FileNotFoundError):
        for path in (folder / "fixity").iterdir():
            name, *parts = path.name.rsplit(".", 3)
            with suppress(ValueError, TypeError):
                size, records, sha256 = parts
                noted[name] = Fixity(int(size), int(records), rewritten.get(sha256, sha256))
    return noted
