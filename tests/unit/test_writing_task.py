"""Training to write: the targets, the loss, and a model that has learned its eight reports."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_model
from torch import Tensor
from torch.nn import functional

from schemas.errors import TrainingError
from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName, Origin
from summarizer.engine import predict_all
from summarizer.engines.abstractive import AbstractiveEngine
from summarizer.engines.generate import GenerateEngine
from summarizer.folder import load_engine, read_config, read_manifest
from tests.tiny_models import make_bart, make_mt5, make_t5
from training.learning.field_rows import IGNORED, NO_ROW
from training.learning.tasks import base_config, kind_of
from training.learning.writing import WritingTask
from training.options import TrainingOptions

CATEGORIES = ["crash", "performance", "ui"]
Make = Callable[[Path], Path]
MAKE_FLAN: Make = partial(make_t5, gated=True, tied=False)

DESCRIPTION = (
    "The app crashes when I press the save button. It should show the list. Memory grows slowly."
)


def record(
    description: str = DESCRIPTION, env: dict[str, str] | None = None, **fields: str
) -> TrainingRecord:
    output = {name.value: fields.get(name.value, NOT_STATED) for name in FieldName}
    report = {"description": description, "env": env}
    return TrainingRecord.model_validate({"input": report, "output": output})


def make_task(folder: Path, **changes: object) -> WritingTask:
    options = TrainingOptions.model_validate(
        {
            "dataset": ["unused.jsonl"],
            "model": str(folder),
            "output": "unused",
            "max_source_tokens": 160,
            "max_target_tokens": 12,
        }
        | changes
    )
    return WritingTask.from_pretrained(options, base_config(options.model), CATEGORIES)


@pytest.fixture
def task(tmp_path: Path) -> WritingTask:
    return make_task(make_t5(tmp_path))


def target(task: WritingTask, field: FieldName, text: str, **changes: object) -> str:
    example = task.encode(record(**({field.value: text} | changes)))  # type: ignore[arg-type]
    ids = example["targets"][list(FieldName).index(field)]
    return str(task._seq2seq.tokenizer.decode(ids))


ACTUAL, EXPECTED = FieldName.ACTUAL_BEHAVIOR, FieldName.EXPECTED_BEHAVIOR


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        pytest.param(EXPECTED, NOT_STATED, "</s>", id="not stated"),
        pytest.param(EXPECTED, "it should  show the LIST", "<extra_id_1></s>", id="a sentence"),
        pytest.param(
            ACTUAL,
            "App crashes when I press the save button",
            "<extra_id_0></s>",
            id="nearly a sentence",
        ),
        pytest.param(EXPECTED, "the list", "the list</s>", id="part of a sentence"),
        pytest.param(FieldName.BUG_CATEGORY, "ui", "ui</s>", id="a category"),
        pytest.param(FieldName.BUG_CATEGORY, "other", "", id="an unknown category"),
    ],
)
def test_targets(task: WritingTask, field: FieldName, text: str, expected: str) -> None:
    assert target(task, field, text) == expected


def test_the_line_after_a_colon_belongs_to_the_pointed_sentence(task: WritingTask) -> None:
    description = "After that I see this:\n\nsettings page shows a blank screen"
    text = "After that I see this: settings page shows a blank screen"
    assert target(task, ACTUAL, text, description=description) == "<extra_id_0></s>"


def test_a_text_that_is_cut_does_not_end(task: WritingTask) -> None:
    cut = target(task, FieldName.SUGGESTED_SOLUTION, "crash " * 40)
    assert cut == " ".join(["crash"] * 12)


def test_the_environment_is_learned_only_where_env_says_nothing(task: WritingTask) -> None:
    field = FieldName.ENVIRONMENT
    assert target(task, field, "OS: macOS", env={"os": "macOS"}) == ""
    assert target(task, field, "OS: macOS", env={"os": ""}) == "OS: macOS</s>"
    assert target(task, field, "OS: macOS") == "OS: macOS</s>"


def test_an_example_is_plain_json_with_its_length(task: WritingTask) -> None:
    example = task.encode(record())
    assert json.loads(json.dumps(example)) == example
    assert example["length"] == len(example["input_ids"])
    assert example["input_ids"][0] == task._seq2seq.markers.sentences[0]


def test_a_batch_lays_out_the_rows(task: WritingTask) -> None:
    short = task.encode(record("The app crashes.", env={"os": "macOS"}))
    long = task.encode(record(actualBehavior="crash page"))
    batch = task.collate([short, long])
    seq2seq = task._seq2seq
    assert batch["attention_mask"].sum(1).tolist() == [short["length"], long["length"]]
    assert (batch["input_ids"][batch["attention_mask"] == 0] == seq2seq.pad_id).all()
    *words, eos_id = long["targets"][1]
    marker = seq2seq.markers.fields[ACTUAL]
    at = (batch["decoder_input_ids"][1] == marker).nonzero()[0, 0] - 1
    row = batch["row_of_token"][1, at]
    own = batch["row_of_token"][1] == row
    assert batch["decoder_input_ids"][1, own].tolist() == [seq2seq.start_id, marker, *words]
    assert batch["labels"][1, own].tolist() == [IGNORED, *words, eos_id]
    # Four rows of the first report, whose environment is known, and five of the second.
    assert sorted(set(batch["row_of_token"][0].tolist())) == [NO_ROW, 0, 1, 2, 3]
    assert sorted(set(batch["row_of_token"][1].tolist())) == [4, 5, 6, 7, 8]
    assert (batch["labels"][batch["row_of_token"] == NO_ROW] == IGNORED).all()


def test_rows_with_absolute_positions_stand_by_themselves(tmp_path: Path) -> None:
    task = make_task(make_bart(tmp_path))
    batch = task.collate([task.encode(record()), task.encode(record("The app crashes."))])
    assert batch["report_of_line"].tolist() == [0] * 5 + [1] * 5
    assert (batch["decoder_input_ids"][:, 0] == task._seq2seq.start_id).all()
    assert [line.max().item() for line in batch["row_of_token"]] == list(range(10))


def loss_by_hand(task: WritingTask, examples: Sequence[dict[str, list[list[int]]]]) -> Tensor:
    """One row at a time, without padding."""
    rows = []
    seq2seq = task._seq2seq
    for example in examples:
        for field, ids in zip(FieldName, example["targets"], strict=True):
            if not ids:
                continue
            read = [seq2seq.start_id, seq2seq.markers.fields[field], *ids[:-1]]
            logits = seq2seq.model(
                input_ids=torch.tensor([example["input_ids"]]),
                decoder_input_ids=torch.tensor([read]),
            ).logits[0, 1:]
            rows.append(functional.cross_entropy(logits, torch.tensor(ids)))
    return torch.stack(rows).mean()


@pytest.mark.parametrize("make", [make_t5, make_bart], ids=["t5", "bart"])
def test_the_loss_is_the_mean_over_rows_of_the_mean_over_tokens(make: Make, tmp_path: Path) -> None:
    task = make_task(make(tmp_path))
    task.model.eval()
    examples = [
        task.encode(record("The app crashes.", env={"os": "macOS"}, bugCategory="other")),
        task.encode(record(actualBehavior="the list", suggestedSolution="Restart the server now")),
    ]
    loss = task.loss(task.collate(examples))
    assert loss.dtype is torch.float32
    assert loss.item() == pytest.approx(loss_by_hand(task, examples).item(), rel=1e-5)


def test_a_batch_without_anything_to_learn_has_no_loss(tmp_path: Path) -> None:
    task = make_task(make_t5(tmp_path))
    example = task.encode(record()) | {"targets": [[]] * 5}
    loss = task.loss(task.collate([example]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0.0


RECORDS = [
    record(
        f"{place} crashes at once. It should show the {thing}. Memory grows slowly.",
        actualBehavior=f"{place} crashes at once." if number % 2 else "Memory grows slowly.",
        expectedBehavior=f"It should show the {thing}." if number % 4 else NOT_STATED,
        bugCategory=CATEGORIES[number % 3],
        suggestedSolution=NOT_STATED if number % 3 else f"open {thing}",
    )
    for number, (place, thing) in enumerate(
        zip(
            ["The app", "The editor", "The form", "The server"] * 2,
            ["list", "page", "word", "error", "save", "window", "screen", "message"],
            strict=True,
        )
    )
]


def overfit(task: WritingTask, steps: int) -> None:
    torch.manual_seed(0)
    task.model.eval()
    batch = task.collate([task.encode(item) for item in RECORDS])
    optimizer = torch.optim.Adam(task.model.parameters(), lr=1e-2, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = task.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if loss.item() < 0.005:
            return


def saved(task: WritingTask, folder: Path) -> Path:
    manifest = ModelManifest(
        kind=ModelKind.ABSTRACTIVE,
        name="tiny",
        version="1",
        base_model="random",
        categories=CATEGORIES,
        max_source_tokens=160,
        max_target_tokens=12,
    )
    task.save(folder, manifest)
    assert read_manifest(folder, read_config(folder)) == manifest
    return folder


@pytest.mark.parametrize(
    ("make", "engine_class"),
    [
        pytest.param(make_t5, AbstractiveEngine, id="t5"),
        pytest.param(make_mt5, AbstractiveEngine, id="mt5"),
        pytest.param(make_bart, GenerateEngine, id="bart"),
    ],
)
def test_a_trained_model_answers_as_it_was_taught(
    make: Make, engine_class: type[AbstractiveEngine] | type[GenerateEngine], tmp_path: Path
) -> None:
    task = make_task(make(tmp_path / "base"))
    # Tokens are numbered anew in every process, and how long it takes to learn them varies.
    overfit(task, steps=600)
    folder = saved(task, tmp_path / "trained")
    engine = load_engine(folder, "auto", "cpu", 1)
    assert isinstance(engine, engine_class)
    predictions = predict_all(engine, [engine.prepare(item.input) for item in RECORDS])
    origins = set()
    for item, prediction in zip(RECORDS, predictions, strict=True):
        for field, text in item.output.by_field().items():
            answer = prediction[field]
            assert (answer.text or NOT_STATED) == text, field
            assert answer.confidence > 0.5
            origins.add((field, answer.origin))
            for span in answer.spans:
                assert (item.input.description or "")[span.start : span.end] == text
    assert origins == {
        (FieldName.ENVIRONMENT, Origin.NOT_STATED),
        (ACTUAL, Origin.COPIED),
        (EXPECTED, Origin.COPIED),
        (EXPECTED, Origin.NOT_STATED),
        (FieldName.BUG_CATEGORY, Origin.GENERATED),
        (FieldName.SUGGESTED_SOLUTION, Origin.GENERATED),
        (FieldName.SUGGESTED_SOLUTION, Origin.NOT_STATED),
    }


@pytest.mark.parametrize("make", [make_t5, make_bart], ids=["packed", "apart"])
def test_what_is_right_by_itself_is_counted_by_field(make: Make, tmp_path: Path) -> None:
    task = make_task(make(tmp_path / "base"))
    overfit(task, steps=60)
    examples = [task.encode(item) for item in RECORDS]
    right, labelled = [0] * 5, [0] * 5
    model, markers = task.model.seq2seq, task._seq2seq.markers
    for example in examples:
        for at, (field, target) in enumerate(zip(FieldName, example["targets"], strict=True)):
            read = [task._seq2seq.start_id, markers.fields[field], *target[:-1]]
            with torch.inference_mode():
                logits = model(
                    input_ids=torch.tensor([example["input_ids"]]),
                    decoder_input_ids=torch.tensor([read]),
                ).logits[0, 1:]
            labelled[at] += bool(target)
            right[at] += bool(target) and logits.argmax(-1).tolist() == target
    with torch.inference_mode():
        judged = task.judge(task.collate(examples))
    assert judged.right.tolist() == right
    assert judged.labelled.tolist() == labelled
    assert 0 < sum(right) < sum(labelled)


@pytest.mark.parametrize("make", [make_t5, MAKE_FLAN, make_bart], ids=["t5", "flan", "bart"])
def test_a_saved_model_is_the_trained_one(make: Make, tmp_path: Path) -> None:
    task = make_task(make(tmp_path / "base"))
    task.model.eval()
    with torch.no_grad():
        for weight in task.model.parameters():
            weight.add_(0.01 * torch.randn_like(weight))
    again = make_task(saved(task, tmp_path / "trained"))
    again.model.eval()
    examples = [task.encode(item) for item in RECORDS]
    assert [again.encode(item) for item in RECORDS] == examples
    batch = task.collate(examples)
    assert again.loss(batch).item() == task.loss(batch).item()


@pytest.mark.parametrize("make", [make_t5, MAKE_FLAN, make_bart], ids=["t5", "flan", "bart"])
def test_training_goes_on_from_a_saved_folder(make: Make, tmp_path: Path) -> None:
    task = make_task(make(tmp_path / "base"))
    batch = task.collate([task.encode(item) for item in RECORDS])
    task.model.eval()
    folder = saved(task, tmp_path / "checkpoint")
    before = task.loss(batch).item()
    with torch.no_grad():
        for weight in task.model.parameters():
            weight.add_(0.01 * torch.randn_like(weight))
    assert task.loss(batch).item() != before
    load_model(task.model.seq2seq, folder / "model.safetensors")
    assert task.loss(batch).item() == before


def test_a_seq2seq_folder_is_taught_to_write(tmp_path: Path) -> None:
    config = base_config(str(make_t5(tmp_path)))
    assert kind_of("t5", config) is ModelKind.ABSTRACTIVE


def test_no_layers_of_a_seq2seq_model_can_be_frozen(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="frozen_layers"):
        make_task(make_t5(tmp_path), frozen_layers=2)
