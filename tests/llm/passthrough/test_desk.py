"""Who reaches what at a provider."""

import pytest

from tests.llm.scene import KEY, Scene, answers
from trigate.core.parts import Headers
from trigate.core.settings import Secret
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

OPEN = LlmSettings(
    providers={
        "all": OpenAI(api_key=Secret(KEY), organization="org", passthrough=True),
        "some": OpenAI(api_key=Secret(KEY), passthrough=["/fine_tuning/*", "/files"]),
        "none": OpenAI(api_key=Secret(KEY)),
    }
)


async def get(path: bytes, headers: Headers | None = None, method: bytes = b"GET") -> Scene:
    return await Scene(answers({"ok": True}), llm=OPEN).ask(b"", path, method, headers or [])


@pytest.mark.parametrize(
    "path", [b"/passthrough/all/files?limit=2", b"/passthrough/some/fine_tuning/jobs", b"/passthrough/some/files"]
)
async def test_what_is_open_is_reached(path: bytes):
    scene = await get(path)
    assert (scene.status, scene.json) == (200, {"ok": True})
    assert scene.client.sent[-1][1] == b"/v1/" + path.split(b"/", 3)[3]
    assert scene.record["action"] == "llm.passthrough"
    assert scene.record["resource"] == "provider/" + path.decode().split("/", 2)[2].partition("?")[0]


@pytest.mark.parametrize(
    "path",
    [
        b"/passthrough/none/files",
        b"/passthrough/nobody/files",
        b"/passthrough/some/files/x",
        b"/passthrough/some/Files",
        b"/passthrough/all",
        b"/openai/passthrough/all/files",
    ],
)
async def test_what_is_not_open_is_not_there(path: bytes):
    scene = await get(path)
    assert (scene.status, scene.client.sent) == (404, [])


@pytest.mark.parametrize("path", [b"/passthrough/some/fine_tuning/../models", b"/passthrough/all/%66iles"])
async def test_a_path_with_two_readings_is_refused(path: bytes):
    scene = await get(path)
    assert (scene.status, scene.client.sent) == (400, [])


async def test_a_demand_that_nothing_heeds_is_refused():
    scene = await Scene(answers({"ok": True}), llm=OPEN).ask(
        b"", b"/passthrough/all/files", b"GET", [], wishes={b"require": b"region=eu"}
    )
    assert (scene.status, scene.client.sent) == (400, [])
    assert "x-trigate-require" in scene.json["error"]["message"]


async def test_another_method_is_refused():
    assert (await get(b"/passthrough/all/files", method=b"TRACE")).status == 501


async def test_keys_in_the_query_do_not_go_on():
    scene = await get(b"/passthrough/all/files?key=mine&a=b&api%5Fkey=x")
    assert scene.client.sent[-1][1] == b"/v1/files?a=b"


async def test_the_gateways_fields_stand_alone():
    scene = await get(b"/passthrough/all/files", [(b"openai-organization", b"theirs"), (b"user-agent", b"curl")])
    sent = scene.client.sent[-1][2]
    assert sent[b"authorization"] == f"Bearer {KEY}".encode()
    assert (sent[b"openai-organization"], sent[b"user-agent"]) == (b"org", b"trigate")


async def test_a_body_that_declares_too_much_is_refused():
    scene = await get(b"/passthrough/all/files", [(b"content-length", b"99999999999")], b"POST")
    assert (scene.status, scene.client.sent) == (413, [])
