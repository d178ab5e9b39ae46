"""What one attempt uses up: counted once, priced once, whatever way the attempt ends."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.usage import Usage
from trigate.llm.demand import Terms, services_of
from trigate.llm.operation import Ask
from trigate.llm.price import NO_MEDIA, Price
from trigate.llm.reply import Tally
from trigate.llm.sheet import Sheet


class Meter(Struct, eq=False):
    """Of one attempt; `close` adds what it used to the call.

    An ask that never went out costs nothing, nor does one that was refused. Where the provider does not say what it
    counted, the input is estimated from the ask and the output from what came, and the usage is marked so.
    """

    _call: Call
    _ask: Ask
    _terms: Terms
    _used: Usage
    """That of the call, with its first attempt."""
    _tally: Tally | None = None
    _output: int = 0
    sent: bool = False
    """The ask is on its way: set by the client."""
    begun: bool = False
    """The provider has taken the ask on, and will bill it."""

    @property
    def tokens(self) -> int:
        """All that were used, as far as is known."""
        if not self.begun:
            return 0
        tally = self._tally
        return tally.prompt + tally.completion if tally else self._ask.extent(self._terms.media).likely + self._output

    def presume(self) -> None:
        """Nobody waits for the answer any more: if the ask went out, the provider may have begun with it."""
        self.begun = self.begun or self.sent

    def refused(self) -> None:
        """The provider did not take the ask on."""
        self.sent = self.begun = False

    def report(self, tally: Tally | None, guess: Callable[[], int]) -> None:
        """What the provider counted; if that is nothing, or cannot be true, `guess` tells the output tokens."""
        if tally is not None and tally.sound:
            self._tally = tally
            tally.add_to(self._used)
        else:
            self._output = guess()

    def close(self) -> None:
        """Add tokens and cost to the call's usage."""
        if not self.begun or self._ask.operation.is_free:
            return
        used = self._used
        if self._tally is None:
            used.input_tokens = self._ask.extent(self._terms.media).likely
            used.output_tokens = self._output
            used.units = self._ask.units
            used.estimated = True
        if self._terms.searches and not used.units and self._ask.operation.is_chat:
            used.units = {"web_searches": 1}
        self._price(used, self._tally)
        if used is not self._call.usage:
            _add(used, self._call.usage)

    def _price(self, used: Usage, tally: Tally | None) -> None:
        sheet = self._terms.sheet
        if sheet is None:
            used.unpriced = True
            return
        price = sheet.single or sheet.price(self._services(sheet, tally))
        used.cost = price.cost(used, tally.media if tally else NO_MEDIA)
        if self._ask.operation.unit:
            self._price_units(price, used, tally)
        elif used.units:
            fee = price.fee(used.units)
            used.cost += fee or 0
            used.unpriced = fee is None

    def _services(self, sheet: Sheet, tally: Tally | None) -> Sequence[str]:
        return services_of(self._ask, sheet, tally.service_tier if tally else "") if sheet.choices else ()

    def _price_units(self, price: Price, used: Usage, tally: Tally | None) -> None:
        """Of an operation that may be billed by something else than tokens."""
        fee = price.fee(used.units) if used.units else None
        if fee is not None:
            used.cost += fee
        elif tally is None or not (tally.prompt or tally.completion):
            used.unpriced = not price.is_free


def _add(used: Usage, total: Usage) -> None:
    total.input_tokens += used.input_tokens
    total.cache_read_tokens += used.cache_read_tokens
    total.cache_write_tokens += used.cache_write_tokens
    total.cache_write_long_tokens += used.cache_write_long_tokens
    total.output_tokens += used.output_tokens
    total.reasoning_tokens += used.reasoning_tokens
    if used.units is not None:
        counted = total.units or {}
        total.units = counted | {name: count + counted.get(name, 0) for name, count in used.units.items()}
    total.cost += used.cost
    total.estimated = total.estimated or used.estimated
    total.unpriced = total.unpriced or used.unpriced
