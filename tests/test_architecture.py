"""The house: which room may know of which."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import dagster
import pytest

from pipeline.orchestration.dagster_private import TESTED_VERSIONS
from pipeline.settings import PROJECT_ROOT

STAGES = ["acquire", "parse", "validate", "pair", "tables", "release"]

GROUND = {"redaction", "settings", "schema", "storage", "wordpress", "archive"}
"""What every stage may use."""

MAY_IMPORT = {
    "redaction": set(),
    "settings": {"redaction"},
    "schema": {"settings"},
    "storage": {"settings", "schema"},
    "wordpress": {"redaction", "settings"},
    "archive": {"redaction", "settings", "schema", "wordpress"},
    "acquire": GROUND,
    "parse": GROUND,
    "validate": {*GROUND, "parse"},
    "pair": {*GROUND, "validate"},
    "tables": {*GROUND, "parse", "validate", "pair"},
    "release": {*GROUND, "validate", "pair", "tables"},
    "export": {"schema", "release"},
    "explore": {"schema", "storage", "tables", "release", "trace"},
    "trace": {"schema", "storage", "archive", "pair", "tables", "release"},
    "erase": {*GROUND, "parse", "tables", "release"},
    "sample": {"settings"},
}
"""Each package, and the other packages of ours that it may import."""

MODULES = sorted((PROJECT_ROOT / "pipeline").rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Names of all modules that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """The part of the package that a module belongs to: `pipeline.parse.pages` → `parse`."""
    parts = module.split(".")
    return parts[1] if parts[0] == "pipeline" and len(parts) > 1 else None


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_orchestration_imports_dagster(path: Path) -> None:
    if room_of(name_of(path)) in {"orchestration", "definitions"}:
        return
    offending = [name for name in imports_of(path) if name.split(".")[0].startswith("dagster")]
    assert offending == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(name_of(path))
    if room not in MAY_IMPORT:
        return
    allowed = {room, *MAY_IMPORT[room], "__version__"}
    offending = [name for name in imports_of(path) if room_of(name) not in {None, *allowed}]
    assert offending == [], f"{room} may import {sorted(allowed)} only"


def test_no_module_imports_itself_through_others() -> None:
    names = {name_of(path).removesuffix(".__init__") for path in MODULES}
    graph = {
        name_of(path).removesuffix(".__init__"): {
            module
            for name in imports_of(path)
            for module in (name, name.rpartition(".")[0])
            if module in names
        }
        for path in MODULES
    }
    try:
        TopologicalSorter(
            {name: needed - {name} for name, needed in graph.items() if "__init__" not in name}
        ).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


def test_every_stage_of_the_design_has_its_folder() -> None:
    for stage in STAGES:
        assert (PROJECT_ROOT / "pipeline" / stage / "__init__.py").is_file()
    assert len(MODULES) > len(STAGES)


def test_definitions_only_wires() -> None:
    tree = ast.parse((PROJECT_ROOT / "pipeline" / "definitions.py").read_text(encoding="utf-8"))
    kinds = {type(node) for node in tree.body}
    assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign}


def test_only_the_tests_of_the_bench_import_it() -> None:
    paths = {*(PROJECT_ROOT / "tests").rglob("*.py"), *MODULES}
    others = paths - {*(PROJECT_ROOT / "tests" / "bench").rglob("*.py")}
    importing = [path for path in others for name in imports_of(path) if name.startswith("bench")]
    assert importing == []


PRIVATE = PROJECT_ROOT / "pipeline" / "orchestration" / "dagster_private"


@pytest.mark.parametrize("path", sorted({*MODULES} - {*PRIVATE.iterdir()}), ids=name_of)
def test_what_is_private_to_dagster_is_used_in_one_package(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [name for name in imports_of(path) if re.match(r"dagster\w*\..*\b_", name)]
    attributes = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (node.attr == "event_log_storage" or re.match(r"dg\._", ast.unparse(node)))
    ]
    keys = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"dagster/\w+|dagster_meta", node.value)
    ]
    assert [*imported, *attributes, *keys] == [], f"belongs into {PRIVATE.name}"


def test_the_installed_dagster_is_one_that_was_tested() -> None:
    assert dagster.__version__ in TESTED_VERSIONS, "run tests/orchestration, then add it"


def test_the_definitions_load_without_a_database() -> None:
    # SQLAlchemy and Alembic take 0.4 s, which every `dg` command would wait for.
    code = "import sys, pipeline.definitions; print({'sqlalchemy', 'alembic'} & {*sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "set()"
