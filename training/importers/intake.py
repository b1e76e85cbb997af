"""The files of a tool, item by item; one bad item spoils nothing."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from schemas.validation import ROOT, field_problems
from training.data.bad_lines import Reason
from training.importers.documents import BadLine, read_documents, shape_of
from training.importers.drafting import draft
from training.importers.issue import Skipped
from training.importers.source import Source
from training.importers.tally import Rejected, Tally
from training.importers.tool import Json, Tool

_REASONS = {
    "missing": Reason.MISSING_FIELD,
    "empty_report": Reason.EMPTY_REPORT,
    "too_many_keys": Reason.OVER_A_LIMIT,
    "string_too_long": Reason.OVER_A_LIMIT,
    "too_long": Reason.OVER_A_LIMIT,
}


class Intake:
    """An import under way. `tally` counts what became of the items that were read so far.

    `on_rejected` is given each item that cannot become a record, as soon as it is read.
    """

    def __init__(
        self,
        tool: Tool,
        *,
        scrubbed: bool = True,
        on_rejected: Callable[[Rejected], object] | None = None,
    ) -> None:
        self.tally = Tally()
        self._tool = tool
        self._scrubbed = scrubbed
        self._on_rejected = on_rejected
        self._seen: dict[str, bytes] = {}

    def records(self, paths: Sequence[Path]) -> Iterator[TrainingRecord]:
        """The records of all files in their order, each id once.

        Raises:
            DatasetError: a file cannot be read, or is not of the tool's shape.
        """
        learn = self._tool.learn
        with ExitStack() as opened:
            sources = [Source(path, is_read_twice=learn is not None) for path in paths]
            for source in sources:
                opened.enter_context(closing(source))
            if learn is not None:
                for document in chain.from_iterable(map(read_documents, sources)):
                    learn(document)
            for source in sources:
                for name, item in self._items(source):
                    record = self._record(name, item)
                    if record is not None:
                        self.tally.written += 1
                        yield record

    def _items(self, source: Source) -> Iterator[tuple[str, Json]]:
        """The items of a file, each with the name by which a message calls it."""
        path, count = source.path, 0
        for number, document in enumerate(read_documents(source), start=1):
            if isinstance(document, BadLine):
                self._reject(f"{path} line {document.number}", ROOT, Reason.NOT_JSON, document.fix)
                continue
            items = self._tool.items(document)
            if items is None:
                found = f"found {shape_of(document)}, expected {self._tool.expected}"
                if number == 1:
                    raise DatasetError(f"{path}: {found}")
                self._reject(f"{path} document {number}", ROOT, Reason.BAD_VALUE, found)
                continue
            for item in items:
                count += 1
                called = self._tool.name(item) if isinstance(item, dict) else None
                yield f"{path} {called or f'item {count}'}", item

    def _record(self, name: str, item: Json) -> TrainingRecord | None:
        if not isinstance(item, dict):
            self._reject(name, ROOT, Reason.NOT_AN_OBJECT, f"is {shape_of(item)}")
            return None
        try:
            issue = self._tool.read(item)
            if isinstance(issue, Skipped):
                self.tally.skipped[issue.reason] += 1
                return None
            made = draft(issue, scrubbed=self._scrubbed)
        except ValidationError as error:
            problem = field_problems(error)[0]
            self._reject(name, problem.path, _reason(problem.code), problem.message)
            return None
        if not self._is_new(name, made.record):
            return None
        self.tally.notes.update(made.notes)
        return made.record

    def _is_new(self, name: str, record: TrainingRecord) -> bool:
        if record.id is None:
            return True
        content = hashlib.sha256(record.model_dump_json().encode()).digest()
        first = self._seen.setdefault(record.id, content)
        if first is content:
            return True
        if first == content:
            self.tally.repeated += 1
        else:
            fix = "is the id of an earlier item with other content; leave one of them out"
            self._reject(name, "id", Reason.ID_USED_TWICE, fix)
        return False

    def _reject(self, item: str, field: str, reason: Reason, fix: str) -> None:
        rejected = Rejected(item, field, reason, fix)
        self.tally.reject(rejected)
        if self._on_rejected is not None:
            self._on_rejected(rejected)


def _reason(code: str) -> Reason:
    return _REASONS.get(code) or (
        Reason.WRONG_TYPE if code.endswith(("_type", "_parsing")) else Reason.BAD_VALUE
    )
