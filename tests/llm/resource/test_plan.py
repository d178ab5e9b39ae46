"""The asks of a batch are understood, written for the provider, and priced before they are sent."""

import json
from typing import Any

import pytest

from tests.llm.resource.office import OWNER, Office
from trigate.llm.error import InvalidParameter, ModelNotFound
from trigate.llm.resource.handle import HandleUnknown
from trigate.llm.resource.plan import BY_NAME, Plan, discounted
from trigate.llm.resource.unwrap import resolver

CHAT = BY_NAME["openai_chat"]


def plan(office: Office, provider: str = "openai") -> Plan:
    return Plan(office.premises, provider, resolver(office.premises, OWNER, provider))


def ask(model: str, **more: Any) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}], **more}).encode()


async def test_each_ask_gets_the_providers_name_of_its_model():
    made = plan(Office())
    written = json.loads(made.add(CHAT, ask("smart", max_completion_tokens=7)))
    assert written["model"] == "gpt-large"
    assert written["max_completion_tokens"] == 7
    made.add(CHAT, ask("smart"))
    (share,) = made.shares
    assert (share.asked, share.model, share.operation, share.asks) == ("smart", "gpt-large", "openai_chat", 2)


async def test_a_longer_answer_may_cost_more():
    costs: list[int] = []
    for most in (10, 99):
        made = plan(Office())
        made.add(CHAT, ask("smart", max_completion_tokens=most))
        costs.append(made.shares[0].cost)
    assert costs[1] - costs[0] == 89 * 100_000 // 2


async def test_a_price_that_nobody_knows_is_told_as_none():
    made = plan(Office())
    made.add(CHAT, ask("unpriced"))
    assert made.shares[0].cost == -1


@pytest.mark.parametrize(
    ("model", "more", "error"),
    [
        ("wise", {}, InvalidParameter),
        ("nothing", {}, ModelNotFound),
        ("smart", {"stream": True}, InvalidParameter),
    ],
)
async def test_an_ask_that_cannot_go_there_is_refused(model: str, more: dict[str, Any], error: type[Exception]):
    with pytest.raises(error):
        plan(Office()).add(CHAT, ask(model, **more))


async def test_identifiers_in_an_ask_become_the_providers_own():
    office = Office()
    content = [{"type": "file", "file": {"file_id": office.handle("file", "file-raw-1")}}]
    written = plan(office).add(CHAT, ask("smart", messages=[{"role": "user", "content": content}]))
    assert b'"file-raw-1"' in written
    assert b"tg_" not in written


async def test_identifiers_of_others_are_unknown():
    office = Office()
    for handle in (office.handle("file", "file-x", owner="other"), office.handle("file", "file_x", "claude")):
        with pytest.raises(HandleUnknown):
            plan(office).add(CHAT, ask("smart", messages=[{"role": "user", "content": handle}]))


def test_half_a_price_is_rounded_once():
    assert [discounted(cost, 50) for cost in (0, 1, 2, 3)] == [0, 1, 1, 2]
