"""`python -m benchmarks.gpu`: the abstractive engine on a GPU, for those who have one.

Speed in bfloat16 beside float32 and beside transformers' `generate` on the same GPU, and how far
the bfloat16 answers are those of float32. Contestants run in turns in one process.
"""

import datetime
import sys
from collections.abc import Sequence
from itertools import takewhile
from statistics import mean

from benchmarks.figures import Spread
from benchmarks.machine import describe, used_percent
from benchmarks.results import Result, bullets, write
from benchmarks.table import number, share, spread_number, spread_seconds, table
from benchmarks.texts import FIELD_TOKENS, FIELDS, SOURCE_TOKENS

DEVICE = "cuda"
ROUNDS = 5
COMPARED_REPORTS = 64
NO_GPU = "There is no CUDA device here: this benchmark needs a GPU and a CUDA build of torch."


def main() -> int:
    """Measure and write `<date>-gpu.md`; the status is 1 where there is no GPU."""
    import torch

    if not torch.cuda.is_available():
        print(NO_GPU, file=sys.stderr)
        return 1
    used_before = used_percent()
    machine = [f"GPU: {torch.cuda.get_device_name()}", *describe(used_before)]
    path = write(run(), machine, datetime.datetime.now(tz=datetime.UTC).date())
    print(path.read_text(encoding="utf-8"))
    return 0


def run() -> Result:
    """All contestants, in turns."""
    import torch

    from benchmarks.contestants.generate import TransformersContestant
    from benchmarks.contestants.ours import AbstractiveContestant

    exact = AbstractiveContestant(DEVICE, "float32")
    fast = AbstractiveContestant(DEVICE, "bfloat16")
    contestants: dict[str, AbstractiveContestant | TransformersContestant] = {
        "ours, bfloat16": fast,
        "ours, float32": exact,
        "transformers, bfloat16": TransformersContestant(DEVICE, torch.bfloat16),
    }
    lone: dict[str, list[float]] = {name: [] for name in contestants}
    saturated: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        contestant.lone(0)
        contestant.saturated(100)
    for turn in range(1, ROUNDS + 1):
        for name, contestant in contestants.items():
            lone[name].append(contestant.lone(turn))
            saturated[name].append(contestant.saturated(1_000 * turn))
    agreement = compare(exact.answers(0, COMPARED_REPORTS), fast.answers(0, COMPARED_REPORTS))
    rows = [
        [name, spread_seconds(Spread.of(lone[name])), spread_number(Spread.of(saturated[name]))]
        for name in contestants
    ]
    return Result(
        topic="gpu",
        title="The abstractive engine on a GPU",
        conditions=[
            *bullets(f"""
            the random model and the reports of the topic `engine`: {SOURCE_TOKENS} tokens in,
            {FIELDS} fields of {FIELD_TOKENS} tokens out; in turns, medians of {ROUNDS} rounds, in
            brackets the lowest and highest; the first call of each is not counted
            """),
            *(f"{name}: {contestant.settings()}" for name, contestant in contestants.items()),
        ],
        sections={
            "Latency and throughput": table(
                ["Contestant", "One report alone", "Saturated, reports/s"], rows
            ),
            "bfloat16 against float32": agreement,
        },
        targets=[],
        raw={"lone_s": lone, "saturated_reports_per_s": saturated},
    )


def compare(exact: Sequence[Sequence[str]], fast: Sequence[Sequence[str]]) -> str:
    """How much of the exact answers the fast ones have, field by field."""
    pairs = list(zip(exact, fast, strict=True))
    same_fields = sum(left == right for left, right in pairs)
    same_first = sum(left[:1] == right[:1] for left, right in pairs)
    return (
        f"{same_fields} of {len(pairs)} fields are the same to the last token; "
        f"{share(same_first / len(pairs))} begin with the same token, and on average the first "
        f"{number(mean(common_tokens(*pair) for pair in pairs))} tokens are the same. Random "
        "weights make close decisions, and one that falls otherwise changes all that follows."
    )


def common_tokens(left: Sequence[str], right: Sequence[str]) -> int:
    """How many tokens two texts begin with in common."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False))
    return sum(1 for _ in same)


if __name__ == "__main__":
    sys.exit(main())
