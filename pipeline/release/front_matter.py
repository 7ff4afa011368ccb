"""The card's front matter: what the Hub and `datasets` read of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from pipeline.release import parquet
from pipeline.release.configs import CONFIGS, LANGUAGES
from pipeline.release.manifest import Manifest, parse_data_file

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
"""Size categories of the Hub, with the count below which they end."""


def _size_category(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "10M<n<100M")


def _data_files(counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """The files of each config that has any, by split."""
    return [
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
    ]


def _dataset_info(manifest: Manifest, counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """What `datasets` knows of each config before it reads a file; every figure is exact."""
    sizes = manifest.arrow_bytes()
    downloads = dict.fromkeys(counts, 0)
    for path, entry in manifest.data_files.items():
        downloads[parse_data_file(path)[0]] += entry.bytes
    return [
        {
            "config_name": config.name,
            "features": parquet.features(config)._to_yaml_list(),
            "splits": [
                {"name": split, "num_bytes": sizes[config.name][split], "num_examples": rows}
                for split, rows in counts[config.name].items()
            ],
            "download_size": downloads[config.name],
            "dataset_size": sum(sizes[config.name].values()),
        }
        for config in CONFIGS
        if counts[config.name]
    ]


def front_matter(manifest: Manifest) -> dict[str, Any]:
    """The front matter of a snapshot's card."""
    counts = manifest.counts()
    return {
        "pretty_name": "arXiv abstracts in English and Japanese",
        "language": list(LANGUAGES),
        "license": "other",
        "license_name": "terms-differ-by-part",
        "license_link": "LICENSE.md",
        # Not `translation`: the services' terms may forbid to train such systems on their output.
        "task_categories": ["sentence-similarity", "text-retrieval"],
        "multilinguality": ["translation"],
        "language_creators": ["machine-generated"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "size_categories": [_size_category(manifest.n_papers)],
        "tags": ["arxiv", "abstracts", "science", "parallel-corpus", "machine-translated"],
        "configs": _data_files(counts),
        "dataset_info": _dataset_info(manifest, counts),
    }


def dumps(manifest: Manifest) -> str:
    """The front matter as YAML, without the fences."""
    matter = front_matter(manifest)
    dumper = yaml.CSafeDumper  # in C, ten times as fast
    text: str = yaml.dump(matter, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100)
    return text.rstrip()


def problems(card: str, manifest: Manifest) -> Iterator[str]:
    """What in the front matter of `card` is not as the data files are."""
    try:
        _, matter, _ = card.split("---\n", 2)
        read = yaml.load(matter, Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError) as error:
        yield f"no front matter: {error}"
        return
    for key, value in front_matter(manifest).items():
        if not isinstance(read, dict) or read.get(key) != value:
            yield f"{key} in the front matter does not match the data files"
