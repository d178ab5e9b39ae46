"""What the rules come to for one principal, and every decision taken on that, once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.principal import ANY, Principal
from trigate.policy.circumstance import describe_action, describe_principal
from trigate.policy.clause import Clause
from trigate.policy.glob import Globs
from trigate.policy.scope import opens

if TYPE_CHECKING:
    from trigate.policy.rulebook import Rulebook

LONGEST_KNOWN = 256
"""Characters of a resource whose decision is remembered."""
_LASTING = frozenset(("principal",))
_NAMED = frozenset(("principal", "action"))


class Decision(Struct, frozen=True, eq=False):
    """What is decided on an action, as far as the action alone decides."""

    allowed: bool
    """Whether it is allowed if no rule with an open condition says otherwise."""
    by: Clause | None = None
    """The rule that decides, None if it is something else."""
    reason: str = ""
    """What decides if no rule does."""
    denying: tuple[Clause, ...] = ()
    """Rules that deny it under conditions on the request or its arguments."""
    allowing: tuple[Clause, ...] = ()
    """Rules that allow it under such conditions; only where it is not allowed anyway."""


class Grants:
    """What a principal may do."""

    __slots__ = ("_allowing", "_denying", "_lanes", "_scope", "_scopes", "_subject", "known", "owner")

    def __init__(self, owner: "Rulebook", principal: Principal, clauses: Sequence[Clause]) -> None:
        self.owner = owner
        """The rules it was worked out from; others make another one."""
        self.known: dict[Any, Decision] = {}
        self._lanes = principal.lanes
        restriction = principal.restriction
        scopes = {"model": restriction.models, "server": restriction.servers, "route": restriction.routes}
        self._scopes = restriction.scopes
        self._scope = {kind: Globs(globs) for kind, globs in scopes.items() if globs != ANY}
        subject = self._subject = describe_principal(principal)
        self._denying = tuple(each for each in clauses if each.deny and _may_hold(each, subject, otherwise=True))
        self._allowing = tuple(each for each in clauses if each.allow and _may_hold(each, subject, otherwise=False))

    def decide(self, action: Action) -> Decision:
        """The decision on an action, remembered."""
        decision = self._decide(action)
        if len(action.resource) <= LONGEST_KNOWN:
            self.owner.count(self.known)
            self.known[action] = decision
        return decision

    def _decide(self, action: Action) -> Decision:
        if action.lane not in self._lanes:
            return Decision(False, reason="lane")
        if not _is_open(action) and not self._is_in_scope(action):
            return Decision(False, reason="restriction")
        if self._scopes != ANY and not opens(self._scopes, action):
            return Decision(False, reason="scope")
        values = {"principal": self._subject, "action": describe_action(action)}
        denying: list[Clause] = []
        for clause in self._denying:
            if any(entry.fits(action) for entry in clause.deny):
                holds = _holds(clause, values, otherwise=True)
                if holds:
                    return Decision(False, clause)
                if holds is None:
                    denying.append(clause)
        return self._allow(action, values, tuple(denying))

    def _allow(self, action: Action, values: Mapping[str, Any], denying: tuple[Clause, ...]) -> Decision:
        allowing: list[Clause] = []
        for clause in self._allowing:
            if any(entry.fits(action) for entry in clause.allow):
                holds = _holds(clause, values, otherwise=False)
                if holds:
                    return Decision(True, clause, denying=denying)
                if holds is None:
                    allowing.append(clause)
        if _is_open(action):
            return Decision(True, reason="open", denying=denying)
        if self.owner.default == "allow":
            return Decision(True, reason="default", denying=denying)
        return Decision(False, reason="default", denying=denying, allowing=tuple(allowing))

    def _is_in_scope(self, action: Action) -> bool:
        """Whether the credential itself reaches to the resource."""
        if not self._scope:
            return True
        kind, _, name = action.resource.partition("/")
        globs = self._scope.get(kind)
        return globs is None or globs.fit(name.partition("/")[0] if kind == "server" else name)


def _is_open(action: Action) -> bool:
    """Whether it is about nothing that needs a rule of its own.

    A list shows only what its reader may use anyway; an answer is one to a question that a rule let be asked; and what
    an endpoint is asked itself (to say hello, to find out who has a resource, to take a batch apart) leads to a call of
    its own wherever it concerns a server. Public pages are the portal's closed list. Rules can still deny any of it.
    """
    if action.name.endswith((".list", ".answer")):
        return True
    return action.resource.startswith("endpoint/") or action.lane == "portal"


def _may_hold(clause: Clause, subject: Mapping[str, Any], *, otherwise: bool) -> bool:
    """Whether a rule can matter to this principal at all: a condition on the principal alone is decided for good."""
    condition = clause.condition
    if condition is None or not condition.variables <= _LASTING:
        return True
    return condition.true({"principal": subject}, otherwise)


def _holds(clause: Clause, values: Mapping[str, Any], *, otherwise: bool) -> bool | None:
    """Whether a rule's condition holds; None if that depends on more than principal and action."""
    condition = clause.condition
    if condition is None or condition.variables <= _LASTING:
        return True
    return condition.true(values, otherwise) if condition.variables <= _NAMED else None
