"""The list of models, answered without asking anybody."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.llm.scene import Scene, settings
from tests.policy.authenticators.test_api_key import exchange
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.parts import Data
from trigate.core.principal import Principal
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.core.usage import Usage
from trigate.llm.catalogue import Catalogue
from trigate.llm.error import ModelNotFound
from trigate.llm.model_list import Inquiry
from trigate.policy.access import Access
from trigate.policy.rule import Rule

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


async def inquire(model: str, *rules: Rule) -> Any:
    """What a caller under these rules is answered."""
    access, principal = Access(rules), Principal("dev", frozenset({"llm"}))
    catalogue = Catalogue(
        settings(), ["llm.chat", "llm.embeddings"], lambda _, action: access.allows(principal, action)
    )
    call = Call("1", exchange(), principal, Action("llm.models.list", f"model/{model}"), None, 0.0, Usage())
    last = await catalogue.forward(call, Inquiry(model), Collector(Signal(asyncio.get_running_loop())))
    assert isinstance(last, Data)
    return msgspec.json.decode(last.payload)


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (Rule(allow=("llm.chat model/smart",)), ["smart"]),
        (Rule(allow=("llm.embeddings model/f*",)), ["fast"]),
        (Rule(allow=("mcp.*",)), []),
        (Rule(deny=("llm.* model/smart",)), ["fast"]),
        (Rule(deny=("llm.chat",)), ["smart", "fast"]),
    ],
)
async def test_the_list_shows_what_its_reader_may_use(rule: Rule, shown: list[str]):
    assert [each["id"] for each in (await inquire("*", rule))["data"]] == shown


@pytest.mark.parametrize("model", ["fast", "other/llama", "nope", "nobody/x"])
async def test_what_may_not_be_used_is_not_there(model: str):
    allowed = Rule(allow=("llm.chat model/smart", "llm.chat model/other/mistral"))
    with pytest.raises(ModelNotFound, match=f"there is no model '{model}' here"):
        await inquire(model, allowed)
    assert (await inquire("smart", allowed))["id"] == "smart"
    assert (await inquire("other/mistral", allowed))["id"] == "other/mistral"
