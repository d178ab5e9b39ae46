"""Items while they are written."""

from typing import Any

from tests.llm.dialects.openai_responses.scene import kinds, parse
from trigate.llm.conversation import Citation, Thought, ToolCall
from trigate.llm.dialects.openai_responses.pen import Pen
from trigate.llm.dialects.openai_responses.stream_item import OpenCall, OpenMessage, OpenPiece, OpenReasoning, belongs


def taken(pen: Pen) -> list[dict[str, Any]]:
    return list(parse(pen.take()))


def test_a_message_is_complete_when_all_of_its_pieces_are() -> None:
    pen = Pen()
    message = OpenMessage(pen, 0)
    piece = OpenPiece(message, refusal=False)
    message.last = True
    message.settle()
    assert "output_item.done" not in kinds(taken(pen))
    piece.say("Hi", None)
    piece.finish()
    message.settle()
    assert kinds(taken(pen))[-1] == "output_item.done"
    assert message.item["status"] == "completed"


def test_a_piece_knows_its_place_and_its_tokens() -> None:
    pen = Pen()
    message = OpenMessage(pen, 3)
    OpenPiece(message, refusal=True).finish()
    piece = OpenPiece(message, refusal=False)
    piece.say("a", {"content": [{"token": "a", "logprob": 0.0}]})
    piece.cite(Citation(url="u"))
    piece.finish()
    done = taken(pen)[-1]
    assert (done["output_index"], done["content_index"]) == (3, 1)
    assert done["part"]["logprobs"][0]["bytes"] == [97]
    assert done["part"]["annotations"][0]["end_index"] == 1


def test_a_refusal_has_no_sources() -> None:
    pen = Pen()
    piece = OpenPiece(OpenMessage(pen, 0), refusal=True)
    taken(pen)
    piece.cite(Citation(url="u"))
    assert taken(pen) == []


def test_thoughts_have_pieces_and_a_signature() -> None:
    pen = Pen()
    item = OpenReasoning(pen, 0, "rs_1")
    item.begin(summarised=True)
    item.say("a")
    item.end()
    item.end()
    item.begin(summarised=False)
    item.say("b")
    item.end()
    item.sign("s", "openai")
    item.finish()
    assert kinds(taken(pen)) == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
    ]
    assert item.item["encrypted_content"] == "s"


def test_a_further_piece_belongs_to_an_item_that_is_not_signed() -> None:
    item = OpenReasoning(Pen(), 0, "rs_1")
    assert belongs(item, Thought(id="rs_1"))
    assert not belongs(item, Thought())
    assert not belongs(None, Thought(id="rs_1"))
    item.sign("s", "openai")
    assert not belongs(item, Thought(id="rs_1"))


def test_a_call_tells_its_arguments_whole_at_the_end() -> None:
    pen = Pen()
    call = OpenCall(pen, 0, ToolCall(id="c", name="f"), {"namespace": "g"}, custom=False)
    call.say('{"a"')
    call.say(":1}")
    call.finish()
    last = taken(pen)[-1]["item"]
    assert (last["arguments"], last["namespace"], last["status"]) == ('{"a":1}', "g", "completed")
