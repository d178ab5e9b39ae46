"""Where keys travel."""

from typing import Any

import pytest

from tests.llm.scene import Scene, answers
from trigate.core.settings import Secret
from trigate.llm.key_place import KeyPlace, read_key_place, with_query
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

ASK: dict[str, Any] = {"model": "p/m", "messages": [{"role": "user", "content": "hi"}]}
DONE = {"choices": [{"message": {"content": "hi"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
URL = "http://127.0.0.1:9/v1"
ODD, SPELT = "canary key/0123456789&x=1", b"canary%20key%2F0123456789%26x%3D1"


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("authorization", KeyPlace(field="authorization", scheme="Bearer")),
        ("Authorization Token", KeyPlace(field="authorization", scheme="Token")),
        ("X-Api-Key", KeyPlace(field="x-api-key")),
        ("?key", KeyPlace(parameter="key")),
    ],
)
def test_a_place_is_read(written: str, place: KeyPlace):
    assert read_key_place(written) == place


@pytest.mark.parametrize("written", ["a b c", "?", "?a=b", "?a&b", "x:y", " x", "x\r\ny"])
def test_what_is_no_place_is_refused(written: str):
    with pytest.raises(ValueError, match="key_at"):
        OpenAI(base_url=URL, key_at=written, api_key=Secret("k"))


def test_fields_of_the_message_carry_no_keys():
    with pytest.raises(ValueError, match="content-length"):
        OpenAI(base_url=URL, key_at="content-length", api_key=Secret("k"))


@pytest.mark.parametrize(
    ("path", "query", "made"), [(b"/a", b"k=1", b"/a?k=1"), (b"/a?b=2", b"k=1", b"/a?b=2&k=1"), (b"/a", b"", b"/a")]
)
def test_a_parameter_is_added(path: bytes, query: bytes, made: bytes):
    assert with_query(path, query) == made


def provider(**more: Any) -> LlmSettings:
    return LlmSettings(providers={"p": OpenAI(base_url=URL, **more)})


@pytest.mark.parametrize(
    ("at", "fields", "target"),
    [
        ("authorization Token", {b"authorization": b"Token k-1"}, b"/v1/chat/completions"),
        ("x-api-key", {b"x-api-key": b"k-1"}, b"/v1/chat/completions"),
        ("?key", {}, b"/v1/chat/completions?key=k-1"),
    ],
)
async def test_the_key_travels_there_and_nowhere_else(at: str, fields: dict[bytes, bytes], target: bytes):
    scene = await Scene(answers(DONE), llm=provider(key_at=at, api_key=Secret("k-1"))).ask(ASK)
    _, sent, headers, body = scene.client.sent[0]
    assert (scene.status, sent) == (200, target)
    assert {name: value for name, value in headers.items() if b"k-1" in value} == fields
    assert b"k-1" not in body


async def test_the_next_key_takes_the_place_of_a_refused_one():
    keys: list[Any] = [Secret("k-1"), Secret("k-2")]
    scene = await Scene(answers({}, 429), answers(DONE), llm=provider(key_at="?key", api_keys=keys)).ask(ASK)
    assert scene.status == 200
    assert [each[1].rpartition(b"?")[2] for each in scene.client.sent] == [b"key=k-1", b"key=k-2"]


@pytest.mark.parametrize("keys", [{"api_key": Secret(ODD)}, {"api_keys": [Secret("other-0123456789"), Secret(ODD)]}])
async def test_a_key_that_is_quoted_is_struck_out_in_both_spellings(keys: dict[str, Any]):
    told = f"bad request: /v1/chat/completions?key={SPELT.decode()} ({ODD})"
    refused = answers({"error": {"message": told}}, 400)
    scene = await Scene(refused, llm=provider(key_at="?key", **keys)).ask(ASK)
    assert scene.status == 400
    assert b"bad request" in scene.body
    assert b"0123456789" not in scene.body


async def test_what_is_passed_through_carries_the_gateways_key_alone():
    llm = LlmSettings(providers={"p": OpenAI(base_url=URL, key_at="?token", api_key=Secret("k-1"), passthrough=True)})
    scene = await Scene(answers({}), llm=llm).ask(b"", b"/passthrough/p/x?a=1&token=mine", method=b"GET")
    assert scene.status == 200
    assert scene.client.sent[0][1] == b"/v1/x?a=1&token=k-1"
