"""A bill adds up what providers counted, at the batch's price, and guesses nothing."""

import json
from typing import Any

from trigate.core.usage import Usage
from trigate.llm.price import Price
from trigate.llm.price_settings import rates
from trigate.llm.resource.bill import Bill
from trigate.llm.resource.kept import Share
from trigate.llm.sheet import Period, Sheet

SHEET = Sheet([Period(standard=Price([rates({"input": 10**10, "output": 10**11})]))])
USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


def share(asked: str = "smart", model: str = "gpt", asks: int = 1, operation: str = "openai_chat") -> Share:
    return Share(asked, operation, model, asks, 0)


def completion(model: str = "gpt-2026-01-01", status: int = 200, usage: Any = USAGE) -> bytes:
    body = {"model": model, "choices": [], "usage": usage}
    return json.dumps({"custom_id": "a", "response": {"status_code": status, "body": body}}).encode()


def totals(shares: tuple[Share, ...], *lines: bytes, sheet: Sheet | None = SHEET) -> dict[str, Usage]:
    bill = Bill(shares, [sheet] * len(shares), 50)
    for line in lines:
        bill.add(line)
    return {each.asked: used for each, used in bill.totals()}


def test_answers_are_added_up_at_half_the_price():
    used = totals((share(asks=2),), completion(), completion())["smart"]
    assert (used.input_tokens, used.output_tokens) == (200, 20)
    assert used.cost == 2 * (100 * 10_000 + 10 * 100_000) // 2


def test_each_answer_belongs_to_the_model_whose_name_it_begins_with():
    shares = (share("one", "gpt"), share("two", "gpt-mini"))
    used = totals(shares, completion("gpt-mini-2026"), completion("gpt-2026"))
    assert {name: each.input_tokens for name, each in used.items()} == {"one": 100, "two": 100}


def test_two_names_of_one_model_share_its_answers():
    used = totals((share("one"), share("two", asks=2)), completion(), completion(), completion())
    assert {name: each.input_tokens for name, each in used.items()} == {"one": 100, "two": 200}


def test_what_failed_or_cannot_be_read_costs_nothing():
    lines = (
        completion(status=500),
        b"no json",
        b'{"error":{}}',
        b'{"response":null}',
        b'{"result":{"type":"expired"}}',
    )
    assert totals((share(),), *lines) == {}


def test_an_answer_without_counts_is_marked():
    used = totals((share(),), completion(usage=None))["smart"]
    assert used.estimated
    assert used.cost == 0


def test_a_price_that_nobody_knows_is_marked():
    used = totals((share(),), completion(), sheet=None)["smart"]
    assert used.unpriced
    assert used.input_tokens == 100


def test_anthropics_results_are_read_too():
    message = {"model": "gpt", "usage": {"input_tokens": 100, "output_tokens": 10}}
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": message}}).encode()
    used = totals((share(operation="anthropic_messages"),), line)["smart"]
    assert (used.input_tokens, used.output_tokens) == (100, 10)


def test_a_price_of_batches_goes_before_the_share():
    sheet = Sheet([Period(standard=Price([rates({"input": 10**10})]))], Price([rates({"input": 10**9})]))
    assert totals((share(),), completion(), sheet=sheet)["smart"].cost == 100 * 1000
