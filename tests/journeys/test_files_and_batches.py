"""OpenAI's and Anthropic's own SDKs keep files and batches through a real gateway: each team its own."""

import io
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.filing import Filing
from tests.journeys.serving import serving
from tests.patience import PATIENCE

KEYS = {name: f"{name}-key-canary-0123456789" for name in ("ann", "bob", "eve", "poor", "narrow")}
BETA = ["files-api-2025-04-14"]


@pytest.fixture(scope="module")
def provider() -> Iterator[Filing]:
    filing = Filing()
    with serving(filing) as url:
        filing.url = url
        yield filing


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: Filing) -> Iterator[Gateway]:
    running = Gateway(
        tmp_path_factory.mktemp("gateway"),
        f"""
policy:
  keys:
    ann: {{ secret: {KEYS["ann"]}, team: red }}
    bob: {{ secret: {KEYS["bob"]}, team: red }}
    eve: {{ secret: {KEYS["eve"]}, team: blue }}
    poor: {{ secret: {KEYS["poor"]}, team: poor }}
    narrow: {{ secret: {KEYS["narrow"]}, team: narrow, models: [other] }}
  limits:
    - {{ kind: budget, team: poor, usd: 0.0001, window: 1d }}
llm:
  state: {{ settle_every: 1s }}
  providers:
    openai: {{ kind: openai, base_url: '{provider.url}/openai/v1', api_key: sk-canary-files-0123456789 }}
    claude: {{ kind: anthropic, base_url: '{provider.url}', api_key: sk-canary-claude-0123456789 }}
  models:
    smart: {{ targets: [openai/gpt-large, claude/claude-large], price: {{ input: 10, output: 100 }} }}
    other: {{ targets: openai/gpt-other, price: {{ input: 1, output: 1 }} }}
    wise: {{ targets: claude/claude-large, price: {{ input: 10, output: 100 }} }}
""",
    )
    try:
        running.until(running.ready, START_SECONDS)
        yield running
    finally:
        assert running.stop() == 0


@pytest.fixture
def ask(running: Gateway) -> Iterator[Any]:
    """Clients of OpenAI's SDK by the name of their key."""
    made: dict[str, openai.OpenAI] = {}

    def client(name: str) -> openai.OpenAI:
        if name not in made:
            made[name] = openai.OpenAI(base_url=f"{running.url}/v1", api_key=KEYS[name], max_retries=0, timeout=20)
        return made[name]

    yield client
    for each in made.values():
        each.close()


@pytest.fixture
def claude(running: Gateway) -> Iterator[Any]:
    """Clients of Anthropic's SDK by the name of their key."""
    made: dict[str, anthropic.Anthropic] = {}

    def client(name: str) -> anthropic.Anthropic:
        if name not in made:
            made[name] = anthropic.Anthropic(base_url=running.url, api_key=KEYS[name], max_retries=0, timeout=20)
        return made[name]

    yield client
    for each in made.values():
        each.close()


def lines(*models: str, most: int = 50) -> io.BytesIO:
    """A file with the asks of a batch."""
    asks = [
        {
            "custom_id": f"ask-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": model, "max_completion_tokens": most, "messages": [{"role": "user", "content": "hi"}]},
        }
        for number, model in enumerate(models)
    ]
    file = io.BytesIO(b"\n".join(json.dumps(each).encode() for each in asks))
    file.name = "asks.jsonl"
    return file


def test_a_file_is_its_teams_and_nobody_elses(ask: Any, provider: Filing):
    content = bytes(range(256)) * 1000
    made = ask("ann").files.create(file=("all.bin", content), purpose="user_data")
    assert made.id.startswith("file-tg_")
    assert (made.filename, made.bytes, made.purpose) == ("all.bin", len(content), "user_data")
    assert made.id not in provider.files
    assert ask("bob").files.content(made.id).read() == content
    assert ask("bob").files.retrieve(made.id) == made
    assert made.id in [each.id for each in ask("bob").files.list()]
    assert [each.id for each in ask("eve").files.list()] == []
    for act in ("retrieve", "content", "delete"):
        with pytest.raises(openai.NotFoundError) as refused:
            getattr(ask("eve").files, act)(made.id)
        assert refused.value.code == "resource.not_found"
    assert ask("bob").files.delete(made.id).deleted
    assert made.id not in [each.id for each in ask("ann").files.list()]
    with pytest.raises(openai.NotFoundError):
        ask("ann").files.retrieve(made.id)


