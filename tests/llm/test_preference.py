"""What callers prefer of providers, as OpenRouter's SDKs write it."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import Scene, answers, settings
from tests.llm.test_router import ASK, DONE
from trigate.core.settings import Secret
from trigate.llm.data_policy import DataPolicy
from trigate.llm.error import InvalidParameter
from trigate.llm.model import Model
from trigate.llm.preference import MOST, read_preference
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider import Provider
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI

KEYED = Secret("sk-canary-0123456789")
PROVIDERS: dict[str, Provider] = {
    "openai": OpenAI(api_key=KEYED, policy=DataPolicy(trains=False)),
    "groq": OpenAI(api_key=KEYED, base_url="https://groq.test/v1"),
    "claude": Anthropic(api_key=KEYED),
    "router": OpenAI(api_key=KEYED, base_url="https://openrouter.ai/api/v1"),
}
PRICES = {"openai/gpt": 10, "groq/llama": 1, "claude/opus": 5}
MODELS: dict[str, Any] = {
    "smart": {"targets": list(PRICES)},
    "routed": {"targets": ["router/gpt", "groq/llama"]},
}


def llm() -> Any:
    providers = dict(PROVIDERS)
    for target, price in PRICES.items():
        name = target.partition("/")[0]
        prices = msgspec.convert({"*": {"input": price, "output": price}}, dict[str, PriceSettings], strict=False)
        providers[name] = msgspec.structs.replace(providers[name], prices=prices)
    return settings(providers=providers, models=msgspec.convert(MODELS, dict[str, Model], strict=False))


async def tried(provider: Any, model: str = "smart", **more: Any) -> list[str]:
    """The targets that are asked when each of them fails."""
    scene = Scene(*(answers({"error": {"message": "down"}}, 500) for _ in range(3)), llm=llm())
    await scene.ask({**ASK, "model": model, "provider": provider, **more})
    if scene.status == 404:
        return []
    return [*(each["target"] for each in scene.record.get("tries", [])), scene.record["target"]]


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ({}, ["openai/gpt", "groq/llama", "claude/opus"]),
        ({"order": ["Groq", "anthropic"]}, ["groq/llama", "claude/opus", "openai/gpt"]),
        ({"order": ["groq/turbo"], "allow_fallbacks": False}, ["groq/llama"]),
        ({"allow_fallbacks": False}, ["openai/gpt"]),
        ({"only": ["claude"]}, ["claude/opus"]),
        ({"only": ["nobody"]}, []),
        ({"ignore": ["groq"]}, ["openai/gpt", "claude/opus"]),
        ({"sort": "price"}, ["groq/llama", "claude/opus", "openai/gpt"]),
        ({"sort": {"by": "price", "partition": "none"}}, ["groq/llama", "claude/opus", "openai/gpt"]),
        ({"sort": "latency"}, ["openai/gpt", "groq/llama", "claude/opus"]),
        ({"max_price": {"prompt": 5, "completion": "5.5"}}, ["groq/llama", "claude/opus"]),
        ({"data_collection": "deny"}, ["openai/gpt"]),
        ({"zdr": True}, []),
        ({"data_collection": "allow", "zdr": False}, ["openai/gpt", "groq/llama", "claude/opus"]),
    ],
)
async def test_targets_are_asked_as_the_caller_prefers(provider: dict[str, Any], expected: list[str]):
    assert await tried(provider) == expected


async def test_nobody_but_a_router_gets_the_callers_words():
    scene = await Scene(answers(DONE), llm=llm()).ask({**ASK, "provider": {"order": ["openai"]}, "transforms": ["x"]})
    assert scene.upstream == {**ASK, "model": "gpt"}
    routed = await Scene(answers(DONE), llm=llm()).ask(
        {**ASK, "model": "routed", "provider": {"only": ["azure"]}, "transforms": ["x"], "route": "fallback"}
    )
    said = {"provider": {"only": ["azure"]}, "transforms": ["x"], "route": "fallback"}
    assert routed.upstream == {**ASK, "model": "gpt", **said}


async def test_what_nobody_here_can_follow_is_told():
    provider = {"quantizations": ["fp8"], "require_parameters": True, "max_price": {"image": 1}}
    scene = await Scene(answers(DONE), llm=llm()).ask({**ASK, "provider": provider, "transforms": ["middle-out"]})
    assert scene.status == 200
    told = (scene.edge.extra + b"".join(b"%b: %b\r\n" % each for each in scene.heads[0].headers)).decode()
    for loss in ("provider.quantizations;dropped", "provider.max_price.image;dropped", "transforms;dropped",
                 "provider.require_parameters;degraded"):  # fmt: skip
        assert loss in told


async def test_a_callers_further_models_are_chosen_alike():
    down = [answers({"error": {"message": "down"}}, 500) for _ in range(3)]
    ask = {**ASK, "model": "routed", "provider": {"only": ["claude"]}, "models": ["smart"]}
    scene = await Scene(*down, llm=llm()).ask(ask)
    assert [each["target"] for each in scene.spool.records] == ["claude/opus", "smart"]
    assert [each["target"] for each in scene.spool.records[-1]["tries"]] == ["router/gpt"]


@pytest.mark.parametrize(
    "provider",
    [1, "openai", {"order": "openai"}, {"sort": "beauty"}, {"max_price": {"prompt": -1}}, {"only": ["x"] * (MOST + 1)}],
)
async def test_what_cannot_be_meant_is_refused(provider: Any):
    scene = await Scene(llm=llm()).ask({**ASK, "provider": provider})
    assert (scene.status, scene.error["param"]) == (400, "provider")
    assert scene.client.sent == []


def test_what_says_nothing_is_nothing():
    for text in ('{"provider": null}', '{"transforms": [], "route": "fallback"}'):
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        assert read_preference(members) is None
        assert not members


def test_an_absurd_price_is_refused():
    members = msgspec.json.decode('{"provider": {"max_price": {"prompt": 1e300}}}', type=dict[str, msgspec.Raw])
    with pytest.raises(InvalidParameter, match="max_price"):
        read_preference(members)
