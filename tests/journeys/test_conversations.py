"""OpenAI's own SDK goes on with conversations that no provider keeps, through a real gateway."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.serving import serving
from trigate.cli.demo.provider import Provider

PROVIDER_KEY = "sk-provider-canary-0123456789"
WORKERS = "inbound: { listen: 127.0.0.1:<port>, workers: 2 }\n"
KEYS = {name: f"{name}-key-canary-0123456789" for name in ("ann", "bob", "eve")}


def configured(url: str) -> str:
    return f"""
policy:
  keys:
    ann: {{ secret: {KEYS["ann"]}, team: red }}
    bob: {{ secret: {KEYS["bob"]}, team: red }}
    eve: {{ secret: {KEYS["eve"]}, team: blue }}
llm:
  providers:
    demo: {{ kind: openai, base_url: '{url}/v1', api_key: '{PROVIDER_KEY}' }}
  models:
    smart: {{ targets: demo/demo-chat }}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving(Provider(PROVIDER_KEY, pace=0)) as url:
        running = Gateway(
            tmp_path_factory.mktemp("gateway"),
            configured(url),
        )
        try:
            running.until(running.ready, START_SECONDS)
            yield running
        finally:
            assert running.stop() == 0


@pytest.fixture
def ask(running: Gateway) -> Iterator[Any]:
    made = {
        name: openai.OpenAI(base_url=f"{running.url}/v1", api_key=key, max_retries=0, timeout=20)
        for name, key in KEYS.items()
    }
    yield lambda name: made[name].responses
    for each in made.values():
        each.close()


def test_a_conversation_goes_on_for_its_team_and_over_a_restart(ask: Any, running: Gateway):
    first = ask("ann").create(model="smart", input="I am Ann")
    assert first.id.startswith("resp_tg_")
    second = ask("bob").create(model="smart", input="Who am I", previous_response_id=first.id)
    assert second.usage.input_tokens > first.usage.input_tokens
    assert running.stop() == 0
    running.start()
    running.until(running.ready, START_SECONDS)
    with ask("ann").stream(model="smart", input="And now", previous_response_id=second.id) as stream:
        third = stream.get_final_response()
    assert third.usage.input_tokens > second.usage.input_tokens
    assert [each.role for each in ask("ann").input_items.list(third.id, order="asc")] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]


def test_to_others_it_is_unknown_and_once_deleted_to_all(ask: Any):
    made = ask("ann").create(model="smart", input="A secret")
    with pytest.raises(openai.NotFoundError):
        ask("eve").create(model="smart", input="What is it", previous_response_id=made.id)
    for act in ("retrieve", "delete"):
        with pytest.raises(openai.NotFoundError):
            getattr(ask("eve"), act)(made.id)
    assert ask("bob").retrieve(made.id).output_text == made.output_text
    ask("bob").delete(made.id)
    with pytest.raises(openai.NotFoundError):
        ask("ann").create(model="smart", input="What is it", previous_response_id=made.id)


def test_what_is_not_to_be_stored_is_not(ask: Any):
    made = ask("ann").create(model="smart", input="A secret", store=False)
    with pytest.raises(openai.NotFoundError):
        ask("ann").retrieve(made.id)


def test_a_conversation_object_is_made_gone_on_with_and_seen_by_its_team_alone(running: Gateway):
    made = {
        name: openai.OpenAI(base_url=f"{running.url}/v1", api_key=key, max_retries=0, timeout=20)
        for name, key in KEYS.items()
    }
    ann, bob, eve = (made[name] for name in ("ann", "bob", "eve"))
    hello: Any = {"type": "message", "role": "user", "content": "I am Ann"}
    begun = ann.conversations.create(items=[hello], metadata={"topic": "names"})
    first = ann.responses.create(model="smart", input="Who am I", conversation=begun.id)
    assert first.conversation is not None
    assert first.conversation.id == begun.id
    with bob.responses.stream(model="smart", input="And now", conversation=begun.id) as stream:
        second = stream.get_final_response()
    assert second.conversation is not None
    assert second.conversation.id == begun.id
    assert second.usage is not None
    assert first.usage is not None
    assert second.usage.input_tokens > first.usage.input_tokens
    items = bob.conversations.items.list(begun.id, order="asc", limit=2)
    assert [getattr(each, "role", "") for each in items] == ["user", "user", "assistant", "user", "assistant"]
    assert bob.conversations.update(begun.id, metadata={"topic": "tea"}).metadata == {"topic": "tea"}
    for act in (eve.conversations.retrieve, eve.conversations.delete):
        with pytest.raises(openai.NotFoundError):
            act(begun.id)
    with pytest.raises(openai.NotFoundError):
        eve.responses.create(model="smart", input="Who", conversation=begun.id)
    added = ann.conversations.items.create(begun.id, items=[hello])
    ann.conversations.items.delete(added.data[0].id or "", conversation_id=begun.id)
    assert ann.conversations.delete(begun.id).deleted
    with pytest.raises(openai.NotFoundError):
        ann.conversations.retrieve(begun.id)
    for each in made.values():
        each.close()


def test_nothing_is_lost_that_is_said_to_several_workers_at_once(tmp_path: Path):
    with serving(Provider(PROVIDER_KEY, pace=0)) as url:
        running = Gateway(tmp_path, configured(url) + WORKERS)
        try:
            running.until(running.ready, START_SECONDS)
            ann = openai.OpenAI(base_url=f"{running.url}/v1", api_key=KEYS["ann"], max_retries=100, timeout=20)
            begun = ann.conversations.create()

            def add(number: int) -> None:
                said: Any = [{"type": "message", "role": "user", "content": str(number)}]
                # A client of its own has a connection of its own, and so perhaps another worker.
                with openai.OpenAI(base_url=f"{running.url}/v1", api_key=KEYS["ann"], max_retries=0) as client:
                    while True:
                        try:
                            client.conversations.items.create(begun.id, items=said)
                        except openai.ConflictError:
                            continue
                        return

            with ThreadPoolExecutor(8) as threads:
                list(threads.map(add, range(24)))
            found = {each.content[0].text for each in ann.conversations.items.list(begun.id, limit=100)}  # type: ignore[union-attr]
            assert found == {str(number) for number in range(24)}
            ann.close()
        finally:
            assert running.stop() == 0
