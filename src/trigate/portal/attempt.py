"""Attempts to prove who one is: whoever fails too often waits, and guessing has an end."""

from collections.abc import Iterable, Mapping

from trigate.core.errors import RateReached

MOST_REMEMBERED = 10_000
WINDOW_SECONDS = 900.0


class Attempts:
    """Counts failures by what they were about: an address, a user."""

    __slots__ = ("_failed",)

    def __init__(self) -> None:
        self._failed: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._failed)

    def check(self, about: Mapping[str, int], now: float) -> None:
        """Raises RateReached if one of these has failed as often within a window as it may."""
        for each, most in about.items():
            since, count = self._failed.get(each, (now, 0))
            if count >= most and now - since < WINDOW_SECONDS:
                wait = WINDOW_SECONDS - (now - since)
                raise RateReached("too many attempts that failed; try again later", retry_after=wait)

    def fail(self, about: Iterable[str], now: float) -> None:
        """One more failure of each."""
        for each in about:
            since, count = self._failed.pop(each, (now, 0))
            if now - since >= WINDOW_SECONDS:
                since, count = now, 0
            while len(self._failed) >= MOST_REMEMBERED:
                del self._failed[next(iter(self._failed))]
            self._failed[each] = (since, count + 1)

    def forget(self, about: str) -> None:
        """It has succeeded."""
        self._failed.pop(about, None)
