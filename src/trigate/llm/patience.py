"""How long a model may take: for its first token, and between two of them, whatever else it sends meanwhile."""

from typing import Protocol

from msgspec import structs

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import overdue
from trigate.core.settings import Duration, Settings
from trigate.llm.chat_dialect import Passing
from trigate.outbound.answer import Answer
from trigate.outbound.settings import Timeouts


class ModelTimeouts(Timeouts, frozen=True, kw_only=True):
    """How long each phase of a call may take; `total` is that of one attempt."""

    first_token: Duration | None = None
    """From the request sent to the first token of a streamed answer; a head, comments and pings are none. No limit of
    its own if left out."""
    between_tokens: Duration | None = None
    """Between two pieces of a streamed answer that say something; it may take up to twice as long until it is noticed.
    No limit of its own if left out."""


def as_model_timeouts(timeouts: Timeouts) -> ModelTimeouts:
    """The same, without limits for tokens."""
    return ModelTimeouts(**structs.asdict(timeouts))


class TimeoutSettings(Settings, frozen=True):
    """How long asks for one model may take; what is left out is as its provider says."""

    first_byte: Duration | None = None
    """From the request sent to the head of the answer."""
    between_bytes: Duration | None = None
    """Between two pieces of the answer."""
    first_token: Duration | None = None
    """From the request sent to the first token of a streamed answer."""
    between_tokens: Duration | None = None
    """Between two pieces of a streamed answer that say something."""
    total: Duration | None = None
    """Each attempt as a whole."""

    def within(self, timeouts: ModelTimeouts) -> ModelTimeouts:
        """Those of a provider, with what is said here in place of them."""
        said = {name: value for name, value in structs.asdict(self).items() if value is not None}
        return structs.replace(timeouts, **said) if said else timeouts


def phases(timeouts: ModelTimeouts, usual: ModelTimeouts) -> tuple[Timeouts | None, Timeouts | None]:
    """The phases of the wire for a plain and for a streamed ask; None where the `usual` ones of the provider hold.

    A streamed answer begins before its first token does.
    """
    plain = None if timeouts is usual else timeouts
    first = timeouts.first_token
    if first is None or first >= timeouts.first_byte:
        return plain, plain
    return plain, structs.replace(timeouts, first_byte=first)


class Named(Protocol):
    """The provider."""

    name: str


class Patience:
    """Watches the tokens of one streamed answer, as a deadline in the common sweep."""

    __slots__ = ("_answer", "_deadlines", "_said", "_site", "_stream", "_timeouts", "deadline", "waits")

    def __init__(
        self, site: Named, timeouts: ModelTimeouts, answer: Answer, stream: Passing, deadlines: Deadlines, begun: float
    ) -> None:
        """`begun`: monotonic seconds at which the request went out."""
        self._site = site
        self._timeouts = timeouts
        self._answer = answer
        self._stream = stream
        self._deadlines = deadlines
        self._said = 0
        self.waits = True
        """The first token has not come."""
        first = timeouts.first_token
        self.deadline = begun + first if first is not None else NEVER
        deadlines.add(self)

    def hear(self) -> None:
        """The first token has come."""
        self.waits = False
        self._said = self._stream.spoken()
        self._postpone()

    def stop(self) -> None:
        """The answer is over."""
        self._deadlines.discard(self)

    def expire(self) -> None:
        """Give the answer up, unless it has said more since the last look, or has not been read yet."""
        said = self._stream.spoken()
        if not self.waits and (said > self._said or self._answer.chunks):
            self._said = said
            self._postpone()
            return
        self.deadline = NEVER
        phase = "first_token" if self.waits else "between_tokens"
        seconds: float = getattr(self._timeouts, phase)
        what = "no token" if self.waits else "no further token"
        self._answer.error = overdue(phase, f"provider {self._site.name!r} sent {what} within {seconds:g} s")
        self._answer.signal.notify()

    def _postpone(self) -> None:
        between = self._timeouts.between_tokens
        self.deadline = clock.monotonic() + between if between is not None else NEVER
