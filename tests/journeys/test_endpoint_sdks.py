"""Real SDKs ask for everything that is no chat, and for counts and lists of models, across the gateway."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import cohere
import openai
import pytest
from google import genai
from google.genai.types import HttpOptions

from tests.journeys.conftest import Gateway
from tests.journeys.serving import serving
from tests.journeys.workshop import KEY, PICTURE, SOUND, Workshop
from trigate.llm.form import MOST_PARTS


@pytest.fixture(scope="module")
def workshop() -> Iterator[tuple[Workshop, str]]:
    workshop = Workshop()
    with serving(workshop) as url:
        yield workshop, url


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway], workshop: tuple[Workshop, str]) -> Gateway:
    url = workshop[1]
    return lasting_gateway(f"""
llm:
  providers:
    o: {{ kind: openai, base_url: '{url}/v1', api_key: {KEY}, passthrough: ["/fine_tuning/*"] }}
    a: {{ kind: anthropic, base_url: '{url}', api_key: {KEY} }}
    g: {{ kind: gemini, base_url: '{url}/v1beta', api_key: {KEY} }}
    c: {{ kind: cohere, base_url: '{url}', api_key: {KEY} }}
  models:
    writer:  {{ targets: o/writer, price: {{ input: 1, output: 2 }} }}
    painter: {{ targets: o/painter, price: {{ input: 5, output: 40 }} }}
    voice:   {{ targets: o/voice, price: {{ input: 0, characters: 15 }} }}
    ear:     {{ targets: o/ear, price: {{ input: 1, output: 2, minute: 0.006 }} }}
    judge:   {{ targets: o/omni-moderation-latest, price: {{ input: 0 }} }}
    claude:  {{ targets: a/claude, price: {{ input: 1 }} }}
    gem:     {{ targets: g/g, price: {{ input: 1 }} }}
    vectors: {{ targets: c/embed, price: {{ input: 1 }} }}
    ranks:   {{ targets: c/rerank, price: {{ input: 0, searches: 2 }} }}
