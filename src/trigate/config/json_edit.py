"""JSON as people write it, with comments and trailing commas: read, and one member changed where it stands."""

import json
import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from trigate.core.errors import BadConfig

_GAP = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r"[-+.\w]+")
_DEEPEST = 200
_TAB = "  "


class Member(Struct):
    """One member of an object, and where it stands."""

    key: str
    start: int
    value: "Node"


class Node(Struct):
    """A value, and where it stands."""

    start: int
    end: int
    value: Any
    members: list[Member] | None = None
    """Of an object; None for anything else."""


def read_json(text: str, file: str) -> Any:
    """The value of a text, `{}` for an empty one; raises BadConfig."""
    return _root(text, file).value


def put_member(text: str, file: str, path: Sequence[str], value: Any) -> str:
    """The text with `value` at `path`, whose last part is new or replaced; raises BadConfig where that is not safe."""
    before = _root(text, file)
    node, rest = before, list(path)
    while True:
        if node.members is None:
            raise BadConfig(f"{file}: cannot put {rest[0]!r} there: something else than an object is in its place")
        found = next((each for each in node.members if each.key == rest[0]), None)
        if found is None or len(rest) == 1:
            break
        node, rest = found.value, rest[1:]
    if found is None:
        changed = _insert(text, node, rest, value)
    elif found.value.value == value:
        return text
    else:
        changed = text[: found.value.start] + _shown(value, _indent(text, found.start)) + text[found.value.end :]
    _check(changed, file, path, before.value, value)
    return changed


def remove_member(text: str, file: str, path: Sequence[str]) -> str:
    """The text without what is at `path`, unchanged if there is nothing; raises BadConfig where that is not safe."""
    node = before = _root(text, file)
    for key in path[:-1]:
        found = next((each for each in node.members or () if each.key == key), None)
        if found is None:
            return text
        node = found.value
    members = node.members or []
    place = next((number for number, each in enumerate(members) if each.key == path[-1]), None)
    if place is None:
        return text
    changed = _without(text, members, place)
    _check(changed, file, path, before.value, None)
    return changed


def _insert(text: str, node: Node, rest: Sequence[str], value: Any) -> str:
    for key in reversed(rest[1:]):
        value = {key: value}
    if not text.strip():
        return json.dumps({rest[0]: value}, indent=2, ensure_ascii=False) + "\n"
    members = node.members or []
    outer = _indent(text, node.start)
    if not members:
        inner = outer + (_TAB if "\t" not in outer else "\t")
        body = f"\n{inner}{json.dumps(rest[0])}: {_shown(value, inner)}"
        behind = text[node.start + 1 : node.end - 1]
        tail = behind.rstrip() + f"\n{outer}" if behind.strip() else f"\n{outer}"
        return text[: node.start + 1] + body + tail + text[node.end - 1 :]
    last = members[-1].value.end
    inner = _indent(text, members[0].start)
    comma = _comma(text, last)
    at = last if comma is None else comma + 1
    glue = "," if comma is None else ""
    alone = "\n" in text[node.start : members[0].start]
    entry = f"{json.dumps(rest[0])}: {_shown(value, inner if alone else outer)}"
    return text[:at] + glue + (f"\n{inner}{entry}" if alone else f" {entry}") + text[at:]


def _without(text: str, members: list[Member], place: int) -> str:
    member = members[place]
    start, end = member.start, member.value.end
    comma = _comma(text, end)
    end = end if comma is None else comma + 1
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip() and (rest := re.match(r"[ \t]*\n", text[end:])):
        start, end = line, end + rest.end()
    elif comma is not None:
        end += len(text[end:]) - len(text[end:].lstrip(" "))
    if comma is None and place > 0:
        before = _comma(text, members[place - 1].value.end)
        if before is not None:
            return text[:before] + text[before + 1 : start] + text[end:]
    return text[:start] + text[end:]


def _comma(text: str, at: int) -> int | None:
    at = _skip(text, at)
    return at if text[at : at + 1] == "," else None


def _indent(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[line:at])
    return found[0] if found else ""


def _shown(value: Any, indent: str) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")


def _check(changed: str, file: str, path: Sequence[str], before: Any, value: Any) -> None:
    expected = json.loads(json.dumps(before))
    place = expected
    for key in path[:-1]:
        place = place.setdefault(key, {})
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    if read_json(changed, file) != expected:
        raise BadConfig(f"{file}: {'.'.join(path)} cannot be changed without touching more; edit the file by hand")


def _root(text: str, file: str) -> Node:
    if not text.strip():
        return Node(0, len(text), {}, [])
    try:
        node = _Reader(text).value(_skip(text, 0), 0)
        if _skip(text, node.end) != len(text):
            raise ValueError("something stands behind the value")
    except (ValueError, IndexError) as error:
        raise BadConfig(f"{file} is not JSON that can be read: {error}") from None
    return node


def _skip(text: str, at: int) -> int:
    found = _GAP.match(text, at)
    return found.end() if found else at


class _Reader(Struct):
    """Reads values with their places."""

    text: str

    def value(self, at: int, depth: int) -> Node:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        first = self.text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._list(at, depth)
        found = (_STRING if first == '"' else _WORD).match(self.text, at)
        if found is None:
            raise ValueError(f"line {self.text.count(chr(10), 0, at) + 1} is not understood")
        return Node(at, found.end(), json.loads(found[0], strict=False))

    def _object(self, at: int, depth: int) -> Node:
        start, members = at, list[Member]()
        at = _skip(self.text, at + 1)
        while self.text[at] != "}":
            key = _STRING.match(self.text, at)
            if key is None:
                raise ValueError(f"line {self.text.count(chr(10), 0, at) + 1}: a key is missing")
            colon = _skip(self.text, key.end())
            if self.text[colon] != ":":
                raise ValueError(f"line {self.text.count(chr(10), 0, at) + 1}: a colon is missing")
            value = self.value(_skip(self.text, colon + 1), depth + 1)
            members.append(Member(json.loads(key[0]), at, value))
            at = self._next(value.end, "}")
        return Node(start, at + 1, {each.key: each.value.value for each in members}, members)

    def _list(self, at: int, depth: int) -> Node:
        start, values = at, list[Any]()
        at = _skip(self.text, at + 1)
        while self.text[at] != "]":
            node = self.value(at, depth + 1)
            values.append(node.value)
            at = self._next(node.end, "]")
        return Node(start, at + 1, values)

    def _next(self, at: int, end: str) -> int:
        at = _skip(self.text, at)
        if self.text[at] == ",":
            return _skip(self.text, at + 1)
        if self.text[at] != end:
            raise ValueError(f"line {self.text.count(chr(10), 0, at) + 1}: a comma is missing")
        return at
