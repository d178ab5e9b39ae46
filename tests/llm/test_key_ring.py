"""Several keys of a provider, through the spine: which is used, which takes over, and what callers see of it."""

from collections import Counter
from typing import Any

import pytest

from tests.llm.scene import DONE, JSON, STOP, WORD, Caller, Reply, Scene, answers, event, streams
from tests.policy.toys import Stage
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.llm.api_key import ApiKey, KeyLimits
from trigate.llm.health import HealthSettings
from trigate.llm.key_ring import MOST_TURNS
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model

KEYS = [f"sk-canary-{number}-0123456789" for number in range(3)]
COMPLETION = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
ASK = {"model": "fast", "messages": []}
NOW = [1000.0]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    NOW[0] = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: NOW[0])


def llm(*keys: Any, models: dict[str, Any] | None = None, **more: Any) -> LlmSettings:
    provider = OpenAI(api_keys=list(keys) or [Secret(each) for each in KEYS], **more)
    named = {"fast": Model(targets="openai/gpt-mini"), **(models or {})}
    other = OpenAI(base_url="http://127.0.0.1:9/v1")
    return LlmSettings(providers={"openai": provider, "other": other}, models=named)


def used(scene: Scene) -> list[int]:
    """The keys that were sent, by their numbers."""
    return [KEYS.index(fields[b"authorization"].decode()[7:]) for _, _, fields, _ in scene.client.sent]


def refusal(status: int, *headers: tuple[bytes, bytes], code: str = "c") -> Reply:
    return answers({"error": {"message": "no", "code": code}}, status, [*JSON, *headers])


async def again(scene: Scene, *replies: Reply, ask: Any = ASK) -> Scene:
    """The same gateway, asked once more by another caller."""
    scene.client.replies += replies
    scene.spool.records.clear()
    scene.edge = Caller(scene.signal, Stage(), scene.spool)
    return await scene.ask(ask)


@pytest.mark.parametrize("status", [401, 402, 403, 429])
async def test_a_refused_key_is_replaced_without_the_caller_noticing(status: int):
    scene = await Scene(refusal(status), answers(COMPLETION), llm=llm()).ask(ASK)
    assert scene.status == 200
    assert scene.json == COMPLETION
    assert used(scene) == [0, 1]
    assert scene.record["flags"] == ["llm.key_rotated"]
    assert scene.record["attempts"] == 1
    assert scene.usage.input_tokens == 3
    assert not scene.usage.estimated
    assert scene.client.answers[0].closed


async def test_a_stream_is_asked_for_again_too():
    scene = await Scene(refusal(429), streams(event(WORD), event(STOP), DONE), llm=llm()).ask({**ASK, "stream": True})
    assert scene.body == event(WORD) + event(STOP) + DONE
    assert used(scene) == [0, 1]


@pytest.mark.parametrize("status", [400, 404, 408, 409, 422, 500, 503, 529])
async def test_what_is_not_the_keys_fault_stays_with_it(status: int):
    scene = await Scene(refusal(status), llm=llm()).ask(ASK)
    assert scene.status == status
    assert used(scene) == [0]
    assert "flags" not in scene.record


async def test_the_last_refusal_is_told_when_no_key_is_let_in():
    scene = await Scene(*[refusal(429, (b"retry-after", b"7"))] * 3, llm=llm()).ask(ASK)
    assert (scene.status, scene.headers[b"retry-after"]) == (429, b"7")
    assert used(scene) == [0, 1, 2]


async def test_a_refusal_of_every_key_is_another_targets_turn():
    models = {"fast": Model(targets=["openai/gpt-mini", "other/llama"])}
    scene = await Scene(*[refusal(429)] * 3, answers(COMPLETION), llm=llm(models=models)).ask(ASK)
    assert scene.status == 200
    assert scene.record["target"] == "other/llama"
    assert scene.record["attempts"] == 2


async def test_a_refused_key_rests_and_comes_back():
    scene = await Scene(refusal(429, (b"retry-after", b"20")), answers(COMPLETION), llm=llm()).ask(ASK)
    for _ in range(4):
        await again(scene, answers(COMPLETION))
    assert used(scene)[2:] == [2, 1, 2, 1]
    NOW[0] += 20
    for _ in range(3):
        await again(scene, answers(COMPLETION))
    assert 0 in used(scene)[-3:]


async def test_when_all_rest_the_one_that_has_rested_most_is_tried_rather_than_nobody():
    scene = await Scene(*[refusal(429, (b"retry-after", each)) for each in (b"30", b"10", b"20")], llm=llm()).ask(ASK)
    await again(scene, answers(COMPLETION))
    assert scene.status == 200
    assert used(scene) == [0, 1, 2, 1]


