"""The command line of `train.py`."""

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from schemas.errors import SummarizerError
from training import check
from training.arguments import add_data_arguments, parsed
from training.learning.checkpoints import is_disk_full
from training.options import SCHEDULES, TrainingOptions

DESCRIPTION = """\
Fine-tune a bug summarizer on annotated reports, with Ray Train.

The dataset is JSON Lines (also gzipped), one record a line: {"id"?, "input": what /inference
takes, "output": the summary that it should answer}. An encoder (MiniLM, BERT, ...) or an
extractive model folder learns to point at sentences; a seq2seq model (T5, BART, ...) to write.

`train.py --resume RUN` goes on with a run that was interrupted, from its folder.
`train.py check --dataset ...` says what is wrong with the data, and trains nothing.
`train.py import --from github|jira|bugzilla|sentry ...` makes records of a tracker's export."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status.

    0 is done, 2 that the options or the data are no good or the run had to stop, 130 that it was
    interrupted, 143 that it was told to end by SIGTERM.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["check"]:
        return check.main(words[1:])
    if words[:1] == ["import"]:
        # What reads the trackers' markup takes a second to import.
        from training.importers import command  # noqa: PLC0415

        return command.main(words[1:])
    if any(word.split("=")[0] == "--resume" for word in words):
        return _resume(words)
    return _train(words)


def _train(words: Sequence[str]) -> int:
    given = vars(_parser().parse_args(words))
    if given["output"] is None:
        given["output"] = Path("models") / f"{Path(given['model']).name}-bug-summarizer"
    options = parsed(TrainingOptions, given)
    if options is None:
        return 2

    def go() -> Path:
        # ray, torch and transformers take seconds to import; `--help` and bad options need none.
        from training.runs.run import run  # noqa: PLC0415

        return run(options)

    return _ended(go)


def _resume(words: Sequence[str]) -> int:
    given = vars(_resume_parser().parse_args(words))
    folder = given.pop("resume")
    changes = {
        name: value for name, value in given.items() if value is not None and value is not False
    }

    def go() -> Path:
        from training.runs.run import resume  # noqa: PLC0415 - as above

        return resume(folder, changes)

    return _ended(go)


def _ended(run: Callable[[], Path]) -> int:
    """Run, and say how it ended."""
    try:
        folder = run()
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print("Interrupted; --resume with the run's folder goes on with it.", file=sys.stderr)
        return 130 if type(error) is KeyboardInterrupt else 143
    except OSError as error:
        where = f" for {error.filename}" if error.filename else ""
        if is_disk_full(error):
            said = f"the disk is full, there is no room{where}; make room and go on with --resume"
        elif where:
            said = f"{error.filename}: {error.strerror}"
        else:
            raise
        print(f"error: {said}", file=sys.stderr)
        return 2
    print(
        f"The model is in {folder}; serve it with: SUMMARIZER_MODEL={shlex.quote(str(folder))} "
        "python -m uvicorn main:app --port 8000"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_data_arguments(parser.add_argument_group("data"))
    model = parser.add_argument_group("model").add_argument
    model("--model", required=True, help="the base: a hub name or a folder")
    model("--output", type=Path, help="where to put it (default: models/BASE-bug-summarizer)")
    model("--model-version", help="the version that answers carry")
    model("--licence", help="the licence of the model, for its card")
    model("--base-model", help="what the card names as base, where --model is only a step from it")
    model("--weights-dtype", choices=("float32", "float16"), help="how the weights are stored")
    model("--max-target-tokens", type=int, help="tokens of a field that is written")
    _add_learning(parser)
    _add_running(parser)
    return parser


def _add_learning(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("learning").add_argument
    add("--epochs", type=int)
    add("--batch-size", type=int, help="reports per worker and step (default 8)")
    add("--batch-tokens", type=int, help="in its place: tokens per worker and step, with padding")
    add("--accumulation-steps", type=int, help="batches of each worker per update of the weights")
    add("--learning-rate", type=float)
    add("--schedule", choices=SCHEDULES, help="of the learning rate, after its warm-up")
    add("--warmup-share", type=float, help="share of the updates with a rising learning rate")
    add("--weight-decay", type=float)
    add("--max-gradient-norm", type=float, help="a longer gradient is shortened to it (default 1)")
    add("--label-smoothing", type=float, help="share of the target spread over all choices")
    add("--patience", type=int, help="epochs without a better validation loss that end the run")
    add("--dropout", type=float, help="share of the states that is dropped (default 0)")
    add("--frozen-layers", type=int, help="encoder layers from the input that are not trained")
    add("--lora-rank", type=int, help="train adapters of this rank in place of all weights")
    add("--lora-alpha", type=int, help="the adapters' scale, divided by their rank (default 16)")
    add("--lora-targets", nargs="+", metavar="NAME", help="the modules that get adapters")
    add("--seed", type=int)


def _add_running(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    _add_resources(group)
    add = group.add_argument
    add("--mixed-precision", choices=("no", "bf16", "fp16"))
    add("--accelerate-config", type=Path, help="a file of `accelerate config`, for FSDP")
    add("--max-failures", type=int, help="how often to go on after losing a worker (default 2)")
    add("--checkpoint-every-s", type=float, help="seconds between checkpoints (default 600)")
    add("--runs-folder", type=Path, help="where runs are kept; shared by all nodes of a cluster")


def _add_resources(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    add = group.add_argument
    add(
        "--num-workers",
        metavar="N or N-M",
        help="default: one per GPU, or one on the CPU; 1-4: as many as there is room for",
    )
    add("--cpus-per-worker", type=int, help="default: all free cores but one, shared out")
    add("--no-cuda", action="store_true", help="train on the CPU even where there are GPUs")


def _resume_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py --resume",
        description="Go on with a run that was interrupted, with the options that it began with.",
    )
    parser.add_argument("--resume", required=True, type=Path, metavar="RUN", help="its folder")
    _add_resources(parser)
    return parser
