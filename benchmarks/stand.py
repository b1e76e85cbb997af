"""A running server that can be used again after it was left with a backlog."""

from contextlib import ExitStack

from benchmarks.closing import Closing
from benchmarks.load import Load, closed_loop, open_loop
from benchmarks.servers import RunningServer, Server, running

WARM_UP_CLIENTS = 4
WARM_UP_S, WARM_UP_MAX_S = 1.0, 10.0
SETTLE_S = 10.0
"""A server that answers a lone request within this time has no backlog to speak of."""


class Stand(Closing):
    """Starts a server and warms it up, and starts it anew where a backlog is left in it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._stack = ExitStack()
        self.running = self._start()

    def closed(self, clients: int, min_s: float, max_s: float, drain_s: float) -> Load:
        """A closed loop; leaves the server idle."""
        load = closed_loop(self.running.url, self.server.bodies, clients, min_s, max_s, drain_s)
        self._settle(load)
        return load

    def open(self, rate: float, duration_s: float, drain_s: float, seed: int) -> Load:
        """An open loop; leaves the server idle."""
        load = open_loop(self.running.url, self.server.bodies, rate, duration_s, drain_s, seed=seed)
        self._settle(load)
        return load

    def close(self) -> None:
        """Stop the server."""
        self._stack.close()

    def _start(self) -> RunningServer:
        started = self._stack.enter_context(running(self.server))
        closed_loop(
            started.url, self.server.bodies, WARM_UP_CLIENTS, WARM_UP_S, WARM_UP_MAX_S, SETTLE_S
        )
        return started

    def _settle(self, load: Load) -> None:
        if not load.unfinished:
            return
        lone = open_loop(
            self.running.url, self.server.bodies, rate=100.0, duration_s=0.01, drain_s=SETTLE_S
        )
        if lone.unfinished or not lone.answered:
            self._stack.close()
            self.running = self._start()
