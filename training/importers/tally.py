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
        """One line, whatever the names of items and keys hold."""
        told = f"{self.item}: {self.reason}: {self.field} {self.fix}"
        return "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in told
        )


@dataclass(slots=True)
class Tally:
    """The counts of an import. `repeated` are items with the id and content of an earlier one.

    Of the rejected items only the first are kept, however many there are.
    """

    written: int = 0
    repeated: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[Reason] = field(default_factory=Counter)
    first_rejected: list[Rejected] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)

    @property
    def items(self) -> int:
        """All items that were found, whatever became of them."""
        return self.written + self.repeated + self.skipped.total() + self.rejected.total()

    def reject(self, rejected: Rejected) -> None:
        """Count an item that could not become a record."""
        self.rejected[rejected.reason] += 1
        if len(self.first_rejected) < SHOWN_ITEMS:
            self.first_rejected.append(rejected)

    def report(self) -> str:
        """The counts for a terminal, and the first rejected items."""
        rejected = self.rejected.total()
        repeated = f", {self.repeated} repeat an earlier item" if self.repeated else ""
        others = f"{self.skipped.total()} are no bug reports, {rejected} were rejected"
        lines = [f"{self.written} of {self.items} items became records{repeated}, {others}"]
        lines += _counted("Skipped", self.skipped)
        lines += _counted("Rejected", self.rejected)
        lines += [f"    {first}" for first in self.first_rejected]
        if rejected > len(self.first_rejected):
            lines.append(f"    ... and {rejected - len(self.first_rejected)} more")
        lines += _counted("Of the records", self.notes)
        return "\n".join(lines)


def _counted(heading: str, counts: Counter[str] | Counter[Reason] | Counter[Note]) -> list[str]:
    if not counts:
        return []
    return [f"{heading}:", *(f"  {count:>6}  {name}" for name, count in counts.most_common())]
