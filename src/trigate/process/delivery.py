"""Brings records from the spool to where they go, in a thread: a slow disk or store holds up nothing else."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.store.spool_reader import SpoolReader
from trigate.telemetry.log import log

POLL_SECONDS = 0.2
RETRY_SECONDS = 1.0
SHUTDOWN_SECONDS = 3.0
"""What is not delivered within this time at the end stays in the spool for the next start."""
HUNG_SECONDS = 6.0
"""After this time without an answer the destination counts as one that cannot be written."""


class Destination(Protocol):
    """Where records go: the access log, the ledger."""

    name: str
    """As the process log calls it."""

    @property
    def pending(self) -> bool:
        """Whether a failed `write` has left something to go on with."""
        ...

    def write(self, records: Sequence[bytes]) -> None:
        """Write all of them; raises OSError or GatewayError, after which `write(())` goes on where it stopped."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class Delivery:
    """A record is acknowledged only after it is written: it comes once, or after a crash in between twice."""

    def __init__(self, reader: SpoolReader, destination: Destination) -> None:
        self._reader = reader
        self._destination = destination
        self._wake = threading.Event()
        self._stopping = False
        self._moves: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name=destination.name, daemon=True)
        self._problem = ""
        self._succeeded = False
        self._since = float("inf")
        self._awaited: list[threading.Event] = []

    @property
    def problem(self) -> str:
        """Why records cannot be written at the moment, empty if they can."""
        if not self._problem and clock.monotonic() - self._since > HUNG_SECONDS:
            return f"{self._destination.name} does not answer"
        return self._problem

    @property
    def tried(self) -> bool:
        """Whether it is known if records can be written."""
        return self._succeeded or bool(self.problem)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def between(self, move: Callable[[], None]) -> None:
        """Run `move` in the delivery's thread once what is under way is written."""
        self._moves.append(move)
        self._wake.set()

    def catch_up(self, seconds: float) -> bool:
        """Wait, in another thread, until all that is in the spool now is written; False if that takes too long."""
        caught_up = threading.Event()
        self._awaited.append(caught_up)
        self._wake.set()
        return caught_up.wait(seconds)

    def ask_to_stop(self) -> None:
        """Deliver what is there, and no more."""
        self._stopping = True
        self._wake.set()

    def stop(self) -> None:
        """Deliver what is there, within bounds."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(SHUTDOWN_SECONDS)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            last = self._stopping
            self._move()
            more = self._deliver()
            if not more:
                if last:
                    return
                self._wake.wait(RETRY_SECONDS if self._problem else POLL_SECONDS)

    def _deliver(self) -> bool:
        self._since = clock.monotonic()
        awaited = self._awaited.copy()
        try:
            again = self._destination.pending
            records = () if again else self._reader.read()
            self._destination.write(records)
            self._reader.acknowledge()
        except Exception as error:  # noqa: BLE001 - whatever it is, records wait and it is tried again
            self._fail(error)
            return False
        finally:
            self._since = float("inf")
        self._succeeded = True
        if self._problem:
            log.info(f"{self._destination.name} is written again")
            self._problem = ""
        if not records and not again:
            self._tell(awaited)
        return bool(records) or again

    def _tell(self, awaited: list[threading.Event]) -> None:
        for each in awaited:
            self._awaited.remove(each)
            each.set()

    def _move(self) -> None:
        while self._moves:
            self._moves.pop(0)()

    def _fail(self, error: Exception) -> None:
        # Only these are made for operators; the text of any other may hold what a caller sent.
        reason = str(error) if isinstance(error, OSError | GatewayError) else type(error).__name__
        if not self._problem:
            log.error(f"{self._destination.name} cannot be written; records wait in the spool", reason=reason)
        self._problem = reason
