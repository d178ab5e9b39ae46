"""Candidates that were never made ready, and calls that were never made: for whoever only chooses among them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.policy.limiting.stage import exchange_of
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.principal import Principal
from trigate.core.usage import Usage
from trigate.llm.candidate import Candidate
from trigate.llm.destination import Destination
from trigate.llm.fault import Fault
from trigate.llm.health import Health, HealthSettings
from trigate.llm.operation import Ask
from trigate.llm.operations.openai_chat import OPERATION

HELLO = {"model": "smart", "messages": [{"role": "user", "content": "hi"}]}


class FakeTarget:
    """Knows its name and how it is."""

    def __init__(self, name: str, yields: frozenset[Fault] = frozenset()) -> None:
        self.name = name
        self.yields = yields
        self.health = Health(HealthSettings())

    def yielding(self, faults: frozenset[Fault]) -> "FakeTarget":
        made = FakeTarget(self.name, faults)
        made.health = self.health
        return made

    def available(self, now: float) -> bool:
        return self.health.available(now)

    def opens(self, now: float) -> float:
        return max(self.health.opens, now)


def candidate(name: str, **more: Any) -> Candidate:
    target: Any = FakeTarget(name)
    known = {each: more.pop(each) for each in ("sheet", "facts", "room") if each in more}
    return Candidate(target, Destination(target=name, **more), **known)


def troupe(*names: str) -> list[Candidate]:
    return [candidate(name) for name in names]


def names(found: Any) -> list[str]:
    return [each.name for each in found]


def ask_of(**members: Any) -> Ask:
    return OPERATION.decode(msgspec.json.encode({**HELLO, **members}))


def call_of(fields: Mapping[str, str] | None = None, **who: Any) -> Call:
    principal = Principal(**{"key": "dev", "lanes": frozenset({"llm"}), **who})
    action = Action("llm.chat", "model/smart")
    return Call("1", exchange_of(dict(fields or {}), "10.0.0.9"), principal, action, None, 0.0, Usage())
