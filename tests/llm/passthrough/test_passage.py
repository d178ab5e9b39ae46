"""A passed request and its answer."""

import asyncio
from typing import Any

import pytest

from tests.llm.scene import JSON, KEY, Reply, Scene, answers, fails
from trigate.core.demand import FREE_OF_CHARGE
from trigate.core.errors import PayloadTooLarge, StreamBroken, UpstreamUnreachable
from trigate.core.parts import Data, Headers
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.core.stream import NoIncoming
from trigate.llm.passthrough.passage import Limited, Passage
from trigate.llm.passthrough.place import Place
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

OPEN = LlmSettings(providers={"p": OpenAI(api_key=Secret(KEY), passthrough=True)})
PATH = b"/passthrough/p/chat/completions"
COUNTED = {"model": "gpt-5.2", "usage": {"prompt_tokens": 1000, "completion_tokens": 0}}


async def passed(reply: Reply, method: bytes = b"POST", headers: Headers = JSON) -> Scene:
    return await Scene(reply, llm=OPEN).ask(b"{}", PATH, method, headers)


async def test_the_answer_is_passed_on_counted_and_priced():
    scene = await passed(answers(COUNTED))
    assert (scene.status, scene.json, scene.client.methods) == (200, COUNTED, [b"POST"])
    assert scene.usage.input_tokens == 1000
    assert scene.usage.cost > 0
    assert scene.record["target"] == "p"


async def test_pieces_are_passed_on_as_they_come():
    pause = asyncio.Event()
    scene = Scene(Reply(200, [(b"content-type", b"audio/mpeg")], b"abc", pause, b"def"), llm=OPEN)
    task = asyncio.create_task(scene.ask(b"", PATH, b"POST", []))
    while scene.body != b"abc":
        await asyncio.sleep(0)
    pause.set()
    await task
    assert (scene.body, scene.usage.unpriced) == (b"abcdef", True)


async def test_looking_costs_nothing():
    scene = await passed(answers(COUNTED), b"GET")
    assert (scene.usage.input_tokens, scene.usage.cost, scene.usage.unpriced) == (0, 0, False)


async def test_an_error_comes_without_the_gateways_secret():
    scene = await passed(Reply(403, JSON, b'{"error":"key ', KEY[:9].encode(), KEY[9:].encode(), b' may not"}'))
    assert scene.status == 403
    assert KEY.encode() not in scene.body
    assert len(scene.body) == len(KEY) + 24


async def test_a_credential_that_is_not_accepted_is_the_operators_fault():
    scene = await passed(answers({"error": {"message": f"bad {KEY}"}}, 401))
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.refused")


def test_what_may_be_billed_has_no_price_that_limits_could_count():
    made = {}
    for method in (b"GET", b"POST"):
        scene_way: Any = None
        place = Place("p", b"/files")
        made[method] = Passage(scene_way, place, method, b"", b"", None).demand()
    assert made[b"GET"].tariff is FREE_OF_CHARGE
    assert made[b"POST"].tariff is None
    assert made[b"POST"].provider == "p"


async def test_nobody_there_is_told():
    assert (await passed(fails(UpstreamUnreachable("gone")))).status == 502


async def test_a_cut_answer_never_looks_whole():
    scene = await passed(Reply(200, JSON, b'{"a":', StreamBroken("gone")))
    assert scene.edge.aborted


async def test_a_body_is_bounded_as_it_comes():
    class Body(NoIncoming):
        async def next(self) -> Data:
            return Data(b"1234")

    limited = Limited(Body(Signal(asyncio.get_running_loop())), 6)
    assert await limited.next() == Data(b"1234")
    with pytest.raises(PayloadTooLarge):
        await limited.next()
