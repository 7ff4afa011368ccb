"""`python -m pipeline.cli`: the console script without its installed name."""

from pipeline.cli import main

main(prog_name="arxiv-ja-en")
