"""What became of the items of an import, counted."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from training.data.bad_lines import Reason

SHOWN_ITEMS = 20


class Note(StrEnum):
    """What a person should know of a record that was written."""

    TITLE_IS_ACTUAL = "no section tells the actual behaviour: the title stands for it"
    TITLE_ONLY = "no text besides the title"
    NOTHING_STATED = "nothing stated beyond the category"
    CUT_DESCRIPTION = "description cut to the limit"
    CUT_STACKTRACE = "stack trace cut to the limit"
    CUT_ENVIRONMENT = "environment cut to the limit"
    CUT_IMAGES = "images left out beyond the limit"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that could not become a record: its name, the field, why, and how to mend it."""

    item: str
    field: str
    reason: Reason
    fix: str

    def __str__(self) -> str:
        return f"{self.item}: {self.reason}: {self.field} {self.fix}"


@dataclass(slots=True)
class Tally:
    """The counts of an import. `repeated` are items with the id and content of an earlier one."""

    written: int = 0
    repeated: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)

    @property
    def items(self) -> int:
        """All items that were found, whatever became of them."""
        return self.written + self.repeated + self.skipped.total() + len(self.rejected)

    def report(self, shown: int = SHOWN_ITEMS) -> str:
        """The counts for a terminal, and the first rejected items."""
        repeated = f", {self.repeated} repeat an earlier item" if self.repeated else ""
        others = f"{self.skipped.total()} are no bug reports, {len(self.rejected)} were rejected"
        lines = [f"{self.written} of {self.items} items became records{repeated}, {others}"]
        lines += _counted("Skipped", self.skipped)
        lines += _counted("Rejected", Counter(rejected.reason for rejected in self.rejected))
        lines += [f"    {rejected}" for rejected in self.rejected[:shown]]
        if len(self.rejected) > shown:
            lines.append(f"    ... and {len(self.rejected) - shown} more")
        lines += _counted("Of the records", self.notes)
        return "\n".join(lines)


def _counted(heading: str, counts: Counter[str] | Counter[Reason] | Counter[Note]) -> list[str]:
    if not counts:
        return []
    return [f"{heading}:", *(f"  {count:>6}  {name}" for name, count in counts.most_common())]
