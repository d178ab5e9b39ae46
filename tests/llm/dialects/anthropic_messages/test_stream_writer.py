"""Callers see one block after the other, in the order that Anthropic's SDKs demand."""

from typing import Any

import pytest

from tests.llm.dialects.anthropic_messages.scene import MODEL, ask, read, told
from tests.llm.wire.anthropic_messages import check_stream
from trigate.llm.conversation import Citation, Image, Media, Opaque, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.stream_writer import AnthropicStreamWriter
from trigate.llm.reply import (
    Begin,
    ChoiceEnd,
    Cite,
    Count,
    Delta,
    End,
    Event,
    Failure,
    PartBegin,
    PartEnd,
    Signature,
    Tally,
)

FINISH: list[Event] = [ChoiceEnd(stop="end"), Count(tally=Tally(input=3, output=2)), End()]


def write(*events: Event, finish: bool = True) -> list[dict[str, Any]]:
    writer = AnthropicStreamWriter(read(ask(stream=True)))
    data = writer.write([*events, *(FINISH if finish else [])])
    check_stream(data)
    return told(data)


def part(index: int, part: Part, *events: Event) -> list[Event]:
    return [PartBegin(index=index, part=part), *events, PartEnd(index=index)]


def blocks(*events: Event) -> list[dict[str, Any]]:
    """The blocks as they begin."""
    return [each["content_block"] for each in write(*events) if each["type"] == "content_block_start"]


def test_a_text_is_told_between_beginning_and_end() -> None:
    stream = write(Begin(id="r", model="m"), *part(0, Text(text=""), Delta(index=0, text='a"\n')))
    assert [each["type"] for each in stream] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert stream[0]["message"]["id"] == "r"
    assert stream[2]["delta"] == {"type": "text_delta", "text": 'a"\n'}
    assert stream[4]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert (stream[4]["usage"]["input_tokens"], stream[4]["usage"]["output_tokens"]) == (3, 2)


def test_a_stream_without_a_beginning_gets_one() -> None:
    message = write()[0]["message"]
    assert message["model"] == MODEL
    assert message["id"].startswith("msg_")


def test_blocks_that_overlap_are_told_one_after_the_other() -> None:
    first, second = ToolCall(id="a", name="n"), ToolCall(id="b", name="m")
    stream = write(
        PartBegin(index=0, part=first),
        PartBegin(index=1, part=second),
        Delta(index=1, text='{"b"'),
        Delta(index=0, text="{}"),
        Delta(index=1, text=":1}"),
        PartEnd(index=1),
        PartBegin(index=2, part=Text(text="")),
        Delta(index=2, text="c"),
        PartEnd(index=0),
        PartEnd(index=2),
    )
    said = [
        each["delta"].get("partial_json", each["delta"].get("text"))
        for each in stream
        if "index" in each.get("delta", {}) or each["type"] == "content_block_delta"
    ]
    assert said == ["{}", '{"b"', ":1}", "c"]
    assert stream[-2]["delta"]["stop_reason"] == "tool_use"


def test_many_blocks_that_wait_are_all_told() -> None:
    events: list[Event] = [PartBegin(index=0, part=Text(text=""))]
    for index in range(1, 2000):
        events += part(index, ToolCall(id=f"c{index}", name="n"), Delta(index=index, text="{}"))
    data = AnthropicStreamWriter(read(ask())).write([*events, *FINISH])
    assert data.count(b'"type":"content_block_stop"') == 2000


def test_a_thought_has_its_signature_and_its_maker() -> None:
    signed = Signature(index=0, signature="gAAA", maker="openai")
    stream = write(*part(0, Thought(), Delta(index=0, text="t"), signed))
    assert stream[2]["delta"] == {"type": "thinking_delta", "thinking": "t"}
    assert stream[3]["delta"] == {"type": "signature_delta", "signature": "tg~openai~gAAA"}


def test_a_hidden_thought_begins_with_its_signature() -> None:
    signed = Signature(index=0, signature="Eabc", maker="anthropic")
    assert blocks(*part(0, Thought(redacted=True), signed), *part(1, Thought(redacted=True))) == [
        {"type": "redacted_thinking", "data": "Eabc"}
    ]


def test_a_hidden_thought_may_know_its_signature_from_the_first() -> None:
    thought = Thought(redacted=True, signature="gAAA", maker="openai")
    assert blocks(*part(0, thought)) == [{"type": "redacted_thinking", "data": "tg~openai~gAAA"}]


@pytest.mark.parametrize("late", [False, True])
def test_a_calls_signature_travels_beside_it(late: bool) -> None:
    call = ToolCall(id="c", name="n") if late else ToolCall(id="c", name="n", signature="Zz", maker="google")
    more: list[Event] = [Signature(index=0, signature="Zz", maker="google")] if late else []
    content = blocks(*part(0, call, *more, Delta(index=0, text="{}")), *part(1, Text(text="")))
    assert {"type": "redacted_thinking", "data": "tg~google~call~c~Zz"} in content[:2]
    assert read(ask({"role": "assistant", "content": content[:2]})).turns[0].parts == [
        ToolCall(id="c", name="n", signature="Zz", maker="google", form={"input": {}})
    ]


def test_a_plain_text_for_a_tool_is_its_argument() -> None:
    call = ToolCall(id="c", name="n", arguments="", custom=True)
    stream = write(*part(0, call, Delta(index=0, text='say "'), Delta(index=0, text='hi"\n')))
    pieces = [each["delta"]["partial_json"] for each in stream if each["type"] == "content_block_delta"]
    assert "".join(pieces) == '{"input":"say \\"hi\\"\\n"}'


def test_a_refusal_is_a_text() -> None:
    assert blocks(*part(0, Refusal(text=""), Delta(index=0, text="no"))) == [{"type": "text", "text": ""}]


def test_sources_are_told_where_they_can_be() -> None:
    stream = write(
        *part(
            0,
            Text(text=""),
            Cite(index=0, citation=Citation(url="u")),
            Cite(index=0, citation=Citation(quote="q")),
        )
    )
    cited = [each["delta"]["citation"]["type"] for each in stream if each["type"] == "content_block_delta"]
    assert cited == ["web_search_result_location"]


def test_what_has_no_place_is_passed_over() -> None:
    image, other = Image(media=Media(data="AA")), Opaque(dialect="x", kind="y", value={})
    events = [*part(0, image, Delta(index=0, text="x")), *part(1, other), *part(2, Text(text=""))]
    assert blocks(*events) == [{"type": "text", "text": ""}]


def test_one_answer_of_several_is_told() -> None:
    second: list[Event] = [PartBegin(index=0, part=Text(text=""), choice=1), ChoiceEnd(stop="length", choice=1)]
    stream = write(*second, *part(0, Text(text="")))
    assert [each["type"] for each in stream].count("content_block_start") == 1
    assert stream[-2]["delta"]["stop_reason"] == "end_turn"


def test_a_failure_is_the_last_word() -> None:
    stream = write(Begin(), Failure(message="Full", status=529), finish=False)
    assert stream[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "Full"}}


def test_nothing_but_a_failure_is_told_alone() -> None:
    assert len(write(Failure(message="Full"), finish=False)) == 1
