"""Node tree to settings: every problem is collected, none stops the others from being found."""

from collections.abc import Callable
from collections.abc import Sequence as Many
from types import NoneType
from typing import Annotated, Any, Final, cast, get_origin

import msgspec
from msgspec import Struct

from trigate.config import shape
from trigate.config.node import Mapping, Mark, Node, Scalar, Sequence
from trigate.config.problem import Path, Problem, suggest
from trigate.config.scalar import is_scalar, read_scalar, read_untyped
from trigate.config.shape import Hint, describe
from trigate.config.substitution import Substitution
from trigate.core import kinds
from trigate.core.errors import BadConfig
from trigate.core.settings import Kind, Secret

WRONG: Final = object()
"""In place of a value that has a problem; whatever holds it is not built, so that no problem is reported twice."""


class Conversion:
    """Converts nodes of one file; afterwards `problems` holds what is wrong."""

    def __init__(self, file: str, substitution: Substitution) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._substitution = substitution

    def convert(self, node: Node, hint: Hint, path: Path = ()) -> Any:
        """The value of `node` as the type, or WRONG."""
        hint, bounds = shape.bare(hint)
        value = self._convert(node, hint, path)
        return value if value is WRONG or not bounds else self._within(value, bounds, node, path)

    def _convert(self, node: Node, hint: Hint, path: Path) -> Any:
        alternatives = shape.members(hint)
        if len(alternatives) > 1:
            return self._union(node, alternatives, path)
        if isinstance(node, Scalar) and node.empty and not is_scalar(hint) and not shape.is_anything(hint):
            node = Sequence(node.mark, []) if shape.is_list(hint) else Mapping(node.mark, [])
        if not _fits(node, hint):
            return self._problem(node.mark, path, f"expected {describe(hint)}, not {_written(node)}")
        if isinstance(node, Scalar):
            return self._scalar(node, hint, path)
        if isinstance(node, Sequence):
            return self._list(node, hint, path)
        return self._mapping(node, hint, path)

    def _union(self, node: Node, alternatives: Many[Hint], path: Path) -> Any:
        choices = [each for each in alternatives if each is not NoneType]
        if isinstance(node, Scalar) and node.null and len(choices) < len(alternatives):
            holders = [each for each in choices if not is_scalar(each)]
            return self._convert(node, holders[0], path) if node.empty and len(holders) == 1 else None
        fitting = [each for each in choices if _fits(node, each)]
        if len(fitting) == 1 or (isinstance(node, Scalar) and node.empty and len(choices) == 1):
            return self._convert(node, (fitting or choices)[0], path)
        if not fitting:
            words = " or ".join(dict.fromkeys(describe(each) for each in choices))
            return self._problem(node.mark, path, f"expected {words}, not {_written(node)}")
        return self._attempt(node, fitting, path)

    def _attempt(self, node: Node, choices: Many[Hint], path: Path) -> Any:
        """The first alternative without a problem, for quoted texts text; or the problems of the nearest one."""
        if isinstance(node, Scalar):
            choices = sorted(choices, key=lambda each: (each in (str, Secret)) == node.plain)
        before, self.problems = self.problems, []
        trials: list[list[Problem]] = []
        try:
            for choice in choices:
                self.problems = []
                value = self._convert(node, choice, path)
                if value is not WRONG:
                    return value
                trials.append(self.problems)
        finally:
            self.problems = before
        self.problems += min(trials, key=len)
        return WRONG

    # --- single values ---

    def _scalar(self, node: Scalar, hint: Hint, path: Path) -> Any:
        if node.null and not shape.is_anything(hint):
            return self._absent(node, hint, path)
        try:
            text = self._substitution.replace(node.text)
        except ValueError as error:
            return self._problem(node.mark, path, str(error))
        if shape.is_anything(hint):
            return read_untyped(text, node.plain and text == node.text)
        if hint is Secret and text == node.text:
            self._substitution.hide(text, "•••")
        return self._read(node, text, hint, path)

    def _read(self, node: Scalar, text: str, hint: Hint, path: Path) -> Any:
        try:
            return read_scalar(text, hint)
        except ValueError as error:
            if text == node.text:
                return self._problem(node.mark, path, str(error))
            return self._problem(node.mark, path, f"the value of {node.text[:80]} is not {describe(hint)}")

    def _absent(self, node: Scalar, hint: Hint, path: Path) -> Any:
        if hint is NoneType:
            return None
        if hint is str or hint is Secret:
            return self._problem(node.mark, path, "no value; quote the text if it is meant, or leave the key out")
        return self._problem(node.mark, path, f"no value; expected {describe(hint)}")

    def _within(self, value: Any, bounds: tuple[Any, ...], node: Node, path: Path) -> Any:
        """The value if it keeps the bounds; msgspec judges the plain type, for it does not know ours."""
        metas = tuple(each for each in bounds if isinstance(each, msgspec.Meta))
        bases: tuple[Any, ...] = (bool, int, float, str, list, dict, tuple)
        base = next((each for each in bases if isinstance(value, each)), None)
        if base is None:
            return value
        try:
            msgspec.convert(base(value), cast("Any", Annotated)[(base, *metas)])
        except msgspec.ValidationError as error:
            return self._problem(node.mark, path, str(error).replace("`", "").lower())
        return value

    # --- lists and mappings ---

    def _list(self, node: Sequence, hint: Hint, path: Path) -> Any:
        places = shape.elements(hint)
        if shape.is_fixed(hint) and len(places) != len(node.items):
            return self._problem(node.mark, path, f"expected {len(places)} items, not {len(node.items)}")
        if not shape.is_fixed(hint):
            places = places * len(node.items)
        values = [self.convert(each, places[i], (*path, i)) for i, each in enumerate(node.items)]
        if any(each is WRONG for each in values):
            return WRONG
        return _collection(hint)(values)

    def _mapping(self, node: Mapping, hint: Hint, path: Path) -> Any:
        if shape.is_contract(hint):
            return self._kind(node, hint, path)
        if shape.is_node(hint):
            return self._settings(node, hint, path)
        key_hint, value_hint = shape.elements(hint) if shape.is_mapping(hint) else (str, Any)
        found: dict[Any, Any] = {}
        for key, value in self._entries(node, path):
            name = self._key(key, key_hint, path)
            found[name] = self.convert(value, value_hint, (*path, key.text))
        return WRONG if WRONG in found or any(each is WRONG for each in found.values()) else found

    def _key(self, key: Scalar, hint: Hint, path: Path) -> Any:
        if not key.text:
            return self._problem(key.mark, path, "a key without a name")
        try:
            return read_scalar(key.text, shape.bare(hint)[0])
        except ValueError as error:
            return self._problem(key.mark, path, str(error))

    def _entries(self, node: Mapping, path: Path) -> list[tuple[Scalar, Node]]:
        """The entries without duplicates, which are problems."""
        first: dict[str, Scalar] = {}
        entries: list[tuple[Scalar, Node]] = []
        for key, value in node.entries:
            before = first.setdefault(key.text, key)
            if before is key:
                entries.append((key, value))
            else:
                message = f"written twice; the first is in line {before.mark.line}"
                self._problem(key.mark, (*path, key.text), message)
        return entries

    # --- settings and kinds ---

    def _settings(self, node: Mapping, settings: type[Struct], path: Path) -> Any:
        before = len(self.problems)
        known = shape.fields(settings)
        values: dict[str, Any] = {}
        for key, value in self._entries(node, path):
            if key.text in known:
                field = known[key.text]
                values[field.name] = self.convert(value, field.hint, (*path, key.text))
            else:
                self._problem(key.mark, (*path, key.text), f"unknown key{suggest(key.text, known)}")
        for key, field in known.items():
            if field.required and field.name not in values:
                self._problem(node.mark, path, f"the key {key} is missing: {describe(field.hint)}")
        if len(self.problems) > before:
            return WRONG
        return self._build(lambda: settings(**values), node.mark, path)

    def _kind(self, node: Mapping, contract: type[Kind], path: Path) -> Any:
        entries = self._entries(node, path)
        chosen = next((value for key, value in entries if key.text == "kind"), None)
        if chosen is None:
            return self._problem(
                node.mark, path, f"the key kind is missing; known kinds: {shape.known_kinds(contract)}"
            )
        name = self.convert(chosen, str, (*path, "kind"))
        found: Any = WRONG if name is WRONG else self._find(chosen.mark, contract, name, (*path, "kind"))
        if found is WRONG:
            return WRONG
        rest = [(key, value) for key, value in entries if key.text != "kind"]
        return self._settings(Mapping(node.mark, rest), found, path)

    def _find(self, mark: Mark, contract: type[Kind], name: str, path: Path) -> Any:
        try:
            return kinds.find(contract, name)
        except LookupError as error:
            return self._problem(mark, path, f"{error.args[0]}{suggest(name, kinds.every(contract))}")
        except ImportError as error:
            return self._problem(mark, path, f"kind {name!r} cannot be loaded: {error}")

    def _build(self, make: Callable[[], Any], mark: Mark, path: Path) -> Any:
        try:
            return make()
        except (ValueError, BadConfig) as error:
            return self._problem(mark, path, str(error))

    def _problem(self, mark: Mark, path: Path, message: str) -> Any:
        self.problems.append(Problem(self._file, mark, path, message))
        return WRONG


def _fits(node: Node, hint: Hint) -> bool:
    """Whether values of the type are written as such a node."""
    if shape.is_anything(hint):
        return True
    if isinstance(node, Scalar):
        return is_scalar(hint)
    if isinstance(node, Sequence):
        return shape.is_list(hint)
    return shape.is_mapping(hint) or shape.is_node(hint)


def _written(node: Node) -> str:
    """How a node looks to its author; never what it says, which may be a secret."""
    if isinstance(node, Scalar):
        return "an empty value" if node.null else "a single value"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def _collection(hint: Hint) -> Callable[[list[Any]], Any]:
    origin = get_origin(hint) or hint
    return origin if origin in shape.LISTS else list
