"""A damaged snapshot is named, file by file, and nothing is built on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.manifest import RESTORE, ManifestError
from pipeline.release.publish import publish
from pipeline.release.snapshot import published_papers, snapshots
from tests.release.conftest import Build
from tests.release.invented import invent, revise


def _missing(file: Path) -> None:
    file.unlink()


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _bit_flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 4
    file.write_bytes(data)


DAMAGES = [_missing, _emptied, _truncated, _bit_flipped]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("config", ["papers", "en-ja"])
def test_a_damaged_file_is_named_and_nothing_is_built_on_it(
    build: Build, monkeypatch: pytest.MonkeyPatch, config: str, damage: Callable[[Path], None]
):
    papers = invent(12)
    first = build(papers)
    second = build([revise(papers[0]), *papers[1:]], parent=first, day=date(2025, 4, 1))
    monkeypatch.setenv("ARXIV_JA_EN_DATA_DIR", str(second.path.parent.parent))
    file = second.data_files(config)[0]
    content = file.read_bytes()
    file.unlink()  # it may be a link to the parent's
    file.write_bytes(content)
    path = file.relative_to(second.path).as_posix()
    damage(file)

    with pytest.raises(ReleaseRefusedError) as refused:
        build(papers[::-1], parent=second, day=date(2025, 4, 2))
    assert str(refused.value).startswith(f"{file}: ")
    assert str(refused.value).endswith(RESTORE)
    assert "\n" not in str(refused.value)
    assert snapshots(second.path.parent) == [first.path, second.path]
    with pytest.raises(ReleaseRefusedError, match=f"bring it back by .*\n{path}: "):
        publish(second.path)
    said = CliRunner().invoke(main, ["verify", second.version])
    assert said.exit_code == 1
    assert said.output.startswith(f"{path}: ")
    assert RESTORE in said.output
    if config == "papers":
        with pytest.raises(ManifestError, match=f"{path}: .*bring it back"):
            published_papers(second.path)
        said = CliRunner().invoke(main, ["diff", first.version, second.version])
        assert said.exit_code == 1
        (line,) = said.output.splitlines()
        assert f"{file}: " in line
        assert "is damaged" in line
