"""Conditions in CEL, with an end to what each may cost: checked when they are loaded, bounded when they are asked.

No binding of CEL bounds the work of an evaluation. So the source is short; a comprehension never stands inside of
another, which would multiply their costs; patterns are constants of bounded size (RE2 is linear in the text, but not
in the pattern); and of the values only what an expression names is handed over, and no more of that than stated here.
"""

from collections.abc import Mapping, Set
from importlib import import_module
from typing import Any, cast

from trigate.policy.expression_tree import Tree, read_tree
from trigate.policy.pattern_size import pattern_size

LONGEST_SOURCE = 2048
MOST_COMPREHENSIONS = 8
MOST_SUMS = 8
"""Additions, since each may copy a text or a list."""
LARGEST_PATTERN = 500
"""States of a regular expression."""
MOST_ITEMS = 256
"""Values handed over, those inside of lists and mappings included."""
MOST_TEXT = 32 * 1024
"""Characters handed over."""
DEEPEST = 16

_ACCUMULATOR = "@result"
Variables = Mapping[str, Set[str] | None]
"""Names that an expression may use, each a mapping; of each the members there are, None if they are not known."""


class Expression:
    """A condition that was found in order."""

    __slots__ = ("_evaluate", "members", "text", "variables")

    def __init__(self, text: str, program: Any, members: Mapping[str, frozenset[str] | None]) -> None:
        self.text = text
        self.members = members
        """Of each variable it names the members it looks at, None if it looks at the whole."""
        self.variables = frozenset(members)
        """The variables it names; others need not be given."""
        self._evaluate = program.eval

    def true(self, values: Mapping[str, Mapping[str, Any]], otherwise: bool = False) -> bool:
        """Whether it holds for these values.

        `otherwise` if that cannot be told: a member is missing, a value is too large or of another type, or the result
        is neither true nor false. Whoever asks states which of the two is safe.
        """
        try:
            found = self._evaluate(data=self._data(values)).value()
        except Exception:  # noqa: BLE001 - whatever keeps it from an answer, there is none
            return otherwise
        return found if isinstance(found, bool) else otherwise

    def _data(self, values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        budget = _Budget()
        return {name: budget.pick(values[name], wanted) for name, wanted in self.members.items()}


def compile(text: str, variables: Variables) -> Expression:
    """The condition written as `text`; raises ValueError with a message for whoever wrote it."""
    if len(text) > LONGEST_SOURCE:
        raise ValueError(f"an expression has at most {LONGEST_SOURCE} characters")
    if not all(each.isprintable() or each in "\n\r\t" for each in text):
        raise ValueError("an expression is printable text")
    cel = _library()
    program = _program(cel, text, variables)
    if program.return_type().name() not in ("BOOL", "DYN"):
        raise ValueError("a condition is true or false; this expression is something else")
    tree = read_tree(program.serialize())
    _check_cost(tree)
    _check_patterns(cel, tree)
    members = _members(tree, variables)
    _check_members(members, variables)
    return Expression(text, program, members)


def _library() -> Any:
    """The binding, imported only by those who write conditions."""
    try:
        return import_module("cel_expr_python.cel")
    except ImportError:
        raise ValueError("conditions need the extra `cel`: pip install 'trigate[cel]'") from None


def _program(cel: Any, text: str, variables: Variables) -> Any:
    mapping = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    try:
        return cel.NewEnv(variables=dict.fromkeys(variables, mapping)).compile(text)
    except RuntimeError as error:  # the only kind that the binding raises
        raise ValueError(f"not an expression: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    """What the checker says first, without its drawing of the place."""
    line = str(error).partition("\n")[0]
    return line.removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:").removesuffix(" (in container '')")


# --- checks of what was written ---


def _check_cost(tree: Tree) -> None:
    if sum(each.form == "comprehension" for each in tree.walk()) > MOST_COMPREHENSIONS:
        raise ValueError(f"at most {MOST_COMPREHENSIONS} of all, exists, exists_one, filter and map")
    for each in tree.walk():
        if each.form == "comprehension" and sum(below.form == "comprehension" for below in each.walk()) > 1:
            raise ValueError("all, exists, exists_one, filter and map cannot be nested or chained")
    if sum(_is_sum(each) for each in tree.walk()) > MOST_SUMS:
        raise ValueError(f"at most {MOST_SUMS} additions")


def _is_sum(node: Tree) -> bool:
    """Whether it is an addition somebody wrote: `map` and `filter` collect their results by one of their own."""
    return node.text == "_+_" and node.form == "call" and all(each.text != _ACCUMULATOR for each in node.parts)


def _check_patterns(cel: Any, tree: Tree) -> None:
    calls = [each for each in tree.walk() if each.form == "call" and each.text == "matches"]
    program = cel.NewEnv(variables={"pattern": cel.Type.STRING}).compile('"".matches(pattern)') if calls else None
    for call in calls:
        pattern = call.parts[-1]
        if pattern.form != "constant":
            raise ValueError("the pattern of `matches` is written out, not computed")
        if pattern_size(pattern.text) > LARGEST_PATTERN:
            raise ValueError(f"the pattern {pattern.text[:40]!r} repeats too much: at most {LARGEST_PATTERN} states")
        if not isinstance(cast("Any", program).eval(data={"pattern": pattern.text}).value(), bool):
            raise ValueError(f"{pattern.text[:40]!r} is not a regular expression in the syntax of RE2")


def _members(tree: Tree, variables: Variables) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    _collect(tree, variables, found)
    return found


def _collect(node: Tree, variables: Variables, found: dict[str, frozenset[str] | None]) -> None:
    variable, member = _looked_at(node)
    if variable in variables:
        before = found.get(variable, frozenset())
        found[variable] = None if before is None or member is None else before | {member}
        return
    for each in node.parts:
        _collect(each, variables, found)


def _looked_at(node: Tree) -> tuple[str, str | None]:
    """Variable and member of `x.y`, `x["y"]` and `has(x.y)`; no member for the whole of `x`, nothing for the rest."""
    if node.form == "name":
        return node.text, None
    if node.parts and node.parts[0].form == "name":
        if node.form == "select":
            return node.parts[0].text, node.text
        if node.text == "_[_]" and node.parts[1].form == "constant":
            return node.parts[0].text, node.parts[1].text
    return "", None


def _check_members(members: Mapping[str, frozenset[str] | None], variables: Variables) -> None:
    for name, wanted in members.items():
        known = variables[name]
        unknown = sorted(wanted - known) if wanted is not None and known is not None else []
        if unknown and known is not None:
            raise ValueError(f"{name} has no member {unknown[0]!r}; there are {', '.join(sorted(known))}")


# --- bounds of what is handed over ---


class _Budget:
    """Copies values into what the library takes, until there are too many of them."""

    __slots__ = ("_items", "_text")

    def __init__(self) -> None:
        self._items, self._text = MOST_ITEMS, MOST_TEXT

    def pick(self, value: Mapping[str, Any], wanted: frozenset[str] | None) -> dict[str, Any]:
        names = list(value) if wanted is None else [name for name in wanted if name in value]
        return {self._spend(name): self.copy(value[name], 1) for name in names}

    def copy(self, value: Any, depth: int) -> Any:
        self._items -= 1
        if self._items < 0 or depth > DEEPEST:
            raise ValueError("more than an expression may look at")
        if isinstance(value, str):
            return self._spend(value)
        if isinstance(value, Mapping):
            entries = cast("Mapping[str, Any]", value)
            return {self._spend(key): self.copy(each, depth + 1) for key, each in entries.items()}
        if isinstance(value, list | tuple | frozenset):
            return [self.copy(each, depth + 1) for each in cast("list[Any]", value)]
        return value

    def _spend(self, text: str) -> str:
        self._text -= len(text)
        if self._text < 0:
            raise ValueError("more than an expression may look at")
        return text
