"""What tokens cost: whole nano-dollars per million of them, exact until one rounding at the end."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from trigate.core.usage import Usage

MILLION = 10**6
"""Tokens that a rate is for."""
HALF = MILLION // 2
UNITS = frozenset({"characters", "images", "milliseconds", "searches", "web_searches"})
"""What is billed beside tokens, or instead of them: texts spoken, images made, sound heard, rankings, and what a
provider's own tool has looked for in the web."""


class Rates(Struct, frozen=True, kw_only=True):
    """Nano-dollars per million tokens of each kind, for calls with more than `above` input tokens."""

    input: int
    """Input that is neither read from a cache nor written to one."""
    cache_read: int
    cache_write: int
    cache_write_long: int
    """For an hour."""
    output: int
    reasoning: int
    audio_input: int
    audio_output: int
    image_input: int
    image_output: int
    above: int = 0

    def dearest(self) -> tuple[int, int]:
        """The most that a million tokens of input, and of output, can cost."""
        media = max(self.audio_input, self.image_input)
        into = max(self.input, self.cache_read, self.cache_write, self.cache_write_long, media)
        return into, max(self.output, self.reasoning, self.audio_output, self.image_output)


class Media(Struct, frozen=True):
    """How many of the tokens of a call were no text."""

    audio_input: int = 0
    audio_output: int = 0
    image_input: int = 0
    image_output: int = 0


NO_MEDIA = Media()


class Price:
    """The price of one model; a tariff, as limits understand it.

    Above a threshold of input the whole call goes by the higher rates, not just what lies above it: so providers bill.
    """

    __slots__ = ("_base", "_fees", "_higher", "_most", "_request")

    def __init__(self, tiers: Sequence[Rates], request: int = 0, fees: Mapping[str, int] | None = None) -> None:
        """`tiers`: at least one, each `above` more than the one before it. `request`: nano-dollars for every call.

        `fees`: nano-dollars for a million of each of `UNITS`, as far as they are known.
        """
        self._fees = fees or {}
        self._base = tiers[0]
        self._higher = tuple(reversed(tiers[1:]))
        self._request = request
        self._most = _dearest_so_far(tiers)

    def cost(self, usage: Usage, parts: Media = NO_MEDIA) -> int:
        """Nano-dollars for the tokens of one call, half a nano-dollar rounded to even.

        `parts` are among the uncached input and the output of `usage`.
        """
        rates = self._base
        if self._higher:
            rates = self._rates(_input(usage))
        amount = usage.input_tokens * rates.input + usage.output_tokens * rates.output
        if usage.reasoning_tokens:
            amount += usage.reasoning_tokens * rates.reasoning
        if usage.cache_read_tokens or usage.cache_write_tokens or usage.cache_write_long_tokens:
            amount += _cached(rates, usage)
        if parts is not NO_MEDIA:
            amount += _media(rates, usage, parts)
        whole = amount // MILLION
        rest = amount - whole * MILLION
        if rest > HALF or (rest == HALF and whole & 1):
            whole += 1
        return self._request + whole

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """The most nano-dollars that at most so many tokens can cost, of whatever kind they turn out to be.

        For a given input it grows with the output by the same amount per million tokens.
        """
        into = out = 0
        for above, dearest_input, dearest_output in self._most:
            if above and input_tokens <= above:
                break
            into, out = dearest_input, dearest_output
        return self._request - (-(input_tokens * into + output_tokens * out) // MILLION)

    def fee(self, units: Mapping[str, int]) -> int | None:
        """Nano-dollars for what is no tokens, rounded up; None if what some of it costs is not known.

        What has no fee of its own is in the price of the call, where there is one.
        """
        if self.is_free:
            return 0
        fees = self._fees
        if not self._request and any(name not in fees for name in units):
            return None
        return -(-sum(count * fees.get(name, 0) for name, count in units.items()) // MILLION)

    @property
    def is_free(self) -> bool:
        """Whether nothing costs anything."""
        return not (self._request or any(self._fees.values()) or any(into or out for _, into, out in self._most))

    def _rates(self, input_tokens: int) -> Rates:
        for rates in self._higher:
            if input_tokens > rates.above:
                return rates
        return self._base


def _cached(rates: Rates, usage: Usage) -> int:
    """What was read from a cache, and what was written to it."""
    written = usage.cache_write_tokens * rates.cache_write + usage.cache_write_long_tokens * rates.cache_write_long
    return usage.cache_read_tokens * rates.cache_read + written


def _media(rates: Rates, usage: Usage, parts: Media) -> int:
    """What sound and images cost more, or less, than text would; none of them counts twice."""
    heard, spoken = min(parts.audio_input, usage.input_tokens), min(parts.audio_output, usage.output_tokens)
    seen = min(parts.image_input, usage.input_tokens - heard)
    drawn = min(parts.image_output, usage.output_tokens - spoken)
    into = heard * (rates.audio_input - rates.input) + seen * (rates.image_input - rates.input)
    return into + spoken * (rates.audio_output - rates.output) + drawn * (rates.image_output - rates.output)


def _input(usage: Usage) -> int:
    written = usage.cache_write_tokens + usage.cache_write_long_tokens
    return usage.input_tokens + usage.cache_read_tokens + written


def _dearest_so_far(tiers: Sequence[Rates]) -> tuple[tuple[int, int, int], ...]:
    """Threshold and dearest rates of a call that may end up in this tier or in any lower one."""
    found: list[tuple[int, int, int]] = []
    into = out = 0
    for tier in tiers:
        tier_input, tier_output = tier.dearest()
        into, out = max(into, tier_input), max(out, tier_output)
        found.append((tier.above, into, out))
    return tuple(found)


NOTHING = Rates(
    input=0,
    cache_read=0,
    cache_write=0,
    cache_write_long=0,
    output=0,
    reasoning=0,
    audio_input=0,
    audio_output=0,
    image_input=0,
    image_output=0,
)
FREE = Price([NOTHING])
"""Costs nothing, whatever is used."""
