"""The supervisor: owns the sockets, starts the other processes, replaces those that die, passes on orders."""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Sequence

from trigate.config.config import Config
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.process import channel
from trigate.process.child import Child, Run, fork
from trigate.process.seat import Seat
from trigate.telemetry.log import log

TURN_SECONDS = 0.5
"""Longest wait between two looks at the children and the file."""
GRACE_SECONDS = 5.0
"""What a draining child gets on top of its drain time before it is ended."""
START_SECONDS = 30.0
"""Longest time a child may take until it serves."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

MakeRun = Callable[[Seat, Config], Run]
"""What the child of a seat does under a configuration."""


class Stopping(Exception):
    """The gateway is to end: whatever else was going on is given up."""


class Supervisor:
    """Has no event loop and serves nothing: one plain loop over signals, reports and deaths."""

    def __init__(self, config: Config, control: Seat, workers: Sequence[Seat], make: tuple[MakeRun, MakeRun]) -> None:
        """`make` says what the control process and the workers run."""
        self.config = config
        self.control = control
        self.workers = list(workers)
        self.generation = 1
        """How many configurations have served, this one included."""
        self.attempts = 0
        """How many reloads were tried; no two share a number, so that an answer to one is never taken for another."""
        self.problem = ""
        self.leaving: list[Child] = []
        """Workers that finish what they have; their successors serve."""
        self.reload_asked = False
        self.spare: list[socket.socket] = []
        """Listening sockets of no seat, kept until it is known whether a reload succeeds."""
        self._make_control, self._make_worker = make
        self._selector = selectors.DefaultSelector()
        self._wake, self._wake_write = socket.socketpair()
        self._stops = 0
        self._told: channel.State | None = None

    # --- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Fill every seat and wait until all serve; raises Stopping, with every child ended, if one cannot."""
        self._listen_to_signals()
        for seat in self.seats:
            self.fill(seat, self.config)
        try:
            if not self.wait(lambda: all(seat.ready for seat in self.seats), START_SECONDS, self._started_well):
                raise Stopping
        except Stopping:
            self.kill_all()
            raise
        self._tell_control()

    def tend(self) -> None:
        """One turn of the steady state; raises Stopping when the gateway is to end."""
        self.turn()
        self._refill()
        self._tell_control()
        if self._stops:
            raise Stopping

    def stop(self, drain_seconds: float) -> bool:
        """End everything: workers first, each finishing its exchanges; False if a second signal cut that short."""
        self._stops = min(self._stops, 1)
        self._tell_control()
        for child in self.leaving:
            if child.kill_at == NEVER:  # a reload was given up half-way
                self.send_away(child, drain_seconds)
        for seat in self.workers:
            self.dismiss(seat, drain_seconds)
        self._wait_until_gone(self.leaving)
        self.dismiss(self.control, GRACE_SECONDS)
        self._wait_until_gone(self.leaving)
        return self._stops <= 1

    # --- what reload uses ------------------------------------------------------------------------------------------

    @property
    def seats(self) -> list[Seat]:
        """The control process first: workers reach for it as soon as they run."""
        return [self.control, *self.workers]

    def fill(self, seat: Seat, config: Config) -> Child:
        """Start a child in a seat; whoever sat there must have been taken aside before."""
        make = self._make_control if seat is self.control else self._make_worker
        child = fork(seat.name, make(seat, config), lambda: self._forget(seat))
        seat.child = child
        self._selector.register(child.line, selectors.EVENT_READ, child)
        for worker in self._workers_to_link(seat):
            self._link(worker)
        self._told = None
        return child

    def dismiss(self, seat: Seat, drain_seconds: float) -> None:
        """Let the child of a seat finish and go."""
        child = self.take_aside(seat)
        if child is not None:
            self.send_away(child, drain_seconds)

    def take_aside(self, seat: Seat) -> Child | None:
        """Free a seat; its child goes on serving until it is sent away or put back."""
        child, seat.child = seat.child, None
        if child is not None:
            self.leaving.append(child)
        return child

    def put_back(self, seat: Seat, child: Child | None) -> None:
        """Undo `take_aside`; a child that died meanwhile leaves its seat empty."""
        if seat.child is not None:
            seat.child.kill()
            self.leaving.append(seat.child)
        seat.child = None
        if child in self.leaving:
            self.leaving.remove(child)
            seat.child = child

    def send_away(self, child: Child, drain_seconds: float) -> None:
        """Let a child that was taken aside finish and go."""
        child.kill_at = clock.monotonic() + drain_seconds + GRACE_SECONDS
        child.order(channel.Drain())

    def wait(self, done: Callable[[], bool], seconds: float, going_well: Callable[[], bool]) -> bool:
        """Keep turning until `done`, False once it is not `going_well` or takes too long; raises Stopping."""
        until = clock.monotonic() + seconds
        while not done():
            if self._stops:
                raise Stopping
            if not going_well() or clock.monotonic() > until:
                return False
            self.turn()
        return True

    def turn(self) -> None:
        """Take in what has happened, waiting a moment if nothing has."""
        for key, _ in self._selector.select(TURN_SECONDS):
            if key.data is None:
                self._take_signals()
            else:
                key.data.read()
        self._reap()

    def kill_all(self) -> None:
        """End every child at once."""
        for child in self._children():
            child.kill()
        for child in self._children():
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self._reap()

    # --- signals and deaths ------------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        self._wake.setblocking(False)
        self._wake_write.setblocking(False)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, _woken)
        self._selector.register(self._wake, selectors.EVENT_READ)

    def _take_signals(self) -> None:
        for number in self._wake.recv(256):
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stops += 1
            elif number == signal.SIGHUP:
                self.reload_asked = True

    def _children(self) -> list[Child]:
        return [*(seat.child for seat in self.seats if seat.child is not None), *self.leaving]

    def _reap(self) -> None:
        for child in self._children():
            if clock.monotonic() > child.kill_at:
                child.kill()
            if child.reap():
                self._bury(child)

    def _bury(self, child: Child) -> None:
        self._selector.unregister(child.line)
        child.line.close()
        self._told = None
        if child in self.leaving:
            self.leaving.remove(child)
        for seat in self.seats:
            if seat.child is child:
                delay = seat.vacate(child)
                log.error("a process has died", name=child.name, pid=child.pid, status=child.status, delay=delay)

    def _refill(self) -> None:
        for seat in self.seats:
            if seat.child is None and clock.monotonic() >= seat.due:
                child = self.fill(seat, self.config)
                log.info("a process was restarted", name=child.name, pid=child.pid)

    def _started_well(self) -> bool:
        return all(seat.child is not None for seat in self.seats)

    def _wait_until_gone(self, children: list[Child]) -> None:
        while children:
            if self._stops > 1:
                self.kill_all()
            self.turn()

    # --- links -------------------------------------------------------------------------------------------------------

    def _workers_to_link(self, seat: Seat) -> list[Child]:
        if seat is not self.control:
            return [seat.child] if seat.child is not None else []
        return [child for child in self._children() if child is not seat.child]

    def _link(self, worker: Child) -> None:
        if self.control.child is None:
            return  # the next control process is given a link to every worker
        ours, theirs = socket.socketpair()
        worker.order(channel.Attach(), (ours.fileno(),))
        self.control.child.order(channel.Attach(), (theirs.fileno(),))
        ours.close()
        theirs.close()

    def _tell_control(self) -> None:
        ready = sum(seat.ready for seat in self.workers)
        state = channel.State(ready, len(self.workers), self.generation, self.problem[:4000], draining=self._stops > 0)
        if state != self._told and self.control.child is not None:
            self.control.child.order(state)
            self._told = state

    def _forget(self, own: Seat) -> None:
        # In a fresh child: everything of the supervisor's but the seat's own listening sockets.
        self._selector.close()
        self._wake.close()
        self._wake_write.close()
        for child in self._children():
            child.line.close()
        held = [each for seat in self.seats for each in seat.sockets.values()] + self.spare
        for each in set(held) - set(own.sockets.values()):
            each.close()


def _woken(number: int, frame: object) -> None:
    return
