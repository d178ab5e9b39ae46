"""What providers of the catalogue are sent, by callers of their own dialect and of another: path, key and body."""

from typing import Any

import pytest

from tests.llm.golden.book import HERE
from tests.llm.scene import Scene, answers
from trigate.core.settings import Secret
from trigate.llm.listed_provider import listed_kind
from trigate.llm.settings import LlmSettings

MODEL = "some/model"
HI = [{"role": "user", "content": "Hi"}]
SAID = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
MESSAGE = (HERE / "replies/anthropic_messages/text.json").read_bytes()
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Ask.", "signature": "s1"},
            {"type": "tool_use", "id": "toolu_0123456789", "name": "weather", "input": {}},
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_0123456789", "content": "Rain"}]},
]
"""A conversation of Anthropic's with a thought and a call of a tool."""


def scene(kind: str, reply: Any, **keys: Any) -> Scene:
    provider = listed_kind(kind)(api_key=Secret("key-1"), **keys)
    return Scene(answers(reply), llm=LlmSettings(providers={"p": provider}))


@pytest.mark.parametrize(
    ("kind", "keys", "url", "path", "field"),
    [
        ("mistral", {}, "https://api.mistral.ai/v1", "/chat/completions", b"authorization"),
        ("ollama", {}, "http://127.0.0.1:11434/v1", "/chat/completions", b"authorization"),
        ("vllm", {"base_url": "http://gpu:8000/v1"}, "http://gpu:8000/v1", "/chat/completions", b"authorization"),
        ("openrouter", {}, "https://openrouter.ai/api/v1", "/chat/completions", b"authorization"),
        ("groq", {}, "https://api.groq.com/openai/v1", "/chat/completions", b"authorization"),
        ("together", {}, "https://api.together.xyz/v1", "/chat/completions", b"authorization"),
        ("deepseek", {}, "https://api.deepseek.com", "/chat/completions", b"authorization"),
        ("xai", {}, "https://api.x.ai/v1", "/chat/completions", b"authorization"),
        ("perplexity", {}, "https://api.perplexity.ai", "/chat/completions", b"authorization"),
        ("huggingface", {}, "https://router.huggingface.co/v1", "/chat/completions", b"authorization"),
        ("moonshot", {}, "https://api.moonshot.ai", "/v1/chat/completions", b"authorization"),
        (
            "alibaba",
            {},
            "https://dashscope-intl.aliyuncs.com",
            "/compatible-mode/v1/chat/completions",
            b"authorization",
        ),
        ("azure_openai", {"resource": "r"}, "https://r.openai.azure.com/openai/v1", "/chat/completions", b"api-key"),
        (
            "azure_foundry",
            {"resource": "r"},
            "https://r.services.ai.azure.com",
            "/openai/v1/chat/completions",
            b"api-key",
        ),
        (
            "databricks",
            {"host": "h.cloud.databricks.com"},
            "https://h.cloud.databricks.com/serving-endpoints",
            "/chat/completions",
            b"authorization",
        ),
        (
            "snowflake",
            {"account": "a"},
            "https://a.snowflakecomputing.com/api/v2/cortex/v1",
            "/chat/completions",
            b"authorization",
        ),
        (
            "cloudflare",
            {"account": "0123abc"},
            "https://api.cloudflare.com/client/v4/accounts/0123abc/ai/v1",
            "/chat/completions",
            b"authorization",
        ),
    ],
)
async def test_an_ask_goes_to_the_right_place_with_the_key_and_as_it_is(
    kind: str, keys: dict[str, str], url: str, path: str, field: bytes
):
    run = await scene(kind, SAID, **keys).ask({"model": f"p/{MODEL}", "messages": HI, "future": 1})
    assert run.status == 200
    sent, target, headers, _ = run.client.sent[0]
    assert sent == url
    assert target.endswith(path.encode())
    assert headers[field] == (b"Bearer key-1" if field == b"authorization" else b"key-1")
    assert run.upstream == {"model": MODEL, "messages": HI, "future": 1}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("deepseek", b"/anthropic/v1/messages"),
        ("moonshot", b"/anthropic/v1/messages"),
        ("zai", b"/api/anthropic/v1/messages"),
        ("minimax", b"/anthropic/v1/messages"),
        ("openrouter", b"/messages"),
        ("xiaomi", b"/anthropic/v1/messages"),
    ],
)
async def test_callers_of_anthropics_api_are_not_translated_where_the_provider_speaks_it(kind: str, path: bytes):
    body = {"model": f"p/{MODEL}", "max_tokens": 9, "messages": HI}
    run = await scene(kind, MESSAGE).ask(body, b"/v1/messages")
    assert run.body == MESSAGE
    _, target, headers, _ = run.client.sent[0]
    assert target.endswith(path)
    assert headers[b"anthropic-version"] == b"2023-06-01"
    assert run.upstream == {**body, "model": MODEL}


async def translated(kind: str, **more: Any) -> dict[str, Any]:
    """What a provider is sent of an ask of Anthropic's that it does not speak."""
    keys: dict[str, Any] = {"speaks": ["openai_chat"]}
    body = {"model": f"p/{MODEL}", "max_tokens": 9, "system": "Be brief.", "messages": TURNS, **more}
    return (await scene(kind, SAID, **keys).ask(body, b"/v1/messages")).upstream


async def test_thoughts_go_back_in_the_members_that_providers_know():
    assert (await translated("deepseek"))["messages"][2]["reasoning_content"] == "Ask."
    assert "reasoning_details" in (await translated("openrouter"))["messages"][2]
    groq = (await translated("groq"))["messages"][2]
    assert not {"reasoning", "reasoning_content", "reasoning_details"} & groq.keys()


async def test_the_system_speaks_as_the_system():
    for kind in ("groq", "mistral", "deepseek", "ollama"):
        assert (await translated(kind))["messages"][0] == {"role": "system", "content": "Be brief."}


async def test_mistral_gets_short_ids_of_calls():
    messages = (await translated("mistral"))["messages"]
    assert len(messages[2]["tool_calls"][0]["id"]) == 9
    assert messages[3]["tool_call_id"] == messages[2]["tool_calls"][0]["id"]
    assert (await translated("groq"))["messages"][3]["tool_call_id"] == "toolu_0123456789"


@pytest.mark.parametrize(
    ("kind", "field"),
    [("groq", "max_completion_tokens"), ("deepseek", "max_tokens"), ("openrouter", "max_tokens")],
)
async def test_the_output_is_bounded_in_the_word_that_a_provider_knows(kind: str, field: str):
    body = await translated(kind)
    assert body[field] == 9
    assert not {"max_tokens", "max_completion_tokens"} - {field} & body.keys()


async def test_openrouter_is_told_how_to_think_in_its_own_words():
    thinking = {"type": "enabled", "budget_tokens": 2000}
    body = await translated("openrouter", thinking=thinking, max_tokens=4000)
    assert body["reasoning"] == {"max_tokens": 2000, "enabled": True}
    assert (await translated("groq", thinking=thinking, max_tokens=4000))["reasoning_effort"]
