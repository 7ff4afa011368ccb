"""A snapshot: built in a temporary folder, verified, renamed into place."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
from filelock import FileLock

from pipeline.release import parquet
from pipeline.release.card import CARD, TERMS, render_card, terms
from pipeline.release.changes import CHANGES, changes_markdown
from pipeline.release.configs import CONFIGS
from pipeline.release.data_files import Sources, write_data_files
from pipeline.release.diff import diff_snapshots
from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.figures import draw
from pipeline.release.manifest import (
    MANIFEST,
    RESTORE,
    FileEntry,
    Manifest,
    Snapshot,
    Step,
    is_version,
    open_snapshot,
    published_schema,
    version_key,
    version_name,
)
from pipeline.release.refusals import SCHEMA_VERSION, refusals, returned
from pipeline.release.statistics import statistics
from pipeline.release.verify import damaged_files, verify_snapshot

_CANDIDATE = ".candidate-"
LOCK = ".lock"


def snapshots(folder: Path) -> list[Path]:
    """The snapshots in `folder`, oldest version first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if is_version(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: version_key(path.name))


def latest_snapshot(folder: Path) -> Path | None:
    """The newest snapshot in `folder`; None where there is none."""
    return next(reversed(snapshots(folder)), None)


def published_papers(parent: Path | None) -> pl.LazyFrame:
    """The papers of `parent`: columns paper_id, version, split; no rows without a parent.

    Raises:
        ManifestError: `parent` is no snapshot, or its papers are damaged.
    """
    files = open_snapshot(parent).intact_files("papers") if parent else []
    if not files:
        return pl.LazyFrame(schema={"paper_id": pl.String, "version": pl.Int16, "split": pl.String})
    return pl.scan_parquet(files).select("paper_id", "version", "split")


@contextmanager
def _candidate(into: Path) -> Iterator[Path]:
    """A hidden folder to build in. What earlier builds left behind, killed, is removed first."""
    into.mkdir(parents=True, exist_ok=True)
    with FileLock(into / LOCK):
        for left in into.glob(f"{_CANDIDATE}*"):
            shutil.rmtree(left)
        folder = Path(mkdtemp(prefix=_CANDIDATE, dir=into))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_current(held: Snapshot, draft: Manifest, repo: str | None) -> bool:
    """Whether a snapshot has the draft's data, and the card that this code makes of them."""
    digests = {path: entry.sha256 for path, entry in held.manifest.files.items() if path != CHANGES}
    data = {path: entry.sha256 for path, entry in draft.data_files.items()}
    if {path: digests.pop(path) for path in held.manifest.data_files} != data:
        return False
    texts = _presentation(held, repo)
    return digests == {path: sha256(text.encode()).hexdigest() for path, text in texts.items()}


def _name_for(draft: Manifest, into: Path, repo: str | None) -> str:
    """The first free name of its day; the name of what is there, if that is the same snapshot."""
    n = 0
    while (folder := into / version_name(date.fromisoformat(draft.day), n)).exists():
        held = open_snapshot(folder)
        if held.manifest.history[:-1] == draft.history and _is_current(held, draft, repo):
            break
        n += 1
    return folder.name


def _write_text(folder: Path, path: str, text: str) -> FileEntry:
    file = folder / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    return FileEntry(bytes=file.stat().st_size, sha256=parquet.file_sha256(file))


def _sources(keys: Mapping[str, Mapping[str, str]], code_version: str) -> Sources:
    """What the files of each month are made of: its rows, by their key, and this code."""
    sources = {}
    for config in CONFIGS:
        code = f"{code_version}\0{config.order}\0{parquet.arrow_schema(config)}"
        sources[config.table] = {
            month: sha256(f"{code}\0{key}".encode()).hexdigest()
            for month, key in keys.get(config.table, {}).items()
            if key
        }
    return sources


