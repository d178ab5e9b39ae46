"""What a call of a tool would do: at which server, under which names, with what between caller and server."""

from collections.abc import Iterator

from trigate.cli.explain.access import REGISTRIES, find_principal
from trigate.cli.explain.caller import caller
from trigate.config.config import Config
from trigate.config.load import open_config
from trigate.core.action import Action
from trigate.core.errors import BadRequest
from trigate.core.kinds import name_of
from trigate.mcp.fault import Fault
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.tool_settings import Argument, Tool
from trigate.mcp.view import SEPARATOR, View, views
from trigate.policy.approval import ApprovalRule
from trigate.policy.glob import Globs
from trigate.policy.rule import parse_entry


def explain_tool(file: str, name: str, key: str, end_user: str) -> str:
    """In words; raises BadRequest for a name that nothing is called by, BadConfig for a file with problems."""
    config = open_config(file).config
    if config.mcp is None:
        raise BadRequest("the file has no mcp lane")
    known = views(config.mcp)
    server, own = _find(config.mcp, known, name)
    action = Action("mcp.tools.call", f"server/{server}/tool/{own}")
    lines = [f"{name}: tool {own!r} of server {server!r} (mcp.servers.{server}); rules call it {action.resource}"]
    lines += _shown(known, server, own)
    lines += _changed(config.mcp, server, own)
    lines += _cared(config.mcp.servers[server], own)
    lines += _approved(config, action)
    if key:
        registries = [make(config) for make in REGISTRIES]
        lines += caller(config, find_principal(registries, key, end_user), action)
    else:
        lines.append("  access and limits depend on who asks: `--as KEY`")
    lines.append(f"  whether the server has it is not looked at: `trigate mcp inspect {server}` asks it")
    return "\n".join(lines)


def _find(settings: McpSettings, known: list[View], name: str) -> tuple[str, str]:
    """Server and own name of a tool, given as `SERVER/TOOL` or as any endpoint shows it."""
    server, slash, own = name.partition("/")
    if slash and own and server in settings.servers:
        return server, own
    prefixed = name.partition(SEPARATOR)[0] in settings.servers
    for view in known:
        if prefixed and not view.prefix:
            continue  # it takes any text for a name
        try:
            server, own = view.owner(name, "tool")
        except Fault:
            continue
        if own:
            return server, own
        raise BadRequest(f"{name!r} was cut, and only the list of server {server!r} tells of what: give SERVER/TOOL")
    raise BadRequest(f"no endpoint shows a tool as {name!r}; a tool is also called SERVER/TOOL here")


def _shown(known: list[View], server: str, own: str) -> Iterator[str]:
    for view in known:
        if server not in view.servers:
            continue
        if view.shows(server, "tool", own):
            yield f"  /{view.route} shows it as {view.expose(server, own)}"
        else:
            yield f"  /{view.route} does not show it"


def _changed(settings: McpSettings, server: str, own: str) -> Iterator[str]:
    """What is shown otherwise than the server shows it, and where that is said."""
    found = {f"mcp.servers.{server}.tools.{own}": settings.servers[server].tools.get(own)}
    found |= {
        f"mcp.endpoints.{name}.tools.{server}/{own}": each.tools.get(f"{server}/{own}")
        for name, each in settings.endpoints.items()
    }
    for place, tool in found.items():
        if tool is not None:
            yield f"  {place}: {'; '.join(_overrides(tool)) or 'nothing'}"


def _overrides(tool: Tool) -> Iterator[str]:
    if tool.rename:
        yield f"renamed to {tool.rename}"
    for word in ("title", "description"):
        if getattr(tool, word):
            yield f"another {word}"
    for path, argument in tool.arguments.items():
        yield f"argument {path} {_said(argument)}"


def _said(argument: Argument) -> str:
    if argument.hide:
        return "hidden"
    if argument.fixed is not None:
        return "fixed"
    return "with a default" if argument.default is not None else "described otherwise"


def _cared(server: Server, own: str) -> Iterator[str]:
    credential = name_of(type(server.credential)) if server.credential is not None else ""
    way = "a URL" if server.url else "a command"
    yield f"  the server is {way}{f', with a credential of the kind `{credential}`' if credential else ''}"
    pinned = f"pinned: {server.pin}" if "tools" in server.pins and server.pin != "off" else "not pinned"
    yield f"  {pinned}; suspicious words: {server.suspicious}; checked against schemas: {server.check}"
    again = "also after failures on the way, if it says that it does no harm" if server.trust_annotations else ""
    retries = f"{server.retries} more where nobody has acted{f', {again}' if again else ''}"
    yield f"  a call takes {server.timeouts.call:g} s at most; tries: {retries if server.retries else 'one'}"
    results = _results(server, own)
    yield f"  a result of more than {int(results.max)} bytes: {results.beyond}"
    if server.concurrency is not None:
        yield f"  {server.concurrency.calls} calls at a time, {server.concurrency.waiting} wait"
    if server.breaker.failures:
        yield f"  left alone for {server.breaker.rest:g} s after {server.breaker.failures} failures in a row"


def _results(server: Server, own: str):
    tool = server.tools.get(own)
    return tool.results if tool is not None and tool.results is not None else server.results


def _approved(config: Config, action: Action) -> Iterator[str]:
    for number, rule in enumerate(config.policy.approvals.rules):
        if any(_fits(entry, action) for entry in rule.on):
            name = f" {rule.name!r}" if rule.name else ""
            yield f"  approval by {rule.by}: policy.approvals.rules[{number}]{name}{_condition(rule)}"


def _fits(entry: str, action: Action) -> bool:
    name, resource = parse_entry(entry)
    return Globs([name]).fit(action.name) and Globs([resource]).fit(action.resource)


def _condition(rule: ApprovalRule) -> str:
    told = [f"if the tool is {rule.tools}"] if rule.tools != "any" else []
    told += [f"if `{' '.join(rule.when.split())}`"] if rule.when else []
    return f", {' and '.join(told)}" if told else ""
