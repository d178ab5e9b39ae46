"""A new configuration for a running gateway: built everywhere beside the old one, then used everywhere or nowhere."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from trigate.config.config import Config
from trigate.config.load import load_text, read_text
from trigate.core.errors import BadConfig
from trigate.process import channel
from trigate.process.child import Child
from trigate.process.doors import Doors, close_others
from trigate.process.keep import digest
from trigate.process.seat import Seat
from trigate.process.succession import Succession
from trigate.process.supervisor import Supervisor
from trigate.process.swap import report
from trigate.process.watch import Watch
from trigate.telemetry.log import log

BUILD_SECONDS = 30.0
"""Longest time for building a configuration beside the one in use."""

OpenMore = Callable[[Config, Doors], Doors]
"""The doors of a configuration, taking over those given that stay; raises OSError, having opened none."""


class Source:
    """The configuration file: its text, and what the text means."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.text = ""
        """As it was when last read without a problem."""
        self.watch = Watch(path)
        self._found: dict[str, str] = {}

    def read(self) -> Config:
        """The configuration the file holds now; raises BadConfig with every problem."""
        self.watch.take()
        text, found = read_text(Path(self.path)), dict[str, str]()
        config = self.parse(text, found)
        self.text, self._found = text, found
        return config

    def parse(self, text: str, found: dict[str, str] | None = None) -> Config:
        """What `text` means, as if it stood in the file; raises BadConfig with every problem."""
        return load_text(text, self.path, folder=Path(self.path).parent, found=found)

    def pack(self) -> bytes:
        """The text for other processes, with what stores of secrets gave: all of them use the same answers."""
        return msgspec.json.encode((self.text, self._found))

    def unpack(self, packed: str) -> Config:
        """What another process packed; raises BadConfig with every problem."""
        return self.parse(*msgspec.json.decode(packed, type=tuple[str, dict[str, str]]))


class Reload:
    """One attempt to exchange the configuration of a supervisor's children."""

    def __init__(self, supervisor: Supervisor, source: Source, openers: tuple[OpenMore, OpenMore]) -> None:
        """`openers` open the doors of the control process and of all workers."""
        self._supervisor = supervisor
        self._source = source
        self._open_control, self._open_inbound = openers
        supervisor.attempts += 1
        self._number = supervisor.attempts
        self._prepared: list[Child] = []
        self._moved: Doors = {}
        """Where the control process serves afterwards, if that changes."""
        self._succession = Succession(supervisor)
        self._begun = False

    def run(self) -> bool:
        """Whether the new configuration serves now; if not, the old one does, and the operator has been told why."""
        try:
            config = self._source.read()
            self._build(config)
        except BadConfig as error:
            self._undo()
            self._supervisor.problem = error.message
            report("the new configuration is not used, the old one goes on", error.message)
            return False
        self._exchange(config)
        log.info("a new configuration serves", generation=self._supervisor.generation)
        return True

    def _build(self, config: Config) -> None:
        supervisor, old = self._supervisor, self._supervisor.config
        if config.store.directory != old.store.directory:
            raise BadConfig("store.directory cannot change while the gateway runs: restart it")
        if digest(config.admin) != digest(old.admin):
            self._moved = _opened(self._open_control, config, supervisor.control.doors)
            supervisor.spare.append(self._moved)
        self._prepare(supervisor.control, self._moved)
        if digest(config.inbound) != digest(old.inbound):
            self._start_successors(config)
        else:
            for seat in supervisor.workers:
                self._prepare(seat, {})
        self._wait(self._all_prepared, self._none_refused)

    def _prepare(self, seat: Seat, doors: Doors) -> None:
        if seat.child is None:
            return  # it is about to be started anew, by whichever configuration is in use then
        text = os.memfd_create("configuration")
        with open(text, "wb") as file:
            file.write(self._source.pack())
            file.flush()
            order = channel.Prepare(self._number, list(doors))
            seat.child.order(order, (text, *(each.fileno() for sockets in doors.values() for each in sockets)))
        self._prepared.append(seat.child)

    def _start_successors(self, config: Config) -> None:
        self._succession.begin(config, _opened(self._open_inbound, config, self._supervisor.doors))
        self._begun = True
        self._wait(self._succession.ready, self._succession.going_well)

    def _wait(self, done: Callable[[], bool], going_well: Callable[[], bool]) -> None:
        if not self._supervisor.wait(done, BUILD_SECONDS, going_well):
            raise BadConfig(self._refusal())

    def _all_prepared(self) -> bool:
        return all(self._number in child.prepared for child in self._prepared) and self._none_refused()

    def _none_refused(self) -> bool:
        return not any(child.prepared.get(self._number) or child.status is not None for child in self._prepared)

    def _refusal(self) -> str:
        refusals = (child.prepared.get(self._number, "") for child in self._prepared)
        return next(filter(None, refusals), "a process ended or stopped answering over it; see the entries before")

    def _exchange(self, config: Config) -> None:
        supervisor = self._supervisor
        drain_seconds = supervisor.config.inbound.timeouts.drain
        supervisor.config, supervisor.problem = config, ""
        supervisor.generation += 1
        log.form = config.telemetry.log
        for child in self._prepared:
            child.order(channel.Commit(self._number))
        if self._begun:
            self._succession.complete(drain_seconds)
        if self._moved:
            before, supervisor.control.doors = supervisor.control.doors, self._moved
            close_others(before, [self._moved])
        supervisor.spare.clear()

    def _undo(self) -> None:
        supervisor = self._supervisor
        for child in self._prepared:
            child.order(channel.Abort(self._number))
        if self._begun:
            self._succession.undo()
        supervisor.spare.clear()
        close_others(self._moved, [supervisor.control.doors])


def _opened(opener: OpenMore, config: Config, held: Doors) -> Doors:
    try:
        return opener(config, held)
    except OSError as error:
        raise BadConfig(error.strerror or str(error)) from error
