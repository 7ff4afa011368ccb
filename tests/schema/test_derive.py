"""Arrow schemas and documentation come from the models alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline import schema
from pipeline.schema import arrow_schema, empty_frame, field_docs, grain

MODELS = list({of.model: of for of in schema.TABLES.values()})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_says_its_grain_and_describes_every_column(model):
    assert grain(model).startswith("One row per ")
    assert all(doc.description.endswith((".", "…")) for doc in field_docs(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_arrow_schema_holds_the_same_rows(model):
    derived = arrow_schema(model)
    frame = empty_frame(model)
    assert derived.names == frame.columns
    assert frame.to_arrow().cast(derived).schema.equals(derived)


def test_arrow_schema_has_types_that_every_reader_knows():
    papers = arrow_schema(schema.Papers)
    assert papers.field("title").type == pa.string()
    assert papers.field("authors").type == pa.list_(pa.string())
    assert papers.field("version_date").type == pa.timestamp("us", "UTC")
    assert not papers.field("title").nullable
    assert papers.field("title").metadata == {b"description": b"English title."}
    pair = arrow_schema(schema.Parallel).field("translation").type
    assert pair == pa.struct([("en", pa.string()), ("ja", pa.string())])
