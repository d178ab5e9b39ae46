"""What comes of a streamed answer before its first token: until then, another target may still answer in its place."""

from collections.abc import Sequence
from typing import Protocol

from trigate.core.errors import GatewayError
from trigate.llm.chat_dialect import StreamReader
from trigate.llm.conversation import Text, Thought
from trigate.llm.reply import Begin, Count, Delta, Event, Failure, PartBegin, PartEnd
from trigate.llm.withheld import as_failure

MOST_HELD = 64 * 1024
"""Bytes held back at most."""


class Prelude(Protocol):
    """Listens to the beginning of a stream."""

    begun: bool
    """The first token came, or the whole answer without one."""
    failure: Failure | None
    """The provider's own words, if it gave up."""

    def hear(self, data: bytes) -> None:
        """Bytes as they came from the provider; none at the end."""
        ...


class Overhearing:
    """Of a stream that goes through as it is."""

    __slots__ = ("_reader", "begun", "failure")

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self.begun = False
        self.failure: Failure | None = None

    def hear(self, data: bytes) -> None:
        """Understand them; what cannot be understood here may be by the caller, and is taken for a token."""
        try:
            events = self._reader.feed(data) if data else self._reader.finish()
        except GatewayError:
            self.begun = True
            return
        self.begun, self.failure = listen(events)


class Acknowledgement:
    """Of an answer that goes on without a listener: its first event says so, and nobody else may answer after it."""

    __slots__ = ("begun", "failure")

    def __init__(self) -> None:
        self.begun = False
        self.failure: Failure | None = None

    def hear(self, data: bytes) -> None:
        """Anything will do."""
        self.begun = self.begun or bool(data)


def listen(events: Sequence[Event]) -> tuple[bool, Failure | None]:
    """Whether one of the events says something, and the failure among those before it."""
    for event in events:
        failure = event if isinstance(event, Failure) else as_failure(event)
        if failure is not None:
            return False, failure
        if says_something(event):
            return True, None
    return False, None


def says_something(event: Event) -> bool:
    """Whether a caller would see a token, or the end, in it."""
    if isinstance(event, Delta):
        return bool(event.text)
    if isinstance(event, PartBegin):
        return not isinstance(event.part, Text | Thought)
    return not isinstance(event, Begin | Count | PartEnd | Failure)
