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
from training.importers.tally import Tally
from training.importers.tool import Tool
from training.importers.whole_file import whole_file

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
    """Import; returns the exit status: 0 done, 2 no records were written, 130 interrupted."""
    given = _parser().parse_args(arguments)
    try:
        return _import(given)
    except DatasetError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; nothing was written, start the import again.", file=sys.stderr)
        return 130


def _import(given: argparse.Namespace) -> int:
    output: Path = given.output
    _check_output(output, may_exist=given.overwrite)
    tally = _write(output, given)
    print(tally.report())
    if tally.rejected:
        print(f"All rejected items are in {_rejected_path(output)}, one a line.")
    if not tally.written:
        raise DatasetError(f"no item became a record; {output} was not written")
    print(f"The records are in {output}; their outputs are drafts: look them over.")
    return 0


def _check_output(output: Path, *, may_exist: bool) -> None:
    try:
        is_there, is_folder = output.exists(), output.is_dir()
    except OSError as error:
        raise DatasetError(f"Cannot write {output}: {error.strerror}") from error
    if is_folder:
        raise DatasetError(f"{output} is a folder; give a file in it as --output")
    if is_there and not may_exist:
        raise DatasetError(
            f"{output} exists and may hold somebody's corrections; give another --output, "
            "or --overwrite"
        )


def _rejected_path(output: Path) -> Path:
    return output.with_name(f"{output.name}.rejected.txt")


def _write(output: Path, given: argparse.Namespace) -> Tally:
    """Write the records, and beside them the rejected items where there are any."""
    tool = TOOLS[given.tool](every_type=given.all)
    rejected_path = _rejected_path(output)
    with whole_file(output) as file:
        with whole_file(rejected_path) as rejected:
            intake = Intake(
                tool,
                scrubbed=not given.no_scrub,
                on_rejected=lambda item: rejected.write(f"{item}\n"),
            )
            for record in intake.records(given.files):
                file.write(record.model_dump_json(exclude_none=True) + "\n")
        if intake.tally.written and not intake.tally.rejected:
            # What an earlier import left there is not about these records.
            rejected_path.unlink(missing_ok=True)
    return intake.tally


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
