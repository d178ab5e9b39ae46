"""A server's entry in the file of any client, in the form that most share: command, args, env, url, headers."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

_BARE = re.compile(r"(?<![\w$])\$([A-Z_][A-Z0-9_]*)")
_BRACED = re.compile(r"(?<!\$)\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_REMOTE = ("mcp-remote", "@latest")
_RUNNERS = {"npx", "bunx", "pnpx"}
_PLACES = (("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp_servers",), ("context_servers",), ("mcp",))
"""Where clients keep servers, the likeliest first."""


def entries_of(content: Any) -> dict[str, dict[str, Any]]:
    """The servers of a whole file, by name, each in the shared form; empty if it lists none."""
    listed = [_at(content, path) for path in _PLACES]
    found = next((each for each in listed if any(is_entry(_object(entry)) for entry in each.values())), None)
    if found is None:
        found = listed[0] or listed[1]  # a list of servers, if none that can be reached
    return {name: shared_form(_object(each)) for name, each in found.items()}


def _at(content: Any, path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        content = _object(content).get(key)
    return _object(content)


def is_entry(entry: Mapping[str, Any]) -> bool:
    """Whether it says how a server is reached."""
    return bool({"command", "url", "serverUrl", "httpUrl"} & entry.keys())


def shared_form(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry; what this gateway has no use for is left out."""
    form: dict[str, Any] = {key: entry[key] for key in ("cwd",) if key in entry}
    command = entry.get("command")
    if isinstance(command, dict):  # Zed, before 2025
        return shared_form(_object(command))
    url = next((entry[key] for key in ("httpUrl", "serverUrl", "url") if isinstance(entry.get(key), str)), None)
    if isinstance(command, list):
        form |= {"command": str(cast("Any", command[:1] or [""])[0]), "args": cast("list[Any]", command)[1:]}
    elif isinstance(command, str):
        form |= {"command": command, "args": entry.get("args") or []}
    elif url is not None:
        form |= {"url": url, "headers": _headers(entry)}
    form["env"] = _environment(entry)
    if entry.get("disabled") is True or entry.get("enabled") is False:
        form["disabled"] = True
    return _unwrapped(form)


def _headers(entry: Mapping[str, Any]) -> dict[str, Any]:
    headers = {**_object(entry.get("headers")), **_object(entry.get("http_headers"))}
    headers |= {name: f"${{{variable}}}" for name, variable in _object(entry.get("env_http_headers")).items()}
    variable = entry.get("bearer_token_env_var")
    if isinstance(variable, str):
        headers["Authorization"] = f"Bearer ${{{variable}}}"
    return {name: _reference(each) for name, each in headers.items()}


def _environment(entry: Mapping[str, Any]) -> dict[str, Any]:
    env = {**_object(entry.get("env")), **_object(entry.get("environment")), **_object(entry.get("envs"))}
    passed: Any = entry.get("env_vars") or []
    env |= {name: f"${{{name}}}" for name in passed if isinstance(name, str)}
    return {name: _reference(each) for name, each in env.items()}


def _reference(value: Any) -> Any:
    """Gemini's `$NAME` and opencode's `{env:NAME}` as `${NAME}`."""
    if not isinstance(value, str):
        return value
    return _BRACED.sub(r"${\1}", _BARE.sub(r"${\1}", value))


def _unwrapped(form: dict[str, Any]) -> dict[str, Any]:
    """The server itself in place of `npx mcp-remote URL`, which only brings it to clients that start programs."""
    arguments = [each for each in form.get("args", []) if isinstance(each, str)]
    programs = [each for each in arguments if not each.startswith("-")]
    if form.get("command") not in _RUNNERS or not programs or programs[0].removesuffix(_REMOTE[1]) != _REMOTE[0]:
        return form
    url = next((each for each in programs[1:] if each.startswith(("http://", "https://"))), None)
    if url is None:
        return form
    lines = [value.partition(":") for option, value in pairwise(arguments) if option == "--header"]
    headers = {name.strip(): value.strip() for name, colon, value in lines if colon}
    return {"url": url, "headers": headers, "env": {}} | ({"disabled": True} if "disabled" in form else {})


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
