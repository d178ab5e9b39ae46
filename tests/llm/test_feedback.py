"""Feedback: taken from whoever may call, kept as a private record, and refused if it says nothing."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import Scene
from trigate.core.surroundings import PRIVATE
from trigate.store.opinion import read_opinions

PATH = b"/v1/feedback"


async def said(body: Any) -> Scene:
    return await Scene().ask(body, PATH)


async def test_it_goes_into_the_spool_with_the_name_of_its_giver() -> None:
    scene = await said({"id": "abc", "score": 0.25, "label": "good", "comment": "fine"})
    assert (scene.status, scene.json) == (202, {"id": "abc", "status": "accepted"})
    private = [each for each in scene.spool.raw if each.startswith(PRIVATE)]
    (opinion,) = read_opinions(private)
    assert (opinion.request, opinion.key, opinion.score, opinion.label) == ("abc", "dev", 250_000, "good")
    (record,) = [msgspec.json.decode(each) for each in scene.spool.raw if not each.startswith(PRIVATE)]
    assert (record["action"], record["resource"], record["outcome"]) == ("llm.feedback", "feedback", "ok")
    assert "fine" not in str(record)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "abc"},
        {"score": 1},
        {"id": "", "score": 1},
        {"id": "a b", "score": 1},
        {"id": "a", "score": 101},
        {"id": "a", "score": 0.0000001},
        {"id": "a", "score": 1e400},
        {"id": "a", "score": "NaN"},
        {"id": "a", "score": "1e9999999"},
        {"id": "a", "score": True},
        {"id": "a", "label": "x" * 65},
        {"id": "a", "comment": "x" * 4001},
        {"id": "a", "score": 1, "about": "x"},
        b'{"id": "a", "id": "b", "score": 1}',
        b"[]",
        b"{",
    ],
)
async def test_what_says_nothing_is_refused(body: Any) -> None:
    scene = await said(body if isinstance(body, bytes) else msgspec.json.encode(body).replace(b"null", b"1e400"))
    assert scene.status == 400
    assert not [each for each in scene.spool.raw if each.startswith(PRIVATE)]


async def test_only_post_is_answered_there() -> None:
    scene = await Scene().ask(b"", PATH, b"GET")
    assert scene.status == 405
    assert scene.headers[b"allow"] == b"POST"


async def test_who_may_not_use_the_lane_says_nothing() -> None:
    scene = await Scene(lanes=frozenset({"api"})).ask({"id": "a", "score": 1}, PATH)
    assert scene.status == 403
    assert not [each for each in scene.spool.raw if each.startswith(PRIVATE)]
