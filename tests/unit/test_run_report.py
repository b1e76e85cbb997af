"""What a run leaves behind: its page, the model card, the figures in the manifest."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName
from summarizer.folder import read_config, read_manifest, write_manifest
from tests.scored import NO_POINTERS, summary
from tests.tiny_models import REPORT_TEXTS, make_bert, make_t5
from training.data.parts import Parts
from training.evaluation.answers import Answer
from training.evaluation.evaluation import Evaluated, Evaluation
from training.evaluation.examples import choose_examples
from training.evaluation.figures import Figures
from training.evaluation.metrics import Metrics, measured, metrics_of
from training.evaluation.scores import score_report
from training.learning.events import Epoch, RightCount, Step, Stretch
from training.learning.tasks import load_task
from training.options import TrainingOptions
from training.runs.provenance import GitState, Provenance
from training.runs.report import finish
from training.runs.run_page import RunSummary, write_run_page

SCRIPT = "<script>alert('x')</script>"


def record(text: str, category: str = "crash") -> TrainingRecord:
    return TrainingRecord(
        input=ReportInput(description=text),
        output=summary(
            {FieldName.ACTUAL_BEHAVIOR: text, FieldName.BUG_CATEGORY: category},
            otherwise=NOT_STATED,
        ),
    )


def evaluated(right: list[bool], texts: list[str]) -> tuple[Evaluated, list[TrainingRecord]]:
    records = [record(text) for text in texts]
    answers = [
        Answer(one.output if good else summary({}, otherwise="wrong"))
        for one, good in zip(records, right, strict=True)
    ]
    scores = [
        score_report(one, answer, NO_POINTERS) for one, answer in zip(records, answers, strict=True)
    ]
    (found,) = measured([Figures.of(scores)])
    evaluation = Evaluation(
        model="mine 1",
        kind="extractive",
        metrics=metrics_of(scores, found),
        baselines={},
        differences={},
        failures=[],
    )
    return Evaluated(evaluation, answers, scores), records


def run_of(judged: Evaluated, records: list[TrainingRecord]) -> RunSummary:
    return RunSummary(
        name=f"run {SCRIPT}",
        model="base",
        started="2026-01-02T03:04:05+00:00",
        options={"epochs": 2, "licence": None, "note": SCRIPT},
        data_hash="abc",
        part_sizes={"train": 8, "validation": 1, "held_out": 30},
        categories={"crash": 3, SCRIPT: 5},
        data_notes=[f"a note {SCRIPT}"],
        run_notes=["a batch was halved"],
        provenance=Provenance(
            python="3.11",
            platform="Linux",
            packages={"torch": "2"},
            torch_threads=2,
            cuda=None,
            gpus=[],
            git=GitState(commit="c0ffee", dirty=True),
        ),
        best_epoch=2,
        epochs=[
            Epoch(
                time=1.0,
                epoch=epoch,
                epochs=2,
                step=epoch,
                train_loss=1.5,
                validation_loss=0.1234 * epoch,
                validation_right=dict.fromkeys(FieldName, RightCount(right=epoch, of=16)),
                examples=8,
                seconds=3.0,
                is_best=True,
            )
            for epoch in (1, 2)
        ],
        steps=[
            Step(
                time=1.0,
                epoch=1,
                epochs=2,
                step=step,
                total_steps=3,
                loss=2 / step,
                learning_rate=1e-5,
                gradient_norm=1.0,
                examples=8,
                examples_per_s=None,
                left_s=None,
            )
            for step in (1, 2, 3)
        ],
        stretches=[Stretch(workers=2, threads=1, device="cpu", done_steps=0, seconds=185.2)],
        evaluation=judged.evaluation,
        examples=choose_examples(judged, records),
    )


def test_the_page_of_a_run_holds_all_and_asks_for_nothing(tmp_path: Path) -> None:
    judged, records = evaluated([False] * 15 + [True] * 15, [f"{SCRIPT} {at}" for at in range(30)])
    run = run_of(judged, records)
    assert RunSummary.model_validate_json(run.model_dump_json()) == run
    write_run_page(tmp_path / "new" / "report.html", run)
    page = (tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r'(?:href|src)="(?!#)', page)
    assert page.count("<svg") == 4
    for part in (
        "c0ffee",
        "with changes",
        "abc",
        "0.2468",
        "0.125 of 16",
        "kept",
        "2026-01-02",
        "torch 2",
        "a batch was halved",
        "Trained by 2 workers of 1 thread each on cpu in 3:05 minutes.",
    ):
        assert part in page
    assert page.count("<summary>The report</summary>") == 20


def test_a_run_without_curves_or_git_has_a_page_too(tmp_path: Path) -> None:
    judged, records = evaluated([True], ["It fails."])
    run = run_of(judged, records)
    bare = run.model_copy(
        update={
            "epochs": [],
            "steps": [],
            "provenance": run.provenance.model_copy(update={"git": None}),
        }
    )
    write_run_page(tmp_path / "report.html", bare)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<svg" not in page
    assert "not a checkout" in page


def test_a_run_that_went_on_says_on_what_each_time(tmp_path: Path) -> None:
    judged, records = evaluated([True], ["It fails."])
    again = Stretch(workers=1, threads=4, device="cuda:0", done_steps=25, seconds=3700.0)
    run = run_of(judged, records)
    went_on = run.model_copy(update={"stretches": [*run.stretches, again]})
    write_run_page(tmp_path / "report.html", went_on)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for sentence in (
        "Trained by 2 workers of 1 thread each on cpu in 3:05 minutes.",
        "From step 26 on trained by 1 worker of 4 threads each on cuda:0 in 1:01:40 hours.",
        "In all 1:04:45 hours.",
    ):
        assert f"<li>{sentence}</li>" in page


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param(1, "The only report.", id="one"),
        pytest.param(10, "All 10 reports, those first that are answered worst", id="few"),
        pytest.param(13, "All 13 reports: the 10 that are answered worst", id="all-shown"),
        pytest.param(21, "The 10 reports that are answered worst", id="some-shown"),
    ],
)
def test_the_page_says_how_many_reports_it_shows(count: int, said: str, tmp_path: Path) -> None:
    judged, records = evaluated([True] * count, [f"Report {at}" for at in range(count)])
    write_run_page(tmp_path / "report.html", run_of(judged, records))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<p class="quiet">{said}' in page
    assert ("3 more from the worst" in page) == (count == 13)


def test_examples_are_the_worst_and_a_spread_in_whatever_order_the_records_come() -> None:
    texts = [f"Report {at}" for at in range(50)]
    judged, records = evaluated([at >= 5 for at in range(50)], texts)
    examples = choose_examples(judged, records)
    assert len(examples) == 20
    assert len({one.excerpt for one in examples}) == 20
    assert [one.right_fields for one in examples[:5]] == [0] * 5
    assert [one.chosen_as for one in examples] == ["among the worst"] * 10 + ["of the spread"] * 10
    back, records_back = evaluated([at >= 5 for at in reversed(range(50))], texts[::-1])
    assert [one.excerpt for one in choose_examples(back, records_back)] == [
        one.excerpt for one in examples
    ]


def test_few_records_are_all_examples() -> None:
    judged, records = evaluated([True, False, True], ["a", "b", "c"])
    first, *others = choose_examples(judged, records)
    assert (first.excerpt, len(others)) == ("b", 2)


class Streamed:
    """Records that can only be iterated and counted, as those of a large file."""

    def __init__(self, records: list[TrainingRecord]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[TrainingRecord]:
        return iter(self._records)

    @property
    def categories(self) -> Counter[str]:
        return Counter(one.output.bug_category for one in self._records)


def umask() -> int:
    """What files of this process do not allow; it can be asked for only by setting it."""
    found = os.umask(0o022)
    os.umask(found)
    return found


@pytest.mark.parametrize("weights_dtype", ["float32", "float16"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(make_bert, ModelKind.EXTRACTIVE, id="pointing"),
        pytest.param(make_t5, ModelKind.ABSTRACTIVE, id="writing"),
    ],
)
def test_the_end_of_a_run_leaves_a_folder_with_figures_and_a_card(
    make: object, kind: ModelKind, weights_dtype: Literal["float32", "float16"], tmp_path: Path
) -> None:
    assert callable(make)
    options = TrainingOptions(
        dataset=("unused",),
        model=str(make(tmp_path / "base")),
        output=tmp_path / "models" / "mine",
        no_cuda=True,
        cpus_per_worker=1,
        max_target_tokens=8,
        weights_dtype=weights_dtype,
    )
    manifest = ModelManifest(
        kind=kind, name="mine", version="1", base_model="base", categories=["crash", "ui"],
        max_target_tokens=8,
    )  # fmt: skip
    load_task(options, manifest.categories).save(tmp_path / "trained", manifest)
    write_manifest(tmp_path / "trained", manifest)
    records = [
        record(text, "ui" if at % 4 == 0 else "crash") for at, text in enumerate(REPORT_TEXTS)
    ]
    parts = Parts(Streamed(records[:6]), Streamed(records[6:8]), Streamed(records[8:]), "abc")  # type: ignore[arg-type]
    finished = finish(tmp_path / "trained", options, parts)
    assert finished.output == options.output
    assert [one.report for one in choose_examples(finished.evaluated, parts.held_out)]

    folder = finished.output
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o666 & ~umask()}, modes
    written = read_manifest(folder, read_config(folder)).metrics
    assert Metrics.model_validate(written["heldOut"]) == finished.evaluated.evaluation.metrics
    assert set(written) == {"heldOut", "first sentence", "keyword rules"}
    card = (folder / "README.md").read_text(encoding="utf-8")
    for part in ("## Limits", "95 %", "ECE", "6 records to train on", "crash 4, ui 2"):
        assert part in card
    assert finish(tmp_path / "trained", options, parts).output == folder
