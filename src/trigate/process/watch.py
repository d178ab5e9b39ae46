"""Notices that a file has changed, whichever way it was replaced."""

import os

Mark = tuple[int, int, int]


class Watch:
    """Looks at one file when asked; a change counts once the file has stayed the same between two looks."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._taken = self._seen = self._mark()

    def take(self) -> None:
        """The file is about to be read as it is now: only what is changed from here on is new."""
        self._taken = self._seen = self._mark()

    def changed(self) -> bool:
        """Whether there is something new to read, told once."""
        mark = self._mark()
        settled = mark == self._seen
        self._seen = mark
        if mark is None or mark == self._taken or not settled:
            return False
        self._taken = mark
        return True

    def _mark(self) -> Mark | None:
        try:
            found = os.stat(self._path)  # through links: some tools exchange a link, not the file
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size
