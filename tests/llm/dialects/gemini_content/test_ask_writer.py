"""Asks for Google."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.dialects.gemini_content.scene import JSON, UNKNOWN, asked, read, said, write
from trigate.llm.conversation import Cache, Opaque, Text, Tool, ToolCall, ToolChoice, ToolResult, Turn

SKIP = "skip_thought_signature_validator"


def test_speakers_take_turns():
    turns = [said(Text(text="a")), said(Text(text="b")), said(Text(text="c"), role="assistant"), said(Text(text="d"))]
    contents = write(asked(*turns))[0]["contents"]
    assert [(each["role"], len(each["parts"])) for each in contents] == [("user", 2), ("model", 1), ("user", 1)]


def test_results_and_what_follows_them_are_the_users():
    call = said(ToolCall(id="c", name="f"), role="assistant")
    result = said(ToolResult(call="c", parts=[Text(text="x")]), role="tool")
    contents = write(asked(said(Text(text="a")), call, result, said(Text(text="b"))))[0]["contents"]
    assert [each["role"] for each in contents] == ["user", "model", "user"]
    assert contents[2]["parts"][1] == {"text": "b"}


def test_system_and_developer_are_one_instruction():
    body, losses = write(
        asked(said(Text(text="a"), role="system"), said(Text(text="b"), role="developer"), said(Text(text="c")))
    )
    assert body["systemInstruction"] == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert not losses


def test_a_late_system_turn_is_moved_and_told():
    body, losses = write(asked(said(Text(text="a")), said(Text(text="b"), role="system")))
    assert body["systemInstruction"] == {"parts": [{"text": "b"}]}
    assert losses == [("messages.role", "degraded")]


def test_an_ask_of_the_system_alone_is_the_users():
    body, losses = write(asked(said(Text(text="a"), role="system")))
    assert body == {"contents": [{"role": "user", "parts": [{"text": "a"}]}]}
    assert losses == [("messages.role", "degraded")]


def test_turns_that_say_nothing_are_left_out():
    body, _ = write(asked(said(Text(text="a")), said(Text(text=""), role="assistant"), said()))
    assert body["contents"] == [{"role": "user", "parts": [{"text": "a"}]}]


@pytest.mark.parametrize(("model", "signature"), [("gemini-3-pro", SKIP), ("gemini-2.5-pro", None)])
def test_the_first_call_of_a_step_that_google_has_not_made_may_pass(model: str, signature: str | None):
    step = said(ToolCall(id="a", name="f"), ToolCall(id="b", name="f"), role="assistant")
    parts = write(asked(said(Text(text="x")), step), model)[0]["contents"][1]["parts"]
    assert [each.get("thoughtSignature") for each in parts] == [signature, None]


def test_a_foreign_signature_of_a_call_is_told_and_not_sent():
    step = said(ToolCall(id="a", name="f", signature="s", maker="openai"), role="assistant")
    body, losses = write(asked(step))
    assert body["contents"][0]["parts"][0]["thoughtSignature"] == SKIP
    assert losses == [("messages.tool_calls.signature", "dropped")]


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("required"), {"mode": "ANY"}),
        (ToolChoice("one", "f"), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
    ],
)
def test_the_choice_of_tools_is_said_in_googles_words(choice: ToolChoice, written: dict[str, Any]):
    body, _ = write(asked(said(Text(text="a")), tools=[Tool(name="f")], tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": written}


def test_strict_tools_are_validated():
    body, losses = write(asked(tools=[Tool(name="f", strict=True), Tool(name="g", strict=True)]))
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}
    assert not losses


def test_one_strict_tool_makes_all_of_them_strict_which_is_told():
    _, losses = write(asked(tools=[Tool(name="f", strict=True), Tool(name="g")]))
    assert losses == [("tools.function.strict", "degraded")]


def test_a_tool_that_takes_a_text_gets_an_input():
    body, losses = write(asked(tools=[Tool(name="f", custom=True, cache=Cache())]))
    (function,) = body["tools"][0]["functionDeclarations"]
    assert function["parametersJsonSchema"]["required"] == ["input"]
    assert losses == [("tools.function.custom", "degraded"), ("tools.function.cache_control", "dropped")]


def test_a_tool_of_another_provider_is_told_as_lost():
    tools: list[Tool | Opaque] = [Opaque(dialect="openai_responses", kind="web_search", value={})]
    body, losses = write(asked(tools=tools, dialect="openai_responses"))
    assert "tools" not in body
    assert losses == [("tools.web_search", "dropped")]


@pytest.mark.parametrize(
    ("tier", "written", "lost"),
    [("flex", "flex", False), ("auto", None, False), ("default", "standard", False), ("scale", None, True)],
)
def test_a_service_is_asked_for_where_google_has_it(tier: str, written: str | None, lost: bool):
    body, losses = write(asked(service_tier=tier))
    assert body.get("serviceTier") == written
    assert bool(losses) is lost


def test_what_only_the_caller_knows_is_told_by_its_name():
    turn = Turn("user", [Text(text="a")], name="Ann", extra={"x": 1})
    assert write(asked(turn, extra={"logit_bias": {}}))[1] == [
        ("messages.name", "dropped"),
        ("messages.x", "dropped"),
        ("logit_bias", "dropped"),
    ]


MORE = st.dictionaries(UNKNOWN, JSON, max_size=2)
NAME = st.text("abcXYZ_09", min_size=1, max_size=6)


def having(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of the members, and others that nobody knows."""
    known = st.fixed_dictionaries({}, optional=members)
    return st.builds(lambda known, more: more | known, known, MORE)


