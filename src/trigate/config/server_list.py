"""The tool servers of an `.mcp.json`, as this gateway writes them: secrets become references and are never copied."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from trigate.config.json_edit import read_json
from trigate.config.server_entry import entries_of
from trigate.config.substitution import read_bytes
from trigate.core.errors import BadConfig

_LARGEST_FILE = 2**20
_REFERENCE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(:-[^{}]*)?\}")
_INPUT = re.compile(r"\$\{input:([^{}]*)\}")
_SECRET_NAME = re.compile(r"key|token|secret|pass|credential|auth|private|cookie|session|dsn|pat\b", re.IGNORECASE)
# Known shapes of keys, passwords in URLs, and long words of letters and digits; slashes are left to paths.
_SECRET_VALUE = re.compile(
    r"sk-|gh[a-z]_|github_pat_|xox[a-z]-|AKIA|eyJ|://[^/\s]*@"
    r"|(?=[A-Za-z+_=-]*\d)(?=[\d+_=-]*[A-Za-z])[A-Za-z\d+_=-]{24,}"
)
_SCHEME = re.compile(r"((?:Bearer|Basic|Token)\s+)(.*)", re.IGNORECASE | re.DOTALL)


class FoundServer(Struct, frozen=True):
    """A tool server; every text is ready for the file, references included."""

    name: str
    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    image: str = ""
    """A container image to run, in a sandbox of that kind; `command` is given to the image's own program."""

    def settings(self) -> dict[str, Any]:
        """As it stands under `mcp.servers`."""
        found: dict[str, Any] = {}
        if self.command:
            found["command"] = list(self.command)
        named = {"env": self.env, "cwd": self.cwd, "url": self.url, "headers": self.headers}
        found |= {key: value for key, value in named.items() if value}
        if self.image:
            pinned = "@sha256:" in self.image
            found["sandbox"] = {"kind": "container", "image": self.image} | ({} if pinned else {"unpinned": True})
        return found


