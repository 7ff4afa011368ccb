"""Fixity: what is damaged in the archive is named, with what depends on it."""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastwarc.warc import ArchiveIterator

from pipeline.archive.archive import Archive, ArchiveError
from pipeline.archive.fixity import kept_fixity
from pipeline.archive.verification import is_due, verify_archive
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.cli import main
from pipeline.settings import ENV_PREFIX

DAY = date(2025, 3, 3)
N_PAGES = 4


def add_pages(archive: Archive, first: int = 0) -> Path:
    """A file of four pages, one of each of the posts from `first` on, and a note."""
    with archive.writer("crawl", {}) as writer:
        for number in range(first, first + N_PAGES):
            moment = datetime(2025, 3, 5, 1, 2, number, tzinfo=UTC)
            page = Exchange(f"http://d.example/{number}", 200, (), b"<p>%d" % number * 50, moment)
            writer.add_exchange(page, DigestInfo("single", frozenset({DAY}), (number,)))
        writer.add_note("day", {"day": "2025-03-03"})
        return writer.path


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "data" / "archive")
    add_pages(archive)
    archive.records()
    return archive


@pytest.fixture
def path(archive: Archive) -> Path:
    return archive.files()[0]


def starts(path: Path) -> list[int]:
    return [record.stream_pos for record in ArchiveIterator(BytesIO(path.read_bytes()))]


def found(archive: Archive) -> list[str]:
    return [str(damage) for damage in verify_archive(archive.folder).damages]


