"""watsonx.ai's hosts, paths and members."""

from typing import Any

import pytest

from tests.llm.scene import STOP, USAGE, WORD, Scene, answers, event, streams
from trigate.core.settings import Secret
from trigate.llm.providers.watsonx import Watsonx
from trigate.llm.settings import LlmSettings
from trigate.outbound.credentials.ibm_iam import IbmIam

MODEL = "ibm/granite-3-3-8b-instruct"


def llm(**more: Any) -> LlmSettings:
    payer = {} if "space_id" in more else {"project_id": "p-1"}
    return LlmSettings(providers={"w": Watsonx(credential=IbmIam(api_key=Secret("k")), **payer, **more)})


def ask(**more: Any) -> dict[str, Any]:
    return {"model": f"w/{MODEL}", "messages": [{"role": "user", "content": "Hi"}], **more}


def test_the_region_decides_on_the_host():
    provider = Watsonx(region="eu-de", project_id="p")
    assert provider.origin() == "https://eu-de.ml.cloud.ibm.com"
    assert provider.path("openai_chat", "m", streamed=False) == b"/ml/v1/text/chat?version=2025-02-11"
    assert provider.path("openai_chat", "m", streamed=True) == b"/ml/v1/text/chat_stream?version=2025-02-11"
    assert provider.path("openai_embeddings", "m", streamed=True) is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "project_id or space_id"),
        ({"project_id": "p", "space_id": "s"}, "project_id or space_id"),
        ({"project_id": "p", "region": "x/y"}, "region"),
        ({"project_id": "p", "api_version": "2&x=3"}, "api_version"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], told: str):
    with pytest.raises(ValueError, match=told):
        Watsonx(**fields)


async def test_the_model_has_another_name_there_and_somebody_pays():
    reply = answers({"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]})
    scene = await Scene(reply, llm=llm()).ask(ask(temperature=0.5))
    assert scene.status == 200
    assert scene.client.sent[0][1].endswith(b"/ml/v1/text/chat?version=2025-02-11")
    messages = [{"role": "user", "content": "Hi"}]
    assert scene.upstream == {"messages": messages, "temperature": 0.5, "model_id": MODEL, "project_id": "p-1"}


async def test_a_stream_is_asked_for_by_its_path_and_ends_with_its_usage():
    scene = await Scene(streams(event(WORD) + event(STOP) + event(USAGE)), llm=llm(space_id="s-1")).ask(
        ask(stream=True)
    )
    assert scene.client.sent[0][1].endswith(b"/ml/v1/text/chat_stream?version=2025-02-11")
    assert scene.upstream.keys() == {"messages", "model_id", "space_id"}
    assert scene.body.endswith(b"data: [DONE]\n\n")
    assert (scene.usage.input_tokens, scene.usage.output_tokens) == (3, 2)
