"""Topic `engine`: the abstractive engine beside transformers and CTranslate2, without HTTP."""

from collections.abc import Mapping, Sequence

from benchmarks import STATIC_BATCH, THREADS
from benchmarks.figures import Spread
from benchmarks.results import Result, Target, bullets
from benchmarks.table import TIMES, number, spread_number, spread_seconds, table, times
from benchmarks.texts import FIELD_TOKENS, FIELDS, SOURCE_TOKENS, TARGET_TOKENS
from benchmarks.worker import Worker, workers

OURS = "ours"
WITHOUT_GUESSES = "ours-without-guesses"
PEERS = ("transformers", "ctranslate2", "ctranslate2-two-workers")
LONE_ROUNDS, SATURATED_ROUNDS = 7, 3
QUICK_ROUNDS = 1
LONE_TARGETS = {"transformers": 9.0, "ctranslate2": 6.0, "ctranslate2-two-workers": 6.0}
SATURATED_TARGETS = {"transformers": 3.0, "ctranslate2": 1.8, "ctranslate2-two-workers": 1.8}
FIRST_SATURATED = 10_000


def run(quick: bool) -> Result:
    """One report alone and as many as there can be, in turns."""
    lone_rounds = QUICK_ROUNDS if quick else LONE_ROUNDS
    rounds = QUICK_ROUNDS if quick else SATURATED_ROUNDS
    with workers((OURS, WITHOUT_GUESSES, *PEERS)) as contestants:
        settings = {contestant.name: contestant.settings for contestant in contestants}
        for contestant in contestants:
            contestant.call("lone", number=0)
        lone = measure(contestants, "lone", "number", range(1, lone_rounds + 1))
        firsts = range(FIRST_SATURATED, FIRST_SATURATED + 1_000 * rounds, 1_000)
        saturated = measure(contestants, "saturated", "first", firsts)
    return result(settings, lone, saturated)


def measure(
    contestants: Sequence[Worker], method: str, argument: str, values: Sequence[int]
) -> dict[str, list[float]]:
    """Call every contestant once a round: A B C, A B C and so on."""
    figures: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for value in values:
        for contestant in contestants:
            figure = contestant.call(method, **{argument: value})
            figures[contestant.name].append(figure)
            print(f"  {contestant.name}: {method} {number(figure)}", flush=True)
    return figures


def result(
    settings: Mapping[str, str],
    lone: Mapping[str, Sequence[float]],
    saturated: Mapping[str, Sequence[float]],
) -> Result:
    """The tables and verdicts of the raw figures."""
    latency = {name: Spread.of(values) for name, values in lone.items()}
    rate = {name: Spread.of(values) for name, values in saturated.items()}
    rows = [
        [
            name,
            spread_seconds(latency[name]),
            times(latency[name].median / latency[OURS].median),
            spread_number(rate[name]),
            times(rate[OURS].median / rate[name].median),
        ]
        for name in latency
    ]
    header = [
        "Contestant",
        "One report alone",
        "Ours is faster by",
        "Saturated, reports/s",
        "Ours does",
    ]
    return Result(
        topic="engine",
        title="The abstractive engine beside its peers",
        conditions=[
            *bullets(f"""
            flan-T5-small's shape with random weights, tied embeddings (60.5 M parameters); reports
            of {SOURCE_TOKENS} tokens, every one different; ours writes {FIELDS} fields of exactly
            {FIELD_TOKENS} tokens, a peer one target of exactly {TARGET_TOKENS}; greedy; the lengths
            of all answers are checked

            every contestant has {THREADS} threads and a process of its own; one runs at a time, in
            turns; medians of {len(lone[OURS])} and {len(saturated[OURS])} rounds, in brackets the
            lowest and highest

            counted for ours: rendering, tokenization, queue, model, assembling the answer; for a
            peer: `generate` or `translate_batch` alone, tokens given

            saturated: ours has {STATIC_BATCH} or more reports waiting all the time, and is measured
            from when each client has had its first answer; a peer has a static batch of
            {STATIC_BATCH}

            what random weights write repeats itself and is guessed more easily than prose: one of
            ours guesses nothing

            CTranslate2 stands here twice: one worker with both threads, and a worker per thread
            """),
            *(f"{name}: {text}" for name, text in settings.items()),
        ],
        sections={"Latency and throughput": table(header, rows)},
        targets=[
            *(_latency_target(name, latency) for name in LONE_TARGETS),
            *(_rate_target(name, rate) for name in SATURATED_TARGETS),
        ],
        raw={"settings": settings, "lone_s": lone, "saturated_reports_per_s": saturated},
    )


def _latency_target(name: str, latency: Mapping[str, Spread]) -> Target:
    wanted = LONE_TARGETS[name]
    ratio = latency[name].median / latency[OURS].median
    return Target(
        f"one report alone: at most 1/{wanted:g} of {name}'s latency",
        f"1/{number(ratio)}",
        ratio >= wanted,
    )


def _rate_target(name: str, rate: Mapping[str, Spread]) -> Target:
    wanted = SATURATED_TARGETS[name]
    ratio = rate[OURS].median / rate[name].median
    return Target(
        f"saturated: at least {wanted:g} {TIMES} the reports/s of {name}",
        times(ratio),
        ratio >= wanted,
    )
