"""The command line of `train.py import`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import DatasetError
from training.importers.bugzilla import Bugzilla
from training.importers.github import GitHub
from training.importers.intake import Intake
from training.importers.jira import Jira
from training.importers.sentry import Sentry
from training.importers.tool import Tool

DESCRIPTION = """\
Make training records of what another tool exports (JSON, also gzipped).

Each record is a draft: its output is what the report states under its own headings and what the
tracker holds in its own fields. Look it over before you train on it."""

TOOLS: dict[str, type[Tool]] = {
    "github": GitHub,
    "jira": Jira,
    "bugzilla": Bugzilla,
    "sentry": Sentry,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Import; returns the exit status: 0 done, 2 nothing was written."""
    given = _parser().parse_args(arguments)
    output: Path = given.output
    if output.exists() and not given.overwrite:
        print(
            f"error: {output} exists and may hold somebody's corrections; give another --output, "
            "or --overwrite",
            file=sys.stderr,
        )
        return 2
    intake = Intake(TOOLS[given.tool](every_type=given.all), scrubbed=not given.no_scrub)
    try:
        is_written = _write(output, intake, given.files)
    except DatasetError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    print(intake.tally.report())
    if not is_written:
        print("error: no item became a record; nothing was written", file=sys.stderr)
        return 2
    print(f"The records are in {output}; their outputs are drafts: look them over.")
    return 0


def _write(output: Path, intake: Intake, files: Sequence[Path]) -> bool:
    """Write the records, the whole file or nothing; returns whether there was one."""
    partial = output.with_name(f".{output.name}.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                for record in intake.records(files):
                    file.write(record.model_dump_json(exclude_none=True) + "\n")
            if intake.tally.written:
                partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(f"Cannot write {output}: {error.strerror}") from error
    return bool(intake.tally.written)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py import",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--from", dest="tool", required=True, choices=TOOLS, help="the tool that exported FILE")
    add("files", nargs="+", type=Path, metavar="FILE", help="what it exported")
    add("--output", required=True, type=Path, help="where the records go, one a line")
    add("--all", action="store_true", help="take items that the tracker does not call bugs")
    add("--no-scrub", action="store_true", help="keep personal data and secrets in the texts")
    add("--overwrite", action="store_true", help="replace --output where it exists")
    return parser
