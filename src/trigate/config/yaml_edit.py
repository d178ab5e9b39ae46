"""Puts an entry into a YAML text, or takes it out, and leaves every other line as it is: comments, order, spelling."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import yaml

from trigate.config.document import read_document
from trigate.core.errors import BadConfig

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_compose: Any = cast("Any", yaml).compose
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_STEP = 2
_WIDTH = 100

Value = str | int | float | bool | Sequence[Any] | Mapping[str, Any]


def put_entry(text: str, file: str, path: Sequence[str], value: Value) -> str:
    """The text with `value` at `path`, whose last part is new or replaced; raises BadConfig where that is not safe."""
    root = _root(text, file)
    nested: Value = value
    changed = None
    if root is None:
        for key in reversed(path):
            nested = {key: nested}
        changed = _joined(text, render(cast("Mapping[str, Any]", nested), 0))
    else:
        changed = _put(text, root, path, value)
    _check(changed, file, path, _plain(root), value)
    return changed


def remove_entry(text: str, file: str, path: Sequence[str]) -> str:
    """The text without what is at `path`, unchanged if there is nothing; raises BadConfig where that is not safe."""
    root = _root(text, file)
    found = _find(root, path) if root is not None else None
    if found is None:
        return text
    changed = _without(text, *found)
    _check(changed, file, path, _plain(root), None)
    return changed


def render(entries: Mapping[str, Any], indent: int) -> list[str]:
    """Lines of a block mapping; short lists and mappings of plain words stand on one line."""
    lines: list[str] = []
    for key, value in entries.items():
        head = f"{' ' * indent}{_scalar(key)}:"
        line = f"{head} {_flow(value)}"
        if isinstance(value, Mapping) and value and (len(line) > _WIDTH or _is_deep(cast("Any", value))):
            lines += [head, *render(cast("Mapping[str, Any]", value), indent + _STEP)]
        else:
            lines.append(line)
    return lines


def _put(text: str, root: Any, path: Sequence[str], value: Value) -> str:
    node = root
    for depth, key in enumerate(path):
        entry = _member(node, key)
        rest: Value = value
        for name in reversed(path[depth + 1 :]):
            rest = {name: rest}
        if entry is None:
            return _insert(text, node, key, rest)
        if depth == len(path) - 1:
            return _replace(text, node, entry, value)
        if _is_empty(entry[1]):
            return _replace(text, node, entry, rest)
        node = entry[1]
    return text


def _insert(text: str, node: Any, key: str, value: Value) -> str:
    if node.flow_style or not node.value:
        at = node.start_mark.index + 1
        return f"{text[:at]} {_scalar(key)}: {_flow(value)}{',' if node.value else ' '}{text[at:]}"
    lines = text.splitlines(keepends=True)
    after = _last_line(node) + 1
    indent = node.value[0][0].start_mark.column
    return _spliced(lines, after, after, render({key: value}, indent))


def _replace(text: str, node: Any, entry: tuple[Any, Any], value: Value) -> str:
    key, old = entry
    if node.flow_style:
        return text[: old.start_mark.index] + _flow(value) + text[old.end_mark.index :]
    lines = text.splitlines(keepends=True)
    first = key.start_mark.line
    last = max(first, _last_line(old))
    return _spliced(lines, first, last + 1, render({key.value: value}, key.start_mark.column))


def _without(text: str, node: Any, entry: tuple[Any, Any]) -> str:
    key, value = entry
    if node.flow_style:
        start, end = key.start_mark.index, value.end_mark.index
        behind = re.match(r"\s*,\s*", text[end:])
        before = re.search(r"\s*,\s*$", text[:start])
        if behind:
            end += behind.end()
        elif before:
            start = before.start()
        return text[:start] + text[end:]
    lines = text.splitlines(keepends=True)
    first, last = key.start_mark.line, max(key.start_mark.line, _last_line(value))
    if len(node.value) == 1:  # an empty block would be no mapping any more
        return _spliced(lines, first, last + 1, [f"{' ' * key.start_mark.column}{{}}"])
    return _spliced(lines, first, last + 1, [])


def _spliced(lines: list[str], first: int, end: int, fresh: list[str]) -> str:
    before = "".join(lines[:first])
    return _joined(before, fresh) + "".join(lines[end:]) if fresh else before + "".join(lines[end:])


def _joined(before: str, fresh: list[str]) -> str:
    gap = "" if not before or before.endswith("\n") else "\n"
    return before + gap + "".join(f"{line}\n" for line in fresh)


def _last_line(node: Any) -> int:
    """The last line of a node, without the blank lines and comments behind it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        end = node.end_mark
        return end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line
    if isinstance(node, yaml.SequenceNode):
        return max(_last_line(each) for each in cast("Any", node).value)
    return max(max(key.start_mark.line, _last_line(value)) for key, value in node.value)


def _find(node: Any, path: Sequence[str]) -> tuple[Any, tuple[Any, Any]] | None:
    for key in path[:-1]:
        entry = _member(node, key)
        if entry is None or not isinstance(entry[1], yaml.MappingNode):
            return None
        node = entry[1]
    entry = _member(node, path[-1])
    return None if entry is None else (node, entry)


def _member(node: Any, key: str) -> tuple[Any, Any] | None:
    if not isinstance(node, yaml.MappingNode):
        raise BadConfig(f"cannot put {key!r} there: something else than a mapping is in its place")
    entries: list[tuple[Any, Any]] = cast("Any", node).value
    return next((each for each in entries if each[0].value == key), None)


def _root(text: str, file: str) -> Any:
    read_document(text, file)  # bounds, and errors with their place
    node = _compose(text, Loader=_LOADER)
    return None if node is None or _is_empty(node) else node


def _is_empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null") and not node.style


def _check(changed: str, file: str, path: Sequence[str], before: Any, value: Value | None) -> None:
    """Raises BadConfig unless the new text says what the old one said, and this one thing differently."""
    expected = cast("dict[str, Any]", json.loads(json.dumps(before if isinstance(before, dict) else {})))
    place = expected
    for key in path[:-1]:
        inner = place.get(key)
        place[key] = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
        place = place[key]
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = _plain(_compose("\n".join(render({"x": value}, 0)), Loader=_LOADER))["x"]
    if _plain(_root(changed, file)) != expected and not (value is None and not _root(changed, file)):
        raise BadConfig(f"{file}: {'.'.join(path)} cannot be changed without touching more; edit the file by hand")


def _plain(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in cast("Any", node).value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in cast("Any", node).value]
    return None if node is None else node.value


def _is_deep(value: Mapping[str, Any]) -> bool:
    inner: list[Any] = list(value.values())
    return any(isinstance(each, Mapping) and len(cast("Mapping[str, Any]", each)) > 0 for each in inner)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in cast("Mapping[str, Any]", value).items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(each) for each in cast('Sequence[Any]', value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Plain where nobody can take it for anything else, otherwise as JSON, which YAML reads the same (1.2 §1.3)."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