async def test_a_rate_that_one_model_has_reached_leaves_the_key_to_others():
    scene = await Scene(refusal(429), answers(COMPLETION), llm=llm(Secret(KEYS[0]), Secret(KEYS[1]))).ask(ASK)
    for _ in range(2):
        await again(scene, answers(COMPLETION), ask={**ASK, "model": "openai/other"})
    assert sorted(used(scene)[2:]) == [0, 1]


async def test_keys_are_used_by_their_weights():
    keys = [ApiKey(key=Secret(each), weight=weight) for each, weight in zip(KEYS, (3, 1, 2), strict=True)]
    scene = await Scene(answers(COMPLETION), llm=llm(*keys)).ask(ASK)
    for _ in range(59):
        await again(scene, answers(COMPLETION))
    assert Counter(used(scene)) == {0: 30, 1: 10, 2: 20}


async def test_a_key_is_used_for_its_models_only():
    keys = ApiKey(key=Secret(KEYS[0]), models=["gpt-*"]), ApiKey(key=Secret(KEYS[1]), models=["o3"])
    scene = await Scene(refusal(429), llm=llm(*keys)).ask(ASK)
    assert (scene.status, used(scene)) == (429, [0])
    await again(scene, ask={**ASK, "model": "openai/dall-e"})
    assert scene.status == 404
    assert scene.error["code"] == "model.not_offered"
    assert used(scene) == [0]


async def test_a_key_at_its_limit_is_passed_over_and_when_all_are_the_caller_is_told_when_to_come_back():
    keys = [ApiKey(key=Secret(each), limits=KeyLimits(requests_per_minute=2)) for each in KEYS[:2]]
    scene = await Scene(answers(COMPLETION), llm=llm(*keys)).ask(ASK)
    for _ in range(3):
        await again(scene, answers(COMPLETION))
    assert Counter(used(scene)) == {0: 2, 1: 2}
    await again(scene)
    assert scene.status == 429
    assert scene.error["code"] == "provider.keys_used_up"
    assert scene.headers[b"retry-after"] == b"30"
    assert len(used(scene)) == 4
    NOW[0] += 30
    await again(scene, answers(COMPLETION))
    assert scene.status == 200


async def test_tokens_of_a_key_are_corrected_by_what_was_counted():
    keys = [ApiKey(key=Secret(KEYS[0]), limits=KeyLimits(tokens_per_minute=1000)), Secret(KEYS[1])]
    ask = {**ASK, "max_completion_tokens": 900}
    scene = await Scene(answers(COMPLETION), llm=llm(*keys)).ask(ask)
    for _ in range(3):
        await again(scene, answers(COMPLETION), ask=ask)
    assert Counter(used(scene)) == {0: 2, 1: 2}
    heavy = {**COMPLETION, "usage": {"prompt_tokens": 2000, "completion_tokens": 0, "total_tokens": 2000}}
    for _ in range(4):
        await again(scene, answers(heavy), ask=ask)
    assert used(scene)[4:] == [0, 1, 1, 1]


async def test_no_more_keys_are_tried_than_is_bearable():
    keys = [Secret(f"sk-canary-{number:02}-0123456789") for number in range(MOST_TURNS + 4)]
    scene = await Scene(*[refusal(429)] * MOST_TURNS, llm=llm(*keys)).ask(ASK)
    assert scene.status == 429
    assert len(scene.client.sent) == MOST_TURNS


async def test_every_key_is_struck_from_what_a_provider_quotes():
    body = {"error": {"message": " ".join(KEYS), "code": "c"}}
    scene = await Scene(answers(body, 400), llm=llm()).ask(ASK)
    assert scene.error["message"] == "••• ••• •••"


async def test_an_invalid_key_that_is_told_as_a_bad_request_is_replaced_as_well():
    body = {
        "error": {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
        }
    }
    good = {"candidates": [{"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP"}]}
    settings = LlmSettings(
        providers={"g": Gemini(api_keys=[Secret(each) for each in KEYS])},
        models={"fast": Model(targets="g/gemini-pro")},
    )
    scene = await Scene(answers(body, 400), answers(good), llm=settings).ask(
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, b"/v1beta/models/fast:generateContent"
    )
    assert scene.json == good
    assert [fields[b"x-goog-api-key"].decode() for _, _, fields, _ in scene.client.sent] == KEYS[:2]


async def test_how_long_a_key_rests_can_be_set():
    scene = await Scene(refusal(401), answers(COMPLETION), llm=llm(health=HealthSettings(rejected=60))).ask(ASK)  # type: ignore[arg-type]
    NOW[0] += 59
    for _ in range(2):
        await again(scene, answers(COMPLETION))
    assert 0 not in used(scene)[2:]
    NOW[0] += 1
    await again(scene, answers(COMPLETION))
    assert used(scene)[-1] == 0