class ServerList(Struct, frozen=True):
    """What one file lists."""

    file: str = ""
    servers: tuple[FoundServer, ...] = ()
    variables: tuple[str, ...] = ()
    """Variables that must be set before the gateway starts, most of them in place of a secret of the file."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def is_secret(name: str, value: str) -> bool:
    """Whether a text looks like a secret, or has a name that says so, and is more than references."""
    literal = _REFERENCE.sub(lambda found: (found[2] or "").removeprefix(":-"), _INPUT.sub("", value))
    scheme = _SCHEME.fullmatch(literal)
    literal = scheme[2] if scheme else literal
    return bool(literal.strip()) and bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(literal))


def read_server_list(path: Path) -> ServerList:
    """The servers in a file of any client in JSON; one that cannot be read gives a note."""
    try:
        content = read_json(read_bytes(path, _LARGEST_FILE).decode("utf-8"), path.name)
    except (OSError, ValueError, RecursionError, BadConfig):
        return ServerList(path.name, notes=(f"{path.name} is not a JSON file that can be read",))
    return translate(entries_of(content), path.name)


def translate(entries: Mapping[str, Mapping[str, Any]], file: str) -> ServerList:
    """Entries in the form that clients share, as this gateway writes them."""
    translation = _Translation()
    for name, entry in entries.items():
        translation.add(name, entry)
    variables = tuple(dict.fromkeys(translation.variables))
    return ServerList(file, tuple(translation.servers), variables, tuple(translation.notes))


class _Translation:
    """Servers taken over one by one."""

    def __init__(self) -> None:
        self.servers: list[FoundServer] = []
        self.variables: list[str] = []
        self.notes: list[str] = []

    def add(self, written: str, entry: Mapping[str, Any]) -> None:
        name = self._name(written)
        command, url = entry.get("command"), entry.get("url")
        if entry.get("disabled") is True:
            self.notes.append(f"{name}: disabled there")
        elif entry.get("image"):
            self._add_image(name, entry)
        elif isinstance(command, str) and command:
            self._add_command(name, command, entry)
        elif isinstance(url, str) and re.match(r"https?://[^/@]+(/[^@]*)?$", url):
            headers = {key: self._header(name, key, value) for key, value in _texts(entry.get("headers")).items()}
            self.servers.append(FoundServer(name, url=self._text(url, "url", f"{name}_url"), headers=headers))
        else:
            self.notes.append(f"{name}: has neither a command nor a plain http(s) URL")

    def _add_image(self, name: str, entry: Mapping[str, Any]) -> None:
        arguments = [each for each in _list(entry.get("args")) if isinstance(each, str)]
        env = {key: self._text(value, key, key) for key, value in _texts(entry.get("env")).items()}
        words = tuple(self._arguments(name, arguments))
        self.servers.append(FoundServer(name, words, env, image=_escaped(str(entry["image"]))))

    def _add_command(self, name: str, command: str, entry: Mapping[str, Any]) -> None:
        arguments = [each for each in _list(entry.get("args")) if isinstance(each, str)]
        env = {key: self._text(value, key, key) for key, value in _texts(entry.get("env")).items()}
        words = (_escaped(command), *self._arguments(name, arguments))
        cwd = entry.get("cwd")
        self.servers.append(FoundServer(name, words, env, _escaped(cwd) if isinstance(cwd, str) else ""))

    def _arguments(self, name: str, arguments: list[str]) -> list[str]:
        """An argument is secret by its own look, or by the option it belongs to."""
        found: list[str] = []
        for number, (before, argument) in enumerate(zip(["", *arguments], arguments, strict=False), 1):
            option, equals, value = argument.partition("=")
            label = f"{name}_argument_{number}"
            if equals and option.startswith("-"):
                found.append(f"{_escaped(option)}={self._text(value, option, label)}")
            elif argument.startswith("-"):
                found.append(_escaped(argument))
            else:
                found.append(self._text(argument, before if _takes_next(before) else "", label))
        return found

    def _header(self, name: str, key: str, value: str) -> str:
        scheme = _SCHEME.fullmatch(value)
        prefix, rest = (scheme[1], scheme[2]) if scheme else ("", value)
        return prefix + self._text(rest, "auth" if scheme else key, f"{name}_{key}")

    def _text(self, value: str, name: str, variable: str) -> str:
        """`value` itself if it is harmless or consists of references, otherwise a reference in its place."""
        # What is not a reference counts: a default such as `${KEY:-…}` may be the secret itself.
        literal = _REFERENCE.sub(lambda found: (found[2] or "").removeprefix(":-"), _INPUT.sub("", value))
        if not literal or not (_SECRET_NAME.search(name) or _SECRET_VALUE.search(literal)):
            shown = _escaped(value)
            self.variables += [name for name, default in _REFERENCE.findall(shown) if not default]
            return shown
        self.variables.append(_variable(variable))
        return f"${{{_variable(variable)}}}"

    def _name(self, written: str) -> str:
        """A name this gateway accepts: no `__`, which stands between server and tool."""
        name = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_-]+", "-", written))[:40].strip("_-") or "server"
        taken = {each.name for each in self.servers}
        return next(each for each in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if each not in taken)


def _takes_next(option: str) -> bool:
    """Whether the argument after this one may be its value."""
    return option.startswith("-") and "=" not in option


def _variable(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    name = name if re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) else name.upper()
    return f"_{name}" if name[:1].isdigit() or not name else name


def _escaped(text: str) -> str:
    """References of other programs in this gateway's form, any other `${` as the text it is."""
    text = _INPUT.sub(lambda found: f"${{{_variable(found[1])}}}", text)
    pieces: list[str] = []
    end = 0
    for found in _REFERENCE.finditer(text):
        pieces += [text[end : found.start()].replace("${", "$${"), f"${{{found[1]}{found[2] or ''}}}"]
        end = found.end()
    return "".join([*pieces, text[end:].replace("${", "$${")])


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(value: Any) -> dict[str, str]:
    return {key: str(each) for key, each in _object(value).items() if isinstance(each, str | int | float)}
