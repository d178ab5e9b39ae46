"""A rule of access, compiled: what it takes to tell whether it concerns a principal and an action."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.expression import Expression
from trigate.policy.glob import Globs
from trigate.policy.rule import Rule, condition, parse_entry
from trigate.policy.selector import Selector, listed


class Entry(NamedTuple):
    """One line of `allow` or `deny`."""

    action: Globs
    resource: Globs

    def fits(self, action: Action) -> bool:
        """Whether it is about this action."""
        return self.action.fit(action.name) and self.resource.fit(action.resource)


class Clause(Struct, frozen=True, eq=False):
    """A rule, compiled."""

    place: str
    """Where it is written: a path in the file, or the name of a rule of the store."""
    name: str
    organisation: str
    """It binds only principals of this organisation; empty: all."""
    selectors: tuple[tuple[str, Globs], ...]
    claims: tuple[tuple[str, Globs], ...]
    allow: tuple[Entry, ...]
    deny: tuple[Entry, ...]
    condition: Expression | None

    def concerns(self, principal: Principal) -> bool:
        """Whether everything it says about the caller holds."""
        if self.organisation and principal.organisation != self.organisation:
            return False
        return all(
            any(globs.fit(each) for each in attributes(principal, who)) for who, globs in self.selectors
        ) and all(any(globs.fit(each) for each in _claim(principal.claims, path)) for path, globs in self.claims)

    def handle(self) -> tuple[tuple[str, str], ...]:
        """What a principal it concerns has for certain, one of these; empty if anybody might be concerned."""
        for who, globs in self.selectors:
            if globs.names is not None:
                return tuple((who, name) for name in globs.names)
        return (("organisation", self.organisation),) if self.organisation else ()


def compile_rule(rule: Rule, place: str, organisation: str = "") -> Clause:
    """The rule, compiled; raises ValueError."""
    return Clause(
        place,
        rule.name,
        organisation,
        *_whom(rule),
        _entries(rule.allow),
        _entries(rule.deny),
        condition(rule.when) if rule.when else None,
    )


def compile_selector(selector: Selector, entries: Iterable[str]) -> Clause:
    """What a policy that is no rule of access says about caller and action, the latter as what it allows."""
    return Clause("", "", "", *_whom(selector), _entries(entries), (), None)


def _whom(selector: Selector) -> tuple[tuple[tuple[str, Globs], ...], tuple[tuple[str, Globs], ...]]:
    return (
        tuple((who, Globs(texts)) for who, texts in selector.selectors().items()),
        tuple((path, Globs(listed(texts))) for path, texts in selector.claim.items()),
    )


def _entries(written: Iterable[str]) -> tuple[Entry, ...]:
    return tuple(Entry(Globs([action]), Globs([resource])) for action, resource in map(parse_entry, written))


def attributes(principal: Principal, who: str) -> Iterable[str]:
    """What a principal is under one of the words of WHO; nothing if it has none."""
    if who == "role":
        return principal.roles
    value: str = principal.on_behalf_of if who == "end_user" else getattr(principal, who)
    return (value,) if value else ()


def _claim(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts of a claim: its own, or those of its elements; numbers and truths as JSON writes them."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = cast("Mapping[str, Any]", found).get(step) if isinstance(found, Mapping) else None
    values = cast("list[Any]", found) if isinstance(found, list | tuple) else [found]
    return [_text(each) for each in values if isinstance(each, str | int | float)]


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
