"""Every setting of the project, in one place.

A setting is an environment variable `ARXIV_JA_EN_<NAME>`, or a line of `.env` at the
root; the environment wins. Every default works. What a single run may change (the base URL,
re-reading) can also be given in Dagster's launchpad or as a flag of the console script.

Secrets are no settings: the Hub's token is read from `HF_TOKEN` by huggingface_hub itself, at the
moment it is used, and never enters this module.
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.redaction import redact

if TYPE_CHECKING:
    from upath import UPath

PACKAGE = Path(__file__).resolve().parent

INSTALLED = (PACKAGE / "bundled").is_dir()
"""Whether the package was installed from a wheel, which bundles what a checkout has beside it."""

PROJECT_ROOT = Path.cwd() if INSTALLED else PACKAGE.parent
"""Where dagster.yaml, data/ and .dagster/ are: the checkout, or the current folder without one."""

BUNDLED = PACKAGE / "bundled" if INSTALLED else PACKAGE.parent
"""Where the files are that the package reads: `data/reference/`, `data/sample/` and the card's
template, as in the checkout; pyproject.toml lists those that a wheel bundles."""

SITE_ZONE = ZoneInfo("Asia/Tokyo")
"""The zone in which the digest site dates its posts; the days of every daily table are of it."""

ENV_PREFIX = "ARXIV_JA_EN_"

SITE_URL = "https://jarxiv.com"
"""The digest site."""

PROJECT_URL = "https://github.com/arxiv-ja-en/arxiv-ja-en"
"""Where the code is, and where the maintainers are reached."""


def today() -> date:
    """The current day where the site is."""
    return datetime.now(SITE_ZONE).date()


def _ascii_host(name: str) -> str | None:
    """A host's name as DNS has it, internationalised names encoded; None where it is none."""
    if ":" in name:
        return f"[{name}]"
    try:
        ascii_name = name.encode("idna").decode()
    except UnicodeError:  # an empty label, or one of more than 63 characters
        return None
    return ascii_name if re.fullmatch(r"[a-z0-9_.-]{1,253}", ascii_name) else None


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message is one line and names the setting."""


class Settings(BaseSettings):
    """The settings of a run, read from the environment."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=PROJECT_ROOT / ".env",
        env_ignore_empty=True,  # `NAME=` in an environment file leaves the default
        extra="ignore",  # DAGSTER_HOME and the like stand in the same .env
        frozen=True,
    )

    base_url: Annotated[
        str, Field(description="The digest site's address, http or https, without a path.")
    ] = SITE_URL
    first_day: Annotated[
        date, Field(description="The first day (JST) of the daily partitions.")
    ] = date(2022, 12, 1)
    data_dir: Annotated[
        Path,
        Field(description="Where archive, tables, snapshots and inbox are kept; relative to root."),
    ] = Path("data")
    tables_url: Annotated[
        str | None,
        Field(
            pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/[^\s?#]+)?$",
            description="Where the tables are kept instead, `s3://bucket/prefix`; the store's "
            "address and keys are read from AWS_* by its clients.",
        ),
    ] = None
    contact: Annotated[
        str,
        Field(
            pattern=r"^[!-~]{3,200}$",
            description="An e-mail address or URL for the site's owner, sent in User-Agent.",
        ),
    ] = PROJECT_URL
    delay_seconds: Annotated[
        float, Field(ge=0, le=3600, description="Least pause between two requests, in seconds.")
    ] = 1.0
    timeout_seconds: Annotated[
        float, Field(gt=0, le=600, description="Longest time for one answer, in seconds.")
    ] = 60.0
    give_up_after: Annotated[
        int, Field(ge=1, le=100, description="Refusals in a row after which a crawl is given up.")
    ] = 10
    run_hours: Annotated[
        float, Field(gt=0, le=720, description="Longest time for one crawl, in hours.")
    ] = 24.0
    reread_days: Annotated[
        int,
        Field(ge=0, le=365, description="A day is read again until it is this many days past."),
    ] = 3
    hub_repo: Annotated[
        str | None,
        Field(
            pattern=r"^\w[\w.-]*/\w[\w.-]*$",
            description="Dataset repository on the Hub, `owner/name`; without it, publish locally.",
        ),
    ] = None
    hub_private: Annotated[
        bool, Field(description="Whether the repository is private; a public one is then refused.")
    ] = False
    hub_resource_group: Annotated[
        str | None,
        Field(
            pattern=r"^\w[\w-]*$",
            description="Resource group of the organisation that a repository made now belongs to.",
        ),
    ] = None
    schedule: Annotated[
        bool, Field(description="Whether the daily refresh and the inbox sensor start switched on.")
    ] = False
    notice_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://",
            repr=False,  # it holds a token
            description="Where a failed run is announced (JSON by POST); without it, in the log.",
        ),
    ] = None

    @field_validator("base_url")
    @classmethod
    def _is_site_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)  # raises where brackets hold no IPv6 address
            port = parts.port  # raises where it is none, and quotes what may be of a password
        except ValueError:
            raise ValueError("must be an address with a valid host and port") from None
        host = _ascii_host(parts.hostname or "")
        spaced = any(map(str.isspace, value))  # urlsplit drops some of these
        if parts.scheme not in {"http", "https"} or host is None or spaced:
            raise ValueError("must be an http or https address such as https://jarxiv.com")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must be a bare address: no path, query, fragment or credentials")
        return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")

    @field_validator("first_day")
    @classmethod
    def _has_come(cls, value: date) -> date:
        if value > today():
            raise ValueError("must not be in the future")
        return value

    @field_validator("data_dir")
    @classmethod
    def _from_root(cls, value: Path) -> Path:
        folder = value.expanduser()
        return folder if folder.is_absolute() else PROJECT_ROOT / folder

    @property
    def archive_dir(self) -> Path:
        """The WARC files and their index; written once, never rewritten."""
        return self.data_dir / "archive"

    @property
    def inbox_dir(self) -> Path:
        """Where people drop files to be taken into the archive."""
        return self.data_dir / "inbox"

    @property
    def removals_file(self) -> Path:
        """The requests to take papers out: kept, backed up and restored with the data."""
        return self.data_dir / "removals.csv"

    @property
    def tables_dir(self) -> Path | UPath:
        """The Parquet tables between stages; all can be rebuilt from the archive."""
        if self.tables_url is None:
            return self.data_dir / "tables"
        from upath import UPath

        # polars writes past the cache, which would then list what was there before. Three attempts,
        # not five: a store that is not there is said so within seconds.
        return UPath(
            self.tables_url,
            use_listings_cache=False,
            config_kwargs={"retries": {"mode": "standard"}},
        )

    @property
    def snapshots_dir(self) -> Path:
        """Published snapshots, one folder each, named by version."""
        return self.data_dir / "snapshots"

    def changed(self, **overrides: object) -> Settings:
        """These settings with some of them changed for one run.

        Raises:
            SettingError: a value cannot be used; the message names the setting, on one line.
        """
        return load_settings(**(self.model_dump() | overrides))

    def is_settled(self, day: date, now_day: date) -> bool:
        """Whether what the site posted on `day` no longer needs to be read again on `now_day`."""
        return now_day - day > timedelta(days=self.reread_days)


