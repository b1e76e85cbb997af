"""The command line of `train.py`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import SummarizerError
from training import check
from training.arguments import add_data_arguments, parsed
from training.options import TrainingOptions

DESCRIPTION = """\
Fine-tune a bug summarizer on annotated reports, with Ray Train.

The dataset is JSON Lines (also gzipped), one record a line: {"id"?, "input": what /inference
takes, "output": the summary that it should answer}. An encoder (MiniLM, BERT, ...) or an
extractive model folder learns to point at sentences; a seq2seq model (T5, BART, ...) to write.

`train.py check --dataset ...` says what is wrong with the data, and trains nothing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 2 the options or the data are no good."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["check"]:
        return check.main(words[1:])
    return _train(words)


def _train(words: Sequence[str]) -> int:
    given = vars(_parser().parse_args(words))
    if given["output"] is None:
        given["output"] = Path("models") / f"{Path(given['model']).name}-bug-summarizer"
    options = parsed(TrainingOptions, given)
    if options is None:
        return 2
    # ray, torch and transformers take seconds to import; `--help` and bad options need none.
    from training.run import run  # noqa: PLC0415

    try:
        folder = run(options)
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    print(
        f"The model is in {folder}; serve it with: SUMMARIZER_MODEL={folder} "
        "python -m uvicorn main:app --port 8000"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_data_arguments(parser)
    add = parser.add_argument
    add("--model", required=True, help="the base: a hub name or a folder")
    add(
        "--output",
        type=Path,
        help="where to put the model (default: models/BASE-bug-summarizer)",
    )
    add("--epochs", type=int)
    add("--batch-size", type=int, help="reports per worker and step")
    add("--accumulation-steps", type=int, help="steps per update of the weights")
    add("--learning-rate", type=float)
    add("--warmup-share", type=float, help="share of the updates with a rising learning rate")
    add("--weight-decay", type=float)
    add("--frozen-layers", type=int, help="encoder layers from the input that are not trained")
    add("--dropout", type=float, help="dropout in an encoder that learns to point (default 0)")
    add("--max-target-tokens", type=int)
    add("--no-cuda", action="store_true", help="train on the CPU even where there are GPUs")
    add("--num-workers", type=int, help="default: one per GPU, or one on the CPU")
    add("--cpus-per-worker", type=int, help="default: all free cores but one, shared out")
    add("--max-failures", type=int, help="how often to go on after losing a worker")
    add("--mixed-precision", choices=("no", "bf16", "fp16"))
    add("--seed", type=int)
    add("--weights-dtype", choices=("float32", "float16"), help="how the weights are stored")
    add("--model-version", help="the version that answers carry")
    add("--licence", help="the licence of the model, for its card")
    add("--runs-folder", type=Path, help="where checkpoints go; shared by all nodes of a cluster")
    return parser
