"""Both transports keep the contract that the lane calls them by."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from trigate.mcp.probing import Probing
from trigate.mcp.transport import Leg, Transport
from trigate.mcp.transports import stdio, streamable_http


@pytest.mark.parametrize(
    ("contract", "kind"),
    [
        (Transport, stdio.Stdio),
        (Transport, Probing),
        (Transport, streamable_http.StreamableHttp),
        (Leg, stdio._StdioLeg),
        (Leg, streamable_http._HttpLeg),
    ],
)
def test_a_transport_has_every_method_of_the_contract(contract: type, kind: type):
    for name, method in inspect.getmembers(contract, inspect.isfunction):
        if not name.startswith("_"):
            own = getattr(kind, name)
            assert gives_coroutine(own) == gives_coroutine(method)
            assert list(inspect.signature(own).parameters) == list(inspect.signature(method).parameters)


def gives_coroutine(function: Callable[..., Any]) -> bool:
    """Whether its result is awaited; one that only hands on what another gives need not be a coroutine itself."""
    said = str(inspect.signature(function).return_annotation)
    return inspect.iscoroutinefunction(function) or "Coroutine" in said
