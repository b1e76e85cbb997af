"""What a topic hands back, and the files it becomes: a table to read and the raw figures."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.table import table

FOLDER = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Target:
    """One line of what was to be reached: the claim, what came out, and whether that is enough."""

    claim: str
    reached: str
    met: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One topic's figures. `sections` are Markdown by heading; `raw` is anything JSON can hold."""

    topic: str
    title: str
    conditions: Sequence[str]
    sections: Mapping[str, str]
    targets: Sequence[Target]
    raw: Mapping[str, Any] = field(default_factory=dict)

    def markdown(self, machine: Sequence[str]) -> str:
        """The whole file."""
        parts = [f"# {self.title}"]
        parts += [f"## {heading}\n\n{text}" for heading, text in self.sections.items()]
        if self.targets:
            rows = [
                [target.claim, target.reached, "reached" if target.met else "**not reached**"]
                for target in self.targets
            ]
            parts.append("## Targets\n\n" + table(["Target", "Reached", "Verdict"], rows))
        parts.append("## Conditions\n\n" + _list([*self.conditions, *machine]))
        return "\n\n".join(parts) + "\n"


def write(
    result: Result, machine: Sequence[str], today: datetime.date, folder: Path = FOLDER
) -> Path:
    """Write `<date>-<topic>.md` and `.json`; gives the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{today.isoformat()}-{result.topic}.md"
    path.write_text(result.markdown(machine), encoding="utf-8")
    raw = {
        "topic": result.topic,
        "date": today.isoformat(),
        "conditions": [*result.conditions, *machine],
        "targets": [
            {"claim": target.claim, "reached": target.reached, "met": target.met}
            for target in result.targets
        ],
        **result.raw,
    }
    content = json.dumps(raw, indent=1, ensure_ascii=False) + "\n"
    path.with_suffix(".json").write_text(content, encoding="utf-8")
    return path


def bullets(text: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
