"""The classic baseline: word counts and linear classifiers, learnt from the same readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName, Summary
from summarizer.copying import copy_segment
from summarizer.environment import format_environment
from summarizer.segmentation import Segment, SegmentKind
from summarizer.solution import suggest_solution
from training.recipe.figures.sentence_labels import LABELS, best_threshold, labelled
from training.recipe.readings import Reading

_SEED = 17


@dataclass(frozen=True, slots=True)
class TfIdf:
    """One classifier of sentences for each label, and one of reports for the category.

    `thresholds` are those with the best F1 on the calibration readings.
    """

    sentences: dict[str, Pipeline]
    thresholds: dict[str, float]
    category: Pipeline

    @classmethod
    def fitted(cls, learnt: Sequence[Reading], calibration: Sequence[Reading]) -> "TfIdf":
        """Learn from readings, and choose the thresholds on others."""
        examples, tuned = labelled(learnt), labelled(calibration)
        sentences, thresholds = {}, {}
        for name in LABELS:
            classifier = _classifier()
            classifier.fit(
                [one.segment.text for one in examples], [one.is_(name) for one in examples]
            )
            scores = _probabilities(classifier, [one.segment.text for one in tuned])
            sentences[name] = classifier
            thresholds[name] = best_threshold(scores, [one.is_(name) for one in tuned])
        category = _classifier()
        category.fit([one.description for one in learnt], [one.category for one in learnt])
        return cls(sentences, thresholds, category)

    def scores(self, name: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """How likely each text is to have a label."""
        return _probabilities(self.sentences[name], texts)

    def answer(self, report: ReportInput, segments: Sequence[Segment]) -> Summary:
        """The likeliest sentences; nothing expected where the likeliest is below the threshold."""
        actual, _ = self._likeliest("actual", segments)
        expected, likely = self._likeliest("expected", segments)
        is_stated = likely >= self.thresholds["expected"]
        text = report.description or report.stacktrace_text or ""

        def said(index: int | None, field: FieldName) -> str:
            return NOT_STATED if index is None else copy_segment(segments, index, field).text

        return Summary(
            environment=format_environment(report.env) or NOT_STATED,
            actual_behavior=said(actual, FieldName.ACTUAL_BEHAVIOR),
            expected_behavior=said(expected if is_stated else None, FieldName.EXPECTED_BEHAVIOR),
            bug_category=str(self.category.predict([text])[0]),
            suggested_solution=suggest_solution(report) or NOT_STATED,
        )

    def _likeliest(self, name: str, segments: Sequence[Segment]) -> tuple[int | None, float]:
        told = [at for at, one in enumerate(segments) if one.kind is not SegmentKind.HEADING]
        if not told:
            return None, 0.0
        scores = self.scores(name, [segments[at].text for at in told])
        best = int(scores.argmax())
        return told[best], float(scores[best])


def _classifier() -> Pipeline:
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=60_000),
        LogisticRegression(C=8.0, class_weight="balanced", max_iter=300, random_state=_SEED),
    )


def _probabilities(classifier: Pipeline, texts: Sequence[str]) -> NDArray[np.float64]:
    found: Any = classifier.predict_proba(list(texts))
    return np.asarray(found[:, 1], dtype=np.float64)
