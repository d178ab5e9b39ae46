"""A body on the disk: too large to be held in memory, read in pieces, gone when it is closed."""

import mmap
import tempfile
from typing import Any, Self

from trigate.core.errors import PayloadTooLarge
from trigate.core.parts import Data
from trigate.core.stream import Incoming


class Scroll:
    """Written first, then read; it has no name, so that nothing is left of it whatever happens."""

    __slots__ = ("_file", "_view", "size")

    def __init__(self) -> None:
        self._file: Any = tempfile.TemporaryFile(prefix="trigate-")  # noqa: SIM115 - closed by `close`
        self._view: mmap.mmap | None = None
        self.size = 0
        """Bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)
        self.size += len(data)

    @property
    def view(self) -> "mmap.mmap | bytes":
        """All of it, without reading it into memory; nothing more can be written."""
        if self._view is None and self.size:
            self._file.flush()
            self._view = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
        return self._view if self._view is not None else b""

    def close(self) -> None:
        """Forget it."""
        if self._view is not None:
            self._view.close()
        self._file.close()


async def receive(incoming: Incoming, limit: int) -> Scroll:
    """A caller's body; raises PayloadTooLarge as soon as it is known to exceed `limit` bytes."""
    scroll = Scroll()
    try:
        while (part := await incoming.next()) is not None:
            if isinstance(part, Data):
                if scroll.size + len(part.payload) > limit:
                    raise PayloadTooLarge(f"a file may have at most {limit} bytes here")
                scroll.write(part.payload)
    except BaseException:
        scroll.close()
        raise
    return scroll
