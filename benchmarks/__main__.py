"""`python -m benchmarks [TOPIC …]`: measure, and write tables into `benchmarks/results/`."""

import argparse
import datetime
import importlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe, used_percent
from benchmarks.results import FOLDER, write

TOPICS = ("engine", "http", "extractive", "overhead", "limits", "train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the topics one after another; the status is 0 also where a target is not reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure.")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)}")
    parser.add_argument("--quick", action="store_true", help="one short round: a rough idea")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the tables go")
    options = parser.parse_args(arguments)
    unknown = sorted({*options.topics} - {*TOPICS})
    if unknown:
        parser.error(f"there is no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    # A shell starts what runs in its background deaf to Ctrl-C, and the servers would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for topic in options.topics or TOPICS:
        started = time.monotonic()
        used_before = used_percent()
        print(f"{topic}:", flush=True)
        result = importlib.import_module(f"benchmarks.topics.{topic}").run(options.quick)
        minutes = (time.monotonic() - started) / 60
        kind = "quick run: one short round, a rough idea only" if options.quick else "full run"
        machine = [*describe(used_before), f"{kind}; the topic took {minutes:.1f} minutes"]
        today = datetime.datetime.now(tz=datetime.UTC).date()
        path = write(result, machine, today, options.results)
        print(path.read_text(encoding="utf-8"))
        print(f"Written: {path}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
