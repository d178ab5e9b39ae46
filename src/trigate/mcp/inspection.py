"""What tools are given and what they give, held against their schemas."""

from typing import TYPE_CHECKING

from msgspec import Raw

from trigate.core.errors import UpstreamFailed
from trigate.mcp.ask import Ask, arguments
from trigate.mcp.completion import reference
from trigate.mcp.envelope import Members, read_value
from trigate.mcp.fault import INVALID_PARAMS, BadArguments, BadStructure, Fault, HeldBack
from trigate.mcp.listing import KINDS, Held, Kind, Listing, Thing
from trigate.mcp.uri_template import is_made_from

if TYPE_CHECKING:
    from trigate.mcp.schema import Schema
    from trigate.mcp.upstream import Upstream

_HELD = {
    "new": "no operator of the gateway has approved of it yet",
    "changed": "it is not what it was when it was approved",
    "crowded": "its server has shown too many things, and an operator has to forget those that are gone",
    "suspicious": "there is something odd in its definition",
}
_PROMPTS, _RESOURCES, _TEMPLATES = (KINDS[f"{each}/list"] for each in ("prompts", "resources", "resources/templates"))


def schema_of_arguments(upstream: "Upstream", tool: Thing | None) -> "Schema | None":
    """What a tool's arguments are held against; None if they are not."""
    if tool is None or upstream.settings.check == "off":
        return None
    return tool.schema("inputSchema")


def schema_of_result(upstream: "Upstream", tool: Thing | None) -> "Schema | None":
    """What a tool's structured result is held against; None if it is not."""
    if tool is None or upstream.settings.check != "all":
        return None
    return tool.schema("outputSchema")


async def prepare(upstream: "Upstream", ask: Ask) -> None:
    """Know a tool and check what it is given, before the server hears of it; raises GatewayError."""
    if upstream.guarded:
        await check_admitted(upstream, ask)
    checked = upstream.settings.check != "off"
    if (checked or upstream.settings.url) and upstream.known("tools") is None:
        await upstream.load_tools()
    if checked:
        await check_arguments(upstream, ask)


async def check_admitted(upstream: "Upstream", ask: Ask) -> None:
    """Raises HeldBack for a tool that an operator must look at first, and UpstreamFailed if nobody can tell."""
    _admit(upstream, "tool", ask.subject, upstream.known("tools") or await upstream.listing("tools"))


async def check_shown(upstream: "Upstream", ask: Ask) -> None:
    """The same of a prompt or resource that is asked for, or of which something is to be completed.

    A resource that the server lists nowhere is none of those that are held to anything: only what it gives of one is
    read, and no words about it.
    """
    completes = ask.name == "completion/complete"
    kind = reference(ask)[0] if completes else ask.method.kind if ask.method is not None else ""
    if kind == "prompt" and upstream.guards("prompts"):
        _admit(upstream, kind, ask.subject, await _list_of(upstream, _PROMPTS))
    elif kind == "resource" and upstream.guards("resources"):
        listed, made = await _list_of(upstream, _RESOURCES), await _list_of(upstream, _TEMPLATES)
        if ask.subject in listed.things or ask.subject in made.things:
            return
        held = listed.held.get(ask.subject) or made.held.get(ask.subject)
        if held is None and not any(is_made_from(each, ask.subject) for each in made.things):
            held = next((each for name, each in made.held.items() if is_made_from(name, ask.subject)), None)
        if held is not None:
            raise _held_back(upstream, kind, ask.subject, held)


def _admit(upstream: "Upstream", kind: str, name: str, known: Listing) -> None:
    held = known.held.get(name)
    if held is not None:
        raise _held_back(upstream, kind, name, held)
    if name not in known.things:
        raise Fault(INVALID_PARAMS, f"server {upstream.name!r} has no {kind} {name[:200]!r}")


def _held_back(upstream: "Upstream", kind: str, name: str, held: Held) -> HeldBack:
    return HeldBack(f"{kind} {name[:200]!r} of server {upstream.name!r} is held back: {_HELD[held.why]}")


async def _list_of(upstream: "Upstream", kind: Kind) -> Listing:
    return upstream.known(kind.plural) or await upstream.listing(kind.plural)


async def check_arguments(upstream: "Upstream", ask: Ask) -> None:
    """Raises BadArguments; before that the list is fetched anew, if its time is up, since tools change."""
    given = arguments(ask)
    value: object = dict[str, object]() if given is None else given
    problems = _problems(upstream, upstream.known("tools"), ask.subject, value)
    if problems:
        problems = _problems(upstream, await _newer(upstream), ask.subject, value)
    if problems:
        raise BadArguments(INVALID_PARAMS, f"the arguments of tool {ask.subject!r} do not fit: {problems}")


def check_result(upstream: "Upstream", ask: Ask, found: Members) -> None:
    """Raises BadStructure for a structured result that is not what the tool promises."""
    schema = schema_of_result(upstream, upstream.tool(ask.subject))
    if schema is None or bytes(found.get("isError", Raw(b""))) == b"true":
        return
    if "structuredContent" not in found:
        raise upstream.blamed(BadStructure(f"tool {ask.subject!r} promises a structured result, and gave none"))
    problems = schema.problems(read_value(found["structuredContent"]))
    if problems:
        raise upstream.blamed(BadStructure(f"the structured result of tool {ask.subject!r} does not fit: {problems}"))


def _problems(upstream: "Upstream", tools: Listing | None, name: str, value: object) -> str:
    tool = tools.things.get(name) if tools is not None else None
    schema = schema_of_arguments(upstream, tool)
    if schema is None:
        return ""
    if schema.external:
        # What cannot be known is not taken for permission (2026-07-28, tools: security considerations).
        return f"its schema cannot be used: {schema.fault}"
    return "" if schema.admits(value) else schema.problems(value)


async def _newer(upstream: "Upstream") -> Listing | None:
    try:
        return await upstream.listing("tools")
    except UpstreamFailed:
        return upstream.known("tools")
