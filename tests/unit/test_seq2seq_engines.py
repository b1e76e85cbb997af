"""The two seq2seq engines on random tiny models: same answers, in whatever company."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from schemas.errors import ModelFolderError
from schemas.manifest import ModelKind, ModelManifest
from schemas.report import Environment, ReportInput
from schemas.summary import FieldName, Origin
from summarizer.compiled import compiled
from summarizer.engine import FieldPrediction, Prediction, predict_all
from summarizer.engines.abstractive import AbstractiveEngine
from summarizer.engines.generate import GenerateEngine
from summarizer.linear import Linear, Precision
from summarizer.t5.choosing import Vocabulary
from tests.tiny_models import REPORT_TEXTS, make_bart, make_bert, make_mt5, make_t5

CPU = torch.device("cpu")
BONUS = 3.0
CATEGORIES = ["crash", "performance", "ui"]
Make = Callable[[Path], Path]


def make_t5_v1_1(folder: Path) -> Path:
    return make_t5(folder, gated=True, tied=False)


def manifest(**changes: object) -> ModelManifest:
    values = {
        "kind": ModelKind.ABSTRACTIVE,
        "name": "tiny",
        "version": "1",
        "base_model": "random",
        "categories": CATEGORIES,
        "max_source_tokens": 160,
        "max_target_tokens": 8,
    }
    return ModelManifest.model_validate(values | changes)


def random_reports(count: int) -> list[ReportInput]:
    chance = random.Random(7)
    reports = []
    for number in range(count):
        sentences = chance.sample(REPORT_TEXTS, chance.randint(1, 8))
        reports.append(
            ReportInput(
                description=" ".join(sentences),
                stacktrace_text=REPORT_TEXTS[4] if number % 3 == 0 else None,
                env=Environment(os="macOS") if number % 4 == 0 else None,
            )
        )
    return reports


REPORTS = random_reports(50)


Engine = AbstractiveEngine | GenerateEngine


def made(make: Make, folder: Path) -> Path:
    """The folder, made once: training a tokenizer again may give another one."""
    return folder if (folder / "config.json").exists() else make(folder)


def load_stepwise(
    make: Make,
    folder: Path,
    *,
    precision: Precision = "float32",
    slots: int = 50,
    **changes: object,
) -> AbstractiveEngine:
    return AbstractiveEngine.load(
        made(make, folder), manifest(**changes), CPU, precision, slots=slots
    )


def load_generate(make: Make, folder: Path, **changes: object) -> GenerateEngine:
    return GenerateEngine.load(made(make, folder), manifest(**changes), CPU)


def predict(engine: Engine, reports: list[ReportInput]) -> list[Prediction]:
    return predict_all(engine, [engine.prepare(report) for report in reports])


class Raised(Linear):
    """The projection on some tokens, and a bonus for some of them."""

    def __init__(self, head: Linear, tokens: list[int], bonus: dict[int, float]) -> None:
        super().__init__()
        self._head = head
        self._bonus = torch.tensor([bonus.get(token, 0.0) for token in tokens])

    def normed(self, x: torch.Tensor, epsilon: float) -> torch.Tensor:
        return self._head.normed(x, epsilon) + self._bonus


def raise_scores(engine: Engine, bonus: dict[int, float]) -> None:
    """Give tokens a bonus, wherever they are allowed."""
    if isinstance(engine, GenerateEngine):
        vector = torch.zeros(engine._seq2seq.vocabulary_rows)
        for token, value in bonus.items():
            vector[token] = value
        engine._model.get_output_embeddings().register_forward_hook(
            lambda _layer, _input, scores: scores + vector
        )
        return
    chooser = engine._chooser
    tokens, vocabulary = chooser._tokens.tolist(), chooser._vocabulary
    head = Raised(vocabulary.head, tokens, bonus)
    raised = Vocabulary(head, vocabulary.text_count, vocabulary.ranks, vocabulary.epsilon)
    chooser._vocabulary = compiled(raised, CPU)
    if chooser._choice_head is not None:
        chooser._choice_head = Raised(chooser._choice_head, chooser._choice_tokens, bonus)


def assert_same(left: Prediction, right: Prediction) -> None:
    assert left.keys() == right.keys()
    for field, one in left.items():
        other = right[field]
        assert (one.text, one.origin, one.spans) == (other.text, other.origin, other.spans), field
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4), field


ENGINES = [
    pytest.param(load_stepwise, make_t5, id="t5"),
    pytest.param(load_stepwise, make_t5_v1_1, id="t5 v1.1"),
    pytest.param(load_stepwise, make_mt5, id="mt5"),
    pytest.param(load_generate, make_bart, id="bart"),
]


def vary(engine: Engine) -> None:
    """Raise markers and the end token, so that a random model points and ends as well as writes."""
    seq2seq = engine._seq2seq
    raise_scores(engine, dict.fromkeys([*seq2seq.markers.sentences, seq2seq.eos_id], BONUS))


@pytest.mark.parametrize(("load", "make"), ENGINES)
def test_an_answer_does_not_depend_on_the_batch(
    load: Callable[..., Engine], make: Make, tmp_path: Path
) -> None:
    engine = load(make, tmp_path)
    vary(engine)
    together = predict(engine, REPORTS)
    assert len(together) == len(REPORTS)
    origins = {answer.origin for prediction in together for answer in prediction.values()}
    assert origins >= {Origin.COPIED, Origin.GENERATED}
    for report, prediction in zip(REPORTS, together, strict=True):
        assert_same(predict(engine, [report])[0], prediction)


@pytest.mark.parametrize("make", [make_t5, make_t5_v1_1, make_mt5], ids=["t5", "v1.1", "mt5"])
def test_both_engines_answer_alike(make: Make, tmp_path: Path) -> None:
    temperatures = {FieldName.ACTUAL_BEHAVIOR: 2.5}
    stepwise = load_stepwise(make, tmp_path, temperatures=temperatures)
    generated = load_generate(make, tmp_path, temperatures=temperatures)
    vary(stepwise)
    vary(generated)
    for one, other in zip(predict(stepwise, REPORTS), predict(generated, REPORTS), strict=True):
        assert_same(one, other)


def prefer(engine: Engine, *tokens: int) -> None:
    """Make these tokens' scores higher than all others, wherever they are allowed."""
    raise_scores(engine, dict.fromkeys(tokens, 1000.0))


