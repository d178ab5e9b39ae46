"""A whole gateway, from its file to its exit status."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from trigate.config.config import Config
from trigate.core.errors import BadConfig
from trigate.process.child import Run
from trigate.process.control import Offer, run_control
from trigate.process.doors import deal, open_control, open_inbound
from trigate.process.reload import Reload, Source
from trigate.process.seat import Seat
from trigate.process.supervisor import Stopping, Supervisor
from trigate.process.watch import Watch
from trigate.process.worker import Build, run_worker
from trigate.telemetry.log import log

DONE, REFUSED = 0, 1


def run_gateway(path: str, build: Build, offer: Offer, announce: Callable[[], None] | None = None) -> int:
    """Serve the configuration file at `path` until SIGTERM or SIGINT; the exit status. `announce` is called once, as
    soon as callers are served.

    Raises BadConfig with every problem of the file, and OSError for an address or directory that cannot be used.
    """
    source = Source(path)
    config = source.read()
    log.process, log.form = "supervisor", config.telemetry.log
    with _own(Path(config.store.directory)):
        _import_lanes(config)
        supervisor = _supervisor(source, config, build, offer)
        try:
            supervisor.start()
        except Stopping:
            return REFUSED
        _tell_ready(config)
        if announce is not None:
            announce()
        return _serve(supervisor, source)


def addresses(config: Config) -> tuple[list[str], str]:
    """Where callers connect, and where operators do, as URLs."""
    inbound = [_url(each.address, tls=each.tls is not None) for each in config.inbound.listeners]
    return inbound, _url(config.admin.listen, tls=False)


def _serve(supervisor: Supervisor, source: Source) -> int:
    watch = Watch(source.path)
    try:
        while True:
            supervisor.tend()
            if watch.changed() or supervisor.reload_asked:
                supervisor.reload_asked = False
                if Reload(supervisor, source, (open_control, open_inbound)).run():
                    _tell_ready(supervisor.config)
    except Stopping:
        log.info("stopping")
    whole = supervisor.stop(supervisor.config.inbound.timeouts.drain)
    log.info("stopped" if whole else "stopped at once, as a second signal demanded")
    return DONE if whole else REFUSED


def _supervisor(source: Source, config: Config, build: Build, offer: Offer) -> Supervisor:
    def control(seat: Seat, config: Config) -> Run:
        return lambda line: run_control(config, seat.doors, line, offer, source.parse)

    def worker(seat: Seat, config: Config) -> Run:
        return lambda line: run_worker(config, seat.doors, line, build, source.parse)

    admin = Seat("control", open_control(config, {}))
    doors, count = open_inbound(config, {}), config.inbound.workers
    slots = [Seat(f"worker-{slot}", deal(doors, slot, count)) for slot in range(count)]
    supervisor = Supervisor(config, admin, slots, (control, worker))
    supervisor.doors = doors
    return supervisor


def _import_lanes(config: Config) -> None:
    # Before the fork: what all processes have loaded they share, and a worker that is restarted serves at once.
    for lane in ("api", "llm", "mcp"):
        if getattr(config, lane) is not None:
            import_module(f"trigate.{lane}.lane")


def _tell_ready(config: Config) -> None:
    inbound, admin = addresses(config)
    log.info("ready", listen=" ".join(inbound), admin=admin)


def _url(address: str, *, tls: bool) -> str:
    if address.startswith("unix:"):
        return address
    return f"{'https' if tls else 'http'}://{'*' if address.startswith(':') else ''}{address}"


@contextmanager
def _own(directory: Path) -> Generator[None]:
    """Hold a state directory for this gateway alone; raises BadConfig if another has it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BadConfig(f"{directory} is in use by another gateway: set store.directory") from None
    finally:
        os.close(descriptor)
