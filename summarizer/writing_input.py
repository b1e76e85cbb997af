"""Reports as input of a seq2seq model: `context (marker segment)* eos`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.report import ReportInput
from summarizer.markers import Markers
from summarizer.segmentation import Segment
from summarizer.source import build_source

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class WritingInput:
    """One report, rendered. The marker of `segments[i]` is the i-th sentence marker."""

    segments: tuple[Segment, ...]
    input_ids: tuple[int, ...]

    @property
    def token_count(self) -> int:
        """Tokens that the encoder reads."""
        return len(self.input_ids)


class WritingInputBuilder:
    """Renders reports for one tokenizer."""

    def __init__(
        self,
        tokenizer: "PreTrainedTokenizerBase",
        markers: Markers,
        eos_id: int,
        max_source_tokens: int,
    ) -> None:
        self._tokenizer = tokenizer
        self._markers = markers
        self._eos_id = eos_id
        self._max_source_tokens = max_source_tokens
        # A report may spell a special token, and HTML has its own `</s>`: as tokens these would
        # be false markers, so the text loses them.
        self._reserved = (markers.ids | set(tokenizer.all_special_ids)) - {tokenizer.unk_token_id}

    def build(self, report: ReportInput) -> WritingInput:
        """Render one report in at most `max_source_tokens` tokens."""
        source = build_source(
            report, self.encode, self._max_source_tokens - 1, len(self._markers.sentences)
        )
        input_ids = list(source.context_ids)
        for marker, ids in zip(self._markers.sentences, source.segment_ids, strict=False):
            input_ids += [marker, *ids]
        input_ids.append(self._eos_id)
        return WritingInput(source.segments, tuple(input_ids))

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens and markers."""
        encoded = self._tokenizer(texts, add_special_tokens=False, verbose=False)
        return [
            [token for token in ids if token not in self._reserved] for ids in encoded["input_ids"]
        ]
