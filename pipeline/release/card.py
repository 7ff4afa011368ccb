"""The dataset card: the README of the snapshot, and what the Hub reads from its front matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from pipeline.release import parquet
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import Manifest, Snapshot, parse_data_file
from pipeline.settings import PROJECT_ROOT

CARD = "README.md"
TEMPLATE = PROJECT_ROOT / "dataset_card.md"

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


def _size_category(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "1M<n<10M")


def dataset_info(manifest: Manifest) -> list[dict[str, Any]]:
    """What `datasets` knows of each config before it reads a file; every count is exact."""
    counts, sizes = manifest.counts(), manifest.arrow_bytes()
    infos = []
    for config in CONFIGS:
        files = [
            entry
            for path, entry in manifest.data_files.items()
            if parse_data_file(path)[0] == config.name
        ]
        infos.append(
            {
                "config_name": config.name,
                "features": parquet.features(config)._to_yaml_list(),
                "splits": [
                    {"name": split, "num_bytes": sizes[config.name][split], "num_examples": rows}
                    for split, rows in counts[config.name].items()
                ],
                "download_size": sum(entry.bytes for entry in files),
                "dataset_size": sum(sizes[config.name].values()),
            }
        )
    return infos


def front_matter(manifest: Manifest) -> dict[str, Any]:
    """The card's front matter."""
    counts = manifest.counts()
    return {
        "language": ["en", "ja"],
        "configs": [
            {
                "config_name": config.name,
                **({"default": True} if config is CONFIGS[0] else {}),
                "data_files": [
                    {
                        "split": split,
                        "path": f"{config.name}/{split}{'-*' if config.monthly else ''}.parquet",
                    }
                    for split in counts[config.name]
                ],
            }
            for config in CONFIGS
            if counts[config.name]
        ],
        "dataset_info": [info for info in dataset_info(manifest) if info["splits"]],
        "task_categories": ["translation"],
        "size_categories": [_size_category(manifest.n_papers)],
    }


def render_card(snapshot: Snapshot) -> str:
    """The card of a snapshot, as Markdown with front matter."""
    from jinja2 import Environment, StrictUndefined

    template = Environment(undefined=StrictUndefined, autoescape=True, keep_trailing_newline=True)
    matter = yaml.safe_dump(front_matter(snapshot.manifest), sort_keys=False, allow_unicode=True)
    return template.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        front_matter=matter.rstrip(), manifest=snapshot.manifest
    )


def card_problems(card: str, manifest: Manifest) -> Iterator[str]:
    """What in the front matter of `card` is not as the data files are."""
    try:
        _, matter, _ = card.split("---\n", 2)
        read = yaml.safe_load(matter)
    except (ValueError, yaml.YAMLError) as error:
        yield f"{CARD}: no front matter: {error}"
        return
    for key, value in front_matter(manifest).items():
        if not isinstance(read, dict) or read.get(key) != value:
            yield f"{CARD}: {key} in the front matter does not match the data files"
