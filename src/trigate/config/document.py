"""YAML text to a tree of nodes: one document, plain tags, bounded in size, depth and aliases."""

from collections.abc import Iterator
from typing import Any, cast

import yaml
from msgspec import Struct

from trigate.config.node import Mapping, Mark, Node, Scalar, Sequence
from trigate.config.problem import InvalidConfig, Problem

MAX_CHARACTERS = 4 * 2**20
"""Longest file; thousands of routes fit."""
MAX_DEPTH = 64
"""Deepest nesting; the configuration itself needs about ten."""
MAX_NODES = 200_000
"""Most nodes, each alias counted as what it stands for: a file of nested aliases can stand for billions."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_parse: Any = cast("Any", yaml).parse
_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = {"!", f"{_STANDARD}str", f"{_STANDARD}map", f"{_STANDARD}seq"}


class Anchor(Struct):
    """A node that aliases stand for, unknown until its end: an alias inside it would be a cycle."""

    node: Node | None = None
    size: int = 0


def read_document(text: str, file: str) -> Node:
    """The tree of `text`, an empty mapping if it holds nothing; raises InvalidConfig."""
    if len(text) > MAX_CHARACTERS:
        raise _invalid(file, None, f"the file is longer than {MAX_CHARACTERS} characters")
    try:
        return _Composer(file, _parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        # Never the error's own text: it quotes the line, which may hold a secret.
        mark = error.problem_mark or error.context_mark
        raise _invalid(file, mark, f"not valid YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise InvalidConfig([Problem(file, place, (), "not valid YAML: a control character")]) from None
    except UnicodeEncodeError:
        raise _invalid(file, None, "not valid Unicode") from None


def _invalid(file: str, mark: Any, message: str) -> InvalidConfig:
    return InvalidConfig([Problem(file, _mark(mark) if mark else None, (), message)])


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


class _Composer:
    """Builds nodes from parser events, because PyYAML's own composer recurses and resolves without any bound."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self._file = file
        self._events = events
        self._anchors: dict[str, Anchor] = {}
        self._nodes = 0

    def document(self) -> Node:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Mapping(Mark(1, 1), [])
        node = self._node(next(self._events), 1)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refusal(after, "a second document; the file must hold one")
        return node

    def _node(self, event: Any, depth: int) -> Node:
        self._count(event, 1)
        if depth > MAX_DEPTH:
            raise self._refusal(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None and event.tag not in _PLAIN_TAGS:
            raise self._refusal(event, "tags are not used here; quote the text if it begins with an exclamation mark")
        return self._anchored(event, depth) if event.anchor else self._content(event, depth)

    def _content(self, event: Any, depth: int) -> Node:
        mark = _mark(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(mark, event.value, event.implicit[0])
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(mark, [self._node(each, depth + 1) for each in self._until(yaml.SequenceEndEvent)])
        return Mapping(mark, self._entries(depth))

    def _entries(self, depth: int) -> list[tuple[Scalar, Node]]:
        entries: list[tuple[Scalar, Node]] = []
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._refusal(event, "a key must be a single word or text")
            value = self._node(next(self._events), depth + 1)
            entries.append((key, value))
        return _merged(entries)

    def _until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _anchored(self, event: Any, depth: int) -> Node:
        anchor = self._anchors[event.anchor] = Anchor()
        before = self._nodes
        anchor.node = node = self._content(event, depth)
        anchor.size = self._nodes - before + 1
        return node

    def _alias(self, event: Any) -> Node:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise self._refusal(event, "an alias without its anchor; quote the text if it begins with an asterisk")
        if anchor.node is None:
            raise self._refusal(event, "an alias inside of what it stands for")
        self._count(event, anchor.size)
        return anchor.node

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._refusal(event, f"more than {MAX_NODES} values, aliases counted as what they stand for")

    def _refusal(self, event: Any, message: str) -> InvalidConfig:
        return _invalid(self._file, event.start_mark, message)


def _merged(entries: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
    """Merge keys (`<<: *base`) put in place: a key of the mapping itself wins, then the first base that has it."""
    if not any(_is_merge(key, value) for key, value in entries):
        return entries
    own = [(key, value) for key, value in entries if not _is_merge(key, value)]
    taken = {key.text for key, _ in own}
    for base in [base for key, value in entries if _is_merge(key, value) for base in _bases(value)]:
        fresh = [(key, value) for key, value in base.entries if key.text not in taken]
        own += fresh
        taken |= {key.text for key, _ in fresh}
    return own


def _is_merge(key: Scalar, value: Node) -> bool:
    """A `<<` with anything else than mappings stays a key, and is reported as an unknown one."""
    return key.plain and key.text == "<<" and not isinstance(value, Scalar) and len(_bases(value)) > 0


def _bases(value: Node) -> list[Mapping]:
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, Sequence) and all(isinstance(each, Mapping) for each in value.items):
        return [each for each in value.items if isinstance(each, Mapping)]
    return []
