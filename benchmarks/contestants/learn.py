"""Learning from the shipped records: our loop, and the trainer of transformers.

Both learn with the same model, records, batch size, optimizer and precision, in a process without
Ray. Ours learns five targets per report, a peer one text that holds them all.
"""

import random
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch

from benchmarks import THREADS
from benchmarks.models import learner_folder, records
from schemas.record import TrainingRecord
from summarizer.environment import format_environment

BATCH = 8
LEARNING_RATE = 5e-5
MAX_SOURCE_TOKENS, MAX_TARGET_TOKENS = 512, 64
FIELDS = 5


class Learner(ABC):
    """Measured by the examples per second of the steps after the first one."""

    def learn(self, round_number: int, count: int) -> float:
        """Learn once from so many records, drawn anew for each round; examples per second."""
        chosen = random.Random(round_number).sample(records(), count)
        return self._learn(chosen)

    @abstractmethod
    def _learn(self, chosen: list[TrainingRecord]) -> float: ...


class OurLoop(Learner):
    """The training loop of this project, with its defaults."""

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"our loop, float32, {THREADS} threads, batches of {BATCH} of like length, no dropout"
        )

    def _learn(self, chosen: list[TrainingRecord]) -> float:
        from benchmarks.plain_training import learn_from
        from training.learning.events import Step

        with tempfile.TemporaryDirectory() as folder:
            events = learn_from(chosen, learner_folder(), Path(folder), THREADS)
        steps = [event for event in events if isinstance(event, Step)]
        examples = sum(step.examples for step in steps[1:])
        return examples / (steps[-1].time - steps[0].time)


class HuggingFaceTrainer(Learner):
    """`Seq2SeqTrainer` of transformers, with its defaults."""

    tuned = False

    def __init__(self) -> None:
        torch.set_num_threads(THREADS)

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"Seq2SeqTrainer, float32, {THREADS} threads, batches of {BATCH} padded to their "
            "longest, the model's dropout of .1"
        )

    def _learn(self, chosen: list[TrainingRecord]) -> float:
        from transformers import (
            AutoModelForSeq2SeqLM,
            AutoTokenizer,
            DataCollatorForSeq2Seq,
            Seq2SeqTrainer,
            Seq2SeqTrainingArguments,
            TrainerCallback,
        )

        tokenizer = AutoTokenizer.from_pretrained(learner_folder())
        model = AutoModelForSeq2SeqLM.from_pretrained(learner_folder())
        if self.tuned:
            from training.learning.dropout import set_dropout

            set_dropout(model, 0.0)
        moments: list[float] = []

        class Clock(TrainerCallback):
            def on_step_end(self, *_: Any, **__: Any) -> None:
                moments.append(time.monotonic())

        output = tempfile.mkdtemp()
        trainer = Seq2SeqTrainer(
            model=model,
            args=Seq2SeqTrainingArguments(
                output_dir=output,
                per_device_train_batch_size=BATCH,
                learning_rate=LEARNING_RATE,
                num_train_epochs=1,
                save_strategy="no",
                logging_strategy="no",
                report_to=[],
                use_cpu=True,
                dataloader_pin_memory=False,
                disable_tqdm=True,
                train_sampling_strategy="group_by_length" if self.tuned else "random",
            ),
            train_dataset=[_encoded(record, tokenizer) for record in chosen],
            data_collator=DataCollatorForSeq2Seq(tokenizer, model),
            callbacks=[Clock()],
        )
        try:
            trainer.train()
        finally:
            shutil.rmtree(output)
        return (len(chosen) - BATCH) / (moments[-1] - moments[0])


class TunedTrainer(HuggingFaceTrainer):
    """The same without dropout, and with batches of like length."""

    tuned = True

    def settings(self) -> str:
        """What it runs with."""
        return f"Seq2SeqTrainer, float32, {THREADS} threads, batches grouped by length, no dropout"


def _encoded(record: TrainingRecord, tokenizer: Any) -> dict[str, list[int]]:
    """The report as one text, and the whole summary as JSON."""
    parts = (
        format_environment(record.input.env),
        record.input.description,
        record.input.stacktrace_text,
    )
    source = tokenizer(
        "\n".join(filter(None, parts)), truncation=True, max_length=MAX_SOURCE_TOKENS
    )
    target = tokenizer(
        text_target=record.output.model_dump_json(),
        truncation=True,
        max_length=FIELDS * MAX_TARGET_TOKENS,
    )
    return {**source, "labels": target["input_ids"]}
