"""Vertex AI's hosts and paths."""

from typing import Any

import pytest

from tests.llm.golden.book import HERE
from tests.llm.scene import Scene, answers, streams
from trigate.core.settings import Secret
from trigate.llm.providers.vertex import Vertex
from trigate.llm.settings import LlmSettings


@pytest.mark.parametrize(
    ("location", "origin"),
    [
        ("global", "https://aiplatform.googleapis.com/v1"),
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1"),
    ],
)
def test_the_region_decides_on_the_host(location: str, origin: str) -> None:
    provider = Vertex(project="p-1", location=location)
    assert provider.origin() == origin
    place = f"/projects/p-1/locations/{location}/publishers/google/models/gemini-3".encode()
    assert provider.path("gemini_content", "gemini-3", streamed=False) == place + b":generateContent"
    assert provider.path("gemini_content", "gemini-3", streamed=True) == place + b":streamGenerateContent?alt=sse"
    assert provider.path("openai_embeddings", "gemini-3", streamed=False) is None
    assert provider.path("anthropic_messages", "gemini-3", streamed=False) is None


@pytest.mark.parametrize(("project", "location"), [("a/b", "global"), ("p", "../x"), ("", "global")])
def test_what_is_no_identifier_is_refused(project: str, location: str) -> None:
    with pytest.raises(ValueError, match="identifiers"):
        Vertex(project=project, location=location)


CLAUDE = "claude-sonnet-4-5@20250929"
MESSAGES = [{"role": "user", "content": "Hi"}]
PLACE = b"/projects/p-1/locations/europe-west4"


def llm() -> LlmSettings:
    return LlmSettings(providers={"v": Vertex(project="p-1", location="europe-west4", api_key=Secret("k"))})


async def test_claude_is_named_in_the_path_and_its_version_in_the_body() -> None:
    body: dict[str, Any] = {"model": f"v/{CLAUDE}", "max_tokens": 9, "messages": MESSAGES}
    reply = answers((HERE / "replies/anthropic_messages/text.json").read_bytes())
    fields = [(b"content-type", b"application/json"), (b"anthropic-beta", b"context-1m-2025-08-07")]
    scene = await Scene(reply, llm=llm()).ask(body, b"/v1/messages", headers=fields)
    assert scene.status == 200
    _, target, headers, _ = scene.client.sent[0]
    assert target.endswith(PLACE + b"/publishers/anthropic/models/" + CLAUDE.encode() + b":rawPredict")
    assert headers[b"anthropic-beta"] == b"context-1m-2025-08-07"
    assert headers[b"authorization"] == b"Bearer k"
    assert scene.upstream == {"max_tokens": 9, "messages": MESSAGES, "anthropic_version": "vertex-2023-10-16"}


async def test_claude_streams_to_callers_of_another_dialect() -> None:
    body = {"model": f"v/{CLAUDE}", "messages": MESSAGES, "stream": True}
    reply = streams((HERE / "streams/anthropic_messages/text.txt").read_bytes())
    scene = await Scene(reply, llm=llm()).ask(body)
    assert scene.client.sent[0][1].endswith(b":streamRawPredict")
    assert scene.upstream["anthropic_version"] == "vertex-2023-10-16"
    assert "model" not in scene.upstream
    assert scene.upstream["stream"] is True
    assert scene.body.endswith(b"data: [DONE]\n\n")


async def test_other_makers_models_are_asked_as_openai_has_it() -> None:
    reply = answers({"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]})
    scene = await Scene(reply, llm=llm()).ask({"model": "v/meta/llama-4-maverick", "messages": MESSAGES})
    assert scene.client.sent[0][1].endswith(PLACE + b"/endpoints/openapi/chat/completions")
    assert scene.upstream == {"model": "meta/llama-4-maverick", "messages": MESSAGES}
