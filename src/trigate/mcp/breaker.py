"""Leaves a server alone that has failed again and again, so that callers are told at once."""

from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed, UpstreamUnreachable
from trigate.mcp.care_settings import BreakerSettings
from trigate.mcp.fault import ServerFailed, ServerResting

_ABSENT = frozenset({502, 503, 504})
"""What proxies and servers say of a server that cannot serve anybody; a 500 may be the fault of one call."""


class Breaker:
    """Of one server, in one worker; the others are told, and tell, when it is left alone (mcp/rumour.py)."""

    __slots__ = ("_settings", "failures", "opens", "tell")

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self.failures = 0
        """In a row."""
        self.opens = 0.0
        """Monotonic seconds until which it rests; 0 while it is well."""
        self.tell: Callable[[float], None] | None = None
        """Tells the other workers for how many seconds it rests; for none if it is well again."""

    def check(self) -> None:
        """Raises ServerResting while it rests; whoever comes first after that tries it for all."""
        if not self.opens:
            return
        now = clock.monotonic()
        if now < self.opens:
            left = self.opens - now
            raise ServerResting(
                f"it failed {self.failures} times in a row, and is asked again in {left:.0f} s", retry_after=left
            )
        self.opens = now + self._settings.rest

    def failed(self, error: UpstreamFailed) -> None:
        """Count a failure, if it says that the server is not there for anybody."""
        if not says_absent(error) or not self._settings.failures:
            return
        self.failures += 1
        if self.failures >= self._settings.failures:
            self.opens = clock.monotonic() + self._settings.rest
            if self.tell is not None:
                self.tell(self._settings.rest)

    def answered(self) -> None:
        """It is well."""
        if self.opens and self.tell is not None:
            self.tell(0.0)
        self.failures, self.opens = 0, 0.0

    def hear(self, seconds: float) -> None:
        """Another worker has found that it is to rest for so long, or that it is well."""
        if not self._settings.failures:
            return
        if seconds > 0:
            self.failures = max(self.failures, self._settings.failures)
            self.opens = clock.monotonic() + min(seconds, self._settings.rest)
        else:
            self.failures, self.opens = 0, 0.0


def says_absent(error: UpstreamFailed) -> bool:
    """Whether a failure is one of the server, and not of what was asked of it."""
    absent = isinstance(error, ServerFailed) and error.answered in _ABSENT
    return absent or isinstance(error, UpstreamUnreachable)
