"""The markers of a seq2seq model: one for each sentence of the source and one for each field.

T5 vocabularies bring 100 sentinels, `<extra_id_0>` to `<extra_id_99>`. Sentences take them from
the front, in reading order; the five fields take the last ones, `<extra_id_99>` being the first
field. mT5 spells them as pieces that begin with a space. A vocabulary without them gets them added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.summary import FieldName

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SENTINELS = tuple(f"<extra_id_{number}>" for number in range(100))
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"


@dataclass(frozen=True, slots=True)
class Markers:
    """The token ids of the markers; there are never more sentences in a source than `sentences`."""

    sentences: tuple[int, ...]
    fields: Mapping[FieldName, int]

    @property
    def ids(self) -> frozenset[int]:
        """Every marker."""
        return frozenset(self.sentences) | frozenset(self.fields.values())


def ensure_markers(tokenizer: "PreTrainedTokenizerBase", embedding_rows: int) -> Markers:
    """The markers of a tokenizer, added to it where it has none.

    Sentinels that lie outside the model's `embedding_rows` count only where the vocabulary has no
    others: transformers can give an mT5 tokenizer a second, untrained set. Added markers may lie
    outside, and the model must then grow.
    """
    vocabulary = tokenizer.get_vocab()
    spellings = [SENTINELS, tuple(_SPACE + sentinel for sentinel in SENTINELS)]
    known = [
        [vocabulary[token] for token in spelling]
        for spelling in spellings
        if all(token in vocabulary for token in spelling)
    ]
    for ids in known:
        if max(ids) < embedding_rows:
            return _share_out(ids)
    if not known:
        tokenizer.add_tokens(list(SENTINELS), special_tokens=True)
        vocabulary = tokenizer.get_vocab()
        known = [[vocabulary[token] for token in SENTINELS]]
    return _share_out(known[0])


def _share_out(ids: list[int]) -> Markers:
    fields = list(FieldName)
    return Markers(
        sentences=tuple(ids[: -len(fields)]),
        fields={name: ids[-1 - position] for position, name in enumerate(fields)},
    )
