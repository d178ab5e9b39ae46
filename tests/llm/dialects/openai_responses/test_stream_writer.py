"""Events of an answer as Responses streams them: numbered, announced, told in pieces, and told as a whole."""

from typing import Any

from tests.llm.dialects.openai_responses.scene import Json, ask, kinds, told, whole, write
from tests.llm.wire.openai_responses import check_stream
from trigate.llm.conversation import Audio, Citation, Image, Media, Opaque, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.dialect import DIALECT
from trigate.llm.reply import Begin, ChoiceEnd, Cite, Delta, End, Failure, PartBegin, PartEnd, Signature, Tally

MESSAGE = ["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done"]
OPENING = ["created", "in_progress"]
PATCH = {"type": "custom", "name": "apply_patch"}


def output(events: list[Json]) -> list[Json]:
    return events[-1]["response"]["output"]


def test_a_text_is_told_in_the_order_that_clients_expect() -> None:
    events = write(*whole(*told(Text(text=""), "Hi"), tally=Tally(input=3, output=2, reasoning=1)))
    assert kinds(events) == [*OPENING, *MESSAGE, "output_item.done", "completed"]
    assert [each["sequence_number"] for each in events] == list(range(len(events)))
    assert output(events)[0]["content"][0]["text"] == "Hi"
    assert events[-1]["response"]["usage"]["output_tokens"] == 3


def test_two_texts_in_a_row_are_pieces_of_one_message() -> None:
    events = write(*whole(*told(Text(text=""), "a"), *told(Refusal(text=""), "b", 1)))
    (message,) = output(events)
    assert [each["type"] for each in message["content"]] == ["output_text", "refusal"]


def test_calls_told_at_the_same_time_have_places_of_their_own() -> None:
    parts = [PartBegin(index=place, part=ToolCall(id=f"c{place}", name="f", arguments="")) for place in (0, 1)]
    says = [Delta(index=1, text="{}"), Delta(index=0, text='{"a'), Delta(index=0, text='":1}')]
    ends = [PartEnd(index=0), PartEnd(index=1)]
    events = write(*whole(*parts, *says, *ends, stop="tool"))
    assert {each["call_id"]: each["arguments"] for each in output(events)} == {"c0": '{"a":1}', "c1": "{}"}
    assert {each["status"] for each in output(events)} == {"completed"}


def test_a_call_without_arguments_has_empty_ones() -> None:
    call = ToolCall(id="", name="f", arguments="")
    events = write(*whole(PartBegin(index=0, part=call), PartEnd(index=0), stop="tool"))
    (item,) = output(events)
    assert item["arguments"] == "{}"
    assert item["call_id"].startswith("call_")


def test_a_function_that_stands_for_a_tool_of_plain_text_is_unwrapped() -> None:
    call = ToolCall(id="c", name="apply_patch", arguments="")
    pieces = [Delta(index=0, text='{"input": "*** Be'), Delta(index=0, text='gin"}')]
    events = write(*whole(PartBegin(index=0, part=call), *pieces, PartEnd(index=0)), to=ask(tools=[PATCH]))
    assert output(events)[0] | {"id": ""} == {
        "type": "custom_tool_call",
        "id": "",
        "call_id": "c",
        "name": "apply_patch",
        "input": "*** Begin",
    }
    assert "custom_tool_call_input.done" in kinds(events)


def test_a_tool_of_a_group_is_called_by_its_own_name() -> None:
    group = {"type": "namespace", "name": "git", "tools": [{"type": "function", "name": "push", "parameters": {}}]}
    call = ToolCall(id="c", name="git__push", arguments="")
    events = write(*whole(*told(call, "{}")), to=ask(tools=[group]))
    (item,) = output(events)
    assert (item["namespace"], item["name"]) == ("git", "push")


def test_what_signs_a_call_stands_before_it() -> None:
    call = ToolCall(id="c", name="f", arguments="")
    signature = Signature(index=0, signature="s", maker="google")
    events = write(*whole(PartBegin(index=0, part=call), signature, Delta(index=0, text="{}"), PartEnd(index=0)))
    signed, called = output(events)
    assert (signed["encrypted_content"], called["type"]) == ("tg~call.google~s", "function_call")


