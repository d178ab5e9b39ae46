"""Asks for Bedrock."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.dialects.bedrock_converse.scene import JSON, UNKNOWN, asked, read, said, write
from trigate.llm.conversation import File, Media, Opaque, OutputForm, Text, Tool, ToolCall, ToolChoice, ToolResult, Turn


def test_speakers_take_turns_and_the_user_begins():
    body, losses = write(asked(said(Text(text="a"), role="assistant"), said(Text(text="b")), said(Text(text="c"))))
    assert [(each["role"], len(each["content"])) for each in body["messages"]] == [
        ("user", 1),
        ("assistant", 1),
        ("user", 2),
    ]
    assert losses == [("messages.role", "degraded")]


def test_results_and_what_follows_them_are_the_users():
    call = said(ToolCall(id="c", name="f"), role="assistant")
    result = said(ToolResult(call="c", parts=[Text(text="x")]), role="tool")
    messages = write(asked(said(Text(text="a")), call, result, said(Text(text="b"))))[0]["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "user"]
    assert messages[2]["content"][1] == {"text": "b"}


def test_a_late_system_turn_is_moved_and_told():
    body, losses = write(asked(said(Text(text="a")), said(Text(text="b"), role="developer")))
    assert body["system"] == [{"text": "b"}]
    assert losses == [("messages.role", "degraded")]


def test_a_document_does_not_stand_alone():
    part = File(media=Media(data="AAAA", mime="application/pdf"), name="a.pdf")
    (message,) = write(asked(said(part)))[0]["messages"]
    assert message["content"][1] == {"text": "a"}


def test_no_tool_is_shown_if_none_is_to_be_called():
    body, losses = write(asked(said(Text(text="a")), tools=[Tool(name="f")], tool_choice=ToolChoice("none")))
    assert "toolConfig" not in body
    assert losses == [("tool_choice", "degraded")]


def test_but_they_stay_where_the_messages_have_calls():
    call = said(ToolCall(id="c", name="f"), role="assistant")
    body, losses = write(asked(said(Text(text="a")), call, tools=[Tool(name="f")], tool_choice=ToolChoice("none")))
    assert list(body["toolConfig"]) == ["tools"]
    assert losses == [("tool_choice", "degraded")]


def test_a_schema_is_sent_as_a_text():
    body, losses = write(asked(output=OutputForm(schema={"type": "object"}, name="n")))
    found = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert (json.loads(found["schema"]), found["name"]) == ({"type": "object"}, "n")
    assert not losses


def test_any_json_is_asked_for_by_the_system():
    body, losses = write(asked(said(Text(text="a")), output=OutputForm()))
    assert "JSON" in body["system"][0]["text"]
    assert losses == [("response_format.json_schema", "degraded")]


def test_a_tool_without_arguments_has_an_empty_schema():
    body, _ = write(asked(tools=[Tool(name="f")]))
    assert body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["type"] == "object"


def test_a_tool_of_another_provider_is_told_as_lost():
    body, losses = write(asked(tools=[Opaque(dialect="openai_chat", kind="web_search", value={})]))
    assert "toolConfig" not in body
    assert losses == [("tools.web_search", "dropped")]


def test_what_only_the_caller_knows_is_told_by_its_name():
    turn = Turn("user", [Text(text="a", extra={"y": 1})], name="Ann", extra={"x": 1})
    assert write(asked(turn, extra={"logit_bias": {}}))[1] == [
        ("messages.name", "dropped"),
        ("messages.x", "dropped"),
        ("messages.content.y", "dropped"),
        ("logit_bias", "dropped"),
    ]


MORE = st.dictionaries(UNKNOWN, JSON, max_size=2)
WORDS = st.text(max_size=10)
OBJECT = st.dictionaries(UNKNOWN, JSON, max_size=3)
NAME = st.text("abcXYZ_09", min_size=1, max_size=6)


def having(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of the members, and others that nobody knows."""
    return st.builds(lambda known, more: more | known, st.fixed_dictionaries({}, optional=members), MORE)


def needing(
    needed: dict[str, st.SearchStrategy[Any]], **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda a, b: b | a, st.fixed_dictionaries(needed), having(**members))


