"""The settings as the UI shows them: all but what is secret, and not to be changed by a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.settings_resource import (
    SettingChangedError,
    settings_resource,
    shown_settings,
)
from pipeline.settings import Settings, load_settings

SECRETS = {
    "ARXIV_JA_EN_NOTICE_URL": "https://hooks.example/T0/B0/notice-secret",
    "ARXIV_JA_EN_CONTACT": "https://operator:contact-secret@example.org/",
    "HF_TOKEN": "hub-secret",
    "AWS_ACCESS_KEY_ID": "key-id-secret",
    "AWS_SECRET_ACCESS_KEY": "key-secret",
    "AWS_ENDPOINT_URL": "http://user:endpoint-secret@127.0.0.1:9",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a secret wherever there can be one, and a store of tables."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ARXIV_JA_EN_TABLES_URL", "s3://bucket/tables")
    return load_settings(data_dir=tmp_path / "data", base_url="http://127.0.0.1:9")


@contextmanager
def started(settings: Settings, changes: Mapping[str, object]) -> Iterator[object]:
    """What a step is given as its settings where the run's configuration makes `changes`."""
    with dg.build_resources(
        {"settings": settings_resource(settings)},
        resource_config={"settings": {"config": dict(changes)}},
    ) as resources:
        yield resources.settings


def test_all_settings_are_shown_but_the_secret_one(settings: Settings, tmp_path: Path) -> None:
    snapshot = RepositorySnap.from_def(build_definitions(settings).get_repository_def())

    (shown,) = [one for one in snapshot.resources or [] if one.name == "settings"]

    values = {name: json.loads(str(value)) for name, value in shown.configured_values.items()}
    assert values.keys() == Settings.model_fields.keys() - {"notice_url"}
    assert values["base_url"] == "http://127.0.0.1:9"
    assert values["first_day"] == "2022-12-01"
    assert values["data_dir"] == str(tmp_path / "data")
    assert values["tables_url"] == "s3://bucket/tables"
    assert values["delay_seconds"] == 1
    assert values["contact"] == "https://…@example.org/"
    assert {field.name: field.description for field in shown.config_field_snaps} == {
        name: Settings.model_fields[name].description for name in values
    }
    assert shown.resource_snapshot.description
    text = serialize_value(snapshot)
    assert "s3://bucket/tables" in text
    assert [name for name, value in SECRETS.items() if value in text] == []
    assert "-secret" not in text


def test_a_run_is_given_the_settings_as_they_are(settings: Settings) -> None:
    for configured in ({}, {"delay_seconds": 1}, shown_settings(settings)):
        with started(settings, configured) as given:
            assert given is settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "http://127.0.0.1:8"),
        ("base_url", None),
        ("data_dir", "/elsewhere"),
        ("data_dir", None),
        ("tables_url", None),
        ("tables_url", {"env": "HF_TOKEN"}),
        ("delay_seconds", 0),
        ("delay_seconds", None),
        ("hub_repo", "someone/else"),
        ("schedule", True),
    ],
)
def test_a_run_that_changes_a_setting_is_refused_in_one_line(
    settings: Settings, name: str, value: object
) -> None:
    with pytest.raises(SettingChangedError) as refused, started(settings, {name: value}):
        pass

    assert str(refused.value) == (
        f"resources.settings.{name}: a run cannot change a setting; leave it out, or set "
        f"ARXIV_JA_EN_{name.upper()} and reload the definitions"
    )
