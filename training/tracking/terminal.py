"""How a run shows itself: a live bar in a terminal, a line of JSON per event elsewhere."""

import sys
from typing import Any, TextIO

from tqdm import tqdm

from training.learning.events import Epoch, Event, Note, Started, Step
from training.learning.progress import SmoothedLoss, clock
from training.tracking.sink import Sink


def progress_sink(output: TextIO | None = None) -> Sink:
    """The bar where a person looks on, the lines where a program does; on stdout by default."""
    output = output or sys.stdout
    return ProgressBar(output) if output.isatty() else JsonLines(output)


class JsonLines:
    """Writes every event as a line of JSON. Satisfies `Sink`."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def take(self, event: Event) -> None:
        """Write a line, at once."""
        self._output.write(f"{event.model_dump_json()}\n")
        self._output.flush()

    def close(self, *, failed: bool) -> None:
        """Nothing is held back."""


class ProgressBar:
    """A bar over the steps of the run, and lines above it for all else. Satisfies `Sink`."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._bar: tqdm[Any] | None = None
        self._loss = SmoothedLoss()
        self._smoothed: float | None = None

    def take(self, event: Event) -> None:
        """Move the bar, or write a line above it."""
        if isinstance(event, Started):
            self._start(event)
        elif isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Epoch):
            best = ", the best so far" if event.is_best else ""
            self._say(
                f"epoch {event.epoch}/{event.epochs}: loss {_loss(event.train_loss)}, "
                f"validation loss {_loss(event.validation_loss)}{best}"
            )
        elif isinstance(event, Note):
            self._say(event.text)

    def close(self, *, failed: bool) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def _start(self, event: Started) -> None:
        if self._bar is not None:
            self._bar.close()
        plural = "s" if event.workers > 1 else ""
        self._say(f"{event.workers} worker{plural} on {event.device}, {event.threads} threads each")
        self._bar = tqdm(
            total=event.total_steps,
            initial=event.done_steps,
            file=self._output,
            dynamic_ncols=True,
            mininterval=0.2,
            bar_format="{desc} |{bar}| {n_fmt}/{total_fmt}{postfix}",
        )

    def _step(self, event: Step) -> None:
        if self._bar is None:
            return
        speed = "-" if event.examples_per_s is None else f"{event.examples_per_s:.1f}"
        left = "-" if event.left_s is None else clock(event.left_s)
        if event.loss is not None:
            self._smoothed = self._loss.update(event.loss)
        self._bar.set_description_str(f"epoch {event.epoch}/{event.epochs}", refresh=False)
        self._bar.set_postfix_str(
            f"loss {_loss(self._smoothed)}, lr {event.learning_rate:.2e}, "
            f"{speed} examples/s, {left} left",
            refresh=False,
        )
        self._bar.update(event.step - self._bar.n)

    def _say(self, text: str) -> None:
        tqdm.write(text, file=self._output)


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
