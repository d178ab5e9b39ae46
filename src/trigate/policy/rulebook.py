"""All rules of access at one moment, indexed by whom they concern."""

from collections.abc import Iterable, Sequence
from typing import Literal

from trigate.core.principal import Principal
from trigate.policy.clause import Clause, attributes
from trigate.policy.grants import Decision, Grants
from trigate.policy.selector import WHO

Default = Literal["allow", "deny"]

MOST_KNOWN = 65_536
"""Decisions that are remembered for all principals together; names in actions come from callers."""
_MOST_SHARED = 4096


class Rulebook:
    """Rules that never change; other rules are another rulebook."""

    __slots__ = ("_clauses", "_filled", "_general", "_index", "_known", "_shared", "default")

    def __init__(self, clauses: Sequence[Clause], default: Default) -> None:
        self._clauses = tuple(clauses)
        self.default = default
        self._general: list[int] = []
        self._index: dict[tuple[str, str], list[int]] = {}
        for number, clause in enumerate(clauses):
            handles = clause.handle()
            for handle in handles:
                self._index.setdefault(handle, []).append(number)
            if not handles:
                self._general.append(number)
        self._shared: dict[object, Grants] = {}
        self._filled: list[dict[object, Decision]] = []
        self._known = 0

    def concerning(self, principal: Principal) -> list[Clause]:
        """The rules that are about this principal, in their order."""
        numbers = set(self._general)
        for who in WHO:
            for each in attributes(principal, who):
                numbers.update(self._index.get((who, each), ()))
        found = (self._clauses[number] for number in sorted(numbers))
        return [clause for clause in found if clause.concerns(principal)]

    def grants(self, principal: Principal) -> Grants:
        """What these rules grant a principal; the same object for all to whom they grant the same."""
        clauses = self.concerning(principal)
        if any(each.condition is not None and "principal" in each.condition.variables for each in clauses):
            return Grants(self, principal, clauses)
        same = tuple(map(id, clauses)), principal.lanes, principal.restriction
        grants = self._shared.get(same)
        if grants is None:
            if len(self._shared) >= _MOST_SHARED:
                self._shared.clear()
            grants = self._shared[same] = Grants(self, principal, clauses)
        return grants

    def count(self, known: dict[object, Decision]) -> None:
        """One more decision is remembered in `known`; if they are too many, all are forgotten."""
        if not known:
            self._filled.append(known)
        self._known += 1
        if self._known > MOST_KNOWN:
            for each in self._filled:
                each.clear()
            self._filled = [known]
            self._known = 1


def default_of(rules: Iterable[object], written: Default | None) -> Default:
    """The default that holds: a list of what is allowed means that the rest is not, unless the file says otherwise."""
    if written is not None:
        return written
    return "deny" if any(getattr(rule, "allow", ()) for rule in rules) else "allow"
