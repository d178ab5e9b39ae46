"""What a call that does not fit is told: which limit, whose, and when there is room again."""

from trigate.core.errors import BudgetReached, ConcurrencyReached, LimitReached, RateReached, TokensReached
from trigate.core.parts import Headers
from trigate.policy.measure.quota import Quota, money
from trigate.policy.measure.window import SECOND, spell
from trigate.store.counter import Standing

WORTH_RETRYING = 60
"""Seconds; clients that repeat a refused request by themselves are told not to where it takes longer."""
_TOKENS = frozenset({"tokens", "input_tokens", "output_tokens"})
_DO_NOT_RETRY: Headers = [(b"x-should-retry", b"false")]


def refuse(quota: Quota, value: str, standing: Standing, amount: int, *, in_flight: bool = False) -> LimitReached:
    """The error for a call that wanted `amount`; `value` says whose cell it was, `in_flight` that others may give back
    enough at any moment."""
    seconds = standing.resets / SECOND
    never = not in_flight and (not seconds or _never_fits(quota, amount))
    after = 1.0 if in_flight else None if never else seconds
    text = f"limit {quota.name!r}{_whose(value)} is reached: {quota.describe()}{_wanted(quota, standing, amount)}"
    headers = () if after is not None and after <= WORTH_RETRYING else tuple(_DO_NOT_RETRY)
    error = _kind(quota)(f"{text}{_until(quota, never, in_flight, seconds)}", retry_after=after, headers=headers)
    error.retryable = quota.unit.name == "usd" or any(each.moment == "target" for each in quota.scopes)
    return error


def _kind(quota: Quota) -> type[LimitReached]:
    if quota.concurrent:
        return ConcurrencyReached
    if quota.charged:
        return BudgetReached
    return TokensReached if quota.unit.name in _TOKENS else RateReached


def _whose(value: str) -> str:
    return "" if value == "all" else f" ({value.replace(',', ', ')})"


def _wanted(quota: Quota, standing: Standing, amount: int) -> str:
    """What this call could use at most, and what is left; without words where one is one."""
    if quota.unit.constant:
        return ""
    if quota.unit.name == "usd":
        return f", ${money(standing.remaining)} of it left, and this call may cost ${money(amount)}"
    return f", {standing.remaining} of it left, and this call may use {amount}"


def _never_fits(quota: Quota, amount: int) -> bool:
    return amount > (quota.law.burst or quota.law.capacity)


def _until(quota: Quota, never: bool, in_flight: bool, seconds: float) -> str:
    if quota.concurrent:
        return "; try again when one of them has ended"
    if in_flight:
        return "; calls under way have reserved the rest, try again when they have ended"
    if never and seconds:
        return "; it is more than the limit ever allows, so ask for less"
    return "" if never else f"; there is room again in {_rough(seconds)}"


def _rough(seconds: float) -> str:
    """A length as people say it: whole seconds, minutes or hours, never too short."""
    for word, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{-(-int(seconds) // size)} {word}"
    return spell(max(1, -int(-seconds // 1)))
