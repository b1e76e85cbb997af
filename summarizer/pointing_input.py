"""Reports as input of the pointing model: prepared one by one, collated into a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerBase

from schemas.report import ReportInput
from summarizer.features import FEATURE_COUNT, segment_features
from summarizer.pointing import PointingBatch
from summarizer.segmentation import Segment
from summarizer.source import build_source
from summarizer.windows import Window, make_windows

MAX_SEGMENTS = 1_024


@dataclass(frozen=True, slots=True)
class PointingInput:
    """One report, rendered: its segments, the windows over them and a row of features each."""

    segments: tuple[Segment, ...]
    windows: tuple[Window, ...]
    features: tuple[tuple[float, ...], ...]

    @property
    def token_count(self) -> int:
        """Tokens over all windows, overlaps counted twice."""
        return sum(len(window.input_ids) for window in self.windows)


class PointingInputBuilder:
    """Renders reports for one tokenizer and one encoder."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        max_source_tokens: int,
        max_positions: int,
        feature_count: int = FEATURE_COUNT,
    ) -> None:
        """`feature_count` is how many features the model was trained with.

        Raises ValueError where it knows some that this release does not.
        """
        if feature_count > FEATURE_COUNT:
            raise ValueError(
                f"the model was trained with {feature_count} surface features, and this release "
                f"has {FEATURE_COUNT}: it is from a later one"
            )
        self._feature_count = feature_count
        self._tokenizer = tokenizer
        self._backend = getattr(tokenizer, "backend_tokenizer", None)
        if self._backend is not None:
            self._backend.no_truncation()
            self._backend.no_padding()
        self._max_source_tokens = max_source_tokens
        self._max_positions = max_positions
        self._first_id = _required_id(tokenizer.cls_token_id, tokenizer.bos_token_id)
        self._separator_id = _required_id(tokenizer.sep_token_id, tokenizer.eos_token_id)
        self.pad_id = _required_id(tokenizer.pad_token_id, tokenizer.eos_token_id)

    def build(self, report: ReportInput) -> PointingInput:
        """Render one report."""
        source = build_source(report, self._encode, self._max_source_tokens, MAX_SEGMENTS)
        windows = make_windows(source, self._max_positions, self._first_id, self._separator_id)
        features = segment_features(source.segments)
        rows = tuple(tuple(row[: self._feature_count]) for row in features)
        return PointingInput(source.segments, tuple(windows), rows)

    def _encode(self, texts: list[str]) -> list[list[int]]:
        if self._backend is not None:
            # Without the offsets and masks that transformers asks for: half the time.
            encodings = self._backend.encode_batch_fast(texts, add_special_tokens=False)
            return [encoding.ids for encoding in encodings]
        encoded = self._tokenizer(texts, add_special_tokens=False, verbose=False)
        return [list(ids) for ids in encoded["input_ids"]]


def _required_id(*candidates: int | None) -> int:
    return next(token_id for token_id in candidates if token_id is not None)


def collate(
    inputs: Sequence[PointingInput], pad_id: int, feature_count: int = FEATURE_COUNT
) -> PointingBatch:
    """Put rendered reports into one batch of tensors."""
    windows = [window for item in inputs for window in item.windows]
    longest = max(len(window.input_ids) for window in windows)
    input_ids = torch.full((len(windows), longest), pad_id, dtype=torch.long)
    attention_mask = torch.zeros((len(windows), longest), dtype=torch.long)
    segment_of_token = torch.full((len(windows), longest), -1, dtype=torch.long)
    row = first_segment = 0
    for item in inputs:
        for window in item.windows:
            length = len(window.input_ids)
            input_ids[row, :length] = torch.tensor(window.input_ids)
            attention_mask[row, :length] = 1
            owner = torch.tensor(window.segment_of_token)
            segment_of_token[row, :length] = torch.where(owner >= 0, owner + first_segment, -1)
            row += 1
        first_segment += len(item.features)
    features = [values for item in inputs for values in item.features]
    return PointingBatch(
        input_ids=input_ids,
        attention_mask=attention_mask,
        segment_of_token=segment_of_token,
        report_of_segment=_groups([len(item.features) for item in inputs]),
        features=torch.tensor(features, dtype=torch.float32).reshape(-1, feature_count),
        report_count=len(inputs),
    )


def _groups(sizes: Sequence[int]) -> torch.Tensor:
    """[2, 1] → tensor([0, 0, 1])."""
    return torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes, dtype=torch.long))
