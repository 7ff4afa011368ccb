"""Tables on disk or in an object store."""

from pipeline.storage.parquet import KEY
from pipeline.storage.store import TableError, TableStore, derived_key

__all__ = ["KEY", "TableError", "TableStore", "derived_key"]