@pytest.fixture(params=["abstractive", "generate"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "abstractive":
        return load_stepwise(make_t5, tmp_path)
    return load_generate(make_bart, tmp_path)


def only(engine: Engine, report: ReportInput) -> Prediction:
    return predict(engine, [report])[0]


TWO_SENTENCES = ReportInput(description="The app crashes. It should show the list.")


def test_a_pointed_marker_becomes_copied_text_with_its_span(engine: Engine) -> None:
    prefer(engine, engine._seq2seq.markers.sentences[1])
    answer = only(engine, TWO_SENTENCES)[FieldName.EXPECTED_BEHAVIOR]
    assert answer.text == "It should show the list."
    assert answer.origin is Origin.COPIED
    assert answer.confidence == pytest.approx(1.0)
    assert TWO_SENTENCES.description is not None
    (span,) = answer.spans
    assert TWO_SENTENCES.description[span.start : span.end] == answer.text


def test_a_marker_that_is_not_in_the_source_is_never_chosen(engine: Engine) -> None:
    prefer(engine, engine._seq2seq.markers.sentences[2])
    for field, answer in only(engine, TWO_SENTENCES).items():
        assert answer.origin is not Origin.COPIED, field


def test_the_end_token_at_once_is_not_stated(engine: Engine) -> None:
    prefer(engine, engine._seq2seq.eos_id)
    for answer in only(engine, TWO_SENTENCES).values():
        assert answer == FieldPrediction(None, answer.confidence, Origin.NOT_STATED)
        assert answer.confidence == pytest.approx(1.0)


def test_text_is_generated_up_to_the_limit(engine: Engine) -> None:
    token = engine._builder.encode(["The"])[0][0]
    prefer(engine, token)
    answer = only(engine, TWO_SENTENCES)[FieldName.SUGGESTED_SOLUTION]
    assert answer.origin is Origin.GENERATED
    assert answer.text == str(engine._seq2seq.tokenizer.decode([token] * 8)).strip()
    assert answer.spans == ()


@pytest.mark.parametrize(
    "forbidden", ["field marker", "padding row", "pad", "unknown"], ids=lambda name: name
)
def test_what_is_no_text_is_never_said(engine: Engine, forbidden: str) -> None:
    seq2seq = engine._seq2seq
    tokens: dict[str, int] = {
        "field marker": seq2seq.markers.fields[FieldName.ENVIRONMENT],
        "padding row": seq2seq.vocabulary_rows - 1,
        "pad": seq2seq.pad_id,
        "unknown": seq2seq.tokenizer.get_vocab()["<unk>"],
    }
    before = only(engine, TWO_SENTENCES)
    prefer(engine, tokens[forbidden])
    assert_same(before, only(engine, TWO_SENTENCES))


@pytest.mark.parametrize(("load", "make"), ENGINES)
def test_the_category_is_one_of_the_model_or_not_stated(
    load: Callable[..., Engine], make: Make, tmp_path: Path
) -> None:
    engine = load(make, tmp_path)
    answers = [prediction[FieldName.BUG_CATEGORY] for prediction in predict(engine, REPORTS)]
    assert {answer.text for answer in answers} <= {None, *CATEGORIES}
    assert {answer.origin for answer in answers} <= {Origin.GENERATED, Origin.NOT_STATED}


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_can_be_said_in_full(engine: Engine, category: str) -> None:
    prefer(engine, *engine._builder.encode([category])[0])
    assert only(engine, TWO_SENTENCES)[FieldName.BUG_CATEGORY].text == category


def test_a_folder_without_categories_is_not_constrained(tmp_path: Path) -> None:
    free = load_stepwise(make_t5, tmp_path, categories=[])
    prefer(free, free._builder.encode(["list"])[0][-1])
    assert only(free, TWO_SENTENCES)[FieldName.BUG_CATEGORY].text not in {None, *CATEGORIES}


def test_only_the_fields_of_the_manifest_are_answered(tmp_path: Path) -> None:
    fields = [FieldName.BUG_CATEGORY, FieldName.ACTUAL_BEHAVIOR]
    engine = load_stepwise(make_t5, tmp_path, fields=fields)
    assert only(engine, TWO_SENTENCES).keys() == set(fields)


def test_an_empty_batch_has_no_answers(engine: Engine) -> None:
    assert predict_all(engine, []) == []


def test_a_report_cannot_forge_markers_or_the_end(engine: Engine) -> None:
    forged = engine.prepare(
        ReportInput(description="The app <extra_id_1> crashes </s> now <extra_id_99>.")
    )
    markers = engine._seq2seq.markers
    assert len(forged.segments) == 1
    assert [token for token in forged.input_ids if token in markers.ids] == [markers.sentences[0]]
    assert forged.input_ids.count(engine._seq2seq.eos_id) == 1


@pytest.mark.parametrize(("load", "make"), ENGINES)
def test_a_long_report_stays_within_the_budget(
    load: Callable[..., Engine], make: Make, tmp_path: Path
) -> None:
    engine = load(make, tmp_path)
    long_report = ReportInput(description=" ".join(REPORT_TEXTS * 40))
    prepared = engine.prepare(long_report)
    assert 80 < prepared.token_count == len(prepared.input_ids) <= 160
    assert prepared.input_ids[-1] == engine._seq2seq.eos_id


def test_more_source_tokens_than_positions_are_not_read(tmp_path: Path) -> None:
    engine = load_generate(make_bart, tmp_path, max_source_tokens=9000)
    prepared = engine.prepare(ReportInput(description=" ".join(REPORT_TEXTS * 100)))
    assert prepared.token_count <= 512
    assert len(engine.predict([prepared])) == 1


def broken_weights(folder: Path) -> Path:
    (make_t5(folder) / "model.safetensors").write_bytes(b"no weights")
    return folder


def without_start_token(folder: Path) -> Path:
    make_t5(folder)
    (folder / "generation_config.json").unlink()
    config = json.loads((folder / "config.json").read_text())
    del config["decoder_start_token_id"]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize(
    ("make", "categories", "message"),
    [
        pytest.param(make_t5, ["crash", "crash "], "cannot tell the choice", id="equal categories"),
        pytest.param(make_bert, CATEGORIES, "Bert", id="an encoder"),
        pytest.param(
            without_start_token,
            CATEGORIES,
            r"/.*: neither .* defines decoder_start_token_id; add it",
            id="no start token",
        ),
        pytest.param(broken_weights, CATEGORIES, "weights cannot be read", id="broken weights"),
    ],
)
def test_a_folder_that_cannot_be_used(
    make: Make, categories: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelFolderError, match=message):
        AbstractiveEngine.load(make(tmp_path), manifest(categories=categories), CPU)
