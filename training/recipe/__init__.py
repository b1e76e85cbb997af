"""How the training records were made from public bug reports.

`python -m training.recipe --source FOLDER --output FOLDER [--sample 2400]` reads the gzipped
source files in FOLDER and writes `train.jsonl.gz`, `held_out.jsonl.gz`, `held_out_gold.jsonl.gz`
and `sources.csv`, and with `--sample` the smaller files that stand in `data/`. Nothing here runs
when the project serves or trains. The same source files give the same bytes.
"""
