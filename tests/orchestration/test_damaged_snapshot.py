"""A refresh does not build on a damaged snapshot: one line says which file, and what to do."""

from __future__ import annotations

from pipeline.release.manifest import RESTORE
from tests.orchestration.conftest import DAYS, House


def test_a_refresh_names_the_damaged_file_and_builds_nothing(refreshed: House) -> None:
    (snapshot,) = refreshed.settings.snapshots_dir.glob("v*")
    file = sorted(snapshot.glob("papers/*.parquet"))[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 4
    file.write_bytes(data)

    done = refreshed.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])

    assert done.exit_code == 1
    assert "Traceback" not in done.output
    (line,) = {line.split("  ")[-1] for line in done.output.splitlines() if str(file) in line}
    assert f"{file}: its sha256 is not the one in manifest.json; {RESTORE}" in line
    assert list(refreshed.settings.snapshots_dir.glob("v*")) == [snapshot]
