"""The supervisor: owns the sockets, starts the other processes, replaces those that die, passes on orders."""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Sequence

from trigate.config.config import Config
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.inbound.listener import close_all
from trigate.process import channel
from trigate.process.child import Child, Run, fork
from trigate.process.doors import Doors, every
from trigate.process.seat import Seat
from trigate.process.vigil import START_SECONDS, Vigil
from trigate.telemetry.log import log

TURN_SECONDS = 0.5
"""Longest wait between two looks at the children and the file."""
GRACE_SECONDS = 5.0
"""What a draining child gets on top of its drain time before it is ended."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGCHLD)
"""What a supervisor listens to."""

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
        self.doors: Doors = {}
        """Where callers connect; each slot accepts on its part."""
        self.spare: list[Doors] = []
        """Doors of no seat, kept until it is known whether a reload succeeds."""
        self.generation = 1
        """How many configurations have served, this one included."""
        self.attempts = 0
        """How many reloads were tried; no two share a number, so that an answer to one is never taken for another."""
        self.upgrades = 0
        """How many times a new program was tried."""
        self.problem = ""
        self.leaving: list[Child] = []
        """Children that finish what they have; their successors serve."""
        self.reload_asked = self.upgrade_asked = False
        self._make_control, self._make_worker = make
        self._vigil = Vigil()
        self._selector = selectors.DefaultSelector()
        self._wake, self._wake_write = socket.socketpair()
        self._stops = 0
        self._told: channel.State | None = None

    # --- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Fill every seat and wait until all serve; raises Stopping, with every child ended, if one cannot."""
        self.listen_to_signals()
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
            if child.kill_at == NEVER and not child.is_control:  # a reload was given up half-way
                self.send_away(child, drain_seconds)
        for seat in self.workers:
            self.dismiss(seat, drain_seconds)
        self._turn_while(lambda: any(not child.is_control for child in self.leaving))
        self.dismiss(self.control, GRACE_SECONDS)
        for child in self.leaving:
            self.send_away(child, GRACE_SECONDS)
        self._turn_while(lambda: bool(self.leaving))
        return self._stops <= 1

    # --- what reload and upgrade use -------------------------------------------------------------------------------

    @property
    def seats(self) -> list[Seat]:
        """The control process first: workers reach for it as soon as they run."""
        return [self.control, *self.workers]

    @property
    def children(self) -> list[Child]:
        """All that have not ended."""
        return [*(seat.child for seat in self.seats if seat.child is not None), *self.leaving]

    def fill(self, seat: Seat, config: Config) -> Child:
        """Start a child in a seat; whoever sat there must have been taken aside before."""
        make = self._make_control if seat is self.control else self._make_worker
        child = fork(seat.name, make(seat, config), lambda: self._forget(seat))
        child.is_control = seat is self.control
        seat.child = child
        self.watch(child)
        self._connect()
        self._lead()
        self._told = None
        return child

    def watch(self, child: Child) -> None:
        """Hear what a child reports."""
        self._selector.register(child.line, selectors.EVENT_READ, child)

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
        present = [seat.child for seat in self.seats if seat.child is not None]
        self._vigil.look(present, self.config.process.unresponsive)
        self._reap()
        self._lead()
        self._release()

    def kill_all(self) -> None:
        """End every child at once."""
        for child in self.children:
            child.kill()
        for child in self.children:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self._reap()

    def listen_to_signals(self) -> None:
        """Take orders by signals from now on, also those that were held back before."""
        self._wake.setblocking(False)
        self._wake_write.setblocking(False)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, _woken)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._selector.register(self._wake, selectors.EVENT_READ)

    def close(self) -> None:
        """Hear nothing any more."""
        self._selector.close()
        self._wake.close()
        self._wake_write.close()

    # --- signals and deaths ------------------------------------------------------------------------------------------

    def _take_signals(self) -> None:
        for number in self._wake.recv(256):
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stops += 1
            elif number == signal.SIGHUP:
                self.reload_asked = True
            elif number == signal.SIGUSR2:
                self.upgrade_asked = True

    def _reap(self) -> None:
        for child in self.children:
            if clock.monotonic() > child.kill_at:
                child.kill()
            if child.reap():
                self._bury(child)

    def _bury(self, child: Child) -> None:
        self._selector.unregister(child.line)
        self._told = None
        if child in self.leaving:
            self.leaving.remove(child)
        for seat in self.seats:
            if seat.child is child:
                delay, words = seat.vacate(child), child.last_words()
                details = {"name": child.name, "pid": child.pid, "status": child.status, "delay": delay}
                log.error("a process has died", **details, places=words)
        child.close()
        if child.is_control:
            self._connect()

    def _refill(self) -> None:
        for seat in self.seats:
            if seat.child is None and clock.monotonic() >= seat.due:
                child = self.fill(seat, self.config)
                log.info("a process was restarted", name=child.name, pid=child.pid)

    def _started_well(self) -> bool:
        return all(seat.child is not None for seat in self.seats)

    def _turn_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            if self._stops > 1:
                self.kill_all()
            self.turn()

    # --- the control process -----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        """Link every worker whose control process is gone with the one there is."""
        control = self.control.child
        if control is None:
            return
        for child in self.children:
            if not child.is_control and _is_orphan(child):
                child.control = control
                self._link(child, control)

    def _link(self, worker: Child, control: Child) -> None:
        ours, theirs = socket.socketpair()
        cluster = self.config.process.cluster
        address = f"{cluster.name}/{worker.address}" if cluster is not None else worker.address
        worker.order(channel.Attach(address), (ours.fileno(),))
        control.order(channel.Attach(address), (theirs.fileno(),))
        ours.close()
        theirs.close()

    def _lead(self) -> None:
        """Let the control process deliver records once no other one does: each record is delivered once."""
        control = self.control.child
        if control is None or control.leads:
            return
        if not any(child.is_control and child.leads and not child.retired for child in self.leaving):
            control.leads = True
            control.order(channel.Lead())

    def _release(self) -> None:
        """Send former control processes away whose workers have all gone."""
        used = {id(child.control) for child in self.children}
        for child in self.leaving:
            if child.retired and child.kill_at == NEVER and id(child) not in used:
                self.send_away(child, GRACE_SECONDS)

    def _tell_control(self) -> None:
        ready = sum(seat.ready for seat in self.workers)
        state = channel.State(ready, len(self.workers), self.generation, self.problem[:4000], draining=self._stops > 0)
        if state != self._told and self.control.child is not None:
            self.control.child.order(state)
            self._told = state

    def _forget(self, own: Seat) -> None:
        # In a fresh child: everything of the supervisor's but the doors of its own seat.
        self.close()
        for child in self.children:
            child.close()
        held = [self.doors, *self.spare, *(seat.doors for seat in self.seats)]
        close_all({each for doors in held for each in every(doors)} - every(own.doors))


def _is_orphan(worker: Child) -> bool:
    return worker.control is None or worker.control.status is not None


def _woken(number: int, frame: object) -> None:
    return