""")


@pytest.fixture(scope="module")
def ai(running: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key=running.key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def claude(running: Gateway) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=running.url, api_key=running.key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def google(running: Gateway) -> Iterator[genai.Client]:
    client = genai.Client(api_key=running.key, http_options=HttpOptions(base_url=running.url))
    yield client
    client.close()


@pytest.fixture(scope="module")
def command(running: Gateway) -> Iterator[cohere.ClientV2]:
    with cohere.ClientV2(api_key=running.key, base_url=f"{running.url}/cohere") as client:
        yield client  # type: ignore[misc] - it says that it is another version of itself


def used(running: Gateway, at_least: int = 1, **wanted: str) -> dict[str, Any]:
    """What the newest record of these values says was used up, once there are so many."""

    def find() -> dict[str, Any] | None:
        found = [each for each in running.records() if wanted.items() <= each.items()]
        return found[-1]["usage"] if len(found) >= at_least else None

    return running.until(find)


# --- OpenAI ---


def test_completions_plain_and_streamed(ai: openai.OpenAI, running: Gateway):
    assert ai.completions.create(model="writer", prompt="x").choices[0].text == "and so on"
    assert used(running, action="llm.completions")["cost"] == 16_000
    pieces = list(ai.completions.create(model="writer", prompt="x", stream=True))
    assert "".join(each.choices[0].text for each in pieces) == "and so on"
    assert all(each.usage is None for each in pieces)


def test_moderations(ai: openai.OpenAI, workshop: tuple[Workshop, str]):
    assert ai.moderations.create(model="judge", input="x").results[0].flagged
    assert workshop[0].last == {"model": "omni-moderation-latest", "input": "x"}


def test_images_plain_streamed_and_changed(ai: openai.OpenAI, running: Gateway, workshop: tuple[Workshop, str]):
    made = ai.images.generate(model="painter", prompt="a cat")
    assert made.data is not None
    assert made.data[0].b64_json == PICTURE
    assert used(running, action="llm.images.generate")["cost"] == 10 * 5000 + 20 * 40_000
    kinds = [each.type for each in ai.images.generate(model="painter", prompt="a cat", stream=True, partial_images=1)]
    assert kinds == ["image_generation.partial_image", "image_generation.completed"]
    picture = io.BytesIO(b"\x89PNG\r\n\x1a\n--not-a-boundary\r\n")
    picture.name = "cat.png"
    changed = ai.images.edit(model="painter", prompt="a hat", image=[picture], n=1)
    assert changed.usage is not None
    assert workshop[0].last == {
        "model": b"painter",
        "prompt": b"a hat",
        "n": b"1",
        "image[]": b"\x89PNG\r\n\x1a\n--not-a-boundary\r\n",
    }
    picture.seek(0)
    with pytest.warns(DeprecationWarning, match="deprecated"):
        assert ai.images.create_variation(model="painter", image=picture).data
    assert used(running, action="llm.images.vary")["units"] == {"images": 1}


def test_speech_whole_and_as_it_comes(ai: openai.OpenAI, running: Gateway):
    assert ai.audio.speech.create(model="voice", voice="alloy", input="hello").content == SOUND
    speech = used(running, action="llm.audio.speech")
    assert (speech["units"], speech["bytes_out"], speech["cost"]) == ({"characters": 5}, len(SOUND), 75_000)
    with ai.audio.speech.with_streaming_response.create(model="voice", voice="alloy", input="hello") as answer:
        assert b"".join(answer.iter_bytes()) == SOUND


def test_transcripts_in_every_form(ai: openai.OpenAI, running: Gateway, workshop: tuple[Workshop, str]):
    sound = ("a.wav", SOUND, "audio/wav")
    assert ai.audio.transcriptions.create(model="ear", file=sound).text == "hello"
    assert workshop[0].last["file"] == SOUND
    assert used(running, action="llm.audio.transcriptions")["cost"] == 10 * 1000 + 20 * 2000
    text: Any = ai.audio.transcriptions.create(model="ear", file=sound, response_format="text")
    assert text == "hello"
    assert used(running, 2, action="llm.audio.transcriptions")["estimated"]
    events = list(ai.audio.transcriptions.create(model="ear", file=sound, stream=True))
    assert [each.type for each in events] == ["transcript.text.delta", "transcript.text.done"]
    with pytest.warns(DeprecationWarning, match="deprecated"):
        assert ai.audio.translations.create(model="ear", file=sound).text == "hello"


def test_tokens_of_a_response_are_estimated_where_nobody_counts(ai: openai.OpenAI):
    answer = ai.responses.input_tokens.with_raw_response.count(model="writer", input="hello there")
    assert answer.headers["x-trigate-estimated"] == "true"
    assert answer.parse().input_tokens > 0


def test_openais_sdk_before_coheres_vectors(ai: openai.OpenAI):
    found = ai.embeddings.create(model="vectors", input=["a", "b"])
    assert [each.embedding for each in found.data] == [[1.0, 0.5], [1.0, 0.5]]
    assert found.usage.prompt_tokens == 7


def test_openais_list_and_its_providers_own_api(ai: openai.OpenAI, running: Gateway, workshop: tuple[Workshop, str]):
    assert {each.id for each in ai.models.list()} >= {"writer", "claude"}
    with openai.OpenAI(base_url=f"{running.url}/passthrough/o", api_key=running.key, max_retries=0) as direct:
        assert direct.fine_tuning.jobs.list().data == []
        assert running.record(action="llm.passthrough")["resource"] == "provider/o/fine_tuning/jobs"
        direct.fine_tuning.jobs.create(model="gpt", training_file="file-1")
        request, body = workshop[0].seen[-1]
        assert (request.method, body) == (b"POST", {"model": "gpt", "training_file": "file-1"})
        assert all(running.key.encode() not in value for _, value in request.headers)
        with pytest.raises(openai.NotFoundError):
            direct.files.list()


# --- Anthropic, Google, Cohere ---


def test_anthropics_sdk_counts_and_lists(claude: anthropic.Anthropic, running: Gateway):
    hello: Any = [{"role": "user", "content": "hello"}]
    assert claude.messages.count_tokens(model="claude", messages=hello).input_tokens == 11
    assert claude.messages.count_tokens(model="gem", messages=hello).input_tokens == 12
    assert used(running, action="llm.count_tokens", target="g/g").get("cost", 0) == 0
    names = [each.id for each in claude.models.list(limit=2)]  # the SDK asks for page after page
    assert len(names) == len(set(names)) == 9
    assert claude.models.retrieve("writer").display_name == "writer"


def test_googles_sdk_counts_embeds_and_lists(google: Any):
    assert google.models.count_tokens(model="gem", contents="hello").total_tokens == 12
    assert google.models.count_tokens(model="claude", contents="hello").total_tokens == 11
    for model in ("gem", "vectors"):
        found = google.models.embed_content(model=model, contents=["a", "b"])
        assert [each.values for each in found.embeddings] == [[1.0, 0.5], [1.0, 0.5]]
    names = [each.name for each in google.models.list(config={"page_size": 2})]
    assert len(names) == len(set(names)) == 9
    assert google.models.get(model="writer").name == "models/writer"


def test_coheres_sdk_embeds_ranks_and_lists(command: cohere.ClientV2, running: Gateway):
    for model in ("vectors", "gem"):
        found = command.embed(model=model, texts=["a"], input_type="search_query", embedding_types=["float"])
        assert found.embeddings.float_ == [[1.0, 0.5]]
    ranked = command.rerank(model="ranks", query="q", documents=["a", "b"], top_n=1)
    assert ranked.results[0].index == 1
    assert used(running, action="llm.rerank")["cost"] == 2_000_000
    assert len(command.models.list(page_size=5).models) == 5


# --- what does not go through ---


@pytest.mark.parametrize("field", ["model", "Model", "model[]"])
def test_a_form_that_names_two_models_is_refused(field: str, running: Gateway, workshop: tuple[Workshop, str]):
    before = len(workshop[0].seen)
    part = '--b\r\ncontent-disposition: form-data; name="{}"\r\n\r\near\r\n'
    body = part.format("model") + part.format(field) + "--b--\r\n"
    status, _, answer = running.ask(
        "POST", "/v1/audio/transcriptions", body.encode(), content_type="multipart/form-data; boundary=b"
    )
    assert (status, b"model" in answer) == (400, True)
    assert len(workshop[0].seen) == before


def test_a_form_of_many_fields_is_refused(running: Gateway):
    part = '--b\r\ncontent-disposition: form-data; name="x{}"\r\n\r\ny\r\n'
    body = "".join(part.format(each) for each in range(MOST_PARTS + 1)) + "--b--\r\n"
    status, _, _ = running.ask(
        "POST", "/v1/audio/transcriptions", body.encode(), content_type="multipart/form-data; boundary=b"
    )
    assert status == 400
