"""A way to get tokens: one file in `grants`."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from trigate.policy.scope import covers, read_scopes
from trigate.portal.client import Client
from trigate.portal.refused import Refused
from trigate.portal.resource import Resource, Resources

USUAL = "/mcp"
"""The endpoint meant by clients of 2025-03-26, which name none."""


class Grant(Protocol):
    """Turns something a client shows into tokens."""

    async def named(self, form: Mapping[str, str]) -> str:
        """The client to which what is shown was given, empty if it is nothing that was given out."""
        ...

    async def redeem(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint, for a client that has proved itself; raises Refused."""
        ...


def find_resource(resources: Resources, form: Mapping[str, str]) -> Resource:
    """The endpoint that is asked for (RFC 8707 §2); raises Refused for what is none."""
    named = form.get("resource", "")
    found = resources.find(named) if named else resources.at(USUAL)
    if found is None:
        raise Refused("invalid_target", "`resource` is the address of an MCP endpoint of this gateway")
    return found


def narrow(wanted: str, most: Iterable[str]) -> str:
    """The scopes asked for that may be had, all of them if none was asked for; raises Refused if none of them may.

    What means nothing here, such as `offline_access` or `openid`, is left out (RFC 6749 §3.3); what is asked for more
    broadly than it may be had is had as it may.
    """
    held = tuple(most)
    asked = read_scopes(wanted)
    if not asked and "mcp:" not in wanted:
        return " ".join(held)
    found = [each for each in asked if covers(held, each)]
    found += [each for each in held if each not in found and covers(asked, each)]
    if not found:
        raise Refused("invalid_scope", f"the scopes here are {', '.join(held)}, also as SCOPE:SERVER")
    return " ".join(dict.fromkeys(found))
