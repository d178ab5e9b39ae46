"""What a machine offers a gateway: provider keys in the environment, a local Ollama, servers in an `.mcp.json`."""

import http.client
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from trigate.config.server_list import ServerList, read_server_list
from trigate.core.clock import clock
from trigate.llm.provider_entry import listed_names, read_entry

PROBE_SECONDS = 0.5
"""How long Ollama may take to answer; it runs on this machine or near it."""
_LARGEST_ANSWER = 2**20
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,120}")

SERVER_FILES = (".mcp.json", "mcp.json")

OWN_KINDS = {
    "OPENAI_API_KEY": "openai",
    "ANTHROPIC_API_KEY": "anthropic",
    "GEMINI_API_KEY": "gemini",
    "COHERE_API_KEY": "cohere",
}
"""Kinds with code of their own, by the variable that holds the key."""


class FoundProvider(Struct, frozen=True):
    """A provider whose key is in the environment."""

    name: str
    """Its kind, too."""
    variable: str


class Ollama(Struct, frozen=True):
    """A running Ollama and the models it has pulled."""

    base_url: str
    models: tuple[str, ...]


class Discovery(Struct, frozen=True):
    """Everything found."""

    providers: tuple[FoundProvider, ...]
    ollama: Ollama | None
    servers: ServerList


def discover(variables: Mapping[str, str], folder: Path) -> Discovery:
    """Look around; reads `folder` and the variables, and asks Ollama's address, nothing else."""
    return Discovery(find_providers(variables), find_ollama(variables.get("OLLAMA_HOST", "")), find_servers(folder))


def find_providers(variables: Mapping[str, str]) -> tuple[FoundProvider, ...]:
    """The known providers whose key is set, each once."""
    found = {name: variable for variable, name in reversed(known_variables().items()) if variables.get(variable)}
    return tuple(FoundProvider(name, variable) for name, variable in reversed(found.items()))


@cache
def known_variables() -> dict[str, str]:
    """The kinds of provider by the variables that hold their keys.

    Of those of the catalogue, such as need a key and nothing else; where several share a variable, the one with the
    shortest name, for the others are plans and regions of it.
    """
    found = dict(OWN_KINDS)
    for name in sorted(listed_names(), key=lambda each: (len(each), each)):
        entry = read_entry(name)
        for variable in () if entry.local or entry.places else entry.variable:
            if variable.isidentifier():  # a shell cannot set any other
                found.setdefault(variable, name)
    return found


def find_ollama(address: str) -> Ollama | None:
    """The Ollama at an address as OLLAMA_HOST has it, by default on this machine; None if none answers in time."""
    host, port = ollama_address(address)
    try:
        names = _tags(host, port)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    shown = f"[{host}]" if ":" in host else host
    return Ollama(f"http://{shown}:{port}/v1", names)


def ollama_address(text: str) -> tuple[str, int]:
    """Host and port of OLLAMA_HOST: `HOST`, `HOST:PORT`, `:PORT` or a URL; `0.0.0.0` and `::` mean this machine."""
    rest = text.strip().partition("://")[2] or text.strip()
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:/\[\]]*))(?::(\d{1,5}))?/?", rest)
    if found is None:
        return "127.0.0.1", 11434
    host = found[1] or found[2]
    return ("127.0.0.1" if host in ("", "0.0.0.0", "::") else host), int(found[3] or 11434)  # noqa: S104 - not bound


def find_servers(folder: Path) -> ServerList:
    """The servers of the first file that lists any."""
    for name in SERVER_FILES:
        path = folder / name
        if path.is_file():
            return read_server_list(path)
    return ServerList()


def _tags(host: str, port: int) -> tuple[str, ...]:
    deadline = clock.monotonic() + 2 * PROBE_SECONDS
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/api/tags")
        response = connection.getresponse()
        body = b""
        while len(body) <= _LARGEST_ANSWER and clock.monotonic() < deadline and (piece := response.read1(65536)):
            body += piece
    finally:
        connection.close()
    answer: Any = json.loads(body)
    if response.status != 200 or not isinstance(answer, dict):
        raise ValueError("not Ollama")
    return _model_names(cast("dict[str, Any]", answer).get("models"))


def _model_names(models: Any) -> tuple[str, ...]:
    if not isinstance(models, list):
        raise ValueError("not Ollama")
    entries = [cast("dict[str, Any]", each) for each in cast("list[Any]", models) if isinstance(each, dict)]
    names = [each.get("name") for each in entries]
    return tuple(name for name in names if isinstance(name, str) and _MODEL_NAME.fullmatch(name))
