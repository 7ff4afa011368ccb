"""arxiv-ja-en: from digest pages to a Japanese-English parallel dataset of arXiv abstracts."""

__version__ = "0.1.0"
