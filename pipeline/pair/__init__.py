"""Sentence pairs: which sentences of an abstract and its translation belong together, how surely.

No models to download, no tokenisers: rules split the sentences, dynamic programming aligns them,
a small lexicon learnt from abstracts tells what was translated and what was dropped.
"""

from pipeline.pair.stage import ALIGNER_VERSION, PairedAbstracts, pair_records

__all__ = ["ALIGNER_VERSION", "PairedAbstracts", "pair_records"]
