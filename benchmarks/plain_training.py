"""`python -m benchmarks.plain_training`: what `train.py` does until its last step, without Ray.

The same stages and the same loop, in one process: what Ray costs is the difference.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from accelerate.state import AcceleratorState

from schemas.manifest import ModelManifest
from schemas.record import TrainingRecord
from training.data.parts import Parts, read_parts
from training.data.record_file import RecordFile, RecordFileWriter
from training.data.token_counter import token_counter
from training.learning.encoded import write_examples
from training.learning.events import Event, EventReader
from training.learning.job import TrainingJob
from training.learning.loop import train
from training.learning.tasks import base_config, kind_of, load_task
from training.options import TrainingOptions
from training.runs.run_folder import RunFolder


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, encode and learn, as a run does."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_training")
    parser.add_argument("--dataset", nargs="+", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--max-records", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    options = TrainingOptions(
        dataset=tuple(given.dataset),
        model=given.model,
        output=given.folder / "model",
        epochs=1,
        no_cuda=True,
        max_records=given.max_records,
    )
    parts = read_parts(options, given.folder, token_counter(options.model))
    _learn(options, parts, given.folder, given.threads)
    return 0


def learn_from(
    chosen: Sequence[TrainingRecord], model: Path, folder: Path, threads: int
) -> list[Event]:
    """Learn from records once, with the defaults; what happened."""
    options = TrainingOptions(
        dataset=("unused",), model=str(model), output=folder / "model", epochs=1, no_cuda=True
    )
    everything = _written(chosen, folder / "train.jsonl")
    judged = _written(chosen[:1], folder / "validation.jsonl")
    _learn(options, Parts(everything, judged, judged, ""), folder, threads)
    # accelerate keeps what a process was told first.
    AcceleratorState._reset_state(reset_partial_state=True)
    return EventReader(RunFolder(folder).events).new()


def _learn(options: TrainingOptions, parts: Parts, folder: Path, threads: int) -> None:
    run = RunFolder(folder.resolve())
    manifest = ModelManifest(
        kind=kind_of(options.model, base_config(options.model)),
        name="measured",
        version="1",
        base_model="measured",
        categories=sorted(parts.categories),
    )
    if (known := _known_categories(options.model)) is not None:
        manifest = manifest.model_copy(update={"categories": known})
    task = load_task(options, manifest.categories)
    for name, part in (("train", parts.train), ("validation", parts.validation)):
        write_examples(task.encode, part, run.examples(name))
    job = TrainingJob(
        options=options,
        manifest=manifest,
        folder=run.path,
        threads=threads,
        update_workers=1,
    )
    stopped = train(job, lambda _: None)
    if stopped is not None:
        raise RuntimeError(stopped)


def _known_categories(model: str) -> list[str] | None:
    path = Path(model) / "summarizer.json"
    if not path.is_file():
        return None
    return ModelManifest.model_validate_json(path.read_bytes()).categories


def _written(chosen: Sequence[TrainingRecord], path: Path) -> RecordFile:
    with RecordFileWriter(path) as writer:
        for record in chosen:
            writer.add(f"{record.model_dump_json()}\n".encode(), record)
        return writer.close()


if __name__ == "__main__":
    raise SystemExit(main())
