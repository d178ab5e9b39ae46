"""How callers stand, in the header fields of draft-ietf-httpapi-ratelimit-headers."""

from collections.abc import Sequence
from typing import Self

from trigate.policy.measure.quota import Quota
from trigate.policy.measure.window import SECOND
from trigate.store.counter import Standing

LARGEST = 999_999_999_999_999
"""Largest integer of a structured field (RFC 9651 §3.3.1)."""
MICRO = 1000
"""Nano-dollars of a micro-dollar, the unit in which callers are told."""
_UNITS = {"requests": "", "usd": ';qu="micro-dollars"', "bytes": ';qu="content-bytes"'}


class Field:
    """The lines for one set of limits: all but the numbers is written once."""

    __slots__ = ("_shown", "_text")

    def __init__(self, shown: Sequence[tuple[int, Quota]]) -> None:
        policy = ", ".join(_policy(quota) for _, quota in shown)
        state = ", ".join(f'"{quota.name}";r=%d{"" if quota.period == "ever" else ";t=%d"}' for _, quota in shown)
        self._text = f"ratelimit-policy: {policy}\r\nratelimit: {state}\r\n".encode()
        self._shown = tuple((place, _divisor(quota), quota.period != "ever") for place, quota in shown)

    @classmethod
    def of(cls, quotas: Sequence[Quota]) -> Self | None:
        """The lines that tell of these limits; None if callers are told of none."""
        shown = [(place, quota) for place, quota in enumerate(quotas) if quota.told and not quota.concurrent]
        return cls(shown) if shown else None

    def lines(self, standings: Sequence[Standing]) -> bytes:
        """Both lines."""
        numbers: list[int] = []
        for place, divisor, resets in self._shown:
            standing = standings[place]
            remaining = standing.remaining if divisor == 1 else standing.remaining // divisor
            remaining = remaining if remaining < LARGEST else LARGEST
            numbers += (remaining, -(-standing.resets // SECOND)) if resets else (remaining,)
        return self._text % tuple(numbers)


def _policy(quota: Quota) -> str:
    law = quota.law
    quantity = min((law.burst or law.capacity) // _divisor(quota), LARGEST)
    unit = _UNITS.get(quota.unit.name, f';qu="{quota.unit.name.replace("_", "-")}"')
    return f'"{quota.name}";q={quantity}{unit}{_window(quota)}'


def _window(quota: Quota) -> str:
    """The length, where it is always the same and a whole number of seconds."""
    seconds, rest = divmod(quota.length, SECOND)
    return f";w={seconds}" if seconds and not rest else ""


def _divisor(quota: Quota) -> int:
    return MICRO if quota.unit.name == "usd" else 1