def test_a_thought_of_another_maker_is_a_summary_with_its_signature() -> None:
    events = write(
        *whole(
            PartBegin(index=0, part=Thought(maker="anthropic")),
            Delta(index=0, text="Hm."),
            Signature(index=0, signature="s", maker="anthropic"),
            PartEnd(index=0),
            *told(Text(text=""), "Hi", 1),
        )
    )
    thought = output(events)[0]
    assert thought["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert thought["encrypted_content"] == "tg~anthropic~s"
    assert "reasoning_summary_text.delta" in kinds(events)


def test_a_thought_that_openai_shows_itself_is_told_as_such() -> None:
    events = write(*whole(*told(Thought(maker="openai"), "Hm.")))
    assert output(events)[0]["content"] == [{"type": "reasoning_text", "text": "Hm."}]


def test_pieces_of_one_summary_are_one_item() -> None:
    part = Thought(id="rs_1", maker="openai", summarised=True)
    second = PartBegin(index=1, part=part), Delta(index=1, text="b"), Signature(index=1, signature="s", maker="openai")
    events = write(*whole(*told(part, "a"), *second, PartEnd(index=1)))
    (item,) = output(events)
    assert [each["text"] for each in item["summary"]] == ["a", "b"]
    assert item["encrypted_content"] == "s"


def test_a_thought_that_says_nothing_is_not_told() -> None:
    events = write(*whole(PartBegin(index=0, part=Thought()), PartEnd(index=0), *told(Text(text=""), "Hi", 1)))
    assert [each["type"] for each in output(events)] == ["message"]


def test_a_thought_may_be_signed_before_it_is_told() -> None:
    signed = Signature(index=0, signature="s", maker="anthropic")
    events = write(*whole(PartBegin(index=0, part=Thought()), signed, Delta(index=0, text="Hm"), PartEnd(index=0)))
    (item,) = output(events)
    assert item["encrypted_content"] == "tg~anthropic~s"
    assert [each["text"] for each in item["summary"]] == ["Hm"]


def test_a_redacted_thought_is_told_by_its_signature() -> None:
    part = Thought(redacted=True, signature="s", maker="anthropic")
    events = write(*whole(PartBegin(index=0, part=part), PartEnd(index=0)))
    assert output(events)[0]["encrypted_content"] == "tg~anthropic~s"


def test_a_text_goes_on_while_a_call_is_told() -> None:
    begin = PartBegin(index=0, part=Text(text="")), Delta(index=0, text="a")
    call = told(ToolCall(id="c", name="f", arguments=""), "{}", 1)
    events = write(*whole(*begin, *call, Delta(index=0, text="b"), PartEnd(index=0)))
    assert output(events)[0]["content"][0]["text"] == "ab"


def test_a_thought_goes_on_after_a_text_as_another_item() -> None:
    begin = PartBegin(index=0, part=Thought(maker="x")), Delta(index=0, text="a")
    events = write(*whole(*begin, *told(Text(text=""), "t", 1), Delta(index=0, text="b"), PartEnd(index=0)))
    assert [each["type"] for each in output(events)] == ["reasoning", "message", "reasoning"]


def test_a_source_is_told_of_the_text_so_far() -> None:
    cite = Cite(index=0, citation=Citation(url="u", title="T"))
    events = write(*whole(PartBegin(index=0, part=Text(text="")), Delta(index=0, text="Hi"), cite, PartEnd(index=0)))
    (note,) = output(events)[0]["content"][0]["annotations"]
    assert note == {"type": "url_citation", "url": "u", "title": "T", "start_index": 0, "end_index": 2}


def test_a_picture_and_what_was_spoken_are_told_whole() -> None:
    drawn = PartBegin(index=0, part=Image(media=Media(data="iVBO"))), PartEnd(index=0)
    spoken = PartBegin(index=1, part=Audio(media=Media(data="x"), transcript="Hello")), PartEnd(index=1)
    events = write(*whole(*drawn, *spoken))
    picture, message = output(events)
    assert (picture["result"], message["content"][0]["text"]) == ("iVBO", "Hello")


def test_what_only_another_dialect_has_is_left_out() -> None:
    part = Opaque(dialect="anthropic_messages", kind="x", value={})
    assert output(write(*whole(PartBegin(index=0, part=part), PartEnd(index=0)))) == []


def test_other_answers_than_the_first_are_left_out() -> None:
    second = PartBegin(index=0, part=Text(text=""), choice=1), Delta(index=0, text="no", choice=1)
    events = write(*whole(*second, ChoiceEnd(stop="length", choice=1)))
    assert output(events) == []
    assert events[-1]["type"] == "response.completed"


def test_an_answer_that_is_cut_ends_incomplete() -> None:
    events = write(*whole(*told(Text(text=""), "Hi"), stop="length"))
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_failure_is_an_error_and_a_failed_response() -> None:
    events = write(Begin(id="a"), *told(Text(text=""), "Hi"), Failure(message="Slow.", code="overloaded", status=529))
    assert kinds(events)[-2:] == ["error", "failed"]
    assert events[-2]["error"]["message"] == events[-2]["message"] == "Slow."
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "Slow."}
    assert events[-1]["response"]["id"] == "resp_a"


def test_an_end_without_a_beginning_is_an_empty_answer() -> None:
    assert kinds(write(End())) == [*OPENING, "completed"]
    assert kinds(write(Failure(message="x")))[:2] == OPENING


def test_what_was_asked_is_repeated() -> None:
    events = write(*whole(), to=ask(instructions="Be kind.", tools=[PATCH], temperature=0.5))
    said: dict[str, Any] = events[0]["response"]
    assert (said["instructions"], said["tools"], said["temperature"]) == ("Be kind.", [PATCH], 0.5)


def test_the_sdk_follows_parts_that_overlap() -> None:
    begin = PartBegin(index=0, part=Text(text="")), Delta(index=0, text="a")
    call = told(ToolCall(id="c", name="f", arguments=""), "{}", 1)
    events = whole(*begin, *call, Delta(index=0, text="b"), PartEnd(index=0))
    check_stream(DIALECT.stream_writer(ask()).write(events))
