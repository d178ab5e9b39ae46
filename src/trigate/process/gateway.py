"""A whole gateway, from its file to its exit status."""

import os
import socket
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from trigate.config.config import Config
from trigate.config.environment import take_variable
from trigate.core.errors import BadConfig
from trigate.process import inheritance
from trigate.process.child import Run
from trigate.process.doors import open_control, open_inbound
from trigate.process.inheritance import Inheritance
from trigate.process.installation import Installation
from trigate.process.lock import Standing, acquire, tell
from trigate.process.notice import notify, notify_reloading
from trigate.process.reload import Reload, Source
from trigate.process.seat import Seat, seats
from trigate.process.succession import Succession
from trigate.process.supervisor import Stopping, Supervisor
from trigate.process.swap import report
from trigate.process.upgrade import INHERITANCE, REHEARSAL, upgrade
from trigate.process.vigil import START_SECONDS
from trigate.process.worker import Build, run_worker
from trigate.store.glance import glance
from trigate.telemetry.log import log

if TYPE_CHECKING:
    from trigate.process.control import Offer

DONE, REFUSED = 0, 1


def run_gateway(
    path: str,
    build: Build,
    offer: "Offer",
    announce: Callable[[], None] | None = None,
    command: Sequence[str] = (),
    pid_file: str = "",
) -> int:
    """Serve the configuration file at `path` until SIGTERM or SIGINT; the exit status. `announce` is called once, as
    soon as callers are served. `command` starts a newer version of this program at SIGUSR2, in the same process.

    Raises BadConfig with every problem of the file, and OSError for an address or directory that cannot be used.
    """
    source = Source(path)
    rehearsed, inherited = take_variable(REHEARSAL), take_variable(INHERITANCE)
    if rehearsed:
        return _rehearse(source, inheritance.read(int(rehearsed)))
    estate = inheritance.read(int(inherited)) if inherited else None
    config = _read(source, estate)
    log.process, log.form = "supervisor", config.telemetry.log
    lock = acquire(Path(config.store.directory)) if estate is None else estate.lock
    try:
        if estate is None:
            glance(config.store)
        return _Gateway(source, config, (build, offer), lock, command).run(estate, announce, pid_file)
    finally:
        os.close(lock)


def addresses(config: Config) -> tuple[list[str], str]:
    """Where callers connect, and where operators do, as URLs."""
    inbound = [_url(each.address, tls=each.tls is not None) for each in config.inbound.listeners]
    return inbound, _url(config.admin.listen, tls=False)


class _Gateway:
    """One gateway, for as long as this program runs it."""

    def __init__(
        self, source: Source, config: Config, parts: "tuple[Build, Offer]", lock: int, command: Sequence[str]
    ) -> None:
        self._source = source
        self._lock = lock
        self._command = command
        self._supervisor = _supervisor(source, config, *parts)

    def run(self, estate: Inheritance | None, announce: Callable[[], None] | None, pid_file: str) -> int:
        """Start, or take over, then serve until the end; the exit status."""
        config = self._supervisor.config
        _import_lanes(config)
        try:
            if estate is None:
                _open(self._supervisor)
                self._supervisor.start()
            else:
                os.set_inheritable(self._lock, False)
                _take_over(self._supervisor, self._source, estate)
        except Stopping:
            return REFUSED if estate is None else self._stop()
        self._tell(pid_file)
        if announce is not None:
            announce()
        return self._serve()

    def _serve(self) -> int:
        supervisor, watch = self._supervisor, self._source.watch
        try:
            while True:
                supervisor.tend()
                if watch.changed() or supervisor.reload_asked:
                    self._reload()
                if supervisor.upgrade_asked:
                    self._upgrade()
        except Stopping:
            return self._stop()

    def _reload(self) -> None:
        self._supervisor.reload_asked = False
        notify_reloading()
        if Reload(self._supervisor, self._source, (open_control, open_inbound)).run():
            _tell_ready(self._supervisor.config)
        notify("READY=1")

    def _upgrade(self) -> None:
        supervisor = self._supervisor
        supervisor.upgrade_asked = False
        if not self._command:
            log.warning("this gateway cannot be upgraded while it runs")
            return
        notify_reloading()
        upgrade(supervisor, self._command, lambda: inheritance.collect(supervisor, self._lock, self._source.text))
        self._tell("")

    def _stop(self) -> int:
        log.info("stopping")
        notify("STOPPING=1")
        whole = self._supervisor.stop(self._supervisor.config.inbound.timeouts.drain)
        log.info("stopped" if whole else "stopped at once, as a second signal demanded")
        return DONE if whole else REFUSED

    def _tell(self, pid_file: str) -> None:
        """Say to operators, the service manager and `trigate upgrade` that callers are served, and by which process."""
        supervisor = self._supervisor
        _tell_ready(supervisor.config)
        notify("READY=1", f"MAINPID={os.getpid()}")
        tell(self._lock, Standing(os.getpid(), supervisor.upgrades, True, supervisor.problem))
        if pid_file:
            Path(pid_file).write_text(f"{os.getpid()}\n", encoding="ascii")


