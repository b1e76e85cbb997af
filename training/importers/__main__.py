"""`python -m training.importers --from github issues.json --output records.jsonl`."""

from training.importers.command import main

if __name__ == "__main__":
    raise SystemExit(main())
