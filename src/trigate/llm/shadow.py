"""A call beside another one: in a task of its own, for the same caller, with an end of its own towards the gateway."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from msgspec import structs

from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.lane import Lane
from trigate.core.parts import Part
from trigate.core.signal import Signal
from trigate.core.stream import NoIncoming, Sink
from trigate.core.tasks import spawn
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask, Steering

if TYPE_CHECKING:
    from trigate.policy.call import Calls


class Shadow:
    """A child of a call: authorised, limited, guarded and recorded for itself, and it can be ended for itself."""

    __slots__ = ("_exchange", "signal", "task")

    def __init__(self, call: Call) -> None:
        self.signal = Signal(call.exchange.signal.loop)
        self._exchange = structs.replace(call.exchange, signal=self.signal, task=None, edge=None, stopped_by=None)
        self.task: asyncio.Task[Any] | None = None

    def begin(self, name: str, run: Coroutine[Any, Any, None]) -> None:
        """Let it run; `run` deals with what goes wrong."""
        self.task = self._exchange.task = spawn(run, name)

    async def ask(self, calls: "Calls", lane: Lane, call: Call, ask: Ask, goal: Goal, sink: Sink) -> Part:
        """Have `goal` alone answer the ask of `call`; to be awaited in the task. Raises GatewayError."""
        nothing = NoIncoming(self.signal)
        return await calls.run(
            self._exchange, lane, call.action, ask.steered(Steering((goal,))), nothing, sink, parent=call
        )

    def stop(self, error: GatewayError) -> None:
        """End it; `error` is its outcome."""
        self._exchange.stop(error)