def test_an_identifier_of_the_provider_opens_nothing(ask: Any, provider: Filing):
    ask("ann").files.create(file=("a.txt", b"secret"), purpose="user_data")
    for raw in provider.files:
        with pytest.raises(openai.NotFoundError):
            ask("eve").files.content(raw)


def test_lists_come_page_by_page_and_by_purpose(ask: Any):
    client = ask("eve")
    made = [client.files.create(file=(f"{n}.txt", b"x"), purpose="user_data").id for n in range(5)]
    client.files.create(file=("v.png", b"x"), purpose="vision")
    assert [each.id for each in client.files.list(limit=2, purpose="user_data")] == made[::-1]
    assert [each.id for each in client.files.list(limit=3, order="asc", purpose="user_data")] == made
    first = client.files.list(limit=2)
    assert first.has_more
    assert len(first.data) == 2


def test_a_batch_goes_out_in_the_providers_words_and_is_paid_for_once(ask: Any, running: Gateway, provider: Filing):
    file = ask("ann").files.create(file=lines("smart", "smart", "other"), purpose="batch")
    batch = ask("ann").batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    assert batch.id.startswith("batch_tg_")
    assert batch.input_file_id == file.id
    sent = [json.loads(each) for each in provider.contents[max(provider.files)].splitlines()]
    assert [each["body"]["model"] for each in sent] == ["gpt-large", "gpt-large", "gpt-other"]
    with pytest.raises(openai.NotFoundError):
        ask("eve").batches.retrieve(batch.id)
    assert [each.id for each in ask("eve").batches.list()] == []
    assert ask("ann").batches.retrieve(batch.id).status == "in_progress"
    done = ask("bob").batches.retrieve(batch.id)
    assert done.status == "completed"
    assert ask("bob").batches.retrieve(batch.id) == done
    assert [each.status for each in ask("ann").batches.list()] == ["completed"]
    with pytest.raises(openai.NotFoundError):
        ask("eve").files.content(done.output_file_id)
    answers = [json.loads(each) for each in ask("ann").files.content(done.output_file_id).read().splitlines()]
    assert [each["custom_id"] for each in answers] == ["ask-0", "ask-1", "ask-2"]
    settled = settlements(running, "openai", 2)
    assert {each["resource"]: each["usage"]["cost"] for each in settled} == {
        "model/smart": 2 * (100 * 10_000 + 10 * 100_000) // 2,
        "model/other": (100 * 1_000 + 10 * 1_000) // 2,
    }
    assert len(settled) == 2
    assert {each["target"] for each in settled} == {"openai/gpt-large", "openai/gpt-other"}
    assert {each["key"] for each in settled} == {"bob"}


def test_a_batch_that_nobody_looks_at_is_counted_for_who_began_it(ask: Any, running: Gateway, provider: Filing):
    file = ask("eve").files.create(file=lines("smart"), purpose="batch")
    batch = ask("eve").batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    begun = max(id for id in provider.batches if id.startswith("batch_"))
    provider.batches[begun]["status"] = "in_progress"  # its end comes with the next look
    with sqlite3.connect(running.folder / "trigate-data" / "trigate.db", timeout=PATIENCE) as rows:
        rows.execute("UPDATE holdings SET time = time - 7200000000000 WHERE id = ?", (batch.id,))
    found = running.record(key="eve", flags=["llm.batch_settled", "llm.swept"])
    assert (found["resource"], found["team"]) == ("model/smart", "blue")
    assert found["usage"]["cost"] == (100 * 10_000 + 10 * 100_000) // 2


def test_a_batch_is_cancelled(ask: Any):
    file = ask("ann").files.create(file=lines("smart"), purpose="batch")
    batch = ask("ann").batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    with pytest.raises(openai.NotFoundError):
        ask("eve").batches.cancel(batch.id)
    assert ask("ann").batches.cancel(batch.id).status == "cancelling"


@pytest.mark.parametrize(
    ("key", "models", "message"),
    [
        ("ann", ("nothing",), "there is no model 'nothing'"),
        ("ann", ("wise",), "cannot be asked in batches of provider 'openai'"),
    ],
)
def test_a_file_with_asks_that_cannot_go_there_is_refused(ask: Any, key: str, models: tuple[str, ...], message: str):
    with pytest.raises(openai.APIStatusError, match=message):
        ask(key).files.create(file=lines(*models), purpose="batch")


