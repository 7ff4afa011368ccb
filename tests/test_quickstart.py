"""The notebook runs, from its first cell to its last, on a snapshot of the sample."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.settings import PROJECT_ROOT
from tests.orchestration.conftest import House

NOTEBOOK = PROJECT_ROOT / "docs" / "quickstart.ipynb"


def test_every_cell_runs(sample: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPSHOT", str(sample.root / "data" / "snapshots" / "v2025.03.07"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = nbformat.read(NOTEBOOK, as_version=4)

    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    printed = [
        output.get("text") or output["data"]["text/plain"]
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type in {"stream", "execute_result"}
    ]
    assert "(40, 291)" in printed
    assert any("alarms, 6 flagged" in text for text in printed)


def test_it_is_committed_without_outputs() -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    assert [cell.outputs for cell in book.cells if cell.cell_type == "code" and cell.outputs] == []
