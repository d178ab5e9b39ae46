"""May this principal do this: decided on the call's action, before anything is spent.

What a rule denies is denied, whatever allows it; what no rule speaks of is decided by the default. What a credential
is limited to itself (its lanes, its models, servers and routes) binds before any rule is asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden, InsufficientScope
from trigate.core.lane import Lane
from trigate.core.principal import Principal
from trigate.policy.circumstance import Circumstance, Values, known_values
from trigate.policy.clause import Clause, compile_rule
from trigate.policy.grants import Decision, Grants
from trigate.policy.rule import Rule
from trigate.policy.rulebook import Default, Rulebook, default_of
from trigate.policy.scope import needed
from trigate.policy.stored_rule import compile_document
from trigate.store.directory import Document

_LONGEST_SHOWN = 200


class Ruling(Struct, frozen=True):
    """An answer, and what it rests on."""

    allowed: bool
    by: Clause | None
    """The rule that decided, None if something else did."""
    reason: str
    """`rule`, `default`, `lane`, `restriction`, or `open` for what needs no rule."""


class Access:
    """The rules in force; those of the store can be exchanged at any time."""

    __slots__ = ("_compiled", "_default", "_documents", "_own", "rulebook")

    def __init__(self, rules: Sequence[Rule] = (), default: Default | None = None) -> None:
        """`rules` are those of the file; raises ValueError."""
        self._own = [compile_rule(rule, f"policy.access[{number}]") for number, rule in enumerate(rules)]
        self._default: Default = default_of(rules, default)
        self._documents: tuple[Document, ...] = ()
        self._compiled: dict[Document, tuple[Clause | None, str]] = {}
        self.rulebook = Rulebook(self._own, self._default)
        """All rules at this moment: another one after every change."""

    def use_documents(self, documents: Sequence[Document]) -> list[str]:
        """Let rules made at run time hold beside those of the file, in place of those given before.

        What is wrong with new ones that cannot be used as they are; see `compile_document` for what becomes of them.
        """
        rules = tuple(each for each in documents if each.kind == "access")
        if rules == self._documents:
            return []
        before = self._compiled
        self._compiled = {each: before.get(each) or compile_document(each) for each in rules}
        self._documents = rules
        stored = [clause for clause, _ in self._compiled.values() if clause]
        self.rulebook = Rulebook([*self._own, *stored], self._default)
        return [problem for each, (_, problem) in self._compiled.items() if problem and each not in before]

    def authorize(self, call: Call, lane: Lane, ask: Any) -> bool:
        """Raises Forbidden unless the principal may do what the call is about.

        True if it always may, as long as the rules are the same; False if that depended on the call.
        """
        principal, action = call.principal, call.action
        grants: Grants | None = principal.access
        if grants is not None and grants.owner is self.rulebook:
            decision = grants.known.get(action) or grants.decide(action)
        else:
            decision = self._decision(principal, action)
        if decision.allowed and not decision.denying:
            return True
        if not _settle(decision, Circumstance(call, lane, ask)).allowed:
            if decision.reason == "scope":
                raise InsufficientScope(_refusal(principal, action, decision), needed(action))
            raise Forbidden(_refusal(principal, action, decision))
        return False

    def allows(self, principal: Principal, action: Action) -> bool:
        """Whether a list should show this caller what the action is about.

        Conditions on a request or its arguments are not asked: what may be allowed is shown.
        """
        decision = self._decision(principal, action)
        return decision.allowed or bool(decision.allowing)

    def admit(self, principal: Principal, action: Action) -> None:
        """Raises Forbidden, in the words of `authorize`, where `allows` is false."""
        if not self.allows(principal, action):
            raise Forbidden(_refusal(principal, action, self._decision(principal, action)))

    def judge(self, principal: Principal, action: Action, values: Values) -> Ruling:
        """The answer under the given values of `request` and `arguments`, and what decides."""
        given: dict[str, Mapping[str, Any]] = {"request": {}, "arguments": {}, **values}
        return _settle(self._decision(principal, action), known_values(principal, action, given))

    def _decision(self, principal: Principal, action: Action) -> Decision:
        grants: Grants | None = principal.access
        if grants is None or grants.owner is not self.rulebook:
            grants = self.rulebook.grants(principal)
            force_setattr(principal, "access", grants)
        return grants.known.get(action) or grants.decide(action)


def _settle(decision: Decision, values: Values) -> Ruling:
    """Ask what only this call can tell; a condition of which nobody can tell denies, and allows nothing."""
    for clause in decision.denying:
        if clause.condition is None or clause.condition.true(values, otherwise=True):
            return Ruling(False, clause, "rule")
    for clause in decision.allowing:
        if clause.condition is not None and clause.condition.true(values):
            return Ruling(True, clause, "rule")
    return Ruling(decision.allowed, decision.by, "rule" if decision.by else decision.reason)


def _refusal(principal: Principal, action: Action, decision: Decision) -> str:
    """Who may not do what; never which rule says so, which may be about others, too."""
    who = f"key {principal.key!r}"
    if principal.on_behalf_of:
        who += f" for {principal.on_behalf_of[:_LONGEST_SHOWN]!r}"
    if decision.reason == "lane":
        return f"{who} may not use the {action.lane} lane"
    if decision.reason == "scope":
        return f"the token does not open {action.name} on {action.resource[:_LONGEST_SHOWN]}: it needs {needed(action)}"
    return f"{who} may not do {action.name} on {action.resource[:_LONGEST_SHOWN]}"
