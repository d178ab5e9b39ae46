"""Conditions of limits: what of a call they may look at, and what holds if that cannot be told."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from trigate.core.call import Call
from trigate.policy.circumstance import describe_action, describe_principal, describe_request
from trigate.policy.expression import Expression
from trigate.policy.expression import compile as compile_expression
from trigate.policy.rule import VARIABLES

_LOOKS: dict[str, Callable[[Call], Mapping[str, Any]]] = {
    "principal": lambda call: describe_principal(call.principal),
    "action": lambda call: describe_action(call.action),
    "request": lambda call: describe_request(call.exchange),
}


@lru_cache(1024)
def condition(text: str) -> Callable[[Call], bool]:
    """Whether a limit applies to a call: it does, too, if that cannot be told. Raises ValueError for no condition."""
    try:
        expression = compile_expression(text, {name: VARIABLES[name] for name in _LOOKS})
    except ValueError as error:
        raise ValueError(f"when: {error}") from None
    return _holds(expression)


def _holds(expression: Expression) -> Callable[[Call], bool]:
    looks = [(name, look) for name, look in _LOOKS.items() if name in expression.variables]
    return lambda call: expression.true({name: look(call) for name, look in looks}, otherwise=True)