def needing(
    needed: dict[str, st.SearchStrategy[Any]], **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda a, b: b | a, st.fixed_dictionaries(needed), having(**members))


WORDS = st.text(max_size=10)
SIGNATURE = st.sampled_from(["AAAA", "Q2FsbA==", "dGd+", SKIP])
OBJECT = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
MIME = st.sampled_from(["image/png", "audio/wav", "video/mp4", "application/pdf", "text/plain"])
BLOB = needing({"data": WORDS}, mimeType=MIME, displayName=st.text(min_size=1, max_size=10))
FILE = needing(
    {"fileUri": st.sampled_from(["https://a.test/b.png", "gs://a/b", "files/x", "https://youtu.be/a"])}, mimeType=MIME
)
CALL = needing({"name": NAME}, id=st.text("abc", min_size=1), args=OBJECT)
RESPONSE = st.dictionaries(
    st.sampled_from(["output", "error", "x"]), st.sampled_from(['{"error":1}', "{}", "a"]) | JSON, max_size=2
)
RESULT_PART = needing({"inlineData": BLOB}) | needing({"fileData": FILE})
RESULT = needing(
    {"name": NAME},
    id=st.text("abc", min_size=1),
    response=RESPONSE,
    parts=st.lists(RESULT_PART, min_size=1, max_size=2),
)
PART = st.one_of(
    needing({"text": WORDS}, thoughtSignature=SIGNATURE, videoMetadata=JSON.filter(lambda each: each is not None)),
    needing({"text": WORDS, "thought": st.just(True)}, thoughtSignature=SIGNATURE),
    needing({"inlineData": BLOB}, mediaResolution=OBJECT),
    needing({"fileData": FILE}, videoMetadata=OBJECT),
    needing({"functionCall": CALL}, thoughtSignature=SIGNATURE),
    needing({"functionResponse": RESULT}),
    having(executableCode=OBJECT, codeExecutionResult=OBJECT),
)
CONTENT = needing({"parts": st.lists(PART, max_size=4)}, role=st.sampled_from(["user", "model", "function"]))
SCHEMA = OBJECT
FUNCTION = (
    needing({"name": NAME}, description=st.text(min_size=1), response=OBJECT)
    | needing({"name": NAME, "parameters": SCHEMA})
    | needing({"name": NAME, "parametersJsonSchema": SCHEMA})
)
TOOL = needing({"functionDeclarations": st.lists(FUNCTION, min_size=1, max_size=2)}) | having(
    googleSearch=OBJECT
).filter(bool)
NUMBER = st.floats(0, 2) | st.integers(0, 9)
CONFIG = having(
    temperature=NUMBER,
    topP=NUMBER,
    topK=st.integers(0, 99),
    candidateCount=st.integers(1, 4),
    maxOutputTokens=st.integers(1, 9999),
    stopSequences=st.lists(st.text(), min_size=1),
    responseLogprobs=st.booleans(),
    responseMimeType=st.sampled_from(["application/json", "text/plain", "text/x.enum"]),
    responseSchema=SCHEMA,
    thinkingConfig=needing({"thinkingBudget": st.integers(-1, 999)}, includeThoughts=st.booleans())
    | needing({"thinkingLevel": st.sampled_from(["low", "HIGH", "Weird"])}),
    speechConfig=OBJECT,
).filter(bool)
CALLING = having(
    mode=st.sampled_from(["AUTO", "ANY", "NONE", "VALIDATED", "NEW"]), allowedFunctionNames=st.lists(NAME, min_size=1)
)
ASK = needing(
    {"contents": st.lists(CONTENT, max_size=4)},
    systemInstruction=needing({"parts": st.lists(needing({"text": WORDS}), max_size=2)}, role=st.just("user")),
    tools=st.lists(TOOL, min_size=1, max_size=3),
    toolConfig=needing({"functionCallingConfig": CALLING}),
    generationConfig=CONFIG,
    safetySettings=st.lists(OBJECT),
    cachedContent=WORDS,
    serviceTier=st.sampled_from(["flex", "priority"]),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(ASK)
def test_nothing_is_lost_between_gemini_and_itself(body: dict[str, Any]):
    written, losses = write(read(body))
    assert written == body
    assert not losses


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(ASK)
def test_googles_own_words_are_understood_whatever_they_are(body: dict[str, Any]):
    conversation = read(body)
    conversation.dialect = "anthropic_messages"
    write(conversation)
