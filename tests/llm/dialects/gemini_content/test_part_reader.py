"""Parts in Gemini's words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.gemini_content.scene import JSON
from trigate.llm.conversation import Audio, File, Image, Opaque, Part, Text, Thought, ToolCall, ToolResult, Video
from trigate.llm.dialects.gemini_content.media_writer import write_own
from trigate.llm.dialects.gemini_content.part_reader import Calls, read_part, read_response, write_response
from trigate.llm.dialects.gemini_content.seal import seal
from trigate.llm.dialects.gemini_content.spelling import read_node
from trigate.llm.error import InvalidParameter
from trigate.llm.node import blame_caller


def part(written: dict[str, Any], calls: Calls | None = None) -> Part:
    return read_part(read_node(written, blame_caller), blame_caller, calls or Calls())


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ({"inlineData": {"mimeType": "image/png", "data": "AA"}}, Image),
        ({"inlineData": {"mimeType": "audio/wav", "data": "AA"}}, Audio),
        ({"inlineData": {"mimeType": "video/mp4", "data": "AA"}}, Video),
        ({"inlineData": {"mimeType": "application/pdf", "data": "AA"}}, File),
        ({"fileData": {"fileUri": "https://www.youtube.com/watch?v=a"}}, Video),
        ({"fileData": {"fileUri": "gs://a/b"}}, File),
    ],
)
def test_media_are_told_by_their_type(written: dict[str, Any], kind: type):
    assert isinstance(part(written), kind)


@pytest.mark.parametrize(("said", "plain"), [("-_8", "+/8="), ("+/8=", "+/8="), ("AAAA", "AAAA"), ("", "")])
def test_bytes_are_told_to_others_in_the_alphabet_that_all_take(said: str, plain: str):
    written = {"inlineData": {"mimeType": "image/png", "data": said}}
    found = part(written)
    assert isinstance(found, Image)
    assert found.media.data == plain
    assert write_own(found) == written


def test_a_file_of_googles_is_no_address():
    found = part(
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/a", "mimeType": "image/png"}}
    )
    assert isinstance(found, Image)
    assert found.media.file
    assert not found.media.url


def test_a_thought_has_its_signature():
    found = part({"text": "Hm", "thought": True, "thoughtSignature": "AAAA"})
    assert found == Thought(text="Hm", signature="AAAA", maker="google")


def test_another_makers_redacted_thought_is_recognised():
    found = part({"text": "", "thought": True, "thoughtSignature": seal("xyz", "anthropic", redacted=True)})
    assert found == Thought(signature="xyz", maker="anthropic", redacted=True)


def test_the_signature_of_a_text_stays_with_it():
    assert part({"text": "Hi", "thoughtSignature": "AAAA"}) == Text(text="Hi", extra={"thoughtSignature": "AAAA"})


def test_what_nobody_knows_is_kept_whole():
    assert part({"futureKind": {"a": 1}}) == Opaque(
        dialect="gemini_content", kind="futureKind", value={"futureKind": {"a": 1}}
    )


def test_results_without_identifiers_find_the_oldest_open_call_of_their_name():
    calls = Calls()
    begun = [part({"functionCall": {"name": name}}, calls) for name in ("f", "g", "f")]
    ended = [part({"functionResponse": {"name": name, "response": {}}}, calls) for name in ("f", "f", "g", "g")]
    ids = [each.id for each in begun if isinstance(each, ToolCall)]
    assert [each.call for each in ended if isinstance(each, ToolResult)][:3] == [ids[0], ids[2], ids[1]]
    assert isinstance(ended[3], ToolResult)
    assert ended[3].call not in ids


@pytest.mark.parametrize(
    ("response", "text", "failed"),
    [
        ({"output": "sunny"}, "sunny", False),
        ({"error": "no"}, "no", True),
        ({}, None, False),
        ({"degrees": 5}, '{"degrees":5}', False),
        ({"output": {"a": 1}}, '{"output":{"a":1}}', False),
        ({"output": '{"a":1}'}, '{"output":"{\\"a\\":1}"}', False),
    ],
)
def test_a_response_is_a_text(response: dict[str, Any], text: str | None, failed: bool):
    assert read_response(response) == (text, failed)


WORD = st.sampled_from(["output", "error", "a"])
NESTED = st.sampled_from(['{"a":1}', '{"error":"x"}', '{"output":1}', "{", "text", ""])


@given(st.dictionaries(WORD, NESTED | JSON, max_size=2))
def test_a_response_comes_back_as_it_was(response: dict[str, Any]):
    text, failed = read_response(response)
    assert (write_response(text, failed) if text is not None else {}) == response


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"text": 5}, "text"),
        ({"functionCall": {"args": {}}}, "functionCall.name"),
        ({"functionCall": {"name": "f", "args": []}}, "functionCall.args"),
        ({"functionResponse": {"name": "f", "response": "x"}}, "functionResponse.response"),
        ({"inlineData": {"mimeType": "image/png"}}, "inlineData.data"),
        ({"fileData": 5}, "fileData"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(written: dict[str, Any], path: str):
    with pytest.raises(InvalidParameter) as caught:
        part(written)
    assert caught.value.param == path
