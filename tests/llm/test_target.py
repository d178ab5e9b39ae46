"""Where an ask may go, and whether it should go there now."""

from typing import Any

import pytest

from tests.llm.golden.book import HERE
from tests.llm.scene import FakeClient, Scene, answers
from tests.llm.test_site import around
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.llm.fact_settings import FactSettings
from trigate.llm.fault import NONE, PASSING
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings
from trigate.llm.site import Site
from trigate.llm.target import Bounds, Target

NOW = 1000.0


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: NOW)


def target(**provider: Any) -> Target:
    client: Any = FakeClient([])
    return Target(Site("openai", OpenAI(**provider), client, around()), "a/b", None, Bounds(1, 1, 15.0))


def test_it_is_called_by_provider_and_model():
    assert target().name == "openai/a/b"


def test_the_same_target_at_another_place_in_a_list_shares_its_health():
    last = target()
    first = last.yielding(PASSING)
    assert (first.yields, last.yields) == (PASSING, NONE)
    assert first.health is last.health


def test_it_rests_as_long_as_its_model_and_its_provider_do():
    found = target()
    assert found.available(NOW)
    assert found.opens(NOW) == NOW
    found.health.rest(10)
    assert not found.available(NOW)
    found.site.vitals.provider.rest(20)
    assert found.opens(NOW) == NOW + 20
    assert found.available(NOW + 20)


def test_it_rests_when_all_its_keys_do():
    found = target(api_keys=[Secret("a"), Secret("b")])
    assert found.grips is not None
    first, second = found.grips
    first.key.accuse("a/b", "key", 401, None)
    assert found.available(NOW)
    second.key.accuse("a/b", "rate_limit", 429, 7)
    assert not found.available(NOW)
    assert found.opens(NOW) == NOW + 7


async def asked_for(model: str, **more: Any) -> int:
    """Tokens of output that Anthropic is asked for, where the caller sets no bound."""
    facts = {"mine": FactSettings(most_output=700)}
    llm = LlmSettings(providers={"a": Anthropic(api_key=Secret("k"), facts=facts)}, **more)
    reply = answers((HERE / "replies/anthropic_messages/text.json").read_bytes())
    ask = {"model": f"a/{model}", "messages": [{"role": "user", "content": "Hi"}]}
    return (await Scene(reply, llm=llm).ask(ask)).upstream["max_tokens"]


async def test_a_bound_that_must_be_set_is_what_the_model_can_give_as_far_as_the_settings_allow():
    assert await asked_for("claude-sonnet-4-5") == 32_000
    assert await asked_for("claude-sonnet-4-5", most_output=100_000) == 64_000
    assert await asked_for("claude-3-haiku-20240307") == 4096
    assert await asked_for("mine") == 700
    assert await asked_for("nobody-knows") == 4096
