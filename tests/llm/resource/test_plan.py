"""The asks of a batch are understood, written for the provider, and priced before they are sent."""

import json
from typing import Any

import msgspec
import pytest

from tests.llm.resource.office import OWNER, Office, settings
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal, Restriction
from trigate.core.request import Peer, Request
from trigate.core.usage import Usage
from trigate.llm.error import InvalidParameter, ModelNotFound
from trigate.llm.resource.handle import HandleUnknown
from trigate.llm.resource.plan import BY_NAME, Plan, discounted
from trigate.llm.resource.unwrap import resolver
from trigate.llm.settings import Model

CHAT = BY_NAME["openai_chat"]


def plan(office: Office, provider: str = "openai") -> Plan:
    return Plan(caller(office), office.premises, provider, resolver(office.premises, OWNER, provider))


def caller(office: Office, **about: Any) -> Call:
    request = Request(b"POST", b"/", b"/", b"", b"", [], {})
    exchange = Exchange("1", request, Peer(""), office.signal, 0.0)
    exchange.principal = principal = Principal("dev", frozenset({"llm"}), **about)
    return Call("1", exchange, principal, Action("llm.batches.create", "provider/openai"), None, 0.0, Usage())


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


@pytest.mark.parametrize("more", [{"models": ["wise"]}, {"fallbacks": ["wise"]}, {"previous_response_id": "r"}])
async def test_an_ask_that_leads_to_others_is_no_part_of_a_batch(more: dict[str, Any]):
    with pytest.raises(InvalidParameter, match="stands alone"):
        plan(Office()).add(CHAT, ask("smart", **more))


async def test_an_ask_in_the_background_is_no_part_of_a_batch():
    body = json.dumps({"model": "smart", "input": "hi", "background": True}).encode()
    with pytest.raises(InvalidParameter, match="`background`"):
        plan(Office()).add(BY_NAME["openai_responses"], body)


async def test_each_ask_goes_by_rules_strategy_and_health():
    targets = [
        {"target": "openai/gpt-large", "when": "principal.team == 'red'"},
        {"target": "openai/gpt-small"},
    ]
    models = msgspec.convert({"smart": {"targets": targets}}, dict[str, Model], strict=False)
    office = Office(llm=settings(models=models))
    resolve = resolver(office.premises, OWNER, "openai")
    found = [Plan(caller(office, team=team), office.premises, "openai", resolve) for team in ("red", "blue")]
    assert [json.loads(each.add(CHAT, ask("smart")))["model"] for each in found] == ["gpt-large", "gpt-small"]
    (large, _) = office.lane._router.find("smart").candidates  # type: ignore[reportPrivateUsage] - whose health it is
    large.health.rest(60)
    found[0].add(CHAT, ask("smart"))
    assert [(each.model, each.asks) for each in found[0].shares] == [("gpt-large", 1), ("gpt-small", 1)]


async def test_who_may_not_use_a_model_is_not_told_whether_it_is_there():
    office = Office()
    restricted = caller(office, restriction=Restriction(models=("wise",)))
    for model in ("smart", "nothing"):
        with pytest.raises(Forbidden, match=f"model/{model}"):
            Plan(restricted, office.premises, "openai", resolver(office.premises, OWNER, "openai")).add(
                CHAT, ask(model)
            )
