"""What applies to a principal and an action, worked out at the first call and kept with the principal."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs
from msgspec.structs import force_setattr

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND
from trigate.core.principal import Principal
from trigate.policy.limiting.sheet import Group
from trigate.policy.measure.quota import Quota

MOST_PLANS = 512
"""Kept of one principal; callers name models and tools as they like."""
LONGEST_KEPT = 256
"""Characters of a resource whose plan is kept."""


class Plan(Struct, frozen=True, eq=False):
    """The limits of all calls of one principal with one action, by when they are taken."""

    first: Group | None
    """With the first attempt."""
    again: Group | None
    """With each further one: a call is one request, however many attempts it takes."""
    places: Group | None
    """Once, before the first attempt: how many calls are under way."""
    target_places: Group | None
    """The same, of each attempt's target."""
    together: Group | None = None
    """`first` and `places` at once, for calls that need not wait; None without places, or with some of targets."""


class Known(Struct, frozen=True, eq=False):
    """The plans of one principal."""

    book: "Book"
    plans: dict[Action, Plan | None]


class Book:
    """All limits in force at one time."""

    __slots__ = ("balanced", "laws", "quotas", "strict")

    def __init__(self, quotas: Sequence[Quota]) -> None:
        first: dict[str, Quota] = {}
        for quota in quotas:
            first.setdefault(quota.tag, quota)
        self.quotas = tuple(first.values())
        """Of those with the same name only the first, for they would share their cells."""
        self.laws = {quota.tag: quota.law for quota in quotas}
        """How the cells count whose names begin with a tag."""
        self.balanced = frozenset(quota.tag for quota in quotas if quota.charged)
        """Tags of budgets."""
        self.strict = frozenset(quota.tag for quota in quotas if quota.balanced)
        """Tags of those by which calls are refused for what was spent before the gateway started."""

    def plan(self, call: Call) -> Plan | None:
        """What applies to this call, None if nothing does."""
        principal = call.principal
        known: Any = principal.limits
        if known is None or known.book is not self:
            known = self._know(principal)
        try:
            return known.plans[call.action]
        except KeyError:
            return self._work_out(known, call)

    def deposit(self, call: Call) -> Plan | None:
        """What sets money aside for something that is counted when it is known: the budgets that would refuse it."""
        return _flat([each for each in self._applying(call) if each.balanced and each.unit.name == "usd"], call)

    def booking(self, call: Call) -> Plan | None:
        """What counts something that is done already, and so refuses nothing; a request it was before."""
        applying = [each for each in self._applying(call) if not each.concurrent and each.unit.name != "requests"]
        return _flat([structs.replace(each, hard=False) for each in applying], call)

    def _know(self, principal: Principal) -> Known:
        known = Known(self, {})
        force_setattr(principal, "limits", known)
        return known

    def _work_out(self, known: Known, call: Call) -> Plan | None:
        if len(known.plans) >= MOST_PLANS:
            known.plans.clear()
        plan = self._plan(call)
        if len(call.action.resource) <= LONGEST_KEPT:
            known.plans[call.action] = plan
        return plan

    def _plan(self, call: Call) -> Plan | None:
        applying = self._applying(call)
        if not applying:
            return None
        flow = [each for each in applying if not each.concurrent]
        places = [each for each in applying if each.concurrent]
        of_target = [each for each in places if _is_of_target(each)]
        once = [each for each in places if each not in of_target]
        return Plan(
            _group(flow, call),
            _group([each for each in flow if _is_taken_again(each)], call),
            _group(once, call),
            _group(of_target, call),
            _group([*flow, *once], call) if once and not of_target else None,
        )

    def _applying(self, call: Call) -> list[Quota]:
        fitting = [each for each in self.quotas if each.selector.fits(call.principal, call.action)]
        return [each for each in fitting if _may_apply(each, call)]


def _flat(quotas: Sequence[Quota], call: Call) -> Plan | None:
    """The same with every attempt."""
    group = _group(quotas, call)
    return None if group is None else Plan(group, group, None, None)


def _group(quotas: Sequence[Quota], call: Call) -> Group | None:
    return Group(quotas, call) if quotas else None


def _may_apply(quota: Quota, call: Call) -> bool:
    """Whether the values that are known by now are all there."""
    known = [each for each in quota.scopes if each.moment == "principal"]
    return all(each.read(call, NO_DEMAND) for each in known)


def _is_of_target(quota: Quota) -> bool:
    return any(each.moment == "target" for each in quota.scopes)


def _is_taken_again(quota: Quota) -> bool:
    return _is_of_target(quota) or quota.unit.name != "requests"
