"""An MCP client as data: where its configuration lies, how it is written, and what an entry in it looks like."""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

from trigate.config.problem import suggest
from trigate.core.errors import BadConfig

_FOLDER = Path(__file__).parent / "clients"
_SYSTEMS = {"darwin": "macos", "win32": "windows"}


class Client(Struct, frozen=True, forbid_unknown_fields=True):
    """A client; `{url}`, `{key}`, `{name}`, `{variable}`, `{program}` and `{arguments}` in an entry are filled in."""

    title: str
    source: str
    """The page of its maker's that says so."""
    format: Literal["json", "toml", "yaml"]
    at: tuple[str, ...]
    """The path to the servers within the file."""
    reference: str = ""
    """How it names a variable of its environment, with `VARIABLE` for the name; empty if it cannot."""
    user: tuple[str, ...] = ()
    """The user's file; the first of several that exists."""
    user_macos: tuple[str, ...] = ()
    user_windows: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    note: str = ""
    http: dict[str, Any] = {}
    """An entry that reaches the gateway over HTTP."""
    http_by_variable: dict[str, Any] = {}
    """The same where the key is in a variable, if that is written in another way."""
    stdio: dict[str, Any] = {}
    """An entry that starts a program, which reaches the gateway."""
    stdio_by_variable: dict[str, Any] = {}


class Filling(Struct, frozen=True):
    """What goes into an entry."""

    url: str
    name: str
    variable: str
    key: str
    """The key itself, empty to name the variable instead."""
    program: str
    arguments: tuple[str, ...]


def client_names() -> list[str]:
    """All there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def read_client(name: str) -> Client:
    """One of them; raises BadConfig."""
    if name not in client_names():
        raise BadConfig(f"trigate connect: there is no client {name!r}{suggest(name, client_names())}")
    content = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return msgspec.convert(content, Client)


def place_of(
    client: Client, scope: str, name: str, folder: Path, variables: Mapping[str, str], platform: str = sys.platform
) -> Path:
    """Its file for the `user`, or for the project in `folder`; raises BadConfig if it has none."""
    if scope == "project":
        places = [folder / each.replace("{name}", name) for each in client.project]
    else:
        system = _SYSTEMS.get(platform, "")
        given: tuple[str, ...] = getattr(client, f"user_{system}", ()) if system else ()
        places = [_expanded(each, variables) for each in given or client.user]
    if not places:
        raise BadConfig(f"trigate connect: {client.title} has no file for the {scope}")
    return next((each for each in places if each.exists()), places[0])


def entry_of(client: Client, filling: Filling, stdio: bool) -> dict[str, Any]:
    """The entry for the gateway; raises BadConfig if this client cannot have it."""
    entry = client.stdio if stdio else client.http
    if not entry:
        raise BadConfig(f"trigate connect: {client.title} takes {'URLs' if stdio else 'programs'} only")
    by_variable = client.stdio_by_variable if stdio else client.http_by_variable
    key = filling.key
    if not key:
        entry = by_variable or entry
        key = client.reference.replace("VARIABLE", filling.variable)
        if not key and not by_variable:
            raise BadConfig(f"trigate connect: {client.title} reads no variables; give it the key itself, with --key")
    words = {"{url}": filling.url, "{name}": filling.name, "{variable}": filling.variable}
    return _filled(entry, {**words, "{program}": filling.program, "{key}": key}, filling.arguments)


def _filled(value: Any, words: Mapping[str, str], arguments: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, words, arguments) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        found: list[Any] = []
        for each in cast("list[Any]", value):
            found += arguments if each == "{arguments}" else [_filled(each, words, arguments)]
        return found
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(word, text)
    return value


def _expanded(text: str, variables: Mapping[str, str]) -> Path:
    for name in ("APPDATA", "LOCALAPPDATA"):
        text = text.replace(f"%{name}%", variables.get(name, f"~/AppData/{name}"))
    return Path(os.path.expanduser(text))
