"""How a version of the dataset is cited."""

from __future__ import annotations

from pipeline.release.manifest import Manifest
from pipeline.settings import PROJECT_URL

HUB_URL = "https://huggingface.co/datasets"


def bibtex(manifest: Manifest, repo: str | None) -> str:
    """The BibTeX entry of a version.

    Args:
        manifest: that of the version.
        repo: its repository on the Hub; without one, the entry names the code's.
    """
    key = manifest.version.replace(".", "_")
    url = f"{HUB_URL}/{repo}/tree/{manifest.version}" if repo else PROJECT_URL
    fields = {
        "author": "{arxiv-ja-en maintainers}",
        "title": "{arXiv} abstracts in {English} and {Japanese}",
        "year": manifest.day[:4],
        "month": str(int(manifest.day[5:7])),
        "version": manifest.version,
        "url": url,
        "note": "Machine-translated Japanese; cite the papers you use by their arXiv ids",
    }
    lines = [f"  {name:<7} = {{{value}}}" for name, value in fields.items()]
    return "\n".join([f"@misc{{arxiv_ja_en_{key},", ",\n".join(lines), "}"])