def flip(path: Path, at: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def test_a_whole_archive_has_nothing_to_tell(archive: Archive) -> None:
    found = verify_archive(archive.folder)
    assert (found.damages, found.files, found.records) == ([], 1, N_PAGES + 2)
    assert found.size == archive.files()[0].stat().st_size
    assert verify_archive(archive.folder / "none").damages == []


def test_every_flipped_bit_is_noticed(archive: Archive, path: Path) -> None:
    size, whole, rng = path.stat().st_size, path.read_bytes(), random.Random(0)
    for at in sorted({*range(10), *(rng.randrange(size) for _ in range(40)), size - 1}):
        flip(path, at, rng.randrange(8))
        assert found(archive), at
        path.write_bytes(whole)
    assert found(archive) == []


def test_a_flipped_bit_is_named_with_what_depends_on_it(archive: Archive, path: Path) -> None:
    at = starts(path)[2]
    flip(path, at + 200)
    (line,) = found(archive)
    assert line.startswith(f"{path.name} at byte {at:,} (http://d.example/1): damaged gzip data. ")
    assert "It holds post 1 of 2025-03-03. " in line
    assert line.endswith("arxiv-ja-en refresh --from 2025-03-03 --to 2025-03-03 --reread")


def test_it_costs_one_record_when_the_index_is_made_again(
    archive: Archive, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flip(path, starts(path)[2] + 200)
    shutil.rmtree(archive.folder / "index")
    urls = Archive(archive.folder).index()["url"].to_list()
    assert urls == [f"http://d.example/{n}" for n in (0, 2, 3)]
    assert "damaged gzip data" in caplog.text
    assert len(found(archive)) == 1


def test_a_record_whose_digest_is_another_is_named(archive: Archive, path: Path) -> None:
    data, at = path.read_bytes(), starts(path)
    record = gzip.decompress(data[at[1] : at[2]]).replace(b"<p>0", b"<p>9")
    path.write_bytes(data[: at[1]] + gzip.compress(record) + data[at[2] :])
    assert any("digest failed" in line for line in found(archive))


@pytest.mark.parametrize("index", ["kept", "deleted"])
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed"])
def test_a_file_that_is_cut_at_a_record_is_noticed(
    archive: Archive, path: Path, index: str, closed: bool
) -> None:
    if not closed:
        shutil.rmtree(archive.folder / "fixity")
    if index == "deleted":
        shutil.rmtree(archive.folder / "index")
    size, at = path.stat().st_size, starts(path)[3]
    path.write_bytes(path.read_bytes()[:at])
    lines = found(archive)
    if not closed and index == "deleted":
        assert lines == [], "nothing is left that knows of the rest"
        return
    assert f"truncated: {at:,} of {size:,} bytes are there" in lines[0]
    assert ("posts" in lines[0] or "post 2, 3" in lines[0]) == (index == "kept")


def test_a_file_that_is_missing_is_named_also_by_a_crawl(
    archive: Archive, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.unlink()
    (line,) = found(archive)
    assert line.startswith(f"{path.name}: the file is missing. It holds post 0, 1, 2, 3 of")
    assert archive.records().is_empty()
    assert Archive(archive.folder).records().is_empty()
    assert [record.getMessage() for record in caplog.records] == [line]


def test_a_run_that_was_killed_is_no_damage_and_is_noted_once_it_is_over(
    archive: Archive, path: Path
) -> None:
    shutil.rmtree(archive.folder / "fixity")
    shutil.rmtree(archive.folder / "index")
    path.write_bytes(path.read_bytes()[:-40])
    assert found(archive) == []
    assert kept_fixity(archive.folder)[path.name].records == N_PAGES + 1
    assert found(archive) == []
    flip(path, path.stat().st_size - 1)
    assert found(archive)


def test_a_file_that_is_being_written_is_no_damage(tmp_path: Path) -> None:
    from filelock import FileLock

    archive = Archive(tmp_path)
    tmp_path.mkdir(exist_ok=True)
    with FileLock(tmp_path / "crawl.lock"), archive.writer("crawl", {}) as writer:
        writer.add_note("day", {})
        assert found(archive) == []
        assert kept_fixity(tmp_path) == {}
    assert found(archive) == []
    assert kept_fixity(tmp_path)[writer.path.name].records == 2


def test_what_the_code_before_wrote_is_verified_and_noted(archive: Archive, path: Path) -> None:
    shutil.rmtree(archive.folder / "fixity")
    (archive.folder / "index" / "v2").mkdir()
    assert found(archive) == []
    assert kept_fixity(archive.folder)[path.name].size == path.stat().st_size


def test_a_body_that_is_not_there_is_named(archive: Archive, path: Path) -> None:
    moment = datetime(2025, 3, 6, tzinfo=UTC)
    page = Exchange("http://d.example/0", 200, (), b"<p>%d" % 0 * 50, moment)
    rows = archive.records().filter(record_type="response")
    seen = {(u, d): m for u, d, m in rows["url", "payload_digest", "captured_at"].iter_rows()}
    with archive.writer("crawl", {}, seen) as writer:
        info = DigestInfo("single", frozenset({DAY}), (0,))
        assert writer.add_exchange(page, info) == "revisit"
    archive.records()
    assert found(archive) == []
    path.unlink()
    lines = found(archive)
    assert len(lines) == 2
    assert "http://d.example/0" in lines[1]
    assert "its body is in no record" in lines[1]


def test_every_file_is_due_once_a_month_however_long() -> None:
    names = [f"20250303T000000Z-{n:08x}-crawl.warc.gz" for n in range(200)]
    for name in names:
        assert [is_due(name, day) for day in range(1, 29)].count(True) == 1
    assert all(any(is_due(name, day) for name in names) for day in range(1, 32))


def test_a_slice_opens_only_what_is_due_and_what_was_found_stays_named(
    archive: Archive, path: Path
) -> None:
    flip(path, starts(path)[2] + 200)
    days = [day for day in range(1, 29) if verify_archive(archive.folder, day).damages]
    (due,) = (day for day in range(1, 29) if is_due(path.name, day))
    assert days == list(range(due, 29))


@pytest.fixture
def index_file(archive: Archive) -> Path:
    (kept,) = (archive.folder / "index").rglob("*.parquet")
    return kept


def damages_of(path: Path) -> Iterator[None]:
    whole = path.read_bytes()
    for content in (b"", b"junk", whole[:-9], whole[: len(whole) // 2]):
        path.write_bytes(content)
        yield
    rng = random.Random(0)
    for _ in range(30):
        path.write_bytes(whole)
        flip(path, rng.randrange(len(whole)), rng.randrange(8))
        yield


def test_an_index_that_is_damaged_in_any_way_is_made_again_and_said(
    archive: Archive, path: Path, index_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = archive.records()
    for _ in damages_of(index_file):
        caplog.clear()
        assert Archive(archive.folder).records().equals(rows)
        line = f"the index of {path.name} is damaged; it is made again"
        assert [record.getMessage() for record in caplog.records] == [line]
        assert found(archive) == []


def test_an_index_of_other_records_is_named_and_made_again(
    archive: Archive, path: Path, index_file: Path
) -> None:
    other = Archive(archive.folder.parent / "other")
    add_pages(other, first=10)
    size = path.stat().st_size
    other.records()
    (foreign,) = (other.folder / "index").rglob("*.parquet")
    digest = foreign.name.rsplit(".", 2)[1]
    index_file.unlink()
    shutil.copy(foreign, index_file.with_name(f"{path.name}.{size}.{digest}.parquet"))
    (line,) = found(archive)
    assert "its index was not made from it" in line
    assert Archive(archive.folder).index()["url"].str.ends_with("0").any()
    assert found(archive) == []


def test_a_full_disk_while_indexing_is_one_line_and_stops_nothing(
    archive: Archive,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = archive.records()
    shutil.rmtree(archive.folder / "index")

    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert Archive(archive.folder).records().equals(rows)
    assert [record.getMessage() for record in caplog.records] == [
        f"the index of {path.name} cannot be written (No space left on device): it is not kept"
    ]
    assert [p for p in (archive.folder / "index").rglob("*") if p.is_file()] == []


def test_a_record_that_could_not_be_written_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path)
    with archive.writer("crawl", {}) as writer:
        writer.add_note("day", {"n": 1})
        with monkeypatch.context() as patched:

            def full(_: int) -> None:
                raise OSError(28, "No space left on device")

            patched.setattr("pipeline.archive.writer.os.fsync", full)
            with pytest.raises(OSError, match="No space left"):
                writer.add_note("day", {"n": 2})
        writer.add_note("day", {"n": 3})
    assert [note["n"] for note in archive.notes("day")] == [1, 3]
    assert found(archive) == []


def test_numbers_that_no_column_holds_do_not_stop_the_index(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    moment = datetime(2025, 3, 5, tzinfo=UTC)
    with archive.writer("crawl", {}) as writer:
        info = DigestInfo("rest", frozenset({DAY}), (2**70, 7), announced=10**10)
        writer.add_exchange(Exchange("http://d.example/", 200, (), b"x", moment), info)
    row = archive.records().filter(record_type="response").row(0, named=True)
    assert (row["announced"], row["post_ids"]) == (None, [7])


def test_the_command(archive: Archive, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ENV_PREFIX}DATA_DIR", str(archive.folder.parent))
    run = CliRunner().invoke(main, ["verify", "--archive"])
    size = path.stat().st_size
    assert run.output == f"archive: 1 files, 6 records, {size:,} bytes, all as written.\n"
    flip(path, starts(path)[2] + 200)
    run = CliRunner().invoke(main, ["verify", "--archive"])
    assert run.exit_code == 1
    assert "http://d.example/1" in run.stderr
    assert "archive: 1 problem in 1 files" in run.stderr
    assert CliRunner().invoke(main, ["verify"]).exit_code == 2
    assert CliRunner().invoke(main, ["verify", "--archive", "v2025.03.03"]).exit_code == 2


def test_damage_that_was_met_is_known_until_the_file_is_restored_or_its_loss_accepted(
    archive: Archive, path: Path
) -> None:
    rows, whole, at = archive.records(), path.read_bytes(), starts(path)
    place = (path.name, at[2])
    flip(path, at[2] + 200)
    assert Archive(archive.folder).damages() == [], "nobody has read it"
    with pytest.raises(ArchiveError):
        Archive(archive.folder).read(*place)
    (damage,) = Archive(archive.folder).damages()
    assert (damage.file, damage.offset, damage.posts, damage.days) == (*place, (1,), (DAY,))
    assert rows["url"].n_unique() == Archive(archive.folder).records()["url"].n_unique() + 1

    path.write_bytes(whole)
    assert Archive(archive.folder).damages() == []
    assert Archive(archive.folder).records().equals(rows)

    flip(path, at[2] + 200)
    assert found(archive)
    for known in [*archive.folder.glob("fixity/*"), *archive.folder.glob("index/*/*")]:
        known.unlink()
    assert Archive(archive.folder).damages() == []
    assert Archive(archive.folder).damages() == [], "once its index is kept"


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed"])
@pytest.mark.parametrize("size", [3, 9000])
def test_junk_of_any_length_is_known_to_be_damage(
    archive: Archive, path: Path, size: int, closed: bool
) -> None:
    if not closed:
        shutil.rmtree(archive.folder / "fixity")
    path.write_bytes(random.Random(0).randbytes(size))
    assert Archive(archive.folder).damages()


def test_the_only_file_of_an_archive_is_missed(archive: Archive, path: Path) -> None:
    path.unlink()
    assert len(Archive(archive.folder).damages()) == 1


def test_damage_is_known_when_the_index_is_made_again(archive: Archive, path: Path) -> None:
    flip(path, starts(path)[2] + 200)
    shutil.rmtree(archive.folder / "index")
    for _ in range(2):
        (damage,) = Archive(archive.folder).damages()
        assert damage.what == "damaged gzip data"


def test_a_payload_that_is_not_the_one_that_was_written_is_not_read(
    archive: Archive, path: Path
) -> None:
    data, at = path.read_bytes(), starts(path)
    record = gzip.decompress(data[at[1] : at[2]]).replace(b"<p>0", b"<p>9")
    path.write_bytes(data[: at[1]] + gzip.compress(record) + data[at[2] :])
    with pytest.raises(ArchiveError, match="the payload is not the one that was written"):
        archive.read(path.name, at[1])
