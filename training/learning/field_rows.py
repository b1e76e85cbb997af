"""A seq2seq model that learns several short targets of each source in one pass.

A source is encoded once, and its cross-attention keys are computed once for all its rows where the
architecture allows: T5's attention knows distances only, so the rows of a report stand one behind
the other, hidden from each other by the mask. Scores over the vocabulary, a large part of the work,
are computed only where something is to be learned.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

IGNORED = -100
"""The label of a position that is not learned."""
NO_ROW = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One target as the decoder reads it: what is read, and what comes next at each position."""

    read: Sequence[int]
    labels: Sequence[int]


class FieldRows(torch.nn.Module):
    """A seq2seq model whose decoder reads several rows for each source.

    All of it is one `forward`, as distributed training needs it. `packs` says that the rows of a
    report stand one behind the other; an architecture with absolute positions has each by itself.
    """

    def __init__(
        self, seq2seq: torch.nn.Module, *, packs: bool, label_smoothing: float = 0.0
    ) -> None:
        super().__init__()
        self.seq2seq: Any = seq2seq
        self.packs = packs
        self._label_smoothing = label_smoothing

    def lay_out(self, rows: Sequence[Sequence[Row]], pad_id: int) -> dict[str, Tensor]:
        """The decoder's part of a batch, from the rows of each report.

        `decoder_input_ids`, `labels` and `row_of_token` are `[lines, target]`; a line is a report
        or a row. `report_of_line` is `[lines]`. Rows are numbered over the batch; `NO_ROW` is
        padding. A report without rows has a line all the same, so that no batch is empty.
        """
        lines: list[list[tuple[int, Row]]] = []
        reports: list[int] = []
        number = 0
        for report, own in enumerate(rows):
            numbered = list(enumerate(own, start=number))
            number += len(own)
            packed = [numbered] if self.packs or not numbered else [[one] for one in numbered]
            lines += packed
            reports += [report] * len(packed)
        longest = max(1, *(sum(len(row.read) for _, row in line) for line in lines))
        shape = (len(lines), longest)
        read, labels, owner = (
            torch.full(shape, fill, dtype=torch.long) for fill in (pad_id, IGNORED, NO_ROW)
        )
        for at, line in enumerate(lines):
            start = 0
            for row_number, row in line:
                end = start + len(row.read)
                read[at, start:end] = torch.tensor(row.read)
                labels[at, start:end] = torch.tensor(row.labels)
                owner[at, start:end] = row_number
                start = end
        return {
            "decoder_input_ids": read,
            "labels": labels,
            "row_of_token": owner,
            "report_of_line": torch.tensor(reports),
        }

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        decoder_input_ids: Tensor,
        labels: Tensor,
        row_of_token: Tensor,
        report_of_line: Tensor,
    ) -> tuple[Tensor, Tensor | None]:
        """The loss of a batch: cross-entropy, averaged over the tokens of a row, then over rows.

        Sources are `[reports, source]`; the rest is as `lay_out` makes it. While the model is not
        learning also which rows are right, `[rows]`: where each token is the likeliest one.
        """
        states = self.seq2seq.get_encoder()(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        mask = None
        if self.packs:
            mask = _within_rows(row_of_token, states.dtype)
        else:
            states, attention_mask = states[report_of_line], attention_mask[report_of_line]
        learned = labels != IGNORED
        with self._scores_only_at(learned):
            logits = self.seq2seq(
                encoder_outputs=(states,),
                attention_mask=attention_mask,
                decoder_input_ids=decoder_input_ids,
                decoder_attention_mask=mask,
                use_cache=False,
            ).logits
        by_token = functional.cross_entropy(
            logits.float(),
            labels[learned],
            reduction="none",
            label_smoothing=self._label_smoothing,
        )
        rows = row_of_token[learned]
        right = None if self.training else _all_by(logits.argmax(-1) == labels[learned], rows)
        return _mean_of_means(by_token, rows), right

    @contextmanager
    def _scores_only_at(self, wanted: Tensor) -> Iterator[None]:
        """Have the output layer score the wanted positions only, as `[positions, vocabulary]`."""

        def select(_: torch.nn.Module, inputs: tuple[Tensor]) -> Tensor:
            return inputs[0][wanted]

        hook = self.seq2seq.get_output_embeddings().register_forward_pre_hook(select)
        try:
            yield
        finally:
            hook.remove()


def _within_rows(row_of_token: Tensor, dtype: torch.dtype) -> Tensor:
    """What is added to attention scores: each token sees its own row up to itself.

    `[lines, 1, target, target]`. Padding sees padding, since a token that sees nothing has no mean.
    """
    same = row_of_token.unsqueeze(2) == row_of_token.unsqueeze(1)
    seen = same & torch.ones_like(same[0]).tril()
    hidden = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return hidden.masked_fill_(~seen, torch.finfo(dtype).min).unsqueeze(1)


def _all_by(values: Tensor, group: Tensor) -> Tensor:
    """Whether all values of a group are true, for groups numbered from 0."""
    groups = int(group.max()) + 1 if len(group) else 0
    true = torch.ones(groups, dtype=torch.long, device=values.device)
    return true.scatter_reduce_(0, group, values.long(), "amin").bool()


def _mean_of_means(values: Tensor, group: Tensor) -> Tensor:
    """The mean over groups of the means of their values; 0 where there are none."""
    if not len(values):
        return values.sum()
    rows = int(group.max()) + 1
    sums = values.new_zeros(rows).index_add_(0, group, values)
    counts = torch.bincount(group, minlength=rows)
    return (sums / counts.clamp(min=1)).sum() / (counts > 0).sum()
