"""Train the lexicon that ships, on the fitting part of the ACL abstracts.

Usage: python -m bench.pair.lexicon [OUT]

The abstracts themselves stay where they are; what is written is a table of weights.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.pair.testsets import ACL_FILE, abstracts, is_test
from pipeline.pair.lexicon import LEXICON_FILE, write_lexicon
from pipeline.pair.training import read_terms, train

SOURCE = {
    "trained_on": "ACL 2022 abstracts with machine-made Japanese (GPT-3.5), development set",
    "where": "https://github.com/retarfi/aclanthology-translate",
    "licence": "repository MIT; abstracts (c) their authors, ACL Anthology, CC BY 4.0",
    "part": "abstracts whose id's hash puts them in the fitting part; the test part is unseen",
    "method": "IBM model 1 between English stems and Japanese units, on sure 1-1 beads; "
    "units of data/reference/terms.tsv beside them",
    "command": "python -m bench.pair.lexicon",
}


def main() -> None:
    """Train and write."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else LEXICON_FILE
    rows = [row for row in abstracts(ACL_FILE) if not is_test(row)]
    words = train(((row.en, row.ja) for row in rows), read_terms())
    version = write_lexicon(words, out, {**SOURCE, "abstracts": len(rows)})
    print(f"{out.name}: {len(words)} words from {len(rows)} abstracts, version {version}")


if __name__ == "__main__":
    main()
