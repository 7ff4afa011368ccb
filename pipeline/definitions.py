"""What `dagster dev` and `dagster -m pipeline.definitions` load: wiring only."""

from pipeline.orchestration.build import build_definitions
from pipeline.settings import settings

defs = build_definitions(settings())
