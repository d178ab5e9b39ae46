"""Configs of Portkey's, as its SDKs send them: they choose among models, and say what is not followed."""

import json
from typing import Any

import pytest

from tests.llm.scene import JSON, Scene, answers
from tests.llm.test_router import ASK, DONE
from trigate.llm import portkey
from trigate.llm.portkey import LONGEST, read_config
from trigate.policy.access import Access
from trigate.policy.rule import Rule

FALLBACK = {"mode": "fallback"}
BUSY = {"error": {"message": "busy"}}


def models(config: Any, model: str = "gpt") -> tuple[str, ...]:
    return read_config(json.dumps(config).encode(), model).models


def target(provider: str, model: str = "", **more: Any) -> dict[str, Any]:
    return {"provider": provider, **more, **({"override_params": {"model": model}} if model else {})}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, ["gpt"]),
        ({"provider": "openai"}, ["openai/gpt"]),
        (target("@openai", "gpt-5.2"), ["openai/gpt-5.2"]),
        ({"override_params": {"model": "fast"}}, ["fast"]),
        (
            {"strategy": FALLBACK, "targets": [target("@openai", "a"), target("other"), target("@openai", "a")]},
            ["openai/a", "other/gpt"],
        ),
        ({"targets": [target("@openai", "a"), target("other")]}, ["openai/a"]),
        ({"strategy": {"mode": "single"}, "targets": [target("", "@openai/a")]}, ["openai/a"]),
    ],
)  # fmt: skip
def test_a_config_comes_to_models_here(config: Any, expected: list[str]):
    assert list(models(config)) == expected


@pytest.mark.parametrize(("drawn", "expected"), [(0.0, "a/gpt"), (0.69, "a/gpt"), (0.71, "b/gpt"), (0.999, "b/gpt")])
def test_a_load_is_balanced_by_weight(drawn: float, expected: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(portkey, "chance", lambda: drawn)
    config = {"strategy": {"mode": "loadbalance"}, "targets": [target("a", weight=0.7), target("b", weight=0.3)]}
    assert models(config) == (expected,)
    assert models({**config, "targets": [target("a", weight=0)]}) == ("a/gpt",)


@pytest.mark.parametrize(
    "said",
    [
        b"pc-saved-1",
        b"[]",
        b"{",
        b"{" + b" " * LONGEST + b"}",
        b'{"strategy": {"mode": "conditional"}}',
        b'{"targets": [{"targets": []}]}',
        b'{"targets": [{"virtual_key": "x"}]}',
        b'{"api_key": "sk-canary-0123456789"}',
        b'{"custom_host": "http://127.0.0.1"}',
        b'{"aws_secret_access_key": "x"}',
        b'{"override_params": {"model": 7}}',
        b'{"provider": "a\\u0000"}',
        json.dumps({"targets": [target("a")] * 11}).encode(),
    ],
)
async def test_what_cannot_be_followed_is_refused(said: bytes):
    scene = await Scene().ask(ASK, headers=[*JSON, (b"x-portkey-config", said)])
    assert (scene.status, scene.error["param"]) == (400, "x-portkey-config")
    assert b"canary" not in scene.body
    assert scene.client.sent == []


async def test_the_targets_are_asked_one_after_the_other():
    config = {"strategy": {"mode": "fallback"}, "targets": [target("@openai", "gpt-5.2"), target("other", "llama")]}
    scene = Scene(answers(BUSY, 500), answers(DONE))
    await scene.ask(ASK, headers=[*JSON, (b"x-portkey-config", json.dumps(config).encode())])
    assert scene.status == 200
    assert scene.upstream == {**ASK, "model": "llama"}
    assert [each["resource"] for each in scene.spool.records] == ["model/other/llama", "model/openai/gpt-5.2"]
    assert b"x-portkey-config" not in scene.client.sent[0][2]


async def test_what_is_not_followed_is_told():
    config = {"retry": {"attempts": 3}, "cache": {"mode": "simple"}, "override_params": {"model": "smart", "top_k": 3},
              "strategy": {"mode": "fallback", "on_status_codes": [429]}}  # fmt: skip
    scene = Scene(answers(DONE))
    await scene.ask({**ASK, "model": "x"}, headers=[*JSON, (b"x-portkey-config", json.dumps(config).encode())])
    assert scene.record["resource"] == "model/smart"
    told = scene.edge.extra.decode()
    for loss in (
        "retry;dropped",
        "cache;dropped",
        "override_params.top_k;dropped",
        "strategy.on_status_codes;degraded",
    ):
        assert loss in told


async def test_it_opens_no_model_that_the_caller_may_not_use():
    access = Access([Rule(allow=("llm.chat model/smart",))])
    both = {"strategy": FALLBACK, "targets": [target("", "smart"), target("", "fast")]}
    for config in ({"override_params": {"model": "fast"}}, both):
        scene = Scene(access=access)
        await scene.ask(ASK, headers=[*JSON, (b"x-portkey-config", json.dumps(config).encode())])
        assert (scene.status, scene.client.sent) == (403, [])
