"""The list of models, answered without asking anybody."""

import pytest

from tests.llm.scene import Scene

MODELS = b"/v1/models"


async def test_the_list_has_openais_shape():
    scene = await Scene().ask(b"", MODELS, b"GET")
    assert scene.status == 200
    assert scene.json["object"] == "list"
    assert [(each["id"], each["object"], each["owned_by"]) for each in scene.json["data"]] == [
        ("smart", "model", "openai"),
        ("fast", "model", "openai"),
    ]
    assert all(isinstance(each["created"], int) for each in scene.json["data"])
    assert scene.headers[b"content-length"] == b"%d" % len(scene.body)
    assert scene.record["action"] == "llm.models.list"
    assert scene.record["resource"] == "model/*"
    assert scene.client.sent == []


@pytest.mark.parametrize(
    ("address", "name"),
    [(b"/smart", "smart"), (b"/other/meta/llama", "other/meta/llama"), (b"/other%2Fllama", "other/llama")],
)
async def test_one_model_is_described(address: bytes, name: str):
    scene = await Scene().ask(b"", b"/openai" + MODELS + address, b"GET")
    assert scene.json["id"] == name
    assert scene.json["object"] == "model"
    assert scene.record["resource"] == f"model/{name}"


@pytest.mark.parametrize("address", [b"/nope", b"/nobody/x", b"/openai/", b"/%ff%00"])
async def test_an_unknown_model_is_not_found(address: bytes):
    scene = await Scene().ask(b"", MODELS + address, b"GET")
    assert scene.status == 404
    assert scene.error["code"] == "model_not_found"


async def test_the_list_needs_the_lane():
    assert (await Scene(lanes=frozenset()).ask(b"", MODELS, b"GET")).status == 403
