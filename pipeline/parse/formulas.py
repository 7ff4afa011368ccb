"""Formulas in MathML, which stand in an abstract as TeX or, where they are flat, as their text."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from pipeline.wordpress.dom import parse_html

_FLAT = frozenset("math mi mn mo mpadded mrow ms mspace mstyle mtext semantics".split())
"""Elements that set their content on the line: without the others, the text says it all."""
_UNREAD = "<lost></lost>"
"""Stands for a formula that cannot be read: an element name that HTML does not have."""


def with_formulas(content: str) -> str:
    """An HTML content with TeX between `$` for every `<math>`, as arXiv's abstracts have it.

    TeX is in the annotation that converters leave, or in `alttext` (LaTeXML). What is hidden from
    screen readers beside a formula is the same formula once more, drawn (KaTeX, MathJax).
    """
    body = parse_html(f"<!doctype html><body>{content}".encode()).body
    assert body is not None
    for formula in body.css("math"):
        text = _text(formula)
        formula.replace_with(text if text is not None else "\x00")
    for twin in body.css('[aria-hidden="true"]'):
        twin.decompose()
    return (body.inner_html or "").replace("\x00", _UNREAD)


def _text(formula: LexborNode) -> str | None:
    note = formula.css_first('annotation[encoding="application/x-tex"]')
    tex = note.text() if note else formula.attributes.get("alttext")
    if tex and tex.strip():
        return f"${' '.join(tex.split())}$"
    if _FLAT.issuperset(part.tag for part in formula.css("*")):
        return " ".join(formula.text().split())
    return None
