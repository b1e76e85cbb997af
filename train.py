"""`python train.py --dataset annotated.jsonl --model google/flan-t5-small`: fine-tune a model."""

from training.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