_CREDENTIALS = re.compile(r"(?<=^=.).*@", re.DOTALL)
"""All that may be of the credentials in `='…'`, the repr of an address that is malformed."""


def _names() -> str:
    return ", ".join(ENV_PREFIX + name.upper() for name in Settings.model_fields)


def _one_line(error: ValidationError) -> str:
    problems = []
    for detail in error.errors():
        name = ENV_PREFIX + str(detail["loc"][0]).upper() if detail["loc"] else "settings"
        message = detail["msg"].removeprefix("Value error, ")
        secret = detail["loc"] and not Settings.model_fields[str(detail["loc"][0])].repr
        shown = "" if secret else f"={str(detail['input'])!r}"
        if name.endswith("_URL"):  # a password may hold signs that no address may
            shown = _CREDENTIALS.sub("…@", shown)
        problems.append(f"{name}{shown}: {message}")
    return redact("; ".join(problems))


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, with `overrides` by field name.

    Raises:
        SettingError: a value cannot be used, or the environment names a setting that is none;
            the message names it, on one line.
    """
    known = {ENV_PREFIX + name.upper() for name in Settings.model_fields}
    if unknown := sorted(n for n in os.environ if n.startswith(ENV_PREFIX) and n not in known):
        raise SettingError(f"{unknown[0]}: there is no such setting; there are {_names()}")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingError(_one_line(error)) from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once."""
    return load_settings()
