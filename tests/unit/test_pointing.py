"""The extractive model, its training and its engine, on a tiny encoder."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, CanineTokenizer, DistilBertConfig, DistilBertModel

from schemas.errors import ModelFolderError, TrainingError
from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName, Origin, Summary
from summarizer.answer import assemble
from summarizer.copying import copy_list
from summarizer.engine import predict_all
from summarizer.engines.extractive import ExtractiveEngine
from summarizer.folder import load_engine
from summarizer.linear import Precision
from summarizer.pointer import Pointer
from summarizer.pointing import (
    POINTED_FIELDS,
    PointingModel,
    log_probabilities,
)
from summarizer.pointing_input import PointingInputBuilder, collate
from summarizer.segmentation import split
from tests.pointing import CATEGORIES, RECORDS, learnt_engine, learnt_task, record
from tests.tiny_models import make_bert
from training.learning.calibration import fit_confidences
from training.learning.pointing import PointingTask, pointing_batch
from training.learning.tasks import load_task
from training.options import TrainingOptions

SENTENCES = [one.input.description or "" for one in RECORDS] + [
    "----",
    "It fails at https://example.com/a/b?c=d with code 17.",
    "- OS: Linux\n- Browser: Firefox 120\n",
    "```\nlet x = null\n```\n",
]


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> PointingTask:
    return learnt_task(tmp_path_factory.mktemp("bert") / "bert")


@pytest.fixture(scope="module")
def folder(task: PointingTask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    learnt_engine(task, folder)
    return folder


def loaded(folder: Path, precision: Precision) -> ExtractiveEngine:
    engine = load_engine(folder, "auto", "cpu", 1, precision=precision)
    assert isinstance(engine, ExtractiveEngine)
    return engine


@pytest.fixture(scope="module")
def engine(folder: Path) -> ExtractiveEngine:
    return loaded(folder, "auto")


@pytest.fixture(scope="module", params=["float32", "int8"])
def exact_engine(folder: Path, request: pytest.FixtureRequest) -> ExtractiveEngine:
    return loaded(folder, request.param)


def test_the_engine_answers_what_was_learnt(engine: ExtractiveEngine) -> None:
    predictions = engine.predict([engine.prepare(one.input) for one in RECORDS])
    answers = [
        assemble(one.input, prediction, engine.manifest)[0]
        for one, prediction in zip(RECORDS, predictions, strict=True)
    ]
    assert answers == [one.output for one in RECORDS]


def test_copied_text_stands_at_its_span(engine: ExtractiveEngine) -> None:
    report = RECORDS[0].input
    (prediction,) = engine.predict([engine.prepare(report)])
    expected = prediction[FieldName.EXPECTED_BEHAVIOR]
    assert expected.origin is Origin.COPIED
    (span,) = expected.spans
    assert (report.description or "")[span.start : span.end] == expected.text
    assert 0.5 < expected.confidence <= 1


reports = st.builds(
    ReportInput,
    description=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=30).map(" ".join),
    stacktrace_text=st.sampled_from([None, "panic: no such file\n\ngoroutine 1 [running]:"]),
)


@settings(deadline=None)
@given(batch=st.lists(reports, min_size=1, max_size=6), data=st.data())
def test_an_answer_does_not_depend_on_its_neighbours(
    exact_engine: ExtractiveEngine, batch: list[ReportInput], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(batch))))
    prepared = [exact_engine.prepare(report) for report in batch]
    together = exact_engine.predict([prepared[at] for at in order])
    for at, prediction in zip(order, together, strict=True):
        assert [prediction] == exact_engine.predict([prepared[at]])


def test_a_saved_folder_weighs_segments_as_the_trained_model_does(
    folder: Path, task: PointingTask
) -> None:
    loaded = PointingModel.from_pretrained(folder)
    assert loaded.config.weighs_segments
    assert loaded.segment_weights is not None
    assert torch.equal(loaded.segment_weights.weight, task.model.segment_weights.weight)
    assert loaded.segment_weights.weight.abs().max() > 0


def test_serving_computes_what_training_does(engine: ExtractiveEngine, task: PointingTask) -> None:
    items = [engine.prepare(ReportInput(description=text)) for text in ("----", *SENTENCES)]
    items.append(engine.prepare(ReportInput(description="It fails. " * 80)))
    assert len(items[-1].windows) > 1
    with torch.inference_mode():
        trained = task.model.eval()(collate(items, pad_id=0))
        served = Pointer(task.model, "float32", torch.device("cpu"))(items)
    for name in ("segments", "not_stated", "categories"):
        torch.testing.assert_close(
            getattr(served, name), getattr(trained, name), atol=1e-4, rtol=1e-4
        )


def test_a_tokenizer_in_python_gives_the_same_input_as_its_own_call() -> None:
    tokenizer = CanineTokenizer()  # type: ignore[no-untyped-call]
    builder = PointingInputBuilder(tokenizer, 256, 128)
    item = builder.build(ReportInput(description="The app crashes. Why?"))
    (window,) = item.windows
    told = [tokenizer(one.text, add_special_tokens=False)["input_ids"] for one in item.segments]
    ends = [tokenizer.sep_token_id]
    assert list(window.input_ids) == [
        tokenizer.cls_token_id,
        *ends,
        *told[0],
        *ends,
        *told[1],
        *ends,
    ]


def test_the_folders_truncation_and_padding_do_not_matter(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    report = ReportInput(description="The app crashes when I press save.\n\nWhy?")
    plain = PointingInputBuilder(tokenizer, 256, 128).build(report)
    tokenizer.backend_tokenizer.enable_truncation(max_length=3)
    tokenizer.backend_tokenizer.enable_padding(length=9)
    assert PointingInputBuilder(tokenizer, 256, 128).build(report) == plain


def test_an_encoder_of_another_architecture_is_served_too(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    config = DistilBertConfig(
        vocab_size=len(tokenizer), dim=32, n_layers=1, n_heads=2, hidden_dim=64
    )
    base = DistilBertModel(config)
    base.save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    options = TrainingOptions(
        dataset=("unused",), model=str(tmp_path / "base"), output=Path("unused")
    )
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="tiny", version="1", base_model="b", categories=CATEGORIES
    )
    load_task(options, CATEGORIES).save(tmp_path / "model", manifest)
    with pytest.raises(ModelFolderError, match="no int8"):
        load_engine(tmp_path / "model", "auto", "cpu", 1, precision="int8")
    engine = load_engine(tmp_path / "model", "auto", "cpu", 1)
    assert isinstance(engine, ExtractiveEngine)
    prepared = [engine.prepare(one.input) for one in RECORDS]
    assert engine.predict(prepared) == [engine.predict([one])[0] for one in prepared]


def test_a_report_without_a_sentence_has_nothing_to_point_at(engine: ExtractiveEngine) -> None:
    (prediction,) = engine.predict([engine.prepare(ReportInput(description="----"))])
    assert prediction[FieldName.ACTUAL_BEHAVIOR].text is None
    assert prediction[FieldName.BUG_CATEGORY].text in CATEGORIES


def test_the_choices_of_a_field_are_one_distribution(
    engine: ExtractiveEngine, task: PointingTask
) -> None:
    items = [engine.prepare(one.input) for one in RECORDS]
    batch = collate(items, pad_id=0)
    with torch.inference_mode():
        segments, not_stated = log_probabilities(task.model(batch), batch)
    totals = not_stated.exp().index_add(0, batch.report_of_segment, segments.exp())
    torch.testing.assert_close(totals, torch.ones_like(totals))


def test_what_is_right_by_itself_is_counted_by_field(task: PointingTask) -> None:
    odd = record("The app crashes.", actualBehavior="Totally other words", bugCategory="unknown")
    twisted = record("It should open. The app crashes.", actualBehavior="It should open.")
    examples = [task.encode(one) for one in [*RECORDS, odd, twisted]]
    right, labelled = dict.fromkeys(FieldName, 0), dict.fromkeys(FieldName, 0)
    for example in examples:
        batch = task.collate([example])
        inputs = pointing_batch(batch)
        with torch.inference_mode():
            scores = task.model(inputs)
        for column, field in enumerate(POINTED_FIELDS):
            choices = [*scores.segments[:, column].tolist(), float(scores.not_stated[0, column])]
            chosen = max(range(len(choices)), key=choices.__getitem__)
            wanted = [at if at >= 0 else len(choices) - 1 for at in example["right"][column]]
            labelled[field] += bool(wanted)
            right[field] += chosen in wanted
        if example["category"] >= 0:
            labelled[FieldName.BUG_CATEGORY] += 1
            right[FieldName.BUG_CATEGORY] += int(scores.categories.argmax()) == example["category"]
    with torch.inference_mode():
        batch = task.collate(examples)
        judged = task.judge(batch)
        assert judged.loss == task.loss(batch)
    assert judged.right.tolist() == list(right.values())
    assert judged.labelled.tolist() == list(labelled.values())
    actual = FieldName.ACTUAL_BEHAVIOR
    # Learnt by heart, but for what is annotated wrongly; and nothing is asked of the odd one.
    assert (right[actual], labelled[actual]) == (len(RECORDS), len(RECORDS) + 1)
    assert labelled[FieldName.BUG_CATEGORY] < len(examples)


def test_an_annotation_that_no_sentence_is_like_teaches_nothing(task: PointingTask) -> None:
    example = task.encode(record("The app crashes.", actualBehavior="Totally other words here"))
    assert example["right"] == [[-1], [], [-1], [-1]]


def test_an_annotation_in_other_words_teaches_its_closest_sentence(task: PointingTask) -> None:
    annotated = record("I open it. The app crashes often.", actualBehavior="The app often dies")
    assert task.encode(annotated)["right"][1] == [1]


def test_an_environment_that_is_given_is_not_learnt(task: PointingTask) -> None:
    given = TrainingRecord(
        input=ReportInput.model_validate({"description": "It fails.", "env": {"os": "Linux"}}),
        output=Summary.from_fields(dict.fromkeys(FieldName, "Linux")),
    )
    assert task.encode(given)["right"][0] == []


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_records_without_categories_teach_to_point_all_the_same(tmp_path: Path) -> None:
    options = TrainingOptions(
        dataset=("unused",), model=str(make_bert(tmp_path / "bert")), output=Path("unused")
    )
    task = load_task(options, [])
    assert isinstance(task, PointingTask)
    uncategorized = [record("The app crashes.", actualBehavior="The app crashes.")]
    task.loss(task.collate([task.encode(one) for one in uncategorized])).backward()  # type: ignore[no-untyped-call]
    judged = task.judge(task.collate([task.encode(one) for one in uncategorized]))
    assert judged.labelled[list(FieldName).index(FieldName.BUG_CATEGORY)] == 0
    assert FieldName.BUG_CATEGORY not in fit_confidences(task, uncategorized).temperatures
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="tiny", version="1", base_model="b", categories=[]
    )
    task.save(tmp_path / "model", manifest)
    engine = load_engine(tmp_path / "model", "auto", "cpu", 1)
    (prediction,) = predict_all(engine, [engine.prepare(uncategorized[0].input)])
    summary, _ = assemble(uncategorized[0].input, prediction, manifest)
    assert summary.bug_category == NOT_STATED


def test_an_environment_of_several_lines_is_a_list() -> None:
    segments = split("- OS: Linux\n- Browser: Firefox 120\n\nIt fails.", "description")
    at = [index for index, one in enumerate(segments) if one.text in {"Linux", "Firefox 120"}]
    copied = copy_list(segments, at, FieldName.ENVIRONMENT)
    assert copied.text == "OS: Linux, Browser: Firefox 120"
    assert len(copied.spans) == 4


def test_frozen_layers_keep_their_weights(tmp_path: Path) -> None:
    options = TrainingOptions(
        dataset=("unused",),
        model=str(make_bert(tmp_path / "bert", layers=2)),
        output=Path("unused"),
        frozen_layers=1,
    )
    task = load_task(options, CATEGORIES)
    trained = {name for name, weight in task.model.named_parameters() if weight.requires_grad}
    assert not any("embeddings" in name or "layer.0." in name for name in trained)
    assert any("layer.1." in name for name in trained)
    assert any(name.startswith("segment_scores") for name in trained)


def test_more_frozen_layers_than_there_are_are_refused(tmp_path: Path) -> None:
    options = TrainingOptions(
        dataset=("unused",),
        model=str(make_bert(tmp_path / "bert", layers=2)),
        output=Path("unused"),
        frozen_layers=3,
    )
    with pytest.raises(TrainingError, match=r"--frozen-layers 3: the model has 2 layers; give"):
        load_task(options, CATEGORIES)
    heads_only = load_task(options.model_copy(update={"frozen_layers": 2}), CATEGORIES).model
    trained = {name for name, weight in heads_only.named_parameters() if weight.requires_grad}
    assert trained
    assert not any(name.startswith("encoder.") for name in trained)