@pytest.mark.parametrize("model", ["smart", "nothing"])
def test_asks_for_a_model_that_the_key_may_not_use_are_refused_whether_it_is_there_or_not(
    ask: Any, provider: Filing, model: str
):
    before = len(provider.files)
    with pytest.raises(openai.PermissionDeniedError, match=f"model/{model}"):
        ask("narrow").files.create(file=lines("other", model), purpose="batch")
    assert len(provider.files) == before


def test_a_batch_that_the_budget_cannot_bear_is_refused(ask: Any, provider: Filing):
    file = ask("poor").files.create(file=lines(*["smart"] * 20, most=1000), purpose="batch")
    before = len(provider.batches)
    with pytest.raises(openai.RateLimitError):
        ask("poor").batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert len(provider.batches) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b'{"custom_id":"a","url":"/v1/nowhere","body":{}}',
        b'{"custom_id":"a","url":"/v1/chat/completions"}',
        b'{"custom_id":"a","url":"/v1/chat/completions","body":{"model":"smart","messages":[],"stream":true}}',
    ],
)
def test_a_file_whose_lines_are_no_asks_is_refused(ask: Any, content: bytes):
    with pytest.raises(openai.BadRequestError):
        ask("ann").files.create(file=("asks.jsonl", content), purpose="batch")


def test_a_file_that_holds_no_asks_makes_no_batch(ask: Any):
    file = ask("ann").files.create(file=lines("smart"), purpose="user_data")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        ask("ann").batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")


def test_what_was_made_is_still_there_after_a_restart(ask: Any, running: Gateway):
    made = ask("ann").files.create(file=("a.txt", b"kept"), purpose="user_data")
    assert running.stop() == 0
    running.start()
    running.until(running.ready, START_SECONDS)
    assert ask("ann").files.content(made.id).read() == b"kept"
    assert made.id in [each.id for each in ask("ann").files.list()]


def settlements(running: Gateway, provider: str, count: int) -> list[Any]:
    """The records of what batches at a provider have cost, once there are so many; and there are no more."""

    def found() -> list[Any]:
        return [
            each
            for each in running.records()
            if "llm.batch_settled" in each.get("flags", []) and each["target"].startswith(provider)
        ]

    running.until(lambda: len(found()) >= count)
    running.ask("GET", "/v1/files", key=KEYS["ann"], x_request_id="afterwards")
    running.record(request_id="afterwards")
    return found()


def request(id: str, model: str) -> Any:
    return {
        "custom_id": id,
        "params": {"model": model, "max_tokens": 20, "messages": [{"role": "user", "content": "hi"}]},
    }


def test_messages_in_a_batch_come_back_to_their_team_alone(claude: Any, running: Gateway, provider: Filing):
    batch = claude("ann").messages.batches.create(requests=[request("a", "wise"), request("b", "smart")])
    assert batch.id.startswith("msgbatch_tg_")
    sent = provider.requests[max(provider.requests)]
    assert [each["params"]["model"] for each in sent] == ["claude-large"] * 2
    with pytest.raises(anthropic.NotFoundError):
        claude("eve").messages.batches.retrieve(batch.id)
    assert [each.id for each in claude("eve").messages.batches.list()] == []
    assert claude("bob").messages.batches.retrieve(batch.id).processing_status == "ended"
    results = list(claude("bob").messages.batches.results(batch.id))
    assert [each.custom_id for each in results] == ["a", "b"]
    assert [each.id for each in claude("ann").messages.batches.list(limit=1)] == [batch.id]
    settled = settlements(running, "claude", 2)
    assert sum(each["usage"]["cost"] for each in settled) == 2 * (100 * 10_000 + 10 * 100_000) // 2
    with pytest.raises(anthropic.NotFoundError):
        claude("eve").messages.batches.delete(batch.id)
    assert claude("ann").messages.batches.delete(batch.id).type == "message_batch_deleted"
    assert [each.id for each in claude("ann").messages.batches.list()] == []


def test_anthropics_files_are_their_teams_too(claude: Any):
    made = claude("ann").beta.files.upload(file=("a.txt", b"hello", "text/plain"), betas=BETA)
    assert made.id.startswith("file_tg_")
    assert claude("bob").beta.files.retrieve_metadata(made.id, betas=BETA).filename == "a.txt"
    assert claude("bob").beta.files.download(made.id, betas=BETA).read() == b"hello"
    assert [each.id for each in claude("eve").beta.files.list(betas=BETA)] == []
    with pytest.raises(anthropic.NotFoundError):
        claude("eve").beta.files.delete(made.id, betas=BETA)
    assert claude("bob").beta.files.delete(made.id, betas=BETA).id == made.id
