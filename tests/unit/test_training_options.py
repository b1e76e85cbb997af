"""What a run is told on its command line, and what is refused before it begins."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from training.arguments import parsed
from training.cli import main
from training.options import TrainingOptions

GIVEN = ("--dataset", "d.jsonl", "--model", "m")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ["--max-gradient-norm", "inf"],
            "--max-gradient-norm: must be a finite number; to a large one, such as 1e9, no",
            id="norm",
        ),
        pytest.param(
            ["--checkpoint-every-s", "inf"],
            "--checkpoint-every-s: must be a finite number; with a large one, such as 1e9",
            id="checkpoints",
        ),
        pytest.param(
            ["--weight-decay", "nan"],
            "--weight-decay: must be a finite number; usual are 0 to 0.1",
            id="decay",
        ),
        pytest.param(
            ["--held-out-share", "nan"], "--held-out-share: must be a finite number", id="share"
        ),
        pytest.param(
            ["--seed", "-1"], "--seed: must be greater than or equal to 0", id="negative-seed"
        ),
        pytest.param(
            ["--seed", str(2**32)], "--seed: must be less than 4294967296", id="large-seed"
        ),
        pytest.param(
            ["--lora-targets", "query"],
            "--lora-targets: has no use without adapters; give --lora-rank",
            id="targets",
        ),
        pytest.param(
            ["--lora-alpha", "16"],
            "--lora-alpha: has no use without adapters; give --lora-rank",
            id="alpha",
        ),
        pytest.param(
            ["--batch-size", "8", "--batch-tokens", "512"],
            "--batch-size: has no use beside --batch-tokens",
            id="batches",
        ),
    ],
)
def test_what_cannot_be_or_has_no_use_is_refused_before_a_run(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert main([*GIVEN, "--runs-folder", str(runs), *words]) == 2
    assert said in capsys.readouterr().err
    assert not runs.exists()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"lora_rank": 8, "lora_alpha": 32, "lora_targets": ["q"]}, id="adapters"),
        pytest.param({"batch_tokens": 512, "batch_size": None}, id="tokens"),
        pytest.param({"seed": 0}, id="least-seed"),
        pytest.param({"seed": 2**32 - 1}, id="largest-seed"),
        pytest.param({"max_gradient_norm": 1e9, "checkpoint_every_s": 1e9}, id="large"),
    ],
)
def test_what_is_of_use_is_taken(given: dict[str, object]) -> None:
    options = parsed(
        TrainingOptions, {"dataset": ["d"], "model": "m", "output": Path("o"), **given}
    )
    assert options is not None
    # What is saved holds the defaults as well, and is taken again.
    assert TrainingOptions.model_validate_json(options.model_dump_json()) == options


@pytest.mark.parametrize(
    "name",
    [name for name, field in TrainingOptions.model_fields.items() if field.annotation is float],
)
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_no_number_is_taken_that_a_saved_run_cannot_hold(name: str, value: float) -> None:
    with pytest.raises(ValidationError):
        TrainingOptions.model_validate({"dataset": ["d"], "model": "m", "output": "o", name: value})
