"""The sample's posts, as its YAML files say them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.sample.blog import Entry, Post, SampleError
from pipeline.sample.pages import entry_html
from pipeline.settings import BUNDLED

SAMPLE_POSTS = BUNDLED / "data" / "sample" / "posts"
"""The YAML files of the sample, one a day."""


def read_posts(folder: Path = SAMPLE_POSTS) -> list[Post]:
    """The posts of the YAML files in a folder, oldest first.

    Raises:
        SampleError: there is no file, a file is no list of posts, or a post has a wrong or
            missing field.
    """
    posts = []
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise SampleError(f"no posts in {folder}")
    for path in paths:
        try:
            items = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise SampleError(f"{path.name}: {error}") from error
        if not isinstance(items, list):
            raise SampleError(f"{path.name}: not a list of posts")
        for number, item in enumerate(items, start=1):
            try:
                posts.append(_post_from(item))
            except (TypeError, KeyError, AttributeError, ValueError) as error:
                raise SampleError(f"{path.name}, post {number}: {error!r}") from error
    return posts


def _post_from(item: Mapping[str, Any]) -> Post:
    fields = dict(item)
    body, entry = fields.pop("body", None), fields.pop("entry", None)
    if (body is None) == (entry is None):
        raise ValueError("a post has either `entry` or `body`")
    if entry is not None:
        entry = dict(entry)
        authors = tuple(entry.pop("authors", ()))
        date_text = entry.pop("date", None)
        body = entry_html(
            Entry(authors=authors, date=None if date_text is None else str(date_text), **entry)
        )
    return Post(
        post_id=fields.pop("id"),
        categories=tuple(fields.pop("categories", ())),
        content=body,
        **fields,
    )
