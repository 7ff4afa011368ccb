"""Which days are due again because of what came through the inbox."""

from __future__ import annotations

from datetime import date

from pipeline.orchestration.assets.acquire import captures_of_day
from pipeline.orchestration.table_store import TableStore, derived_key
from pipeline.schema import Captures


def inbox_days_due(tables: TableStore) -> list[date]:
    """Days that inbox files bear on and whose posts were not parsed since, in order."""
    from pipeline.parse.posts import PARSER_VERSION

    imported = tables.scan("inbox_captures", Captures).select("day").unique().collect()
    return [
        day
        for day in sorted(imported["day"].to_list())
        if tables.key("posts", day.isoformat())
        != derived_key(PARSER_VERSION, captures_of_day(tables, day.isoformat())[0])
    ]
