"""A process that the supervisor has forked: how it begins, and how it is known to have ended."""

import ctypes
import faulthandler
import gc
import os
import re
import signal
import socket
from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.process import channel
from trigate.telemetry.log import log

_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)
SPEAK = signal.SIGUSR1
"""Makes a child write down what its threads are doing, even one whose event loop hangs."""
MOST_PLACES = 12
"""Most places of a thread that are told."""
CRASHED = 70
"""Exit status of a child that failed by an exception (sysexits: internal software error)."""

_PLACE = re.compile(r'File "([^"]*)", line (\d+) in (\S+)')
"""As the standard library's faulthandler writes it."""

Run = Callable[[socket.socket], int]
"""What a child does, given its end of the line; returns its exit status."""


class Child:
    """A child as its supervisor sees it."""

    def __init__(self, pid: int, name: str, line: socket.socket, words: int) -> None:
        self.pid = pid
        self.name = name
        self.line = line
        self.words = words
        """File into which the child writes what its threads were doing when it crashed or was asked."""
        self.started = self.heard = clock.monotonic()
        """`heard` is when it last gave a sign of life, in monotonic seconds."""
        self.address = f"{name}.{os.urandom(4).hex()}"
        """How other processes address it over the bus."""
        self.ready = False
        self.is_control = False
        self.control: Child | None = None
        """The control process that a worker is linked with."""
        self.leads = self.retired = False
        """A control process delivers records; it has stopped doing so."""
        self.prepared: dict[int, str] = {}
        """Answers to `Prepare` by number: the problem, empty for none."""
        self.status: int | None = None
        """How it ended; None while it runs."""
        self.kill_at = NEVER
        """Monotonic seconds after which it is no longer waited for."""

    def order(self, order: channel.Order, descriptors: tuple[int, ...] = ()) -> None:
        """Tell the child; one that does not listen any more is ended."""
        try:
            channel.send_order(self.line, order, descriptors)
        except OSError:
            self.kill()

    def read(self) -> None:
        """Take in what the child has reported."""
        try:
            report = channel.read_report(self.line)
        except (BlockingIOError, ConnectionResetError):
            return
        self.heard = clock.monotonic()
        match report:
            case channel.Ready():
                self.ready = True
            case channel.Retired():
                self.retired = True
            case channel.Prepared():
                self.prepared[report.number] = report.problem
            case channel.Beat() | None:
                return

    def reap(self) -> bool:
        """Whether the child has ended; notes how."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                self.ready = False
        return self.status is not None

    def kill(self) -> None:
        """End the child at once."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)

    def ask_for_words(self) -> None:
        """Make the child write down what it is doing."""
        if self.status is None:
            os.kill(self.pid, SPEAK)

    def last_words(self) -> str:
        """Where its main thread was when it crashed or was asked, innermost place first; empty if it never said."""
        written = os.pread(self.words, 64 * 1024, 0).decode("utf-8", "replace")
        found = _PLACE.findall(written.rpartition("most recent call first")[2])
        return " < ".join(f"{os.path.basename(file)}:{line} {name}" for file, line, name in found[:MOST_PLACES])

    def close(self) -> None:
        """Let go of what belongs to a child that has ended."""
        self.line.close()
        os.close(self.words)


def fork(name: str, run: Run, forget: Callable[[], None]) -> Child:
    """Start a child that cannot outlive this process; `forget` lets go there of what is the supervisor's."""
    ours, theirs = channel.pair()
    words = os.memfd_create(f"words of {name}")
    supervisor = os.getpid()
    gc.freeze()  # pages with nothing to collect stay shared
    pid = os.fork()
    if pid:
        theirs.close()
        return Child(pid, name, ours, words)
    status = CRASHED
    try:
        ours.close()
        _settle_in(name, supervisor, words)
        forget()
        status = run(theirs)
    except BaseException as fault:  # noqa: BLE001 - nothing may leave a forked child but its exit status
        log.fault("the process failed", fault)
    finally:
        os._exit(status)


def _settle_in(name: str, supervisor: int, words: int) -> None:
    log.process = name
    faulthandler.enable(file=words)
    faulthandler.register(SPEAK, file=words)
    if os.uname().sysname == "Linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if hasattr(libc, "mallopt"):  # of glibc; a heap of its own for every thread, as is usual, is mostly empty
            libc.mallopt(_M_ARENA_MAX, 1)
    if os.getppid() != supervisor:
        os._exit(1)  # it died before it could be watched
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:  # sent to the whole group by terminals and init systems; the supervisor gives the orders
        signal.signal(number, _ignore)  # a function, because SIG_IGN would pass to programs that this process starts
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _ignore(number: int, frame: object) -> None:
    return
