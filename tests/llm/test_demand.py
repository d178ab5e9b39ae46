"""What an attempt may use up, as limits hear of it."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from trigate.core.demand import Demand
from trigate.llm.demand import Terms, UnitTariff, demand_of, services_of
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Ask
from trigate.llm.operations.openai_chat import OpenAIChat
from trigate.llm.operations.openai_embeddings import OpenAIEmbeddings
from trigate.llm.operations.openai_images import GENERATE
from trigate.llm.operations.openai_speech import OPERATION as SPEECH
from trigate.llm.price import Price
from trigate.llm.price_settings import PriceSettings, rates
from trigate.llm.sheet import Period, Sheet
from trigate.llm.task_operation import TaskOperation

SHEET = Sheet([Period(standard=Price([rates({"input": 10**9, "output": 2 * 10**9})]))])
TIERED = Sheet(
    [
        Period(
            standard=Price([rates({"input": 10**9})]),
            services={"service_tier=priority": Price([rates({"input": 2 * 10**9})])},
        )
    ]
)


def ask(operation: OpenAIChat | OpenAIEmbeddings | None = None, **values: Any) -> Ask:
    return (operation or OpenAIChat()).decode(msgspec.json.encode({"model": "m", "messages": [], **values}))


def demand(one: Ask, sheet: Sheet | None = SHEET, field: str = "max_completion_tokens") -> Demand:
    return demand_of(one, Terms("openai", "gpt", sheet, field, MediaBounds()))


def sent(one: Ask) -> dict[str, Any]:
    return msgspec.json.decode(one.write(msgspec.Raw(b'"gpt"'), counts_streams=True))


def test_a_demand_bounds_tokens_and_names_the_target():
    made = demand(ask(max_tokens=100, n=2))
    assert (made.provider, made.model, made.output_tokens, made.likely_output) == ("openai", "gpt", 200, 200)
    assert made.tariff is not None
    assert made.tariff.most(10**6, 10**6) == 3 * 10**9
    assert 0 < made.likely_input < made.input_tokens


def test_an_ask_without_a_bound_can_be_given_one():
    one = ask()
    made = demand(one)
    assert made.output_tokens is None
    assert made.cap is not None
    made.cap(50)
    assert sent(one)["max_completion_tokens"] == 50


@pytest.mark.parametrize("member", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_a_bound_beyond_all_measure_is_none(member: str, field: str):
    values: dict[str, Any] = {member: 10**8, "n": 100}
    one = ask(None, **values)
    made = demand(one, field=field)
    assert made.output_tokens is None
    assert made.cap is not None
    made.cap(500)
    assert sent(one)[field if member != "max_tokens" else member] == 5


def test_the_next_attempt_does_not_inherit_a_bound():
    one = ask()
    made = demand(one)
    assert made.cap is not None
    made.cap(50)
    demand(one)
    assert "max_completion_tokens" not in sent(one)


def test_a_bound_that_the_provider_would_not_read_is_sent_in_its_words():
    one = ask(max_completion_tokens=70)
    made = demand(one, field="max_tokens")
    assert made.output_tokens == 70
    assert sent(one)["max_tokens"] == sent(one)["max_completion_tokens"] == 70


def test_a_bound_too_low_for_the_choices_is_the_callers_to_solve():
    made = demand(ask(n=5))
    assert made.cap is not None
    with pytest.raises(InvalidParameter, match="4 tokens"):
        made.cap(4)


def test_embeddings_have_no_output():
    one = ask(OpenAIEmbeddings(), input=["a"], max_tokens="odd")
    made = demand(one)
    assert (made.output_tokens, made.likely_output, made.cap) == (0, 0, None)


def test_an_unknown_price_is_no_tariff():
    assert demand(ask(), None).tariff is None


@pytest.mark.parametrize(
    ("values", "answered", "services"),
    [
        ({}, None, []),
        ({"service_tier": "priority"}, "", ["service_tier=priority"]),
        ({"service_tier": "priority"}, "default", ["service_tier=default"]),
        ({}, "priority", ["service_tier=priority"]),
        ({"service_tier": None}, "", []),
        ({"service_tier": 7}, "", []),
    ],
)
def test_the_service_that_was_given_goes_before_the_one_asked_for(
    values: dict[str, Any], answered: str, services: list[str]
):
    assert services_of(ask(**values), TIERED, answered) == services


def test_the_service_asked_for_decides_on_the_tariff():
    tariff = demand(ask(service_tier="priority"), TIERED).tariff
    assert tariff is not None
    assert tariff.most(10**6, 0) == 2 * 10**9


def _task(operation: TaskOperation, body: bytes, price: PriceSettings | None) -> Demand:
    terms = Terms("p", "m", price.sheet() if price is not None else None, "max_tokens", MediaBounds())
    return demand_of(operation.decode(body), terms)


def test_what_is_billed_by_the_piece_is_bounded_by_its_pieces():
    demand = _task(SPEECH, b'{"model":"m","input":"hello"}', PriceSettings(input=Decimal(0), characters=Decimal(15)))
    assert isinstance(demand.tariff, UnitTariff)
    assert demand.tariff.most(1000, 1000) == 75_000
    assert (demand.provider, demand.model) == ("p", "m")


def test_what_nobody_counts_in_tokens_has_no_price_by_tokens():
    by_token = PriceSettings(input=Decimal(1), output=Decimal(2))
    assert _task(SPEECH, b'{"model":"m","input":"hello"}', by_token).tariff is None
    assert _task(SPEECH, b'{"model":"m","input":"hello"}', None).tariff is None
    images = _task(GENERATE, b'{"model":"m","prompt":"x","n":2}', by_token)
    assert images.output_tokens == 2 * MediaBounds().image
    assert images.tariff is not None
    assert images.tariff.most(0, images.output_tokens or 0) == 2 * MediaBounds().image * 2000
