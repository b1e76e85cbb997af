"""What a model folder answers on records, by the very engine that serves, and how good that is.

`python -m training.evaluate --model models/NAME --dataset records.jsonl` prints the figures beside
two baselines. `--precision` says in which precision the weights are, as the service's setting does.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from schemas.errors import SummarizerError
from schemas.record import TrainingRecord
from schemas.summary import Summary
from summarizer.answer import assemble
from summarizer.engine import predict_all
from summarizer.folder import load_engine
from summarizer.linear import PRECISIONS, Precision, check_served
from training.baselines import first_sentence, keyword_rules
from training.metrics import Metrics, evaluate
from training.metrics_table import format_table
from training.records import format_report, read_records

BATCH_REPORTS = 16


def answers(
    folder: Path,
    records: Sequence[TrainingRecord],
    device: str,
    threads: int,
    precision: Precision = "auto",
) -> list[Summary]:
    """The summaries that the model answers, in the order of the records."""
    engine = load_engine(folder, "auto", device, threads, precision=precision)
    prepared = [engine.prepare(record.input) for record in records]
    by_length = sorted(range(len(records)), key=lambda at: prepared[at].token_count)
    summaries: dict[int, Summary] = {}
    for start in range(0, len(by_length), BATCH_REPORTS):
        batch = by_length[start : start + BATCH_REPORTS]
        predictions = predict_all(engine, [prepared[at] for at in batch])
        for at, prediction in zip(batch, predictions, strict=True):
            summaries[at] = assemble(records[at].input, prediction, engine.manifest)[0]
    return [summaries[at] for at in range(len(records))]


def measure(
    folder: Path,
    records: Sequence[TrainingRecord],
    majority: str,
    device: str,
    threads: int,
    precision: Precision = "auto",
) -> tuple[Metrics, dict[str, Metrics]]:
    """The figures of a model folder and of the two baselines.

    `majority` is the category that the first-sentence baseline always says.
    """
    annotated = [record.output for record in records]

    def compared(predicted: Sequence[Summary]) -> Metrics:
        return evaluate(list(zip(predicted, annotated, strict=True)))

    return compared(answers(folder, records, device, threads, precision)), {
        "first sentence": compared([first_sentence(one.input, majority) for one in records]),
        "keyword rules": compared([keyword_rules(one.input) for one in records]),
    }


def free_threads() -> int:
    """Threads for the model: one core is left for the rest of the machine."""
    return max(1, torch.get_num_threads() - 1)


def device_for(*, no_cuda: bool) -> str:
    """Where an evaluation runs: a GPU where there is one that may be used."""
    return "cuda" if torch.cuda.is_available() and not no_cuda else "cpu"


def majority_category(records: Sequence[TrainingRecord]) -> str:
    """The commonest category, the first by the alphabet of equals."""
    categories = [record.output.bug_category for record in records]
    return max(sorted(set(categories)), key=categories.count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate from the command line; 2 where the model or the data are no good."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    parser.add_argument("--dataset", type=Path, required=True, help="the annotated records")
    parser.add_argument("--no-cuda", action="store_true", help="run on the CPU")
    parser.add_argument("--threads", type=int, default=free_threads())
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the weights")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    given = parser.parse_args(arguments)
    device = device_for(no_cuda=given.no_cuda)
    try:
        check_served(given.precision, torch.device(device))
    except ValueError as error:
        parser.error(str(error))
    try:
        records, report = read_records(given.dataset)
        print(format_report(report), file=sys.stderr)
        metrics, baselines = measure(
            given.model,
            records,
            majority_category(records),
            device,
            given.threads,
            given.precision,
        )
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    print(format_table(metrics, baselines, markdown=given.markdown))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
