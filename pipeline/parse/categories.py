"""arXiv's category codes, read from the names and slugs of WordPress's categories."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_BY_LETTERS = re.compile(
    r"(cs|math(?!-ph$)|stat|eess|econ|nlin|q-bio|q-fin|astro-ph)[-.]([a-z]{2})$",
    re.IGNORECASE | re.ASCII,
)
"""A code whose subject class is two letters; `math-ph` is an archive, not a class of `math`."""
_BY_WORDS = re.compile(r"(cond-mat|physics)[-.]([a-z]+(?:-[a-z]+)?)$", re.IGNORECASE | re.ASCII)
"""A code whose subject class is words, as in `cond-mat.mtrl-sci`."""


_WHOLE_ARCHIVES = frozenset(
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas "
    "cond-mat dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math-ph mtrl-th nucl-ex nucl-th "
    "patt-sol plasm-ph q-alg quant-ph solv-int supr-con".split()
)
"""Codes without a subject class, those of archives that arXiv has closed included."""
_BESIDE_CODE = re.compile(r"[()（）\[\]【】|｜/:：]|\s[-–—]\s|\s")
"""What parts a code from its name: `cs.CL (計算と言語)`, `Computation and Language [cs.CL]`."""
_NO_CATEGORY = frozenset(
    {"uncategorized", "uncategorised", "未分類", "%e6%9c%aa%e5%88%86%e9%a1%9e", "カテゴリーなし"}
)
"""WordPress's own category of posts that have none, as name and as slug."""


def read_categories(names: Iterable[str]) -> tuple[str, ...]:
    """The arXiv categories of a post, each once, in order; WordPress's own for none is left out.

    >>> read_categories(["cs.CL (計算と言語)", "cs-cl", "Uncategorized"])
    ('cs.CL',)
    """
    bare = (name.strip() for name in names)
    return tuple(
        dict.fromkeys(
            read_category(name) for name in bare if name and name.lower() not in _NO_CATEGORY
        )
    )


@lru_cache(maxsize=1024)
def read_category(name: str) -> str:
    """An arXiv category code from a code, with its name beside it or not, or from a slug of one.

    Source: arXiv's category taxonomy, whose codes are `archive.CLASS`; WordPress's slugs are lower
    case with `-` for `.`. What holds no such code, or two, is left as it is.

    >>> read_category("cs-cl"), read_category("cond-mat-mtrl-sci"), read_category("hep-th")
    ('cs.CL', 'cond-mat.mtrl-sci', 'hep-th')
    """
    name = name.strip()
    if code := _code(name):
        return code
    codes = {code for part in _BESIDE_CODE.split(name) if (code := _code(part))}
    if len(codes) == 1:
        return codes.pop()
    return name.lower() if re.match(r"[A-Za-z-]+$", name) else name


def _code(text: str) -> str | None:
    if match := _BY_LETTERS.match(text):
        return f"{match[1].lower()}.{match[2].upper()}"
    if match := _BY_WORDS.match(text):
        return f"{match[1]}.{match[2]}".lower()
    return text.lower() if text.lower() in _WHOLE_ARCHIVES else None