def _rehearse(source: Source, estate: Inheritance) -> int:
    """Do everything that may fail and harms nobody: what is loaded now will load, what is read now can be read."""
    config = source.read()
    if config.store.directory != estate.directory:
        raise BadConfig("store.directory cannot change while the gateway runs: restart it")
    glance(config.store)
    _import_lanes(config)
    import_module("trigate.process.control")
    return DONE


def _read(source: Source, estate: Inheritance | None) -> Config:
    try:
        return source.read()
    except BadConfig as error:
        if estate is None:
            raise
        report("the file is not used, the configuration before goes on", error.message)
        source.text = estate.text
        return source.parse(estate.text)


def _supervisor(source: Source, config: Config, build: Build, offer: "Offer") -> Supervisor:
    def control(seat: Seat, config: Config) -> Run:
        def run(line: socket.socket) -> int:
            from trigate.process.control import run_control  # noqa: PLC0415 - what only it needs, workers never load

            return run_control(config, seat.doors, line, offer, source.unpack)

        return run

    def worker(seat: Seat, config: Config) -> Run:
        return lambda line: run_worker(config, seat.doors, line, build, source.unpack)

    return Supervisor(config, Seat("control", {}), [], (control, worker))


def _open(supervisor: Supervisor) -> None:
    """Open every door for the first time; raises OSError."""
    config = supervisor.config
    supervisor.control.doors = open_control(config, {})
    supervisor.doors = open_inbound(config, {})
    supervisor.workers = seats(supervisor.doors, config.inbound.workers)


def _take_over(supervisor: Supervisor, source: Source, estate: Inheritance) -> None:
    """Start children of this program beside those of the one before; if they cannot serve, those go on."""
    inheritance.enter(supervisor, estate)
    supervisor.listen_to_signals()
    succession = Succession(supervisor)
    config, drain_seconds = supervisor.config, supervisor.config.inbound.timeouts.drain
    try:
        doors, control = open_inbound(config, supervisor.doors), open_control(config, supervisor.control.doors)
        succession.begin(config, doors, control)
        if not supervisor.wait(succession.ready, START_SECONDS, succession.going_well):
            raise BadConfig("its processes do not serve; see the entries before")
    except (BadConfig, OSError) as error:
        succession.undo()
        problem = error.message if isinstance(error, BadConfig) else error.strerror or str(error)
        supervisor.config = _before(source, estate, config)
        supervisor.problem = f"the new program is not used: {problem}"
        report("the new program is not used, the processes of the old one go on", problem)
    else:
        supervisor.generation += 1
        succession.complete(drain_seconds)
        log.info("a new program serves", generation=supervisor.generation)


def _before(source: Source, estate: Inheritance, config: Config) -> Config:
    try:
        before = source.parse(estate.text)
    except BadConfig:
        return config
    source.text = estate.text
    return before


def _import_lanes(config: Config) -> None:
    # Before the fork: what all processes have loaded they share, and a worker that is restarted serves at once.
    for lane in ("api", "llm", "mcp", "portal"):
        if getattr(config, lane) is not None:
            import_module(f"trigate.{lane}.lane")
    if config.mcp is not None:
        Installation(config.store).derive("")  # sessions need the master key: made here, once, if there is none


def _tell_ready(config: Config) -> None:
    inbound, admin = addresses(config)
    log.info("ready", listen=" ".join(inbound), admin=admin)


def _url(address: str, *, tls: bool) -> str:
    if address.startswith("unix:"):
        return address
    return f"{'https' if tls else 'http'}://{'*' if address.startswith(':') else ''}{address}"
