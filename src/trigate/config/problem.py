"""What is wrong in a file: each problem with its place, all of them together."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from trigate.config.node import Mark
from trigate.core.errors import BadConfig

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the file to a value."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_LONGEST_KEY = 80


def write_path(path: Path) -> str:
    """`llm.models["gpt-5.2"].targets[0]`: what `trigate explain` reads back."""
    return "".join(_step(each) for each in path).removeprefix(".")


def _step(key: str | int) -> str:
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key) and len(key) <= _LONGEST_KEY:
        return f".{key}"
    if isinstance(key, str) and len(key) > _LONGEST_KEY:
        key = f"{key[:_LONGEST_KEY]}…"
    return f"[{json.dumps(key, ensure_ascii=False)}]"


class Problem(Struct, frozen=True):
    """One thing that keeps the file from being used."""

    file: str
    mark: Mark | None
    """Where it is, None if the file as a whole is meant."""
    path: Path
    message: str
    """What is wrong and what to write instead; never holds a secret."""

    def __str__(self) -> str:
        place = f":{self.mark}" if self.mark else ""
        path = f" {write_path(self.path)}" if self.path else ""
        return f"{self.file}{place}{path}: {self.message}"


class InvalidConfig(BadConfig):
    """The file has problems; the message lists every one of them with its line."""

    code = "config.problems"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(each) for each in problems))
        self.problems = tuple(problems)


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` if a known word is near, otherwise the known words if they are few."""
    words = list(known)
    near = difflib.get_close_matches(word[:_LONGEST_KEY], words, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(words)}" if 0 < len(words) <= 16 else ""
