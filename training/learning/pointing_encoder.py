"""Records as examples to learn pointing from: a report's segments, and which of them are right."""

from collections.abc import Sequence
from typing import Any

from datasets import Features, List, Value

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.environment import format_environment
from summarizer.pointing import POINTED_FIELDS
from summarizer.pointing_input import PointingInputBuilder
from summarizer.segmentation import Segment
from training.matching import matching_segments

NO_CATEGORY = -100


class PointingEncoder:
    """Renders reports and marks their right segments. Satisfies `Encoder`."""

    features = Features(
        {
            "input_ids": List(List(Value("int64"))),
            "segment_of_token": List(List(Value("int64"))),
            "features": List(List(Value("float64"))),
            "right": List(List(Value("int64"))),
            "category": Value("int64"),
            "length": Value("int64"),
        }
    )

    def __init__(self, builder: PointingInputBuilder, categories: Sequence[str]) -> None:
        self._builder = builder
        self._categories = {category: index for index, category in enumerate(categories)}

    def __call__(self, record: TrainingRecord, /) -> dict[str, Any]:
        """Render a report and mark the segments that its annotation stands for.

        `right` holds per pointed field the indices of the right segments, [-1] for "not stated",
        and [] where no segment is like the annotation, so that nothing is learnt from it.
        """
        rendered = self._builder.build(record.input)
        annotated = record.output.by_field()
        category = annotated[FieldName.BUG_CATEGORY]
        right = [_right(annotated[field], rendered.segments) for field in POINTED_FIELDS]
        if format_environment(record.input.env) is not None:
            # The answer formats `env`, and asks the model only where it says nothing.
            right[POINTED_FIELDS.index(FieldName.ENVIRONMENT)] = []
        return {
            "input_ids": [list(window.input_ids) for window in rendered.windows],
            "segment_of_token": [list(window.segment_of_token) for window in rendered.windows],
            "features": [list(row) for row in rendered.features],
            "right": right,
            "category": self._categories.get(category, NO_CATEGORY),
            "length": rendered.token_count,
        }


def _right(annotation: str, segments: Sequence[Segment]) -> list[int]:
    return [-1] if annotation == NOT_STATED else matching_segments(annotation, segments)
