"""The reports that run: what they are charged with, who is tried again, the measured rate."""

import math
from collections.abc import Callable
from itertools import count

from schemas.errors import ModelFailed
from summarizer.engine import Progress
from summarizer.live import Event, LiveReports, Prepared
from summarizer.scheduler import Entry, Limits
from tests.fakes import BREAKS_PREDICT, FakeDecodingEngine, FakeEngine, FakeReport

LIMITS = Limits(max_batch_size=4, max_batch_tokens=20)
TICKETS = count()


def nobody(_ticket: int) -> bool:
    return False


def admit(
    live: LiveReports[FakeReport], *texts: str, has_left: Callable[[int], bool] = nobody
) -> list[Event]:
    reports = [FakeReport(text) for text in texts]
    return live.admit(
        [
            Entry(next(TICKETS), Prepared(report, 0.0, math.inf), report.token_count)
            for report in reports
        ],
        has_left,
    )


def test_a_report_is_charged_with_what_its_admission_was_padded_to() -> None:
    live = LiveReports(FakeDecodingEngine(), LIMITS)
    admit(live, "one two three steps=9", "one two steps=9")
    assert (live.free_slots, live.free_tokens) == (2, 20 - 2 * 4)
    admit(live, "one two three four steps=1")
    assert (live.free_slots, live.free_tokens) == (1, 20 - 2 * 4 - 5)
    live.step()
    assert (live.free_slots, live.free_tokens) == (2, 20 - 2 * 4)
    live.drop([live.tickets[0], 999])
    assert (live.free_slots, live.free_tokens) == (3, 20 - 4)


def test_who_leaves_while_an_admission_fails_is_not_tried_again() -> None:
    engine = FakeEngine()
    live = LiveReports(engine, LIMITS)
    asked_of: list[int] = []

    def has_left(ticket: int) -> bool:
        asked_of.append(ticket)
        return len(asked_of) == 2

    events = admit(live, BREAKS_PREDICT, "gone", "kept", has_left=has_left)
    assert engine.batches[1:] == [[BREAKS_PREDICT], ["kept"]]
    assert [ticket for ticket, _ in events] == [asked_of[0], asked_of[2]]
    assert isinstance(events[0][1], ModelFailed)
    assert isinstance(events[1][1], Progress)


def test_the_rate_of_a_decode_loop_is_by_its_busy_time() -> None:
    now = 0.0

    class TakesASecond(FakeDecodingEngine):
        def step(self) -> list[Progress]:
            nonlocal now
            now += 1.0
            return super().step()

    live = LiveReports(TakesASecond(), Limits(), clock=lambda: now)

    admit(live, "1 steps=4", "2 steps=4")
    for _ in range(4):
        live.step()
    assert live.seconds_per_report == 2.0
    # Idle time is none of the model's, and of overlapping reports no second counts twice.
    now += 1_000.0
    live.step()
    admit(live, "3 steps=4")
    live.step()
    live.step()
    admit(live, "4 steps=4")
    for _ in range(4):
        live.step()
    assert live.seconds_per_report == (4 + 6) / 4
