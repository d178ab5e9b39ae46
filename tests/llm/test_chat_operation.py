"""What is understood of a chat whose dialect needs no care of its own."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest
from trigate.llm.address import OPERATIONS
from trigate.llm.chat_operation import ChatOperation
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Address
from trigate.llm.operations.anthropic_messages import OPERATION as MESSAGES
from trigate.llm.operations.bedrock_converse import OPERATION as CONVERSE
from trigate.llm.operations.gemini_content import OPERATION as GEMINI

MEDIA = MediaBounds(image=1000, audio=2000, file=3000)
PICTURE = "A" * 100_000
PLAIN = [each for each in OPERATIONS if isinstance(each, ChatOperation)]


def most(operation: ChatOperation, **body: Any) -> int:
    address = Address(operation, "" if operation.path else "m")
    given = ({"model": "m"} if operation.path else {}) | body
    return operation.decode(msgspec.json.encode(given), address).extent(MEDIA).most


@pytest.mark.parametrize("operation", PLAIN, ids=lambda each: each.name)
def test_no_known_member_has_another_spelling(operation: ChatOperation) -> None:
    for name in operation.known - {"model", "stream"}:
        for variant in {name.upper(), re.sub("([A-Z])", r"_\1", name).lower()} - {name}:
            with pytest.raises(BadRequest, match=name):
                operation.decode(msgspec.json.encode({"model": "m", variant: 1}), Address(operation, "m"))


@pytest.mark.parametrize("name", ["max_output_tokens", "MaxOutputTokens"])
def test_a_bound_has_no_other_spelling_either(name: str) -> None:
    ask = GEMINI.decode(msgspec.json.encode({"generationConfig": {name: 5}}), Address(GEMINI, "m"))
    with pytest.raises(BadRequest, match="maxOutputTokens"):
        GEMINI.output_bound(ask.members)


def test_the_body_says_whether_to_stream_unless_the_path_does() -> None:
    assert MESSAGES.decode(b'{"model":"m","stream":true}').streamed
    assert not MESSAGES.decode(b'{"model":"m","stream":null}').streamed
    assert CONVERSE.decode(b"{}", Address(CONVERSE, "m", streamed=True)).streamed
    with pytest.raises(BadRequest, match="stream"):
        MESSAGES.decode(b'{"model":"m","stream":"yes"}')


def test_texts_count_as_their_bytes() -> None:
    few = most(MESSAGES, messages=[{"role": "user", "content": "a"}])
    assert most(MESSAGES, messages=[{"role": "user", "content": "a" * 501}]) == few + 500


@pytest.mark.parametrize(
    ("operation", "body", "bound"),
    [
        (MESSAGES, {"messages": [{"content": [{"type": "image", "source": {"data": PICTURE}}]}]}, 1000),
        (MESSAGES, {"messages": [{"content": [{"type": "document", "source": {"data": PICTURE}}]}]}, 3000),
        (GEMINI, {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": PICTURE}}]}]}, 3000),
        (CONVERSE, {"messages": [{"content": [{"image": {"format": "png", "source": {"bytes": PICTURE}}}]}]}, 1000),
    ],
)  # fmt: skip
def test_what_is_no_text_counts_as_the_settings_say(operation: ChatOperation, body: Any, bound: int) -> None:
    assert bound <= most(operation, **body) <= bound + 1000


WORDS = st.sampled_from(["type", "image", "inlineData", "file", "text", "role", "a", "{", ", {", '"image"', "[{"])
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([(",", ":"), (", ", ": ")]))
def test_parts_count_however_the_body_is_spaced(value: Any, separators: tuple[str, str]) -> None:
    """The quick look, which knows bodies as they are mostly written, sees no less than the thorough one."""

    def beyond_bytes(text: str) -> int:
        raw = msgspec.Raw(text.encode())
        return MESSAGES.extent({"messages": raw}, MEDIA).most - len(raw)

    assert beyond_bytes(json.dumps(value, separators=separators)) == beyond_bytes(json.dumps(value, indent=3))


def test_a_text_that_speaks_of_images_is_still_text() -> None:
    assert most(MESSAGES, messages=[{"role": "user", "content": 'an "image"' + "a" * 9000}]) > 9000
