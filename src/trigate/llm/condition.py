"""Conditions about an ask for a model: who asks, for what, with which parameters, and how much it is."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from trigate.core.call import Call
from trigate.llm.extent import MediaBounds
from trigate.llm.need import needs_of
from trigate.llm.operation import Ask
from trigate.policy.argument import Arguments
from trigate.policy.circumstance import describe_action, describe_principal, describe_request
from trigate.policy.expression import Expression
from trigate.policy.expression import compile as compile_expression
from trigate.policy.rule import VARIABLES

Holds = Callable[[Call, Ask], bool]
_MEDIA = MediaBounds()
_ASK = frozenset(("model", "dialect", "streamed", "tokens", "needs"))
_LOOKS: dict[str, Callable[[Call, Ask], Mapping[str, Any]]] = {
    "principal": lambda call, _: describe_principal(call.principal),
    "action": lambda call, _: describe_action(call.action),
    "request": lambda call, _: describe_request(call.exchange),
    "arguments": lambda _, ask: Arguments(ask.members),
    "ask": lambda _, ask: describe_ask(ask),
}


@lru_cache(1024)
def condition(text: str) -> Holds:
    """Whether it holds for an ask: it does not if that cannot be told. Raises ValueError for no condition."""
    try:
        expression = compile_expression(text, {**VARIABLES, "ask": _ASK})
    except ValueError as error:
        raise ValueError(f"when: {error}") from None
    return _holds(expression)


def _holds(expression: Expression) -> Holds:
    looks = [(name, look) for name, look in _LOOKS.items() if name in expression.variables]
    return lambda call, ask: expression.true({name: look(call, ask) for name, look in looks})


def describe_ask(ask: Ask) -> dict[str, Any]:
    """What conditions may look at as `ask`; `tokens` is how long the prompt probably is."""
    return {
        "model": ask.model,
        "dialect": ask.operation.name,
        "streamed": ask.streamed,
        "tokens": ask.extent(_MEDIA).likely,
        "needs": sorted(needs_of(ask)),
    }
