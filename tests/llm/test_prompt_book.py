"""Prompts through the gateway: asked for in any dialect, allowed or not, and on record."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import DONE, USAGE, Scene, answers, event, settings, streams
from tests.llm.test_lane import COMPLETION
from trigate.core.settings import Secret, Size
from trigate.llm.prompt_book import PromptBook
from trigate.llm.prompt_settings import Prompt, PromptMessage, PromptVariable, PromptVersion
from trigate.llm.provider import Provider
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model
from trigate.policy.access import Access
from trigate.policy.rule import Rule

GREET = Prompt(
    versions={
        1: PromptVersion(system="old", model="fast"),
        2: PromptVersion(
            system="Speak {{lang}}.",
            messages=[PromptMessage(role="user", content="Greet {{who}}")],
            model="fast",
            parameters={"temperature": 0.5},
            variables={"lang": PromptVariable(default="English"), "who": PromptVariable()},
        ),
        3: PromptVersion(system="bare"),
    },
    labels={"production": 2, "old": 1},
)
PROMPTS = {"greet": GREET}
ADA = {"who": 'Ada "\\ {{lang}}'}


def prompted(**changes: Any) -> LlmSettings:
    return settings(prompts=PROMPTS, **changes)


async def asked(body: Any, path: bytes = b"/v1/chat/completions", access: Access | None = None) -> Scene:
    return await Scene(answers(COMPLETION), llm=prompted(), access=access).ask(body, path)


async def test_the_label_production_is_meant_and_the_record_names_prompt_and_version():
    scene = await asked({"model": "prompt/greet", "prompt_variables": ADA, "seed": 7})
    assert scene.status == 200
    assert scene.upstream == {
        "model": "gpt-mini",
        "messages": [
            {"role": "system", "content": "Speak English."},
            {"role": "user", "content": 'Greet Ada "\\ {{lang}}'},
        ],
        "temperature": 0.5,
        "seed": 7,
    }
    assert (scene.record["resource"], scene.record["prompt"]) == ("model/fast", "greet@2")


@pytest.mark.parametrize(("name", "version"), [("greet@old", 1), ("greet@1", 1), ("greet@2", 2), ("greet", 2)])
async def test_a_label_or_number_picks_the_version(name: str, version: int):
    variables = ADA if version == 2 else {}
    scene = await asked({"model": f"prompt/{name}", "messages": [], "prompt_variables": variables})
    assert scene.record["prompt"] == f"greet@{version}"


@pytest.mark.parametrize("name", ["greet@9", "greet@nobody", "nobody", "", "greet@"])
async def test_what_is_not_there_is_not_found(name: str):
    scene = await asked({"model": f"prompt/{name}", "prompt_variables": ADA})
    assert scene.status == (200 if name == "greet@" else 404)


async def test_a_missing_variable_is_the_callers_fault_and_is_named():
    scene = await asked({"model": "prompt/greet"})
    assert (scene.status, scene.error["param"]) == (400, "prompt_variables.who")
    assert not scene.client.sent


async def test_a_prompt_without_a_model_cannot_stand_for_one():
    scene = await asked({"model": "prompt/greet@3", "messages": []})
    assert (scene.status, scene.error["param"]) == (400, "model")


async def test_openai_responses_name_prompts_in_their_own_way():
    body = {"prompt": {"id": "greet", "version": "2", "variables": {"who": {"type": "input_text", "text": "Ada"}}}}
    scene = await asked(body, b"/v1/responses")
    assert scene.upstream["input"] == [{"type": "message", "role": "user", "content": "Greet Ada"}]
    assert (scene.upstream["instructions"], scene.upstream["model"]) == ("Speak English.", "gpt-mini")
    assert "prompt" not in scene.upstream
    other = await asked({**body, "model": "openai/gpt-own"}, b"/v1/responses")
    assert other.upstream["model"] == "gpt-own"
    assert other.record["resource"] == "model/openai/gpt-own"


async def test_a_prompt_that_openai_keeps_is_openais():
    body = {"model": "fast", "prompt": {"id": "pmpt_1", "variables": {"a": 1.0}}, "input": "hi"}
    scene = await asked(body, b"/v1/responses")
    assert scene.upstream["prompt"] == {"id": "pmpt_1", "variables": {"a": 1.0}}
    assert "prompt" not in scene.record


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"fast", "messages":[{"role":"user","content":"\\u00e9 \\"prompt/greet"}],"prompt_cache_key":1.00}',
        b'{"model":"fast","messages":[],"prompt":{"id":"greet"}}',
    ],
)
async def test_what_only_speaks_of_prompts_goes_on_as_it_was(body: bytes):
    scene = await asked(body)
    assert scene.client.sent[0][3] == body.replace(b'"fast", ', b'"fast",').replace(b'"fast"', b'"gpt-mini"')


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (b"/v1/messages", {"model": "prompt/greet", "max_tokens": 9, "prompt_variables": ADA}),
        (b"/v1beta/models/prompt/greet@production:generateContent", {"prompt_variables": ADA}),
        (b"/model/prompt%2Fgreet/converse", {"promptVariables": {"who": {"text": ADA["who"]}}}),
        (b"/v2/chat", {"model": "prompt/greet", "prompt_variables": ADA}),
        (b"/v1/responses", {"model": "prompt/greet", "prompt_variables": ADA}),
    ],
)
async def test_every_dialect_asks_for_prompts(path: bytes, body: dict[str, Any]):
    providers: dict[str, Provider] = {"anthropic": Anthropic(api_key=Secret("sk-canary-anthropic"))}
    reply = {
        "id": "m", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Hello"}], "usage": {"input_tokens": 3, "output_tokens": 2},
    }  # fmt: skip
    llm = LlmSettings(providers=providers, models={"fast": Model(targets="anthropic/claude-opus-4-1")}, prompts=PROMPTS)
    scene = await Scene(answers(reply), llm=llm).ask(body, path)
    assert scene.status == 200, scene.body
    said = msgspec.json.encode(scene.upstream).decode()
    assert "Speak English." in said
    assert scene.upstream["messages"][0]["role"] == "user"
    assert msgspec.json.encode(f"Greet {ADA['who']}").decode() in said
    assert scene.upstream["temperature"] == 0.5
    assert scene.record["prompt"] == "greet@2"


async def test_an_embedding_is_no_chat():
    scene = await asked({"model": "prompt/greet", "input": "x"}, b"/v1/embeddings")
    assert (scene.status, scene.error["param"]) == (400, "model")


@pytest.mark.parametrize(
    ("deny", "status"),
    [("llm.prompt prompt/greet", 403), ("llm.chat model/fast", 403), ("llm.prompt prompt/other", 200)],
)
async def test_the_prompt_and_its_model_must_both_be_allowed(deny: str, status: int):
    access = Access([Rule(deny=(deny,))], "allow")
    scene = await asked({"model": "prompt/greet", "prompt_variables": ADA}, access=access)
    assert scene.status == status
    assert len(scene.client.sent) == (status == 200)
    if status == 403:
        assert scene.record["outcome"] == "access.denied"


@pytest.mark.parametrize(
    ("on_loss", "status", "header"), [("warn", 200, b"seed;dropped"), ("drop", 200, None), ("reject", 400, None)]
)
async def test_a_parameter_that_the_callers_dialect_cannot_say_is_told(on_loss: Any, status: int, header: bytes | None):
    prompt = Prompt(versions={1: PromptVersion(system="s", model="fast", parameters={"seed": 7})})
    llm = settings(prompts={"p": prompt}, on_loss=on_loss)
    scene = await Scene(answers(COMPLETION), llm=llm).ask({"model": "prompt/p", "input": "x"}, b"/v1/responses")
    assert scene.status == status
    assert "llm.dropped:seed" in scene.record["flags"]
    extra = scene.edge.extra
    assert (b"x-trigate-loss: %b\r\n" % header in extra) if header else b"x-trigate-loss" not in extra


async def test_a_stream_and_its_bound_are_the_callers():
    reply = streams(event(USAGE), DONE)
    body = {"model": "prompt/greet", "prompt_variables": ADA, "stream": True, "max_tokens": 3}
    scene = await Scene(reply, llm=prompted()).ask(body)
    assert scene.upstream["stream"] is True
    assert scene.upstream["max_tokens"] == 3
    assert scene.usage.output_tokens == 2


async def test_an_ask_with_its_prompt_is_bounded():

    scene = await Scene(llm=prompted(max_body=Size(300))).ask(
        {"model": "prompt/greet", "prompt_variables": {"who": "x" * 200}}
    )
    assert scene.status == 413


async def test_no_member_comes_twice_beside_a_prompt():
    scene = await asked(b'{"model":"prompt/greet","model":"openai/gpt-dear","prompt_variables":{"who":"x"}}')
    assert scene.status == 400


def test_parameters_that_nobody_understands_are_refused_at_load():
    prompt = Prompt(versions={1: PromptVersion(system="s", parameters={"tools": "all"})})
    with pytest.raises(ValueError, match="version 1"):
        PromptBook({"p": prompt}, 1000)


def test_a_model_that_is_not_there_is_refused_at_load():
    prompt = Prompt(versions={1: PromptVersion(system="s", model="fsat")})
    with pytest.raises(ValueError, match="fast"):
        settings(prompts={"p": prompt})
    with pytest.raises(ValueError, match="cannot be called"):
        settings(prompts=PROMPTS, providers={"prompt": OpenAI(), "openai": OpenAI(), "other": OpenAI()})
    with pytest.raises(ValueError, match="not a name for a prompt"):
        settings(prompts={"a/b": GREET})


@pytest.mark.parametrize(
    "said",
    [
        b'"model": "prompt/greet", "prompt_variables": {"who": 1e400}',
        b'"model": "prompt/greet", "prompt_variables": {"who": %b}' % (b"9" * 6000),
        b'"model": "fast", "prompt": {"id": "greet", "variables": {"who": 1e400}}',
    ],
)
async def test_values_that_nobody_can_hold_are_the_callers_fault(said: bytes):
    scene = await asked(b'{%b, "input": "x"}' % said, b"/v1/responses")
    assert scene.status == 400


@pytest.mark.parametrize("id", [[], {}, 5, None])
async def test_a_prompt_whose_name_is_no_text_is_openais_affair(id: Any):
    scene = await asked({"model": "fast", "prompt": {"id": id}, "input": "x"}, b"/v1/responses")
    assert scene.upstream["prompt"] == {"id": id}


@pytest.mark.parametrize("name", ["greet", "greet@9", "nobody"])
async def test_who_may_not_use_a_prompt_is_not_told_whether_it_is_there(name: str):
    access = Access([Rule(deny=("llm.prompt",))], "allow")
    scene = await asked({"model": f"prompt/{name}"}, access=access)
    assert (scene.status, scene.error["message"].replace(name.partition("@")[0], "P")) == (
        403,
        "key 'dev' may not do llm.prompt on prompt/P",
    )
