"""What one attempt may use up, told to the limits before it is made."""

import re
from functools import partial

import msgspec

from trigate.core.demand import Demand, Tariff
from trigate.llm.extent import Extent, MediaBounds
from trigate.llm.operation import Ask, Bound
from trigate.llm.output_bound import COMPLETION
from trigate.llm.sheet import Sheet
from trigate.llm.task_operation import TaskOperation

_SEARCHING = re.compile(r"gpt-.*-search-(?:preview|api)").match
_text = msgspec.json.Decoder(str).decode


class Terms(msgspec.Struct, frozen=True):
    """What a target's demands have in common."""

    provider: str
    model: str
    sheet: Sheet | None
    """What it costs, None if that is not known."""
    field: str
    """The member by which the provider takes a bound of the output."""
    media: MediaBounds
    most_output: int | None = None
    """Tokens of output where the target's dialect demands a bound and the caller sets none."""
    searches: bool = False
    """Each chat is billed a search of the web, which no answer counts."""


def searches_always(model: str) -> bool:
    """Whether a model looks for every chat in the web, such as `gpt-4o-search-preview` and `gpt-5-search-api`.

    https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat
    """
    return _SEARCHING(model) is not None


def demand_of(ask: Ask, terms: Terms) -> Demand:
    """The bounds of an attempt; a bound that an earlier attempt was given is forgotten. Raises InvalidParameter."""
    ask.added = ask.most_output = None
    operation, sheet, field = ask.operation, terms.sheet, terms.field
    if operation.is_free:
        return Demand(provider=terms.provider, model=terms.model)
    extent = ask.extent(terms.media)
    tariff = None if sheet is None else sheet.single or _tariff(ask, sheet)
    if operation.unit and isinstance(operation, TaskOperation):
        return _task_demand(ask, operation, terms, extent, tariff)
    if not operation.answers_at_length:
        return Demand(extent.most, 0, extent.likely, 0, 0, tariff, None, terms.provider, terms.model)
    bound = operation.output_bound(ask.members)
    most = bound.most(field)
    if most is None:
        if (most := bound.most(COMPLETION)) is not None:
            lower(ask, bound, field, most)  # in words that the provider obeys
        else:
            most = terms.most_output
    cap, likely = partial(lower, ask, bound, field), bound.likely(field)
    return Demand(extent.most, most, extent.likely, likely, 0, tariff, cap, terms.provider, terms.model)


def _tariff(ask: Ask, sheet: Sheet) -> Tariff:
    return sheet.tariff(services_of(ask, sheet) if sheet.choices else ())


class UnitTariff(msgspec.Struct, frozen=True):
    """The tariff of what is billed by something else beside tokens, or instead of them."""

    tokens: Tariff
    fee: int
    """Nano-dollars for the most of it."""

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """The most that both together can cost."""
        return self.tokens.most(input_tokens, output_tokens) + self.fee


def _task_demand(ask: Ask, operation: TaskOperation, terms: Terms, extent: Extent, tariff: Tariff | None) -> Demand:
    """Of what may be billed by the image, the character and so on."""
    burden = operation.burden(ask, terms.media)
    if tariff is not None and terms.sheet is not None and burden.units:
        fee = terms.sheet.price(services_of(ask, terms.sheet)).fee(burden.units)
        if fee is not None:
            tariff = UnitTariff(tariff, fee)
        elif not burden.is_counted:
            tariff = None
    return Demand(
        extent.most, burden.output, extent.likely, burden.likely_output, 0, tariff, None, terms.provider, terms.model
    )


def likely_tokens(ask: Ask, terms: Terms) -> int:
    """What ask and answer will probably be counted as; raises InvalidParameter."""
    tokens = ask.extent(terms.media).likely
    if ask.operation.answers_at_length:
        tokens += ask.operation.output_bound(ask.members).likely(terms.field)
    return tokens


def lower(ask: Ask, bound: Bound, field: str, tokens: int) -> None:
    """Have the ask go out with a bound of its output; raises InvalidParameter if that is too low for it."""
    ask.most_output = bound.share(tokens)
    ask.added = bound.lowered(ask.members, field, tokens)


def services_of(ask: Ask, sheet: Sheet, answered: str = "") -> list[str]:
    """The services that decide on the price: what the provider says it was (`answered`), else what was asked for."""
    found: list[str] = []
    for name in sheet.choices:
        raw = ask.members.get(name)
        if name == "service_tier" and answered:
            found.append(f"{name}={answered}")
        elif raw is not None and bytes(raw)[:1] == b'"':
            found.append(f"{name}={_text(raw)}")
    return found
