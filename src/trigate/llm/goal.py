"""Whatever can answer an ask: a target, a target under some circumstance, another model."""

from types import CoroutineType
from typing import Any, Protocol

from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.parts import Part
from trigate.core.stream import Sink
from trigate.llm.operation import Ask


class Goal(Protocol):
    """Where an attempt goes."""

    @property
    def name(self) -> str:
        """As records call it."""
        ...

    def demand(self, ask: Ask) -> Demand:
        """The most that an attempt can use up; raises InvalidParameter."""
        ...

    def forward(self, call: Call, ask: Ask, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Send the ask, and the answer but its last part into `sink`; returns the last part."""
        ...
