"""One attempt: what becomes of answers that cannot be passed on, and how a target does after it."""

from typing import Any

import pytest

from tests.llm.scene import WORD, Caller, Scene, answers, event, streams
from tests.policy.toys import Stage
from trigate.core.clock import clock


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
@pytest.mark.parametrize("reply", [answers, streams])
async def test_a_compressed_answer_cannot_be_governed_and_is_refused(coding: bytes, reply: Any):
    made = reply(b"\x1f\x8b")
    made.head.headers = [*made.head.headers, (b"content-encoding", coding)]
    scene = await Scene(made).ask({"model": "fast", "stream": reply is streams})
    assert scene.status == 502
    assert scene.error["code"] == "upstream.protocol"


async def test_identity_is_no_compression():
    made = answers({"usage": {"prompt_tokens": 1}})
    made.head.headers = [*made.head.headers, (b"content-encoding", b"identity")]
    assert (await Scene(made).ask({"model": "fast"})).status == 200


async def test_a_target_that_fails_again_and_again_rests_and_one_that_answers_does_not():
    replies = [each for _ in range(5) for each in (answers(b"", 500), answers({"usage": {"prompt_tokens": 1}}))]
    scene = Scene(*replies)
    first, second = scene.goals("smart")
    for _ in range(5):
        assert first.available(clock.monotonic())
        scene.edge = Caller(scene.signal, Stage(), scene.spool)
        await scene.ask({"model": "smart"})
        assert scene.status == 200
    assert not first.available(clock.monotonic())
    assert first.opens(clock.monotonic()) > clock.monotonic() + 20
    assert second.available(clock.monotonic())
    assert second.health.seconds(clock.monotonic()) > 0
    assert first.health.in_flight == second.health.in_flight == 0


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_what_a_caller_asks_wrongly_never_lets_a_target_rest(status: int):
    scene = Scene(*[answers({"error": {"message": "no"}}, status)] * 9)
    first, _ = scene.goals("smart")
    for _ in range(9):
        scene.edge = Caller(scene.signal, Stage(), scene.spool)
        await scene.ask({"model": "smart"})
        assert scene.status == status
    assert first.available(clock.monotonic())


async def test_an_error_inside_a_stream_counts_against_the_target():
    failure = event(b'{"error":{"message":"boom","type":"server_error"}}')
    scene = Scene(*[streams(event(WORD), failure)] * 5)
    (target,) = scene.goals("fast")
    for _ in range(5):
        assert target.available(clock.monotonic())
        scene.edge = Caller(scene.signal, Stage(), scene.spool)
        await scene.ask({"model": "fast", "messages": [], "stream": True})
    assert not target.available(clock.monotonic())
