"""TOML with one table put in, replaced or taken out; every other line stays as it is."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trigate.core.errors import BadConfig

_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def read_toml(text: str, file: str) -> dict[str, Any]:
    """The content of a text; raises BadConfig."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{file} is not TOML that can be read: {error}") from None


def put_table(text: str, file: str, path: Sequence[str], table: Mapping[str, Any]) -> str:
    """The text with `table` at `path`, new or in place of the old one; raises BadConfig where that is not safe."""
    before = read_toml(text, file)
    if _at(before, path) == table:
        return text
    lines = _lines(path, table)
    spans = _spans(text, path)
    if spans:
        start, end = spans[0][0], spans[0][1]
        rest = _cut(text[end:], [(a - end, b - end) for a, b in spans[1:]])
        changed = text[:start] + lines + ("\n" if rest.strip() else "") + rest
    else:
        gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        changed = text + gap + lines
    _check(changed, file, path, before, table)
    return changed


def remove_table(text: str, file: str, path: Sequence[str]) -> str:
    """The text without the table at `path`, unchanged if there is none; raises BadConfig where that is not safe."""
    before = read_toml(text, file)
    if _at(before, path) is None:
        return text
    changed = _cut(text, _spans(text, path))
    changed = changed.rstrip("\n") + "\n" if changed.strip() else ""
    _check(changed, file, path, before, None)
    return changed


def _lines(path: Sequence[str], table: Mapping[str, Any]) -> str:
    head = f"[{'.'.join(_key(each) for each in path)}]\n"
    return head + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in cast("Mapping[str, Any]", value).items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in cast('Sequence[Any]', value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # escapes of JSON are escapes of TOML


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _spans(text: str, path: Sequence[str]) -> list[tuple[int, int]]:
    """Where the table and those inside of it stand, each up to the next header's own comments."""
    starts = [found.start() for found in _HEADER.finditer(text)]
    ends = [*starts[1:], len(text)]
    return [
        (start, _end(text, start, end)) for start, end in zip(starts, ends, strict=False) if _is_of(text, start, path)
    ]


def _is_of(text: str, start: int, path: Sequence[str]) -> bool:
    line = text[start:].partition("\n")[0]
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    for key in path:
        if not isinstance(found, dict) or key not in found:
            return False
        found = cast("dict[str, Any]", found)[key]
    return True


def _end(text: str, start: int, end: int) -> int:
    """The end of a table without the comments and blank lines that stand before the next one."""
    lines = text[start:end].splitlines(keepends=True)
    while len(lines) > 1 and end < len(text) and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        end -= len(lines.pop())
    return end


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:].lstrip("\n")
    return text


def _at(content: Any, path: Sequence[str]) -> Any:
    for key in path:
        content = cast("dict[str, Any]", content).get(key) if isinstance(content, dict) else None
    return content


def _check(changed: str, file: str, path: Sequence[str], before: dict[str, Any], table: Any) -> None:
    place: Any = before
    for key in path[:-1]:
        place = cast("dict[str, Any]", place).setdefault(key, {}) if isinstance(place, dict) else None
    refusal = BadConfig(f"{file}: {'.'.join(path)} cannot be changed without touching more; edit the file by hand")
    if not isinstance(place, dict):
        raise refusal
    entries = cast("dict[str, Any]", place)
    entries.pop(path[-1], None)
    if table is not None:
        entries[path[-1]] = dict(table)
    try:
        found = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        raise refusal from None
    if _pruned(found, path[:-1]) != _pruned(before, path[:-1]):
        raise refusal


def _pruned(content: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Without the outer table if nothing is left in it: TOML has no other way to say so."""
    if path and _at(content, path) == {}:
        outer: Any = _at(content, path[:-1])
        outer.pop(path[-1])
    return content
