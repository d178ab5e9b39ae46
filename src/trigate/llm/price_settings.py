"""Prices as an operator writes them: dollars per million tokens, read as decimal numbers and never as binary ones."""

from decimal import Decimal

from trigate.core.settings import Settings
from trigate.llm.price import Price, Rates
from trigate.llm.sheet import Period, Sheet

NANO = 10**9
"""Nano-dollars in a dollar."""
DEAREST = Decimal(10**6)
"""Dollars per million tokens; more is a mistake."""


class PriceTier(Settings):
    """The price of calls with much input; what is left out costs what it costs below."""

    input: Decimal | None = None
    """Dollars per million tokens of input."""
    output: Decimal | None = None
    """Dollars per million tokens of output."""
    cache_read: Decimal | None = None
    """Dollars per million tokens of input read from the provider's cache."""
    cache_write: Decimal | None = None
    """Dollars per million tokens of input written to the provider's cache."""
    cache_write_long: Decimal | None = None
    """Dollars per million tokens of input written to the provider's cache for an hour."""
    reasoning: Decimal | None = None
    """Dollars per million tokens of reasoning."""
    audio_input: Decimal | None = None
    """Dollars per million tokens of audio in the input."""
    audio_output: Decimal | None = None
    """Dollars per million tokens of audio in the output."""
    image_input: Decimal | None = None
    """Dollars per million tokens of images in the input."""
    image_output: Decimal | None = None
    """Dollars per million tokens of images in the output."""

    def __post_init__(self) -> None:
        for name, dollars in _written(self).items():
            _check(name, dollars)


class PriceSettings(Settings):
    """The price of a model, in dollars per million tokens."""

    input: Decimal
    """Dollars per million tokens of input."""
    output: Decimal = Decimal(0)
    """Dollars per million tokens of output; embeddings have none."""
    cache_read: Decimal | None = None
    """Dollars per million tokens of input read from the provider's cache; as input if left out."""
    cache_write: Decimal | None = None
    """Dollars per million tokens of input written to the provider's cache; as input if left out."""
    cache_write_long: Decimal | None = None
    """The same where it is kept there for an hour; as `cache_write` if left out."""
    reasoning: Decimal | None = None
    """Dollars per million tokens of reasoning; as output if left out."""
    audio_input: Decimal | None = None
    """Dollars per million tokens of audio in the input; as input if left out."""
    audio_output: Decimal | None = None
    """Dollars per million tokens of audio in the output; as output if left out."""
    image_input: Decimal | None = None
    """Dollars per million tokens of images in the input; as input if left out."""
    image_output: Decimal | None = None
    """Dollars per million tokens of images in the output; as output if left out."""
    request: Decimal = Decimal(0)
    """Dollars for every call, whatever its size."""
    image: Decimal | None = None
    """Dollars for every image made, beside its tokens."""
    characters: Decimal | None = None
    """Dollars per million characters of text that is spoken."""
    minute: Decimal | None = None
    """Dollars for a minute of sound that is transcribed or translated."""
    searches: Decimal | None = None
    """Dollars per thousand searches, as rankings are billed."""
    web_searches: Decimal | None = None
    """Dollars per thousand searches of the web that the provider's own tool makes for a model."""
    above: dict[int, PriceTier] = {}
    """Prices of calls with more input tokens than the number: `{200000: {input: 4, output: 15}}`. They hold for the
    whole call, as providers bill."""
    batch: PriceTier | None = None
    """Prices of calls that are part of a batch; what is left out costs what it costs otherwise. Left out altogether,
    `llm.state.batch_price` says what share of the other prices they cost."""

    def __post_init__(self) -> None:
        fees = {name: getattr(self, name) or Decimal(0) for name in _PER_MILLION}
        for name, dollars in {**_written(self), **fees, "request": self.request}.items():
            _check(name, dollars)
        if any(threshold <= 0 for threshold in self.above):
            raise ValueError("`above` counts input tokens: each number must be more than 0")

    def sheet(self) -> Sheet:
        """What holds, at all times."""
        written = _written(self)
        tiers = [rates({name: nano(dollars) for name, dollars in written.items()})]
        for threshold in sorted(self.above):
            written = {**written, **_written(self.above[threshold])}
            tiers.append(rates({name: nano(dollars) for name, dollars in written.items()}, threshold))
        return Sheet([Period(standard=Price(tiers, nano(self.request), self._fees()))], self._batch())

    def _batch(self) -> Price | None:
        if self.batch is None:
            return None
        written = {**_written(self), **_written(self.batch)}
        return Price([rates({name: nano(dollars) for name, dollars in written.items()})], nano(self.request))

    def _fees(self) -> dict[str, int]:
        """For a million of each unit."""
        written = {unit: (getattr(self, name), share) for name, (unit, share) in _PER_MILLION.items()}
        return {unit: nano(dollars * share) for unit, (dollars, share) in written.items() if dollars is not None}


_PER_MILLION = {
    "image": ("images", Decimal(10**6)),
    "characters": ("characters", Decimal(1)),
    "minute": ("milliseconds", Decimal(10**6) / 60_000),
    "searches": ("searches", Decimal(10**3)),
    "web_searches": ("web_searches", Decimal(10**3)),
}
"""The unit that each fee is for, and how many times a million of them cost what is written."""


def rates(written: dict[str, int], above: int = 0) -> Rates:
    """Rates from those that are known; caches and audio cost what other input costs, reasoning what output costs."""
    into, out = written["input"], written.get("output", 0)
    return Rates(
        input=into,
        cache_read=written.get("cache_read", into),
        cache_write=written.get("cache_write", into),
        cache_write_long=written.get("cache_write_long", written.get("cache_write", into)),
        output=out,
        reasoning=written.get("reasoning", out),
        audio_input=written.get("audio_input", into),
        audio_output=written.get("audio_output", out),
        image_input=written.get("image_input", into),
        image_output=written.get("image_output", out),
        above=above,
    )


def nano(dollars: Decimal) -> int:
    """Dollars as nano-dollars."""
    return int(dollars * NANO)


def _written(node: PriceSettings | PriceTier) -> dict[str, Decimal]:
    amounts = {name: getattr(node, name) for name in PriceTier.__struct_fields__}
    return {name: dollars for name, dollars in amounts.items() if dollars is not None}


def _check(name: str, dollars: Decimal) -> None:
    if not 0 <= dollars <= DEAREST:
        raise ValueError(f"{name}: a price is at least 0 and at most {DEAREST} dollars")
    if dollars * NANO % 1:
        raise ValueError(f"{name}: a price has at most nine digits behind the point")
