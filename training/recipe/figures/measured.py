"""Everything that the card says, measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.base import Schema
from schemas.summary import FieldName
from summarizer.cues import expected_cue, failure_cue
from training.evaluation.answers import Answer
from training.evaluation.evaluation import scores_of
from training.evaluation.metrics import Metrics, evaluate
from training.evaluation.scores import ReportScores
from training.recipe.figures.coverage import coverage_at
from training.recipe.figures.environment_parts import PartMatch, part_matches
from training.recipe.figures.held_out import HeldOut
from training.recipe.figures.probe import Probe
from training.recipe.figures.robustness import FORMS, in_form
from training.recipe.figures.sentence_labels import LABELS, Agreement, agreement, labelled
from training.recipe.figures.systems import TFIDF, baseline_answers, baselines, model_answers
from training.recipe.figures.tfidf import TfIdf
from training.recipe.readings import Reading
from training.recipe.words import share

MODEL, EARLIER = "model", "model 0.1.0"
PROBE_READINGS = 1_200
"""How many readings sentence classifiers learn from: reading them takes most of the time."""
ROBUSTNESS_REPORTS = 300
_EXPECTED_CUE, _FAILURE_CUE = 0.6, 0.7


class Figures(Schema):
    """All figures of a card.

    `by_group` has the metrics of every system by group: `read`, `headings`, then sides and
    projects. `best` is the share of reports whose answer is the sentence that the reader found
    most telling. `coverage` is that at 90 % precision, by field. `sentences` is by system and
    label, `robustness` by form and field the share of right answers.
    """

    by_group: dict[str, dict[str, Metrics]]
    best: dict[str, float]
    environment: dict[str, dict[str, PartMatch]]
    coverage: dict[str, dict[FieldName, float]]
    sentences: dict[str, dict[str, Agreement]]
    robustness: dict[str, dict[FieldName, float]]


@dataclass(frozen=True, slots=True)
class Systems:
    """What each system answered on the held-out reports, in their order."""

    answers: dict[str, list[Answer]]
    scores: dict[str, list[ReportScores]]


def measure(
    folder: Path, earlier: Path | None, held_out: Sequence[HeldOut], readings: Sequence[Reading]
) -> Figures:
    """Measure a model folder beside the baselines and an earlier model."""
    learnt = [one for one in readings if one.side == "train" and not one.is_for_calibration]
    calibration = [one for one in readings if one.is_for_calibration]
    tfidf = TfIdf.fitted(learnt, calibration)
    systems = _answered(folder, earlier, held_out, learnt, tfidf)
    return Figures(
        by_group=_by_group(held_out, systems.scores),
        best={name: _most_telling(held_out, given) for name, given in systems.answers.items()},
        environment={
            name: _environment(held_out, given) for name, given in systems.answers.items()
        },
        coverage={
            name: _coverage(held_out, systems.scores[name])
            for name in systems.scores
            if name in (MODEL, EARLIER)
        },
        sentences=_sentences(folder, tfidf, learnt, calibration, held_out),
        robustness=_robustness(folder, held_out),
    )


def _answered(
    folder: Path,
    earlier: Path | None,
    held_out: Sequence[HeldOut],
    learnt: Sequence[Reading],
    tfidf: TfIdf,
) -> Systems:
    records = [one.record for one in held_out]
    majority = Counter(one.category for one in learnt).most_common(1)[0][0]
    answers = {MODEL: model_answers(folder, records)}
    if earlier is not None:
        answers[EARLIER] = model_answers(earlier, records)
    for name, baseline in baselines(majority, tfidf).items():
        answers[name] = baseline_answers(baseline, records)
    return Systems(answers, {name: scores_of(records, given) for name, given in answers.items()})


def _by_group(
    held_out: Sequence[HeldOut], scores: Mapping[str, Sequence[ReportScores]]
) -> dict[str, dict[str, Metrics]]:
    groups: dict[str, list[int]] = {}
    for at, one in enumerate(held_out):
        names = [one.gold, f"by {one.side.value}", one.project]
        if one.gold == "read":
            names.append(f"read, by {one.side.value}")
        for name in names:
            groups.setdefault(name, []).append(at)
    return {
        group: {
            name: evaluate([of_system[at] for at in members]) for name, of_system in scores.items()
        }
        for group, members in groups.items()
    }


def _most_telling(held_out: Sequence[HeldOut], given: Sequence[Answer]) -> float:
    hits = [
        answer.said(FieldName.ACTUAL_BEHAVIOR).startswith(one.reading.best_actual)
        for one, answer in zip(held_out, given, strict=True)
        if one.reading and one.reading.best_actual
    ]
    return sum(hits) / len(hits)


def _environment(held_out: Sequence[HeldOut], given: Sequence[Answer]) -> dict[str, PartMatch]:
    return part_matches(
        (answer.said(FieldName.ENVIRONMENT), one.record.output.environment)
        for one, answer in zip(held_out, given, strict=True)
        if one.record.input.env is None
    )


def _coverage(
    held_out: Sequence[HeldOut], scores: Sequence[ReportScores]
) -> dict[FieldName, float]:
    read = [one for one, report in zip(scores, held_out, strict=True) if report.gold == "read"]
    return {field: coverage_at([one.fields[field] for one in read]) for field in FieldName}


def _sentences(
    folder: Path,
    tfidf: TfIdf,
    learnt: Sequence[Reading],
    calibration: Sequence[Reading],
    held_out: Sequence[HeldOut],
) -> dict[str, dict[str, Agreement]]:
    readings = [one.reading for one in held_out if one.reading]
    examples = labelled(readings)
    texts = [one.segment.text for one in examples]
    probe = Probe(folder)
    drawn = sorted(learnt, key=lambda one: share("probe", one.id))
    probe.fit(drawn[:PROBE_READINGS], calibration)
    read, states = probe.states(readings)
    cues = {"actual": (failure_cue, _FAILURE_CUE), "expected": (expected_cue, _EXPECTED_CUE)}
    found: dict[str, dict[str, Agreement]] = {MODEL: {}, TFIDF: {}, "rules": {}}
    for name in LABELS:
        true = np.array([one.is_(name) for one in examples])
        # What the model's limits leave unread is not found.
        unread = sum(one.is_(name) for one in examples) - sum(one.is_(name) for one in read)
        said = probe.scores(name, states) >= probe.thresholds[name]
        seen = np.array([one.is_(name) for one in read])
        found[MODEL][name] = agreement(
            np.concatenate([said, np.zeros(unread, dtype=bool)]),
            np.concatenate([seen, np.ones(unread, dtype=bool)]),
        )
        found[TFIDF][name] = agreement(tfidf.scores(name, texts) >= tfidf.thresholds[name], true)
        if name in cues:
            cue, least = cues[name]
            found["rules"][name] = agreement(np.array([cue(text) >= least for text in texts]), true)
    return found


def _robustness(folder: Path, held_out: Sequence[HeldOut]) -> dict[str, dict[FieldName, float]]:
    read = [one for one in held_out if one.gold == "read"]
    read.sort(key=lambda one: share("robustness", one.record.id or ""))
    read = read[:ROBUSTNESS_REPORTS]
    found = {}
    for name, form in FORMS.items():
        records = [in_form(one, form) for one in read]
        scores = scores_of(records, model_answers(folder, records))
        found[name] = {
            field: sum(one.fields[field].right for one in scores) / len(scores)
            for field in FieldName
        }
    return found
