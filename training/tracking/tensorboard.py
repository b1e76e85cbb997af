"""The curves of a run as files for TensorBoard."""

from pathlib import Path

from tensorboardX import SummaryWriter

from training.learning.events import Epoch, Event, HeldOut, Started, Step


class TensorBoard:
    """Writes scalars of every step and epoch. Satisfies `Sink`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None

    def take(self, event: Event) -> None:
        """Write what has numbers."""
        if isinstance(event, Started):
            self.close(failed=False)
            # Steps that are done again replace those of before.
            self._writer = SummaryWriter(str(self._folder), purge_step=event.done_steps + 1)
        elif isinstance(event, Step):
            self._scalars(
                event,
                {
                    "train/loss": event.loss,
                    "train/learning_rate": event.learning_rate,
                    "train/gradient_norm": event.gradient_norm,
                    "train/examples_per_s": event.examples_per_s,
                },
            )
        elif isinstance(event, Epoch):
            shares = {
                f"epoch/right/{field}": of.share for field, of in event.validation_right.items()
            }
            self._scalars(
                event,
                {
                    "epoch/train_loss": event.train_loss,
                    "epoch/validation_loss": event.validation_loss,
                    **shares,
                },
            )
        elif isinstance(event, HeldOut):
            figures = {f"held_out/{name}": value for name, value in event.figures.items()}
            self._scalars(event, dict(figures))

    def close(self, *, failed: bool) -> None:
        """Have everything in the files."""
        if self._writer is not None:
            self._writer.close()

    def _scalars(self, event: Step | Epoch | HeldOut, values: dict[str, float | None]) -> None:
        if self._writer is None:
            return
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, event.step, walltime=event.time)
