"""The access log: one JSON line for every call, passed through as it was recorded."""

import os
from collections.abc import Sequence

from trigate.core.surroundings import PRIVATE
from trigate.telemetry.log import log


class AccessLog:
    """Writes lines to standard output or a file; nothing is lost while the place cannot take them, the writer waits."""

    name = "the access log"

    def __init__(self, place: str) -> None:
        """`place` is `-`, `off` or a path; raises OSError if the file cannot be opened."""
        self.place = place
        self._descriptor = _open(place)
        self._rest = b""

    def write(self, records: Sequence[bytes]) -> None:
        """Write all of them, one line each; raises OSError, after which `write(())` goes on where it stopped."""
        if self._descriptor is None:
            return
        lines = [record for record in records if not record.startswith(PRIVATE)]
        if lines:
            self._rest += b"\n".join(lines) + b"\n"
        while self._rest:
            self._rest = self._rest[os.write(self._descriptor, self._rest) :]

    @property
    def pending(self) -> bool:
        """Whether a failed `write` has left something to go on with."""
        return bool(self._rest)

    def reopen(self, place: str) -> None:
        """Go on at `place`, opened anew so that a moved file is let go; on OSError the old one stays."""
        descriptor = _open(place)
        self.close()
        self.place, self._descriptor = place, descriptor

    def move(self, place: str) -> None:
        """Like `reopen`, but a place that cannot be opened is told in the process log."""
        try:
            self.reopen(place)
        except OSError as error:
            log.error("the access log stays where it was", place=place, reason=error)

    def close(self) -> None:
        """Let the file go; standard output stays open."""
        if self._descriptor is not None and self._descriptor != 1:
            os.close(self._descriptor)
        self._descriptor = None


def _open(place: str) -> int | None:
    if place == "off":
        return None
    if place == "-":
        return 1
    descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    return descriptor
