"""The abstractive engine: T5-family models, decoded in flight.

Reports come and go between steps. A report is encoded once; its fields are rows side by side that
share its cross-attention keys and values.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

import torch

from schemas.manifest import ModelManifest
from schemas.summary import FieldName
from summarizer.engine import Prediction, Progress
from summarizer.engines.seq2seq import Seq2SeqEngine, errors_of, text_tokens
from summarizer.linear import Precision
from summarizer.packed import PackedEncoder
from summarizer.seq2seq import PREFIX_TOKENS, Seq2Seq, load_seq2seq
from summarizer.t5.cache import Cache, Sizes, rounded
from summarizer.t5.choosing import Choice, Chooser
from summarizer.t5.decoder import Decoder
from summarizer.t5.encoder import Encoder
from summarizer.t5.fixed import FixedDecoder
from summarizer.t5.guessing import Guesser, Places
from summarizer.t5.row import Row
from summarizer.t5.weights import lay_out
from summarizer.workers import Workers
from summarizer.writing_input import WritingInput

MAX_GUESSING_TOKENS = 32
"""Tokens of a step up to which guessing pays: its time goes into reading weights till then."""


@dataclass(slots=True)
class _Run:
    """A report that is being decoded; its place in the list of runs is its slot in the cache.

    `living` of its rows have not finished. One that has `left` holds its slot until the next step.
    """

    ticket: int
    item: WritingInput
    rows: dict[FieldName, Row]
    living: int
    left: bool = False
    said: set[FieldName] = dataclass_field(default_factory=set)


class AbstractiveEngine(Seq2SeqEngine):
    """Writes and points with a T5, mT5 or umT5 model. Satisfies `summarizer.engine.Engine`.

    At most `slots` reports run at once; the memory for them is set aside when it is made. Rows
    guess while a step has no more than `guessing_tokens`.
    """

    guessing_tokens = MAX_GUESSING_TOKENS

    def __init__(
        self,
        seq2seq: Seq2Seq,
        manifest: ModelManifest,
        device: torch.device,
        precision: Precision,
        slots: int,
    ) -> None:
        super().__init__(seq2seq, manifest)
        sizes = Sizes(
            slots,
            rows=len(manifest.fields),
            columns=rounded(PREFIX_TOKENS + self._max_answer()),
            max_source=seq2seq.source_limit(manifest.max_source_tokens),
        )
        on_cpu = device.type == "cpu"
        workers = Workers(torch.get_num_threads() if on_cpu else 1)
        with torch.inference_mode():
            model = lay_out(seq2seq.model, precision, device, sizes.max_source, sizes.columns)
            self._chooser = Chooser(
                model,
                [*text_tokens(seq2seq).nonzero().flatten().tolist(), seq2seq.eos_id],
                seq2seq.markers.sentences,
                self._choices,
                workers,
            )
            self._encoder = PackedEncoder(Encoder(model), workers, device)
            self._cache = Cache(model, sizes, workers)
            decoder = Decoder if on_cpu else FixedDecoder
            self._decoder = decoder(model, self._cache, workers)
        self._seq2seq = seq2seq.without_model()
        self._slots = slots
        self._runs: list[_Run] = []

    @classmethod
    def load(
        cls,
        folder: Path,
        manifest: ModelManifest,
        device: torch.device,
        precision: Precision = "auto",
        slots: int = 32,
    ) -> "AbstractiveEngine":
        """Read weights and tokenizer from a checked model folder."""
        with errors_of(folder):
            return cls(load_seq2seq(folder), manifest, device, precision, slots)

    @property
    def most_at_once(self) -> int | None:
        """None: the larger a step, the less each row of it takes."""
        return None

    @property
    def live_rows(self) -> int:
        """Rows that have not finished their answers."""
        return sum(run.living for run in self._staying())

    @torch.inference_mode()
    def admit(self, reports: Mapping[int, WritingInput]) -> list[Progress]:
        """Encode reports and give each a slot. Raises ValueError where there are too few."""
        free = self._slots - len(self._staying())
        if len(reports) > free:
            raise ValueError(f"{len(reports)} reports for {free} free slots")
        # Those that have just been left first: nobody then has to move into them.
        left = [slot for slot, run in enumerate(self._runs) if run.left]
        slots = [*left, *range(len(self._runs), self._slots)][: len(reports)]
        sources = [item.input_ids for item in reports.values()]
        if sources:
            self._cache.store(slots, list(map(len, sources)), self._encoder(sources))
        for slot, (ticket, item) in zip(slots, reports.items(), strict=True):
            # At the end of the list this appends.
            self._runs[slot : slot + 1] = [self._run(ticket, item)]
        return []

    @torch.inference_mode()
    def step(self) -> list[Progress]:
        """Feed every living row its next token and let it say one."""
        self._close_gaps()
        if not self._runs:
            return []
        living = {
            place: row
            for slot, run in enumerate(self._runs)
            for place, row in enumerate(run.rows.values(), slot * len(run.rows))
            if not row.finished
        }
        self._plan(living.values())
        states = self._decoder(
            _feeds(living),
            [row.age for run in self._runs for row in run.rows.values()],
            [run.item.token_count for run in self._runs],
        )
        self._let_speak(list(living.values()), states)
        return self._progress()

    def drop(self, tickets: Collection[int]) -> None:
        """Forget reports."""
        for run in self._runs:
            if run.ticket in tickets:
                run.left = True

    def _staying(self) -> list[_Run]:
        return [run for run in self._runs if not run.left]

    def _plan(self, rows: Collection[Row]) -> None:
        """Let rows guess while a step is so small that some more tokens cost little.

        Where all of them begin their prefixes are fed whole. Beside rows that go on it would cost
        those more than it saves the others: a late round attends with all rows of all sources.
        """
        several = self._decoder.takes_several
        room = self.guessing_tokens // len(rows) - 1 if several else 0
        whole_prefix = several and all(row.begins for row in rows)
        for row in rows:
            row.plan(max(room, 0), whole_prefix=whole_prefix)

    def _let_speak(self, rows: Sequence[Row], states: torch.Tensor) -> None:
        """Ask for what follows each fed token; `states` has them round after round."""
        asked = [
            (row, number)
            for number in range(max(len(row.fed) for row in rows))
            for row in rows
            if number < len(row.fed)
        ]
        places = [place for place, (row, number) in enumerate(asked) if number >= row.silent]
        choices: dict[int, list[Choice]] = {id(row): [] for row in rows}
        if places:
            answers = self._chooser(
                states if len(places) == len(asked) else states[places],
                [asked[place][0].question(asked[place][1]) for place in places],
            )
            for place, answer in zip(places, answers, strict=True):
                choices[id(asked[place][0])].append(answer)
        for row in rows:
            row.take(choices[id(row)])

    def _progress(self) -> list[Progress]:
        """What has been finished since the last step; reports that are done leave."""
        progress = []
        for run in self._runs:
            living = sum(not row.finished for row in run.rows.values())
            if living == run.living:
                continue
            run.living = living
            said: Prediction = {
                field: self._field_prediction(run.item, field, row.answer())
                for field, row in run.rows.items()
                if row.finished and field not in run.said
            }
            run.said.update(said)
            progress.append(Progress(run.ticket, said, done=not living))
        self.drop({each.ticket for each in progress if each.done})
        return progress

    def _close_gaps(self) -> None:
        """Let the last reports take the slots that others have left and nobody has taken."""
        for slot, run in enumerate(self._runs.copy()):
            while self._runs and self._runs[-1].left:
                self._runs.pop()
            if run.left and slot < len(self._runs):
                last = self._runs.pop()
                age = max(row.age for row in last.rows.values())
                self._cache.move(len(self._runs), slot, last.item.token_count, age)
                self._runs[slot] = last

    def _run(self, ticket: int, item: WritingInput) -> _Run:
        source = Places(item.input_ids)
        start, markers = self._seq2seq.start_id, self._seq2seq.markers.fields
        rows = {
            field: Row(self._rules(item, field), (start, markers[field]), Guesser(source))
            for field in self._manifest.fields
        }
        return _Run(ticket, item, rows, living=len(rows))

    def _max_answer(self) -> int:
        text = self._seq2seq.target_limit(self._manifest.max_target_tokens)
        return max(text, self._choices.max_tokens if self._choices else 0)


def _feeds(living: Mapping[int, Row]) -> list[dict[int, int]]:
    """The tokens that the rows are fed, round after round."""
    return [
        {place: row.fed[number] for place, row in living.items() if number < len(row.fed)}
        for number in range(max(len(row.fed) for row in living.values()))
    ]
