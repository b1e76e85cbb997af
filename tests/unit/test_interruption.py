"""What ends a run from outside arrives as an exception."""

import signal
import socket
from contextlib import suppress
from typing import Any, cast

import pytest
from ray.train.torch import TorchTrainer

from schemas.errors import TrainingError
from training import cli
from training.runs.fit import _require_answer
from training.runs.interruption import (
    InterruptibleTrainer,
    Terminated,
    termination_as_exception,
)


def test_a_termination_is_an_exception_for_as_long_as_the_run_takes() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), termination_as_exception():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_termination_that_arrives_as_ctrl_c_is_known() -> None:
    def wait(*, comes: bool) -> None:
        # Ray waits in native code, and says itself what ended that.
        if comes:
            with suppress(Terminated):
                signal.raise_signal(signal.SIGTERM)
        raise KeyboardInterrupt

    with pytest.raises(Terminated), termination_as_exception():
        wait(comes=True)
    with pytest.raises(KeyboardInterrupt) as caught, termination_as_exception():
        wait(comes=False)
    assert caught.type is KeyboardInterrupt


def test_the_trainer_leaves_ctrl_c_alone() -> None:
    # That Ray still has the method by this name; else ours would be called by nobody.
    assert callable(getattr(TorchTrainer, "_register_sigint_handler", None))
    before = signal.getsignal(signal.SIGINT)
    InterruptibleTrainer._register_sigint_handler(cast("Any", None), None)
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_the_command_says_how_to_go_on(
    error: type[BaseException], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise error

    assert cli._ended(interrupted) == status  # type: ignore[arg-type]
    assert "--resume" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_not_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in (address, f"ray://{address}"):
            with pytest.raises(TrainingError, match=f"no Ray answers at {name}"):
                _require_answer(name)
        taken.listen()
        _require_answer(address)
    for name in ("", "auto", "local"):
        _require_answer(name)
