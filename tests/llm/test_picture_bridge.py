"""Pictures that OpenAI's callers ask for, made by Google's models."""

from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import Reply, Scene, answers
from trigate.core.settings import Secret
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider import Provider
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.vertex import Vertex
from trigate.llm.settings import LlmSettings, Model

PATH = b"/v1/images/generations"
KEY = Secret("provider-canary-0123456789")
GEMINI, VERTEX = Gemini(api_key=KEY), Vertex(project="p-1", api_key=KEY)
PICTURE = {"bytesBase64Encoded": "QQ==", "mimeType": "image/png"}


def llm(model: str, provider: Provider = GEMINI, price: PriceSettings | None = None) -> LlmSettings:
    return LlmSettings(providers={"p": provider}, models={"painter": Model(targets=f"p/{model}", price=price)})


def drawn(**more: Any) -> Reply:
    details = [{"modality": "IMAGE", "tokenCount": 1290}]
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 1290, "candidatesTokensDetails": details, **more}
    part = {"inlineData": {"mimeType": "image/png", "data": "QQ=="}}
    content = {"role": "model", "parts": [{"text": "Here"}, part]}
    return answers(
        {"candidates": [{"content": content}], "usageMetadata": {**usage, "candidatesTokensDetails": details}}
    )


async def test_imagen_makes_some_and_is_billed_by_the_piece():
    price = PriceSettings(input=Decimal(0), image=Decimal("0.04"))
    body = {
        "model": "painter",
        "prompt": "a cat",
        "n": 2,
        "size": "1024x1024",
        "output_format": "jpeg",
        "style": "vivid",
    }
    reply = answers({"predictions": [PICTURE, PICTURE]})
    scene = await Scene(reply, llm=llm("imagen-4.0-generate-001", price=price)).ask(body, PATH)
    assert scene.status == 200, scene.body
    assert scene.client.sent[0][1] == b"/v1/models/imagen-4.0-generate-001:predict"
    parameters = {"sampleCount": 2, "aspectRatio": "1:1", "outputOptions": {"mimeType": "image/jpeg"}}
    assert scene.upstream == {"instances": [{"prompt": "a cat"}], "parameters": parameters}
    assert [each["b64_json"] for each in scene.json["data"]] == ["QQ==", "QQ=="]
    assert "usage" not in scene.json
    assert scene.headers[b"x-trigate-loss"] == b"style;dropped"
    assert (scene.usage.units, scene.usage.cost, scene.usage.unpriced) == ({"images": 2}, 80_000_000, False)


async def test_more_than_fit_into_one_request_are_made_by_several():
    three = answers({"predictions": [PICTURE] * 4}), answers({"predictions": [PICTURE] * 2})
    body = {"model": "painter", "prompt": "a cat", "n": 6}
    scene = await Scene(*three, llm=llm("imagen-4.0-generate-001", VERTEX)).ask(body, PATH)
    assert len(scene.json["data"]) == 6
    assert scene.upstream["parameters"]["sampleCount"] == 2
    assert scene.client.sent[0][1].endswith(b"/publishers/google/models/imagen-4.0-generate-001:predict")


async def test_gemini_makes_them_one_by_one_and_is_billed_by_tokens():
    price = PriceSettings(input=Decimal(1), output=Decimal(2), image_output=Decimal(30))
    body = {"model": "painter", "prompt": "a cat", "n": 2, "size": "3072x2048", "response_format": "url"}
    scene = await Scene(drawn(), drawn(), llm=llm("gemini-2.5-flash-image", price=price)).ask(body, PATH)
    assert scene.status == 200, scene.body
    assert scene.client.sent[0][1] == b"/v1/models/gemini-2.5-flash-image:generateContent"
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "3:2", "imageSize": "2K"}}
    assert scene.upstream["generationConfig"] == config
    assert scene.json["usage"]["output_tokens"] == 2580
    assert scene.usage.cost == 2 * (5 * 1000 + 1290 * 30_000)
    assert scene.headers[b"x-trigate-loss"] == b"response_format;degraded"


async def test_what_was_made_before_a_request_failed_is_billed():
    price = PriceSettings(input=Decimal(1), output=Decimal(30))
    body = {"model": "painter", "prompt": "a cat", "n": 4}
    failed = answers({"error": {"code": 500, "message": "no", "status": "INTERNAL"}}, 500)
    scene = await Scene(drawn(), drawn(), failed, llm=llm("gemini-2.5-flash-image", price=price)).ask(body, PATH)
    assert scene.status == 500
    assert (scene.usage.input_tokens, scene.usage.output_tokens, scene.usage.units) == (10, 2580, {"images": 2})
    assert (scene.usage.cost, scene.usage.estimated) == (10 * 1000 + 2580 * 30_000, False)


async def test_a_key_that_is_used_up_on_the_way_gives_its_place_to_another():
    keys = [Secret(f"provider-canary-{number}-0123456789") for number in range(2)]
    refused = answers({"error": {"code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED"}}, 429)
    body = {"model": "painter", "prompt": "a cat", "n": 3}
    provider = Gemini(api_keys=list(keys))
    scene = await Scene(drawn(), refused, drawn(), drawn(), llm=llm("gemini-2.5-flash-image", provider)).ask(body, PATH)
    assert scene.status == 200, scene.body
    assert len(scene.json["data"]) == 3
    used = [fields[b"x-goog-api-key"].decode() for _, _, fields, _ in scene.client.sent]
    assert used == [keys[at].reveal() for at in (0, 0, 1, 1)]
    assert scene.record["status"] == 200
    assert scene.record["flags"].count("llm.key_rotated") == 1


async def test_an_answer_without_a_picture_is_the_providers_fault():
    held = answers({"predictions": [{"raiFilteredReason": "no"}]})
    body = {"model": "painter", "prompt": "a cat"}
    scene = await Scene(held, llm=llm("imagen-4.0-generate-001")).ask(body, PATH)
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.protocol")


@pytest.mark.parametrize("model", ["gemini-2.5-pro", "text-embedding-004"])
async def test_a_model_that_makes_none_offers_none(model: str):
    for provider in (GEMINI, VERTEX):
        scene = await Scene(llm=llm(model, provider)).ask({"model": "painter", "prompt": "a cat"}, PATH)
        assert scene.error["code"] == "model.not_offered"
