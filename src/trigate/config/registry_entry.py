"""A `server.json` of the MCP registry as an entry: which package or address, and which inputs it needs from whom.

Inputs that are secret or must be given become references to variables; what a registry says is a proposal, which a
person looks at before it is written.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from trigate.core.errors import BadConfig

_CURLY = re.compile(r"(?<!\$)\{([A-Za-z0-9_.-]+)\}")
_CAMEL = re.compile(r"_([a-z])")
_RUNNERS = {"npm": ("npx", "-y"), "pypi": ("uvx",), "nuget": ("dnx", "--yes")}
_OTHER_RUNNERS = {"npm": {"npx", "bunx", "pnpx"}, "pypi": {"uvx", "pipx"}, "nuget": {"dnx"}}
_WORD = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@._/:+-]*")


def is_registry_document(content: Any) -> bool:
    """Whether this is a `server.json`, or a registry's answer around one."""
    document = _document(content)
    return isinstance(document.get("name"), str) and bool({"packages", "remotes"} & document.keys())


def registry_entry(content: Any, prefer_package: bool) -> tuple[str, dict[str, Any]]:
    """Name and entry in the form that clients share; raises BadConfig if there is nothing this gateway can use."""
    document = _document(content)
    name = str(document["name"]).rpartition("/")[2]
    remotes = _objects(document, "remotes")
    remote = next((each for each in remotes if each.get("type") != "sse"), None)
    entries = [_package(each, name) for each in _objects(document, "packages")]
    package = next((each for each in entries if each is not None), None)
    chosen = package if package is not None and (prefer_package or remote is None) else None
    if chosen is not None:
        return name, chosen
    if remote is None and remotes:
        remote = remotes[0]  # of the transport before Streamable HTTP: better than none
    if remote is None:
        raise BadConfig(f"{document['name']}: it has neither a package that runs here nor an address of this protocol")
    inputs = _Inputs(name)
    url = inputs.resolved(str(remote.get("url", "")), _object(remote.get("variables")))
    return name, {"url": url, "headers": inputs.named(_objects(remote, "headers")), "env": {}}


def _package(package: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    if _object(package.get("transport")).get("type", "stdio") != "stdio":
        return None
    kind = str(package.get("registryType") or package.get("registryName") or "")
    identifier, version = str(package.get("identifier") or package.get("name") or ""), str(package.get("version") or "")
    if not _WORD.fullmatch(identifier) or (version and not _WORD.fullmatch(version)):
        return None
    inputs = _Inputs(name)
    env = inputs.named(_objects(package, "environmentVariables"))
    before = inputs.arguments(_objects(package, "runtimeArguments"))
    after = inputs.arguments(_objects(package, "packageArguments"))
    if kind in ("oci", "docker"):
        return {"image": _image(identifier, version), "args": after, "env": env}
    runner = _runner(kind, str(package.get("runtimeHint") or ""))
    if runner is None:
        return None
    target = f"{identifier}@{version}" if version and version != "latest" else identifier
    return {"command": runner[0], "args": [*runner[1:], *before, target, *after], "env": env}


def _runner(kind: str, hint: str) -> tuple[str, ...] | None:
    """Only programs that are known to run packages of the kind: a registry does not choose what is started."""
    own = _RUNNERS.get(kind)
    return own if own is None or hint not in _OTHER_RUNNERS[kind] or hint == own[0] else (hint,)


def _image(identifier: str, version: str) -> str:
    last = identifier.rpartition("/")[2]
    if "@" in identifier or ":" in last or not version:
        return identifier
    return f"{identifier}@{version}" if version.startswith("sha256:") else f"{identifier}:{version}"


class _Inputs:
    """Inputs of one server, as texts with references."""

    def __init__(self, server: str) -> None:
        self._server = server

    def named(self, inputs: list[dict[str, Any]]) -> dict[str, str]:
        """Environment variables or header fields; what may be left out is."""
        found = {str(each["name"]): self._value(each, str(each["name"])) for each in inputs if each.get("name")}
        return {name: value for name, value in found.items() if value is not None}

    def arguments(self, inputs: list[dict[str, Any]]) -> list[str]:
        """Words of a command line."""
        words: list[str] = []
        for each in inputs:
            hint = str(each.get("valueHint") or each.get("name") or "argument").lstrip("-")
            value = self._value(each, f"{self._server}_{hint}")
            is_flag = each.get("type") == "named" and not ({"value", "default", "valueHint"} & each.keys())
            if each.get("type") == "named" and (value is not None or each.get("isRequired") or is_flag):
                words += [str(each.get("name", ""))] if is_flag or value is None else [str(each.get("name", "")), value]
            elif value is not None:
                words.append(value)
        return [each for each in words if each]

    def resolved(self, text: str, variables: Mapping[str, Any]) -> str:
        """`{placeholders}` of a text, as what their variables say or as references."""

        def value(found: re.Match[str]) -> str:
            said = _object(variables.get(found[1]))
            given = self._value({"isRequired": True, **said}, f"{self._server}_{found[1]}")
            return given or ""

        return _CURLY.sub(value, text)

    def _value(self, given: Mapping[str, Any], variable: str) -> str | None:
        """What is said, else a reference if somebody must say it, else None."""
        said = given.get("value", given.get("default"))
        if said is not None and not given.get("isSecret"):
            return self.resolved(str(said), _object(given.get("variables")))
        if said is not None and _CURLY.search(str(said)):
            return self.resolved(str(said), _object(given.get("variables")))
        needed = given.get("isRequired") or given.get("isSecret") or said is not None
        return f"${{{_variable(variable)}}}" if needed else None


def _variable(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").upper()
    return f"_{name}" if name[:1].isdigit() or not name else name


def _document(content: Any) -> dict[str, Any]:
    """Without the registry's wrapping, and with the keys of today's schema."""
    document = _object(content)
    inner = document.get("server")
    return _object(_camel(inner if isinstance(inner, dict) else document))


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {_CAMEL.sub(lambda found: found[1].upper(), key): _camel(each) for key, each in _object(value).items()}
    return [_camel(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def _objects(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found: Any = value.get(key)
    return (
        [_object(each) for each in cast("list[Any]", found) if isinstance(each, dict)]
        if isinstance(found, list)
        else []
    )


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
