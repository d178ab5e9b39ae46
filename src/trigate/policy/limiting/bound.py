"""How long an answer may become that nothing bounds, and what a call costs whose price nobody knows."""

from collections.abc import Sequence

from msgspec.structs import replace

from trigate.core.demand import Demand
from trigate.core.errors import AnswerUnbounded, PriceUnknown
from trigate.policy.limiting.sheet import Sheet
from trigate.policy.measure.quota import REFUSE, Quota
from trigate.store.counter import Standing


def first_bound(sheet: Sheet, demand: Demand) -> int:
    """Output tokens to begin with, as the settings say; raises AnswerUnbounded where they say no."""
    quotas = [sheet.quotas[at] for at in sheet.capped]
    refusing = next((quota for quota in quotas if quota.unbounded == REFUSE), None)
    if refusing is not None or demand.cap is None:
        name = (refusing or quotas[0]).name
        raise AnswerUnbounded(f"limit {name!r} demands a bound of the answer: say how many output tokens it may have")
    return min(quota.unbounded for quota in quotas)


def smaller_bound(sheet: Sheet, demand: Demand, standings: Sequence[Standing]) -> int:
    """The most output tokens, fewer than `demand` has, for which every limit has room; 1 if none has any, so that the
    refusal speaks of what is least."""
    bound = (demand.output_tokens or 0) - 1
    for at in sheet.capped:
        bound = _largest(sheet.quotas[at], demand, standings[at].remaining, bound)
    return max(bound, 1)


def unpriced(sheet: Sheet) -> list[tuple[int, int]]:
    """Where limits count money, and what a call of unknown price counts there; raises PriceUnknown."""
    flat = list[tuple[int, int]]()
    for at in sheet.priced:
        quota = sheet.quotas[at]
        if quota.unpriced == REFUSE and quota.strict:
            raise PriceUnknown(f"limit {quota.name!r} counts money, and nobody has told the gateway what this costs")
        flat.append((at, max(quota.unpriced, 0)))
    return flat


def _largest(quota: Quota, demand: Demand, room: int, bound: int) -> int:
    """By halving: prices rise with the length, but not always in proportion."""
    fits, high = 0, max(bound, 0)
    while fits < high:
        middle = (fits + high + 1) // 2
        if quota.unit.most(replace(demand, output_tokens=middle)) <= room:
            fits = middle
        else:
            high = middle - 1
    return fits
