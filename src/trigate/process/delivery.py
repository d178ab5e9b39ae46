"""Brings records from the spool to the access log, in a thread of its own: a slow disk holds up nothing else."""

import threading

from trigate.store.spool_reader import SpoolReader
from trigate.telemetry.access_log import AccessLog
from trigate.telemetry.log import log

POLL_SECONDS = 0.2
RETRY_SECONDS = 1.0
SHUTDOWN_SECONDS = 3.0
"""What is not delivered within this time at the end stays in the spool for the next start."""


class Delivery:
    """A record leaves the spool only after its line is written: it is there once, or after a crash in between twice."""

    def __init__(self, reader: SpoolReader, access_log: AccessLog) -> None:
        self._reader = reader
        self._log = access_log
        self._wake = threading.Event()
        self._stopping = False
        self._place: str | None = None
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.problem = ""
        """Why lines cannot be written at the moment, empty if they can."""

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def reopen(self, place: str) -> None:
        """Write to `place`, opened anew, once what is under way is written; if it cannot be opened, go on as before."""
        self._place = place
        self._wake.set()

    def stop(self) -> None:
        """Deliver what is there, within bounds."""
        self._stopping = True
        self._wake.set()
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
                self._wake.wait(RETRY_SECONDS if self.problem else POLL_SECONDS)

    def _deliver(self) -> bool:
        try:
            records = () if self._log.pending else self._reader.read()
            self._log.write(records)
            self._reader.acknowledge()
        except OSError as error:
            self._fail(error)
            return False
        if self.problem:
            log.info("the access log is written again")
            self.problem = ""
        return bool(records)

    def _move(self) -> None:
        place, self._place = self._place, None
        if place is None:
            return
        try:
            self._log.reopen(place)
        except OSError as error:
            log.error("the access log stays where it was", place=place, reason=error)

    def _fail(self, error: OSError) -> None:
        if not self.problem:
            log.error("the access log cannot be written; records wait in the spool", reason=error)
        self.problem = str(error)