BYTES = st.sampled_from(["AAAA", "iVBORw0KGgo="])
SOURCE = needing({"bytes": BYTES}) | needing({"s3Location": needing({"uri": st.just("s3://a/b")}, bucketOwner=WORDS)})
IMAGE = needing({"image": needing({"format": st.sampled_from(["png", "jpeg", "heic"]), "source": SOURCE})})
TEXT_SOURCE = needing({"text": WORDS}) | needing(
    {"content": st.lists(st.fixed_dictionaries({"text": WORDS}), min_size=1, max_size=3)}
)
DOCUMENT = needing(
    {
        "document": needing(
            {"name": st.text(min_size=1)},
            format=st.sampled_from(["pdf", "md", "newer"]),
            source=SOURCE | TEXT_SOURCE,
            context=st.text(min_size=1),
            citations=having(enabled=st.booleans()).filter(bool),
        )
    }
)
POINT = st.sampled_from(
    [
        {"cachePoint": {"type": "default"}},
        {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"cachePoint": {"type": "x"}},
    ]
)
SIGNATURE = st.sampled_from(["U2ln", "dGd+"])
PLACE = having(documentIndex=st.integers(0, 5), start=st.integers(0, 9))
LOCATION = having(web=needing({"url": st.text(min_size=1)}, domain=WORDS), documentPage=PLACE).filter(bool)
CITATION = having(
    title=st.text(min_size=1),
    source=WORDS,
    sourceContent=st.lists(needing({"text": st.text(min_size=1)}), min_size=1, max_size=2),
    location=LOCATION,
)
GUARD = needing({"text": needing({"text": WORDS}, qualifiers=st.lists(WORDS))}) | IMAGE
BLOCK = st.one_of(
    needing({"text": WORDS}),
    POINT,
    IMAGE,
    DOCUMENT,
    needing({"video": needing({"format": st.sampled_from(["mkv", "three_gp"]), "source": SOURCE})}),
    needing({"toolUse": needing({"toolUseId": NAME, "name": NAME}, input=JSON.filter(lambda each: each is not None))}),
    needing({"toolUse": needing({"toolUseId": NAME, "name": NAME, "type": st.just("server_tool_use")})}),
    needing({"reasoningContent": needing({"reasoningText": needing({"text": WORDS}, signature=SIGNATURE)})}),
    needing({"reasoningContent": needing({"redactedContent": BYTES})}),
    needing(
        {
            "citationsContent": needing(
                {
                    "content": st.lists(st.fixed_dictionaries({"text": WORDS}), min_size=1, max_size=3),
                    "citations": st.lists(CITATION, max_size=2),
                }
            )
        }
    ),
    needing({"guardContent": GUARD}),
    OBJECT,
)
SHOWN = needing({"text": WORDS}) | st.fixed_dictionaries({"json": JSON}) | IMAGE | DOCUMENT | OBJECT
RESULT = needing(
    {
        "toolResult": needing(
            {"toolUseId": NAME, "content": st.lists(SHOWN, max_size=3)}, status=st.sampled_from(["success", "error"])
        )
    }
)
MESSAGE = needing(
    {"role": st.sampled_from(["user", "assistant", "system"]), "content": st.lists(BLOCK | RESULT, max_size=4)}
)
SPEC = needing(
    {"name": NAME, "inputSchema": needing({"json": OBJECT})}, description=st.text(min_size=1), strict=st.booleans()
)
TOOL = needing({"toolSpec": SPEC}) | POINT | OBJECT
CHOICE = st.one_of(having(auto=OBJECT), needing({"any": OBJECT}), needing({"tool": needing({"name": NAME})})).filter(
    bool
)
SCHEMA = needing({"schema": OBJECT.map(json.dumps)}, name=st.text(min_size=1), description=st.text(min_size=1))
FORM = needing({"type": st.just("json_schema"), "structure": needing({"jsonSchema": SCHEMA})})
THINKING = needing(
    {"type": st.sampled_from(["enabled", "adaptive", "disabled"])}, budget_tokens=JSON, display=st.just("omitted")
)
FIELDS = having(
    thinking=THINKING | JSON.filter(lambda each: each is not None),
    top_k=st.integers(0, 50),
    anthropic_beta=st.lists(WORDS, min_size=1),
).filter(bool)
NUMBER = st.floats(0, 1) | st.integers(0, 1)
INFERENCE = having(
    maxTokens=st.integers(1, 99), temperature=NUMBER, topP=NUMBER, stopSequences=st.lists(WORDS, min_size=1)
).filter(bool)
ASK = needing(
    {"messages": st.lists(MESSAGE, max_size=4)},
    system=st.lists(needing({"text": WORDS}) | POINT | needing({"guardContent": GUARD}), min_size=1, max_size=3),
    toolConfig=needing({"tools": st.lists(TOOL, min_size=1, max_size=4)}, toolChoice=CHOICE),
    inferenceConfig=INFERENCE,
    outputConfig=having(textFormat=FORM, effort=st.sampled_from(["low", "none"])).filter(bool),
    additionalModelRequestFields=FIELDS,
    requestMetadata=st.dictionaries(WORDS, WORDS),
    serviceTier=needing({"type": st.sampled_from(["flex", "new"])}),
    guardrailConfig=OBJECT,
    performanceConfig=OBJECT,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(ASK)
def test_nothing_is_lost_between_bedrock_and_itself(body: dict[str, Any]):
    written, losses = write(read(body))
    assert written == body
    assert not losses


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(ASK)
def test_bedrocks_own_words_are_understood_whatever_they_are(body: dict[str, Any]):
    conversation = read(body)
    conversation.dialect = "anthropic_messages"
    write(conversation)
