"""Options that several commands share: days as people write them."""

from __future__ import annotations

from datetime import date, datetime

import click


class DayType(click.ParamType[date]):
    """A day, as YYYY-MM-DD."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The day that `value` names; a usage error where it names none."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as YYYY-MM-DD", param, ctx)


DAY = DayType()
"""The type of every option that takes a day."""


def is_between(day: date, first: date | None, last: date | None) -> bool:
    """Whether `day` is in the range of `--from` and `--to`, either of which may be missing."""
    return (first or date.min) <= day <= (last or date.max)


def in_order(first: date | None, last: date | None) -> None:
    """A usage error where the days of `--from` and `--to` are the wrong way round."""
    if first and last and first > last:
        raise click.UsageError(f"--from {first} is after --to {last}")
