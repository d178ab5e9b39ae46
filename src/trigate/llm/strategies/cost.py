"""The cheapest first."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.core.usage import Usage
from trigate.llm.candidate import Candidate
from trigate.llm.demand import services_of
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy

_UNKNOWN = 1 << 62


class Cost(Strategy):
    """Asks the target that is probably cheapest for this very ask: by the prices that hold now, the length of the
    prompt and the bound of the answer. Targets whose price is not known come last."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Estimates for each ask; those that cost the same stay in the order written."""
        return _order


def _order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(found, key=lambda each: likely_cost(ask, each))


def likely_cost(ask: Ask, candidate: Candidate) -> int:
    """Nano-dollars that the ask will probably cost there."""
    sheet = candidate.sheet
    if sheet is None:
        return _UNKNOWN
    output = 0
    if ask.operation.answers_at_length:
        output = ask.operation.output_bound(ask.members).likely(candidate.field)
    usage = Usage(input_tokens=ask.extent(candidate.media).likely, output_tokens=output)
    return sheet.price(services_of(ask, sheet) if sheet.choices else ()).cost(usage)
