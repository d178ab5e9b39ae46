"""What conditions may look at in one call, each part made only when a condition names it."""

from collections.abc import Mapping
from typing import Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane
from trigate.core.principal import Principal

Values = Mapping[str, Mapping[str, Any]]

HIDDEN = frozenset((b"authorization", b"cookie", b"proxy-authorization"))
"""Header fields that hold secrets: no condition sees them, nor any other that held the credential."""


class Circumstance(dict[str, Mapping[str, Any]]):
    """The variables of conditions by name: `principal`, `action`, `request`, `arguments`."""

    def __init__(self, call: Call, lane: Lane, ask: Any) -> None:
        super().__init__()
        self._call, self._lane, self._ask = call, lane, ask

    def __missing__(self, name: str) -> Mapping[str, Any]:
        made = self[name] = self._make(name)
        return made

    def _make(self, name: str) -> Mapping[str, Any]:
        if name == "principal":
            return describe_principal(self._call.principal)
        if name == "action":
            return describe_action(self._call.action)
        if name == "request":
            return describe_request(self._call.exchange)
        found = self._lane.arguments(self._ask)
        return {} if found is None else found


def known_values(principal: Principal, action: Action, values: Values) -> Values:
    """The same for a call that is not made: `request` and `arguments` are given."""
    return {"principal": describe_principal(principal), "action": describe_action(action), **values}


def describe_principal(principal: Principal) -> dict[str, Any]:
    """Who calls."""
    return {
        "key": principal.key,
        "user": principal.user,
        "end_user": principal.on_behalf_of,
        "agent": principal.agent,
        "team": principal.team,
        "organisation": principal.organisation,
        "roles": sorted(principal.roles),
        "claims": principal.claims,
    }


def describe_action(action: Action) -> dict[str, str]:
    """What is to be done."""
    return {"name": action.name, "resource": action.resource, "lane": action.lane}


def describe_request(exchange: Exchange) -> dict[str, Any]:
    """The head of the request: texts as they were sent, fields that came more than once joined (RFC 9110 §5.3)."""
    request = exchange.request
    headers: dict[str, str] = {}
    for name, value in request.headers:
        if name not in HIDDEN and name not in exchange.credentials:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return {
        "method": request.method.decode("latin-1"),
        "path": request.path.decode("latin-1"),
        "host": request.authority.decode("latin-1"),
        "headers": headers,
        "address": exchange.peer.address,
    }
