"""How much input an ask is: never less than it can be counted as."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.extent import TEMPLATE, TOOL_PROMPT, MediaBounds, chat_extent, text_extent
from trigate.llm.member import Members, read_members

MEDIA = MediaBounds(image=1000, audio=2000, file=3000)


def members(**values: Any) -> Members:
    return read_members(msgspec.json.encode(values), frozenset())


def chat(*messages: Any, **more: Any) -> Members:
    return members(messages=list(messages), **more)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=200)


@given(st.lists(TEXTS, max_size=5), st.booleans())
def test_every_byte_of_every_text_is_a_token_at_most_and_every_message_has_its_frame(texts: list[str], parts: bool):
    contents: list[Any] = [[{"type": "text", "text": each}] if parts else each for each in texts]
    extent = chat_extent(chat(*map(user, contents)), MEDIA)
    assert extent.most >= sum(len(each.encode()) + 12 for each in texts) + TEMPLATE
    assert extent.likely <= extent.most


def test_escapes_never_make_a_text_count_less():
    plain, escaped = (msgspec.Raw(each) for each in (b'[{"content":"\xc3\xa9"}]', rb'[{"content":"\u00e9"}]'))
    assert chat_extent({"messages": escaped}, MEDIA).most >= chat_extent({"messages": plain}, MEDIA).most


def test_tools_schemas_and_whatever_else_is_sent_count_too():
    schema = {"type": "object", "description": "x" * 500}
    bare = chat_extent(chat(user("hi")), MEDIA)
    for name in ("tools", "functions"):
        assert chat_extent(chat(user("hi"), **{name: [schema]}), MEDIA).most >= bare.most + 500 + TOOL_PROMPT
    assert chat_extent(chat(user("hi"), response_format=schema), MEDIA).most >= bare.most + 500


@pytest.mark.parametrize(
    ("part", "bound"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, 1000),
        ({"type": "input_image", "image_url": "data:image/png;base64," + "A" * 9000}, 1000),
        ({"type": "input_audio", "input_audio": {"data": "A" * 9000, "format": "mp3"}}, 2000),
        ({"type": "file", "file": {"file_id": "file-1"}}, 3000),
        ({"type": "hologram", "id": 7}, 3000),
        ({"text": "a part without a type"}, 3000),
        ("a part that is no object", 3000),
    ],
)
def test_what_is_no_text_counts_as_the_settings_say(part: Any, bound: int):
    extent = chat_extent(chat(user([{"type": "text", "text": "look"}, part])), MEDIA)
    frame = len(msgspec.json.encode([user([{"type": "text", "text": "look"}, None])])) - len("null")
    assert extent.most == frame + TEMPLATE + bound


def test_an_unknown_part_is_never_less_than_its_bytes():
    extent = chat_extent(chat(user([{"type": "novel", "novel": "A" * 9000}])), MEDIA)
    assert extent.most > 9000


def test_a_type_in_escapes_is_still_that_type():
    raw = msgspec.Raw(rb'[{"content":[{"type":"im\u0061ge_url","image_url":{"url":"https://e.example"}}]}]')
    assert chat_extent({"messages": raw}, MEDIA).most > 1000


def test_an_earlier_spoken_answer_told_by_its_id_counts_as_audio():
    assert chat_extent(chat({"role": "assistant", "audio": {"id": "audio_1"}}), MEDIA).most > 2000
    assert chat_extent(chat({"role": "assistant", "audio": None, "content": "hm"}), MEDIA).most < 2000


@pytest.mark.parametrize("raw", [b"7", b'"text"', b"[[]]", b"[1]", b"null", b'[{"content":7}]'])
def test_messages_that_cannot_be_read_count_as_their_bytes(raw: bytes):
    assert chat_extent({"messages": msgspec.Raw(raw)}, MEDIA).most == len(raw) + TEMPLATE


def test_an_ask_without_messages_has_an_extent_too():
    assert chat_extent(members(model="m"), MEDIA).most >= TEMPLATE


def test_a_list_of_tokens_has_no_more_tokens_than_bytes():
    tokens = list(range(1000))
    assert text_extent(members(input=tokens)).most >= len(tokens)
    assert text_extent(members(input=["a" * 400])).likely >= 100


def test_a_likely_extent_is_a_quarter_of_the_bytes():
    assert 100 <= chat_extent(chat(user("a" * 400)), MEDIA).likely <= 115


def test_a_part_that_counts_as_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="at least"):
        MediaBounds(image=0)


def test_an_earlier_spoken_answer_is_found_however_its_key_is_written():
    raw = msgspec.Raw(rb'[{"role":"assistant","\u0061udio":{"id":"audio_1"}}]')
    assert chat_extent({"messages": raw}, MEDIA).most > 2000
