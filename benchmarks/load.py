"""The load generator: one asyncio process, closed and open loops, bounded in time and in number."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.bodies import Bodies
from benchmarks.figures import Bounded, percentile, steady_rate

OK = 200
NO_CONNECTION = 0
REFUSALS = frozenset({408, 429, 503})
BACK_OFF_S = 1.0
ANSWERS_PER_CLIENT = 2
"""A closed loop may end once so many per client are there, and not before `min_s`. The rate is
measured from the second one on."""

MAX_ARRIVALS = 20_000
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
"""Where a server has a cache it is told to compute."""


class WrongAnswer(RuntimeError):
    """A server has answered with 200, and the answer is not what it must be."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request: when it was due and when it ended, in seconds since the start of the load.

    `status` is that of the answer, `NO_CONNECTION`, or None where it was given up unanswered.
    """

    due: float
    ended: float
    status: int | None

    @property
    def latency(self) -> float:
        """From when it was due, so that a generator that falls behind hides nothing."""
        return self.ended - self.due


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one load: its shots, in order of their ends; it was kept up for `kept_up_s`.

    In a closed loop by so many `clients`.
    """

    shots: Sequence[Shot]
    kept_up_s: float
    clients: int | None = None

    @property
    def answered(self) -> list[Shot]:
        """The requests that were answered with 200."""
        return [shot for shot in self.shots if shot.status == OK]

    @property
    def unfinished(self) -> list[Shot]:
        """The requests that were given up when the time was over."""
        return [shot for shot in self.shots if shot.status is None]

    @property
    def refused(self) -> dict[str, int]:
        """How often each other status was answered; what is no refusal is an error."""
        statuses = Counter(shot.status for shot in self.shots if shot.status not in {OK, None})
        return {
            "no connection" if status == NO_CONNECTION else str(status): number
            for status, number in sorted(statuses.items(), key=str)
        }

    @property
    def throughput(self) -> float:
        """Answers per second while the load was kept up."""
        return steady_rate(0.0, self._ends(), self.clients)

    def throughput_after(self, answers: int) -> float:
        """The same from when so many answers are there, where twice as many follow."""
        ends = self._ends()
        if len(ends) < 3 * answers:
            return self.throughput
        return steady_rate(ends[answers - 1], ends[answers:], None)

    def latency(self, share: float) -> Bounded | None:
        """A percentile over the answered and the unfinished; None where there are none."""
        answered = [shot.latency for shot in self.answered]
        cut = [shot.latency for shot in self.unfinished]
        return percentile(share, answered, cut) if answered or cut else None

    def _ends(self) -> list[float]:
        """When answers came while the load was kept up, or all where there was hardly one."""
        ends = [shot.ended for shot in self.answered]
        while_kept_up = [end for end in ends if end <= self.kept_up_s]
        return while_kept_up if len(while_kept_up) > 1 else ends


def poisson_arrivals(rate: float, duration_s: float, seed: int) -> list[float]:
    """When requests are due whose distances are exponential; the same seed, the same times."""
    if rate <= 0:
        raise ValueError(f"a rate of {rate} has no arrivals")
    rng = random.Random(seed)
    times: list[float] = []
    now = rng.expovariate(rate)
    while now < duration_s and len(times) < MAX_ARRIVALS:
        times.append(now)
        now += rng.expovariate(rate)
    return times


def closed_loop(
    url: str, bodies: Bodies, clients: int, min_s: float, max_s: float, drain_s: float
) -> Load:
    """So many clients, each sending its next request when it has the last answer."""
    return asyncio.run(_closed_loop(url, bodies, clients, min_s, max_s, drain_s))


def open_loop(
    url: str, bodies: Bodies, rate: float, duration_s: float, drain_s: float, seed: int = 0
) -> Load:
    """Requests at fixed random times, whatever becomes of those before."""
    return asyncio.run(
        _open_loop(url, bodies, poisson_arrivals(rate, duration_s, seed), duration_s, drain_s)
    )


async def _closed_loop(
    url: str, bodies: Bodies, clients: int, min_s: float, max_s: float, drain_s: float
) -> Load:
    async with _Range(url, bodies) as shooting:

        async def client() -> None:
            while not is_over():
                shot = await shooting.fire(shooting.now())
                if shot.status != OK:
                    await asyncio.sleep(BACK_OFF_S)

        def is_over() -> bool:
            now = shooting.now()
            enough = len(shooting.shots) >= ANSWERS_PER_CLIENT * clients
            return now >= max_s or (now >= min_s and enough)

        tasks = {asyncio.create_task(client()) for _ in range(clients)}
        # The first client to find that it is over ends; at the latest the clock does.
        await asyncio.wait(tasks, timeout=max_s, return_when=asyncio.FIRST_COMPLETED)
        kept_up_s = shooting.now()
        await shooting.drain(tasks, drain_s)
        return Load(shooting.shots, kept_up_s, clients)


async def _open_loop(
    url: str, bodies: Bodies, arrivals: Sequence[float], duration_s: float, drain_s: float
) -> Load:
    async with _Range(url, bodies) as shooting:
        tasks: set[asyncio.Task[Shot]] = set()
        for due in arrivals:
            await asyncio.sleep(max(0.0, due - shooting.now()))
            tasks.add(asyncio.create_task(shooting.fire(due)))
        await asyncio.sleep(max(0.0, duration_s - shooting.now()))
        await shooting.drain(tasks, drain_s)
        return Load(shooting.shots, duration_s)


class _Range:
    """Where shots are fired from, and written down as they end."""

    def __init__(self, url: str, bodies: Bodies) -> None:
        self.shots: list[Shot] = []
        self._url = url + bodies.path
        self._bodies = bodies
        self._running: dict[int, float] = {}

    async def __aenter__(self) -> "_Range":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            headers=HEADERS,
        )
        self._started = time.perf_counter()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def now(self) -> float:
        return time.perf_counter() - self._started

    async def fire(self, due: float) -> Shot:
        key = id(asyncio.current_task())
        self._running[key] = due
        try:
            async with self._session.post(self._url, data=self._bodies.next()) as response:
                body = await response.read()
                status = response.status
        except aiohttp.ClientError:
            status, body = NO_CONNECTION, b""
        shot = Shot(due, self.now(), status)
        del self._running[key]
        self.shots.append(shot)
        if status == OK and not self._bodies.is_right(body):
            raise WrongAnswer(f"{self._url} answered {body[:500]!r}")
        return shot

    async def drain(
        self, tasks: set[asyncio.Task[Shot]] | set[asyncio.Task[None]], drain_s: float
    ) -> None:
        """Wait for what is on its way, and give up what takes too long."""
        if tasks:
            await asyncio.wait(tasks, timeout=drain_s)
        cut = self.now()
        self.shots += [Shot(due, cut, None) for due in self._running.values()]
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
