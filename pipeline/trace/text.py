"""A trace as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from pipeline.trace.collect import Observation, Trace
from pipeline.trace.reasons import bead_reasons, shown

Clean = Callable[[str], str]
Cut = Callable[..., str]

_FACTS = ("title", "arxiv_id", "version", "date", "authors", "categories", "provider", "translator")
_DOUBTS = ("problems", "removed_lines", "flags")
"""What the parser read of an entry, beside the abstracts, and what it doubts or has removed."""


def trace_text(trace: Trace, clean: Clean, width: int = 100) -> str:
    """The trace in lines of at most `width` columns, save for addresses, digests and file names.

    Args:
        trace: what is known.
        clean: makes a text of the site safe to print, on one line.
        width: columns of the terminal.
    """

    def cut(text: object, indent: int = 0) -> str:
        line = Text(clean(str(text)))
        line.truncate(max(20, width - indent), overflow="ellipsis")
        return line.plain

    blocks = [
        _head(trace, cut),
        _flags(trace, cut),
        *(_observation(observation, clean) for observation in trace.observations),
        _read(trace, cut),
        _beads(trace, cut),
        [f"{change.version}  {clean(change.what)}" for change in trace.history],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(trace: Trace, cut: Cut) -> list[str]:
    paper, pair = trace.paper, trace.pair
    lines = [f"{trace.target.paper_id}  {cut(paper.get('title') or 'not in the snapshot', 20)}"]
    if paper:
        facts = (
            f"{trace.snapshot}: {paper['split']}, {paper['submitted_month']}, version "
            f"{shown(paper['version'])} of {paper['n_versions']}, {shown(paper['translator'])}, "
            f"{' '.join(paper['categories'])}"
        )
        lines.append(f"  snapshot  {cut(facts, 12)}")
    if paper.get("arxiv_id"):
        lines.append(f"  arXiv     https://arxiv.org/abs/{paper['arxiv_id']}")
    if paper.get("en_match"):
        joined = ("en_match", "primary_category", "doi", "latest_version")
        lines.append(
            "            " + ", ".join(f"{n} {shown(paper[n])}" for n in joined if n in paper)
        )
    measures = ("alignment_score", "sentence_coverage", "length_z", "numbers_kept", "script_ratio")
    told = [f"{name} {shown(pair[name])}" for name in measures if name in pair]
    if told:
        lines.append(f"  pair      {', '.join(told)}")
    return lines


def _flags(trace: Trace, cut: Cut) -> list[str]:
    lines = []
    for reason in trace.reasons:
        lines.append(cut(f"flag {reason.flag}: {reason.note}"))
        for column, value, when in reason.numbers:
            lines.append("  " + cut(f"{column} {value}" + (f" ({when})" if when else ""), 2))
        if reason.beads:
            lines.append(f"  beads {', '.join(map(str, reason.beads))}")
    return lines


def _observation(observation: Observation, clean: Clean) -> list[str]:
    entry = observation.entry
    version = f"v{entry['version']}" if entry.get("version") else "version unknown"
    address = entry.get("post_url") or entry.get("source_url") or entry["source"]
    place = f"{entry['archive_file']} at {entry['record_offset']}"
    index = shown(entry.get("entry_index"))
    rows = {
        "post": f"{entry.get('day') or ''} {shown(entry.get('post_id'))} {address}",
        "captured": f"{entry['captured_at']:%Y-%m-%d %H:%M:%S}Z {entry.get('source', '')}",
        "archive": f"{place}, entry {index}: {observation.capture}",
        "digest": entry["payload_digest"],
        "record": shown(entry.get("record_id")),
    }
    head = clean(f"{observation.role}, {version}: {observation.why}")
    return [head, *(f"  {name:<9} {clean(value)}" for name, value in rows.items())]


def _read(trace: Trace, cut: Cut) -> list[str]:
    """What the parser read of the entry that stands for the paper, and how it stood there."""
    entry = trace.observations[0].entry if trace.observations else {}
    if "raw" not in entry:
        return []
    facts = [*_FACTS, *(name for name in _DOUBTS if entry.get(name))]
    lines = [f"{name:<13} {cut(shown(entry.get(name)), 14)}" for name in facts]
    raw = [cut(line, 14) for line in entry["raw"].split("\n")]
    return [*lines, *(f"{'' if n else 'raw':<13} {line}" for n, line in enumerate(raw))]


def _beads(trace: Trace, cut: Cut) -> list[str]:
    lines = []
    for bead in trace.beads:
        sides = bead["translation"]
        head = f"{bead['index']:>3} {bead['bead']} {bead['score']:.2f} "
        lines.append(head + cut(sides["en"], len(head)))
        lines.append(" " * len(head) + cut(sides["ja"], len(head)))
        lines += [" " * len(head) + "! " + cut(line, len(head)) for line in bead_reasons(bead)]
    return lines
