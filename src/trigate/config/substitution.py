"""`${NAME}`, `${NAME:-default}`, `${file:PATH}` and `${vault:…}` inside the texts of a file, replaced at its load."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from trigate.config import lookup

MAX_FILE_BYTES = 2**20
"""Largest file that may stand for a text."""
SHORTEST_HIDDEN = 6
"""Characters; hiding shorter texts would make every message unreadable and protect nothing."""

_REFERENCE = re.compile(r"\$(?P<escape>\$\{)|\$\{(?P<inside>[^{}]*)\}|(?P<open>\$\{)")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


class Substitution:
    """Replaces references, and remembers what came out of them so that it can be kept out of messages."""

    def __init__(self, variables: Mapping[str, str], folder: Path, found: dict[str, str] | None = None) -> None:
        """`found` is what stores of secrets gave before: nobody is asked for it again, and what they give is added."""
        self._variables = variables
        self._folder = folder
        self._hidden: dict[str, str] = {}
        self._found = {} if found is None else found
        self.read_sealed: Callable[[str], str] | None = None
        """Reads what `${sealed:…}` names, where the store is known."""

    def replace(self, text: str) -> str:
        """`text` with its references replaced; raises ValueError for one that leads nowhere."""
        if "${" not in text:
            return text
        return _REFERENCE.sub(self._value, text)

    def hide(self, value: str, written: str) -> None:
        """Have `redact` show `written` in place of `value` from now on."""
        if len(value) >= SHORTEST_HIDDEN:
            self._hidden[value] = self._hidden[repr(value)[1:-1]] = written

    def redact(self, message: str) -> str:
        """`message` without any text that a reference gave or that was written as a secret."""
        if not self._hidden:
            return message
        longest_first = sorted(self._hidden, key=len, reverse=True)
        pattern = "|".join(re.escape(value) for value in longest_first)
        return re.sub(pattern, lambda found: self._hidden[found[0]], message)

    def _value(self, found: re.Match[str]) -> str:
        if found["escape"]:
            return "${"
        if found["open"]:
            raise ValueError("`${` without its `}`; write `$${` for the two characters themselves")
        inside = found["inside"]
        value = self._file(inside[5:]) if inside.startswith("file:") else self._source(inside)
        self.hide(value, f"${{{inside.partition(':-')[0]}}}")
        return value

    def _source(self, inside: str) -> str:
        """What a store of secrets holds, asked once per load; without its word the environment is meant."""
        if inside in self._found:
            return self._found[inside]
        name, _, reference = inside.partition(":")
        if name == "sealed" and reference and self.read_sealed is not None:
            value = self.read_sealed(reference)
        else:
            read = None if reference.startswith("-") or not reference else lookup.find(name)
            if read is None:
                return self._variable(inside)
            value = read(reference, self._variables)
        self._found[inside] = value
        return value

    def _variable(self, inside: str) -> str:
        found = _VARIABLE.fullmatch(inside)
        if found is None:
            forms = "${NAME}, ${NAME:-default}, ${file:PATH} or ${vault:PATH#FIELD}"
            raise ValueError(f"not a reference; write {forms}, and $${{ for the text")
        name, default = found["name"], found["default"]
        value = self._variables.get(name, "")
        if not value and default is None:
            state = "is empty" if name in self._variables else "is not set"
            raise ValueError(f"the environment variable {name} {state}")
        return value or default

    def _file(self, name: str) -> str:
        path = self._folder / name
        try:
            content = read_bytes(path, MAX_FILE_BYTES)
        except OSError as error:
            raise ValueError(f"the file {path} cannot be read: {error.strerror}") from None
        try:
            return content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise ValueError(f"the file {path} does not hold UTF-8 text") from None


def read_bytes(path: Path, limit: int) -> bytes:
    """A regular file of at most `limit` bytes; raises OSError, or ValueError for anything else (a pipe would block)."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file")
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"the file {path} is larger than {limit} bytes")
    return content
