"""Answers that are no chats reach their callers in the form in which they came."""

from tests.llm.scene import JSON, SSE, Reply, Scene, answers
from trigate.core.errors import StreamBroken

SPEECH = b"/v1/audio/speech"
ASK = {"model": "fast", "input": "hello", "voice": "v"}


async def test_json_in_place_of_sound_is_passed_on_whole():
    scene = await Scene(answers({"note": "x"})).ask(ASK, SPEECH)
    assert (scene.json, scene.headers[b"content-type"]) == ({"note": "x"}, b"application/json")


async def test_events_nobody_asked_for_are_passed_on_as_bytes():
    scene = await Scene(Reply(200, SSE, b"data: 1\n\n")).ask(ASK, SPEECH)
    assert scene.body == b"data: 1\n\n"


async def test_an_empty_sound_is_an_answer():
    scene = await Scene(Reply(200, [(b"content-type", b"audio/wav")])).ask(ASK, SPEECH)
    assert (scene.status, scene.body) == (200, b"")


async def test_what_breaks_before_it_begins_goes_to_the_next_target():
    broken = Reply(200, [(b"content-type", b"audio/wav")], StreamBroken("gone"))
    scene = await Scene(broken, Reply(200, [(b"content-type", b"audio/wav")], b"la")).ask(
        {**ASK, "model": "smart"}, SPEECH
    )
    assert (scene.body, scene.record["attempts"]) == (b"la", 2)


async def test_a_stream_that_is_asked_for_may_come_whole():
    scene = await Scene(Reply(200, JSON, b'{"data":[]}', whole=True)).ask(
        {"model": "fast", "prompt": "x", "stream": True}, b"/v1/images/generations"
    )
    assert scene.json == {"data": []}
