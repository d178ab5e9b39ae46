"""Questions asked in other words: answered if they mean the same, and are asked by the same, after the same."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from tests.llm.cache.room import DEV, Guest, Room
from tests.llm.scene import Reply, answers, fails, settings
from tests.llm.test_lane import COMPLETION
from trigate.core.errors import UpstreamUnreachable
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.llm.cache_settings import CacheSettings, ModelCache, SemanticSettings
from trigate.llm.lane import LlmLane
from trigate.llm.settings import LlmSettings, Model

SEMANTIC = SemanticSettings(embeddings="other/embed", threshold=0.9)
PARIS, ALSO, ROME = [1.0, 0.1, 0.0], [0.98, 0.15, 0.02], [0.0, 0.2, 1.0]


def means(vector: list[float]) -> Reply:
    """What the model for embeddings says."""
    return answers({"data": [{"index": 0, "embedding": vector}], "usage": {"prompt_tokens": 4, "total_tokens": 4}})


def said(text: str) -> Reply:
    return answers({**COMPLETION, "id": text})


def keeping(**semantic: Any) -> LlmSettings:
    return settings(cache=CacheSettings(semantic=structs.replace(SEMANTIC, **semantic)))


class Study(Room):
    """A room whose lane may make calls of its own."""

    def __init__(self, *replies: Reply, llm: LlmSettings | None = None) -> None:
        llm = llm or keeping()
        super().__init__(*replies, llm=llm)
        nothing: Any = None
        client: Any = self.client
        loop = asyncio.get_running_loop()
        around = Surroundings(loop, self.deadlines, self.keep, self.spool, nothing, Ids())
        self.lane = LlmLane(llm, client, around, self.serve._calls)  # pyright: ignore[reportPrivateUsage]
        self.serve._lanes["llm"] = self.lane  # pyright: ignore[reportPrivateUsage]

    async def question(self, text: str, system: str = "s", who: Any = DEV, **more: Any) -> Guest:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        return await self.visit({"model": "fast", "messages": messages}, who=who, **more)


async def test_a_question_in_other_words_gets_the_same_answer():
    room = Study(means(PARIS), said("1"), means(ALSO), means(ROME), said("2"))
    first = await room.question("What is the capital of France?")
    again = await room.question("France's capital, please?")
    other = await room.question("What is the capital of Italy?")
    assert (first.said, other.said) == (b"miss", b"miss")
    assert again.said.startswith(b"hit; nearness=0.99")
    assert again.body == first.body != other.body
    records = [each for each in room.spool.records if each["exchange"] == again.headers[b"x-request-id"].decode()]
    embedding, answer = records
    assert (embedding["action"], embedding["parent"]) == ("llm.embeddings", answer["id"])
    assert embedding["usage"]["input_tokens"] == 4
    assert answer["flags"] == ["llm.cached", "llm.cached_by_meaning"]
    assert "input_tokens" not in answer["usage"]


async def test_the_same_words_need_no_embedding():
    room = Study(means(PARIS), said("1"))
    await room.question("What?")
    assert (await room.question("What?")).said == b"hit"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Capital of France?", {"system": "answer in French"}),
        ("Capital of France?", {"who": structs.replace(DEV, team="blue")}),
        ("Capital of France?", {"cache": "exact"}),
        ("Capital of France?", {"cache": "namespace=a"}),
        ("Capital of France in 1870?", {}),
    ],
)
async def test_another_tenant_conversation_number_or_wish_is_another_question(text: str, more: dict[str, Any]):
    replies = [said("2")] if more.get("cache") == "exact" else [means(PARIS), said("2")]
    room = Study(means(PARIS), said("1"), *replies)
    await room.question("What is the capital of France?")
    assert (await room.question(text, **more)).said == b"miss"


async def test_a_question_that_is_not_near_enough_is_asked():
    room = Study(means(PARIS), said("1"), means(ALSO), said("2"), llm=keeping(threshold=0.9999))
    await room.question("What is the capital of France?")
    assert (await room.question("France's capital?")).said == b"miss"


@pytest.mark.parametrize(
    "reply",
    [
        fails(UpstreamUnreachable("down")),
        answers({"error": {"message": "no"}}, 400),
        answers({"data": []}),
        answers(b"nonsense"),
        means([0.0, 0.0]),
    ],
)
async def test_without_an_embedding_the_model_is_asked_as_ever(reply: Reply):
    room = Study(reply, said("1"))
    guest = await room.question("What?")
    assert (guest.said, guest.head.status) == (b"miss", 200)
    assert (await room.question("What?")).said == b"hit"


async def test_a_model_may_have_none_of_it():
    models = {"fast": Model(targets="openai/gpt-mini", cache=ModelCache(semantic=False))}
    room = Study(said("1"), llm=settings(models=models, cache=CacheSettings(semantic=SEMANTIC)))
    assert (await room.question("What?")).said == b"miss"
    assert room.asked == 1
