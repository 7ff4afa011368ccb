"""The settings as a resource, so that the UI shows which site, folders and pauses a run uses."""

from __future__ import annotations

from typing import Any

import dagster as dg
from pydantic import Field, create_model

from pipeline.redaction import redact
from pipeline.settings import ENV_PREFIX, Settings


class SettingChangedError(dg.DagsterError):
    """A run's configuration changes a setting; the message is one line."""


def shown_settings(settings: Settings) -> dict[str, Any]:
    """The settings that may be shown, by name: none that is secret, no credentials in any."""
    public = {name for name, field in Settings.model_fields.items() if field.repr}
    values = settings.model_dump(mode="json", include=public)
    return {name: redact(v) if isinstance(v, str) else v for name, v in values.items()}


def settings_resource(settings: Settings) -> dg.ConfigurableResource[Settings]:
    """The resource that gives a step these settings and shows them in the UI.

    A run cannot change them: the partitions, the sensors and the schedules go by the environment's,
    and two data folders in one run would part tables from the archive they are made of.
    """
    shown = shown_settings(settings)

    class Unchanged(dg.ConfigurableResource[Settings]):
        """Set by ARXIV_JA_EN_*, all but the secret one shown. A run cannot change them."""

        def create_resource(self, context: dg.InitResourceContext) -> Settings:
            del context
            for name, value in shown.items():
                if getattr(self, name) != value:
                    raise SettingChangedError(
                        f"resources.settings.{name}: a run cannot change a setting; leave it out, "
                        f"or set {ENV_PREFIX}{name.upper()} and reload the definitions"
                    )
            return settings

    fields: dict[str, Any] = {}
    for name, value in shown.items():
        # A field with a default may be null for Dagster, whatever its type here.
        kind = (str if value is None else type(value)) | None
        described = Settings.model_fields[name].description
        fields[name] = kind, Field(default=value, description=described)
    made = create_model("SettingsResource", __base__=Unchanged, __doc__=Unchanged.__doc__, **fields)
    return made(**shown)
