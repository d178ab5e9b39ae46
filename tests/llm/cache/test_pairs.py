"""Every dialect of callers before every one of providers: what is given again is what was given, plain and streamed."""

import json
from typing import Any

import pytest
from msgspec import structs

from tests.llm.cache.room import Room
from tests.llm.scene import answers
from tests.llm.test_pairs import PATHS, ask, case, settings, streams
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.chat_dialects import CHAT_DIALECTS
from trigate.llm.settings import LlmSettings


def kept(spoken: str) -> LlmSettings:
    return structs.replace(settings(spoken), cache=CacheSettings())


def body(caller: str, *, streamed: bool) -> bytes:
    found: dict[str, Any] = json.loads(ask(caller, streamed=streamed))
    return json.dumps(found | ({"store": False} if caller == "openai_responses" else {})).encode()


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
async def test_an_answer_is_given_again_byte_for_byte(caller: str, spoken: str, *, streamed: bool):
    reply = streams(spoken) if streamed else answers(case("replies", spoken).read_bytes())
    room = Room(reply, llm=kept(spoken))
    raw, path = body(caller, streamed=streamed), PATHS[caller][streamed]
    first, again = await room.visit(raw, path), await room.visit(raw, path)
    assert (first.said, again.said) == (b"miss", b"hit")
    assert again.body == first.body
    assert again.headers[b"content-type"] == first.headers[b"content-type"]
    assert first.record["usage"]["cost"] > 0
    assert set(again.record["usage"]) == {"bytes_in", "bytes_out"}


async def test_what_was_lost_in_translation_is_told_again():
    raw = json.dumps(json.loads(ask("openai_chat", streamed=False)) | {"logit_bias": {"1": 2}}).encode()
    room = Room(answers(case("replies", "anthropic_messages").read_bytes()), llm=kept("anthropic_messages"))
    first, again = await room.visit(raw), await room.visit(raw)
    assert again.said == b"hit"
    assert again.headers[b"x-trigate-loss"] == first.headers[b"x-trigate-loss"]


async def test_one_list_of_googles_is_given_again_as_one_list():
    room = Room(streams("gemini_content"), llm=kept("gemini_content"))
    path = b"/v1beta/models/asked-model:streamGenerateContent"
    raw = ask("gemini_content", streamed=True)
    first, again = await room.visit(raw, path), await room.visit(raw, path)
    assert again.said == b"hit"
    assert json.loads(again.body) == json.loads(first.body)