def build_snapshot(
    tables: Mapping[str, pl.LazyFrame],
    into: Path,
    *,
    parent: Path | None,
    day: date,
    code_version: str,
    archive_digest: str,
    ledger: Mapping[str, int],
    removals: Collection[str] = (),
    reinstated: Collection[str] = (),
    repo: str | None = None,
    keys: Mapping[str, Mapping[str, str]] | None = None,
) -> Snapshot:
    """Make a snapshot of the tables in the folder `into`, named by `day`.

    The same tables, parent and other arguments give the same bytes. A snapshot is complete under
    its name or not there at all, whenever the process ends. Where neither a row nor the card
    differs from `parent`, none is made and the parent is returned; a card that this code, its
    template or `repo` renders otherwise makes a snapshot of the same data files.

    Args:
        tables: the table of each config, by name, with the columns of its model; scans of Parquet
            files, in order of month and id, are read month by month.
        into: the folder of all snapshots.
        parent: the snapshot that this one follows.
        day: last digest day (JST) that the tables cover.
        code_version: version of the code that made the tables.
        archive_digest: digest of the archive they were made from.
        ledger: how many announced posts ended in each state.
        removals: ids of papers that are left out on request.
        reinstated: ids of papers that were, and may be published again.
        repo: the repository on the Hub that the card names in its examples.
        keys: by table and month, what names the rows, as far as known: the same key, the same
            rows. A month whose keys are those of the parent is not read again.

    Raises:
        ReleaseRefusedError: a check failed, papers are missing, columns changed without a note, or
            a data file of `parent` is damaged.
        ManifestError: `parent` is no snapshot.
    """
    before = _intact(parent) if parent else None
    with _candidate(into) as folder:
        draft = Manifest(
            version=version_name(day),
            day=day.isoformat(),
            parent=before.version if before else None,
            code_version=code_version,
            archive_digest=archive_digest,
            schema_version=SCHEMA_VERSION,
            schema=published_schema(),
            writer=parquet.writer(),
            ledger=dict(sorted(ledger.items())),
            withdrawn=_tombstones(before, removals, reinstated),
            history=_line(before, into) if before else (),
            files=write_data_files(tables, folder, before, _sources(keys or {}, code_version)),
        )
        if before and _is_current(before, draft, repo):
            return before
        name = _name_for(draft, into, repo)
        if (into / name).exists():
            return open_snapshot(into / name)
        draft = replace(draft, version=name)
        manifest = _describe(Snapshot(folder, draft), before, repo)
        _refuse_faulty(folder, manifest, before)
        folder.rename(into / name)
        return Snapshot(into / name, manifest, is_new=True)


def _intact(parent: Path) -> Snapshot:
    """The parent, whose files are used again and whose papers say what was published."""
    before = open_snapshot(parent)
    if faults := damaged_files(before.path, before.manifest.data_files):
        lines = (f"{before.path}/{fault}; {RESTORE}" for fault in faults)
        raise ReleaseRefusedError("\n".join(lines))
    return before


def _tombstones(
    before: Snapshot | None, removals: Collection[str], reinstated: Collection[str]
) -> tuple[str, ...]:
    """Ids that are left out on request, now or by a snapshot before."""
    known = {*removals, *(before.manifest.withdrawn if before else ())}
    return tuple(sorted(known - {*reinstated}))


def _line(before: Snapshot, folder: Path) -> tuple[Step, ...]:
    """The snapshots that lead to one that follows `before`, with the digests of their manifests."""
    steps = []
    for step in before.manifest.history:
        path = (before.path if step.version == before.version else folder / step.version) / MANIFEST
        known = step.digest or (parquet.file_sha256(path) if path.is_file() else None)
        steps.append(replace(step, digest=known))
    return tuple(steps)


def _refuse_faulty(folder: Path, manifest: Manifest, before: Snapshot | None) -> None:
    reasons = verify_snapshot(folder)
    if not reasons and (back := returned(Snapshot(folder, manifest), manifest.withdrawn)):
        reasons = [back]
    if before:
        reasons += refusals(manifest, before.manifest, before.digest)
    if reasons:
        raise ReleaseRefusedError("\n".join([f"{manifest.version} is refused:", *reasons]))


def _presentation(snapshot: Snapshot, repo: str | None) -> dict[str, str]:
    """Card, terms and pictures of a snapshot, by path."""
    figures = statistics(snapshot)
    return {**draw(figures), CARD: render_card(snapshot, figures, repo), TERMS: terms()}


def _describe(candidate: Snapshot, before: Snapshot | None, repo: str | None) -> Manifest:
    """Write what stands beside the data files, the manifest last."""
    folder, draft = candidate.path, candidate.manifest
    changes = diff_snapshots(before, candidate)
    step = Step(
        version=draft.version,
        papers=draft.n_papers,
        added=len(changes.added),
        revised=len(changes.revised),
        removed=len(changes.removed),
        joined=len(changes.joined),
        withdrawn=len(changes.withdrawn),
    )
    draft = replace(draft, history=(*draft.history, step))
    candidate = Snapshot(folder, draft)
    texts = {**_presentation(candidate, repo), CHANGES: changes_markdown(changes)}
    others = {path: _write_text(folder, path, text) for path, text in sorted(texts.items())}
    manifest = replace(draft, files={**draft.files, **others})
    (folder / MANIFEST).write_text(manifest.dumps(), encoding="utf-8", newline="\n")
    return manifest
