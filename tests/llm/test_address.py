"""The closed list of addresses, and in which dialect whoever comes there is answered."""

from pathlib import Path

import pytest

from trigate.core.request import Request
from trigate.llm.address import OPERATIONS, dialect_of, find_address, without_drop_in
from trigate.llm.error import InvalidParameter
from trigate.llm.operation import JSON_LINES


def request(target: bytes, **fields: bytes) -> Request:
    path, _, query = target.partition(b"?")
    named = {name.replace("_", "-").encode(): value for name, value in fields.items()}
    return Request(b"POST", target, path, query, b"gateway", list(named.items()), named)


@pytest.mark.parametrize(
    ("target", "name", "model", "streamed", "listed"),
    [
        (b"/v1/chat/completions", "openai_chat", "", False, False),
        (b"/openai/v1/chat/completions", "openai_chat", "", False, False),
        (b"/v1/embeddings", "openai_embeddings", "", False, False),
        (b"/v1/responses", "openai_responses", "", False, False),
        (b"/anthropic/v1/messages", "anthropic_messages", "", False, False),
        (b"/v1beta/models/gemini-3:generateContent", "gemini_content", "gemini-3", False, False),
        (b"/v1beta/models/g:streamGenerateContent?alt=sse", "gemini_content", "g", True, False),
        (b"/genai/v1beta/models/g:streamGenerateContent?key=1", "gemini_content", "g", True, True),
        (b"/v1/models/p%2Fg:generateContent", "gemini_content", "p/g", False, False),
        (b"/model/eu.x%3A0/converse", "bedrock_converse", "eu.x:0", False, False),
        (b"/bedrock/model/p/x/converse-stream", "bedrock_converse", "p/x", True, False),
        (b"/v2/chat", "cohere_chat", "", False, False),
        (b"/v1/completions", "openai_completions", "", False, False),
        (b"/v1/moderations", "openai_moderations", "", False, False),
        (b"/openai/v1/images/generations", "openai_images_generate", "", False, False),
        (b"/v1/audio/speech", "openai_speech", "", False, False),
    ],
)
def test_each_is_found(target: bytes, name: str, model: str, *, streamed: bool, listed: bool) -> None:
    found = find_address(request(target))
    assert found is not None
    assert (found.operation.name, found.model, found.streamed, found.listed) == (name, model, streamed, listed)
    assert dialect_of(request(target)) == found.operation.dialect


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/chat",
        b"/v1/Messages",
        b"/v1/models/g:unknown",
        b"/model/x/invoke-with-nothing",
        b"/x/v1/messages",
        b"/openai",
        b"/",
    ],
)
def test_nothing_else_is(target: bytes) -> None:
    assert find_address(request(target)) is None


@pytest.mark.parametrize("model", [b"%00", b"x" * 300, b"a%0Ab"])
def test_a_path_that_names_no_model_is_refused(model: bytes) -> None:
    with pytest.raises(InvalidParameter):
        find_address(request(b"/model/" + model + b"/converse"))


def test_fields_go_where_they_mean_something() -> None:
    found = find_address(request(b"/v1/messages", anthropic_beta=b"b1", openai_beta=b"no", traceparent=b"00-x"))
    assert found is not None
    assert found.carried == JSON_LINES + b"anthropic-beta: b1\r\ntraceparent: 00-x\r\n"
    assert found.common == JSON_LINES + b"traceparent: 00-x\r\n"


@pytest.mark.parametrize(
    ("target", "fields", "dialect"),
    [
        (b"/v1/models", {}, "openai_chat"),
        (b"/v1/models", {"anthropic_version": b"2023-06-01"}, "anthropic_messages"),
        (b"/v1/models", {"x_goog_api_key": b"k"}, "gemini_content"),
        (b"/v1/models", {"x_api_key": b"k"}, "anthropic_messages"),
        (b"/v1/models/llama3:latest", {}, "openai_chat"),
        (b"/v1/models/gemini:countTokens", {}, "gemini_content"),
        (b"/v1beta/models", {}, "gemini_content"),
        (b"/anthropic/v1/models", {}, "anthropic_messages"),
        (b"/anything", {}, "openai_chat"),
    ],
)
def test_lists_and_errors_come_in_the_callers_dialect(target: bytes, fields: dict[str, bytes], dialect: str) -> None:
    assert dialect_of(request(target, **fields)) == dialect


def test_prefixes_are_cut_off_whole() -> None:
    assert without_drop_in(b"/openai/v1/models") == (b"/v1/models", "openai_chat")
    assert without_drop_in(b"/openaix/v1/models") == (b"/openaix/v1/models", "")


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_every_address_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/ask-for-more-than-chats.md").read_text(encoding="utf-8")
    others = [each for each in OPERATIONS if not each.is_chat]
    assert [each.path.decode() for each in others if f"`{each.path.decode()}`" not in page and each.path] == []
    assert [each.action for each in others if f"`{each.action}`" not in page] == []
