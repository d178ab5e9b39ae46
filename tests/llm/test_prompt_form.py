"""A prompt in every dialect: its texts first, what the caller sent after them value for value."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.prompt import Filled
from trigate.llm.prompt_form import add_parameters, add_texts, parameters_in
from trigate.llm.prompt_settings import PromptMessage, PromptVersion

BOTH = PromptVersion(
    system="S",
    messages=[PromptMessage(role="user", content="U"), PromptMessage(role="assistant", content='A "quoted"\n')],
)
SPELLED = b'{"role":"user","content":"\\u00e9 1.0e5","x":1.00}'


def texts(dialect: str, version: PromptVersion = BOTH, **members: bytes) -> dict[str, Any]:
    made = {name: Raw(value) for name, value in members.items()}
    add_texts(dialect, made, Filled(version, {}))
    return {name: bytes(value) for name, value in made.items()}


@pytest.mark.parametrize("dialect", ["openai_chat", "cohere_chat"])
def test_messages_with_a_system_message(dialect: str):
    body = texts(dialect, messages=b"[ %b ]" % SPELLED)
    assert body["messages"] == (
        b'[{"role":"system","content":"S"},{"role":"user","content":"U"},'
        b'{"role":"assistant","content":"A \\"quoted\\"\\n"},%b]' % SPELLED
    )


def test_anthropic_has_its_system_prompt_apart():
    body = texts("anthropic_messages", messages=b"[%b]" % SPELLED, system=b'"theirs \\u00e9"')
    assert body["system"] == b'[{"type":"text","text":"S"},{"type":"text","text":"theirs \\u00e9"}]'
    assert body["messages"].endswith(b",%b]" % SPELLED)
    blocks = b'[{"type":"text","text":"t","cache_control":{"type":"ephemeral"}}]'
    assert texts("anthropic_messages", system=blocks)["system"].endswith(b"," + blocks[1:])


def test_bedrock_has_lists_of_texts():
    body = texts("bedrock_converse", system=b'[{"cachePoint":{"type":"default"}}]')
    assert body["system"] == b'[{"text":"S"},{"cachePoint":{"type":"default"}}]'
    assert msgspec.json.decode(body["messages"])[0] == {"role": "user", "content": [{"text": "U"}]}


def test_gemini_has_contents_and_roles_of_its_own():
    body = texts(
        "gemini_content", contents=b'[{"parts":[{"text":"t"}]}]', systemInstruction=b'{"parts":[{"text":"x"}]}'
    )
    assert msgspec.json.decode(body["systemInstruction"]) == {"parts": [{"text": "S"}, {"text": "x"}]}
    assert [each.get("role") for each in msgspec.json.decode(body["contents"])] == ["user", "model", None]
    assert "systemInstruction" not in texts("gemini_content", system_instruction=b'{"parts":[]}')


def test_responses_have_instructions_and_items():
    body = texts("openai_responses", input=b'"hi"', instructions=b'"theirs"')
    assert msgspec.json.decode(body["instructions"]) == "S\n\ntheirs"
    items = msgspec.json.decode(body["input"])
    assert [(each["role"], each["content"]) for each in items][-1] == ("user", "hi")
    assert len(items) == 3
    only = texts("openai_responses", PromptVersion(system="S"), input=b'"hi"')
    assert only == {"instructions": b'"S"', "input": b'"hi"'}


@pytest.mark.parametrize(
    ("dialect", "name"),
    [("openai_chat", "messages"), ("gemini_content", "contents"), ("openai_responses", "instructions")],
)
def test_texts_of_an_unknown_form_are_refused(dialect: str, name: str):
    with pytest.raises(InvalidParameter) as refused:
        texts(dialect, BOTH, **{name: b"7"})
    assert refused.value.param == name


PARAMETERS = msgspec.json.encode(
    {
        "temperature": 0.25,
        "max_completion_tokens": 64,
        "seed": 7,
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}],
    }
)


@pytest.mark.parametrize(
    ("dialect", "bound", "lost"),
    [
        ("openai_chat", {"max_completion_tokens": 64}, []),
        ("openai_responses", {"max_output_tokens": 64}, ["seed"]),
        ("anthropic_messages", {"max_tokens": 64}, ["seed"]),
        ("cohere_chat", {"max_tokens": 64, "seed": 7}, []),
        ("gemini_content", {"generationConfig": {"temperature": 0.25, "maxOutputTokens": 64, "seed": 7}}, []),
        ("bedrock_converse", {"inferenceConfig": {"temperature": 0.25, "maxTokens": 64}}, ["seed"]),
    ],
)
def test_parameters_are_said_in_every_dialect_or_named_as_lost(dialect: str, bound: dict[str, Any], lost: list[str]):
    members, losses = parameters_in(dialect, PARAMETERS)
    found = {name: msgspec.json.decode(value) for name, value in members.items()}
    assert found.items() >= bound.items()
    assert "tools" in found or "toolConfig" in found
    assert not found.keys() & {"model", "messages", "store", "stream"}
    assert [each.field for each in losses.found()] == lost


def test_without_parameters_nothing_is_added():
    for dialect in ("openai_responses", "anthropic_messages", "gemini_content"):
        assert parameters_in(dialect, b"{}")[0] == {}


def test_what_the_caller_says_goes_before_what_the_prompt_says():
    members = {"temperature": Raw(b"1.00"), "max_tokens": Raw(b"5"), "tools": Raw(b'[{"x":1.0}]')}
    add_parameters(members, parameters_in("openai_chat", PARAMETERS)[0], "openai_chat")
    assert bytes(members["temperature"]) == b"1.00"
    assert "max_completion_tokens" not in members
    assert bytes(members["tools"]).endswith(b',{"x":1.0}]')
    assert bytes(members["seed"]) == b"7"
    nested = {"generationConfig": Raw(b'{"temperature":1.00,"topK":3}')}
    add_parameters(nested, parameters_in("gemini_content", PARAMETERS)[0], "gemini_content")
    assert b'"temperature":1.00' in bytes(nested["generationConfig"])
    assert msgspec.json.decode(nested["generationConfig"])["maxOutputTokens"] == 64
